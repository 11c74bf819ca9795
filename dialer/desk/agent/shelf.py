"""Cards of leads, fetched before they are needed.

A lead who answers is with an agent a tenth of a second later, so the record is asked for at the
answer, while nobody knows yet whose screen it will stand on.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from campaigns.store.errors import DatabaseUnavailable
from campaigns.store.lead_cards import LeadCard

log = logging.getLogger(__name__)

KEPT_MAX = 500
"""Cards in memory, some ten kilobytes each: those of the calls of about a minute on a large
floor."""
READS_MAX = 3
"""Read at once; the store's ten connections are for everybody."""
RETRY_SECONDS = (0.25, 0.5, 1.0, 2.0)
"""Between tries while the database is out of reach; then every two seconds."""

ReadCard = Callable[[int], Awaitable[LeadCard]]


class CardShelf:
    """Cards by call. `fetch` returns at once."""

    def __init__(self, read: ReadCard) -> None:
        self._read = read
        self._tasks: OrderedDict[str, asyncio.Task[LeadCard]] = OrderedDict()
        self._reads = asyncio.Semaphore(READS_MAX)

    def fetch(self, call_id: str, lead_id: int) -> "asyncio.Task[LeadCard]":
        """The card of the call's lead: read already, being read, or begun now."""
        task = self._tasks.get(call_id)
        if task is None or task.cancelled() or (task.done() and task.exception() is not None):
            task = asyncio.get_running_loop().create_task(
                self._insist(lead_id), name=f"card of lead {lead_id}"
            )
            task.add_done_callback(_note_failure)
            self._tasks[call_id] = task
            while len(self._tasks) > KEPT_MAX:
                _, oldest = self._tasks.popitem(last=False)
                oldest.cancel()
        return task

    def forget(self, call_id: str) -> None:
        """The card is not what it was: the next who asks has it read again."""
        self._tasks.pop(call_id, None)

    def close(self) -> None:
        """Read no more."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    async def _insist(self, lead_id: int) -> LeadCard:
        """Read it, again and again while the database is away."""
        tries = 0
        while True:
            try:
                async with self._reads:
                    return await self._read(lead_id)
            except DatabaseUnavailable as error:
                log.warning("The card of a lead is late: %s", error, extra={"action": "card_late"})
                await asyncio.sleep(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
                tries += 1


def _note_failure(task: "asyncio.Task[LeadCard]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("A card cannot be read: %s", error, extra={"action": "card_failed"})
