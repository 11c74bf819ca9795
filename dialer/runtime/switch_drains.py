"""Tells the engine which switches people have taken out of use, or put back.

The store is looked at every two seconds, so that every dialer process hears of it, and a process
that starts later too.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection

from campaigns.store.errors import DatabaseUnavailable
from dialer.engine.events import Event, SwitchDrainChanged
from dialer.engine.ids import SwitchId
from dialer.runtime.store_health import StoreHealth

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""A person who drains a switch waits minutes for its calls; seconds do not matter."""


class DrainWatch:
    """What the store said last."""

    def __init__(
        self,
        read: Callable[[], Awaitable[Collection[str]]],
        *,
        switches: Collection[SwitchId],
        post: Callable[[Event], None],
        health: StoreHealth,
    ) -> None:
        self._read = read
        self._switches = tuple(switches)
        self._post = post
        self._health = health
        self._draining: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            # What was so remains so until it answers again; the health notes the outage.
            with contextlib.suppress(DatabaseUnavailable):
                await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Look once and tell what has changed. Raises DatabaseUnavailable."""
        draining = frozenset(await self._health.attempt("drains", self._read))
        for switch_id in self._switches:
            is_draining = switch_id in draining
            if is_draining is not (switch_id in self._draining):
                log.info(
                    "Switch %s is %s.",
                    switch_id,
                    "taken out of use" if is_draining else "in use again",
                    extra={"action": "switch_drain"},
                )
                self._post(SwitchDrainChanged(switch_id=switch_id, is_draining=is_draining))
        self._draining = draining
