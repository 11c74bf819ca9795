"""Public holidays by calendar name ("FR", "US-AL"), from the holidays library."""

import functools
from datetime import date

import holidays


class NoSuchCalendar(ValueError):  # noqa: N818 - read at the call as "has_calendar or NoSuchCalendar"
    """A holiday calendar that the library does not have."""


def holiday_name(calendar: str, day: date) -> str | None:
    """The holiday on that day in English where the library can, else None."""
    return _days_of(calendar, day.year).get(day)


@functools.lru_cache(maxsize=1024)
def has_calendar(calendar: str) -> bool:
    """True when the library knows the country, and the subdivision if one is named."""
    country, _, subdivision = calendar.partition("-")
    try:
        holidays.country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError:
        return False
    return True


@functools.lru_cache(maxsize=1024)  # some 60 calendars over a dozen years
def _days_of(calendar: str, year: int) -> dict[date, str]:
    if not has_calendar(calendar):
        raise NoSuchCalendar(
            f'no holiday calendar "{calendar}"; write a country such as FR or a country and its '
            "subdivision such as US-AL, as the holidays library names them"
        )
    country, _, subdivision = calendar.partition("-")
    found = holidays.country_holidays(
        country, subdiv=subdivision or None, years=year, language="en_US"
    )
    return dict(found)
