"""How many agents a list needs to be finished by a moment: simulated days, as few as will do.

1. A short run at a guessed size measures utilisation; the aggregate day (fluid.py) turns it into a
   size.
2. Two whole days are simulated at that size. What they take corrects the aggregate day, which
   proposes the next size; so it goes on until the size it proposes has been simulated. An agent
   more or less is a per cent or two of the work, which the corrected aggregate day foretells to the
   minute: sizes beside the answer are not simulated only to see it.
3. Enough means: by the spread between simulated days, 19 of 20 days end in time, and no more than
   the limit is abandoned on average.

Runs may last beyond the moment asked for, with everybody staying, so that it is known how late a
size that is too small would be.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from dialer.simulation.fluid import finish_seconds
from dialer.simulation.plan import Goal
from dialer.simulation.report import student_95
from dialer.simulation.retry import SameRest
from dialer.simulation.runner import Result
from dialer.simulation.scenario import AGENTS_MAX, Scenario

OVERTIME_RATIO = 0.25
"""Runs go on for this share of a day after the moment asked for: a later end is hardly of use."""
ROUNDS_MAX = 4
"""Each round corrects the guess by simulated days; the first is mostly the last."""
SEEDS_SEARCH = 2
"""Days of each size, unless seeds are given. What days must differ by is known (`_spread`)."""
_PILOT_SECONDS = 2700.0
_PILOT_WARM_UP_SECONDS = 900.0
_PILOT_CONNECTED_MIN = 20
_DRAWS = 2000
"""To find the mean of a law that knows only how to draw."""
_UTILISATION_GUESS = 0.88
_RESTS_RATIO_MAX = 0.7
"""Of the time until the moment asked for; with longer rests even a thousand agents end late."""
_MARGIN_SECONDS = 60.0
"""Before any day was simulated."""
_ONE_PLUS_CV_SQUARED = 1.5
"""Of talk and wrap-up together, which mostly vary by 0.7 of their mean."""
_PRIOR_FREEDOM = 4
"""As much as four days more would say."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be made."""

    scenario: Scenario
    seed: int
    label: str


RunMany = Callable[[Sequence[Job]], list[Result]]
"""Runs jobs, in whatever order and however many at a time; results in the order of the jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A list, a team and a moment."""

    scenario: Scenario
    """Its hours end at the moment asked for."""
    goal: Goal
    limit_ratio: float
    """Abandoned ÷ live answers at most."""
    sizes: tuple[int, ...] = ()
    """To be compared; none: search between `low` and `high`."""
    low: int = 1
    high: int = AGENTS_MAX
    seeds: tuple[int, ...] = (1, 2, 3, 4)
    is_seeds_given: bool = False
    """True to run each size with all seeds from the start."""

    @property
    def deadline_seconds(self) -> float:
        """From the start to the moment asked for."""
        return self.scenario.ends_at - self.scenario.start_at

    @property
    def horizon_seconds(self) -> float:
        """From the start to the end of the runs."""
        return self.deadline_seconds + OVERTIME_RATIO * 3600.0 * self.scenario.hours

    def runnable(self, agents: int) -> Scenario:
        """The scenario with so many agents and overtime, ending when the list does."""
        hours = self.scenario.hours * (1.0 + OVERTIME_RATIO)
        return replace(self.scenario.with_agents(agents), hours=hours, goal=self.goal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One number of agents, and the days simulated with it."""

    agents: int
    results: tuple[Result, ...]
    finish_mean_seconds: float | None
    """None when a day did not end within the overtime."""
    finish_low_seconds: float | None
    finish_high_seconds: float | None
    """Between these, nine days in ten end; so 19 of 20 have ended by the later one."""
    in_time_ratio: float
    """Of the simulated days."""
    abandonment_ratio: float
    """Of all simulated days together."""
    is_in_time: bool
    """By the spread between days, 19 of 20 end in time."""
    is_enough: bool
    """In time, and within the limit of abandonment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """The answer."""

    agents: int | None
    """The fewest that are enough; None when none of those allowed is."""
    at_least: int | None
    """Fewer than this do not finish even on a good day, by the spread between days."""
    sizes: tuple[Size, ...]
    """What was simulated, smallest first."""
    guess: int | None
    """By the aggregate day, where no simulated size was enough."""


class Search:
    """One question being answered."""

    def __init__(self, question: Question, run_many: RunMany) -> None:
        self.question = question
        self.run_many = run_many
        self.days: dict[int, list[Result]] = {}
        self.utilisation_ratio = _UTILISATION_GUESS
        self.handling_seconds = 0.0

    def answer(self) -> Staffing:
        """Run what is needed."""
        question = self.question
        self.handling_seconds = _handling_seconds(question.scenario)
        if question.sizes:
            self._simulate(dict.fromkeys(question.sizes, len(question.seeds)))
            return self._found()
        size = self._pilot()
        if size is None and question.high < AGENTS_MAX:
            # The aggregate day may be mistaken; the most that are allowed are tried all the same.
            size = question.high
        if size is None:
            return self._found()
        few = len(question.seeds) if question.is_seeds_given else SEEDS_SEARCH
        self._simulate({size: few})
        for _ in range(ROUNDS_MAX):
            proposed = self._propose()
            if proposed is None or proposed in self.days:
                break
            self._simulate({proposed: few})
        return self._found()

    def _pilot(self) -> int | None:
        """Short runs at guessed sizes, until one of them is about the size it leads to."""
        size = self._propose()
        for _ in range(2):
            if size is None:
                return None
            scenario = replace(
                self.question.scenario.with_agents(size),
                days=1,
                roster=(),
                goal=None,
                hours=min(self.question.scenario.hours, _PILOT_SECONDS / 3600.0),
                agents=size,
            )
            warm_up = min(_PILOT_WARM_UP_SECONDS, 1200.0 * scenario.hours)
            scenario = replace(scenario, warm_up_seconds=warm_up)
            job = Job(scenario, self.question.seeds[0], f"{size} agents, a first look")
            figures = self.run_many([job])[0].figures
            if figures.connected < _PILOT_CONNECTED_MIN:
                # Too little happened (nobody may be called yet): the guess stays.
                break
            self.utilisation_ratio = max(0.05, figures.utilisation_ratio)
            previous, size = size, self._propose()
            if size is not None and abs(size - previous) <= 0.15 * previous:
                break
        return size

    def _simulate(self, wanted: dict[int, int]) -> None:
        """Have so many days of each size."""
        jobs = []
        for agents, count in sorted(wanted.items()):
            done = len(self.days.setdefault(agents, []))
            scenario = self.question.runnable(agents)
            for seed in self.question.seeds[done:count]:
                jobs.append((agents, Job(scenario, seed, f"{agents} agents, day {seed}")))
        if jobs:
            results = self.run_many([job for _, job in jobs])
            for (agents, _), result in zip(jobs, results, strict=True):
                self.days[agents].append(result)
            self._calibrate()

    def _calibrate(self) -> None:
        """The utilisation with which the aggregate day ends when the simulated ones do."""
        measured = [(n, mean) for n in sorted(self.days) if (mean := self._mean(n)) is not None]
        if not measured:
            # No day ended, but all were worked from their beginning to their end.
            busy = [r.figures.utilisation_ratio for days in self.days.values() for r in days]
            self.utilisation_ratio = fmean(busy)
            return
        deadline = self.question.deadline_seconds
        agents, mean = min(measured, key=lambda one: abs(one[1] - deadline))
        low, high = 0.01, 1.5
        # Fourteen halvings leave a ten-thousandth, more than the model is worth.
        for _ in range(14):
            middle = (low + high) / 2.0
            found = self._fluid(agents, middle)
            if found is None or found > mean:
                low = middle
            else:
                high = middle
        self.utilisation_ratio = (low + high) / 2.0

    def _mean(self, agents: int) -> float | None:
        ended = [r.figures.finished_seconds for r in self.days.get(agents, ())]
        known = [seconds for seconds in ended if seconds is not None]
        return fmean(known) if known and len(known) == len(ended) else None

    def _fluid(self, agents: int, utilisation_ratio: float) -> float | None:
        return finish_seconds(
            self.question.runnable(agents),
            utilisation_ratio=utilisation_ratio,
            handling_seconds=self.handling_seconds,
            goal=self.question.goal,
            horizon_seconds=self.question.horizon_seconds,
        )

    def _propose(self) -> int | None:
        """The fewest agents allowed with whom 19 of 20 days end in time; None when none do."""
        return self._fewest(self._margin(), low=self.question.low, high=self.question.high)

    def _fewest(self, early_seconds: float, *, low: int, high: int) -> int | None:
        """The fewest with whom the aggregate day ends so much earlier than asked for."""
        latest = self.question.deadline_seconds - early_seconds

        def is_enough(agents: int) -> bool:
            found = self._fluid(agents, self.utilisation_ratio)
            return found is not None and found <= latest

        if not is_enough(high):
            return None
        while low < high:
            middle = (low + high) // 2
            if is_enough(middle):
                high = middle
            else:
                low = middle + 1
        return low

    def _margin(self) -> float:
        """How much earlier than asked for the average day must end, for 19 of 20 to be in time."""
        return self._half_width(SEEDS_SEARCH)

    def _half_width(self, days: int) -> float:
        """From the mean of so many days to the end of the interval of one more."""
        spread, freedom = self._spread()
        if not freedom:
            return _MARGIN_SECONDS
        return spread * student_95(freedom) * math.sqrt(1.0 + 1.0 / days)

    def _spread(self) -> tuple[float, int]:
        """Standard deviation of when a day ends, pooled over sizes, and its degrees of freedom.

        Two or four days say little of it, so what a day's work must vary by is added as a prior:
        n answers of random length, cv their coefficient of variation, take sqrt((1 + cv^2)/n) more
        or less than expected.
        """
        squares, freedom, answers = 0.0, 0, 0
        for agents, results in self.days.items():
            mean = self._mean(agents)
            if mean is not None:
                answers = max(answers, round(fmean(r.figures.live_answers for r in results)))
                squares += math.fsum(
                    ((r.figures.finished_seconds or 0.0) - mean) ** 2 for r in results
                )
                freedom += len(results) - 1
        if not answers:
            return 0.0, 0
        expected = self.question.deadline_seconds * math.sqrt(_ONE_PLUS_CV_SQUARED / answers)
        pooled = (_PRIOR_FREEDOM * expected**2 + squares) / (_PRIOR_FREEDOM + freedom)
        return math.sqrt(pooled), _PRIOR_FREEDOM + freedom

    def _found(self) -> Staffing:
        sizes = tuple(self._size(agents) for agents in sorted(self.days))
        agents = min((size.agents for size in sizes if size.is_enough), default=None)
        at_least = self._fewest(-self._margin(), low=1, high=AGENTS_MAX)
        guess = None
        if agents is None:
            tried = max((size.agents for size in sizes if not size.is_in_time), default=0)
            guess = self._fewest(self._margin(), low=1, high=AGENTS_MAX)
            guess = None if guess is None else min(AGENTS_MAX, max(guess, tried + 1))
        elif at_least is not None:
            at_least = min(at_least, agents)
        return Staffing(agents=agents, at_least=at_least, sizes=sizes, guess=guess)

    def _size(self, agents: int) -> Size:
        results = tuple(self.days[agents])
        deadline = self.question.deadline_seconds
        ends = [r.figures.finished_seconds for r in results]
        in_time = sum(end is not None and end <= deadline for end in ends)
        mean = self._mean(agents)
        half = self._half_width(len(results))
        live = sum(r.figures.live_answers for r in results)
        abandonment = sum(r.figures.abandoned for r in results) / live if live else 0.0
        is_in_time = mean is not None and mean + half <= deadline
        return Size(
            agents=agents,
            results=results,
            finish_mean_seconds=mean,
            finish_low_seconds=None if mean is None else max(0.0, mean - half),
            finish_high_seconds=None if mean is None else mean + half,
            in_time_ratio=in_time / len(results),
            abandonment_ratio=abandonment,
            is_in_time=is_in_time,
            is_enough=is_in_time and abandonment <= self.question.limit_ratio,
        )


def _handling_seconds(scenario: Scenario) -> float:
    """Talk and wrap-up of an average answer, all campaigns alike."""
    dice = random.Random("handling")  # noqa: S311 - a simulation wants repeats
    plan = scenario.plan()
    sums = []
    for campaign in plan.campaigns:
        talk = campaign.talk or plan.people.talk
        wrap_up = campaign.wrap_up or plan.people.wrap_up
        longest = campaign.config.wrap_up_seconds_max
        draws = [talk.draw(dice) + min(longest, wrap_up.draw(dice)) for _ in range(_DRAWS)]
        sums.append(fmean(draws))
    machines = plan.people.machine_ratio
    return fmean(sums) * (1.0 - machines) + machines * 10.0


def goal_for(scenario: Scenario) -> Goal:
    """To work a list through, where the rests between tries leave time for it; else to call all."""
    seconds = scenario.ends_at - scenario.start_at
    for campaign in scenario.plan().campaigns:
        retry = campaign.retry or SameRest(
            tries_max=campaign.tries_max, rest_seconds=campaign.retry_seconds
        )
        if (retry.tries_max - 1) * retry.shortest_rest_seconds > _RESTS_RATIO_MAX * seconds:
            return Goal.CALLED
    return Goal.WORKED
