"""Takes leads out of the hopper when a quota of their script has filled, and puts them back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from campaigns.store.errors import StoreError

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""Until then the lease and the gate refuse those leads one by one."""

MarkChanged = Callable[[Sequence[int]], Awaitable[int]]


class QuotaWatch:
    """Looks at the quotas of the campaigns that are dialled here."""

    def __init__(self, mark: MarkChanged, *, campaigns: Callable[[], Sequence[int]]) -> None:
        self._mark = mark
        self._campaigns = campaigns

    async def run(self) -> None:
        """Look until cancelled. A failure of the store is told of, and tried again."""
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.warning("Quotas were not looked at: %s", error, extra={"action": "quotas"})
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> int:
        """Move the leads of cells that have filled or were raised; how many."""
        campaigns = self._campaigns()
        moved = await self._mark(campaigns) if campaigns else 0
        if moved:
            log.info("Quotas moved %d leads.", moved, extra={"action": "quotas"})
        return moved
