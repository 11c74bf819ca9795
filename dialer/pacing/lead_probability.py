"""How likely one lead is to answer, learnt from what is known of it before the call.

A logistic model over categories (attempt number, hour, weekday, area, last outcome, list, whatever
the campaign gives), each hashed into a table of fixed size, learnt online: one step of gradient
descent after every call whose fate is known, with a step that shrinks for a category as it is seen
more often (AdaGrad: Duchi, Hazan and Singer 2011, J. Mach. Learn. Res. 12). Features never seen
before say nothing, and the prediction falls back to the campaign's share.

What comes out is then calibrated: predictions are counted in ten bins against what happened, and a
prediction is drawn towards its bin's observed share as evidence gathers. `reliability` gives that
table, the honest picture of how far a number may be believed.
"""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

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
"""Calls, those of the prior included, before predictions are better than the pooled estimate."""
CHANCE_LEAST = 0.005
CHANCE_MOST = 0.95


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
        self._weights = [0.0] * SLOTS
        self._squares = [0.0] * SLOTS
        self._answered = PRIOR_CALLS * PRIOR_PROBABILITY
        self._calls = PRIOR_CALLS
        self._bins = [[0.0, 0.0, 0.0] for _ in range(BINS)]

    @property
    def is_ready(self) -> bool:
        """True once enough calls have been seen to go by the predictions."""
        return self._calls >= READY_CALLS

    def predict(self, features: Features) -> float:
        """P(a call to this lead is answered), calibrated, in CHANCE_LEAST..CHANCE_MOST."""
        raw = self._raw(_slots(features))
        predicted, answered, calls = self._bins[_bin(raw)]
        if calls > 0.0:
            # Moved by as much as its bin was wrong, in proportion to the evidence for that.
            raw += (answered - predicted) / calls * calls / (calls + BIN_CALLS)
        return _within(raw)

    def observe(self, features: Features, *, is_answered: bool) -> None:
        """A call to such a lead was answered, or failed; of a cancelled one nothing is told.

        The bins are counted with what would have been predicted before: nothing judges itself.
        """
        slots = _slots(features)
        raw = self._raw(slots)
        keep = 1.0 - 1.0 / MEMORY_CALLS
        for index, counts in enumerate(self._bins):
            is_here = index == _bin(raw)
            counts[0] = counts[0] * keep + (raw if is_here else 0.0)
            counts[1] = counts[1] * keep + (float(is_answered) if is_here else 0.0)
            counts[2] = counts[2] * keep + float(is_here)
        self._answered = self._answered * keep + float(is_answered)
        self._calls = self._calls * keep + 1.0
        error = float(is_answered) - raw
        for slot in slots:
            gradient = error - SHRINK * self._weights[slot]
            self._squares[slot] += gradient * gradient
            self._weights[slot] += STEP * gradient / math.sqrt(self._squares[slot])

    def reliability(self) -> tuple[ReliabilityBin, ...]:
        """The bins that have calls, lowest prediction first."""
        return tuple(
            ReliabilityBin(predicted=predicted / calls, answered=answered / calls, calls=calls)
            for predicted, answered, calls in self._bins
            if calls > 0.5
        )

    def _raw(self, slots: Sequence[int]) -> float:
        share = self._answered / self._calls
        odds = math.log(share / (1.0 - share)) + sum(self._weights[slot] for slot in slots)
        return _within(1.0 / (1.0 + math.exp(-min(30.0, max(-30.0, odds)))))

    def to_state(self) -> Saved:
        """All of it; only slots that were ever used are written."""
        used = [slot for slot, square in enumerate(self._squares) if square > 0.0]
        return {
            "slots": used,
            "weights": [self._weights[slot] for slot in used],
            "squares": [self._squares[slot] for slot in used],
            "bins": [value for counts in self._bins for value in counts],
            "answered": self._answered,
            "calls": self._calls,
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
        made._calls = max(1.0, state.number("calls"))
        made._answered = min(0.999 * made._calls, max(1e-3, state.number("answered")))
        return made


def _slots(features: Features) -> list[int]:
    # crc32 and not hash(): the same in every process, which saved weights need.
    return [zlib.crc32(f"{place}={value}".encode()) % SLOTS for place, value in enumerate(features)]


def _bin(probability: float) -> int:
    return min(BINS - 1, int(probability * BINS))


def _within(probability: float) -> float:
    return min(CHANCE_MOST, max(CHANCE_LEAST, probability))
