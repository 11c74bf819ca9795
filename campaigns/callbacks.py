"""Promised calls: the instant a person named, what the law says of it, and how a promise went.

A promise names a moment by the clock of the person called, as people do ("tomorrow at three"). It
is kept when the call begins within the tolerance and the person speaks with whom they were
promised: one agent, or anyone of the team.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

TIME_FORMAT = "%Y-%m-%d %H:%M"
AHEAD_MAX = timedelta(days=366)
"""A promise for more than a year ahead is a slip of the pen."""


@enum.unique
class CallbackState(enum.StrEnum):
    """Where a promise stands; the last four are for good. The dialer's words."""

    OPEN = "open"
    DUE = "due"
    """A dialer has it in hand."""
    KEPT = "kept"
    LATE = "late"
    """They spoke, but after the tolerance, or with a colleague of the promised agent."""
    MISSED = "missed"
    """They did not speak."""
    CANCELLED = "cancelled"


SETTLED = (
    CallbackState.KEPT, CallbackState.LATE, CallbackState.MISSED, CallbackState.CANCELLED,
)  # fmt: skip


UNANSWERED = ("no_answer", "busy", "rejected", "machine", "hung_up_early")
"""How a promised call ends when we called and the person did not come to speak: outcomes."""


@enum.unique
class WhenClosed(enum.StrEnum):
    """What becomes of a promise for a moment at which no call is allowed."""

    REFUSE = "refuse"
    """Nothing is promised; whoever promises asks the person again."""
    NEXT_OPEN = "next_open"
    """The person agreed to the first allowed moment after it."""
    ANYWAY = "anyway"
    """Promised as said. The call is not placed while the hours are closed, so the promise will be
    missed unless they are changed before."""


class BadMoment(ValueError):  # noqa: N818 - read at the call as "in_zones or BadMoment"
    """The text or the zone does not give one instant; the message says what to write."""


class Window(Protocol):
    """Calling hours: a campaign's own, or those narrowed by the law."""

    def is_open(self, at: datetime, zones: Sequence[str]) -> bool:
        """True when calls may be made in all these zones."""
        ...

    def closes_at(self, at: datetime, zones: Sequence[str]) -> datetime | None:
        """The end of the hours that are open at `at`."""
        ...

    def opens_at(self, at: datetime, zones: Sequence[str]) -> datetime | None:
        """The next instant, `at` itself included, at which they are open."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds a promise together, without the person. Instants are aware, durations seconds."""

    due_at: datetime
    tolerance_seconds: float
    agent_wait_seconds: float
    agent_id: int | None

    @property
    def lapses_at(self) -> datetime:
        """From then on nobody tries: the agent was waited for, and then the team."""
        seconds = self.tolerance_seconds + 2 * self.agent_wait_seconds
        return self.due_at + timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to say to somebody who promises a call for that moment."""

    warning: str | None
    """One sentence, or None when the moment is good."""
    proposed_at: datetime | None
    """The next allowed instant, when there is one."""
    is_closed: bool = False
    """No call is allowed at that moment, or now for one that is over."""


def read_local(text: str) -> datetime:
    """`2026-11-22 15:00` as a clock shows it, without a zone. Raises BadMoment."""
    try:
        return datetime.strptime(text.strip(), TIME_FORMAT)  # noqa: DTZ007 - the zone comes later
    except ValueError as error:
        raise BadMoment(
            f"'{text}' is no date and time. Write it like 2026-11-22 15:00, by the lead's clock."
        ) from error


def in_zones(local: datetime, zones: Sequence[str]) -> datetime:
    """The instant at which the clocks of all these zones show `local`, in UTC.

    A number may lie in one of several zones. Where their clocks differ, nobody can tell which
    instant was meant: BadMoment asks for the zone. A clock time that a change to summer time skips
    is taken as far after the change as it lies after the last shown minute (PEP 495, fold=0); one
    that comes twice is the first of the two.
    """
    instants = {local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC): zone for zone in zones}
    if len(instants) != 1:
        shown = ", ".join(sorted(zones)[:4]) + (" ..." if len(zones) > 4 else "")
        raise BadMoment(
            f"This number may be in {shown}, where {local:{TIME_FORMAT}} is not the same moment. "
            "Ask the lead, and add --zone."
        )
    return next(iter(instants))


def advise(due_at: datetime, window: Window, zones: Sequence[str], *, now: datetime) -> Advice:
    """Whether the law and the campaign allow a call at that moment, and when next they do.

    A call outside the hours would not be made, so whoever promises one is told while the person
    is still on the line; see `WhenClosed`.
    """
    if due_at <= now:
        ago = (now - due_at).total_seconds() / 60
        return Advice(
            warning=f"That moment was {ago:.0f} minutes ago; the call is made at once.",
            proposed_at=window.opens_at(now, zones),
            is_closed=not window.is_open(now, zones),
        )
    if window.is_open(due_at, zones):
        return Advice(warning=None, proposed_at=None)
    opens_at = window.opens_at(due_at, zones)
    zone = sorted(zones)[0] if zones else "UTC"
    said = f"{due_at.astimezone(ZoneInfo(zone)):{TIME_FORMAT}} ({zone})"
    if opens_at is None:
        return Advice(
            warning=f"Calls to this number are not allowed at {said}, nor soon after it.",
            proposed_at=None,
            is_closed=True,
        )
    local = opens_at.astimezone(ZoneInfo(zone))
    return Advice(
        warning=f"Calls to this number are not allowed at {said}. The next allowed moment is "
        f"{local:{TIME_FORMAT}}.",
        proposed_at=opens_at,
        is_closed=True,
    )


def settled_moment(due_at: datetime, advice: Advice, when_closed: WhenClosed) -> datetime:
    """The instant that is promised in the end. Raises BadMoment for closed hours that nobody agreed
    to do otherwise about."""
    if not advice.is_closed or when_closed is WhenClosed.ANYWAY:
        return due_at
    if when_closed is WhenClosed.NEXT_OPEN and advice.proposed_at is not None:
        return advice.proposed_at
    ask = (
        "Ask the person whether that one will do and add --or-next-open, or name another"
        if advice.proposed_at is not None
        else "Name another moment"
    )
    raise BadMoment(
        f"Nothing was promised. {advice.warning} {ask}; --anyway promises it all the same, and it "
        "will be missed."
    )


def verdict(
    terms: Terms, *, began_at: datetime, spoke_with: int | None, was_connected: bool
) -> tuple[CallbackState, str]:
    """How a promise went, by the attempt made for it: the state, and a word why."""
    if not was_connected:
        return CallbackState.MISSED, "not_connected"
    if began_at > terms.due_at + timedelta(seconds=terms.tolerance_seconds):
        return CallbackState.LATE, "after_tolerance"
    if terms.agent_id is not None and spoke_with != terms.agent_id:
        return CallbackState.LATE, "colleague"
    return CallbackState.KEPT, "connected"


def callable_until(due_at: datetime, window: Window, zones: Sequence[str], *, now: datetime) -> (
    datetime
):  # fmt: skip
    """When the hours close in which the promised call would be made.

    The moment itself where they are closed then: the dialer launches nothing at or after it.
    """
    at = max(due_at, now)
    return window.closes_at(at, zones) or at
