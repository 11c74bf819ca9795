"""One open page of an agent: what waits to be sent to it, never more than a bounded number."""

import asyncio
from collections import deque

WAITING_MAX = 64
"""Changes that wait for one page. A call makes about ten; a page that is sixty behind has no line
any more, and is sent away to come back and be given the whole picture."""


class Watcher:
    """The sending side of one page. `put` from anywhere on the loop, `take` in its own task."""

    def __init__(self, *, waiting_max: int = WAITING_MAX) -> None:
        self._waiting: deque[str] = deque()
        self._waiting_max = waiting_max
        self._wake = asyncio.Event()
        self.is_lost = False
        """It fell behind: what it would be told next is not what it needs."""

    def put(self, text: str) -> None:
        """Have this sent. Returns at once."""
        if len(self._waiting) >= self._waiting_max:
            self.is_lost = True
            self._waiting.clear()
        if not self.is_lost:
            self._waiting.append(text)
        self._wake.set()

    async def take(self) -> str | None:
        """The next text, as soon as there is one; None when the page fell behind."""
        while not self._waiting and not self.is_lost:
            self._wake.clear()
            await self._wake.wait()
        return None if self.is_lost else self._waiting.popleft()
