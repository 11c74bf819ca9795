"""Deadlines by key: one heap, re-armed and cancelled by name."""

import enum
import heapq
from dataclasses import dataclass, field
from typing import NamedTuple

from dialer.engine.ids import (
    AgentId,
    CallbackId,
    CallId,
    CampaignId,
    LedgerName,
    SwitchId,
    TeamId,
)  # fmt: skip


@enum.unique
class Due(enum.StrEnum):
    """What a deadline is for."""

    LEGAL_SECONDS = "legal_seconds"
    PARK_OVERDUE = "park_overdue"
    CALL_WATCH = "call_watch"
    HANG_UP = "hang_up"
    LEG_WATCH = "leg_watch"
    WRAP_UP = "wrap_up"
    RENAIL = "renail"
    PACE = "pace"
    LEASE = "lease"
    SURVEY = "survey"
    LEDGER = "ledger"
    CALLBACK = "callback"
    PREVIEW = "preview"
    SCREENING = "screening"
    RETURN_WAIT = "return_wait"
    BEEP = "beep"
    TALK_WATCH = "talk_watch"
    CONSENT = "consent"
    SWITCH = "switch"


Subject = (
    CallId | AgentId | TeamId | CampaignId | CallbackId | SwitchId
    | tuple[CampaignId, LedgerName] | None
)  # fmt: skip


class TimerKey(NamedTuple):
    """One deadline: what for, and whose."""

    due: Due
    subject: Subject


@dataclass(slots=True)
class Timers:
    """Deadlines in order of time, and of arming where times are equal, so that replay is exact."""

    _armed: dict[TimerKey, tuple[float, int]] = field(default_factory=dict)
    _heap: list[tuple[float, int, TimerKey]] = field(default_factory=list)
    _count: int = 0

    def arm(self, due: Due, subject: Subject, *, at: float) -> None:
        """Set the deadline, replacing an earlier one of the same key."""
        key = TimerKey(due, subject)
        self._count += 1
        self._armed[key] = (at, self._count)
        heapq.heappush(self._heap, (at, self._count, key))

    def disarm(self, due: Due, subject: Subject) -> None:
        """Forget the deadline if there is one. Its heap entry is passed over later."""
        self._armed.pop(TimerKey(due, subject), None)

    def is_armed(self, due: Due, subject: Subject) -> bool:
        """True while the deadline lies ahead."""
        return TimerKey(due, subject) in self._armed

    def at(self, due: Due, subject: Subject) -> float | None:
        """When this deadline comes, or None."""
        armed = self._armed.get(TimerKey(due, subject))
        return None if armed is None else armed[0]

    def next_at(self) -> float | None:
        """The earliest deadline, or None."""
        while self._heap and not self._is_current(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: float) -> TimerKey | None:
        """Take the earliest deadline that is not after `now`, or None."""
        at = self.next_at()
        if at is None or at > now:
            return None
        key = heapq.heappop(self._heap)[2]
        del self._armed[key]
        return key

    def _is_current(self, entry: tuple[float, int, TimerKey]) -> bool:
        at, count, key = entry
        return self._armed.get(key) == (at, count)
