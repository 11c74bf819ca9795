"""Places where it is day: leads are called by their own clock, and tests run at any hour."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_ZONES = ("America/New_York", "Asia/Tokyo", "Europe/London", "Pacific/Auckland", "Asia/Kolkata")
"""Around the globe, so that somewhere it is between nine and seven."""


def daytime_zone(at: datetime | None = None) -> str:
    """A zone where anybody may be called, now or at that instant."""
    at = at or datetime.now(UTC)
    hours = {zone: at.astimezone(ZoneInfo(zone)).hour for zone in _ZONES}
    return next(zone for zone in _ZONES if 9 <= hours[zone] < 19)
