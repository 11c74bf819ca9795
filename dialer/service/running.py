"""`dialer run`: a service in the foreground, with its signals."""

import asyncio
import logging
import signal

from dialer.runtime.clock import Clock
from dialer.service.service import Service
from dialer.settings import Settings

log = logging.getLogger(__name__)


async def serve(settings: Settings, *, clock: Clock | None = None) -> None:
    """Serve until SIGTERM or SIGINT drains, or a second one ends it at once.

    Raises DialerError or StoreError with a sentence for a person.
    """
    service = Service(settings, clock=clock)
    loop = asyncio.get_running_loop()
    asked = 0

    def on_signal() -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            log.warning(
                "Draining: no new calls. A second signal leaves at once.", extra={"action": "drain"}
            )
            service.drain()
        else:
            log.warning("Leaving at once.", extra={"action": "stop"})
            service.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    try:
        await service.run()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
