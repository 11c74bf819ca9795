"""Cells, table, windows and leads: what is counted, searched, remembered and said."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.pacing import __main__ as command
from benchmarks.pacing import known, leads, table, windows
from benchmarks.pacing.cells import Cell, Runs, cell, tuned_choice
from benchmarks.pacing.contenders import BY_LABEL, RULE
from benchmarks.pacing.floor import Day, Floor, Timing
from benchmarks.pacing.worlds import DRIFT, A
from dialer.pacing.view import Cancelled, Decision, Limit, Observation, PacingView
from dialer.simulation.report import Interval

SMALL = replace(A, agents=3, hours=0.1)


def a_day(*, live: int, abandoned: int, seed: int = 1) -> Day:
    return Day(
        seed=seed, number=0, agent_seconds=100.0, ready_seconds=20.0, live=live, abandoned=abandoned
    )


def a_cell(label: str, utilisation: float, abandonment: float, *days: Day) -> Cell:
    at = Interval(mean=utilisation, low=0.0, high=utilisation + 0.01, least=0.0, most=1.0)
    return Cell(
        world=A, label=label, settings="x", utilisation=at, abandonment=abandonment, days=days
    )


def test_results_are_remembered_until_the_source_changes(tmp_path: Path) -> None:
    contender = BY_LABEL["progressive"]
    first = cell(contender, SMALL, Runs(processes=1, cache=tmp_path), seeds=2, tuning_seeds=1)
    files = list(tmp_path.glob("*.json"))
    assert len(files) == 2
    files[0].write_text(files[0].read_text().replace('"abandoned": 0', '"abandoned": 3'))
    again = cell(contender, SMALL, Runs(processes=1, cache=tmp_path), seeds=2, tuning_seeds=1)
    assert sum(day.abandoned for day in first.days) == 0
    assert sum(day.abandoned for day in again.days) == 3


def test_bisection_finds_the_boldest_level_within_the_limit() -> None:
    contender = BY_LABEL["VICIdial ratio, available only"]
    world = replace(A, agents=10, hours=0.7)
    choice = tuned_choice(contender, world, Runs(processes=1, cache=None), seeds=2)
    level = float(contender.choices[choice].settings.split()[1])
    assert 1.5 < level < 3.5


def test_the_table_names_the_cells_in_which_a_peer_is_above_the_rule() -> None:
    text = table.markdown(
        [
            a_cell(RULE, 0.8, 0.028, a_day(live=99, abandoned=4), a_day(live=9, abandoned=0)),
            a_cell("VICIdial ratio, total lines", 0.81, 0.0299, a_day(live=1, abandoned=0)),
            a_cell("Issabel, defaults", 0.82, 0.20, a_day(live=1, abandoned=0)),
            a_cell("Samuelson 1987", 0.70, 0.01, a_day(live=1, abandoned=0)),
        ],
        {("A", 10): 0.829},
    )
    assert "**0.800 ±0.010 (2.80 %; 2)**" in text
    assert "| VICIdial ratio, total lines* |" in text
    assert "| limit for exponential durations | 0.829 |" in text
    lawful, lawless = text.split("by abandoning more than")
    assert "VICIdial ratio, total lines, A n=10: 0.810" in lawful
    assert "Issabel, defaults, A n=10: 0.820 (20.0 %)" in lawless
    assert "above 3.3 %: 1 of 2 (A n=10 1 of 2)." in text


def test_a_page_gets_the_new_table_in_the_place_of_the_old() -> None:
    page = "before\n<!-- table -->\n| old |\n<!-- end of table -->\nafter\n"
    once = table.inserted(page, "| new |\n")
    assert once == "before\n<!-- table -->\n\n| new |\n\n<!-- end of table -->\nafter\n"
    assert table.inserted(once, "| new |") == once
    with pytest.raises(ValueError, match="no place for a table"):
        table.inserted("no comments here", "| new |")


def test_the_whole_command_writes_a_table_and_a_chart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "chart.svg"
    words = "--worlds A,drift --agents 3 --hours 0.1 --days 2 --only progressive,Issabel --chart"
    monkeypatch.setattr(sys, "argv", ["benchmarks.pacing", *words.split(), str(file)])
    command.main()
    printed = capsys.readouterr().out
    assert "| | A n=3 | drift n=3 |" in printed
    assert "| limit for exponential durations | 0.7" in printed
    assert "world drift, 3 agents" in file.read_text()


def test_an_unknown_world_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks.pacing", "--worlds", "A,E"])
    with pytest.raises(SystemExit, match="no world 'E'; take one of A, B, C, D, drift, demo"):
        command.main()


def test_windows_are_worlds_within_their_bounds_and_always_the_same() -> None:
    worlds = [windows.world_of(seed) for seed in range(300)]
    assert worlds == [windows.world_of(seed) for seed in range(300)]
    assert {world.agents for world in worlds} >= {3, 5, 10}
    assert all(3 <= world.agents <= 50 for world in worlds)
    assert all(0.079 < p < 0.601 for world in worlds for p in world.probabilities)
    assert 100 < sum(world.leads is not None for world in worlds) < 200


def test_a_window_at_exactly_three_percent_is_not_above() -> None:
    assert not windows.Window(world=A, day=a_day(live=100, abandoned=3)).is_above
    assert windows.Window(world=A, day=a_day(live=99, abandoned=3)).is_above
    assert not windows.Window(world=A, day=a_day(live=0, abandoned=0)).is_above


def test_the_upper_bound_of_a_share_knows_how_little_was_seen() -> None:
    assert windows.upper_bound(0, 2000) == pytest.approx(0.0019, abs=1e-4)
    assert windows.upper_bound(5, 10) == pytest.approx(0.763, abs=0.001)


def test_the_report_names_the_worst_window() -> None:
    good = windows.Window(world=A, day=a_day(live=200, abandoned=1, seed=11))
    bad = windows.Window(world=replace(A, leads=90), day=a_day(live=50, abandoned=2, seed=12))
    text = windows.report([good, bad])
    assert text.startswith("1 of 2 windows ended above the limit: 50.00 %")
    assert text.index("seed 12: 4.00 % (2 of 50)") < text.index("seed 11: 0.50 %")
    assert "| list ends early | 1 | 1 | 4.00 % |" in text


class Chooser:
    """Launches two calls, the second to an unlikely lead; cancels the oldest it may."""

    def __init__(self) -> None:
        self.views: list[PacingView] = []
        self.cancelled: list[Cancelled] = []

    def decide(self, view: PacingView) -> Decision:
        self.views.append(view)
        after = view.cancel_after_seconds
        rung = view.in_flight_rung
        old = after is not None and bool(rung) and (rung[0] or 0.0) >= after
        return Decision(
            count=2 if not view.in_flight_ages else 0,
            bound_by=Limit.PRICE,
            probability_max=0.1,
            cancel=(0,) if old else (),
        )

    def observe(self, observation: Observation) -> None:
        if isinstance(observation, Cancelled):
            self.cancelled.append(observation)


def test_the_pacer_chooses_a_lead_and_ends_a_call_that_has_rung_long_enough() -> None:
    pacer = Chooser()
    means = leads.Means(
        kinds=leads.KINDS, is_kind_known=True, may_choose=True, cancel_after_seconds=18.0
    )
    [day] = leads.LeadFloor(replace(A, agents=5, hours=0.2), pacer, 3, means).run()
    assert pacer.views[0].hopper_probabilities == [0.5, 0.1]
    pairs = [view.in_flight_probabilities for view in pacer.views if len(view.in_flight_ages) == 2]
    assert pairs and all(pair[1] == 0.1 for pair in pairs)
    assert {pair[0] for pair in pairs} == {0.1, 0.5}
    assert day.cancelled == len(pacer.cancelled) > 0
    assert all(18.0 <= cancelled.age_seconds < 19.5 for cancelled in pacer.cancelled)


def test_a_pacer_that_is_told_nothing_sees_no_probabilities() -> None:
    pacer = Chooser()
    leads.LeadFloor(replace(A, agents=5, hours=0.1), pacer, 3, leads.Means()).run()
    assert all(view.in_flight_probabilities == () for view in pacer.views)
    assert all(view.hopper_probabilities == () for view in pacer.views)
    assert pacer.cancelled == []


def test_the_known_laws_are_those_of_the_world() -> None:
    law, talk = known.set_up_law(A), known.lognormal(90.0, 0.9)
    assert law.answer_mean == pytest.approx(11.0, abs=0.3)
    assert law.failure_mean == pytest.approx(0.15 * 2.5 + 0.85 * 25.0, abs=0.3)
    # The median of a lognormal of mean m is m / sqrt(1 + cv^2): half have ended by then.
    median = 90.0 / (1.0 + 0.9**2) ** 0.5
    assert talk.cumulative_at(median) == pytest.approx(0.693, abs=0.01)
    with pytest.raises(ValueError, match="world drift changes"):
        known.KnownLaws(DRIFT)


def test_the_rule_with_known_laws_is_busier_than_one_to_one_and_moves_its_price() -> None:
    world = replace(A, agents=5, hours=3.0)
    pacer = known.KnownPacer(world, target_ratio=0.03)
    [day] = Floor(world, pacer, Timing(interval_seconds=1.0), 1).run()
    assert 0.72 < day.utilisation < 0.86
    assert 0.0 < day.abandonment < 0.07
