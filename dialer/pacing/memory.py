"""What a pacer keeps beyond one decision, shared by the modes so that a switch loses nothing."""

import json

from dialer.pacing.estimates import Estimates
from dialer.pacing.price import Price
from dialer.pacing.saved import Reader, SavedStateError
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import LiveAnswerSettled, Observation
from dialer.pacing.wall import LedgerWall

VERSION = 1
"""Of the saved form. Another one is not read: a cold start costs minutes, a misread one calls."""
STATE_CHARACTERS_MAX = 2_000_000
"""Of some 20 characters each: open launches and their answers 2 x 4,096 numbers, routes 32 x 540 at
most, agents 2 x 2,048 x 4: three quarters of a million."""


class Memory:
    """Estimates, price and the wall's last hour of one team."""

    def __init__(self, settings: PacingSettings) -> None:
        self._settings = settings
        self.estimates = Estimates(ring_seconds=settings.ring_seconds)
        self.price = Price(target_ratio=settings.target_ratio)
        self.wall = LedgerWall(settings.wall)
        self.aim_ratio = settings.target_ratio
        """What the price was last told to aim at."""

    def observe(self, observation: Observation) -> None:
        """Learn; every live answer that settles also moves the price."""
        self.estimates.observe(observation)
        if isinstance(observation, LiveAnswerSettled):
            self.price.settle(is_abandoned=observation.is_abandoned, target_ratio=self.aim_ratio)
            self.wall.settle(observation)

    def save(self) -> str:
        """All of it as JSON text; changes nothing."""
        state = {
            "version": VERSION,
            "estimates": self.estimates.to_state(),
            "price": self.price.to_state(),
            "wall": self.wall.to_state(),
        }
        return json.dumps(state, allow_nan=False, separators=(",", ":"))

    def restore(self, state: str) -> str | None:
        """Go on from what `save` gave; or say why not, and nothing has changed."""
        fresh = Memory(self._settings)
        try:
            fresh._take(state)
        except SavedStateError as refusal:
            return f"{refusal}; the pacer starts cold"
        self.estimates, self.price, self.wall = fresh.estimates, fresh.price, fresh.wall
        return None

    def _take(self, state: str) -> None:
        if len(state) > STATE_CHARACTERS_MAX:
            raise SavedStateError(
                f"the saved state has {len(state)} characters, too many to be one"
            )
        try:
            values = json.loads(state)
        except (ValueError, RecursionError) as wrong:
            raise SavedStateError(f"the saved state is not JSON ({wrong})") from wrong
        reader = Reader(values)
        if reader.whole("version") != VERSION:
            raise SavedStateError(
                f"the saved state is of version {reader.whole('version')}, this is {VERSION}"
            )
        self.estimates.take_state(reader.part("estimates"))
        self.price.take_state(reader.part("price"))
        self.wall.take_state(reader.part("wall"))
