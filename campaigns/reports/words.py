"""Figures and codes as a person reads them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.outcomes import Outcome
from campaigns.reports.kpis import Unit

_OUTCOMES = {
    Outcome.CONNECTED: ("Connected", "Answered, and joined to an agent."),
    Outcome.ABANDONED: ("Abandoned", "A person answered and no agent came in time."),
    Outcome.HUNG_UP_EARLY: (
        "Hung up early",
        "A person answered and hung up while the agent was being connected.",
    ),
    Outcome.MACHINE: ("Answering machine", "A machine answered; no agent spoke."),
    Outcome.MESSAGE: ("Recording heard", "A person answered and heard the campaign's recording."),
    Outcome.BUSY: ("Busy", "The line was busy."),
    Outcome.NO_ANSWER: ("No answer", "It rang and nobody answered."),
    Outcome.INVALID_NUMBER: ("Invalid number", "The network says that there is no such number."),
    Outcome.REJECTED: ("Rejected", "The called side refused the call."),
    Outcome.CONGESTION: ("Network congestion", "The network failed; not held against the lead."),
    Outcome.CANCELLED: ("Cancelled by us", "We ended the call while it rang."),
    Outcome.SWITCH_LIMIT: ("Switch limit", "Our own switch had no room; nothing was dialled."),
    Outcome.FAILED: ("Failed", "The call could not be set up for another reason."),
    Outcome.UNKNOWN: ("Unknown", "What became of the call was lost; it counts as dialled."),
}
STATES = {
    "talking": "Talk",
    "wrap_up": "Wrap-up",
    "ready": "Waiting",
    "reserved": "Being connected",
    "paused": "Paused",
    "connecting_leg": "Phone ringing",
}
"""Agent states as table headings; logged out is no time of the campaign's."""
NONE = "\u2013"


def outcome_label(outcome: str) -> str:
    """`no_answer` is "No answer". An outcome this program does not know is shown as it is."""
    try:
        return _OUTCOMES[Outcome(outcome)][0]
    except ValueError:
        return outcome


def outcome_meaning(outcome: str) -> str:
    """What it means, in a sentence; empty for an outcome this program does not know."""
    try:
        return _OUTCOMES[Outcome(outcome)][1]
    except ValueError:
        return ""


def number(value: float) -> str:
    """A count, with commas."""
    return f"{value:,.0f}"


def percent(value: float | None, decimals: int = 1) -> str:
    """A share of 0..1."""
    return NONE if value is None else f"{100 * value:.{decimals}f}%"


def duration(seconds: float | None) -> str:
    """Hours, minutes and seconds, as many as are needed: `1:02:03`, `2:03`."""
    if seconds is None:
        return NONE
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def value_of(value: float | None, unit: Unit, *, precise: bool = False) -> str:
    """A KPI's value with its unit. `precise` gives shares two decimals, for those near a limit."""
    if value is None:
        return NONE
    match unit:
        case Unit.COUNT:
            return number(value)
        case Unit.RATIO:
            return percent(value, 2 if precise else 1)
        case Unit.SECONDS:
            return (
                f"{value:.2f} s"
                if value < 10
                else f"{value:.0f} s"
                if value < 60
                else f"{duration(value)} min"
            )
        case Unit.PER_HOUR | Unit.PER_HUNDRED:
            return f"{value:.1f}"
        case Unit.MINUTES_PER_HOUR:
            return f"{value:.1f} min"
        case Unit.TIMES:
            return f"{value:.2f} times"


def moment(at: datetime | None, zone: ZoneInfo) -> str:
    """`4 Mar 2025, 09:00`."""
    if at is None:
        return NONE
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M}"


def stretch(begins_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """A period, its day said once where it is the same."""
    begin, end = begins_at.astimezone(zone), ends_at.astimezone(zone)
    if begin.date() == end.date():
        return f"{begin:%A} {begin.day} {begin:%B %Y}, {begin:%H:%M} to {end:%H:%M}"
    return f"{moment(begin, zone)} to {moment(end, zone)}"


def step_name(step: timedelta) -> str:
    """`by 10 minutes`, `by hour`, `by day`."""
    minutes = round(step.total_seconds() / 60)
    if minutes >= 6 * 1440:
        return "by week"
    if minutes >= 22 * 60:
        return "by day"
    if minutes == 60:
        return "by hour"
    return f"by {minutes // 60} hours" if minutes > 60 else f"by {minutes} minutes"
