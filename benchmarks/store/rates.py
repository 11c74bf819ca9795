"""What the store does in a second, on an embedded PostgreSQL in a temporary directory.

    python benchmarks/store/rates.py

Wall time, processor time of this process, and that of the server, because on a busy machine
only the last two say anything. Durability is on (fsync), as in production.
"""

import asyncio
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import CampaignSpec, Purpose
from campaigns.outcomes import Outcome
from campaigns.store.rows import AttemptResult, LeasedLead, NewAttempt, NewLead, NewPhone
from campaigns.store.store import Store

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
BATCH = 200
ROUNDS = 10


def server_seconds(directory: Path) -> float:
    """Processor seconds of all processes of the server, dead ones included (Linux)."""
    pid = (directory / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0]
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if entry.name == pid:
                total += sum(map(int, fields[11:15]))
            elif fields[1] == pid:
                total += sum(map(int, fields[11:13]))
    return total / 100


def new_leads(first: int, count: int) -> list[NewLead]:
    """Rows with one number and four extra columns."""
    return [
        NewLead(
            row_number=index,
            external_id=str(index),
            name=f"Lead {index}",
            numbers=(
                NewPhone(
                    number=f"+1555{index:07d}",
                    kind="mobile",
                    time_zones=("America/New_York",),
                    region="US",
                ),
            ),
            fields={"city": "Springfield", "company": "Acme", "balance": "12.50", "note": "-"},
        )
        for index in range(first, first + count)
    ]


async def timed(
    name: str, items: int, directory: Path, work: Callable[[], Awaitable[object]]
) -> None:
    """Run `work` ROUNDS times and print its rates."""
    walls = []
    cpu, server = time.process_time(), server_seconds(directory)
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await work()
        walls.append(time.perf_counter() - began)
    cpu = (time.process_time() - cpu) / ROUNDS
    server = (server_seconds(directory) - server) / ROUNDS
    wall = statistics.median(walls)
    print(
        f"{name:<24} {items:>6} a call   {1000 * wall:8.1f} ms ({items / wall:9.0f}/s)"
        f"   our CPU {1000 * cpu:7.1f} ms   server's CPU {1000 * server:7.1f} ms"
    )


async def main() -> None:
    """Measure everything once."""
    with tempfile.TemporaryDirectory(prefix="dialer-bench-") as name:
        directory = Path(name)
        async with await Store.open(None, directory=directory) as store:
            await measure(store, directory)


async def measure(store: Store, directory: Path) -> None:
    """The calls in the order of a campaign's life."""
    spec = CampaignSpec(
        name="bench",
        client="c",
        team="t",
        region="US",
        caller_id="+12025550100",
        trunks=("main",),
        purpose=Purpose.SERVICE,
        calling_hours=CallingHours.parse(["daily 00:00-24:00"]),
    )
    campaign = await store.campaigns.create(spec, by="bench", now=NOW)
    batches = iter([new_leads(5000 * index, 5000) for index in range(ROUNDS)])
    seen: list[list[NewLead]] = []
    leased: list[list[LeasedLead]] = []
    open_calls: list[list[str]] = []

    async def merge() -> None:
        seen.append(next(batches))
        await store.leads.merge(campaign.id, "l", seen[-1], duplicates="merge", now=NOW)

    async def merge_again() -> None:
        await store.leads.merge(campaign.id, "l", seen[0], duplicates="merge", now=NOW)

    async def lease() -> None:
        leased.append(await store.leads.lease(campaign.id, BATCH, owner="o", now=NOW))

    async def write() -> None:
        new = [
            NewAttempt(
                call_id=str(uuid.uuid4()),
                campaign_id=campaign.id,
                team_id=campaign.team_id,
                lead_id=lead.lead_id,
                phone_id=lead.phone_id,
                number=lead.number,
                trunk="main",
                caller_id="+12025550100",
                owner="o",
                callable_until=lead.callable_until,
            )
            for lead in leased.pop()
        ]
        await store.attempts.write(new, now=NOW)
        open_calls.append([attempt.call_id for attempt in new])

    async def settle() -> None:
        results = [
            AttemptResult(
                call_id=call_id,
                outcome=Outcome.NO_ANSWER,
                cause="NO_ANSWER",
                agent_id=None,
                originated_at=NOW,
                ringing_at=NOW,
                answered_at=None,
                bridged_at=None,
                ended_at=NOW + timedelta(seconds=25),
                is_live=False,
                is_abandoned=False,
            )
            for call_id in open_calls.pop()
        ]
        await store.attempts.settle(results, now=NOW)

    await timed("leads.merge, new", 5000, directory, merge)
    await timed("leads.merge, unchanged", 5000, directory, merge_again)
    await timed("leads.lease", BATCH, directory, lease)
    await timed("attempts.write", BATCH, directory, write)
    await timed("attempts.settle", BATCH, directory, settle)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    asyncio.run(main())
