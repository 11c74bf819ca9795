"""The price θ of one more abandonment, moved by what happens: the closed loop.

After every live answer, log θ += η (ε' - 1{abandoned}). Summed over T answers while θ is inside its
range, that is η (ε' T - abandoned) = change of log θ: the abandoned share cannot be further from ε'
than (range of log θ) / (η T), whatever the arrivals and however wrong the model.
"""

import math

from dialer.pacing.saved import Reader, Saved

STEP = 0.1
"""η. One abandonment lowers the price by a tenth; 36 answers without one (at 2.8 %) undo it."""
PRICE_MIN = 1e-3
PRICE_MAX = 0.5


class Price:
    """θ, the most that the marginal blocking B may be."""

    def __init__(self, *, target_ratio: float) -> None:
        self._target_ratio = target_ratio
        self._log_min = math.log(PRICE_MIN)
        self._log_max = math.log(PRICE_MAX)
        self._log = min(self._log_max, max(self._log_min, math.log(max(target_ratio, 1e-12))))

    @property
    def value(self) -> float:
        """θ now."""
        return math.exp(self._log)

    def settle(self, *, is_abandoned: bool, target_ratio: float | None = None) -> None:
        """A live answer got its agent, or was abandoned; aim at `target_ratio` where it differs."""
        target = self._target_ratio if target_ratio is None else target_ratio
        moved = self._log + STEP * (target - (1.0 if is_abandoned else 0.0))
        self._log = min(self._log_max, max(self._log_min, moved))

    def to_state(self) -> Saved:
        """θ."""
        return {"log": self._log}

    def take_state(self, state: Reader) -> None:
        """Go on from what `to_state` gave; raises SavedStateError."""
        self._log = min(self._log_max, max(self._log_min, state.number("log")))
