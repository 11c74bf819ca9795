"""Ten million leads and ten million do-not-call hashes: what hopper, gate and import cost.

    python -m benchmarks.rules [--leads 10000000] [--hashes 10000000] [--directory DIR]

Leads are made by SQL; an import of so many is another benchmark (benchmarks/lead_import). Needs
some ten gigabytes of disk and five minutes. A database in DIR is kept, and the next run with the
same DIR measures it again without making it.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from campaigns.attempt_limits import AttemptLimit, Unit, Window
from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import CampaignSpec, Purpose
from campaigns.do_not_call_files import NumberFile, read_numbers
from campaigns.store.do_not_call import ListScope
from campaigns.store.hopper import LEASE, few_of
from campaigns.store.rows import CampaignRow, LeasedLead, NewAttempt
from campaigns.store.store import Store
from dialer.runtime.call_ids import mint_call_id

NOW = datetime(2026, 11, 17, 18, 0, tzinfo=UTC)
"""A Tuesday: one in the afternoon in New York, ten in the morning in Los Angeles."""
ROUNDS = 21
HOPPER, WRITTEN = 500, 200
PLACES = (
    ("+1212", "America/New_York", "US-NY"), ("+1305", "America/New_York", "US-FL"),
    ("+1404", "America/New_York", "US-GA"), ("+1213", "America/Los_Angeles", "US-CA"),
    ("+1303", "America/Denver", "US-CO"), ("+1312", "America/Chicago", "US-IL"),
    ("+1512", "America/Chicago", "US-TX"), ("+1602", "America/Phoenix", "US-AZ"),
    ("+1614", "America/New_York", "US-OH"), ("+1703", "America/New_York", "US-VA"),
)  # fmt: skip

_LEADS = """
INSERT INTO lead (campaign_id, list_id, external_id, name, fields, priority, state, next_call_at,
                  next_position, time_zones, jurisdictions, tries, is_fresh, created_at)
SELECT :campaign_id, :list_id, :prefix || lpad(CAST(i AS text), 7, '0'), 'Lead ' || i,
       '{"city": "Springfield"}', mod(i, 3), 'callable',
       CAST(:now AS timestamptz) + (CASE mod(i, 4) WHEN 0 THEN 1 ELSE -1 END) * interval '1 day',
       1, :zone, :place, CASE mod(i, 4) WHEN 1 THEN 1 ELSE 0 END, mod(i, 4) <> 1, :now
FROM generate_series(1, CAST(:count AS int)) AS i
"""
_PHONES = """
INSERT INTO lead_phone (lead_id, campaign_id, position, number, kind, time_zones, jurisdictions)
SELECT id, campaign_id, 1, external_id, 'fixed_or_mobile', time_zones, jurisdictions FROM lead
ORDER BY id
"""
_ATTEMPTS = """
INSERT INTO attempt (id, campaign_id, team_id, lead_id, phone_id, number, trunk, caller_id, owner,
                     written_at, ended_at, outcome, cause)
SELECT gen_random_uuid(), lead.campaign_id, :team_id, lead.id, phone.id, phone.number, 'main',
       '+12025550100', 'o', CAST(:now AS timestamptz) - interval '30 hours',
       CAST(:now AS timestamptz) - interval '30 hours', 'no_answer', 'NO_ANSWER'
FROM lead JOIN lead_phone AS phone ON phone.lead_id = lead.id WHERE NOT lead.is_fresh
ORDER BY lead.id LIMIT 500000
"""


def spec() -> CampaignSpec:
    """Marketing in the United States: every check has something to look at."""
    return CampaignSpec(
        name="bench",
        client="c",
        team="t",
        region="US",
        caller_id="+12025550100",
        trunks=("main",),
        purpose=Purpose.MARKETING,
        calling_hours=CallingHours.parse(["daily 00:00-24:00"]),
        limits=(_limit(3, 24, "number"), _limit(7, 168, "client")),
    )


def _limit(most: int, hours: int, unit: Unit) -> AttemptLimit:
    return AttemptLimit(
        most=most,
        window=Window(kind="rolling", length=hours),
        unit=unit,
        counts="attempts",
        scope="centre",
        citation="benchmark",
    )


def said(what: str, seconds: float, note: str = "") -> None:
    """One line."""
    print(f"{what:<52} {1000 * seconds:12.1f} ms   {note}", flush=True)


async def fill(engine: AsyncEngine, campaign: CampaignRow, leads: int) -> None:
    """Make the leads, a million for each place, and half a million old attempts."""
    began = time.perf_counter()
    async with engine.begin() as connection:
        # The rows are right by construction: their foreign keys need not be looked up one by one.
        await connection.execute(text("SET session_replication_role = replica"))
        await connection.execute(text("SET LOCAL synchronous_commit = off"))
        list_id = await connection.scalar(
            text(
                "INSERT INTO lead_list (campaign_id, name, created_at)"
                " VALUES (:campaign_id, 'l', :now) RETURNING id"
            ),
            {"campaign_id": campaign.id, "now": NOW},
        )
        for prefix, zone, place in PLACES:
            values = {
                "campaign_id": campaign.id, "list_id": list_id, "prefix": prefix, "zone": zone,
                "place": place, "now": NOW, "count": leads // len(PLACES),
            }  # fmt: skip
            await connection.execute(text(_LEADS), values)
        await connection.execute(text(_PHONES))
        await connection.execute(text(_ATTEMPTS), {"team_id": campaign.team_id, "now": NOW})
        await connection.execute(
            text(
                "INSERT INTO hopper_key (campaign_id, time_zones, jurisdictions, priority)"
                " SELECT DISTINCT campaign_id, time_zones, jurisdictions, priority FROM lead"
            )
        )
        await connection.execute(text("SET session_replication_role = DEFAULT"))
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE lead"))
        await connection.execute(text("VACUUM ANALYZE lead_phone"))
        await connection.execute(text("ANALYZE attempt"))
    said(f"making {leads:,} leads by SQL", time.perf_counter() - began)


def hash_lines(count: int) -> Iterator[bytes]:
    """Random SHA-256 in hexadecimal digits, a line each."""
    step = 100_000
    for first in range(0, count, step):
        digits = os.urandom(32 * min(step, count - first)).hex().encode()
        for start in range(0, len(digits), 64):
            yield digits[start : start + 64] + b"\n"


async def load_hashes(store: Store, directory: Path, count: int) -> None:
    """A national file of hashes: reading it, and putting it on the list."""
    path = directory / "national.txt"
    with path.open("wb") as file:
        file.writelines(hash_lines(count))
    began = time.perf_counter()
    with path.open("rb") as lines:
        numbers = await asyncio.to_thread(read_numbers, lines, "US")
    read = time.perf_counter() - began
    await import_numbers(store, numbers)
    whole = time.perf_counter() - began
    path.unlink()
    said(f"dnc import of {count:,} hashes", whole, f"of which reading the file {read:.1f} s")


async def import_numbers(store: Store, numbers: NumberFile) -> None:
    """On the list that marketing in the United States has to look at."""
    await store.do_not_call.import_numbers(
        numbers,
        list_name="us-dnc",
        replace=True,
        by="bench",
        how="benchmark",
        as_of=NOW - timedelta(days=1),
        now=NOW,
        scope=ListScope(kind="national", region="US"),
    )


async def hopper(
    store: Store, engine: AsyncEngine, campaign: CampaignRow
) -> list[list[LeasedLead]]:
    """The hopper's statement by itself, rolled back, and then the whole of `leads.lease`."""
    values = {
        "campaign_id": campaign.id, "open_zones": [zone for _, zone, _ in PLACES],
        "open_places": [place for _, _, place in PLACES], "now": NOW, "owner": "o",
        "fresh_first": True, "count": HOPPER, "few": few_of(HOPPER, keys=len(PLACES)),
    }  # fmt: skip
    alone = []
    for _ in range(ROUNDS):
        async with engine.connect() as connection:
            began = time.perf_counter()
            (await connection.execute(text(LEASE), values)).all()
            alone.append(time.perf_counter() - began)
            await connection.rollback()
    said(f"hopper statement, {HOPPER} leads, median", statistics.median(alone), _spread(alone))
    leased, whole = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        leased.append(await store.leads.lease(campaign.id, HOPPER, owner="o", now=NOW))
        whole.append(time.perf_counter() - began)
    said(f"leads.lease, {HOPPER} leads, median", statistics.median(whole), _spread(whole))
    assert all(len(each) == HOPPER for each in leased), "the hopper was filled each time"
    return leased


async def write(store: Store, campaign: CampaignRow, leased: list[list[LeasedLead]]) -> None:
    """`attempts.write` with every check, on leads that were never tried."""
    spent = []
    refused = 0
    for batch in leased:
        new = [
            NewAttempt(
                call_id=mint_call_id(),
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
            for lead in batch[:WRITTEN]
        ]
        began = time.perf_counter()
        verdicts = await store.attempts.write(new, now=NOW)
        spent.append(time.perf_counter() - began)
        refused += sum(each.refused is not None for each in verdicts)
    note = f"{_spread(spent)}, {refused} refused"
    said(f"attempts.write, {WRITTEN}, median", statistics.median(spent), note)


def _spread(values: list[float]) -> str:
    return f"from {1000 * min(values):.1f} to {1000 * max(values):.1f}"


async def main() -> None:
    """Everything once."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--leads", type=int, default=10_000_000)
    parser.add_argument("--hashes", type=int, default=10_000_000)
    parser.add_argument("--directory", type=Path)
    given = parser.parse_args()
    if given.directory is not None:
        given.directory.mkdir(parents=True, exist_ok=True)
        await measure(given.directory, given)
        return
    with tempfile.TemporaryDirectory(prefix="dialer-rules-") as name:
        await measure(Path(name), given)


async def measure(directory: Path, given: argparse.Namespace) -> None:
    """Make what is not there yet, then time it."""
    async with await Store.open(None, directory=directory) as store:
        engine = create_async_engine(store.url)
        try:
            made = {row.name: row for row in await store.campaigns.list()}
            if "bench" in made:
                campaign = made["bench"]
            else:
                campaign = await store.campaigns.create(spec(), by="bench", now=NOW)
                await load_hashes(store, directory, given.hashes)
                await fill(engine, campaign, given.leads)
            leased = await hopper(store, engine, campaign)
            await write(store, campaign, leased)
        finally:
            await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
