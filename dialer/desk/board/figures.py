"""What the board shows of the store: plain values, gathered by `gathering.py` and judged by
`alarms.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from campaigns.store.board_figures import CallbacksDue, ListLeft, Today


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFigures:
    """One campaign by the store. None: not counted yet."""

    list_left: ListLeft | None = None
    list_counted_at: float | None = None
    """Unix seconds. A list of millions is counted every few minutes, a small one every few
    seconds."""
    callbacks: CallbacksDue = field(default_factory=CallbacksDue)
    today: Today = field(default_factory=Today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All campaigns, and the teams' work of today in seconds, by id."""

    campaigns: Mapping[int, CampaignFigures] = field(default_factory=dict)
    work_seconds: Mapping[int, float] = field(default_factory=dict)
