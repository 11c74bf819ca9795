"""`dialer run`: a service in the foreground, with its signals."""

import asyncio
import gc
import logging
import signal

from dialer.runtime.clock import Clock
from dialer.service.service import Service
from dialer.settings import Settings

log = logging.getLogger(__name__)

YOUNG_OBJECTS = 10_000
"""New objects before the collector looks at the youngest: an engine step makes some tens, nearly
all of which are freed by their reference counts."""


def spare_the_collector() -> None:
    """Leave what is here now out of all later garbage collections.

    Modules, the database layer and the engine's lasting records are some 150,000 objects, which a
    full collection walks through in 50 ms and more, with everything standing still meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)


async def _spare_when_ready(service: Service) -> None:
    await service.ready.wait()
    spare_the_collector()


async def serve(settings: Settings, *, clock: Clock | None = None) -> None:
    """Serve until SIGTERM or SIGINT drains, or a second one ends it at once.

    Raises DialerError or StoreError with a sentence for a person.
    """
    service = Service(settings, clock=clock)
    spare_the_collector()
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
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(_spare_when_ready(service))
            await service.run()
            watch.cancel()
    except BaseExceptionGroup as group_error:
        # The service's own error is the only one there can be.
        raise group_error.exceptions[0] from None
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
