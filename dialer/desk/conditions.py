"""What the service knows of itself besides the engine's snapshot, as the pages read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class DryHopper:
    """A running campaign that has no lead in hand."""

    seconds: float
    reason: str | None
    """Why, by the store; None while it has not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the service knows of itself besides the engine's snapshot."""

    database_error: str | None = None
    dry: Mapping[int, DryHopper] = field(default_factory=dict)
    """By campaign."""
    paused_by_rules: Mapping[int, str] = field(default_factory=dict)
    """What each demands, by campaign."""
