"""Counts and instants as a person reads them."""

from collections.abc import Iterable
from datetime import datetime


def many(count: int, noun: str) -> str:
    """`1 lead`, `1,902 leads`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def clock(at: datetime) -> str:
    """An instant by this machine's clock, to the minute, with its day."""
    return f"{at.astimezone():%a %Y-%m-%d %H:%M}"


def listed(names: Iterable[str]) -> str:
    """`'a', 'b'`."""
    return ", ".join(f"'{name}'" for name in names)
