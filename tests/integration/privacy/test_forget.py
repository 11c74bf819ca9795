"""Forgetting a person leaves no trace of the number, and every count as it was."""

import asyncio
import io
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from campaigns.store.errors import StoreError
from campaigns.store.privacy_words import number_hash
from campaigns.store.store import Store
from dialer.cli import privacy
from tests.support.cli import CommandLine, write_config
from tests.support.explained import add_attempt, execute, rows, scan
from tests.support.stored import NOW, add_campaign, new_lead, number, phone

MINE, SECOND, SHARED, OTHER = 1, 2, 3, 4
NUMBER = number(MINE)


@pytest.fixture
def dialer(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(write_config(tmp_path, url=database_url), capsys)


@pytest.fixture
async def person(store: Store) -> dict[str, int]:
    """A person in two campaigns, in every table a number can stand in."""
    spring = await add_campaign(
        store,
        leads=[
            new_lead(1, phone(MINE), phone(SECOND), phone(SHARED), remark=f"call {NUMBER} first"),
            new_lead(9, phone(OTHER)),
        ],
    )
    autumn = await add_campaign(
        store, name="autumn", leads=[new_lead(1, phone(MINE)), new_lead(2, phone(SHARED))]
    )
    found = await rows(store, "SELECT id, campaign_id, external_id FROM lead ORDER BY id")
    ids = {
        "mine": next(r.id for r in found if (r.campaign_id, r.external_id) == (spring.id, "1")),
        "stranger": next(r.id for r in found if r.external_id == "9"),
        "again": next(r.id for r in found if (r.campaign_id, r.external_id) == (autumn.id, "1")),
        "shares": next(r.id for r in found if r.external_id == "2"),
    }
    await add_attempt(store, ids["mine"], ago=timedelta(days=2), outcome="connected")
    await add_attempt(store, ids["mine"], ago=timedelta(days=1), outcome="abandoned")
    await add_attempt(store, ids["again"], ago=timedelta(days=1))
    await add_attempt(store, ids["stranger"], ago=timedelta(days=1))
    await execute(
        store,
        "INSERT INTO consent (number, client_id, purpose, given_at, source, proof, recorded_by,"
        " recorded_at) SELECT number, (SELECT id FROM client), 'any', :at, 'form', 'row', 't', :at"
        " FROM unnest(CAST(:numbers AS text[])) AS new(number)",
        numbers=[NUMBER, number(OTHER)],
        at=NOW,
    )
    await execute(
        store,
        "INSERT INTO callback (lead_id, campaign_id, phone_id, due_at, tolerance_seconds,"
        " agent_wait_seconds, fallback, promised_by, promised_at, state, note)"
        " SELECT lead_id, campaign_id, id, :at, 300, 600, 'team', 'anna', :at, 'open', :note"
        " FROM lead_phone WHERE number = :number AND lead_id = :lead",
        at=NOW, note=f"call {NUMBER} back", number=NUMBER, lead=ids["mine"],
    )  # fmt: skip
    await store.do_not_call.add(NUMBER, list_name="house", by="bo", how="by letter", now=NOW)
    await store.control.request("dnc.add", {"number": NUMBER}, by="bo", now=NOW)
    # As an older version wrote it, before numbers were kept out of the log.
    await store.audit.add(
        by="bo", action="noted", subject=f"number {NUMBER}", details={"number": NUMBER}, now=NOW
    )
    return ids


async def traces(store: Store, wanted: str) -> list[str]:
    engine = create_async_engine(store.url)
    try:
        async with engine.connect() as connection:
            return await scan(connection, wanted)
    finally:
        await engine.dispose()


async def test_no_column_of_any_table_holds_the_number_afterwards(
    store: Store, person: dict[str, int]
) -> None:
    before = await traces(store, NUMBER)
    assert {
        "attempt.number", "audit_log.details", "audit_log.subject", "callback.note",
        "consent.number", "control_request.args", "do_not_call_entry.number", "lead.fields",
        "lead_phone.number",
    } <= set(before)  # fmt: skip
    done = await store.privacy.forget(NUMBER, by="bo", now=NOW)
    assert await traces(store, NUMBER) == []
    assert (await traces(store, number(SECOND))) == []
    assert (done.leads, done.numbers, done.attempts) == (2, 2, 3)
    assert (done.consents, done.callbacks, done.requests, done.audit_lines) == (1, 1, 1, 1)
    assert done.shared_with == (person["shares"],)


async def test_the_person_cannot_be_called_or_imported_again(
    store: Store, person: dict[str, int]
) -> None:
    assert person
    await store.privacy.forget(NUMBER, by="bo", now=NOW)
    hits = await store.do_not_call.check(NUMBER)
    assert "forgotten" in {hit.list_name for hit in hits}
    spring = await store.campaigns.get("spring")
    again = await store.leads.merge(
        spring.id, "second", [new_lead(1, phone(MINE))], duplicates="merge", now=NOW
    )
    assert again.inserted == 1
    leased = await store.leads.lease(spring.id, 10, owner="w", now=NOW)
    assert NUMBER not in {lead.number for lead in leased}
    found = await store.explain.preflight(spring.id, now=NOW)
    assert found.count("do_not_call") == 1


async def test_counts_of_attempts_and_ledgers_stay_as_they_were(
    store: Store, person: dict[str, int]
) -> None:
    spring = await store.campaigns.get("spring")
    since, until = NOW - timedelta(days=30), NOW
    figures = (
        "SELECT outcome, count(*), count(DISTINCT number), count(DISTINCT lead_id) FROM attempt"
        " GROUP BY 1 ORDER BY 1"
    )
    before = await rows(store, figures)
    ledger = await store.attempts.ledger_counts(spring.id, since, until)
    assert ledger == (2, 1)
    await store.privacy.forget(NUMBER, by="bo", now=NOW)
    assert await rows(store, figures) == before
    assert await store.attempts.ledger_counts(spring.id, since, until) == ledger
    record = await store.leads.get(person["mine"])
    assert (record.name, record.external_id, record.fields) == (None, None, {})
    assert (record.state, record.done_reason) == ("done", "forgotten")
    assert all(one.number.startswith("forgotten-") for one in record.phones)


async def test_others_are_left_alone(store: Store, person: dict[str, int]) -> None:
    await store.privacy.forget(NUMBER, by="bo", now=NOW)
    shares = await store.leads.get(person["shares"])
    assert (shares.name, shares.phones[0].number) == ("Lead 2", number(SHARED))
    stranger = await store.leads.get(person["stranger"])
    assert stranger.attempts[0].number == number(OTHER)
    assert await store.do_not_call.check(number(SHARED)) == []
    consents = await rows(store, "SELECT number FROM consent")
    assert [row.number for row in consents] == [number(OTHER)]


async def test_the_audit_log_knows_the_person_by_hash_only(
    store: Store, person: dict[str, int]
) -> None:
    assert person
    await store.privacy.forget(NUMBER, by="bo", now=NOW)
    actions = {line.action for line in await store.audit.lines(NUMBER)}
    assert {"noted", "person forgotten", "do-not-call added"} <= actions
    noted = next(line for line in await store.audit.lines(NUMBER) if line.action == "noted")
    assert noted.details == {"number": number_hash(NUMBER)}


async def test_nothing_else_of_the_audit_log_can_be_changed_under_that_cover(
    store: Store, person: dict[str, int]
) -> None:
    assert person
    wishes = (
        "UPDATE audit_log SET details = '{}'",
        "UPDATE audit_log SET \"by\" = 'nobody'",
        "UPDATE audit_log SET subject = replace(subject, 'bo', 'al') || '!'",
        "DELETE FROM audit_log",
    )
    engine = create_async_engine(store.url)
    try:
        for wish in wishes:
            for cover in ("", NUMBER):
                async with engine.connect() as connection:
                    await connection.execute(
                        text("SELECT set_config('dialer.forgotten_number', :cover, true)"),
                        {"cover": cover},
                    )
                    with pytest.raises(DBAPIError, match="append-only"):
                        await connection.execute(text(wish))
    finally:
        await engine.dispose()


async def test_a_person_on_a_call_is_forgotten_afterwards(
    store: Store, person: dict[str, int]
) -> None:
    await add_attempt(store, person["mine"], ago=timedelta(seconds=10), outcome=None)
    with pytest.raises(StoreError, match="on a call at this moment"):
        await store.privacy.forget(NUMBER, by="bo", now=NOW)
    assert (await store.leads.get(person["mine"])).name == "Lead 1"


async def test_forgetting_again_and_forgetting_nobody_do_no_harm(
    store: Store, person: dict[str, int]
) -> None:
    assert person
    await store.privacy.forget(NUMBER, by="bo", now=NOW)
    again = await store.privacy.forget(NUMBER, by="bo", now=NOW)
    assert (again.leads, again.attempts, again.consents) == (0, 0, 0)
    assert await traces(store, NUMBER) == []


async def test_the_dossier_holds_everything_of_the_person_and_nothing_of_others(
    store: Store, person: dict[str, int], dialer: CommandLine, tmp_path: Path
) -> None:
    assert person
    file = tmp_path / "person.json"
    said = await asyncio.to_thread(dialer, "leads", "dossier", NUMBER, "--out", str(file))
    assert said.status == 0, said.err
    assert "2 leads and 3 attempts" in said.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = json.loads(file.read_text(encoding="utf-8"))
    assert {each["campaign"] for each in found["leads"]} == {"spring", "autumn"}
    assert {each["outcome"] for each in found["attempts"]} == {
        "connected", "abandoned", "no_answer",
    }  # fmt: skip
    sizes = {name: len(found[name]) for name in ("callbacks", "consents", "do_not_call")}
    assert sizes == {"callbacks": 1, "consents": 1, "do_not_call": 1}
    assert number(OTHER) not in json.dumps(found)
    assert (await store.audit.lines(NUMBER))[0].action == "dossier exported"


async def test_the_command_asks_first_and_tells_of_journals(
    store: Store,
    person: dict[str, int],
    dialer: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    journal = tmp_path / "home" / "journal"
    journal.mkdir(parents=True)
    (journal / "1.jsonl").write_text("x" * 10 + NUMBER, encoding="utf-8")
    (journal / "2.jsonl").write_text("nothing of it", encoding="utf-8")
    unsure = await asyncio.to_thread(dialer, "leads", "forget", NUMBER)
    assert unsure.status == 130
    assert (await store.leads.get(person["mine"])).name == "Lead 1"
    said = await asyncio.to_thread(dialer, "leads", "forget", NUMBER, "--yes")
    assert said.status == 0, said.err
    assert "2 leads emptied, 3 attempts kept without the number" in said.out
    assert "still stands in 1 journal file of the service (1.jsonl)" in said.out
    assert f"lead {person['shares']} too, which was left alone" in said.out


def test_a_number_across_two_pieces_of_a_journal_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "1.jsonl"
    file.write_bytes(b"a" * 13 + NUMBER.encode() + b"b" * 5)
    monkeypatch.setattr(privacy, "_READ_BYTES", 16)
    assert privacy._holds(file, NUMBER.encode())
    assert not privacy._holds(file, b"+15550000002")
