"""As many simulated days as an answer needs: a few first, more while it is not clear yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dialer.cli.simulate_ask import Asked
from dialer.cli.simulate_pool import expected_seconds
from dialer.simulation import report
from dialer.simulation.compare import paired
from dialer.simulation.report import Interval
from dialer.simulation.runner import Result
from dialer.simulation.scenario import Scenario
from dialer.simulation.staffing import Job, RunMany

DAYS_FIRST = 4
DAYS_MAX = 12
"""Twelve days halve the interval of four twice over; what is unclear then stays so for long."""
_WORK_SECONDS_MAX = 60.0
"""Of expected work for one more round of days: an answer is worth a minute more, not an hour."""
_WIDE = {"utilisation_ratio": 0.01, "abandonment_ratio": 0.004}
"""Half of an interval; managers tell a point of utilisation and half a point of abandonment
apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Several teams or settings on the same days."""

    columns: tuple[tuple[str, Scenario, tuple[Result, ...]], ...]

    def differences(self, index: int) -> dict[str, Interval]:
        """Of that column to the first."""
        return paired(self.columns[0][2], self.columns[index][2])


def simulate_days(
    asked: Asked, named: Sequence[tuple[str, Scenario]], run_many: RunMany
) -> Compared:
    """Run all of them on the same seeds, until the intervals are narrow or enough was spent."""
    results: list[list[Result]] = [[] for _ in named]
    wanted = len(asked.seeds) if asked.is_seeds_given else DAYS_FIRST
    # Bounded: `wanted` grows by four to DAYS_MAX.
    while True:
        done = len(results[0])
        seeds = seeds_of(asked, wanted)[done:]
        jobs = [
            Job(scenario, seed, f"{label}, day {done + number}")
            for label, scenario in named
            for number, seed in enumerate(seeds, 1)
        ]
        fresh = iter(run_many(jobs))
        for days in results:
            days.extend(next(fresh) for _ in seeds)
        work = DAYS_FIRST * sum(expected_seconds(scenario) for _, scenario in named)
        is_settled = asked.is_seeds_given or not any(map(is_wide, results))
        if is_settled or wanted >= DAYS_MAX or work > _WORK_SECONDS_MAX:
            break
        wanted += DAYS_FIRST
    return Compared(
        columns=tuple(
            (label, scenario, tuple(days))
            for (label, scenario), days in zip(named, results, strict=True)
        )
    )


def seeds_of(asked: Asked, count: int) -> tuple[int, ...]:
    """The first `count` seeds: those that were given, or one after the other."""
    if asked.is_seeds_given:
        return asked.seeds
    first = asked.seeds[0]
    return tuple(range(first, first + count))


def is_wide(results: Sequence[Result]) -> bool:
    """Whether more days would tell more."""
    if len(results) < 2:
        return True
    found = report.over_seeds(results)
    return any(found[name].high - found[name].mean > half for name, half in _WIDE.items())


def with_seeds(asked: Asked, *, first: int | None, count: int | None) -> Asked:
    """The question with the seeds that options name."""
    scenario = asked.scenario
    begin = scenario.seeds[0] if first is None else first
    if count is not None:
        return replace(asked, seeds=tuple(range(begin, begin + count)), is_seeds_given=True)
    if first is None and len(scenario.seeds) > 1:
        return replace(asked, seeds=scenario.seeds, is_seeds_given=True)
    return replace(asked, seeds=tuple(range(begin, begin + DAYS_FIRST)), is_seeds_given=False)
