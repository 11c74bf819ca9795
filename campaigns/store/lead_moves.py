"""What becomes of a lead: pure decisions that the store then writes.

A lead stands in one of five states:

    callable ──lease──▶ leased ──attempts.write──▶ dialling ──settle──▶ callable | done | invalid
        ▲                  │
        └─────release──────┘

`done` is finished for a reason; `invalid` has no number left that can be called, and becomes
callable again when an import brings it one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.campaign_spec import CampaignSpec
from campaigns.day_parts import in_next_part
from campaigns.dispositions import Disposition, DispositionKind
from campaigns.outcomes import Outcome
from campaigns.retry_rules import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A number of a lead, as far as moves care."""

    id: int
    position: int
    time_zones: str
    """Zone key."""
    is_valid: bool
    jurisdictions: str = ""
    """Jurisdiction key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where a lead goes."""

    state: str
    next_call_at: datetime
    phone: Phone | None
    """The number to call next; None keeps what is there."""
    done_reason: str | None = None
    spoils_phone: bool = False
    """The number just called is not to be called again."""


def phone_after(
    phones: Sequence[Phone], position: int, *, without: int | None = None
) -> Phone | None:
    """The next valid number after `position`, from the first again after the last.

    `without` is the id of a number that has just become invalid. None when no number is left.
    """
    valid = [phone for phone in phones if phone.is_valid and phone.id != without]
    later = [phone for phone in valid if phone.position > position]
    return min(later or valid, key=lambda phone: phone.position, default=None)


def move_after(
    *,
    spec: CampaignSpec,
    outcome: Outcome,
    disposition: Disposition | None,
    tries: int,
    ended_at: datetime,
    phones: Sequence[Phone],
    called: Phone,
    tally: Tally | None = None,
) -> Move:
    """The move after an attempt on `called`, by the campaign's retry rules.

    `tries` counts this attempt already, if it counts at all; `tally` says more of what the lead
    has behind it, and without it nothing but `tries` is known.
    """
    retry = spec.retry.after(
        outcome,
        None if disposition is None else disposition.kind,
        tries=tries,
        ended_at=ended_at,
        is_final_disposition=None if disposition is None else disposition.is_final,
        code=None if disposition is None else disposition.code,
        tally=tally,
    )
    spoiled = outcome is Outcome.INVALID_NUMBER or (
        disposition is not None and disposition.kind is DispositionKind.WRONG_NUMBER
    )
    if retry.is_final:
        return Move(
            state="done",
            next_call_at=ended_at,
            phone=None,
            done_reason=str(outcome) if disposition is None else disposition.code,
            spoils_phone=spoiled,
        )
    if retry.call_again_at is None:
        return leave_phone(phones, called, at=ended_at)
    following = called
    if retry.use_next_number:
        following = phone_after(phones, called.position) or called
    next_call_at = retry.call_again_at
    if retry.rotates:
        next_call_at = in_next_part(
            spec.retry.day_parts,
            tried_at=ended_at,
            earliest=next_call_at,
            zones=[zone for zone in following.time_zones.split(",") if zone],
            hours=spec.calling_hours,
        )
    return Move(state="callable", next_call_at=next_call_at, phone=following)


def leave_phone(phones: Sequence[Phone], called: Phone, *, at: datetime) -> Move:
    """The move of a lead whose number `called` is never to be called again: the next one, at
    once."""
    following = phone_after(phones, called.position, without=called.id)
    if following is None:
        return Move(
            state="invalid",
            next_call_at=at,
            phone=None,
            done_reason="no number left",
            spoils_phone=True,
        )
    return Move(state="callable", next_call_at=at, phone=following, spoils_phone=True)
