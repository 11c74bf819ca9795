"""The linear program against published optima, simple cases and its own approximation."""

import os
from dataclasses import replace

import pytest

if os.environ.get("CI") is None:
    # At home the extra may be missing; CI installs it and must not skip.
    pytest.importorskip("scipy")

from benchmarks.pacing import limit, worlds
from benchmarks.pacing.limit import SCENARIOS

OPTIMA = [
    ("A", 2, 0.742), ("A", 3, 0.758), ("A", 5, 0.784), ("A", 10, 0.829), ("A", 20, 0.879),
    ("A", 30, 0.904),
    ("B", 2, 0.430), ("B", 3, 0.518), ("B", 5, 0.622), ("B", 10, 0.740),
    ("C", 3, 0.892), ("C", 5, 0.895), ("C", 10, 0.903), ("C", 20, 0.920),
    ("D", 3, 0.803), ("D", 5, 0.824), ("D", 10, 0.862), ("D", 20, 0.900),
]  # fmt: skip


@pytest.mark.parametrize(("name", "agents", "best"), OPTIMA)
def test_exact_optima_of_the_exponential_scenarios(name: str, agents: int, best: float) -> None:
    found = limit.exact(replace(SCENARIOS[name], agents=agents))
    assert found.utilisation == pytest.approx(best, abs=0.001)
    assert found.abandonment == pytest.approx(0.03, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "utilisation"), [("A", 0.706), ("B", 0.250), ("C", 0.882), ("D", 0.750)]
)
def test_progressive_follows_from_the_means(name: str, utilisation: float) -> None:
    assert limit.progressive(SCENARIOS[name]) == pytest.approx(utilisation, abs=0.0005)


def test_calls_that_answer_at_once_leave_nobody_idle() -> None:
    """Ringing is the whole difficulty: without it the next call can wait for the agent."""
    scenario = replace(SCENARIOS["A"], agents=3, ring_seconds=1e-4, limit_ratio=0.001)
    assert limit.exact(scenario).utilisation == pytest.approx(1.0, abs=1e-4)


def test_without_abandonment_allowed_the_limit_is_one_call_for_each_ready_agent() -> None:
    scenario = replace(SCENARIOS["A"], agents=3, limit_ratio=0.0)
    found = limit.exact(scenario)
    assert found.utilisation == pytest.approx(limit.progressive(scenario), abs=1e-6)
    assert found.abandonment == pytest.approx(0.0, abs=1e-9)


def test_the_best_rule_rings_fewer_calls_the_more_agents_are_busy() -> None:
    until = limit.exact(SCENARIOS["A"]).launch_until
    reached = [calls for calls in until if calls > 0]
    assert reached == sorted(reached, reverse=True)


def test_more_room_for_ringing_calls_changes_nothing() -> None:
    scenario = replace(SCENARIOS["B"], agents=3)
    narrow, wide = limit.exact(scenario), limit.exact(scenario, ringing_max=150)
    assert narrow.utilisation == pytest.approx(wide.utilisation, abs=1e-7)
    assert max(narrow.launch_until) == max(wide.launch_until)


@pytest.mark.parametrize(("agents", "gain"), [(5, 0.003), (10, 0.006)])
def test_two_seconds_of_patience_are_worth_a_little(agents: int, gain: float) -> None:
    scenario = replace(SCENARIOS["A"], agents=agents)
    patient = limit.exact(replace(scenario, tolerance_seconds=2.0))
    assert patient.utilisation - limit.exact(scenario).utilisation == pytest.approx(gain, abs=0.001)


@pytest.mark.parametrize("name", ["A", "D"])
def test_the_normal_approximation_is_within_half_a_point_for_large_teams(name: str) -> None:
    scenario = replace(SCENARIOS[name], agents=20)
    exact = limit.exact(scenario).utilisation
    assert limit.approximate(scenario) == pytest.approx(exact, abs=0.005)


def test_the_frontier_rises_with_the_limit() -> None:
    line = limit.frontier(replace(SCENARIOS["A"], agents=5), (0.01, 0.03, 0.06))
    assert [x for x, _ in line] == [0.01, 0.03, 0.06]
    assert line[0][1] < line[1][1] < line[2][1]


def test_a_world_without_an_exponential_scenario_is_refused() -> None:
    with pytest.raises(ValueError, match="'drift'"):
        limit.of_world(worlds.DRIFT)
