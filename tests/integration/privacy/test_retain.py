"""Retention periods, by campaign, with what holds them longer."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from campaigns.campaign_spec import Purpose, Retention
from campaigns.store import retention
from campaigns.store.store import Store
from tests.support.cli import CommandLine, write_config
from tests.support.explained import add_attempt, execute, rows
from tests.support.stored import NOW, add_campaign, new_lead, number, phone

LATER = NOW + timedelta(days=100)


@pytest.fixture
def dialer(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(write_config(tmp_path, url=database_url), capsys)


async def names(store: Store) -> list[str | None]:
    return [row.name for row in await rows(store, "SELECT name FROM lead ORDER BY id")]


async def test_only_campaigns_with_periods_are_touched_and_a_dry_run_touches_none(
    store: Store,
) -> None:
    await add_campaign(store, leads=3, retention=Retention(leads_days=90))
    await add_campaign(store, name="kept", leads=2)
    planned = await store.privacy.retain(by="t", now=LATER, dry_run=True)
    assert [(row.campaign, row.leads, row.attempts) for row in planned] == [("spring", 3, 0)]
    assert None not in await names(store)
    done = await store.privacy.retain(by="t", now=LATER)
    assert done == planned
    assert await names(store) == [None, None, None, "Lead 1", "Lead 2"]
    assert [row.leads for row in await store.privacy.retain(by="t", now=LATER)] == [0]
    lines = await store.audit.lines("spring")
    assert [line.action for line in lines].count("retention applied") == 1


async def test_a_lead_is_kept_while_something_happens_to_it(store: Store) -> None:
    await add_campaign(store, leads=4, retention=Retention(leads_days=90))
    ids = [row.id for row in await rows(store, "SELECT id FROM lead ORDER BY id")]
    # Called twenty days after the import: eighty days ago at LATER.
    await add_attempt(store, ids[0], ago=-timedelta(days=20))
    await add_attempt(store, ids[1], ago=timedelta(days=1))
    await execute(
        store,
        "INSERT INTO callback (lead_id, campaign_id, phone_id, due_at, tolerance_seconds,"
        " agent_wait_seconds, fallback, promised_by, promised_at, state)"
        " SELECT lead_id, campaign_id, id, :at, 300, 600, 'team', 'anna', :at, 'open'"
        " FROM lead_phone WHERE lead_id = :id",
        at=LATER, id=ids[2],
    )  # fmt: skip
    await execute(
        store, "UPDATE lead SET state = 'leased', leased_by = 'w' WHERE id = :id", id=ids[3]
    )
    await store.privacy.retain(by="t", now=LATER)
    # Only the second: its last attempt is 101 days old.
    assert await names(store) == ["Lead 1", None, "Lead 3", "Lead 4"]


async def test_attempts_go_after_their_days_and_never_from_under_a_ledger(store: Store) -> None:
    await add_campaign(store, leads=1, retention=Retention(attempts_days=10))
    lead = (await rows(store, "SELECT id FROM lead"))[0].id
    for days in (1, 39, 70):
        await add_attempt(store, lead, ago=-timedelta(days=days))
    done = await store.privacy.retain(by="t", now=LATER)
    # 99, 61 and 30 days old at LATER; the ledgers hold 62.
    assert [(row.attempts, row.kept_for) for row in done] == [
        (1, "62 days: the abandonment ledgers are counted from them")
    ]
    assert len(await rows(store, "SELECT id FROM attempt")) == 2


async def test_the_law_keeps_records_longer_than_the_campaign_asks(store: Store) -> None:
    leads = [new_lead(1, phone(1)), new_lead(2, phone(2))]
    await add_campaign(
        store,
        leads=leads,
        purpose=Purpose.MARKETING,
        packs=("us-federal",),
        retention=Retention(leads_days=30, attempts_days=30),
    )
    called = (await rows(store, "SELECT id FROM lead ORDER BY id"))[0].id
    await add_attempt(store, called, ago=timedelta(0))
    done = (await store.privacy.retain(by="t", now=LATER))[0]
    # The one who was never called is in no record of calls.
    assert (done.leads, done.attempts) == (1, 0)
    assert "310.5" in done.kept_for
    six_years = NOW + timedelta(days=6 * 366)
    done = (await store.privacy.retain(by="t", now=six_years))[0]
    assert (done.leads, done.attempts) == (1, 1)


async def test_it_goes_on_over_many_steps(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_STEP", 2)
    await add_campaign(store, leads=5, retention=Retention(leads_days=1, attempts_days=70))
    for row in await rows(store, "SELECT id FROM lead"):
        await add_attempt(store, row.id, ago=timedelta(0))
    done = (await store.privacy.retain(by="t", now=LATER))[0]
    assert (done.leads, done.attempts) == (5, 5)
    assert number(1) not in {r.number for r in await rows(store, "SELECT number FROM lead_phone")}


async def test_the_command_tells_what_it_would_do(store: Store, dialer: CommandLine) -> None:
    nothing = await asyncio.to_thread(dialer, "privacy", "retain")
    assert "No campaign has retention periods." in nothing.out
    await add_campaign(store, leads=2, retention=Retention(leads_days=30))
    said = await asyncio.to_thread(dialer, "privacy", "retain", "--dry-run", "--json")
    # NOW of the tests is months ago, by the clock of the command.
    assert [(row["campaign"], row["leads"]) for row in said.json()["campaigns"]] == [("spring", 2)]
    assert None not in await names(store)
