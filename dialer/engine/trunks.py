"""Trunks: lines in use and call set-ups per second, by gateway."""

import math
from dataclasses import dataclass

from dialer.engine.config import TrunkConfig


@dataclass(slots=True)
class Trunk:
    """One gateway: `channels` lines are in use, `tokens` set-ups may start now.

    The bucket holds at most one second's worth: a burst is never more than the rate. A carrier
    counts per second of its own clock, so the rate should be 80 % of what it allows.
    """

    config: TrunkConfig
    is_up: bool = True
    channels: int = 0
    tokens: float = 1.0
    filled_at: float = 0.0

    def refill(self, now: float) -> None:
        """Let tokens grow up to `now`."""
        elapsed = max(0.0, now - self.filled_at)
        self.filled_at = max(now, self.filled_at)
        cap = max(1.0, self.config.calls_per_second)
        self.tokens = min(cap, self.tokens + elapsed * self.config.calls_per_second)

    def lines_free(self) -> int:
        """Lines that could be seized now; 0 when the gateway is down."""
        return max(0, self.config.channels_max - self.channels) if self.is_up else 0

    def launches_free(self) -> int:
        """Set-ups the bucket allows now. Call `refill` first."""
        return math.floor(self.tokens + 1e-9)

    def take(self) -> None:
        """Seize a line and a token."""
        assert self.lines_free() > 0 and self.launches_free() > 0, self
        self.channels += 1
        self.tokens -= 1.0

    def release(self) -> None:
        """Give the line back."""
        assert self.channels > 0, self
        self.channels -= 1

    def next_token_at(self, now: float) -> float:
        """When a whole token will be there, not before `now`."""
        missing = max(0.0, 1.0 - self.tokens)
        return now + missing / self.config.calls_per_second
