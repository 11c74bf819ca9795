"""A day in aggregate: how long a list takes when utilisation is known.

Leads flow from "never called" through their tries, minute by minute, at the pace the agents bear.
It takes a millisecond and knows nothing of chance, so it only proposes what is worth simulating;
every figure that is shown comes from the engine.
"""

from collections import Counter, deque
from dataclasses import dataclass

from campaigns.outcomes import Outcome
from dialer.simulation.laws import AnswerLaw
from dialer.simulation.plan import CampaignPlan, Goal, LeadGroup
from dialer.simulation.retry import RetryLaw, SameRest
from dialer.simulation.scenario import Scenario

STEP_SECONDS = 60.0
_CRUMB = 1e-3
"""Fewer leads than this are none."""
_CALLS_MAX = 1e4
"""In one step, where nobody answers and so nobody is kept busy by it."""


@dataclass(slots=True)
class _Flow:
    """The leads of one kind of one campaign."""

    fresh: float
    tries: int
    answer: AnswerLaw
    window: tuple[tuple[float, float], ...] | None
    ready_at: float
    retry: RetryLaw
    is_fresh_first: bool
    waiting: deque[tuple[float, int, float]]
    """When due, with how many tries behind them, how many; in order of time as all rest alike."""

    def is_open(self, at: float) -> bool:
        if at < self.ready_at:
            return False
        return self.window is None or any(since <= at < until for since, until in self.window)

    def left(self) -> float:
        return self.fresh + sum(count for _, _, count in self.waiting)

    def call(self, answers_max: float, at: float, seconds: float) -> float:
        """Call what is due until so many have answered; how many did."""
        probability = self.answer.at(seconds)
        calls_left = answers_max / probability if probability > 0.0 else _CALLS_MAX
        answers = 0.0
        for is_fresh in (self.is_fresh_first, not self.is_fresh_first):
            if is_fresh:
                called = min(self.fresh, calls_left)
                self.fresh -= called
                calls_left -= called
                answers += self._call(called, self.tries, at, probability)
                continue
            while calls_left > 0.0 and self.waiting and self.waiting[0][0] <= at:
                due_at, tries, count = self.waiting.popleft()
                called = min(count, calls_left)
                if count - called > _CRUMB:
                    self.waiting.appendleft((due_at, tries, count - called))
                calls_left -= called
                answers += self._call(called, tries, at, probability)
        return answers

    def _call(self, count: float, tries: int, at: float, probability: float) -> float:
        answers = count * probability
        again_at = self.retry.again_at(Outcome.NO_ANSWER, tries=tries + 1, ended_at=at)
        if again_at is not None and count - answers > _CRUMB:
            self.waiting.append((again_at, tries + 1, count - answers))
        return answers


def finish_seconds(
    scenario: Scenario,
    *,
    utilisation_ratio: float,
    handling_seconds: float,
    goal: Goal,
    horizon_seconds: float,
) -> float | None:
    """From the start until the goal is reached; None when it is not within the horizon.

    `handling_seconds` is what one answer costs an agent: talk and wrap-up.
    """
    plan = scenario.plan()
    flows = [flow for campaign in plan.campaigns for flow in _flows(campaign)]
    total = sum(flow.left() for flow in flows)
    shifts = Counter(agent.shifts for agent in plan.agents)
    seconds = 0.0
    # Bounded by the horizon: a week is ten thousand steps.
    while seconds < horizon_seconds:
        at = scenario.start_at + seconds
        present = sum(count for each, count in shifts.items() if _is_there(each, at))
        budget = present * utilisation_ratio * STEP_SECONDS / handling_seconds
        for flow in flows:
            if present and flow.is_open(at):
                budget -= flow.call(budget, at, seconds)
        seconds += STEP_SECONDS
        left = sum(flow.fresh if goal is Goal.CALLED else flow.left() for flow in flows)
        if left <= max(0.5, 1e-4 * total):
            return seconds
    return None


def _is_there(shifts: tuple[tuple[float, float], ...], at: float) -> bool:
    return not shifts or any(begins_at <= at < ends_at for begins_at, ends_at in shifts)


def _flows(campaign: CampaignPlan) -> list[_Flow]:
    retry = campaign.retry or SameRest(
        tries_max=campaign.tries_max, rest_seconds=campaign.retry_seconds
    )
    kinds = campaign.groups or (LeadGroup(name="all", leads=campaign.leads),)
    return [
        _Flow(
            fresh=float(kind.leads),
            tries=kind.tries,
            answer=kind.answer or campaign.answer,
            window=kind.opens,
            ready_at=kind.ready_at,
            retry=retry,
            is_fresh_first=campaign.is_fresh_first,
            waiting=deque(),
        )
        for kind in kinds
        if kind.leads
    ]
