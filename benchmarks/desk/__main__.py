"""From the bridge to the record on the screen, with a floor of agents connected.

    python -m benchmarks.desk --agents 200 --seconds 60

Starts an embedded PostgreSQL with leads that have a past, the fake switch, the dialer with its
desk, and in a process of their own one headless page (a WebSocket) for each agent. Talks and
wrap-up are set so that about five calls a second are bridged. Measured is, at the page, from the
instant at which the dialer saw the bridge until state and record had both arrived and been read;
and in the dialer, how late a 10 ms ticker on its event loop woke. Needs two idle cores.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.desk.past import fill
from benchmarks.floor.meter import Scrape, cpu_seconds, scrape
from benchmarks.floor.processes import CAMPAIGN, Floor, ask_all, floor_over, web_url
from campaigns.roles import Role
from campaigns.store.sessions import SessionLimits
from campaigns.store.store import Store

READ_SECONDS_MAX = 0.25
LATE_SECONDS = 0.05
SETTLE_SECONDS = 20.0
"""The floor talks before anything is measured: the first calls come all at once."""
WRAP_UP_SECONDS = 8.0
NETWORK = """\
answer_ratio = 0.60
ring_minimum_seconds = 2.0
ring_gamma_shape = 2.0
ring_gamma_scale_seconds = 2.0
talk_mean_seconds = 10.0
talk_cv = 0.6
"""
"""200 agents ÷ (10 s talk + 8 s wrap-up + 20 s wait) is five calls a second."""


def say(words: str) -> None:
    """One line, at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


async def sessions(store: Store, agents: int) -> list[str]:
    """A signed-in account for each agent: what their browsers would hold."""
    limits, now = SessionLimits(), datetime.now(UTC)
    tokens = []
    for index in range(agents):
        user = await store.users.add(
            f"agent{index}", Role.AGENT, f"a long password {index}", agent=f"agent{index}",
            client=None, language="en", zone="UTC", by="benchmark", now=now,
        )  # fmt: skip
        tokens.append(await store.sessions.open(user, address="127.0.0.1", limits=limits, now=now))
    return tokens


async def measure(running: Floor, tokens: list[str], seconds: float) -> bool:
    """Connect the pages, start the calls, and print what was measured."""
    pages = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.desk.pages",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 26,
    )  # fmt: skip
    assert pages.stdin is not None
    assert pages.stdout is not None
    asked = {
        "url": await web_url(running.store),
        "tokens": tokens,
        "seconds": seconds + SETTLE_SECONDS,
    }
    names = [{"agent": f"agent{index}"} for index in range(len(tokens))]
    await ask_all(running.store, "agent.login", names)
    pages.stdin.write(json.dumps(asked).encode() + b"\n")
    await pages.stdin.drain()
    assert await pages.stdout.readline() == b"connected\n"
    say(f"{len(tokens)} pages are connected")
    await ask_all(running.store, "agent.ready", names)
    await ask_all(running.store, "campaign.start", [{"campaign": CAMPAIGN}])
    await asyncio.sleep(SETTLE_SECONDS)
    before, used, at = await scrape(running.metrics_port), cpu_seconds(running.pid), time.time()
    seen = json.loads(await pages.stdout.readline())
    await pages.wait()
    cores = (cpu_seconds(running.pid) - used) / (time.time() - at)
    return report(seen, before, await scrape(running.metrics_port), cores, time.time() - at)


def report(
    seen: dict[str, object], before: Scrape, after: Scrape, cores: float, seconds: float
) -> bool:
    """Print it; True when both promises are kept."""
    delays = sorted(float(one) for one in seen["delays"])  # type: ignore[attr-defined]
    cuts = statistics.quantiles(delays, n=100)
    name = "dialer_answer_to_bridge_seconds_count"
    bridged = after.value(name) - before.value(name)
    say(
        f"{len(delays)} calls were read on a screen; {seen['gaps']} gaps, {seen['lost']} lines lost"
    )
    say(
        f"bridge to record: median {1000 * cuts[49]:.0f} ms, 95th {1000 * cuts[94]:.0f} ms, "
        f"99th {1000 * cuts[98]:.0f} ms, worst {1000 * delays[-1]:.0f} ms"
    )
    first, last = before.ticks_by_delay(), after.ticks_by_delay()
    ticks = {edge: last[edge] - first.get(edge, 0.0) for edge in last}
    late = ticks[float("inf")] - ticks[LATE_SECONDS]
    say(f"event loop: {ticks[float('inf')]:.0f} ticks of 10 ms, {late:.0f} more than 50 ms late")
    say(f"dialer process: {cores:.2f} cores; {bridged / seconds:.1f} calls bridged a second")
    kept = cuts[98] <= READ_SECONDS_MAX and late == 0 and not seen["gaps"] and not seen["lost"]
    say("Both promises are kept." if kept else "A promise is NOT kept.")
    return kept


async def run(agents: int, leads: int, seconds: float, home: Path, *, fill_only: bool) -> bool:
    """One floor, measured."""
    async with await Store.open(None, directory=home) as store:
        tokens_file = home / "tokens.json"
        if not tokens_file.exists():
            say(f"filling the database: {leads} leads with a past, {agents} agents")
            await fill(store, agents=agents, leads=leads, wrap_up_seconds=WRAP_UP_SECONDS)
            tokens_file.write_text(json.dumps(await sessions(store, agents)), encoding="utf-8")
        if fill_only:
            return True
        tokens = json.loads(tokens_file.read_text(encoding="utf-8"))
        async with floor_over(
            store, home, network=NETWORK, lines=4 * agents, rate=max(10.0, agents / 10.0)
        ) as running:
            return await measure(running, tokens, seconds)


def main() -> int:
    """0 when the record is there within 250 ms at the 99th percentile and the loop in time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--leads", type=int, default=3000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--home", type=Path, default=None, help="keep everything in this folder")
    parser.add_argument("--fill-only", action="store_true", help="make the database and stop")
    given = parser.parse_args()
    # The embedded PostgreSQL runs as a user of its own, who must be able to enter the folder.
    home = given.home or Path(tempfile.mkdtemp(prefix="dialer-desk-"))
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    try:
        kept = asyncio.run(
            run(given.agents, given.leads, given.seconds, home, fill_only=given.fill_only)
        )
    finally:
        if given.home is None:
            shutil.rmtree(home, ignore_errors=True)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
