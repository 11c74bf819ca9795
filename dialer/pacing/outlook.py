"""The next ring time as one distribution: answers to come against agents to come free.

With X answers among the calls in flight and Y busy agents free in time, one more answer finds
nobody when X + waiting >= ready + Y. Counting the agents who stay busy instead of those who come
free makes it one Poisson-binomial tail: X + (busy - Y) >= agents - waiting.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dialer.pacing.poisson_binomial import Tails
from dialer.pacing.set_up_times import SetUpLaw
from dialer.pacing.view import PacingView

Floats = NDArray[np.float64]


class Laws(Protocol):
    """What is believed of calls and agents: `Estimates`, or in a benchmark the truth."""

    @property
    def fresh_law(self) -> SetUpLaw:
        """The law of set-up of a call launched now."""
        ...

    @property
    def fresh(self) -> Floats:
        """P(answered within each check) of a call launched now."""
        ...

    def trials(self, view: PacingView) -> Floats:
        """Ringing calls answered, then busy agents still busy, by each check: (trials, checks)."""
        ...


class Outlook:
    """One view seen through the estimates, with launches added one by one."""

    def __init__(self, view: PacingView, estimates: Laws) -> None:
        self._trials = estimates.trials(view)
        self._in_flight = len(view.in_flight_ages)
        self._launched = 0
        self._launched_answers = np.zeros_like(estimates.fresh)
        self._law = estimates.fresh_law
        self._fresh = estimates.fresh
        self._capacity = view.agents - view.waiting
        self._tails = Tails(self._trials)

    def launch(self, count: int = 1) -> None:
        """Add fresh calls to the ringing set."""
        for _ in range(count):
            self._tails.add(self._fresh)
        self._launched += count
        self._launched_answers += count * self._fresh

    def launch_known(self, probability: float) -> None:
        """Add one fresh call whose own answer probability is known."""
        trial = self._law.answers_ahead_at(0, probability)
        self._tails.add(trial)
        self._launched += 1
        self._launched_answers += trial

    def blocking(self) -> float:
        """B: the chance that one more answer, at a typical time to answer, finds nobody."""
        tails = self._tails.at_least(self._capacity)
        return sum(tails) / len(tails)

    def more_abandoned_than(self, count: int) -> float:
        """P(more than `count` of the calls in flight and waiting are abandoned).

        The calls lost by a moment are the largest excess of answers over agents up to it; this is
        the largest tail over the checks, after which more agents come free than calls are left.
        """
        return max(self._tails.at_least(self._capacity + count + 1))

    @property
    def checks_seconds(self) -> tuple[float, ...]:
        """The u at which answers and free agents are held against each other."""
        return tuple(self._law.checks.tolist())

    @property
    def answers_by(self) -> tuple[float, ...]:
        """Expected answers of the calls in flight, by each check."""
        ringing = self._trials[: self._in_flight].sum(axis=0) + self._launched_answers
        return tuple(ringing.tolist())

    @property
    def free_by(self) -> tuple[float, ...]:
        """Busy agents expected to be free, by each check and the tolerance."""
        busy = self._trials[self._in_flight :]
        return tuple((len(busy) - busy.sum(axis=0)).tolist())
