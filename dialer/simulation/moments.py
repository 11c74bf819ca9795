"""Instants as people write and read them, by one clock."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
MOMENT_HELP = 'a time such as "18:00", or with a date as "2026-03-02T18:00"'


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name. ValueError with what is allowed."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise ValueError(f'{name!r} is no time zone; it must be one such as "Europe/Rome"') from (
            error
        )


def instant_of(text: str, *, zone: str, after: float) -> float:
    """Unix seconds of "18:00" (the next one at or after `after`'s day) or of a date and time.

    A time of the clock is taken on the day that `after` falls on. ValueError with what is allowed.
    """
    clock = zone_of(zone)
    match = _CLOCK.fullmatch(text.strip())
    try:
        if match is not None:
            day = datetime.fromtimestamp(after, UTC).astimezone(clock)
            hour, minute = int(match[1]), int(match[2])
            midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
            if hour == 24 and minute == 0:
                return (midnight + timedelta(days=1)).timestamp()
            return midnight.replace(hour=hour, minute=minute).timestamp()
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"{text!r} is no moment; it must be {MOMENT_HELP}") from error
    return (at if at.tzinfo is not None else at.replace(tzinfo=clock)).timestamp()


def has_date(text: str) -> bool:
    """False for a bare time of the clock."""
    return _CLOCK.fullmatch(text.strip()) is None


def seconds_of_day(at: float, zone: str) -> float:
    """Since midnight, by the clock of the zone."""
    moment = datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone))
    return 3600.0 * moment.hour + 60.0 * moment.minute + moment.second


def clock_text(at: float, *, zone: str, same_day_as: float) -> str:
    """ "17:41", with the day before it when it is another than the first."""
    moment = datetime.fromtimestamp(at, UTC).astimezone(zone_of(zone))
    first = datetime.fromtimestamp(same_day_as, UTC).astimezone(zone_of(zone))
    if moment.date() == first.date():
        return f"{moment:%H:%M}"
    return f"{moment:%a %d %b %H:%M}"
