"""What happens to a lead after an attempt: called again and when, on which number, or finished.

One waiting time for each outcome and for each disposition that does not end the lead. A waiting
time may grow with every repetition, move to another part of the day, and end the lead after so
many. Two counters are kept apart: attempts that reached nobody, and conversations that did not
finish what they were for; a lead hard to reach is another matter than one who broke off twice.

Caps over a window (so many attempts in so many days, by law or contract) are not here; they belong
to attempt limits and rule packs, which can only make a lead wait longer than these rules do.
"""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from campaigns.dispositions import DispositionKind
from campaigns.local_spans import Window
from campaigns.outcomes import Outcome

_DURATION_TEXT = re.compile(r"(\d{1,5})\s*([smhd])")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
WAIT_MAX = timedelta(days=366)
"""A wait of more than a year is a mistake for "never"."""
WAIT_MIN = timedelta(seconds=30)
"""Nothing is redialled faster than this, whatever the reason: a broken trunk must not be
hammered."""


@enum.unique
class Again(enum.Enum):
    """How a waiting time is used."""

    NEVER = "never"
    """This number is not called again; the lead's other numbers may be."""


Wait = timedelta | Again

DEFAULT_OUTCOME_WAITS: dict[Outcome, Wait] = {
    Outcome.BUSY: timedelta(minutes=10),
    Outcome.NO_ANSWER: timedelta(hours=4),
    Outcome.MACHINE: timedelta(hours=6),
    Outcome.REJECTED: timedelta(hours=24),
    # Ofcom's practice: no call to the number for 72 hours after an abandoned one unless a live
    # operator is guaranteed (Ofcom, statement of policy on the persistent misuse of a network,
    # 2010).
    Outcome.ABANDONED: timedelta(hours=72),
    Outcome.HUNG_UP_EARLY: timedelta(hours=24),
    # They have heard it; a month later it may be another survey.
    Outcome.MESSAGE: timedelta(days=30),
    Outcome.INVALID_NUMBER: Again.NEVER,
    Outcome.CONGESTION: timedelta(minutes=2),
    Outcome.SWITCH_LIMIT: timedelta(minutes=2),
    Outcome.FAILED: timedelta(hours=1),
    # It may have rung for some time, so the lead has been disturbed as by a call not answered.
    Outcome.CANCELLED: timedelta(hours=4),
    # Law 2: an attempt whose fate is lost counts as dialled, so it waits as one not answered.
    Outcome.UNKNOWN: timedelta(hours=4),
}
"""CONNECTED is not here: what follows a conversation is the disposition's matter."""
DEFAULT_DISPOSITION_WAITS: dict[DispositionKind, timedelta] = {
    DispositionKind.CALLBACK: timedelta(hours=24),
    DispositionKind.MACHINE: timedelta(hours=6),
    DispositionKind.OTHER: timedelta(hours=24),
    DispositionKind.UNFINISHED: timedelta(hours=24),
    # For a campaign that has made these kinds repeatable.
    DispositionKind.SALE: timedelta(days=30),
    DispositionKind.NO_INTEREST: timedelta(days=30),
}
NOT_DISPOSED_WAIT = timedelta(hours=24)
"""A conversation the agent never disposed (wrap-up ran out): a person was reached, so not the same
day."""
NEXT_NUMBER_AFTER = frozenset(
    {
        Outcome.NO_ANSWER,
        Outcome.MACHINE,
        Outcome.REJECTED,
        Outcome.INVALID_NUMBER,
        Outcome.FAILED,
        Outcome.UNKNOWN,
        Outcome.CANCELLED,
    }
)
"""After these the lead's next number is tried next. Busy and congestion say nothing against a
number."""
ATTEMPTS_MAX_DEFAULT = 6
ROTATES_AFTER = frozenset(
    {
        Outcome.NO_ANSWER,
        Outcome.MACHINE,
        Outcome.REJECTED,
        Outcome.UNKNOWN,
        Outcome.CANCELLED,
    }
)
"""After these the next attempt is made in the next part of the day: nobody was there in this one.
Busy says that somebody is."""
GROWTH_MAX = 10.0
WAIT_MAX_DEFAULT = timedelta(days=14)
"""Where growth stops when the campaign says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """What follows an attempt.

    `is_final`: the lead is finished and `call_again_at` is None. Otherwise `call_again_at` None
    means this number is never called again: the lead's next number may be called at once, and a
    lead without another number is finished.
    """

    call_again_at: datetime | None
    use_next_number: bool
    is_final: bool
    rotates: bool = False
    """The next attempt belongs into the next part of the day (campaigns/day_parts.py)."""


_FINISHED = Retry(call_again_at=None, use_next_number=False, is_final=True)
_NUMBER_FINISHED = Retry(call_again_at=None, use_next_number=True, is_final=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refinement:
    """What a campaign says of one outcome or disposition besides its waiting time."""

    growth: float = 1.0
    """The waiting time is multiplied by this with every repetition; 1 to `GROWTH_MAX`."""
    wait_max: timedelta | None = None
    """Growth stops here; None stops it at `WAIT_MAX_DEFAULT`. Never below the wait itself."""
    use_next_number: bool | None = None
    """None takes the usual answer, `NEXT_NUMBER_AFTER`."""
    rotates: bool | None = None
    """None takes the usual answer, `ROTATES_AFTER`."""
    give_up_after: int | None = None
    """The lead is finished with this many of the same kind; None never gives up for it."""

    def wait_after(self, wait: timedelta, repeats: int) -> timedelta:
        """The waiting time after the `repeats`-th of the same kind; never less than `wait`."""
        ceiling = max(wait, self.wait_max or WAIT_MAX_DEFAULT)
        grown = wait
        # Step by step, so that no power overflows; it ends at the ceiling or with the repeats.
        for _ in range(repeats - 1):
            if grown >= ceiling or self.growth <= 1.0:
                break
            grown = min(ceiling, grown * self.growth)
        return grown


PLAIN = Refinement()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a lead has behind it, this attempt included, since its last recycling."""

    tries: int
    """Attempts without those of which `outcome.counts_as_attempt` is False."""
    not_reached: int = 0
    """Of these, the ones in which nobody was spoken to."""
    unfinished: int = 0
    """Conversations that did not finish what they were for."""
    repeats: int = 1
    """Attempts with this outcome and this disposition."""


def reached_nobody(outcome: Outcome, kind: DispositionKind | None) -> bool:
    """True for an attempt that may be held against the lead and in which nobody spoke with it.

    An answer that was abandoned reached nobody either; the agent's word about a machine or a
    wrong number goes before the outcome.
    """
    is_conversation = outcome is Outcome.MESSAGE or (
        outcome is Outcome.CONNECTED
        and kind not in (DispositionKind.MACHINE, DispositionKind.WRONG_NUMBER)
    )
    return outcome.counts_as_attempt and not is_conversation


def left_unfinished(outcome: Outcome, kind: DispositionKind | None) -> bool:
    """True for a conversation without an end: broken off, undecided, or never disposed.

    A promised callback is none: the lead has said when it wants to go on.
    """
    return outcome is Outcome.CONNECTED and kind in (
        None,
        DispositionKind.UNFINISHED,
        DispositionKind.OTHER,
    )


def outcome_key(outcome: Outcome) -> str:
    """The key of an outcome's refinement, as in the campaign file."""
    return outcome.value


def kind_key(kind: DispositionKind) -> str:
    """The key of a disposition kind's refinement, as in the campaign file."""
    return f"disposed_{kind.value}"


def code_key(code: str) -> str:
    """The key of one disposition's refinement; it goes before its kind's."""
    return f"disposition.{code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRules:
    """The waiting times of one campaign, and how many attempts a lead is worth."""

    attempts_max: int = ATTEMPTS_MAX_DEFAULT
    """Attempts a lead, over all its numbers; those that failed in the network are not counted."""
    not_reached_max: int | None = None
    """Attempts that reached nobody after which the lead is finished; None: `attempts_max` alone."""
    unfinished_max: int | None = None
    """Unfinished conversations after which the lead is finished."""
    outcome_waits: dict[Outcome, Wait] = field(default_factory=lambda: dict(DEFAULT_OUTCOME_WAITS))
    disposition_waits: dict[DispositionKind, timedelta] = field(
        default_factory=lambda: dict(DEFAULT_DISPOSITION_WAITS)
    )
    code_waits: dict[str, timedelta] = field(default_factory=dict)
    """Waiting times of single dispositions, by their codes; they go before their kind's."""
    refinements: Mapping[str, Refinement] = field(default_factory=dict)
    """By `outcome_key`, `kind_key` or `code_key`."""
    day_parts: tuple[Window, ...] = ()
    """Parts of the lead's day among which attempts rotate; none: no rotation."""

    @property
    def needs_repeats(self) -> bool:
        """True when somebody has to count how often a lead ended in the same way."""
        return any(
            each.growth > 1.0 or each.give_up_after is not None
            for each in self.refinements.values()
        )

    def after(
        self,
        outcome: Outcome,
        disposition_kind: str | None,
        *,
        tries: int,
        ended_at: datetime,
        is_final_disposition: bool | None = None,
        code: str | None = None,
        tally: Tally | None = None,
    ) -> Retry:
        """What follows an attempt that ended at `ended_at`.

        `tries` counts the lead's attempts so far, this one included, without those of which
        `outcome.counts_as_attempt` is False; `tally` says more, and then `tries` is its own.
        `is_final_disposition` is the campaign's own word on the disposition; None takes the usual
        one of its kind.
        """
        tally = tally or Tally(tries=tries)
        kind = None if disposition_kind is None else DispositionKind(disposition_kind)
        wait = self._wait(outcome, kind, code, is_final=is_final_disposition)
        finer = self._refinement(outcome, kind, code)
        if wait is None or self._is_used_up(outcome, kind, tally, finer):
            return _FINISHED
        if wait is Again.NEVER:
            return _NUMBER_FINISHED
        is_machine = kind is DispositionKind.MACHINE
        usual_next = outcome in NEXT_NUMBER_AFTER or is_machine
        usual_rotation = outcome in ROTATES_AFTER or is_machine
        return Retry(
            call_again_at=ended_at + finer.wait_after(wait, tally.repeats),
            use_next_number=usual_next if finer.use_next_number is None else finer.use_next_number,
            is_final=False,
            rotates=bool(self.day_parts)
            and (usual_rotation if finer.rotates is None else finer.rotates),
        )

    def _is_used_up(
        self, outcome: Outcome, kind: DispositionKind | None, tally: Tally, finer: Refinement
    ) -> bool:
        """True when one of the counters this attempt belongs to has reached its end."""
        return (
            (outcome.counts_as_attempt and tally.tries >= self.attempts_max)
            or (finer.give_up_after is not None and tally.repeats >= finer.give_up_after)
            or (
                self.not_reached_max is not None
                and reached_nobody(outcome, kind)
                and tally.not_reached >= self.not_reached_max
            )
            or (
                self.unfinished_max is not None
                and left_unfinished(outcome, kind)
                and tally.unfinished >= self.unfinished_max
            )
        )

    def _refinement(
        self, outcome: Outcome, kind: DispositionKind | None, code: str | None
    ) -> Refinement:
        if kind is None:
            return self.refinements.get(outcome_key(outcome), PLAIN)
        usual = self.refinements.get(kind_key(kind), PLAIN)
        return usual if code is None else self.refinements.get(code_key(code), usual)

    def _wait(
        self,
        outcome: Outcome,
        kind: DispositionKind | None,
        code: str | None,
        *,
        is_final: bool | None,
    ) -> Wait | None:
        """None when the lead is finished."""
        if kind is not None:
            wait = self._disposition_wait(kind, is_final=is_final)
            own = None if code is None else self.code_waits.get(code)
            return own if own is not None and isinstance(wait, timedelta) else wait
        if outcome is Outcome.CONNECTED:
            return NOT_DISPOSED_WAIT
        return self.outcome_waits.get(outcome, DEFAULT_OUTCOME_WAITS[outcome])

    def _disposition_wait(self, kind: DispositionKind, *, is_final: bool | None) -> Wait | None:
        """None when the lead is finished."""
        match kind:
            case DispositionKind.REFUSAL | DispositionKind.DO_NOT_CALL:
                return None
            case DispositionKind.SALE | DispositionKind.NO_INTEREST:
                return self._wait_of(kind) if is_final is False else None
            case DispositionKind.WRONG_NUMBER:
                return None if is_final else Again.NEVER
            case (
                DispositionKind.CALLBACK
                | DispositionKind.MACHINE
                | DispositionKind.UNFINISHED
                | DispositionKind.OTHER
            ):
                return None if is_final else self._wait_of(kind)
            case _:
                assert_never(kind)

    def _wait_of(self, kind: DispositionKind) -> timedelta:
        return self.disposition_waits.get(kind, DEFAULT_DISPOSITION_WAITS[kind])


def parse_wait(text: str) -> Wait:
    """Read "30s", "10m", "4h", "3d" or "never". ValueError names what is allowed."""
    cleaned = text.strip().lower()
    if cleaned == "never":
        return Again.NEVER
    match = _DURATION_TEXT.fullmatch(cleaned)
    if match is None:
        raise ValueError('a time such as "10m", "4h" or "3d", or "never"')
    wait = timedelta(seconds=int(match[1]) * _UNIT_SECONDS[match[2]])
    if not WAIT_MIN <= wait <= WAIT_MAX:
        raise ValueError('from "30s" to "366d", or "never"')
    return wait


def format_wait(wait: Wait) -> str:
    """The shortest text `parse_wait` reads back as the same wait."""
    if isinstance(wait, Again):
        return wait.value
    seconds = int(wait.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _UNIT_SECONDS[unit] == 0)
    return f"{seconds // _UNIT_SECONDS[unit]}{unit}"
