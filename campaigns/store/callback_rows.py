"""What goes in and out of the store of promised calls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row

from campaigns.callbacks import Advice, CallbackState


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRow:
    """A promise as stored."""

    id: int
    lead_id: int
    lead_name: str | None
    campaign_id: int
    campaign_name: str
    phone_id: int
    agent_id: int | None
    agent_name: str | None
    """None for the team."""
    due_at: datetime
    time_zone: str
    """The first of the zones the number may be in, to show the moment by."""
    tolerance_seconds: float
    agent_wait_seconds: float
    fallback: str
    promised_by: str
    promised_at: datetime
    state: str
    call_id: str | None
    settled_at: datetime | None
    reason: str | None
    note: str | None
    is_unanswered: bool = False
    """Missed because the person did not answer a call that was made in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """A promise that was made, and what to tell the lead while they are on the line."""

    callback: CallbackRow
    warning: str | None
    proposed_at: datetime | None
    """The next allowed instant, where the promised one is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedMoment:
    """A moment that somebody thinks of promising, and what the law says of it."""

    due_at: datetime
    zone: str
    """By whose clock it was named."""
    advice: Advice


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCallback:
    """A promise in the caller's hands, its lead leased."""

    id: int
    lead_id: int
    campaign_id: int
    phone_id: int
    number: str
    agent_id: int | None
    due_at: datetime
    tolerance_seconds: float
    agent_wait_seconds: float
    falls_to_team: bool
    callable_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackEnd:
    """How a promise ended; OPEN when it is given back."""

    id: int
    state: CallbackState
    reason: str
    at: datetime
    call_id: str | None = None


class CallbackCounts(NamedTuple):
    """Promises by how they went. `open` are those not settled yet."""

    open: int
    kept: int
    late: int
    missed: int
    cancelled: int
    unanswered: int = 0
    """We called in time and the person did not answer; not among the missed."""


def callback_row(row: Row[Any]) -> CallbackRow:
    """A row of the select in callbacks.py."""
    return CallbackRow(
        id=row.id,
        lead_id=row.lead_id,
        lead_name=row.lead_name,
        campaign_id=row.campaign_id,
        campaign_name=row.campaign_name,
        phone_id=row.phone_id,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        due_at=row.due_at,
        time_zone=row.time_zones.split(",")[0],
        tolerance_seconds=row.tolerance_seconds,
        agent_wait_seconds=row.agent_wait_seconds,
        fallback=row.fallback,
        promised_by=row.promised_by,
        promised_at=row.promised_at,
        state=row.state,
        call_id=None if row.call_id is None else str(row.call_id),
        settled_at=row.settled_at,
        reason=row.reason,
        note=row.note,
        is_unanswered=row.is_unanswered,
    )
