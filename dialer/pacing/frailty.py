"""Which agents take longer than others, and which are quicker.

Gamma frailty (Vaupel, Manton and Stallard 1979, Demography 16): an agent's hazard is the common one
times z, and after so many ended spells the mean of z is

    z = (a + events) / (a + cumulative hazard of these spells under the common law)

An agent whose spells are as long as everybody's gathers hazard as fast as events and stays at 1.
Spells that still run are left out: the common hazard is that of those who are left, slow agents
above all, and counting their patience once more would take it for slowness twice.
"""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dialer.pacing.durations import Hazard
from dialer.pacing.saved import Reader, Saved, SavedStateError

Floats = NDArray[np.float64]

PRIOR_EVENTS = 10.0
"""a. The variance of z between agents is 1 ÷ a: a third up or down is common, twice is rare."""
MEMORY_SPELLS = 60.0
"""An agent's spells fade with this mean lifetime: a shift or two, so that practice shows."""
COMMON_MEMORY_SPELLS = 300.0
"""What is wrong with the common law is forgotten as fast as that law learns (durations.py)."""
AGENTS_MAX = 2048
"""More than the largest team; the agent who has been away for longest is forgotten."""
AWAY_SECONDS = 14 * 86_400.0
"""Whoever has ended no spell for two weeks begins anew."""


class Frailty:
    """Of all agents of a team, for one kind of spell."""

    def __init__(self) -> None:
        self._agents: OrderedDict[int, tuple[float, float, float]] = OrderedDict()
        """Events, cumulative hazard and when last seen; the longest unseen first."""
        self._events = self._exposure = PRIOR_EVENTS
        self._factors: dict[int, float] = {}

    def end(self, agent_id: int | None, seconds: float, law: Hazard, at: float) -> None:
        """An agent's spell ended after `seconds`; `law` is the common one."""
        if agent_id is None:
            return
        # The law may be wrong for all of them, above all at first; that is not this agent's doing.
        hazard = law.cumulative_at(seconds)
        own = hazard * self._events / self._exposure
        keep = 1.0 - 1.0 / COMMON_MEMORY_SPELLS
        self._events = self._events * keep + 1.0
        self._exposure = max(self._exposure * keep + hazard, 1e-9)
        events, exposure, _ = self._agents.get(agent_id, (0.0, 0.0, at))
        keep = 1.0 - 1.0 / MEMORY_SPELLS
        events, exposure = events * keep + 1.0, exposure * keep + own
        self._agents[agent_id] = (events, exposure, at)
        self._agents.move_to_end(agent_id)
        self._factors[agent_id] = _factor(events, exposure)
        self._forget(at)

    def _forget(self, at: float) -> None:
        # Bounded by the agents: every turn takes one out.
        while self._agents:
            agent_id, (_, _, seen_at) = next(iter(self._agents.items()))
            if len(self._agents) <= AGENTS_MAX and at - seen_at <= AWAY_SECONDS:
                return
            del self._agents[agent_id], self._factors[agent_id]

    def of(self, agent_ids: Sequence[int]) -> list[float]:
        """z of each: above 1 for who is quicker than the others, 1 for who is not known."""
        factors = self._factors
        return [factors.get(agent_id, 1.0) for agent_id in agent_ids]

    def to_state(self) -> Saved:
        """What is known of each agent, as rows of id, events, hazard and when last seen."""
        rows = [(agent_id, *known) for agent_id, known in self._agents.items()]
        return {
            "events": self._events,
            "exposure": self._exposure,
            "agents": [value for row in rows for value in row],
        }

    def take_state(self, state: Reader) -> None:
        """Go on from what `to_state` gave; raises SavedStateError."""
        values = state.numbers("agents", most=4 * AGENTS_MAX)
        if len(values) % 4:
            raise SavedStateError("the saved agents are not made of rows of four")
        self._events, self._exposure = state.number("events"), state.number("exposure")
        rows = [values[i : i + 4] for i in range(0, len(values), 4)]
        if min([self._events, self._exposure, *(x for row in rows for x in row[1:3])]) < 0.0:
            raise SavedStateError("the saved agents have negative counts")
        self._exposure = max(self._exposure, 1e-9)
        self._agents = OrderedDict((int(row[0]), (row[1], row[2], row[3])) for row in rows)
        self._factors = {i: _factor(events, e) for i, (events, e, _) in self._agents.items()}


def _factor(events: float, exposure: float) -> float:
    return (PRIOR_EVENTS + events) / (PRIOR_EVENTS + exposure)


def make_frail(busy: Floats, factors: Sequence[float]) -> None:
    """Change `busy`, P(still busy) by (agents, checks), to hazards of so many times as much.

    A survival to the power of z: exact for a wrap-up. For a talk with a wrap-up behind it, it is
    exact to the first order in the hazard, which within one ring time is small.
    """
    # By exponential and logarithm, which are several times as fast as a power.
    np.maximum(busy, 1e-300, out=busy)
    np.log(busy, out=busy)
    busy *= np.array(factors)[:, None]
    np.exp(busy, out=busy)
