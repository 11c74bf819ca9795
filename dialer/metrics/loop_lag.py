"""How late the event loop is: the first thing to look at when calls are bridged slowly."""

import asyncio

from prometheus_client import Gauge

PROBE_SECONDS = 0.25
"""Often enough to see a stall within a second, rare enough to cost nothing."""


async def watch_loop_lag(gauge: Gauge) -> None:
    """Measure until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        asked = loop.time() + PROBE_SECONDS
        await asyncio.sleep(PROBE_SECONDS)
        gauge.set(max(0.0, loop.time() - asked))
