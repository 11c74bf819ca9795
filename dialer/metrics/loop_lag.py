"""How late the event loop is: the first thing to look at when calls are bridged slowly."""

import asyncio

from prometheus_client import Gauge, Histogram

TICK_SECONDS = 0.01
"""Fine enough that no stall of 20 ms goes unseen; a hundred wake-ups a second cost about 0.5 % of a
core."""
WINDOW_TICKS = 100
"""The gauge shows the worst of so many ticks: about a second."""


async def watch_loop_lag(worst: Gauge, delays: Histogram) -> None:
    """Measure until cancelled.

    Each tick is put off from the one before, so that one long stall is one late tick and not many.
    """
    loop = asyncio.get_running_loop()
    while True:
        late_max = 0.0
        for _ in range(WINDOW_TICKS):
            asked = loop.time() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            late = max(0.0, loop.time() - asked)
            delays.observe(late)
            late_max = max(late_max, late)
        worst.set(late_max)
