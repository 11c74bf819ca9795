"""What a bill is made of: attempts, connected calls, minutes, agents' hours."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel, Field

from campaigns.store.tokens import Scope
from dialer.desk.api.reach import Reach, reach
from dialer.desk.api.words import CLEAN, Moment
from dialer.desk.problems import answers

router = APIRouter(tags=["usage"])


class CampaignUsage(BaseModel):
    """What one campaign used."""

    campaign: str
    attempts: int = Field(description="Begun in the period.")
    connected_calls: int = Field(description="Of them, those that an agent talked on.")
    answered_seconds: float = Field(description="From answer to end, of calls that were answered.")
    talk_seconds: float = Field(description="From bridge to end.")
    agent_seconds: float = Field(
        description="Agents' talk and wrap-up spent on the campaign's calls."
    )


class Usage(BaseModel):
    """What was used in [since, until), by campaign."""

    since: datetime
    until: datetime
    campaigns: list[CampaignUsage]


@router.get("/usage", summary="Usage of a period", responses=answers(404))
async def get_usage(
    reach: Annotated[Reach, Depends(reach(Scope.USAGE_READ))],
    since: Annotated[Moment, Query(description="Such as 2026-03-01T00:00:00Z.")],
    until: Moment,
    campaign: Annotated[str | None, Query(max_length=200, pattern=CLEAN)] = None,
) -> Usage:
    """Counted from the attempts and the agents' time. A call belongs to the period it was begun
    in; calls that have not ended count as attempts only."""
    if until <= since:
        raise HTTPException(422, "until is not after since. Give a later end.")
    found = await reach.store.results.usage(
        await reach.campaign_ids(campaign), since=since, until=until
    )
    return Usage(since=since, until=until, campaigns=[CampaignUsage(**each) for each in found])
