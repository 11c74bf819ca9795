"""Notices that calls are suddenly answered far more often than estimated.

A list sorted by area, a carrier that starts to answer for the network: the closed loop would learn
it from abandoned calls. Here the answers of the last half minute are held against what the calls
that were in flight could give; too many, and the pacer steps back before many are abandoned.
"""

import math
from collections import deque
from collections.abc import Callable

from dialer.pacing.poisson_binomial import probability_masses
from dialer.pacing.saved import Reader, Saved

WINDOW_SECONDS = 30.0
TAIL_MAX = 1e-3
LAUNCHES_MAX = 1024
"""Launches remembered; when a minute holds more, the oldest are left out: that errs to caution."""


class Shock:
    """Answers in the last half minute against their Poisson-binomial law."""

    def __init__(self) -> None:
        self._launches: deque[float] = deque(maxlen=LAUNCHES_MAX)
        self._answers: deque[float] = deque(maxlen=LAUNCHES_MAX)

    def launch(self, at: float) -> None:
        """A call was launched."""
        self._launches.append(at)

    def answer(
        self,
        at: float,
        *,
        probability: float,
        answered_by: Callable[[float], float],
        settled: float,
    ) -> bool:
        """A call was answered; True when so many answers are less likely than 1 in 1,000."""
        self._answers.append(at)
        start = at - WINDOW_SECONDS
        while self._answers[0] < start:
            self._answers.popleft()
        while self._launches and self._launches[0] < start - settled:
            self._launches.popleft()
        trials = [
            probability * (answered_by(at - launched) - answered_by(max(0.0, start - launched)))
            for launched in self._launches
        ]
        answers = len(self._answers)
        mean = sum(trials)
        # Within two deviations nothing can be below the limit; it saves nearly all convolutions.
        if answers < mean + 2.0 * math.sqrt(mean) + 2.0:
            return False
        return sum(probability_masses(trials)[answers:]) < TAIL_MAX

    def forget_answers(self) -> None:
        """The same answers raise the alarm once."""
        self._answers.clear()

    def to_state(self) -> Saved:
        """The launches and answers it may still hold against each other."""
        return {"launches": list(self._launches), "answers": list(self._answers)}

    def take_state(self, state: Reader) -> None:
        """Go on from what `to_state` gave; raises SavedStateError."""
        launches = state.numbers("launches", most=LAUNCHES_MAX)
        answers = state.numbers("answers", most=LAUNCHES_MAX)
        self._launches = deque(launches, maxlen=LAUNCHES_MAX)
        self._answers = deque(answers, maxlen=LAUNCHES_MAX)
