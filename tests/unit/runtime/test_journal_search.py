"""Decisions are found from a journal's end, by team and by time, without reading all of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from dialer.cli.main import cli
from dialer.cli.session import Session
from dialer.cli.why_pace import instant
from dialer.engine.commands import Drained, NoteDecision
from dialer.engine.config import EngineConfig, TeamConfig
from dialer.engine.events import DrainRequested, TeamConfigured
from dialer.engine.ids import TeamId
from dialer.errors import UsageError
from dialer.pacing.limit_words import LIMIT_WORDS
from dialer.pacing.view import Decision, Limit
from dialer.runtime import journal_search
from dialer.runtime.journal import Journal, JournalError, journal_files, read_journal
from dialer.runtime.journal_search import last_decisions, team_names
from tests.support.journals import plan, record

DAY, NIGHT = TeamId(1), TeamId(12)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC).timestamp()


def note(team: TeamId, count: int) -> NoteDecision:
    decision = Decision(
        count=count,
        bound_by=Limit.PRICE,
        ready=2,
        in_flight=7,
        blocking=0.024,
        price=0.028,
        answer_probability=0.31,
        expected_answers=3.4,
        expected_free=4.1,
    )
    return NoteDecision(team_id=team, decision=decision)


def written(folder: Path, *, steps: int = 300, file_bytes_max: int = 20_000) -> Journal:
    journal = Journal(
        folder,
        config=EngineConfig(),
        started_at=NOON,
        file_bytes_max=file_bytes_max,
        files_max=4,
    )
    for team_id, name in ((DAY, "day"), (NIGHT, "night")):
        team = TeamConfig(team_id=team_id, name=name)
        journal.append(NOON, TeamConfigured(team=team), [])
    for step in range(steps):
        journal.append(NOON + step, DrainRequested(), [Drained(), note(DAY, step)])
        journal.append(NOON + step, None, [note(NIGHT, 1000 + step)])
    journal.flush()
    return journal


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_search, "BLOCK", 700)


def test_the_last_decisions_of_a_team_come_oldest_first_over_a_rotated_journal(
    tmp_path: Path, small_blocks: None
) -> None:
    written(tmp_path).close()
    found = last_decisions(tmp_path, DAY, count=20)
    assert [one.decision.count for one in found] == list(range(280, 300))
    assert [one.at - NOON for one in found] == list(range(280, 300))


@pytest.mark.parametrize("back", [0, 1, 7, 20])
def test_decisions_up_to_an_instant(tmp_path: Path, back: int, small_blocks: None) -> None:
    written(tmp_path).close()
    found = last_decisions(tmp_path, NIGHT, count=2, until=NOON + 299.5 - back)
    assert [one.decision.count for one in found] == [1298 - back, 1299 - back]


def test_an_instant_before_the_journal_finds_nothing_and_one_after_it_the_end(
    tmp_path: Path,
) -> None:
    written(tmp_path, steps=5).close()
    assert last_decisions(tmp_path, DAY, count=3, until=NOON - 1) == []
    assert last_decisions(tmp_path, DAY, count=1, until=NOON + 1e6)[0].decision.count == 4


def test_it_reads_a_journal_that_is_being_written(tmp_path: Path) -> None:
    journal = written(tmp_path, steps=10, file_bytes_max=1_000_000)
    with journal_files(tmp_path)[-1].open("ab") as file:
        file.write(b'[1777896010.0,null,null,[["NoteDecision",{"team_id":1,"deci')
    assert last_decisions(tmp_path, DAY, count=1)[0].decision.count == 9
    journal.close()


def test_no_more_is_read_than_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path).close()
    monkeypatch.setattr(journal_search, "READ_MAX", 2000)
    assert 0 < len(last_decisions(tmp_path, DAY, count=1000)) < 20


def test_teams_are_known_by_name_also_when_the_first_files_are_gone(tmp_path: Path) -> None:
    written(tmp_path).close()
    assert not any(
        isinstance(one.event, TeamConfigured)
        for path in journal_files(tmp_path)
        for one in read_journal(path)
    )
    assert team_names(tmp_path) == {DAY: "day", NIGHT: "night"}


def test_decisions_of_a_simulated_day_are_all_found(tmp_path: Path) -> None:
    record(tmp_path, plan(seconds=200.0), file_bytes_max=40_000)
    for team_id in team_names(tmp_path):
        noted = [
            command.decision
            for path in journal_files(tmp_path)
            for one in read_journal(path)
            for command in one.commands
            if isinstance(command, NoteDecision) and command.team_id == team_id
        ]
        found = last_decisions(tmp_path, team_id, count=10_000)
        assert [one.decision for one in found] == noted
        assert noted


def test_no_journal_is_an_error_that_says_where_one_would_be(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="There is no journal in"):
        last_decisions(tmp_path, DAY, count=1)


def test_the_command_says_it_in_words_and_numbers(tmp_path: Path) -> None:
    written(tmp_path, steps=3).close()
    answer = CliRunner().invoke(
        cli, ["why", "pace", "day", "--journal", str(tmp_path), "--last", "1"], obj=Session()
    )
    assert answer.exit_code == 0, answer.output
    for words in (
        "launched 2 calls",
        "2 agents ready, 7 calls on the way and 0 answers without an agent",
        "3.4 answers, and 4.1 agents free again",
        "B = 2.4%, at most the price θ = 2.8%",
        "31.0% of calls are answered",
        "Limit: price.",
    ):
        assert words in answer.output


def test_a_team_it_does_not_know_is_answered_with_those_it_knows(tmp_path: Path) -> None:
    written(tmp_path, steps=3).close()
    answer = CliRunner().invoke(
        cli, ["why", "pace", "noon", "--journal", str(tmp_path)], obj=Session()
    )
    assert isinstance(answer.exception, UsageError)
    assert "'day', 'night'" in str(answer.exception)


@pytest.mark.parametrize("text", ["14:05", "14:05:00", "2026-05-04T14:05", "2026-05-04 14:05:00Z"])
def test_instants_as_people_write_them(text: str) -> None:
    now = datetime(2026, 5, 4, 18, tzinfo=UTC)
    assert instant(text, now=now) == datetime(2026, 5, 4, 14, 5, tzinfo=UTC).timestamp()


def test_a_time_that_is_none_says_how_to_write_one() -> None:
    with pytest.raises(UsageError, match="Write 14:05"):
        instant("noon", now=datetime(2026, 5, 4, 18, tzinfo=UTC))


def test_every_limit_has_its_sentence() -> None:
    assert set(LIMIT_WORDS) == set(Limit)
    assert all(words.endswith(".") for words in LIMIT_WORDS.values())
    documented = (Path(__file__).parents[3] / "docs" / "why.md").read_text()
    for limit, words in LIMIT_WORDS.items():
        assert f"| `{limit}` | {words} |" in documented
