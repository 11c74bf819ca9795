"""How many agents are needed: the search, on days whose length is known beforehand."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from dialer.cli.simulate_ask import Asked, Sizes
from dialer.cli.simulate_words import answer
from dialer.simulation.figures import Figures
from dialer.simulation.fluid import finish_seconds
from dialer.simulation.plan import Goal
from dialer.simulation.runner import Result
from dialer.simulation.scenario import Scenario
from dialer.simulation.staffing import Job, Question, Search, Staffing, goal_for

DAY = Scenario(leads=20_000, hours=9.0)
"""Nine to six; with 43,800 attempts and about 438 hours of talk and wrap-up in it."""


def figures(*, finished_seconds: float | None, abandonment: float = 0.028) -> Figures:
    live = 10_000
    return Figures(
        attempts=40_000,
        live_answers=live,
        connected=live - round(abandonment * live),
        abandoned=round(abandonment * live),
        abandonment_ratio=abandonment,
        utilisation_ratio=0.9,
        attempts_per_hour=4000.0,
        connected_per_agent_hour=27.0,
        wait_mean_seconds=10.0,
        wait_p95_seconds=30.0,
        reach_mean_seconds=0.1,
        reach_p95_seconds=0.1,
        leads_never_called=0,
        leads_left=0 if finished_seconds is not None else 100,
        finished_seconds=finished_seconds,
    )


class Days:
    """Days that take `agent_hours` of work, shared by the agents, and some chance."""

    def __init__(
        self,
        *,
        agent_hours: float = 480.0,
        spread_seconds: float = 200.0,
        abandonment: Callable[[int], float] = lambda agents: 0.028,
    ) -> None:
        self.agent_hours = agent_hours
        self.spread_seconds = spread_seconds
        self.abandonment = abandonment
        self.asked: list[tuple[int, int, bool]] = []

    def __call__(self, jobs: Sequence[Job]) -> list[Result]:
        results = []
        for job in jobs:
            scenario = job.scenario
            self.asked.append((scenario.agents, job.seed, scenario.goal is not None))
            dice = random.Random(f"{job.seed}")
            seconds = 3600.0 * self.agent_hours / scenario.agents
            seconds += dice.gauss(0.0, self.spread_seconds)
            ended = seconds if seconds <= 3600.0 * scenario.hours else None
            found = figures(finished_seconds=ended, abandonment=self.abandonment(scenario.agents))
            results.append(Result(seed=job.seed, figures=found, digest=""))
        return results

    def full_days(self) -> list[tuple[int, int]]:
        return [(agents, seed) for agents, seed, is_full in self.asked if is_full]


def searched(days: Days, **changes: object) -> Staffing:
    values: dict[str, object] = {"scenario": DAY, "goal": Goal.WORKED, "limit_ratio": 0.03}
    return Search(Question(**values | changes), days).answer()  # type: ignore[arg-type]


def asked(**changes: object) -> Asked:
    values: dict[str, object] = {"scenario": DAY, "goal": Goal.WORKED}
    return Asked(**values | changes)  # type: ignore[arg-type]


def test_the_search_finds_the_fewest_agents_with_whom_19_of_20_days_end_in_time() -> None:
    # 480 agent-hours in nine hours are 53.3 agents; two days in a hundred seconds' spread more.
    days = Days()
    found = searched(days)

    assert found.agents in (54, 55, 56)
    assert found.at_least is not None
    assert 52 <= found.at_least <= found.agents
    sizes = {size.agents: size for size in found.sizes}
    assert sizes[found.agents].is_enough
    assert not any(size.is_enough for size in found.sizes if size.agents < found.agents)
    assert len(sizes[found.agents].results) == 2
    assert len(days.full_days()) <= 6


def test_the_answer_is_the_same_with_more_days_of_each_size() -> None:
    few, many = Days(), Days()
    found = searched(few)
    surer = searched(many, seeds=tuple(range(1, 9)), is_seeds_given=True)

    assert found.agents is not None
    assert surer.agents is not None
    assert abs(found.agents - surer.agents) <= 1
    assert all(len(size.results) == 8 for size in surer.sizes)


def test_the_more_days_differ_the_more_agents_it_takes_to_be_sure() -> None:
    calm, wild = (
        searched(Days(spread_seconds=spread), seeds=tuple(range(1, 9)), is_seeds_given=True)
        for spread in (30.0, 1500.0)
    )

    assert calm.agents is not None
    assert wild.agents is not None
    assert wild.agents > calm.agents
    assert (wild.agents - (wild.at_least or 0)) > (calm.agents - (calm.at_least or 0))


def test_no_run_is_made_twice_and_seeds_are_shared_between_sizes() -> None:
    days = Days()
    searched(days)
    runs = days.full_days()

    assert len(runs) == len(set(runs))
    assert {seed for _, seed in runs} <= {1, 2, 3, 4}


def test_the_search_keeps_to_its_range() -> None:
    days = Days()
    found = searched(days, low=10, high=40)

    assert found.agents is None
    assert found.guess is not None
    assert 52 <= found.guess <= 66
    assert all(agents <= 60 for agents, _ in days.full_days())
    said = answer(asked(sizes=Sizes(low=10, high=40, is_range=True)), found)
    assert "Even 40 agents are not enough to finish 20,000 leads by 18:00" in said
    assert f"try --agents {found.guess}" in said


def test_given_sizes_are_compared_and_the_fewest_that_do_named() -> None:
    days = Days()
    found = searched(days, sizes=(50, 56, 60))

    assert found.agents == 56
    assert [size.agents for size in found.sizes] == [50, 56, 60]
    assert all(len(size.results) == 4 for size in found.sizes)
    said = answer(asked(sizes=Sizes(these=(50, 56, 60))), found)
    assert said.startswith("You need 56 agents (the fewest of 50, 56 and 60) to finish 20,000")


def test_sizes_that_all_are_too_few_are_answered_with_a_guess() -> None:
    found = searched(Days(), sizes=(30, 45))

    assert (found.agents, [size.is_in_time for size in found.sizes]) == (None, [False, False])
    assert found.guess is not None
    assert found.guess > 45
    assert "None of 30 and 45 agents is enough" in answer(asked(sizes=Sizes(these=(30, 45))), found)


def test_too_many_abandoned_is_not_enough_and_is_said_so() -> None:
    found = searched(Days(abandonment=lambda agents: 0.034))

    assert found.agents is None
    assert any(size.is_in_time and not size.is_enough for size in found.sizes)
    said = answer(asked(), found)
    assert "finish in time, but 3.4 % (3.4 to 3.4 %) are abandoned" in said


def test_the_answer_is_one_sentence_with_its_interval_first() -> None:
    found = searched(Days())
    said = answer(asked(), found)

    assert said.startswith(f"You need {found.agents} agents (95 % interval {found.at_least} to ")
    assert (
        "to finish 20,000 leads by 18:00 with at most 3.0 % abandoned: they finish at 17:" in said
    )
    assert "nine days in ten between 17:" in said


def test_a_list_that_nobody_can_finish_in_time_is_said_to_be_so() -> None:
    # Three tries with three hours between them do not fit into five hours.
    scenario = replace(DAY, hours=5.0, retry_seconds=10_800.0)
    days = Days()
    found = searched(days, scenario=scenario)

    assert (found.agents, found.guess, days.asked) == (None, None, [])
    assert "No number of agents up to 1000 is enough" in answer(asked(scenario=scenario), found)


@pytest.mark.parametrize(
    ("tries", "rest_seconds", "goal"),
    [(3, 3600.0, Goal.WORKED), (3, 14_400.0, Goal.CALLED), (1, 86_400.0, Goal.WORKED)],
)
def test_a_list_is_worked_through_where_the_rests_leave_time_and_else_called_once(
    tries: int, rest_seconds: float, goal: Goal
) -> None:
    assert goal_for(replace(DAY, tries_max=tries, retry_seconds=rest_seconds)) is goal


def test_the_aggregate_day_takes_as_long_as_the_arithmetic_says() -> None:
    # One try each: 6,000 answers of 120 s among ten agents at four fifths are 25 hours.
    scenario = replace(DAY, tries_max=1, agents=10, hours=40.0)
    found = finish_seconds(
        scenario,
        utilisation_ratio=0.8,
        handling_seconds=120.0,
        goal=Goal.WORKED,
        horizon_seconds=40 * 3600.0,
    )

    assert found == pytest.approx(25 * 3600.0, abs=120.0)


def test_in_the_aggregate_day_nobody_works_outside_the_shifts() -> None:
    # The same 25 hours of work, in days of nine hours: the third day ends it after seven.
    scenario = replace(DAY, tries_max=1, agents=10, hours=9.0, days=3)
    found = finish_seconds(
        scenario,
        utilisation_ratio=0.8,
        handling_seconds=120.0,
        goal=Goal.CALLED,
        horizon_seconds=72 * 3600.0,
    )

    assert found == pytest.approx((48 + 7) * 3600.0, abs=180.0)
