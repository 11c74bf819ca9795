"""The three processes of a floor, and what stands in the database before the first call."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import CampaignSpec, Purpose
from campaigns.store.rows import NewLead, NewPhone
from campaigns.store.store import Store

TEAM, CAMPAIGN = "floor", "floor"
LEADS_A_MERGE = 5_000
ANSWER_SECONDS = 120.0
"""Log-ins are taken one after the other; 3,000 requests take their time on a busy machine."""
NETWORK = """\
answer_ratio = 0.30
ring_minimum_seconds = 3.0
ring_gamma_shape = 2.0
ring_gamma_scale_seconds = 4.0
talk_mean_seconds = 90.0
talk_cv = 0.9

[failures]
USER_BUSY = 0.105
"""
"""World A of docs/pacing.md: 15 % of the 70 % who do not answer fail early."""


def present() -> datetime:
    """Now, as the store takes it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What runs."""

    store: Store
    pid: int
    metrics_port: int
    home: Path


async def fill(store: Store, *, agents: int, leads: int, wrap_up_seconds: float) -> None:
    """A campaign open at any hour, its leads, and the agents of its team."""
    spec = CampaignSpec(
        name=CAMPAIGN,
        client="benchmark",
        team=TEAM,
        region="US",
        caller_id="+12025550100",
        trunks=("main",),
        purpose=Purpose.SERVICE,
        calling_hours=CallingHours.parse(["daily 00:00-24:00"]),
        wrap_up_seconds_max=wrap_up_seconds,
    )
    row = await store.campaigns.create(spec, by="benchmark", now=present())
    for begin in range(0, leads, LEADS_A_MERGE):
        some = range(begin, min(leads, begin + LEADS_A_MERGE))
        rows = [
            NewLead(
                row_number=index + 1,
                numbers=(
                    NewPhone(
                        number=f"+1555{index:07d}", kind="mobile", time_zones=("America/New_York",)
                    ),
                ),
            )
            for index in some
        ]
        await store.leads.merge(row.id, f"part {begin}", rows, duplicates="merge", now=present())
    for index in range(agents):
        await store.agents.add(f"agent{index}", TEAM, f"{10_000 + index}", by="b", now=present())


@asynccontextmanager
async def floor(
    home: Path,
    *,
    agents: int,
    leads: int,
    wrap_up_seconds: float,
    lines: int,
    rate: float,
    profile: Path | None = None,
) -> AsyncIterator[Floor]:
    """Embedded PostgreSQL, a fake switch and a dialer; all ended at the end of the block."""
    async with await Store.open(None, directory=home) as store:
        await fill(store, agents=agents, leads=leads, wrap_up_seconds=wrap_up_seconds)
        async with floor_over(
            store, home, network=NETWORK, lines=lines, rate=rate, profile=profile
        ) as running:
            yield running


@asynccontextmanager
async def floor_over(
    store: Store,
    home: Path,
    *,
    network: str,
    lines: int,
    rate: float,
    profile: Path | None = None,
) -> AsyncIterator[Floor]:
    """A fake switch and a dialer over a filled store; both ended at the end of the block."""
    file = home / "network.toml"
    file.write_text(network, encoding="utf-8")
    async with _process(
        "freeswitch.fake", "--port", "0", "--gateway", "main", "--network", str(file),
        "--max-sessions", "20000", "--sps", "2000", log=home / "switch.log",
    ) as switch:  # fmt: skip
        port = await _port_in(home / "switch.log", r"listening on .*:(\d+)")
        environ = {
            "DIALER_HOME": str(home),
            "DIALER_SWITCH_PORT": str(port),
            "DIALER_TRUNKS": f"main:{lines}:{rate:g}",
            "DIALER_METRICS_PORT": "0",
            "DIALER_WEB_PORT": "0",
        }
        async with _process(
            "dialer.service", log=home / "dialer.log", environ=environ, profile=profile
        ) as dialer:
            metrics_port = await _metrics_port(store)
            assert switch.returncode is None, (home / "switch.log").read_text()
            yield Floor(store=store, pid=dialer.pid, metrics_port=metrics_port, home=home)


@asynccontextmanager
async def _process(
    module: str,
    *arguments: str,
    log: Path,
    environ: dict[str, str] | None = None,
    profile: Path | None = None,
) -> AsyncIterator[asyncio.subprocess.Process]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DIALER_")}
    profiled = () if profile is None else ("-m", "cProfile", "-o", str(profile))
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *profiled, "-m", module, *arguments,
            env=kept | {"PYTHONPATH": str(Path.cwd())} | (environ or {}),
            stdout=output, stderr=output,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None and profile is not None:
            # A profile is written at an ordered end only; the second signal leaves at once.
            process.terminate()
            await asyncio.sleep(1.0)
            process.terminate()
            await process.wait()
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _port_in(log: Path, pattern: str) -> int:
    async with asyncio.timeout(ANSWER_SECONDS):
        while True:
            found = re.search(pattern, await asyncio.to_thread(log.read_text))
            if found is not None:
                return int(found[1])
            await asyncio.sleep(0.1)


async def _metrics_port(store: Store) -> int:
    """From the service's first snapshot row, once it is running."""
    async with asyncio.timeout(ANSWER_SECONDS):
        while True:
            for _, body, _ in await store.snapshots.latest():
                if body.get("state") == "running" and body.get("metrics"):
                    return int(str(body["metrics"]).rsplit(":", 1)[1].split("/")[0])
            await asyncio.sleep(0.2)


async def web_url(store: Store) -> str:
    """Where the running dialer serves its desk, from its snapshot row."""
    for _, body, _ in await store.snapshots.latest():
        if body.get("web"):
            return str(body["web"])
    raise LookupError("no running dialer serves a desk")


async def ask_all(store: Store, kind: str, args: Sequence[dict[str, str]]) -> None:
    """Make all these requests and wait until the last is answered."""
    ids = [
        await store.control.request(
            kind, dict(one), by="benchmark", now=present(), patience_seconds=ANSWER_SECONDS
        )
        for one in args
    ]
    answer = await store.control.wait(ids[-1], ANSWER_SECONDS)
    assert answer is not None, f"{kind}: nobody answered in {ANSWER_SECONDS:g} s"
    assert answer.ok, answer.answer
