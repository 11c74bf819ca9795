"""Why a campaign is not dialling, on the board: what `dialer campaign why` says, first cause first.

The leads are judged by groups (`overview`) and not one by one: this process dials meanwhile.
"""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from campaigns.explain.causes import ServiceState, Standing, calls_under_way, causes
from campaigns.roles import Role
from dialer.desk.asking import StoreHere, now_of
from dialer.desk.board.asks import Asking
from dialer.desk.floor import Floor
from dialer.desk.guards import Person, person_for
from dialer.desk.words import words_for

router = APIRouter(prefix="/board", include_in_schema=False)

RUNS_SECONDS = 10.0
"""A service writes its row once a second; ten missed in a row, and it hangs or is gone."""


@router.get("/campaigns/{campaign_id}/why")
async def why(
    request: Request,
    person: Annotated[Person, Depends(person_for(Role.SUPERVISOR))],
    floor: Floor,
    store: StoreHere,
    campaign_id: int,
) -> dict[str, Any]:
    """What keeps the campaign from dialling, and what to do about each."""
    _, now = words_for(person.language), now_of(request)
    row = await store.campaigns.get(Asking(request, person, floor).campaign_name(campaign_id))
    agents = await store.agents.list(row.team_name)
    standing = Standing(
        campaign=row.name,
        campaign_id=row.id,
        state=row.state,
        team=row.team_name,
        team_id=row.team_id,
        trunks=row.spec.trunks,
        settings_trunks=[trunk.trunk_id for trunk in floor.snapshot().trunks],
        services=[
            ServiceState(
                name=service,
                is_running=(now - at).total_seconds() <= RUNS_SECONDS
                and body.get("state") != "stopped",
                age_seconds=(now - at).total_seconds(),
                body=body,
            )
            for service, body, at in await store.snapshots.latest()
        ],
        lease_owner=await store.explain.lease_owner(row.team_id),
        agents=Counter(agent.state for agent in agents),
        leads=await store.explain.overview(row.id, now=now),
    )
    found, calls = causes(standing), calls_under_way(standing)
    if calls:
        said = _("%(name)s is dialling: %(calls)s calls under way.", name=row.name, calls=calls)
    elif any(each.is_blocking for each in found):
        said = _("%(name)s is not dialling:", name=row.name)
    else:
        said = _("Nothing keeps %(name)s from dialling.", name=row.name)
    return {"said": said, "causes": [{"text": each.text, "fix": each.fix} for each in found]}
