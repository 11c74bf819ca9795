"""Trunks: lines in use and call set-ups per second, by gateway."""

import math
from dataclasses import dataclass, field

from dialer.engine.config import TrunkConfig
from dialer.engine.ids import SwitchId


@dataclass(slots=True)
class Trunk:
    """One gateway: `channels` lines are in use, `tokens` set-ups may start now.

    The bucket holds at most one second's worth: a burst is never more than the rate. A carrier
    counts per second of its own clock, so the rate should be 80 % of what it allows.
    """

    config: TrunkConfig
    down_on: set[SwitchId] = field(default_factory=set)
    """Switches whose gateway of this name is down. Lines and set-ups are the carrier's to limit,
    and so are counted over all switches."""
    channels: int = 0
    tokens: float = 1.0
    filled_at: float = 0.0

    def refill(self, now: float) -> None:
        """Let tokens grow up to `now`."""
        elapsed = max(0.0, now - self.filled_at)
        self.filled_at = max(now, self.filled_at)
        cap = max(1.0, self.config.calls_per_second)
        self.tokens = min(cap, self.tokens + elapsed * self.config.calls_per_second)

    def is_up_on(self, switch_id: SwitchId) -> bool:
        """True unless that switch said that its gateway is down."""
        return switch_id not in self.down_on

    def set_up_on(self, switch_id: SwitchId, *, is_up: bool) -> None:
        """The gateway of that switch came up or went down."""
        if is_up:
            self.down_on.discard(switch_id)
        else:
            self.down_on.add(switch_id)

    def lines_free(self) -> int:
        """Lines that could be seized now."""
        return max(0, self.config.channels_max - self.channels)

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
