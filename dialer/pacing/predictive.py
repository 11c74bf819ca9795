"""Predictive: launch one more call iff one more answer would rarely enough find nobody.

B, the chance that it does, is the marginal abandonment of a further answer. Equal B in every state
is the first-order condition of "most talk under a share of abandoned calls", and θ is its price.
The price follows what happens (price.py); the ledgers are a wall in front of it (wall.py).
"""

from dialer.pacing.estimates import Estimates
from dialer.pacing.outlook import Outlook
from dialer.pacing.price import Price
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import Decision, Limit, LiveAnswerSettled, Observation, PacingView
from dialer.pacing.wall import LedgerWall

COLD_START_CALLS = 20
"""Calls that must have been answered or have failed before the estimates are trusted."""


class PredictivePacer:
    """The rule, its price and its wall for one team."""

    def __init__(self, settings: PacingSettings) -> None:
        self._price = Price(target_ratio=settings.target_ratio)
        self._wall = LedgerWall(settings.wall)
        self._estimates = Estimates(ring_seconds=settings.ring_seconds)

    def decide(self, view: PacingView) -> Decision:
        """Calls for the ready agents, then one more at a time while B is at most the price."""
        in_flight = len(view.in_flight_ages)
        covered = max(0, view.ready - in_flight - view.waiting)
        if view.agents == 0:
            return self._explain(view, 0, Limit.NO_AGENTS)
        if view.room <= covered:
            return self._explain(view, view.room, view.room_limit)
        self._estimates.refresh(view)
        if self._estimates.resolved < COLD_START_CALLS:
            return self._explain(view, covered, Limit.COLD_START)
        if self._estimates.is_alarmed(view.now):
            return self._explain(view, covered, Limit.SHOCK)
        return self._beyond_ready(view, covered)

    def _beyond_ready(self, view: PacingView, covered: int) -> Decision:
        outlook = Outlook(view, self._estimates)
        outlook.launch(covered)
        price = self._price.value
        blocking = outlook.blocking()
        if blocking > price:
            return self._explain(view, covered, Limit.PRICE, outlook, blocking)
        allowance = self._wall.allowance(view, self._estimates)
        uncovered = len(view.in_flight_ages) + view.waiting - view.ready + covered
        for count in range(covered, view.room):
            outlook.launch()
            uncovered += 1
            if not allowance.permits(outlook, uncovered=uncovered):
                return self._explain(view, count, Limit.WALL, outlook, blocking)
            blocking = outlook.blocking()
            if blocking > price:
                return self._explain(view, count + 1, Limit.PRICE, outlook, blocking)
        return self._explain(view, view.room, view.room_limit, outlook, blocking)

    def _explain(
        self,
        view: PacingView,
        count: int,
        bound_by: Limit,
        outlook: Outlook | None = None,
        blocking: float | None = None,
    ) -> Decision:
        return Decision(
            count=count,
            bound_by=bound_by,
            ready=view.ready,
            waiting=view.waiting,
            in_flight=len(view.in_flight_ages),
            expected_answers=outlook.expected_answers if outlook else None,
            expected_free=outlook.expected_free if outlook else None,
            blocking=blocking,
            price=self._price.value,
            answer_probability=self._estimates.answer_probability(view.now),
        )

    def observe(self, observation: Observation) -> None:
        """Learn; every live answer that settles also moves the price."""
        self._estimates.observe(observation)
        if isinstance(observation, LiveAnswerSettled):
            self._price.settle(is_abandoned=observation.is_abandoned)
            self._wall.settle(observation)
