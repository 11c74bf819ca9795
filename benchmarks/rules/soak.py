"""Two dialer-like processes and a third writing do-not-call entries, then an audit.

    python -m benchmarks.rules.soak --minutes 60

Both writers lease and write for campaigns that hold the same numbers, as fast as they can with
small random pauses, and settle with random outcomes. Their clock runs sixty times as fast as the
wall, so a limit of one attempt an hour is met, and tested, every minute. Opt-outs are timed by the
wall. The audit trusts none of the code under test: it reads the attempts as they stand and the
three processes' own notes of when their calls returned.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from campaigns.attempt_limits import AttemptLimit, Window
from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import CampaignSpec, Purpose
from campaigns.outcomes import Outcome
from campaigns.retry_rules import RetryRules
from campaigns.store.rows import AttemptResult, LeasedLead, NewAttempt, NewLead, NewPhone
from campaigns.store.store import Store

NUMBERS = 20_000
SPEED = 60.0
"""Seconds of the writers' clock in a second of the wall."""
BASE = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
WINDOW = timedelta(hours=1)
BATCH = 20
ATTEMPTS_MAX = 50
OUTCOMES = (
    Outcome.NO_ANSWER, Outcome.BUSY, Outcome.CONNECTED, Outcome.ABANDONED, Outcome.MACHINE,
    Outcome.SWITCH_LIMIT,
)  # fmt: skip
OPT_OUT_SECONDS = 1.0


def number(index: int) -> str:
    """A fictitious number."""
    return f"+1555{index:07d}"


def spec_of(name: str) -> CampaignSpec:
    """Busy leads are due for a retry long before the limit lets them be called."""
    return CampaignSpec(
        name=name,
        client="soak",
        team=name,
        region="US",
        caller_id="+12025550100",
        trunks=("main",),
        purpose=Purpose.SERVICE,
        calling_hours=CallingHours.parse(["daily 00:00-24:00"]),
        retry=RetryRules(attempts_max=ATTEMPTS_MAX),
        limits=(
            AttemptLimit(
                most=1,
                window=Window(kind="rolling", length=1),
                unit="number",
                counts="attempts",
                scope="centre",
                citation="soak",
            ),
        ),
    )


async def make(url: str | None, directory: Path) -> str:
    """Two campaigns of one client, each with a team of its own, and the same numbers."""
    async with await Store.open(url, directory=directory) as store:
        for name in ("left", "right"):
            campaign = await store.campaigns.create(spec_of(name), by="soak", now=BASE)
            rows = [
                NewLead(
                    row_number=index,
                    numbers=(
                        NewPhone(
                            number=number(index), kind="mobile", time_zones=("America/New_York",)
                        ),
                    ),
                )
                for index in range(NUMBERS)
            ]
            await store.leads.merge(campaign.id, "all", rows, duplicates="merge", now=BASE)
        return store.url


def write_for_long(url: str, name: str, began: float, until: float, seed: int, notes: Path) -> None:
    """A process that leases, writes and settles; notes the wall's time of every written attempt."""
    asyncio.run(_write(url, name, began, until, seed, notes))


async def _write(url: str, name: str, began: float, until: float, seed: int, notes: Path) -> None:
    chance = random.Random(seed)
    owner = f"writer-{name}"
    refused: Counter[str] = Counter()
    async with await Store.open(url, directory=notes.parent, upgrade=False) as store:
        campaign = await store.campaigns.get(name)
        with notes.open("w", buffering=1, encoding="utf-8") as log:
            while time.time() < until:
                leads = await store.leads.lease(campaign.id, BATCH, owner=owner, now=virtual(began))
                # Some wait in the hopper meanwhile, as they do in a dialer.
                await asyncio.sleep(chance.uniform(0, 0.4))
                new = [_attempt(lead, campaign.id, campaign.team_id, owner) for lead in leads]
                began_at = time.time()
                verdicts = await store.attempts.write(new, now=virtual(began))
                ended_at = time.time()
                written = []
                for attempt, verdict in zip(new, verdicts, strict=True):
                    if verdict.refused is None:
                        written.append(attempt)
                        line = {"number": attempt.number, "began": began_at, "ended": ended_at}
                        log.write(json.dumps(line) + "\n")
                    else:
                        refused[verdict.refused] += 1
                results = [_result(each, virtual(began), chance) for each in written]
                await store.attempts.settle(results, now=virtual(began))
            log.write(json.dumps({"refused": dict(refused)}) + "\n")


def forbid_for_long(url: str, until: float, seed: int, notes: Path) -> None:
    """A process that forbids numbers at random; notes the wall's time of every commit."""
    asyncio.run(_forbid(url, until, seed, notes))


async def _forbid(url: str, until: float, seed: int, notes: Path) -> None:
    chance = random.Random(seed)
    async with await Store.open(url, directory=notes.parent, upgrade=False) as store:
        with notes.open("w", buffering=1, encoding="utf-8") as log:
            while time.time() < until:
                forbidden = number(chance.randrange(NUMBERS))
                await store.do_not_call.add(
                    forbidden, list_name="soak", by="soak", how="random", now=datetime.now(UTC)
                )
                log.write(json.dumps({"number": forbidden, "at": time.time()}) + "\n")
                await asyncio.sleep(chance.expovariate(2.0))


def virtual(began: float) -> datetime:
    """The writers' clock, the same in both processes."""
    return BASE + timedelta(seconds=SPEED * (time.time() - began))


def _attempt(lead: LeasedLead, campaign_id: int, team_id: int, owner: str) -> NewAttempt:
    return NewAttempt(
        call_id=str(uuid.uuid4()),
        campaign_id=campaign_id,
        team_id=team_id,
        lead_id=lead.lead_id,
        phone_id=lead.phone_id,
        number=lead.number,
        trunk="main",
        caller_id="+12025550100",
        owner=owner,
        callable_until=lead.callable_until,
    )


def _result(attempt: NewAttempt, at: datetime, chance: random.Random) -> AttemptResult:
    outcome = chance.choice(OUTCOMES)
    is_live = outcome.is_live_answer
    return AttemptResult(
        call_id=attempt.call_id,
        outcome=outcome,
        cause="NORMAL_CLEARING",
        agent_id=None,
        originated_at=at,
        ringing_at=at,
        answered_at=at if is_live else None,
        bridged_at=at if outcome is Outcome.CONNECTED else None,
        ended_at=at,
        is_live=is_live,
        is_abandoned=outcome is Outcome.ABANDONED,
    )


def audit(url: str, notes: list[Path], opt_outs: Path) -> dict[str, object]:
    """What happened, from the attempts and the notes alone."""
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain) as connection:
        rows = connection.execute(
            "SELECT number, written_at, outcome FROM attempt ORDER BY number, written_at"
        ).fetchall()
    twice = 0
    closest: timedelta | None = None
    last: tuple[str, datetime] | None = None
    for dialled, written_at, outcome in rows:
        if outcome == Outcome.SWITCH_LIMIT:
            # Never left our own switch: not a call.
            continue
        if last is not None and last[0] == dialled:
            gap = written_at - last[1]
            closest = gap if closest is None else min(gap, closest)
            twice += gap < WINDOW
        last = (dialled, written_at)
    first_out: dict[str, float] = {}
    for line in opt_outs.read_text().splitlines():
        entry = json.loads(line)
        first_out.setdefault(entry["number"], entry["at"])
    refused: Counter[str] = Counter()
    written = late = after = 0
    for path in notes:
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            if "refused" in entry:
                refused.update(entry["refused"])
                continue
            written += 1
            out_at = first_out.get(entry["number"])
            if out_at is not None:
                after += entry["began"] > out_at
                late += entry["ended"] > out_at + OPT_OUT_SECONDS
    return {
        "attempts in the database": len(rows),
        "attempts noted as written": written,
        "numbers dialled twice within their hour": twice,
        "closest two attempts on a number": str(closest),
        "numbers opted out": len(first_out),
        "dialled more than a second after their opt-out": late,
        "whose write began after the opt-out was committed": after,
        "refused": dict(refused.most_common()),
    }


def run(minutes: float, seed: int, directory: Path) -> dict[str, object]:
    """The whole soak in an embedded PostgreSQL of its own."""
    store = asyncio.run(Store.open(None, directory=directory))
    try:
        asyncio.run(make(store.url, directory))
        began = time.time()
        until = began + 60 * minutes
        context = multiprocessing.get_context("spawn")
        left, right, out = (directory / f"{name}.jsonl" for name in ("left", "right", "opt-outs"))
        processes = [
            context.Process(
                target=write_for_long, args=(store.url, "left", began, until, seed, left)
            ),
            context.Process(
                target=write_for_long, args=(store.url, "right", began, until, seed + 1, right)
            ),
            context.Process(target=forbid_for_long, args=(store.url, until, seed + 2, out)),
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        # A negative one is the signal that ended the process.
        failed = [process.exitcode for process in processes if process.exitcode]
        found = audit(store.url, [left, right], out)
    finally:
        asyncio.run(store.close())
    return {"minutes": minutes, "seed": seed, "exit codes of processes that failed": failed} | found


def main() -> int:
    """Print the audit; exit status 1 when a rule was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dialer-soak-") as name:
        found = run(given.minutes, given.seed, Path(name))
    print(json.dumps(found, indent=2))
    broken = (
        "exit codes of processes that failed",
        "numbers dialled twice within their hour",
        "dialled more than a second after their opt-out",
    )
    is_idle = not found["attempts in the database"]
    return 1 if is_idle or any(found[name] for name in broken) else 0


if __name__ == "__main__":
    sys.exit(main())
