"""How long a launched call takes to be answered, or to fail.

Two competing risks in half-second bins (Prentice et al. 1978, Biometrics 34): calls still in flight
are at risk in every bin they have lived through, so a long ring is not unseen because it is long.
`SetUpTimes` is the pool of all calls; `routes.py` holds a route's own against it.
"""

import copy
from collections.abc import Sequence
from typing import NamedTuple, Self

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


EDGES: Floats = np.arange(BINS + 1, dtype=np.float64) * BIN_SECONDS


class SetUpHazards(NamedTuple):
    """The chance of each end in each bin, for a call in flight at the start of it."""

    answer: Floats
    failure: Floats

    def law(self) -> "SetUpLaw":
        """What they come to."""
        alive = np.cumprod(np.maximum(0.0, 1.0 - self.answer - self.failure))
        alive_before = np.concatenate(([1.0], alive[:-1]))
        return SetUpLaw(
            EDGES, _shares(alive_before * self.answer), _shares(alive_before * self.failure)
        )


class SetUpLaw:
    """The law of set-up as tables by age, in steps of a quarter second."""

    def __init__(self, edges: Floats, answered: Floats, failed: Floats) -> None:
        """`answered` and `failed` are cumulative shares of their kind at `edges`."""
        self._edges, self._shares = edges, answered
        self.checks: Floats = np.interp((np.arange(CHECKS) + 0.5) / CHECKS, answered, edges)
        """Times to answer of a fresh call at which B is evaluated, seconds."""
        ages = np.arange(0.0, edges[-1] + 0.1, 1.0 / STEPS_PER_SECOND)
        self._ages: Floats = ages
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

    def at_checks(self, checks: Floats) -> "SetUpLaw":
        """The same law, looked at after other times ahead: those of another route's fresh call."""
        other = copy.copy(self)
        by_then = np.interp(self._ages + checks[:, None], self._edges, self._shares)
        other.checks = checks
        other._answers_ahead = by_then - (1.0 - self._unanswered)
        return other

    def answered_by(self, age: float) -> float:
        """F: the share of answers that have come by this age."""
        # Asked for every call in flight at every answer: comparisons cost a third of min and max.
        index = int(age * STEPS_PER_SECOND + 0.5)
        if index >= self._last:
            return self._answered[-1]
        return self._answered[index] if index > 0 else self._answered[0]

    def answers_ahead(self, probability: float) -> Floats:
        """q: P(answered within each check | in flight at each age), shape (ages, checks)."""
        answered = probability * self._unanswered
        alive = answered + (1.0 - probability) * self._unfailed
        # Older than any call has ever been: nothing is known but that it is nearly over.
        chances: Floats = probability * self._answers_ahead / np.maximum(alive, 1e-9)
        return chances.T

    def answers_ahead_of(self, rows: Sequence[int], probabilities: Floats) -> Floats:
        """`answers_ahead_at` of many calls at once, shape (calls, checks)."""
        answered = probabilities * self._unanswered[rows]
        alive = answered + (1.0 - probabilities) * self._unfailed[rows]
        chances: Floats = probabilities * self._answers_ahead[:, rows] / np.maximum(alive, 1e-9)
        return chances.T

    def answers_ahead_at(self, row: int, probability: float) -> Floats:
        """One row of `answers_ahead`, for a call whose own probability is known."""
        answered = probability * float(self._unanswered[row])
        alive = answered + (1.0 - probability) * float(self._unfailed[row])
        chances: Floats = probability * self._answers_ahead[:, row] / max(alive, 1e-9)
        return chances


class SetUpCounts:
    """Ended set-ups by bin, exponentially forgotten."""

    def __init__(self) -> None:
        self.answers: Floats = np.zeros(BINS)
        self.failures: Floats = np.zeros(BINS)
        self.censored: Floats = np.zeros(BINS)
        self._weight = 1.0

    def end(self, age_seconds: float, *, is_answered: bool) -> None:
        """A call was answered, or failed, at this age."""
        self._weight /= 1.0 - 1.0 / MEMORY_CALLS
        if self._weight > WEIGHT_MAX:
            self.answers /= self._weight
            self.failures /= self._weight
            self.censored /= self._weight
            self._weight = 1.0
        counts = self.answers if is_answered else self.failures
        counts[_bin(age_seconds)] += self._weight

    def censor(self, age_seconds: float) -> None:
        """A call was ended by us at this age: at risk until then, and nothing is known after."""
        self.censored[_bin(age_seconds)] += self._weight

    def ends(self) -> tuple[Floats, Floats, Floats]:
        """Answers (spread a little), failures and cancelled calls by bin, a new one weighing 1."""
        answers = _blur(self.answers / self._weight)
        return answers, self.failures / self._weight, self.censored / self._weight

    def to_state(self) -> Saved:
        """The counts by bin."""
        return {
            "answers": self.answers.tolist(),
            "failures": self.failures.tolist(),
            "censored": self.censored.tolist(),
            "weight": self._weight,
        }

    def take_state(self, state: Reader) -> None:
        """Go on from what `to_state` gave; raises SavedStateError."""
        self.answers = np.array(state.numbers("answers", count=BINS))
        self.failures = np.array(state.numbers("failures", count=BINS))
        self.censored = np.array(state.numbers("censored", count=BINS))
        self._weight = state.number("weight")


class SetUpTimes:
    """The ended set-ups of all calls, on top of a prior."""

    def __init__(self, *, ring_seconds: float) -> None:
        self._prior_answers, self._prior_failures = _prior(EDGES, ring_seconds)
        self._counts = SetUpCounts()
        self._counts.answers = self._prior_answers * PRIOR_CALLS
        self._counts.failures = self._prior_failures * PRIOR_CALLS

    def end(self, age_seconds: float, *, is_answered: bool) -> None:
        """A call was answered, or failed, at this age."""
        self._counts.end(age_seconds, is_answered=is_answered)

    def censor(self, age_seconds: float) -> None:
        """A call was ended by us at this age."""
        self._counts.censor(age_seconds)

    def hazards(self, in_flight_ages: Sequence[float]) -> SetUpHazards:
        """As known now, with the calls in flight at risk up to their ages."""
        answers, failures, censored = self._counts.ends()
        answers += self._prior_answers * PRIOR_CALLS_LASTING
        failures += self._prior_failures * PRIOR_CALLS_LASTING
        at_risk = np.maximum(at_risk_by_bin(answers + failures + censored, in_flight_ages), 1e-9)
        return SetUpHazards(answers / at_risk, failures / at_risk)

    def law(self, in_flight_ages: Sequence[float]) -> SetUpLaw:
        """The law that these hazards make."""
        return self.hazards(in_flight_ages).law()

    def to_state(self) -> Saved:
        """The counts by bin."""
        return self._counts.to_state()

    @classmethod
    def from_state(cls, state: Reader, *, ring_seconds: float) -> Self:
        """As it was; raises SavedStateError."""
        made = cls(ring_seconds=ring_seconds)
        made._counts.take_state(state)
        return made


def at_risk_by_bin(ended: Floats, in_flight_ages: Sequence[float]) -> Floats:
    """Calls in flight at the start of each bin, from those that ended or still are in each."""
    exits = ended.copy()
    for age in in_flight_ages:
        exits[_bin(age)] += 1.0
    at_risk: Floats = exits[::-1].cumsum()[::-1]
    return at_risk


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
