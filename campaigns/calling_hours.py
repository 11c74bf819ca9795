"""When a lead may be called, by the clock on the lead's own wall.

A number may belong to several time zones (a mobile number of a wide country says nothing of where
its owner is). Then all of them must be open: the strict reading of "local time at the called
person's location" (16 CFR 310.4(c); 47 CFR 64.1200(c)(1)). A lead whose zone is not known at all
carries every zone of its region, so the same rule covers it. A lead with no zones is never open.

How the next opening and closing are found exactly is in campaigns/local_spans.py.

Public holidays, the hours of single states and hours by purpose of call are not here: they are
dated law and belong to rule packs, which narrow these (campaigns/rule_packs/law_window.py).
"""

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from campaigns.local_spans import MIDNIGHT, Span, Window, day_spans, open_spans, zone_named

Weekly = tuple[tuple[Window, ...], ...]
"""Seven tuples of windows, Monday first; in a day sorted and without overlap."""

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSES_WITHIN = timedelta(days=8)
"""Hours that never close are said to close this far ahead. A week repeats after seven days, so a
real closing is always nearer."""
OPENS_WITHIN = timedelta(days=15)
"""How far ahead an opening is looked for: two weeks hold every weekly pattern also when one of two
zones changes its clock in between. Beyond that the answer is "not known yet"."""
_WINDOW_TEXT = re.compile(r"(\d{1,2}):(\d{2})\s*[-\u2013]\s*(\d{1,2}):(\d{2})")


class BadCallingHours(ValueError):  # noqa: N818 - read at the call as "parse or BadCallingHours"
    """Calling hours that cannot be taken as written; the text names the part and what is
    allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingHours:
    """Weekly windows in the lead's local time. All instants are aware datetimes; answers are in
    UTC."""

    weekly: Weekly

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise BadCallingHours(f"calling hours need seven days, got {len(self.weekly)}")
        for name, windows in zip(DAY_NAMES, self.weekly, strict=True):
            _check_day(name, windows)

    def is_open(self, at: datetime, zones: Sequence[str]) -> bool:
        """True when every zone's wall clock is inside a window at `at`; False without zones."""
        for zone in zones:
            local = at.astimezone(zone_named(zone))
            clock = local.time()
            for start, end in self.weekly[local.weekday()]:
                if start <= clock and (clock < end or end == MIDNIGHT):
                    break
            else:
                return False
        return bool(zones)

    def closes_at(self, at: datetime, zones: Sequence[str]) -> datetime | None:
        """First instant after `at` when it is no longer open, at most eight days ahead.

        None when it is closed at `at`.
        """
        at = at.astimezone(UTC)
        if not self.is_open(at, zones):
            return None
        for _, end in self._spans(at, zones, at + CLOSES_WITHIN):
            if end > at:
                return min(end, at + CLOSES_WITHIN)
        return None

    def opens_at(self, at: datetime, zones: Sequence[str]) -> datetime | None:
        """`at` itself when open, else the next opening; None when there is none within 15 days.

        None is normal for zones so far apart that their hours never meet.
        """
        at = at.astimezone(UTC)
        if self.is_open(at, zones):
            return at
        for start, _ in self._spans(at, zones, at + OPENS_WITHIN):
            if at < start <= at + OPENS_WITHIN:
                return start
        return None

    def _spans(self, at: datetime, zones: Sequence[str], until: datetime) -> Iterator[Span]:
        """Open spans of all zones together, from the day of `at`."""
        return open_spans(lambda zone, day: _day_spans(self.weekly, zone, day), zones, at, until)

    @classmethod
    def parse(cls, lines: Iterable[str]) -> "CallingHours":
        """Read lines such as "mon-fri 09:00-13:00 14:00-20:00" or "sat,sun 10:00-18:00".

        Days not named are closed. A day named twice gets the windows of both lines.
        """
        days: list[list[Window]] = [[] for _ in DAY_NAMES]
        for line in lines:
            head, _, rest = line.strip().lower().partition(" ")
            windows = _parse_windows(rest, line)
            for index in _parse_days(head, line):
                days[index].extend(windows)
        if not any(days):
            raise BadCallingHours("no hours at all: nothing could ever be called")
        return cls(weekly=tuple(_joined(sorted(day)) for day in days))

    def format(self) -> tuple[str, ...]:
        """The same hours as lines `parse` reads, neighbouring days with equal windows joined."""
        lines = []
        grouped = itertools.groupby(range(7), key=lambda index: self.weekly[index])
        for windows, indexes in grouped:
            if windows:
                run = list(indexes)
                first, last = DAY_NAMES[run[0]], DAY_NAMES[run[-1]]
                days = first if first == last else f"{first}-{last}"
                hours = " ".join(f"{start:%H:%M}-{_end_text(end)}" for start, end in windows)
                lines.append(f"{days} {hours}")
        return tuple(lines)


def _check_day(name: str, windows: tuple[Window, ...]) -> None:
    previous_end: time | None = None
    for start, end in windows:
        if end <= start and end != MIDNIGHT:
            raise BadCallingHours(
                f"{name} {start:%H:%M}-{end:%H:%M} ends before it begins; hours over midnight are "
                "written as two windows, one on each day"
            )
        if previous_end is not None and (previous_end == MIDNIGHT or start < previous_end):
            raise BadCallingHours(f"{name} has windows that overlap or are out of order")
        previous_end = end


def _joined(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Sorted windows with those that touch made one; overlaps are left for `_check_day` to
    refuse."""
    joined: list[Window] = []
    for start, end in windows:
        if joined and joined[-1][1] == start != MIDNIGHT:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def _parse_days(text: str, line: str) -> list[int]:
    indexes: list[int] = []
    for part in text.split(","):
        if part in ("daily", "every-day"):
            indexes.extend(range(7))
            continue
        first, dash, last = part.partition("-")
        if first not in DAY_NAMES or (dash and last not in DAY_NAMES):
            raise BadCallingHours(
                f'"{part}" in "{line.strip()}" is not a day; write {", ".join(DAY_NAMES)}, '
                "a range such as mon-fri, or daily"
            )
        begin, end = DAY_NAMES.index(first), DAY_NAMES.index(last if dash else first)
        if end < begin:
            raise BadCallingHours(f'"{part}" in "{line.strip()}" runs backwards; begin with mon')
        indexes.extend(range(begin, end + 1))
    return indexes


def _parse_windows(text: str, line: str) -> list[Window]:
    windows: list[Window] = []
    for part in re.sub(r"\s*[-\u2013]\s*", "-", text).replace(",", " ").split():
        match = _WINDOW_TEXT.fullmatch(part)
        numbers = tuple(int(group) for group in match.groups()) if match else ()
        if not numbers or not _is_clock(numbers[0], numbers[1], is_end=False):
            raise BadCallingHours(f'"{part}" in "{line.strip()}" is not hours like 09:00-20:00')
        if not _is_clock(numbers[2], numbers[3], is_end=True):
            raise BadCallingHours(f'"{part}" in "{line.strip()}" ends after 24:00')
        windows.append((time(numbers[0], numbers[1]), time(numbers[2] % 24, numbers[3])))
    if not windows:
        raise BadCallingHours(
            f'"{line.strip()}" names no hours; write for example mon-sat 09:00-20:00'
        )
    return windows


def _is_clock(hour: int, minute: int, *, is_end: bool) -> bool:
    return (hour < 24 and minute < 60) or (is_end and (hour, minute) == (24, 0))


def _end_text(end: time) -> str:
    return "24:00" if end == MIDNIGHT else f"{end:%H:%M}"


@functools.lru_cache(maxsize=4096)
def _day_spans(weekly: Weekly, zone: str, day: datetime) -> tuple[Span, ...]:
    """The instants of one UTC day when `zone` is open. 4096 is about 300 zones over two weeks."""
    return day_spans(lambda date: weekly[date.weekday()], zone, day)


DEFAULT_CALLING_HOURS = CallingHours.parse(["mon-sat 09:00-20:00"])
"""Inside 8 to 21 of 16 CFR 310.4(c) and inside the tighter hours of most states; no Sundays."""
