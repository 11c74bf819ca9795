"""Why a running campaign's hopper is dry, cheaply enough to be asked by the service that dials.

A preflight judges lead by lead in this process, which would hold up calls. Here the database counts
the leads by place and zone, and only those few groups are judged: by the same law, lists and
windows that a lease looks at. What a single number's history forbids is known already: the gate has
refused those leads before the hopper ran dry, and moved each to when it may be called.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign_spec import CampaignSpec
from campaigns.explain.preflight import Preflight, Tally
from campaigns.explain.words import clock, many
from campaigns.number_plans import PhoneKind
from campaigns.store.campaigns import read_specs
from campaigns.store.do_not_call import read_named_lists, stale_lists
from campaigns.store.gate_facts import law_of

_REASONS_TOLD = 4
_GROUPS = """
SELECT time_zones, jurisdictions, next_call_at > :now AS waits, count(*) AS leads,
       min(next_call_at) AS first_at
FROM lead WHERE campaign_id = :campaign_id AND state = 'callable' GROUP BY 1, 2, 3
"""


async def count_groups(
    connection: AsyncConnection, campaign_id: int, tally: Tally, now: datetime
) -> None:
    """Count the campaign's callable leads into `tally`, by what the hopper looks at."""
    spec = (await read_specs(connection, [campaign_id]))[campaign_id]
    lists = await read_named_lists(connection)
    found = await connection.execute(text(_GROUPS), {"campaign_id": campaign_id, "now": now})
    for row in found:
        if row.waits:
            tally.add("waiting", count=row.leads, next_at=row.first_at)
            continue
        # As in a lease: what holds for one kind of number alone is left to the attempt.
        law = law_of(spec, row.jurisdictions, PhoneKind.OTHER, now)
        stale = next(stale_lists(spec, law.national_lists, lists, now), None)
        if stale is not None:
            tally.add("list_stale", [stale[2]], count=row.leads)
        else:
            _count_by_hours(tally, row, spec, now)


def _count_by_hours(tally: Tally, row: Row[Any], spec: CampaignSpec, now: datetime) -> None:
    law = law_of(spec, row.jurisdictions, PhoneKind.OTHER, now)
    zones = row.time_zones.split(",")
    if law.window.is_open(now, zones):
        tally.callable_now += row.leads
    else:
        opens_at = law.window.opens_at(now, zones)
        tally.add("outside_calling_hours", count=row.leads, next_at=opens_at)


def sentence(found: Preflight) -> str | None:
    """The warning; None when leads are callable."""
    if found.callable_now:
        return None
    if found.total == 0:
        return f"The hopper is dry: campaign '{found.campaign}' has no leads."
    told = sorted(found.reasons, key=lambda each: -each.count)[:_REASONS_TOLD]
    reasons = ", ".join(f"{each.count:,} {each.text}" for each in told)
    when = (
        "None will become callable by itself."
        if found.first_opens_at is None
        else f"The first may be called at {clock(found.first_opens_at)}."
    )
    return (
        f"The hopper is dry: of {many(found.total, 'lead')}, {reasons}. {when}"
        f" More: dialer campaign preflight {found.campaign}"
    )
