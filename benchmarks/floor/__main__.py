"""Many agents by the real clock: does the dialer stay under one core, and its loop in time?

    python -m benchmarks.floor --agents 1500 --minutes 10

Starts an embedded PostgreSQL, the fake switch and the dialer, logs everybody in, waits until the
floor talks, and then measures for the given minutes: CPU of the dialer process from /proc, and how
late a 10 ms ticker inside it woke. Wrap-up ends by its limit; nobody types. Needs two idle cores.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.floor.meter import Scrape, cpu_seconds, scrape
from benchmarks.floor.processes import CAMPAIGN, Floor, ask_all, floor

LATE_SECONDS = 0.05
CORES_MAX = 1.0
TALKING_RATIO = 0.5
RAMP_SECONDS_MAX = 300.0
SAMPLE_SECONDS = 10.0
HANDLE_SECONDS = 105.0
ANSWER_RATIO = 0.30


def say(words: str) -> None:
    """One line, at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


async def reached(running: Floor, state: str, wanted: float) -> float:
    """How many agents are in the state, once they are as many as wanted."""
    while True:
        found = (await scrape(running.metrics_port)).series("dialer_agents", state=state)
        if found >= wanted:
            return found
        await asyncio.sleep(1.0)


async def ramp(running: Floor, agents: int) -> None:
    """Everybody logs in and asks for calls; return when half of them talk."""
    names = [{"agent": f"agent{index}"} for index in range(agents)]
    await ask_all(running.store, "agent.login", names)
    async with asyncio.timeout(RAMP_SECONDS_MAX):
        await reached(running, "paused", agents)
        say(f"{agents} agents are logged in")
        await ask_all(running.store, "agent.ready", names)
        await ask_all(running.store, "campaign.start", [{"campaign": CAMPAIGN}])
        talking = await reached(running, "talking", TALKING_RATIO * agents)
        say(f"{talking:.0f} agents talk; measuring")


async def measure(running: Floor, seconds: float) -> tuple[list[float], Scrape, Scrape]:
    """CPU in cores by sample, and the metrics before and after."""
    before = await scrape(running.metrics_port)
    samples: list[float] = []
    until = time.monotonic() + seconds
    used, at = cpu_seconds(running.pid), time.monotonic()
    while time.monotonic() < until:
        await asyncio.sleep(min(SAMPLE_SECONDS, max(0.1, until - time.monotonic())))
        now_used, now_at = cpu_seconds(running.pid), time.monotonic()
        samples.append((now_used - used) / (now_at - at))
        used, at = now_used, now_at
    return samples, before, await scrape(running.metrics_port)


def report(samples: list[float], before: Scrape, after: Scrape, seconds: float) -> bool:
    """Print what was measured; True when both promises are kept."""
    cores, worst = sum(samples) / len(samples), max(samples)
    first, last = before.ticks_by_delay(), after.ticks_by_delay()
    ticks = {edge: last[edge] - first.get(edge, 0.0) for edge in last}
    total = ticks[float("inf")]
    late = total - ticks[LATE_SECONDS]
    rate = (after.value("dialer_originates_total") - before.value("dialer_originates_total")) / (
        seconds
    )
    live = after.value("dialer_live_answers_total") - before.value("dialer_live_answers_total")
    lost = after.value("dialer_abandoned_total") - before.value("dialer_abandoned_total")
    say(f"dialer process: {cores:.2f} cores on average, {worst:.2f} in the worst 10 s")
    say(f"event loop: {total:.0f} ticks of 10 ms, {late:.0f} of them more than 50 ms late")
    for edge in sorted(ticks):
        say(f"  at most {edge * 1000:7.0f} ms late: {100 * ticks[edge] / total:8.4f} %")
    say(f"{rate:.1f} calls placed a second; {live:.0f} live answers, {lost:.0f} abandoned")
    say(f"utilisation {after.value('dialer_utilisation_ratio'):.3f} since the start")
    kept = cores < CORES_MAX and late == 0
    say("Both promises are kept." if kept else "A promise is NOT kept.")
    return kept


async def run(agents: int, minutes: float, home: Path, profile: Path | None) -> bool:
    """One floor, measured."""
    seconds = 60.0 * minutes
    leads = int(1.5 * agents / HANDLE_SECONDS / ANSWER_RATIO * (seconds + RAMP_SECONDS_MAX))
    say(f"filling the database: {leads} leads, {agents} agents")
    async with floor(
        home,
        agents=agents,
        leads=leads,
        wrap_up_seconds=15.0,
        lines=4 * agents,
        rate=max(10.0, agents / 15.0),
        profile=profile,
    ) as running:
        say(f"the dialer is process {running.pid}, its metrics on port {running.metrics_port}")
        await ramp(running, agents)
        return report(*await measure(running, seconds), seconds)


def main() -> int:
    """0 when the dialer stays under one core and its loop is never more than 50 ms late."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.floor", description=__doc__)
    parser.add_argument("--agents", type=int, default=1500)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--home", type=Path, default=None, help="keep everything in this folder")
    parser.add_argument("--profile", type=Path, default=None, help="write a cProfile of the dialer")
    arguments = parser.parse_args()
    # The embedded PostgreSQL runs as a user of its own, who must be able to enter the folder.
    home = arguments.home or Path(tempfile.mkdtemp(prefix="dialer-floor-"))
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    try:
        return (
            0
            if asyncio.run(run(arguments.agents, arguments.minutes, home, arguments.profile))
            else 1
        )
    finally:
        if arguments.home is None:
            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
