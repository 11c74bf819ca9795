"""Forgetting, the dossier and retention reach calls back, recordings, answers to surveys and tries
that a rule refused."""

import asyncio
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from campaigns.campaign_spec import Retention
from campaigns.store.errors import StoreError
from campaigns.store.recordings import NewRecording
from campaigns.store.rows import CampaignRow
from campaigns.store.screening import ReturnCall, SurveyAnswer
from campaigns.store.store import Store
from tests.support.cli import CommandLine, write_config
from tests.support.explained import add_attempt, execute, rows, scan
from tests.support.stored import NOW, add_campaign, new_lead, number, phone

NUMBER, OTHER = number(1), number(2)
STRANGER = "+12025550142"
"""Called the campaign and is in none of its lists."""
LATER = NOW + timedelta(days=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Two people with everything that calls leave behind, and a stranger who called."""

    campaign: CampaignRow
    lead: int
    other: int
    attempt: str
    other_attempt: str
    came_back: str


def command_line(
    folder: Path, url: str, capture: pytest.CaptureFixture[str], *, host: str = "127.0.0.1"
) -> CommandLine:
    recordings = json.dumps(str(folder / "recordings"))
    more = f'[switch]\nhost = "{host}"\n[files]\nrecordings = {recordings}\n'
    return CommandLine(write_config(folder, url=url, more=more), capture)


@pytest.fixture
def dialer(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Beside a switch on the same machine."""
    return command_line(tmp_path, database_url, capsys)


@pytest.fixture
async def called(store: Store) -> Called:
    return await _called(store, Retention())


async def _called(store: Store, kept: Retention) -> Called:
    campaign = await add_campaign(
        store, leads=[new_lead(1, phone(1)), new_lead(2, phone(2))], retention=kept
    )
    ids = [row.id for row in await rows(store, "SELECT id FROM lead ORDER BY id")]
    attempts = [
        await add_attempt(store, lead, ago=timedelta(hours=2), outcome="connected") for lead in ids
    ]
    came_back = await _returned(store, campaign, ids[0], NUMBER, NOW - timedelta(hours=1))
    await _returned(store, campaign, ids[1], OTHER, NOW - timedelta(hours=1))
    await _returned(store, campaign, None, STRANGER, NOW - timedelta(hours=1))
    for call in (*attempts, came_back):
        await _recorded(store, campaign, call)
    await store.screening.answers(
        [SurveyAnswer(call_id=call, question="pleased", key="1", answered_at=NOW)
         for call in attempts]
    )  # fmt: skip
    for lead, said in ((ids[0], NUMBER), (ids[1], OTHER)):
        await execute(
            store,
            "INSERT INTO refused_try (lead_id, code, rule, refused_at)"
            " VALUES (:lead, 'do_not_call', :rule, :at)",
            lead=lead, rule=f"{said} is on list 'house'", at=NOW,
        )  # fmt: skip
    return Called(
        campaign=campaign,
        lead=ids[0],
        other=ids[1],
        attempt=attempts[0],
        other_attempt=attempts[1],
        came_back=came_back,
    )


async def _returned(
    store: Store, campaign: CampaignRow, lead: int | None, caller: str, at: datetime,
    *, is_over: bool = True,
) -> str:  # fmt: skip
    call_id = str(uuid.uuid4())
    one = ReturnCall(
        call_id=call_id, campaign_id=campaign.id, lead_id=lead, number=caller, arrived_at=at,
        ended_at=at + timedelta(minutes=3) if is_over else None,
    )  # fmt: skip
    await store.screening.record_returns([one])
    return call_id


async def _recorded(store: Store, campaign: CampaignRow, call_id: str) -> None:
    file = NewRecording(
        file_id=f"{call_id}-1", call_id=call_id, campaign_id=campaign.id, agent_id=None,
        policy="notice", consent="notice", started_at=NOW - timedelta(hours=2), ended_at=NOW,
        seconds=60.0, masked=(),
    )  # fmt: skip
    await store.recordings.put([file])


def _files(folder: Path, *call_ids: str) -> list[Path]:
    (folder / "recordings").mkdir(exist_ok=True)
    paths = [folder / "recordings" / f"{each}-1.wav" for each in call_ids]
    for path in paths:
        path.write_bytes(b"RIFF")
    return paths


async def _recordings_left(store: Store) -> set[str]:
    return {row.call_id for row in await store.recordings.list()}


async def test_a_forgotten_persons_number_is_in_no_call_back_and_in_no_refused_try(
    store: Store, called: Called
) -> None:
    done = await store.privacy.forget(NUMBER, by="bo", now=NOW)
    assert done.returns == 1
    assert done.recordings == tuple(sorted((f"{called.attempt}-1", f"{called.came_back}-1")))
    engine = create_async_engine(store.url)
    try:
        async with engine.connect() as connection:
            assert await scan(connection, NUMBER) == []
            assert "return_call.number" in await scan(connection, OTHER)
    finally:
        await engine.dispose()
    returns = await store.screening.returns(called.campaign.id)
    assert sorted(one.number for one in returns) == sorted(("forgotten", OTHER, STRANGER))
    refused = await rows(store, "SELECT lead_id FROM refused_try")
    assert [row.lead_id for row in refused] == [called.other]


async def test_answers_to_surveys_are_counted_as_before(store: Store, called: Called) -> None:
    period = (called.campaign.id, NOW - timedelta(days=1), NOW)
    before = await store.screening.answer_counts(*period)
    await store.privacy.forget(NUMBER, by="bo", now=NOW)
    assert await store.screening.answer_counts(*period) == before == {"pleased": {"1": 2}}


async def test_somebody_who_only_called_us_can_be_forgotten_too(
    store: Store, called: Called
) -> None:
    stranger = await _returned(store, called.campaign, None, STRANGER, NOW - timedelta(days=9))
    await _recorded(store, called.campaign, stranger)
    done = await store.privacy.forget(STRANGER, by="bo", now=NOW)
    assert (done.leads, done.returns, done.recordings) == (0, 2, (f"{stranger}-1",))
    numbers = {one.number for one in await store.screening.returns(called.campaign.id)}
    assert STRANGER not in numbers


async def test_somebody_who_is_calling_us_now_is_forgotten_afterwards(
    store: Store, called: Called
) -> None:
    at = NOW - timedelta(minutes=1)
    await _returned(store, called.campaign, None, STRANGER, at, is_over=False)
    with pytest.raises(StoreError, match="on a call at this moment"):
        await store.privacy.forget(STRANGER, by="bo", now=NOW)
    # Its end was lost in a restart.
    done = await store.privacy.forget(STRANGER, by="bo", now=NOW + timedelta(hours=5))
    assert done.returns == 2


async def test_recordings_on_this_machine_are_deleted_with_the_person(
    store: Store, called: Called, dialer: CommandLine, tmp_path: Path
) -> None:
    mine, gone_before, others = _files(
        tmp_path, called.attempt, called.came_back, called.other_attempt
    )
    gone_before.unlink()
    said = await asyncio.to_thread(dialer, "leads", "forget", NUMBER, "--yes")
    assert said.status == 0, said.err
    assert "2 recordings deleted." in said.out
    assert (mine.exists(), others.exists()) == (False, True)
    assert await _recordings_left(store) == {called.other_attempt}
    lines = await store.audit.lines("recordings")
    assert [line.action for line in lines] == ["recordings deleted"]


async def test_recordings_elsewhere_are_named_until_somebody_says_they_are_gone(
    store: Store,
    called: Called,
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dialer = command_line(tmp_path, database_url, capsys, host="192.0.2.7")
    said = await asyncio.to_thread(dialer, "leads", "forget", NUMBER, "--yes", "--json")
    remaining = said.json()["recordings"]["remaining"]
    wanted = {tmp_path / "recordings" / f"{each}-1.wav"
              for each in (called.attempt, called.came_back)}  # fmt: skip
    assert {Path(each) for each in remaining} == wanted
    again = await asyncio.to_thread(dialer, "privacy", "retain")
    assert all(path in again.out for path in remaining)
    done = await asyncio.to_thread(dialer, "recordings", "removed", *remaining)
    assert "2 recordings taken off the list." in done.out
    unknown = await asyncio.to_thread(dialer, "recordings", "removed", *remaining)
    assert "2 of them are in no list" in unknown.out
    after = await asyncio.to_thread(dialer, "privacy", "retain", "--json")
    assert after.json()["recordings"] == {"removed": [], "remaining": []}
    assert await _recordings_left(store) == {called.other_attempt}


async def test_the_dossier_has_calls_back_recordings_answers_and_refused_tries(
    store: Store, called: Called
) -> None:
    found = await store.privacy.dossier(NUMBER, now=NOW)
    assert [one["id"] for one in found["returned_calls"]] == [called.came_back]
    assert {one["call_id"] for one in found["recordings"]} == {called.attempt, called.came_back}
    assert [one["call_id"] for one in found["survey_answers"]] == [called.attempt]
    assert [one["lead_id"] for one in found["refused_tries"]] == [called.lead]
    assert OTHER not in json.dumps(found)
    stranger = await store.privacy.dossier(STRANGER, now=NOW)
    assert [one["number"] for one in stranger["returned_calls"]] == [STRANGER]


async def test_recordings_go_when_their_leads_time_is_over(
    store: Store, dialer: CommandLine, tmp_path: Path
) -> None:
    called = await _called(store, Retention(leads_days=30))
    files = _files(tmp_path, called.attempt, called.came_back, called.other_attempt)
    # The other one called back yesterday, by the clock of the command.
    yesterday = datetime.now(tz=NOW.tzinfo) - timedelta(days=1)
    await _returned(store, called.campaign, called.other, OTHER, yesterday)
    planned = await asyncio.to_thread(dialer, "privacy", "retain", "--dry-run")
    assert planned.status == 0, planned.err
    assert all(file.exists() for file in files)
    said = await asyncio.to_thread(dialer, "privacy", "retain")
    assert "2 recordings deleted." in said.out, said.out
    assert [file.exists() for file in files] == [False, False, True]
    numbers = {one.number for one in await store.screening.returns(called.campaign.id)}
    assert numbers == {"forgotten", OTHER}


async def test_calls_past_their_time_take_answers_and_recordings_along(store: Store) -> None:
    called = await _called(store, Retention(attempts_days=70))
    assert await store.recordings.due(now=NOW) == []
    done = (await store.privacy.retain(by="t", now=LATER))[0]
    assert (done.attempts, done.returns) == (2, 3)
    assert await rows(store, "SELECT call_id FROM survey_answer") == []
    due = await store.recordings.due(now=LATER, most=2)
    rest = await store.recordings.due(now=LATER, after=due[-1])
    calls = (called.attempt, called.other_attempt, called.came_back)
    assert [*due, *rest] == sorted(f"{each}-1" for each in calls)


async def test_a_recording_whose_call_is_not_written_yet_is_not_due(
    store: Store, called: Called
) -> None:
    await _recorded(store, called.campaign, str(uuid.uuid4()))
    assert await store.recordings.due(now=NOW) == []
    assert len(await store.recordings.due(now=NOW + timedelta(days=2))) == 1
