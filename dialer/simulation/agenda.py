"""Virtual time: what is to happen, in order."""

import heapq
from collections.abc import Callable


class Agenda:
    """Future calls in order of time, then of scheduling, so that runs repeat."""

    def __init__(self, now: float) -> None:
        self.now = now
        """Unix seconds; moves only in `run_next` and `advance`."""
        self._heap: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._count = 0

    def at(self, at: float, action: Callable[..., None], *args: object) -> None:
        """Do `action(*args)` at that instant, or now if it has passed."""
        self._count += 1
        heapq.heappush(self._heap, (max(at, self.now), self._count, action, args))

    def after(self, seconds: float, action: Callable[..., None], *args: object) -> None:
        """Do `action(*args)` that many seconds from now."""
        self.at(self.now + seconds, action, *args)

    def next_at(self) -> float | None:
        """When the next thing happens, None when nothing is planned."""
        return self._heap[0][0] if self._heap else None

    def run_next(self) -> None:
        """Move to the next instant and do what was planned for it."""
        at, _, action, args = heapq.heappop(self._heap)
        self.now = at
        action(*args)

    def advance(self, to: float) -> None:
        """Move to an instant at which nothing was planned."""
        assert to >= self.now, f"time cannot go back from {self.now} to {to}"
        self.now = to
