"""What a forecast of a campaign rests on: its leads by kind, and what was measured of its calls."""

from dataclasses import dataclass
from datetime import datetime

from campaigns.outcomes import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadGroupRow:
    """Callable leads that are alike: of one place and zone, as often tried, due at one time."""

    name: str
    """Their time zones and places."""
    leads: int
    tries: int
    ready_at: datetime
    opens: tuple[tuple[datetime, datetime], ...]
    """When the campaign and every law over them let them be called, in the asked-for span."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    """Attempts of one hour of the clock, whatever the day."""

    hour: int
    attempts: int
    answers: int
    """People and machines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRow:
    """How often attempts failed in this way, other than by ringing out."""

    outcome: Outcome
    cause: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The last attempts of a campaign or of a whole team. Durations in seconds, newest first."""

    attempts: int
    answers: int
    machines: int
    by_hour: tuple[HourCount, ...]
    set_up_seconds: tuple[float, ...]
    """From the originate until it rang."""
    answer_seconds: tuple[float, ...]
    """From the originate to the answer."""
    failure_seconds: tuple[float, ...]
    """From the originate to a failure other than ringing out."""
    unanswered: int
    causes: tuple[CauseRow, ...]
    """Most frequent first."""
    talk_seconds: tuple[float, ...]
    wrap_up_seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaks:
    """How a team's agents pause."""

    work_seconds: float
    """Ready, talking and wrapping up, of all agents together."""
    pause_seconds: tuple[float, ...]
