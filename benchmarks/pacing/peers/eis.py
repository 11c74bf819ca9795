"""EIS International's expected number of free operators (US patent 5,640,445, filed 1995).

Each busy agent weighs as much as the probability to be free within a time window τ, given how long
the call or the wrap-up has lasted; ready agents weigh one. The sum ÷ answer probability, less the
calls outstanding, is launched, at every event, rounded down. τ has nothing to do with the ring
time: it grows by a step while the abandoned share is below its limit and shrinks by a step while it
is above. The patent lets weights depend on that limit without a formula; here it is one factor, the
caution, that divides the sum. Without it a small team cannot come below the limit even with τ = 0:
one ready agent already gets 1 ÷ p calls. Rounded to the nearest and asked by the clock alone, the
same rule is two points worse for five agents.
"""

import math
from collections.abc import Sequence

import numpy as np

from benchmarks.pacing.peers.measured import Measured
from dialer.pacing.view import (
    Decision,
    Limit,
    LiveAnswerSettled,
    Observation,
    PacingView,
    TalkEnded,
    WrapUpEnded,
)

SPELLS_MAX = 2000
"""Durations remembered; older ones make room."""
WINDOW_MIN, WINDOW_MAX = 0.1, 120.0


class Spells:
    """Durations seen, as a table of those that ended."""

    def __init__(self, start: float) -> None:
        # Quantiles of an exponential of the configured mean, until real spells outnumber them.
        self._ended = [start * -np.log(1.0 - (i + 0.5) / 40.0) for i in range(40)]
        self._sorted = np.sort(np.array(self._ended))
        self._new = 0

    def add(self, seconds: float) -> None:
        """A spell ended."""
        self._ended.append(seconds)
        del self._ended[:-SPELLS_MAX]
        self._new += 1
        if self._new >= 20:
            self._sorted = np.sort(np.array(self._ended))
            self._new = 0

    def ended_within(self, elapsed: Sequence[float], window: float) -> float:
        """Sum over running spells of P(ends within `window` | has lasted `elapsed`)."""
        if not elapsed:
            return 0.0
        now = np.array(elapsed)
        longer = len(self._sorted) - np.searchsorted(self._sorted, now, side="right")
        still = len(self._sorted) - np.searchsorted(self._sorted, now + window, side="right")
        # A spell that has outlasted all that were seen tells nothing: it counts as a half.
        shares = np.where(longer > 0, 1.0 - still / np.maximum(1, longer), 0.5)
        return float(shares.sum())


class ExpectedFree:
    """The window τ and what it sees."""

    def __init__(
        self,
        *,
        caution: float = 1.0,
        window_seconds: float = 2.0,
        step_ratio: float = 0.0,
        limit_ratio: float = 0.03,
    ) -> None:
        """τ starts at `window_seconds` and moves by `step_ratio` of itself at each live answer."""
        self._caution = caution
        self._measured = Measured()
        self._talks = Spells(90.0)
        self._wrap_ups = Spells(20.0)
        self._step_ratio = step_ratio
        self._limit_ratio = limit_ratio
        self._window = window_seconds

    def decide(self, view: PacingView) -> Decision:
        """Expected free agents ÷ answer probability, less the calls outstanding."""
        in_flight = len(view.in_flight_ages)
        free = float(view.ready - view.waiting)
        free += self._wrap_ups.ended_within(view.wrap_up_seconds, self._window)
        # A talk must be followed by a wrap-up; its mean is what the window loses to it.
        after_talk = self._window - self._measured.wrap_up_seconds.value
        if after_talk > 0.0:
            free += self._talks.ended_within(view.talking_seconds, after_talk)
        ratio = self._measured.answer_ratio(view.now, in_flight=in_flight, start=0.5)
        count = max(0, math.floor(free / (ratio * self._caution)) - in_flight)
        return Decision(count=min(view.room, count), bound_by=Limit.RATIO)

    def observe(self, observation: Observation) -> None:
        """Measure, and move the window after every live answer."""
        self._measured.observe(observation)
        match observation:
            case TalkEnded(seconds=seconds):
                self._talks.add(seconds)
            case WrapUpEnded(seconds=seconds):
                self._wrap_ups.add(seconds)
            case LiveAnswerSettled():
                self._move()
            case _:
                pass

    def _move(self) -> None:
        over = self._measured.abandoned - self._limit_ratio * self._measured.live
        factor = 1.0 - self._step_ratio if over > 0.0 else 1.0 + self._step_ratio
        self._window = min(WINDOW_MAX, max(WINDOW_MIN, self._window * factor))
