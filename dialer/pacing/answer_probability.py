"""How likely a launched call is to be answered live by a person or machine.

The estimate is answers ÷ Σ F(age) over launched calls, F being the law of the time to answer and
age the time since launch whatever happened after. Its expectation is right at every instant, also
while the dialler ramps up; answered ÷ resolved is not: quick failures resolve before answers do.

How fast to forget depends on how fast the truth moves, which nobody knows beforehand. So several
memories run side by side, and each is believed as far as it has foretold the calls so far: weights
in proportion to likelihood, with a little shared out again after each call, so that another memory
may become the best one (fixed share: Herbster and Warmuth 1998, Machine Learning 32, sec. 4).
"""

import math
from collections import deque
from collections.abc import Callable
from typing import Self

from dialer.pacing.saved import Reader, Saved

MEMORIES_CALLS = (60.0, 200.0, 800.0, 3200.0)
"""Mean lifetimes of a settled call: from two minutes to some hours of ten agents at 1 in 3."""
SHARED = 1.0 / 2000.0
"""Of the weights, shared out evenly after each call: a change costs eight nats to be believed."""
PRIOR_WEIGHT = 10.0
PRIOR_PROBABILITY = 0.3
"""On the high side for most lists: the first minutes err towards too few calls."""
PENDING_MAX = 4096
"""Launches still open to an answer; 4,096 in one ring time is 160 calls a second for one team."""


class AnswerProbability:
    """Exponentially forgotten at several rates, each with a Beta prior of weight 10."""

    def __init__(self) -> None:
        count = len(MEMORIES_CALLS)
        self._answers = [0.0] * count
        self._launches = [0.0] * count
        self._trust = [1.0 / count] * count
        self._pending: deque[float] = deque()
        self._pending_answers: list[float] = []
        self._open = 0.0
        self._known: tuple[float, float] | None = None
        """Mean and standard deviation; None when something has happened since they were asked for:
        a decision asks several times."""

    def launch(self, at: float) -> None:
        """A call was launched."""
        if len(self._pending) >= PENDING_MAX:
            self._settle(self._pending[0])
        self._pending.append(at)

    def answer(self, launched_at: float) -> None:
        """A call launched then was answered."""
        self._known = None
        if self._pending and launched_at >= self._pending[0] - 1e-6:
            self._pending_answers.append(launched_at)
        else:
            self._answers = [answers + 1.0 for answers in self._answers]

    def cancel(self, launched_at: float, answered_by_then: float) -> None:
        """A call launched then was ended by us: it counts for the share of F it lived through."""
        if not self._pending:
            return
        self._known = None
        nearest = min(self._pending, key=lambda at: abs(at - launched_at))
        if abs(nearest - launched_at) < 1e-6:
            self._pending.remove(nearest)
            self._launches = [launches + answered_by_then for launches in self._launches]

    def forget(self, share: float) -> None:
        """Let the settled past count only this share of what it did."""
        self._known = None
        self._answers = [answers * share for answers in self._answers]
        self._launches = [launches * share for launches in self._launches]

    def refresh(self, now: float, answered_by: Callable[[float], float], settled: float) -> None:
        """Age the open launches; beyond `settled` seconds they count in full from now on."""
        while self._pending and now - self._pending[0] > settled:
            self._settle(self._pending[0])
        self._open = sum(answered_by(now - at) for at in self._pending)
        self._known = None

    def _settle(self, launched_at: float) -> None:
        self._known = None
        self._pending.popleft()
        answered = 0
        if self._pending_answers:
            rest = [at for at in self._pending_answers if at > launched_at + 1e-6]
            answered = len(self._pending_answers) - len(rest)
            self._pending_answers = rest
        self._weigh(is_answered=answered > 0)
        for index, memory in enumerate(MEMORIES_CALLS):
            keep = 1.0 - 1.0 / memory
            self._answers[index] = self._answers[index] * keep + answered
            self._launches[index] = self._launches[index] * keep + 1.0

    def _weigh(self, *, is_answered: bool) -> None:
        prior = PRIOR_WEIGHT * PRIOR_PROBABILITY
        likelihoods = []
        for answers, launches in zip(self._answers, self._launches, strict=True):
            mean = min(0.999, (answers + prior) / (launches + PRIOR_WEIGHT))
            likelihoods.append(mean if is_answered else 1.0 - mean)
        weights = [t * x for t, x in zip(self._trust, likelihoods, strict=True)]
        total = sum(weights)
        even = SHARED / len(weights)
        self._trust = [(1.0 - SHARED) * weight / total + even for weight in weights]

    def _means(self) -> list[float]:
        so_far = len(self._pending_answers) + PRIOR_WEIGHT * PRIOR_PROBABILITY
        weight = self._open + PRIOR_WEIGHT
        return [
            min(0.999, max(1e-4, (answers + so_far) / (launches + weight)))
            for answers, launches in zip(self._answers, self._launches, strict=True)
        ]

    @property
    def weight(self) -> float:
        """How many calls the estimate rests on, the prior included."""
        launches = sum(t * x for t, x in zip(self._trust, self._launches, strict=True))
        return launches + self._open + PRIOR_WEIGHT

    @property
    def mean(self) -> float:
        """The estimate, in 0..1."""
        return self._moments()[0]

    def upper(self, deviations: float) -> float:
        """The estimate plus so many standard deviations, below 1.

        The variance is that of each memory and that between them: while they disagree, nobody
        knows which is right.
        """
        mean, deviation = self._moments()
        return min(0.999, mean + deviations * deviation)

    def _moments(self) -> tuple[float, float]:
        if self._known is None:
            means = self._means()
            mean = sum(t * x for t, x in zip(self._trust, means, strict=True))
            extra = self._open + PRIOR_WEIGHT + 1.0
            variance = sum(
                t * (x * (1.0 - x) / (launches + extra) + (x - mean) ** 2)
                for t, x, launches in zip(self._trust, means, self._launches, strict=True)
            )
            self._known = mean, math.sqrt(variance)
        return self._known

    def to_state(self) -> Saved:
        """What is known of settled and open calls."""
        return {
            "answers": list(self._answers),
            "launches": list(self._launches),
            "trust": list(self._trust),
            "pending": list(self._pending),
            "pending_answers": list(self._pending_answers),
            "open": self._open,
        }

    @classmethod
    def from_state(cls, state: Reader) -> Self:
        """As it was; raises SavedStateError."""
        made = cls()
        count = len(MEMORIES_CALLS)
        made._answers = state.numbers("answers", count=count)
        made._launches = state.numbers("launches", count=count)
        made._trust = state.numbers("trust", count=count)
        made._pending = deque(state.numbers("pending", most=PENDING_MAX))
        made._pending_answers = state.numbers("pending_answers", most=PENDING_MAX)
        made._open = state.number("open")
        return made
