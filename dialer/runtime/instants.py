"""Instants at the border: float Unix seconds inside, aware UTC datetimes in the store."""

from datetime import UTC, datetime


def to_datetime(at: float) -> datetime:
    """Unix seconds as an aware UTC datetime."""
    return datetime.fromtimestamp(at, UTC)


def to_datetime_or_none(at: float | None) -> datetime | None:
    """The same, where there may be none."""
    return None if at is None else to_datetime(at)


def to_unix(at: datetime) -> float:
    """An aware datetime as Unix seconds."""
    assert at.tzinfo is not None, f"{at} has no time zone."
    return at.timestamp()


def to_unix_or_none(at: datetime | None) -> float | None:
    """The same, where there may be none."""
    return None if at is None else to_unix(at)
