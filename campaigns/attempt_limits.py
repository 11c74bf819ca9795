"""How often a person may be called, and how long they must be left alone afterwards.

Both shapes ask the same question of the past: which events are still inside the window at this
instant? A limit allows fewer than `most` of them, a cool-down allows none. An event leaves its
window at an instant that depends on the event alone, so the verdict also knows when the next call
becomes allowed, if nothing else is dialled until then.

Windows on the wall (calendar days, whole days) are read on the clock of the called party. Where a
number could be in several time zones the event leaves when it has left in all of them: the strict
reading. For a lead with no zone at all that is as long as the window can last anywhere: which wall
comes last depends on the hour of the event, so no one zone can stand for all.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

from campaigns.outcomes import Outcome

WindowKind = Literal["rolling", "calendar_day", "days"]
Unit = Literal["number", "lead", "client"]
Counts = Literal["attempts", "conversations"]
Scope = Literal["campaign", "client", "centre"]
After = Literal["abandoned", "machine", "refusal", "conversation"]

_CLOCK_CHANGE_MAX = timedelta(hours=2)
"""The longest a clock is put back anywhere in a night (Antarctica/Troll)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of the past. The kind says what `length` counts."""

    kind: WindowKind
    """"rolling": hours, to the microsecond. "calendar_day": days of the called party's calendar,
    today being the first (1 is today; 7 is today and the six days before). "days": whole days,
    until the same time of day on the called party's wall."""
    length: int

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"a window of {self.length} holds nothing; its length is 1 or more")

    @property
    def longest(self) -> timedelta:
        """No event older than this is inside the window, whatever the zone and its clock
        changes."""
        hours = self.length if self.kind == "rolling" else 24 * self.length + 26
        return timedelta(hours=hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLimit:
    """At most `most` attempts or conversations in the window.

    `unit` says with whom: the number, the lead (its record and all its numbers), or "client": the
    lead's person for that client company, in whichever of its campaigns. `scope` says whose calls
    are counted: of the campaign, of all campaigns of the client company, or of the whole centre.
    """

    most: int
    window: Window
    unit: Unit
    counts: Counts
    scope: Scope
    citation: str

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError(
                f"a limit of {self.most} would forbid every call; stop the campaign instead"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolDown:
    """No call while an event of this sort is inside the window, counted from the call's end.

    The day of the talk is day 1 of a "calendar_day" window (12 CFR 1006.14(b)(2)(ii)).
    """

    after: After
    window: Window
    unit: Unit
    scope: Scope
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitVerdict:
    """What one limit or cool-down says at one instant."""

    is_allowed: bool
    used: int
    """Events inside the window."""
    next_allowed_at: datetime
    """The instant asked about when allowed, else the first at which it would be, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempt:
    """One earlier attempt, as far as limits and cool-downs look at it. Instants are aware."""

    written_at: datetime
    ended_at: datetime | None
    number: str
    lead_id: int
    client_id: int
    campaign_id: int
    outcome: Outcome | None
    """None while it lives."""
    is_conversation: bool
    """An agent and the lead spoke."""
    is_refusal: bool
    is_machine: bool
    """A machine by verdict of the classifier or of the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who is about to be called, for whom."""

    number: str
    numbers: frozenset[str]
    """All numbers of the lead: the person is called when any of them is."""
    lead_id: int
    client_id: int
    campaign_id: int
    zones: tuple[str, ...]


def verdict(
    limit: AttemptLimit, past: Iterable[datetime], now: datetime, zones: Sequence[str]
) -> LimitVerdict:
    """Whether one more is allowed at `now`, `past` being the instants that count."""
    return _verdict(limit.window, limit.most, past, now, zones)


def cool_down_verdict(
    cool_down: CoolDown, past: Iterable[datetime], now: datetime, zones: Sequence[str]
) -> LimitVerdict:
    """Whether a call is allowed at `now`, `past` being the events to cool down from."""
    return _verdict(cool_down.window, 1, past, now, zones)


def limit_instants(
    limit: AttemptLimit, history: Iterable[PastAttempt], subject: Subject
) -> list[datetime]:
    """The instants of `history` that count against `limit`.

    An attempt counts from the moment it was written; one the network or our own switch failed
    before it could ring does not count.
    """
    found = []
    for past in history:
        if not _concerns(limit.unit, limit.scope, past, subject):
            continue
        match limit.counts:
            case "attempts":
                if past.outcome is None or past.outcome.counts_as_attempt:
                    found.append(past.written_at)
            case "conversations":
                if past.is_conversation:
                    found.append(past.written_at)
            case _:
                assert_never(limit.counts)
    return found


def cool_down_instants(
    cool_down: CoolDown, history: Iterable[PastAttempt], subject: Subject
) -> list[datetime]:
    """The ends of the calls of `history` that `cool_down` follows."""
    return [
        past.written_at if past.ended_at is None else past.ended_at
        for past in history
        if _concerns(cool_down.unit, cool_down.scope, past, subject)
        and _follows(cool_down.after, past)
    ]


def history_needed(limits: Iterable[AttemptLimit], cool_downs: Iterable[CoolDown]) -> timedelta:
    """How far back attempts must be read so that no verdict misses one; zero for no rules."""
    windows = [limit.window.longest for limit in limits]
    # A cool-down begins with the end of the call, which is later than its row by at most a day:
    # no call lasts longer, and a row that never ended counts as ended when it was written.
    windows += [each.window.longest + timedelta(days=1) for each in cool_downs]
    return max(windows, default=timedelta())


def _verdict(
    window: Window, most: int, past: Iterable[datetime], now: datetime, zones: Sequence[str]
) -> LimitVerdict:
    now = now.astimezone(UTC)
    leaving = sorted(
        leaves_at
        for leaves_at in (_leaves_at(window, each, tuple(zones)) for each in past)
        if leaves_at > now
    )
    used = len(leaving)
    if used < most:
        return LimitVerdict(is_allowed=True, used=used, next_allowed_at=now)
    return LimitVerdict(is_allowed=False, used=used, next_allowed_at=leaving[used - most])


@functools.lru_cache(maxsize=65_536)
def _leaves_at(window: Window, at: datetime, zones: tuple[str, ...]) -> datetime:
    """First instant at which an event of `at` is out of the window. The cache holds what a busy
    centre dials in an hour or two, a few megabytes."""
    match window.kind:
        case "rolling":
            return at.astimezone(UTC) + timedelta(hours=window.length)
        case "calendar_day" | "days":
            if not zones:
                return at.astimezone(UTC) + timedelta(days=window.length) + _CLOCK_CHANGE_MAX
            return max(_leaves_wall(window, at, ZoneInfo(zone)) for zone in zones)
        case _:
            assert_never(window.kind)


def _leaves_wall(window: Window, at: datetime, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone).replace(tzinfo=None) + timedelta(days=window.length)
    if window.kind == "calendar_day":
        local = local.replace(hour=0, minute=0, second=0, microsecond=0)
    # A wall that shows the time twice on the night of a clock change is read at its second showing,
    # and one that skips it an hour later than written: never too early. `max` covers both.
    return max(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def _concerns(unit: Unit, scope: Scope, past: PastAttempt, subject: Subject) -> bool:
    match unit:
        case "number":
            is_same = past.number == subject.number
        case "lead":
            is_same = past.lead_id == subject.lead_id or past.number in subject.numbers
        case "client":
            is_same = past.client_id == subject.client_id and (
                past.lead_id == subject.lead_id or past.number in subject.numbers
            )
        case _:
            assert_never(unit)
    match scope:
        case "campaign":
            return is_same and past.campaign_id == subject.campaign_id
        case "client":
            return is_same and past.client_id == subject.client_id
        case "centre":
            return is_same
        case _:
            assert_never(scope)


def _follows(after: After, past: PastAttempt) -> bool:
    match after:
        case "abandoned":
            # A lead that hung up before its bridge was made heard nobody either.
            return past.outcome in (Outcome.ABANDONED, Outcome.HUNG_UP_EARLY)
        case "machine":
            return past.is_machine
        case "refusal":
            return past.is_refusal
        case "conversation":
            return past.is_conversation
        case _:
            assert_never(after)
