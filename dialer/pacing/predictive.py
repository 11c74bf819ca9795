"""Predictive: launch one more call iff one more answer would rarely enough find nobody.

B, the chance that it does, is the marginal abandonment of a further answer. Equal B in every state
is the first-order condition of "most talk under a share of abandoned calls", and θ is its price.
The price follows what happens (price.py) and how much of the windows' budget is left (budget.py);
the ledgers are a wall in front of it (wall.py).
"""

from dataclasses import replace

from dialer.pacing.budget import spending
from dialer.pacing.cancelling import legal_seconds, to_cancel, without
from dialer.pacing.memory import Memory
from dialer.pacing.outlook import Outlook
from dialer.pacing.price import PRICE_MAX
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import Decision, Limit, Observation, PacingView

COLD_START_CALLS = 20
"""Calls that must have been answered or have failed before the estimates are trusted."""


UNLIKELY_LEAD_PRICE = 1.6
"""Up to this many times the price, a lead far less likely to answer than the others still fits:
most of what it adds is a chance for the agents who come free, at a fraction of the surprise."""
UNLIKELY_LEAD_SHARE = 0.6
"""... far less likely: at most this share of the probability that decisions are made on."""


class PredictivePacer:
    """The rule, its price and its wall for one team."""

    def __init__(self, settings: PacingSettings) -> None:
        self._target_ratio = settings.target_ratio
        self._cancel_after_seconds = settings.cancel_after_seconds
        self._memory = Memory(settings)

    def decide(self, view: PacingView) -> Decision:
        """Calls for the ready agents, then one more at a time while B is at most the price.

        Where cancelling is allowed, calls that would find nobody are ended first.
        """
        rung_least = legal_seconds(view, self._cancel_after_seconds)
        if rung_least is None or view.ready > 0 or view.agents == 0:
            return self._launches(view)
        estimates = self._memory.estimates
        estimates.refresh(view)
        if estimates.resolved < COLD_START_CALLS:
            return self._launches(view)
        places = to_cancel(view, estimates, price=self._price(view), rung_least=rung_least)
        return replace(self._launches(without(view, places)), cancel=places)

    def _launches(self, view: PacingView) -> Decision:
        in_flight = len(view.in_flight_ages)
        covered = max(0, view.ready - in_flight - view.waiting)
        if view.agents == 0:
            return self._explain(view, 0, Limit.NO_AGENTS)
        if view.room <= covered:
            return self._explain(view, view.room, view.room_limit)
        estimates = self._memory.estimates
        estimates.refresh(view)
        if estimates.resolved < COLD_START_CALLS:
            return self._explain(view, covered, Limit.COLD_START)
        if estimates.is_alarmed(view.now):
            return self._explain(view, covered, Limit.SHOCK)
        return self._beyond_ready(view, covered)

    def _price(self, view: PacingView) -> float:
        spend = spending(view, self._memory.estimates, target_ratio=self._target_ratio)
        self._memory.aim_ratio = spend.aim_ratio
        return min(PRICE_MAX, self._memory.price.value * spend.price_factor)

    def _beyond_ready(self, view: PacingView, covered: int) -> Decision:
        outlook = Outlook(view, self._memory.estimates)
        outlook.launch(covered)
        price = self._price(view)
        blocking = outlook.blocking()
        uncovered = len(view.in_flight_ages) + view.waiting - view.ready + covered
        unlikely = self._unlikely_lead(view)
        if blocking > price and (unlikely is None or blocking > UNLIKELY_LEAD_PRICE * price):
            return self._explain(view, covered, Limit.PRICE, outlook, blocking, price)
        allowance = self._memory.wall.allowance(view, self._memory.estimates)
        if blocking > price and unlikely is not None:
            outlook.launch_known(unlikely)
            if not allowance.permits(outlook, uncovered=uncovered + 1):
                return self._explain(view, covered, Limit.WALL, outlook, blocking, price)
            last = self._explain(view, covered + 1, Limit.PRICE, outlook, blocking, price)
            return replace(last, probability_max=unlikely)
        for count in range(covered, view.room):
            outlook.launch()
            uncovered += 1
            if not allowance.permits(outlook, uncovered=uncovered):
                return self._explain(view, count, Limit.WALL, outlook, blocking, price)
            blocking = outlook.blocking()
            if blocking > price:
                return self._explain(view, count + 1, Limit.PRICE, outlook, blocking, price)
        return self._explain(view, view.room, view.room_limit, outlook, blocking, price)

    def _unlikely_lead(self, view: PacingView) -> float | None:
        """The least likely lead next in line, where it is far less likely than the others."""
        if not view.hopper_probabilities:
            return None
        least = view.hopper_probabilities[-1]
        usual = self._memory.estimates.answer_probability(view.now)
        return least if least <= UNLIKELY_LEAD_SHARE * usual else None

    def _explain(
        self,
        view: PacingView,
        count: int,
        bound_by: Limit,
        outlook: Outlook | None = None,
        blocking: float | None = None,
        price: float | None = None,
    ) -> Decision:
        answers_by = outlook.answers_by if outlook else ()
        free_by = outlook.free_by if outlook else ()
        return Decision(
            count=count,
            bound_by=bound_by,
            ready=view.ready,
            waiting=view.waiting,
            in_flight=len(view.in_flight_ages),
            expected_answers=answers_by[-1] if answers_by else None,
            expected_free=free_by[-1] if free_by else None,
            checks_seconds=outlook.checks_seconds if outlook else (),
            answers_by=answers_by,
            free_by=free_by,
            blocking=blocking,
            price=self._memory.price.value if price is None else price,
            answer_probability=self._memory.estimates.answer_probability(view.now),
        )

    def observe(self, observation: Observation) -> None:
        """Learn; every live answer that settles also moves the price."""
        self._memory.observe(observation)

    def save(self) -> str:
        """All it has learnt."""
        return self._memory.save()

    def restore(self, state: str) -> str | None:
        """Go on from what any pacer saved; why not, otherwise."""
        return self._memory.restore(state)
