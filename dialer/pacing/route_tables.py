"""The trial tables of decisions: one for each route that a fresh call may take, made when needed.

B asks after the times to answer of a *fresh* call, and those belong to its route; so every chance,
also that of a busy agent, is tabulated at the checks of that route. A call in flight is read from
the law of its own route at the same checks. Where routes are not told apart there is one table,
that of the pool.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dialer.pacing.durations import Hazard
from dialer.pacing.routes import RouteTimes
from dialer.pacing.set_up_times import SetUpHazards, SetUpLaw
from dialer.pacing.trial_table import TrialTable
from dialer.pacing.view import PacingView

Floats = NDArray[np.float64]

POOL = ""
"""The route of a call whose own is not known."""
STEADY = 0.005
"""Of several tables, one stays while the answer probability moves by no more than this share: a
fifth of the standard deviation that it has after three thousand calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """What the rows of busy agents follow from."""

    talk: Hazard
    wrap_up: Hazard
    tolerance_seconds: float
    wrap_up_seconds_max: float


class RouteTable:
    """Trials at the checks of one route's fresh call."""

    def __init__(self, fresh_law: SetUpLaw) -> None:
        self.fresh_law = fresh_law
        self.rows = TrialTable()
        self.laws: dict[str, SetUpLaw] = {}
        self.probability: float | None = None
        """What the ringing rows were made with; None: not yet."""
        self.busy: Busy | None = None


class RouteTables:
    """The tables that the estimates of this moment make. At most one for each route and the pool.

    Call the `set_` methods when something has changed, then `open` for the view to be decided on.
    """

    def __init__(self, pool: SetUpLaw) -> None:
        self._laws: dict[str, SetUpLaw] = {POOL: pool}
        self._ages: dict[str, list[float]] = {}
        self._tables: dict[str, RouteTable] = {}
        self._routes = RouteTimes()
        self._pooled: SetUpHazards | None = None
        self._probability = 0.0
        self._busy: Busy | None = None
        self._in_flight: Sequence[str] = ()
        """Routes of the calls in flight; empty while all have the fresh call's law."""
        self._first_rows: dict[str, int] = {}
        self._open = RouteTable(pool)

    def set_laws(
        self, pool: SetUpLaw, pooled: SetUpHazards, routes: RouteTimes, view: PacingView
    ) -> None:
        """Set-ups have ended: all laws are made anew, each when it is first needed."""
        self._laws = {POOL: pool}
        self._pooled, self._routes = pooled, routes
        self._tables.clear()
        self._ages = {}
        if routes.are_told_apart:
            for age, route in zip(view.in_flight_ages, view.in_flight_routes, strict=False):
                self._ages.setdefault(route, []).append(age)

    def set_probability(self, probability: float) -> None:
        """The answer probability of calls whose own is not known."""
        self._probability = probability
        steady = STEADY * probability if self._routes.are_told_apart else -1.0
        for table in self._tables.values():
            if table.probability is not None and abs(table.probability - probability) > steady:
                table.probability = None

    def set_busy(self, busy: Busy) -> None:
        """Spells have ended, or the rules for them have changed."""
        self._busy = busy

    def open(self, view: PacingView) -> None:
        """Make what this view needs and is not made yet."""
        fresh = self._known(view.fresh_route)
        table = self._tables.get(fresh)
        if table is None:
            table = self._tables[fresh] = RouteTable(self._law(fresh))
        self._open = table
        if table.probability is None:
            table.probability = self._probability
            table.rows.set_ringing(table.fresh_law, self._probability, fresh)
        if table.busy is not self._busy and self._busy is not None:
            table.busy = busy = self._busy
            table.rows.set_busy(
                table.fresh_law.checks,
                busy.talk,
                busy.wrap_up,
                tolerance_seconds=busy.tolerance_seconds,
                wrap_up_seconds_max=busy.wrap_up_seconds_max,
            )
        self._in_flight = ()
        if self._routes.are_told_apart:
            self._place_calls(table, view)

    def _place_calls(self, table: RouteTable, view: PacingView) -> None:
        """Read each call in flight from its own route."""
        routes = view.in_flight_routes or (POOL,) * len(view.in_flight_ages)
        known = {route: self._known(route) for route in set(routes)}
        first_rows, probability = table.rows.first_rows, table.probability
        assert probability is not None, view
        for route in sorted(set(known.values()) - first_rows.keys()):
            table.rows.add_ringing(self._seen(table, route), probability, route)
        if routes and set(known.values()) != {self._known(view.fresh_route)}:
            self._in_flight = routes
            self._first_rows = {route: first_rows[known[route]] for route in known}

    def _known(self, route: str) -> str:
        return route if self._routes.are_told_apart and route in self._routes else POOL

    def _law(self, route: str) -> SetUpLaw:
        law = self._laws.get(route)
        if law is None:
            assert self._pooled is not None, route
            ages = self._ages.get(route, ())
            law = self._laws[route] = self._routes.hazards(route, self._pooled, ages).law()
        return law

    def _seen(self, table: RouteTable, route: str) -> SetUpLaw:
        """The law of a call in flight at this table's checks."""
        law = table.laws.get(route)
        if law is None:
            own = self._law(route)
            law = own if own is table.fresh_law else own.at_checks(table.fresh_law.checks)
            table.laws[route] = law
        return law

    @property
    def fresh_law(self) -> SetUpLaw:
        """Of a call launched now."""
        return self._open.fresh_law

    @property
    def fresh(self) -> Floats:
        """P(answered within each check) of a call launched now."""
        return self._open.rows.fresh

    def law_in_flight(self, place: int) -> SetUpLaw:
        """Of the call at this place of the view, at the checks of a fresh one."""
        if not self._in_flight:
            return self._open.fresh_law
        return self._seen(self._open, self._known(self._in_flight[place]))

    def trials(self, view: PacingView) -> Floats:
        """The rows of the calls in flight and of the busy agents, shape (trials, checks)."""
        first = self._first_rows
        return self._open.rows.trials(
            view.in_flight_ages,
            view.talking_seconds,
            view.wrap_up_seconds,
            [first[route] for route in self._in_flight],
        )
