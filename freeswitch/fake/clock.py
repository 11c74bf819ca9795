"""Virtual time for the fake switch: a heap of timers, driven by a test or by a scaled event loop.

A timer's callback sees its own due time as "now", even when the machine ran late. So a chain of
short waits (20 ms here, 40 ms there) does not drift apart when a virtual minute takes one real
second.
"""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from typing import Protocol

Callback = Callable[[], None]


class Timer:
    """A callback that is due at an instant; `cancel` makes it do nothing."""

    __slots__ = ("callback", "due_at")

    def __init__(self, due_at: float, callback: Callback) -> None:
        self.due_at = due_at
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        """Forget the callback; harmless when it already ran."""
        self.callback = None


class Clock(Protocol):
    """What the switch needs of time. Instants are virtual Unix seconds."""

    def now(self) -> float:
        """The present virtual instant; never moves backwards."""

    def call_at(self, due_at: float, callback: Callback) -> Timer:
        """Run the callback at that instant, or at once when it has passed, in order of due time."""

    def run_due(self) -> None:
        """Run every timer that is due, so that a command meets the state of its own instant."""

    def close(self) -> None:
        """Drop all timers."""


class _TimerHeap:
    def __init__(self, now: float) -> None:
        self._now = now
        self._heap: list[tuple[float, int, Timer]] = []
        self._ties = count()

    def _push(self, due_at: float, callback: Callback) -> Timer:
        timer = Timer(due_at, callback)
        heapq.heappush(self._heap, (due_at, next(self._ties), timer))
        return timer

    def _drop_cancelled(self) -> None:
        while self._heap and self._heap[0][2].callback is None:
            heapq.heappop(self._heap)

    def next_timer_at(self) -> float | None:
        """When the earliest live timer is due, or None."""
        self._drop_cancelled()
        return self._heap[0][0] if self._heap else None

    def _run_until(self, until: float) -> None:
        heap = self._heap
        while heap and heap[0][0] <= until:
            due_at, _, timer = heapq.heappop(heap)
            if timer.callback is None:
                continue
            self._now = max(self._now, due_at)
            callback, timer.callback = timer.callback, None
            callback()
        self._now = max(self._now, until)


class ManualClock(_TimerHeap):
    """Time that moves only when told to: for tests without sleeping."""

    def __init__(self, epoch: float = 1_700_000_000.0) -> None:
        super().__init__(epoch)

    def now(self) -> float:
        """The present virtual instant."""
        return self._now

    def call_at(self, due_at: float, callback: Callback) -> Timer:
        """Run the callback when the clock is moved to or past that instant."""
        return self._push(due_at, callback)

    def run_due(self) -> None:
        """Run what is due at the present instant."""
        self._run_until(self._now)

    def advance_to(self, instant: float) -> None:
        """Move to that instant, running every timer on the way at its own time."""
        self._run_until(instant)

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds."""
        self._run_until(self._now + seconds)

    def advance_to_next(self) -> bool:
        """Move to the next timer and run what is due then; False when nothing is left to happen."""
        due_at = self.next_timer_at()
        if due_at is None:
            return False
        self._run_until(max(due_at, self._now))
        return True

    def close(self) -> None:
        """Drop all timers."""
        self._heap.clear()


class ScaledClock(_TimerHeap):
    """The event loop's own time, `speed` virtual seconds to a real one, starting at `epoch`."""

    def __init__(self, *, speed: float, epoch: float) -> None:
        if speed <= 0:
            raise ValueError(
                f"clock speed {speed} is not positive; 1 is real time, 60 a minute a second"
            )
        super().__init__(epoch)
        self._loop = asyncio.get_running_loop()
        self._speed = speed
        self._epoch = epoch
        self._started_at = self._loop.time()
        self._handle: asyncio.TimerHandle | None = None
        self._running = False

    def _wall(self) -> float:
        return self._epoch + (self._loop.time() - self._started_at) * self._speed

    def now(self) -> float:
        """The present virtual instant; while timers run, the due time of the one running."""
        if not self._running:
            self._now = max(self._now, self._wall())
        return self._now

    def call_at(self, due_at: float, callback: Callback) -> Timer:
        """Run the callback once the scaled loop time has reached that instant."""
        timer = self._push(due_at, callback)
        if not self._running and self._heap[0][2] is timer:
            self._arm()
        return timer

    def run_due(self) -> None:
        """Run what is due by now."""
        if self._running:
            return
        self._running = True
        try:
            self._run_until(max(self._now, self._wall()))
        finally:
            self._running = False
        self._arm()

    def _arm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        due_at = self.next_timer_at()
        if due_at is not None:
            real_at = self._started_at + (due_at - self._epoch) / self._speed
            self._handle = self._loop.call_at(real_at, self._fire)

    def _fire(self) -> None:
        self._handle = None
        self.run_due()

    def close(self) -> None:
        """Drop all timers and leave the loop alone."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self._heap.clear()
