"""What clients are billed: the figures of `dialer usage` and of the client's view."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel, Field

from campaigns.store.tokens import Scope
from campaigns.usage_files import usage_document
from dialer.desk.api.reach import Reach, reach
from dialer.desk.api.words import CLEAN, Moment
from dialer.desk.problems import answers

router = APIRouter(tags=["usage"])


class BillLine(BaseModel):
    """One line of a bill. Decimals are texts, so that nobody reads them as floats."""

    key: Literal["per_attempt", "per_contact", "per_minute", "per_agent_hour"]
    quantity: str
    price: str
    amount: str = Field(description="quantity times price, rounded to the currency's coins.")


class CampaignUsage(BaseModel):
    """What one campaign used."""

    campaign_id: int
    campaign: str
    attempts: int = Field(description="Begun in the period, and taken by the network.")
    contacts: int = Field(description="Of them, live answers that an agent talked on.")
    talk_seconds: int = Field(
        description="Of contacts that have ended, from bridge to end, each rounded up to the "
        "tariff's step."
    )
    agent_seconds: int = Field(
        description="Agents' talk and wrap-up on the campaign's calls, and its share of its team's "
        "waiting. Pauses are left out."
    )
    minutes: str = Field(description="talk_seconds, to the hundredth of a minute.")
    agent_hours: str = Field(description="agent_seconds, to the hundredth of an hour.")
    currency: str | None = Field(description="ISO 4217; null where no tariff was agreed.")
    amount: str | None = Field(description="The sum of the lines; null without a tariff.")
    lines: list[BillLine] = Field(description="Things that cost nothing are left out.")


class Total(BaseModel):
    """What is to be paid in one currency."""

    currency: str
    net: str
    vat: str
    gross: str


class ClientUsage(BaseModel):
    """What one client used."""

    client: str
    campaigns: list[CampaignUsage]
    totals: list[Total]


class UsageOut(BaseModel):
    """What was used in [since, until)."""

    since: datetime
    until: datetime
    clients: list[ClientUsage] = Field(
        description="One for a client's token; for the call centre's own all that have campaigns."
    )


@router.get("/usage", summary="Usage and bill of a period", responses=answers(404))
async def get_usage(
    reach: Annotated[Reach, Depends(reach(Scope.USAGE_READ))],
    since: Annotated[Moment, Query(description="Such as 2026-03-01T00:00:00Z.")],
    until: Moment,
    campaign: Annotated[str | None, Query(max_length=200, pattern=CLEAN)] = None,
) -> UsageOut:
    """The same figures as `dialer usage` and the client's page *Usage and bill*, priced where a
    tariff was agreed. A call belongs to the period it was begun in."""
    if until <= since:
        raise HTTPException(422, "until is not after since. Give a later end.")
    used = []
    for client, campaign_ids in (await _asked_of(reach, campaign)).items():
        whole = await reach.store.clients.usage(client, since, until, now=reach.now)
        shown = tuple(one for one in whole.campaigns if one.counts.campaign_id in campaign_ids)
        document = usage_document(replace(whole, campaigns=shown))
        used.append(ClientUsage.model_validate(document))
    return UsageOut(since=since, until=until, clients=used)


async def _asked_of(reach: Reach, campaign: str | None) -> dict[str, Sequence[int]]:
    """The ids of the campaigns that are asked for, by client. Raises 404."""
    rows = await reach.campaigns() if campaign is None else [await reach.campaign(campaign)]
    found: dict[str, list[int]] = {}
    for row in sorted(rows, key=lambda row: row.client.lower()):
        found.setdefault(row.client, []).append(row.id)
    return dict(found)
