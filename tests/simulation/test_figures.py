"""What comes out of a run: bands of plain worlds, and intervals over seeds."""

from dataclasses import replace
from statistics import fmean

import pytest

from dialer.pacing.settings import DialMode, PacingSettings
from dialer.simulation import report
from dialer.simulation.figures import Figures
from dialer.simulation.runner import Result, run
from dialer.simulation.scenario import Scenario

WORLD_A = Scenario(agents=6, hours=1.0, warm_up_seconds=900.0)
"""Talk 90 s, wrap-up 30 s, an answer in three of ten: the reference world."""


def paced(mode: DialMode) -> Scenario:
    # Progressive decides on events alone, so a slow tick changes nothing but the time it takes.
    return replace(WORLD_A, pacing=PacingSettings(mode=mode, interval_seconds=5.0))


def test_progressive_on_the_reference_world_is_as_busy_as_the_arithmetic_says() -> None:
    runs = [run(paced(DialMode.PROGRESSIVE), seed).figures for seed in range(1, 21)]

    # One answer costs 11 s and 7/3 failures of 0.15 x 2.5 + 0.85 x 25 s: 61.5 s idle for 120 busy.
    assert fmean(f.utilisation_ratio for f in runs) == pytest.approx(120.0 / 181.5, abs=0.02)
    assert all(f.abandoned == 0 for f in runs)
    assert fmean(f.wait_mean_seconds or 0.0 for f in runs) == pytest.approx(61.5, rel=0.07)
    assert fmean(f.live_answers / f.attempts for f in runs) == pytest.approx(0.3, abs=0.02)
    # ANSWER to PARK 20 ms, uuid_bridge 40 to 60 ms, and events and commands on their way.
    assert all(0.06 < (f.reach_mean_seconds or 0.0) < 0.1 for f in runs)


def test_predictive_keeps_people_busier_than_progressive() -> None:
    scenario = replace(paced(DialMode.PREDICTIVE), agents=10)
    predictive = [run(scenario, seed).figures.utilisation_ratio for seed in (1, 2)]

    assert min(predictive) > 0.71


def figures(utilisation: float) -> Figures:
    return Figures(
        attempts=100,
        live_answers=30,
        connected=29,
        abandoned=1,
        abandonment_ratio=1 / 30,
        utilisation_ratio=utilisation,
        attempts_per_hour=100.0,
        connected_per_agent_hour=2.9,
        wait_mean_seconds=None,
        wait_p95_seconds=None,
        reach_mean_seconds=0.07,
        reach_p95_seconds=0.09,
        leads_never_called=3,
        leads_left=5,
        finished_seconds=None,
    )


def results(*values: float) -> list[Result]:
    return [
        Result(seed=seed, figures=figures(value), digest="") for seed, value in enumerate(values)
    ]


def test_the_interval_is_students() -> None:
    found = report.interval([1.0, 2.0, 3.0, 4.0])

    # t(3) = 3.182, standard deviation 1.291, four runs.
    assert found.mean == 2.5
    assert found.high - found.mean == pytest.approx(3.182 * 1.2910 / 2.0, rel=1e-3)
    assert (found.least, found.most) == (1.0, 4.0)


def test_several_seeds_are_shown_with_intervals_and_one_without() -> None:
    many = {row[0]: row for row in report.rows(results(0.80, 0.82))}
    one = {row[0]: row for row in report.rows(results(0.80))}

    assert many["utilisation"][1] == "81.0 %"
    assert many["utilisation"][3] == "80.0 % to 82.0 %"
    assert one["utilisation"] == ("utilisation", "80.0 %", "", "")


def test_no_interval_goes_below_nothing() -> None:
    runs = [replace(one, figures=replace(one.figures, abandoned=n)) for n, one in
            enumerate(results(0.8, 0.8))]  # fmt: skip

    assert report.over_seeds(runs)["abandoned"].low == 0.0


def test_a_figure_that_some_run_lacks_has_no_interval() -> None:
    assert "wait_mean_seconds" not in report.over_seeds(results(0.8, 0.9))
