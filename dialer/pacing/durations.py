"""How long agents talk and wrap up, learnt from ended and still running spells.

Piecewise constant hazards in bins that grow geometrically: events ÷ time at risk, the maximum
likelihood form of Kaplan and Meier (1958) for grouped times, in which a running spell is time at
risk without an event. Each bin is shrunk towards one common hazard: an empty bin is exponential.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dialer.pacing.saved import Reader, Saved

Floats = NDArray[np.float64]

MEMORY_SPELLS = 300.0
"""Ended spells fade with this mean lifetime: half an hour for twenty agents."""
BINS = 28
SHRINK_EVENTS = 1.0
"""Weight of the common hazard in each bin, in events."""
PRIOR_EVENTS = 4.0
"""Weight of the prior mean against what was measured."""
WEIGHT_MAX = 1e6
"""New spells weigh more instead of old ones less; beyond this all weights are scaled back."""


class Hazard:
    """A law of durations: cumulative hazard, linear between `edges`, going on at the last rate."""

    def __init__(self, edges: Floats, cumulative: Floats, mean: float) -> None:
        self.edges = edges
        self.mean = mean
        # One far point lets interpolation go on at the last bin's rate instead of stopping dead.
        rate = (cumulative[-1] - cumulative[-2]) / (edges[-1] - edges[-2])
        self._edges = np.append(edges, edges[-1] + 1e6)
        self._cumulative = np.append(cumulative, cumulative[-1] + 1e6 * rate)

    def cumulative(self, seconds: Floats) -> Floats:
        """Cumulative hazard at these durations, of any shape."""
        cumulative: Floats = np.interp(seconds, self._edges, self._cumulative)
        return cumulative

    def cumulative_at(self, seconds: float) -> float:
        """Cumulative hazard at one duration."""
        return float(np.interp(seconds, self._edges, self._cumulative))

    def ended_within(self, elapsed: Floats, ahead: Floats) -> Floats:
        """P(ends within `ahead` | has lasted `elapsed`), the two broadcast together."""
        now, then = np.broadcast_arrays(elapsed, elapsed + ahead)
        ended: Floats = -np.expm1(self.cumulative(now) - self.cumulative(then))
        return ended


class Durations:
    """Spells of one kind."""

    def __init__(self, *, prior_mean: float, first_width: float, growth: float) -> None:
        widths = first_width * growth ** np.arange(BINS)
        self._widths = widths
        self._edges = np.concatenate(([0.0], np.cumsum(widths)))
        self._prior_mean = prior_mean
        self._events = np.zeros(BINS)
        self._part = np.zeros(BINS)
        self._weight = 1.0

    def end(self, seconds: float) -> None:
        """A spell ended after `seconds`."""
        self._weight /= 1.0 - 1.0 / MEMORY_SPELLS
        if self._weight > WEIGHT_MAX:
            self._events /= self._weight
            self._part /= self._weight
            self._weight = 1.0
        index = self._bin(seconds)
        self._events[index] += self._weight
        self._part[index] += self._weight * self._beyond(seconds, index)

    def _bin(self, seconds: float) -> int:
        return min(BINS - 1, max(0, int(np.searchsorted(self._edges, seconds, side="right")) - 1))

    def _beyond(self, seconds: float, index: int) -> float:
        return float(min(self._widths[index], max(0.0, seconds - self._edges[index])))

    def hazard(self, running: Sequence[float]) -> Hazard:
        """The law as known now, `running` being the elapsed seconds of spells that go on."""
        events = self._events / self._weight
        part = self._part / self._weight
        exits = events.copy()
        for seconds in running:
            index = self._bin(seconds)
            exits[index] += 1.0
            part[index] += self._beyond(seconds, index)
        passed = exits[::-1].cumsum()[::-1] - exits
        at_risk = passed * self._widths + part
        common = (events.sum() + PRIOR_EVENTS) / (at_risk.sum() + PRIOR_EVENTS * self._prior_mean)
        # Neighbours lend each other half their weight: bins are narrower than the data are dense.
        rate = (_blur(events) + SHRINK_EVENTS) / (_blur(at_risk) + SHRINK_EVENTS / common)
        cumulative = np.concatenate(([0.0], np.cumsum(rate * self._widths)))
        return Hazard(self._edges, cumulative, 1.0 / float(common))

    def to_state(self) -> Saved:
        """The ended spells by bin."""
        return {
            "events": self._events.tolist(),
            "part": self._part.tolist(),
            "weight": self._weight,
        }

    def take_state(self, state: Reader) -> None:
        """Go on from what `to_state` gave; raises SavedStateError."""
        events = np.array(state.numbers("events", count=BINS))
        part = np.array(state.numbers("part", count=BINS))
        self._weight = state.number("weight")
        self._events, self._part = events, part


def _blur(values: Floats) -> Floats:
    """A quarter from each neighbour, half of one's own; sums are kept but for the ends' share."""
    padded = np.concatenate((values[:1], values, values[-1:]))
    return 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
