"""How long calls take to be set up on each route: a gateway and the country that it calls.

A route has competing-risk hazards of its own, shrunk bin by bin to those of all calls together:

    hazard = (events on the route + k * pooled hazard) / (calls at risk on the route + k)

so that a route nobody has used is the pool, one with thousands of calls is itself, and a bin that
few calls live to see stays near the pool however many calls the route has had.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Self

from dialer.pacing.saved import Reader, Saved, SavedStateError
from dialer.pacing.set_up_times import SetUpCounts, SetUpHazards, at_risk_by_bin

SHRINK_CALLS = 20.0
"""k. The best linear weight of the pool is h (1 - h) ÷ τ², with h the hazard of a bin and τ² its
variance between routes. Answers come at about h = 0.05 a bin, and in a bin routes differ by about
as much as the hazard itself (a second of delay moves all of it): 0.05 · 0.95 ÷ 0.05² is 19."""
ROUTES_MAX = 32
"""More gateways times countries than one team dials at a time; the longest unused is forgotten."""


class RouteTimes:
    """Ended set-ups by route. The route "" is none: such calls are known to the pool alone."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, SetUpCounts] = OrderedDict()

    def end(self, route: str, age_seconds: float, *, is_answered: bool) -> None:
        """A call on this route was answered, or failed, at this age."""
        if route:
            self._of(route).end(age_seconds, is_answered=is_answered)

    def censor(self, route: str, age_seconds: float) -> None:
        """A call on this route was ended by us at this age."""
        if route:
            self._of(route).censor(age_seconds)

    def _of(self, route: str) -> SetUpCounts:
        counts = self._counts.get(route)
        if counts is None:
            if len(self._counts) >= ROUTES_MAX:
                self._counts.popitem(last=False)
            counts = self._counts[route] = SetUpCounts()
        self._counts.move_to_end(route)
        return counts

    def __contains__(self, route: str) -> bool:
        """True while the route has data of its own."""
        return route in self._counts

    @property
    def are_told_apart(self) -> bool:
        """False while there is one route at most: that one is the pool, to the last digit."""
        return len(self._counts) > 1

    def hazards(
        self, route: str, pooled: SetUpHazards, in_flight_ages: Sequence[float]
    ) -> SetUpHazards:
        """Of this route as known now, its calls in flight at risk up to their ages."""
        counts = self._counts.get(route)
        if counts is None:
            return pooled
        answers, failures, censored = counts.ends()
        at_risk = at_risk_by_bin(answers + failures + censored, in_flight_ages) + SHRINK_CALLS
        return SetUpHazards(
            (answers + SHRINK_CALLS * pooled.answer) / at_risk,
            (failures + SHRINK_CALLS * pooled.failure) / at_risk,
        )

    def to_state(self) -> Saved:
        """The counts of each route, the longest unused first."""
        return {route: counts.to_state() for route, counts in self._counts.items()}

    @classmethod
    def from_state(cls, state: Reader) -> Self:
        """As it was; raises SavedStateError."""
        made = cls()
        routes = state.names()
        if len(routes) > ROUTES_MAX:
            raise SavedStateError(f"the saved state has {len(routes)} routes, not {ROUTES_MAX}")
        for route in routes:
            made._of(route).take_state(state.part(route))
        return made
