"""Work that is done once a day beside the dialling."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from campaigns.store.errors import StoreError

log = logging.getLogger(__name__)

FIRST_SECONDS = 3600.0
"""Not at the start: then the agents log in and the leads are read."""
EVERY_SECONDS = 86_400.0
RETRY_SECONDS = 900.0
"""After a failure; a day is a long time to keep what should have gone."""


async def run_daily(
    name: str,
    work: Callable[[], Awaitable[int]],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Do `work` an hour after the start and each day after, until cancelled.

    It returns how many things it did. A failure of the store is logged and the work tried again a
    little later: it must not end the dialling.
    """
    wait_seconds = FIRST_SECONDS
    while True:
        await sleep(wait_seconds)
        try:
            count = await work()
        except StoreError as error:
            log.warning("%s was not done: %s", name, error, extra={"action": "daily_failed"})
            wait_seconds = RETRY_SECONDS
        else:
            log.info("%s: %d changes.", name, count, extra={"action": "daily"})
            wait_seconds = EVERY_SECONDS
