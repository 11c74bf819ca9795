"""A preflight of many leads on an embedded PostgreSQL.

    python -m benchmarks.explain.preflight --leads 50000

One lead in ten is on a do-not-call list, one in ten has no consent, one in five has three attempts
behind it; the packs of the United States and a limit of the campaign hold for all. Asked at noon
and at night, when every lead is refused by its hours too.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from campaigns.attempt_limits import AttemptLimit, Window
from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import CampaignSpec, Purpose
from campaigns.store.rows import NewLead, NewPhone
from campaigns.store.store import Store

NOON = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)
_CHUNK = 10_000
_AREAS = (202, 212, 305, 312, 415, 504, 617, 702, 713, 808)
_ZONES = {
    202: "America/New_York", 212: "America/New_York", 305: "America/New_York",
    312: "America/Chicago", 415: "America/Los_Angeles", 504: "America/Chicago",
    617: "America/New_York", 702: "America/Los_Angeles", 713: "America/Chicago",
    808: "Pacific/Honolulu",
}  # fmt: skip
_RULES = """
INSERT INTO consent (number, client_id, purpose, given_at, source, proof, recorded_by, recorded_at)
SELECT number, (SELECT min(id) FROM client), 'any', :at, 'form', 'row', 'bench', :at
FROM lead_phone WHERE id % 10 <> 1;
"""
_ENTRIES = """
INSERT INTO do_not_call_entry (list_id, number, is_prefix, added_by, how, added_at)
SELECT (SELECT min(id) FROM do_not_call_list), number, false, 'bench', 'bench', :at
FROM lead_phone WHERE id % 10 = 2;
"""
_PAST = """
INSERT INTO attempt (id, campaign_id, team_id, lead_id, phone_id, number, trunk, caller_id, owner,
                     written_at, ended_at, outcome, cause)
SELECT gen_random_uuid(), phone.campaign_id, (SELECT min(id) FROM team), phone.lead_id, phone.id,
       phone.number, 'main', '+12025550100', 'bench', :at + i * interval '1 hour',
       :at + i * interval '1 hour' + interval '30 seconds', 'no_answer', 'NO_ANSWER'
FROM lead_phone AS phone CROSS JOIN generate_series(1, 3) AS i WHERE phone.id % 5 = 3;
"""


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--leads", type=int, default=50_000)
    asyncio.run(_run(parser.parse_args().leads))


async def _run(leads: int) -> None:
    with tempfile.TemporaryDirectory(prefix="dialer-bench-") as folder:
        async with await Store.open(None, directory=Path(folder)) as store:
            campaign_id = await _fill(store, leads)
            for name, now in (("at noon", NOON), ("at night", NOON + timedelta(hours=12))):
                began, cpu = time.perf_counter(), time.process_time()
                found = await store.explain.preflight(campaign_id, now=now)
                seconds = time.perf_counter() - began
                sys.stdout.write(
                    f"{name}: {found.total:,} leads in {seconds:.2f} s "
                    f"({time.process_time() - cpu:.2f} s of this process's CPU), "
                    f"{found.callable_now:,} callable; "
                    + ", ".join(f"{each.count:,} {each.code}" for each in found.reasons)
                    + "\n"
                )


async def _fill(store: Store, leads: int) -> int:
    spec = CampaignSpec(
        name="bench",
        client="Acme",
        team="sales",
        region="US",
        caller_id="+12025550100",
        trunks=("main",),
        purpose=Purpose.SURVEY,
        calling_hours=CallingHours.parse(["daily 09:00-20:00"]),
        consent_required=True,
        limits=(
            AttemptLimit(
                most=3, window=Window(kind="rolling", length=24), unit="number",
                counts="attempts", scope="client", citation="the client's contract",
            ),
        ),
    )  # fmt: skip
    campaign = await store.campaigns.create(spec, by="bench", now=NOON)
    for begin in range(0, leads, _CHUNK):
        rows = [_lead(index) for index in range(begin, min(begin + _CHUNK, leads))]
        await store.leads.merge(campaign.id, "all", rows, duplicates="merge", now=NOON)
    await store.do_not_call.add(
        "+19995550000", list_name="house", by="bench", how="bench", now=NOON
    )
    engine = create_async_engine(store.url)
    async with engine.begin() as connection:
        for statement, at in (
            (_RULES, NOON - timedelta(days=10)),
            (_ENTRIES, NOON - timedelta(days=9)),
            (_PAST, NOON - timedelta(hours=8)),
        ):
            await connection.execute(text(statement), {"at": at})
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ANALYZE"))
    await engine.dispose()
    return campaign.id


def _lead(index: int) -> NewLead:
    area = _AREAS[index % len(_AREAS)]
    return NewLead(
        row_number=index,
        external_id=str(index),
        name=f"Lead {index}",
        numbers=(
            NewPhone(
                number=f"+1{area}{2_000_000 + index:07d}",
                kind="fixed_or_mobile",
                time_zones=(_ZONES[area],),
            ),
        ),
    )


if __name__ == "__main__":
    main()
