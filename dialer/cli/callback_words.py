"""How a promised call is told of."""

from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.store.rows import JsonObject


def local_moment(at: datetime, zone: str) -> str:
    """The instant by the lead's clock."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"


def promised_lines(promised: JsonObject) -> list[str]:
    """What to tell the lead now: the moment, and what the law says of it."""
    zone = str(promised["time_zone"])
    at = local_moment(datetime.fromisoformat(str(promised["due_at"])), zone)
    whose = f"agent '{promised['agent']}'" if promised["agent"] else "the team"
    lines = [f"Callback {promised['callback']}: lead {promised['lead']} is called {at} by {whose}."]
    if promised["warning"]:
        lines.append(f"Warning: {promised['warning']}")
        if promised["proposed_at"]:
            proposed = local_moment(datetime.fromisoformat(str(promised["proposed_at"])), zone)
            lines.append(f"Propose to the lead: {proposed}.")
    return lines
