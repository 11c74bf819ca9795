"""The law over a campaign as a whole: the rules of every place and kind of number it has."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from campaigns.campaign_spec import CampaignSpec
from campaigns.rule_packs.applied import Applied
from campaigns.rule_packs.packs import load_packs

LEDGER_DAYS = 62
"""A calendar month that has just ended, and the 30-day block before it, are counted from the
attempts; a day on either side for time zones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The least time attempts must be kept, whatever the campaign's file says, and whose."""

    days: int
    """Of records of calls."""
    records_days: int
    """Of what names the called party in them; 0 where no law wants it kept."""
    citation: str


async def applied_to(
    connection: AsyncConnection, campaign_id: int, spec: CampaignSpec, now: datetime
) -> list[tuple[Applied, int]]:
    """What applies to each place and kind the campaign's numbers have, with how many they are."""
    found = await connection.execute(
        text(
            "SELECT jurisdictions, kind, count(*) AS numbers FROM lead_phone"
            " WHERE campaign_id = :id AND state <> 'forgotten' GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        {"id": campaign_id},
    )
    packs = load_packs()
    return [
        (
            packs.applicable(
                row.jurisdictions,
                purpose=spec.purpose,
                number_kind=row.kind,
                on=now.date(),
                extra=spec.packs,
            ),
            int(row.numbers),
        )
        for row in found
    ]


async def records_floor(
    connection: AsyncConnection, campaign_id: int, spec: CampaignSpec, now: datetime
) -> Floor:
    """The longest of what the laws of the campaign's numbers want kept, and the ledgers'
    windows."""
    applied = await applied_to(connection, campaign_id, spec, now)
    rules = [rule for each, _ in applied for rule in each.records]
    longest = max(rules, key=lambda rule: rule.days, default=None)
    records_days = 0 if longest is None else longest.days
    if longest is not None and records_days >= LEDGER_DAYS:
        return Floor(days=records_days, records_days=records_days, citation=longest.citation)
    return Floor(
        days=LEDGER_DAYS,
        records_days=records_days,
        citation="the abandonment ledgers are counted from them",
    )
