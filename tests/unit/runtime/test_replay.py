"""A recorded day runs again to the last command; another pacer beside it says what differs."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from dialer.cli.main import cli
from dialer.cli.session import Session
from dialer.pacing.settings import DialMode, PacingSettings
from dialer.pacing.view import Decision, Limit, PacingView
from dialer.runtime.journal import JournalError, journal_files
from dialer.runtime.replay import replay, sessions_of
from dialer.runtime.shadow import Comparison, ShadowedPacer
from tests.support.journals import plan, record


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    record(folder, plan(mode=DialMode.RATIO, ratio=2.0), file_bytes_max=200_000)
    return folder


def test_every_command_of_a_recorded_session_is_said_again(recorded: Path) -> None:
    (session,) = sessions_of(recorded).whole
    assert len(session.files) > 1
    done = replay(session)
    assert done.difference is None
    assert done.steps > 500
    assert done.commands > 200


def test_a_predictive_session_is_said_again_too(tmp_path: Path) -> None:
    observer = record(tmp_path, plan(seconds=400.0), seed=3)
    (session,) = sessions_of(tmp_path).whole
    done = replay(session)
    assert (done.difference, done.steps) == (None, observer.steps)


def test_the_first_difference_is_named_with_its_file_and_line(
    recorded: Path, tmp_path: Path
) -> None:
    paths = journal_files(recorded)
    copy = [tmp_path / path.name for path in paths]
    for path, target in zip(paths, copy, strict=True):
        target.write_bytes(path.read_bytes())
    lines = copy[1].read_bytes().splitlines(keepends=True)
    number, line = next(
        (n, one) for n, one in enumerate(lines[1:], start=2) if b'"Originate"' in one
    )
    lines[number - 1] = line.replace(b'"ring_seconds":', b'"ring_seconds":1')
    copy[1].write_bytes(b"".join(lines))
    found = replay(sessions_of(tmp_path).whole[0]).difference
    assert found is not None
    assert (found.path, found.line) == (copy[1], number)
    assert found.recorded != found.replayed
    answer = CliRunner().invoke(cli, ["replay", str(tmp_path)], obj=Session())
    assert answer.exit_code == 1
    assert f"line {number}" in answer.output


def test_a_session_whose_first_files_were_rotated_away_is_left_out_and_said(
    tmp_path: Path,
) -> None:
    record(tmp_path, plan(seconds=300.0), file_bytes_max=50_000, files_max=2)
    found = sessions_of(tmp_path)
    assert (len(found.whole), len(found.headless)) == (0, 1)
    answer = CliRunner().invoke(cli, ["replay", str(tmp_path)], obj=Session())
    assert "lost its beginning" in str(answer.exception)


def test_a_file_missing_in_the_middle_is_named(recorded: Path, tmp_path: Path) -> None:
    for path in journal_files(recorded):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    journal_files(tmp_path)[1].unlink()
    with pytest.raises(JournalError, match="in the middle is missing"):
        sessions_of(tmp_path)


def test_a_folder_without_a_journal_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="There is no journal in"):
        sessions_of(tmp_path)


def test_another_pacer_would_have_launched_fewer_and_the_day_still_replays(
    recorded: Path,
) -> None:
    comparison = Comparison()
    other = PacingSettings(mode=DialMode.PROGRESSIVE)
    (session,) = sessions_of(recorded).whole
    done = replay(session, create_pacer=lambda settings: ShadowedPacer(settings, other, comparison))
    assert done.difference is None
    quarters = comparison.quarters.values()
    assert sum(one.recorded for one in quarters) > sum(one.other for one in quarters) > 0
    assert comparison.first
    assert comparison.first[0].recorded > comparison.first[0].other


def test_the_same_pacer_beside_itself_never_differs(recorded: Path) -> None:
    comparison = Comparison()
    (session,) = sessions_of(recorded).whole
    replay(session, create_pacer=lambda settings: ShadowedPacer(settings, settings, comparison))
    assert comparison.first == []
    assert sum(one.decisions for one in comparison.quarters.values()) > 500


def test_the_command_prints_quarters_and_the_caveat(recorded: Path) -> None:
    answer = CliRunner().invoke(
        cli, ["replay", str(recorded), "--pacing", "progressive"], obj=Session()
    )
    assert answer.exit_code == 0, answer.output
    assert "every one the same" in answer.output
    assert "WOULD LAUNCH" in answer.output
    assert "is unknown" in answer.output.replace("\n", " ")


class Fixed:
    """A pacer that launches what it is told to."""

    def __init__(self, *counts: int) -> None:
        self.counts = list(counts)
        self.views: list[PacingView] = []

    def decide(self, view: PacingView) -> Decision:
        self.views.append(view)
        return Decision(count=self.counts.pop(0), bound_by=Limit.RATIO)

    def observe(self, observation: object) -> None:
        """Learns nothing."""

    def save(self) -> str:
        return ""

    def restore(self, state: str) -> str | None:
        del state
        return None


def shadowed(recorded: Fixed, other: Fixed) -> tuple[ShadowedPacer, Comparison]:
    comparison = Comparison()
    settings = PacingSettings(mode=DialMode.PROGRESSIVE)
    pacer = ShadowedPacer(settings, settings, comparison)
    pacer._recorded, pacer._other = recorded, other
    return pacer, comparison


def view(now: float, *ages: float) -> PacingView:
    return PacingView(now=now, ready=2, waiting=0, in_flight_ages=ages, room=5)


def test_calls_the_other_is_ahead_by_are_in_flight_for_it_until_the_record_makes_them() -> None:
    other = Fixed(2, 0, 0)
    pacer, _ = shadowed(Fixed(0, 1, 0), other)
    for at, ages in ((100.0, ()), (101.0, ()), (102.0, (1.0,))):
        pacer.decide(view(at, *ages))
    assert [list(one.in_flight_ages) for one in other.views] == [[], [1.0, 1.0], [2.0, 1.0]]


def test_calls_the_other_is_behind_by_are_not_in_flight_for_it_until_it_makes_them() -> None:
    other = Fixed(0, 1, 0)
    pacer, _ = shadowed(Fixed(2, 0, 0), other)
    for at, ages in ((100.0, ()), (101.0, (1.0, 1.0)), (102.0, (2.0, 2.0))):
        pacer.decide(view(at, *ages))
    assert [len(one.in_flight_ages) for one in other.views] == [0, 0, 1]


def test_an_unmade_call_rings_out() -> None:
    other = Fixed(1, 0)
    pacer, comparison = shadowed(Fixed(0, 0), other)
    pacer.decide(view(100.0))
    pacer.decide(view(100.0 + PacingSettings().ring_seconds + 1.0))
    assert list(other.views[1].in_flight_ages) == []
    assert comparison.expired == 1
