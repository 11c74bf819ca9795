"""What happens to a lead after an attempt: called again and when, on which number, or finished.

A first set of rules: one waiting time for each outcome and for each disposition that does not end
the lead. Caps over a window (so many attempts in so many days, by law or contract) are not here;
they belong to attempt limits and rule packs, which can only make a lead wait longer than these
rules do.
"""

import enum
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from campaigns.dispositions import DispositionKind
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


_FINISHED = Retry(call_again_at=None, use_next_number=False, is_final=True)
_NUMBER_FINISHED = Retry(call_again_at=None, use_next_number=True, is_final=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRules:
    """The waiting times of one campaign, and how many attempts a lead is worth."""

    attempts_max: int = ATTEMPTS_MAX_DEFAULT
    """Attempts a lead, over all its numbers; those that failed in the network are not counted."""
    outcome_waits: dict[Outcome, Wait] = field(default_factory=lambda: dict(DEFAULT_OUTCOME_WAITS))
    disposition_waits: dict[DispositionKind, timedelta] = field(
        default_factory=lambda: dict(DEFAULT_DISPOSITION_WAITS)
    )

    def after(
        self,
        outcome: Outcome,
        disposition_kind: str | None,
        *,
        tries: int,
        ended_at: datetime,
        is_final_disposition: bool | None = None,
    ) -> Retry:
        """What follows an attempt that ended at `ended_at`.

        `tries` counts the lead's attempts so far, this one included, without those of which
        `outcome.counts_as_attempt` is False. `is_final_disposition` is the campaign's own word on
        the disposition; None takes the usual one of its kind.
        """
        if disposition_kind is not None:
            wait = self._disposition_wait(
                DispositionKind(disposition_kind), is_final=is_final_disposition
            )
        elif outcome is Outcome.CONNECTED:
            wait = NOT_DISPOSED_WAIT
        else:
            wait = self.outcome_waits.get(outcome, DEFAULT_OUTCOME_WAITS[outcome])
        if wait is None or (outcome.counts_as_attempt and tries >= self.attempts_max):
            return _FINISHED
        if wait is Again.NEVER:
            return _NUMBER_FINISHED
        return Retry(
            call_again_at=ended_at + wait,
            use_next_number=outcome in NEXT_NUMBER_AFTER
            or disposition_kind == DispositionKind.MACHINE,
            is_final=False,
        )

    def _disposition_wait(self, kind: DispositionKind, *, is_final: bool | None) -> Wait | None:
        """None when the lead is finished."""
        match kind:
            case DispositionKind.REFUSAL | DispositionKind.DO_NOT_CALL:
                return None
            case DispositionKind.SALE | DispositionKind.NO_INTEREST:
                return self._wait_of(kind) if is_final is False else None
            case DispositionKind.WRONG_NUMBER:
                return None if is_final else Again.NEVER
            case DispositionKind.CALLBACK | DispositionKind.MACHINE | DispositionKind.OTHER:
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
