"""Small builders for store tests: a campaign open all day, leads with fictitious numbers,
attempts."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import CampaignSpec, Purpose
from campaigns.outcomes import Outcome
from campaigns.store.rows import (
    AttemptResult,
    CampaignRow,
    LeasedLead,
    NewAttempt,
    NewLead,
    NewPhone,
)
from campaigns.store.store import Store

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""A Monday, ten o'clock in New York."""
ALWAYS = CallingHours.parse(["daily 00:00-24:00"])
OWNER = "worker-1"


def number(index: int) -> str:
    """A fictitious number of its own for each index below ten million."""
    return f"+1555{index:07d}"


def phone(index: int, *zones: str) -> NewPhone:
    """A phone with `number(index)`."""
    return NewPhone(number=number(index), kind="mobile", time_zones=zones or ("America/New_York",))


def new_lead(index: int, *phones: NewPhone, priority: int = 0, **fields: str) -> NewLead:
    """A lead with external id `index` and, when no phones are given, one number."""
    return NewLead(
        row_number=index,
        external_id=str(index),
        name=f"Lead {index}",
        numbers=phones or (phone(index),),
        fields=fields,
        priority=priority,
    )


def campaign_spec(name: str = "spring", **changes: object) -> CampaignSpec:
    """A campaign that may call at any hour."""
    values: dict[str, object] = {
        "name": name,
        "client": "Acme",
        "team": "sales",
        "region": "US",
        "caller_id": "+12025550100",
        "trunks": ("main",),
        # The law of marketing wants lists and consents that are a test of their own.
        "purpose": Purpose.SERVICE,
        "calling_hours": ALWAYS,
    }
    return CampaignSpec(**values | changes)  # type: ignore[arg-type]


async def add_campaign(
    store: Store, *, leads: int | Sequence[NewLead] = 0, **changes: object
) -> CampaignRow:
    """A campaign with that many leads, or these."""
    name = changes.pop("name", "spring")
    campaign = await store.campaigns.create(campaign_spec(str(name), **changes), by="test", now=NOW)
    rows = [new_lead(index) for index in range(1, leads + 1)] if isinstance(leads, int) else leads
    if rows:
        await store.leads.merge(campaign.id, "first", rows, duplicates="merge", now=NOW)
    return campaign


def attempt_on(
    lead: LeasedLead, campaign: CampaignRow, *, owner: str = OWNER, **changes: object
) -> NewAttempt:
    """An attempt on a leased lead."""
    values: dict[str, object] = {
        "call_id": str(uuid.uuid4()),
        "campaign_id": campaign.id,
        "team_id": campaign.team_id,
        "lead_id": lead.lead_id,
        "phone_id": lead.phone_id,
        "number": lead.number,
        "trunk": "main",
        "caller_id": "+12025550100",
        "owner": owner,
        "callable_until": lead.callable_until,
    }
    return NewAttempt(**values | changes)  # type: ignore[arg-type]


def result_of(
    call_id: str, outcome: Outcome, *, at: datetime = NOW, **changes: object
) -> AttemptResult:
    """A plausible result: live answers ring for six seconds and talk for a minute."""
    live = outcome.is_live_answer
    values: dict[str, object] = {
        "call_id": call_id,
        "outcome": outcome,
        "cause": "NORMAL_CLEARING" if live else "NO_ANSWER",
        "agent_id": None,
        "originated_at": at,
        "ringing_at": at + timedelta(seconds=1),
        "answered_at": at + timedelta(seconds=7) if live else None,
        "bridged_at": at + timedelta(seconds=7.2) if outcome is Outcome.CONNECTED else None,
        "ended_at": at + timedelta(seconds=67 if live else 25),
        "is_live": live,
        "is_abandoned": outcome is Outcome.ABANDONED,
    }
    return AttemptResult(**values | changes)  # type: ignore[arg-type]


async def dial(
    store: Store, campaign: CampaignRow, count: int = 1, *, now: datetime = NOW
) -> list[NewAttempt]:
    """Lease and write that many attempts; asserts that none was refused."""
    leads = await store.leads.lease(campaign.id, count, owner=OWNER, now=now)
    attempts = [attempt_on(lead, campaign) for lead in leads]
    verdicts = await store.attempts.write(attempts, now=now)
    assert [verdict.refused for verdict in verdicts] == [None] * len(attempts)
    return attempts
