"""How likely a launched call is to be answered live by a person or machine.

The estimate is answers ÷ Σ F(age) over launched calls, F being the law of the time to answer and
age the time since launch whatever happened after. Its expectation is right at every instant, also
while the dialler ramps up; answered ÷ resolved is not: quick failures resolve before answers do.
"""

import math
from collections import deque
from collections.abc import Callable

MEMORY_CALLS = 200.0
"""Settled calls fade with this mean lifetime: a quarter of an hour for ten agents at 1 in 3."""
PRIOR_WEIGHT = 10.0
PRIOR_PROBABILITY = 0.3
"""On the high side for most lists: the first minutes err towards too few calls."""
PENDING_MAX = 4096
"""Launches still open to an answer; 4,096 in one ring time is 160 calls a second for one team."""


class AnswerProbability:
    """Exponentially forgotten, with a Beta prior of weight 10."""

    def __init__(self) -> None:
        self._answers = 0.0
        self._launches = 0.0
        self._pending: deque[float] = deque()
        self._pending_answers: list[float] = []
        self._open = 0.0

    def launch(self, at: float) -> None:
        """A call was launched."""
        if len(self._pending) >= PENDING_MAX:
            self._settle(self._pending[0])
        self._pending.append(at)

    def answer(self, launched_at: float) -> None:
        """A call launched then was answered."""
        if self._pending and launched_at >= self._pending[0] - 1e-6:
            self._pending_answers.append(launched_at)
        else:
            self._answers += 1.0

    def forget(self, share: float) -> None:
        """Let the settled past count only this share of what it did."""
        self._answers *= share
        self._launches *= share

    def refresh(self, now: float, answered_by: Callable[[float], float], settled: float) -> None:
        """Age the open launches; beyond `settled` seconds they count in full from now on."""
        while self._pending and now - self._pending[0] > settled:
            self._settle(self._pending[0])
        self._open = sum(answered_by(now - at) for at in self._pending)

    def _settle(self, launched_at: float) -> None:
        self._pending.popleft()
        keep = 1.0 - 1.0 / MEMORY_CALLS
        self._answers *= keep
        self._launches = self._launches * keep + 1.0
        rest = [at for at in self._pending_answers if at > launched_at + 1e-6]
        self._answers += len(self._pending_answers) - len(rest)
        self._pending_answers = rest

    @property
    def weight(self) -> float:
        """How many calls the estimate rests on, the prior included."""
        return self._launches + self._open + PRIOR_WEIGHT

    @property
    def mean(self) -> float:
        """The estimate, in 0..1."""
        answers = self._answers + len(self._pending_answers) + PRIOR_WEIGHT * PRIOR_PROBABILITY
        return min(0.999, max(1e-4, answers / self.weight))

    def upper(self, deviations: float) -> float:
        """The estimate plus so many standard deviations, below 1."""
        mean = self.mean
        deviation = math.sqrt(mean * (1.0 - mean) / (self.weight + 1.0))
        return min(0.999, mean + deviations * deviation)
