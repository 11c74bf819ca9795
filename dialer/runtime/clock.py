"""Where the shell's time comes from. Everything else in the runtime takes `now` from here.

`now()` is Unix seconds, read from the wall once at start and moved on by the monotonic clock, so a
correction of the wall clock never turns time back in the middle of a call.
"""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Time as the service sees it."""

    def now(self) -> float:
        """Unix seconds; never less than before."""
        ...

    async def wait(self, wake: asyncio.Event, *, until: float | None) -> None:
        """Return when `wake` is set or the clock has reached `until` (None: only when set)."""
        ...

    async def sleep_until(self, at: float) -> None:
        """Return when the clock has reached `at`."""
        ...


class ScaledClock:
    """A clock `speed` times as fast as the real one, starting at `start_at` (None: now)."""

    def __init__(self, speed: float = 1.0, start_at: float | None = None) -> None:
        if speed <= 0:
            raise ValueError(f"A clock's speed is {speed}; it must be more than 0.")
        self.speed = speed
        self._start_at = time.time() if start_at is None else start_at
        self._anchor = time.monotonic()

    def now(self) -> float:
        return self._start_at + (time.monotonic() - self._anchor) * self.speed

    async def wait(self, wake: asyncio.Event, *, until: float | None) -> None:
        if until is None:
            await wake.wait()
            return
        try:
            async with asyncio.timeout((until - self.now()) / self.speed):
                await wake.wait()
        except TimeoutError:
            return

    async def sleep_until(self, at: float) -> None:
        await asyncio.sleep(max(0.0, (at - self.now()) / self.speed))


class RealClock(ScaledClock):
    """The real clock."""

    def __init__(self) -> None:
        super().__init__(speed=1.0)


class ManualClock:
    """A clock that moves only when told; for tests of the shell."""

    def __init__(self, now: float = 0.0) -> None:
        self._now = now
        self._moved = asyncio.Event()

    def now(self) -> float:
        return self._now

    def advance_to(self, at: float) -> None:
        """Move the clock; whoever waits for an instant up to `at` goes on."""
        assert at >= self._now, f"A clock cannot go back from {self._now} to {at}."
        self._now = at
        self._moved.set()
        self._moved = asyncio.Event()

    async def wait(self, wake: asyncio.Event, *, until: float | None) -> None:
        while not wake.is_set() and (until is None or self._now < until):
            async with asyncio.TaskGroup() as group:
                moved = group.create_task(self._moved.wait())
                woken = group.create_task(wake.wait())
                await asyncio.wait((moved, woken), return_when=asyncio.FIRST_COMPLETED)
                moved.cancel()
                woken.cancel()

    async def sleep_until(self, at: float) -> None:
        await self.wait(asyncio.Event(), until=at)
