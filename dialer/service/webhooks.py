"""Delivering webhooks as a part of the running service, and the alarm about those that fail."""

import asyncio
from datetime import UTC, datetime

from campaigns.store.errors import DatabaseUnavailable
from campaigns.store.store import Store
from dialer.metrics.instruments import Instruments
from dialer.runtime.webhook_delivery import WebhookDelivery
from dialer.runtime.webhook_http import WebhookHttp
from dialer.settings import Settings

ALARM_SECONDS = 15.0
"""How often it is counted which webhooks fail."""


async def deliver_webhooks(settings: Settings, store: Store) -> None:
    """Deliver until cancelled, and leave no connection behind."""
    http = WebhookHttp(allowed=settings.web.webhook_networks)
    try:
        delivery = WebhookDelivery(store.webhook_queue, http.send, wall=lambda: datetime.now(UTC))
        await delivery.run()
    finally:
        await http.close()


async def watch_webhooks(store: Store, instruments: Instruments) -> None:
    """Count what fails, until cancelled."""
    while True:
        try:
            failing, disabled = await store.webhook_queue.failing()
        except DatabaseUnavailable:
            # The deliveries say so.
            failing = disabled = 0
        instruments.webhooks.labels("failing").set(failing)
        instruments.webhooks.labels("disabled").set(disabled)
        await asyncio.sleep(ALARM_SECONDS)


async def delete_old_traces(store: Store, *, now: datetime) -> int:
    """Delete deliveries and kept answers of the interface that nobody asks for any more."""
    return await store.webhook_queue.delete_old(now=now) + await store.api_requests.delete_old(
        now=now
    )
