"""The next ring time as one distribution: answers to come against agents to come free.

With X answers among the calls in flight and Y busy agents free in time, one more answer finds
nobody when X + waiting >= ready + Y. Counting the agents who stay busy instead of those who come
free makes it one Poisson-binomial tail: X + (busy - Y) >= agents - waiting.
"""

from dialer.pacing.estimates import Estimates
from dialer.pacing.poisson_binomial import Tails
from dialer.pacing.view import PacingView


class Outlook:
    """One view seen through the estimates, with launches added one by one."""

    def __init__(self, view: PacingView, estimates: Estimates) -> None:
        self._trials = estimates.trials(view)
        self._in_flight = len(view.in_flight_ages)
        self._launched = 0
        self._fresh = estimates.fresh
        self._capacity = view.agents - view.waiting
        self._tails = Tails(self._trials)

    def launch(self, count: int = 1) -> None:
        """Add fresh calls to the ringing set."""
        for _ in range(count):
            self._tails.add(self._fresh)
        self._launched += count

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
    def expected_answers(self) -> float:
        """Of the calls in flight, by the last check."""
        ringing = self._trials[: self._in_flight, -1].sum()
        return float(ringing + self._launched * self._fresh[-1])

    @property
    def expected_free(self) -> float:
        """Of the busy agents, by the last check and the tolerance."""
        busy = self._trials[self._in_flight :, -1]
        return float(len(busy) - busy.sum())
