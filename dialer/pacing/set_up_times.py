"""How long a launched call takes to be answered, or to fail.

Two competing risks in half-second bins (Prentice et al. 1978, Biometrics 34): calls still in flight
are at risk in every bin they have lived through, so a long ring is not unseen because it is long.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dialer.pacing.saved import Reader, Saved

Floats = NDArray[np.float64]

BIN_SECONDS = 0.5
BINS = 180
"""90 s; FreeSWITCH gives up a call after 60 s unless told otherwise (switch_ivr_originate.c)."""
MEMORY_CALLS = 400.0
"""Ended calls fade with this mean lifetime. Ring times move slower than answer probabilities."""
PRIOR_CALLS = 20.0
"""Weight of the prior at first, fading like any call ..."""
PRIOR_CALLS_LASTING = 4.0
"""... and for good, so that no age becomes unthinkable."""
WEIGHT_MAX = 1e6
"""New calls weigh more instead of old ones less; beyond this all weights are scaled back."""
CHECKS = 4
"""B is averaged over the middle of each quarter of the law of the time to answer."""
STEPS_PER_SECOND = 4
"""Resolution of the tables by age."""


class SetUpLaw:
    """The law of set-up as tables by age, in steps of a quarter second."""

    def __init__(self, edges: Floats, answered: Floats, failed: Floats) -> None:
        """`answered` and `failed` are cumulative shares of their kind at `edges`."""
        self.checks: Floats = np.interp((np.arange(CHECKS) + 0.5) / CHECKS, answered, edges)
        """Times to answer of a fresh call at which B is evaluated, seconds."""
        ages = np.arange(0.0, edges[-1] + 0.1, 1.0 / STEPS_PER_SECOND)
        by_age = np.interp(ages, edges, answered)
        by_then = np.interp(ages + self.checks[:, None], edges, answered)
        self._answers_ahead: Floats = by_then - by_age
        self._unanswered: Floats = 1.0 - by_age
        self._unfailed: Floats = 1.0 - np.interp(ages, edges, failed)
        self._answered: list[float] = by_age.tolist()
        self._last = len(ages) - 1
        self.settled_seconds = float(edges[min(BINS, int(np.searchsorted(answered, 0.999)))])
        """By this age a call that will be answered has been."""
        widths = np.diff(edges)
        self.answer_mean = float(((1.0 - answered[1:]) * widths).sum()) + BIN_SECONDS / 2
        self.failure_mean = float(((1.0 - failed[1:]) * widths).sum()) + BIN_SECONDS / 2

    def answered_by(self, age: float) -> float:
        """F: the share of answers that have come by this age."""
        index = int(age * STEPS_PER_SECOND + 0.5)
        return self._answered[min(self._last, max(0, index))]

    def answers_ahead(self, probability: float) -> Floats:
        """q: P(answered within each check | in flight at each age), shape (ages, checks)."""
        answered = probability * self._unanswered
        alive = answered + (1.0 - probability) * self._unfailed
        # Older than any call has ever been: nothing is known but that it is nearly over.
        chances: Floats = probability * self._answers_ahead / np.maximum(alive, 1e-9)
        return chances.T

    def answers_ahead_at(self, row: int, probability: float) -> Floats:
        """One row of `answers_ahead`, for a call whose own probability is known."""
        answered = probability * float(self._unanswered[row])
        alive = answered + (1.0 - probability) * float(self._unfailed[row])
        chances: Floats = probability * self._answers_ahead[:, row] / max(alive, 1e-9)
        return chances


class SetUpTimes:
    """Ended set-ups, exponentially forgotten."""

    def __init__(self, *, ring_seconds: float) -> None:
        self._edges: Floats = np.arange(BINS + 1, dtype=np.float64) * BIN_SECONDS
        self._prior_answers, self._prior_failures = _prior(self._edges, ring_seconds)
        self._answers = self._prior_answers * PRIOR_CALLS
        self._failures = self._prior_failures * PRIOR_CALLS
        self._censored: Floats = np.zeros(BINS)
        self._weight = 1.0

    def end(self, age_seconds: float, *, is_answered: bool) -> None:
        """A call was answered, or failed, at this age."""
        self._weight /= 1.0 - 1.0 / MEMORY_CALLS
        if self._weight > WEIGHT_MAX:
            self._answers /= self._weight
            self._failures /= self._weight
            self._censored /= self._weight
            self._weight = 1.0
        counts = self._answers if is_answered else self._failures
        counts[_bin(age_seconds)] += self._weight

    def censor(self, age_seconds: float) -> None:
        """A call was ended by us at this age: at risk until then, and nothing is known after."""
        self._censored[_bin(age_seconds)] += self._weight

    def law(self, in_flight_ages: Sequence[float]) -> SetUpLaw:
        """The law as known now, with the calls in flight at risk up to their ages."""
        answers = _blur(self._answers / self._weight) + self._prior_answers * PRIOR_CALLS_LASTING
        failures = self._failures / self._weight + self._prior_failures * PRIOR_CALLS_LASTING
        exits = answers + failures + self._censored / self._weight
        for age in in_flight_ages:
            exits[_bin(age)] += 1.0
        at_risk = np.maximum(exits[::-1].cumsum()[::-1], 1e-9)
        answer_hazard = answers / at_risk
        failure_hazard = failures / at_risk
        alive = np.cumprod(np.maximum(0.0, 1.0 - answer_hazard - failure_hazard))
        alive_before = np.concatenate(([1.0], alive[:-1]))
        return SetUpLaw(
            self._edges,
            _shares(alive_before * answer_hazard),
            _shares(alive_before * failure_hazard),
        )

    def to_state(self) -> Saved:
        """The counts by bin."""
        return {
            "answers": self._answers.tolist(),
            "failures": self._failures.tolist(),
            "censored": self._censored.tolist(),
            "weight": self._weight,
        }

    @classmethod
    def from_state(cls, state: Reader, *, ring_seconds: float) -> Self:
        """As it was; raises SavedStateError."""
        made = cls(ring_seconds=ring_seconds)
        made._answers = np.array(state.numbers("answers", count=BINS))
        made._failures = np.array(state.numbers("failures", count=BINS))
        made._censored = np.array(state.numbers("censored", count=BINS))
        made._weight = state.number("weight")
        return made


def _bin(age_seconds: float) -> int:
    return min(BINS - 1, max(0, int(age_seconds / BIN_SECONDS)))


def _shares(masses: Floats) -> Floats:
    total = np.concatenate(([0.0], np.cumsum(masses)))
    shares: Floats = total / total[-1]
    return shares


def _blur(masses: Floats) -> Floats:
    """Spread over five bins: answers come at any time, and a few hundred leave gaps."""
    return np.convolve(masses, np.array([0.1, 0.2, 0.4, 0.2, 0.1]), mode="same")


def _prior(edges: Floats, ring_seconds: float) -> tuple[Floats, Floats]:
    """Three in ten are answered, after 3 s + Gamma(2, 4 s); of the rest 15 % fail in 1 to 4 s."""
    beyond = np.maximum(0.0, edges - 3.0) / 4.0
    answers = 0.3 * np.diff(1.0 - (1.0 + beyond) * np.exp(-beyond))
    early = np.diff(np.clip((edges - 1.0) / 3.0, 0.0, 1.0))
    late = np.zeros(BINS)
    late[_bin(ring_seconds)] = 1.0
    return answers, 0.7 * (0.15 * early + 0.85 * late)
