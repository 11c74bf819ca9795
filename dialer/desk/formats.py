"""Dates, times, durations and numbers, as the person's language and place write them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers

NOTHING = "\N{EN DASH}"
"""For a figure that is not there."""


class Formats:
    """How one person reads figures."""

    def __init__(self, language: str, zone: str) -> None:
        self.language = language
        self.zone = zone
        self._zone = ZoneInfo(zone)

    def moment(self, at: datetime | float | None) -> str:
        """Date and time of an instant, an aware datetime or Unix seconds; a dash for None."""
        if at is None:
            return NOTHING
        return dates.format_datetime(_aware(at), "short", tzinfo=self._zone, locale=self.language)

    def time(self, at: datetime | float | None) -> str:
        """The time of day alone."""
        if at is None:
            return NOTHING
        return dates.format_time(_aware(at), "short", tzinfo=self._zone, locale=self.language)

    def day(self, on: date | datetime | float | None) -> str:
        """A day; an instant's day is the one in the person's zone."""
        if on is None:
            return NOTHING
        if not isinstance(on, date) or isinstance(on, datetime):
            on = _aware(on).astimezone(self._zone).date()
        return dates.format_date(on, "medium", locale=self.language)

    def begin_of(self, begins_at: datetime, ends_at: datetime, *, length: timedelta) -> str:
        """What stands under one of a series of bins that together last `length`."""
        local = begins_at.astimezone(self._zone)
        if length <= timedelta(hours=36):
            return self.time(local)
        day = dates.format_skeleton("MMMd", local, tzinfo=self._zone, locale=self.language)
        return day if ends_at - begins_at >= timedelta(hours=20) else f"{day} {self.time(local)}"

    def number(self, value: float | Decimal | None, *, digits: int | None = None) -> str:
        """A number, with that many digits after the point (None: as many as it has, at most 3)."""
        if value is None:
            return NOTHING
        if digits is None:
            return numbers.format_decimal(value, locale=self.language)
        return numbers.format_decimal(
            value, "#,##0." + "0" * digits if digits else "#,##0", locale=self.language
        )

    def percent(self, ratio: float | None, *, digits: int = 1) -> str:
        """A share in 0..1 as a percentage."""
        if ratio is None:
            return NOTHING
        # The place of the sign is the language's own.
        pattern = Locale.parse(self.language).percent_formats[None].pattern
        wanted = pattern.replace("#,##0", "#,##0" + ("." + "0" * digits if digits else ""))
        return numbers.format_percent(ratio, wanted, locale=self.language)

    def money(self, amount: Decimal | None, currency: str) -> str:
        """An amount of money; never a float."""
        if amount is None:
            return NOTHING
        digits = max(numbers.get_currency_precision(currency), _digits_of(amount))
        # The code and not the sign: "$" is the money of twenty countries.
        return f"{self.number(amount, digits=digits)}\N{NO-BREAK SPACE}{currency}"

    @staticmethod
    def duration(seconds: float | None) -> str:
        """`0:42`, `12:05`, `3:07:09`: the same in every language."""
        if seconds is None:
            return NOTHING
        whole = max(0, int(seconds))
        hours, minutes = divmod(whole // 60, 60)
        if hours:
            return f"{hours}:{minutes:02d}:{whole % 60:02d}"
        return f"{minutes}:{whole % 60:02d}"


def _digits_of(amount: Decimal) -> int:
    """How many digits it has after the point, zeros at the end left out."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _aware(at: date | datetime | float) -> datetime:
    if isinstance(at, datetime):
        if at.tzinfo is None:
            raise ValueError(f"{at} has no time zone; pages show aware instants only")
        return at
    if isinstance(at, date):
        raise TypeError(f"{at} is a day and not an instant")
    return datetime.fromtimestamp(at, UTC)
