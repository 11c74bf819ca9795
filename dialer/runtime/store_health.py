"""Whether the database answers, and how long to wait before asking again."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from campaigns.store.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 0.1
WAIT_SECONDS_MAX = 2.0
"""A database comes back within seconds or within hours; asking every two seconds serves both."""

T = TypeVar("T")
CommitObserver = Callable[[str, float], None]
"""Told (lane, seconds) of every commit that succeeded."""


class StoreHealth:
    """Shared by all who speak to the store."""

    def __init__(self) -> None:
        self.is_up = True
        self.error: str | None = None
        self.observe_commit: CommitObserver | None = None

    async def attempt(self, lane: str, action: Callable[[], Awaitable[T]]) -> T:
        """Do it once and note how that went. Raises DatabaseUnavailable."""
        began = time.monotonic()
        try:
            result = await action()
        except DatabaseUnavailable as error:
            if self.is_up:
                log.error(
                    "The database does not answer; nothing is dialled until it does: %s",
                    error,
                    extra={"action": "database_lost"},
                )
            self.is_up, self.error = False, str(error)
            raise
        if not self.is_up:
            log.warning("The database answers again.", extra={"action": "database_back"})
        self.is_up, self.error = True, None
        if self.observe_commit is not None:
            self.observe_commit(lane, time.monotonic() - began)
        return result

    async def insist(self, lane: str, action: Callable[[], Awaitable[T]]) -> T:
        """Do it, as often as it takes. The only bound is the caller's: shutdown cancels."""
        wait_seconds = FIRST_WAIT_SECONDS
        while True:
            try:
                return await self.attempt(lane, action)
            except DatabaseUnavailable:
                await asyncio.sleep(wait_seconds)
                wait_seconds = min(2 * wait_seconds, WAIT_SECONDS_MAX)
