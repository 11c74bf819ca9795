"""Delivering webhooks: takes what is due, sends it, and writes how it went, until cancelled.

Every service does it; the store lends each delivery to one of them. Nothing here waits for a
receiver while it holds a connection to the database.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import datetime

from campaigns.store.errors import DatabaseUnavailable
from campaigns.store.webhook_queue import TakenDelivery, Tried, WebhookQueue

log = logging.getLogger(__name__)

AT_ONCE_MAX = 20
"""Tries under way in this process; one more waits for the first to end."""
OF_ONE_MAX = 10
"""Deliveries of one webhook taken at once: a slow receiver gets ten at a time."""
IDLE_SECONDS = 1.0
"""Between two looks at an empty queue: an event is on its way within about a second."""
AWAY_SECONDS = 5.0
"""Between two looks while the database is out of reach."""


class WebhookDelivery:
    """The task. `wall` is the machine's clock, not the dialer's: receivers live by it."""

    def __init__(
        self,
        queue: WebhookQueue,
        send: Callable[[TakenDelivery], Awaitable[Tried]],
        *,
        wall: Callable[[], datetime],
        luck: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        on_disabled: Callable[[], None] = lambda: None,
    ) -> None:
        self._queue = queue
        self._send = send
        self._wall = wall
        self._luck = luck
        self._sleep = sleep
        self._on_disabled = on_disabled
        self._turns = asyncio.Semaphore(AT_ONCE_MAX)

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            try:
                count = await self.deliver()
            except DatabaseUnavailable as error:
                log.warning("Webhooks wait: %s", error, extra={"action": "webhooks_wait"})
                await self._sleep(AWAY_SECONDS)
                continue
            if not count:
                await self._sleep(IDLE_SECONDS)

    async def deliver(self) -> int:
        """Try everything that is due once; how many there were. Raises DatabaseUnavailable."""
        taken = await self._queue.take(most=OF_ONE_MAX, now=self._wall())
        results = await asyncio.gather(
            *(self._one(delivery) for delivery in taken), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                # The delivery is lent, and due again when the loan is over.
                raise result
        return len(taken)

    async def _one(self, delivery: TakenDelivery) -> None:
        async with self._turns:
            tried = await self._send(delivery)
        reason = await self._queue.settle(delivery, tried, luck=self._luck(), now=self._wall())
        if reason is not None:
            log.error(
                "Webhook %d is switched off: %s `dialer webhooks enable %d` switches it on again.",
                delivery.webhook_id,
                reason,
                delivery.webhook_id,
                extra={"action": "webhook_disabled", "webhook": delivery.webhook_id},
            )
            self._on_disabled()
