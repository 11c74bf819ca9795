"""How likely one lead is to answer, against the others of its campaign, before it is called.

A logistic model over categories (attempt number, hour, weekday, area, last outcome, list, whatever
the campaign gives), each hashed into a table of fixed size, learnt online: one step of gradient
descent after every call whose fate is known, with a step that shrinks for a category as it is seen
more often (AdaGrad: Duchi, Hazan and Singer 2011, J. Mach. Learn. Res. 12). The level of all leads
is an intercept of its own that never slows down, so that a drift of the whole list does not become
a property of its leads. Features never seen before say nothing.

Predictions are then calibrated: they are counted in ten bins against what happened, and one is
drawn towards its bin's observed share as evidence gathers. `reliability` gives that table.

What a pacer uses is the odds of a lead against the mean of the calls just made: the level itself
comes from the pacer's pooled estimate, which follows it best. And it is used only while it has
foretold the calls of the last hours better than that common level did; until then, and whenever it
ceases to, all leads are alike.
"""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dialer.pacing.saved import Reader, Saved

Features = tuple[int | str, ...]
"""What is known of a lead, in an order that never changes within a campaign."""

SLOTS = 4096
"""Weights kept, whatever the number of areas and lists: 32 kB. Two features that share a slot share
a weight, which blurs rare ones a little."""
BINS = 10
STEP = 0.15
"""First step of a weight, in log odds: some twenty calls settle a strong category."""
SHRINK = 2e-3
"""Pull of an unproven weight towards nothing at each step."""
BIN_CALLS = 50.0
"""A bin's observed share counts as much as the model once so many calls were in it."""
MEMORY_CALLS = 20_000.0
"""Calls in the bins fade with this mean lifetime: days of an ordinary campaign."""
PRIOR_PROBABILITY = 0.3
PRIOR_CALLS = 10.0
READY_CALLS = 100
"""Calls, those of the prior included, before predictions can count."""
LEVEL_STEP_LEAST = 0.01
"""Step of the level, in log odds, once the first calls are over: a memory of some 500 calls."""
RECENT_CALLS = 200
"""A lead's odds are against the mean of so many calls, as all of them would be predicted now: what
the weights have taken up of a drift that all leads share falls out."""
FEATURES_MAX = 12
"""Of one lead; any beyond are not looked at."""
GAIN_CALLS = 2000.0
"""How the predictions did is forgotten with this mean lifetime."""
GAIN_LEAST = 5.0
"""Nats by which the predictions must have done better than the common level: likelier by 150."""
ODDS_STEP = 0.05
"""Log odds are rounded to this, so that leads next in line fall into few kinds."""
LOG_ODDS_MOST = 3.0
CHANCE_LEAST = 0.005
CHANCE_MOST = 0.95
_RANGE = (CHANCE_LEAST, CHANCE_MOST)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """One row of the reliability table: what was predicted against what came."""

    predicted: float
    """Mean prediction in the bin, before calibration, 0..1."""
    answered: float
    """Share of its calls that were answered, 0..1."""
    calls: float
    """Its calls, faded."""


class LeadProbability:
    """One campaign's model. Memory is fixed; the same calls in the same order give the same."""

    def __init__(self) -> None:
        # One more than there are slots, which stays 0: the feature that is not there.
        self._weights: Floats = np.zeros(SLOTS + 1)
        self._squares = [0.0] * SLOTS
        self._level = self._pool = _logit(PRIOR_PROBABILITY)
        self._calls = PRIOR_CALLS
        self._recent = np.full((RECENT_CALLS, FEATURES_MAX), SLOTS)
        self._seen = 0
        self._gain = 0.0
        self._bins = [[0.0, 0.0, 0.0] for _ in range(BINS)]
        self._centre: float | None = None

    @property
    def is_ready(self) -> bool:
        """True while the predictions are better than the pooled estimate."""
        return self._calls >= READY_CALLS and self._gain >= GAIN_LEAST

    @property
    def calls(self) -> int:
        """Calls that it has learnt from, about."""
        return round(self._calls - PRIOR_CALLS)

    def predict(self, features: Features) -> float:
        """P(a call to this lead is answered), calibrated, in CHANCE_LEAST..CHANCE_MOST."""
        return self._calibrated(self._weight(_slots(features)))

    def odds(self, features: Features) -> float | None:
        """The lead's odds to answer ÷ those of the mean of the latest calls; None while not ready.

        To be multiplied with the odds of the pooled estimate, see `at_odds`.
        """
        if not self.is_ready:
            return None
        log_odds = self._log_odds(self._weight(_slots(features)))
        return math.exp(ODDS_STEP * round(log_odds / ODDS_STEP))

    def expect(self, features: Features) -> float:
        """P(answered) as the calls are made by: the model's while it is ready, else the common."""
        pooled = _sigmoid(self._pool)
        odds = self.odds(features)
        return pooled if odds is None else at_odds(pooled, odds)

    def observe(self, features: Features, *, is_answered: bool) -> None:
        """A call to such a lead was answered, or failed; of a cancelled one nothing is told.

        The bins and the gain are counted with what would have been predicted before: nothing
        judges itself.
        """
        slots = _slots(features)
        weight = self._weight(slots)
        raw = _within(_sigmoid(self._level + weight))
        self._judge(weight, is_answered=is_answered)
        self._count(raw, is_answered=is_answered)
        # As a running mean would while there are few calls, and never slower than its least.
        step = max(LEVEL_STEP_LEAST, 1.0 / (self._calls * PRIOR_PROBABILITY))
        self._pool += step * (float(is_answered) - _sigmoid(self._pool))
        error = float(is_answered) - raw
        self._level += step * error
        for slot in slots:
            gradient = error - SHRINK * float(self._weights[slot])
            self._squares[slot] += gradient * gradient
            self._weights[slot] += STEP * gradient / math.sqrt(self._squares[slot])
        self._calls += 1.0
        row = self._seen % RECENT_CALLS
        self._recent[row] = SLOTS
        self._recent[row, : len(slots)] = slots
        self._seen += 1
        self._centre = None

    def _judge(self, weight: float, *, is_answered: bool) -> None:
        pooled = _sigmoid(self._pool)
        ours = at_odds(pooled, math.exp(self._log_odds(weight)))
        if not is_answered:
            pooled, ours = 1.0 - pooled, 1.0 - ours
        self._gain += math.log(_within(ours) / _within(pooled)) - self._gain / GAIN_CALLS

    def _count(self, raw: float, *, is_answered: bool) -> None:
        keep = 1.0 - 1.0 / MEMORY_CALLS
        for index, counts in enumerate(self._bins):
            is_here = index == _bin(raw)
            counts[0] = counts[0] * keep + (raw if is_here else 0.0)
            counts[1] = counts[1] * keep + (float(is_answered) if is_here else 0.0)
            counts[2] = counts[2] * keep + float(is_here)

    def reliability(self) -> tuple[ReliabilityBin, ...]:
        """The bins that have calls, lowest prediction first."""
        return tuple(
            ReliabilityBin(predicted=predicted / calls, answered=answered / calls, calls=calls)
            for predicted, answered, calls in self._bins
            if calls > 0.5
        )

    def _weight(self, slots: list[int]) -> float:
        return float(self._weights[slots].sum()) if slots else 0.0

    def _calibrated(self, weight: float) -> float:
        raw = _within(_sigmoid(self._level + weight))
        return _within(raw + _correction(self._bins[_bin(raw)]))

    def _log_odds(self, weight: float) -> float:
        """Against the mean of the latest calls, as they would be predicted now."""
        if not self._seen:
            return 0.0
        if self._centre is None:
            self._centre = _logit(self._recent_mean())
        log_odds = _logit(self._calibrated(weight)) - self._centre
        return min(LOG_ODDS_MOST, max(-LOG_ODDS_MOST, log_odds))

    def _recent_mean(self) -> float:
        logits = self._level + self._weights[self._recent[: self._seen]].sum(axis=1)
        raw = np.clip(1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0))), *_RANGE)
        corrections = np.array([_correction(counts) for counts in self._bins])
        bins = np.minimum(BINS - 1, (raw * BINS).astype(np.int64))
        calibrated: Floats = np.clip(raw + corrections[bins], *_RANGE)
        return float(calibrated.mean())

    def to_state(self) -> Saved:
        """All of it; only slots that were ever used are written."""
        used = [slot for slot, square in enumerate(self._squares) if square > 0.0]
        return {
            "slots": used,
            "weights": [float(self._weights[slot]) for slot in used],
            "squares": [self._squares[slot] for slot in used],
            "bins": [value for counts in self._bins for value in counts],
            "level": self._level,
            "pool": self._pool,
            "calls": self._calls,
            "recent": self._recent[: self._seen].ravel().tolist(),
            "seen": self._seen,
            "gain": self._gain,
        }

    @classmethod
    def from_state(cls, state: Reader) -> "LeadProbability":
        """As it was; raises SavedStateError."""
        made = cls()
        used = [int(slot) % SLOTS for slot in state.numbers("slots", most=SLOTS)]
        weights = state.numbers("weights", count=len(used))
        squares = state.numbers("squares", count=len(used))
        for slot, weight, square in zip(used, weights, squares, strict=True):
            made._weights[slot], made._squares[slot] = weight, max(1e-12, square)
        values = state.numbers("bins", count=3 * BINS)
        made._bins = [values[3 * i : 3 * i + 3] for i in range(BINS)]
        made._level, made._pool = state.number("level"), state.number("pool")
        made._calls = max(1.0, state.number("calls"))
        made._seen = state.whole("seen")
        rows = min(made._seen, RECENT_CALLS)
        recent = state.numbers("recent", count=rows * FEATURES_MAX)
        made._recent[:rows] = np.clip(np.reshape(recent, (rows, FEATURES_MAX)), 0, SLOTS)
        made._gain = state.number("gain")
        return made


def at_odds(pooled: float, odds: float) -> float:
    """A probability whose odds are so many times those of `pooled`; at odds of 1 it is `pooled`."""
    if odds == 1.0:
        return pooled
    return pooled * odds / (1.0 - pooled + pooled * odds)


def _slots(features: Features) -> list[int]:
    # crc32 and not hash(): the same in every process, which saved weights need.
    looked_at = enumerate(features[:FEATURES_MAX])
    return [zlib.crc32(f"{place}={value}".encode()) % SLOTS for place, value in looked_at]


def _correction(counts: Sequence[float]) -> float:
    """How far a prediction is moved: as its bin was wrong, in proportion to the evidence."""
    predicted, answered, calls = counts
    return (answered - predicted) / (calls + BIN_CALLS)


def _bin(probability: float) -> int:
    return min(BINS - 1, int(probability * BINS))


def _within(probability: float) -> float:
    return min(CHANCE_MOST, max(CHANCE_LEAST, probability))


def _sigmoid(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(30.0, max(-30.0, log_odds))))


def _logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))
