"""One switch as the engine knows it."""

import math
from dataclasses import dataclass, field

from dialer.engine.config import EngineConfig
from dialer.engine.events import SwitchLoadReported
from dialer.engine.ids import LegId, SwitchId

THROTTLED_SECONDS = 1.0
"""Sessions per second are counted by the second, so a second later there is room again."""


@dataclass(slots=True)
class Node:
    """One switch. `changed_at` is when it was last connected, lost, or first heard of."""

    switch_id: SwitchId
    changed_at: float
    is_connected: bool = False
    is_draining: bool = False
    is_gone: bool = False
    """Lost, and known to be dead."""
    last_seen_at: float | None = None
    """Its last sign of life before it was lost; None while connected."""
    left_legs: dict[LegId, None] = field(default_factory=dict)
    """Agents' legs that were given up while it was lost: hung up when it is back."""
    load: SwitchLoadReported | None = None
    launched: int = 0
    """Calls placed since `load` was reported."""
    per_second_max: int = 0
    """The most channels a second it was seen to have room for: its sessions-per-second, or less."""
    throttled_until: float = 0.0

    @property
    def is_usable(self) -> bool:
        """True when calls and agents may be put there."""
        return self.is_connected and not self.is_draining

    def take_load(self, load: SwitchLoadReported, config: EngineConfig, now: float) -> None:
        """The switch told how full it is."""
        self.load, self.launched = load, 0
        left, last = load.per_second_left, load.per_second_last
        self.per_second_max = max(self.per_second_max, left or 0)
        limit = self.per_second_max * config.switch_per_second_ratio_max
        if last is not None and self.per_second_max and last >= limit:
            self.throttled_until = now + THROTTLED_SECONDS

    def room(self, config: EngineConfig, now: float) -> int | None:
        """How many calls it should still be given; None when it has not said how full it is."""
        load = self.load
        if now < self.throttled_until:
            return 0
        if load is None:
            return None
        idle = load.idle_cpu_ratio
        # 0.0 is what a switch says that cannot measure it (switch_profile_timer).
        if idle is not None and 0.0 < idle < config.switch_idle_cpu_ratio_min:
            return 0
        if load.sessions is None or not load.sessions_max:
            return None
        most = math.floor(load.sessions_max * config.switch_sessions_ratio_max)
        return max(0, most - load.sessions - self.launched)
