"""From windows on a wall clock to spans of instants, exactly, also where the clock changes.

A day of UTC is cut at the zone's change of offset, if it has one. Inside such a piece local time is
UTC plus a constant, so a window on the wall is one span of instants. The spans of several zones
are then intersected, and touching ones joined.
"""

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Window = tuple[time, time]
"""Start and end on the wall; the end is not part of it. An end of 00:00 is the end of the day."""
Span = tuple[datetime, datetime]
"""Start and end in UTC; the end is not part of it."""

MIDNIGHT = time(0)
DAY = timedelta(days=1)


@functools.lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """ZoneInfo keeps its own cache, but looking it up there costs as much as the conversion."""
    return ZoneInfo(name)


def day_spans(
    windows_on: Callable[[date], Sequence[Window]], zone: str, day: datetime
) -> tuple[Span, ...]:
    """The instants of one UTC day when the wall clock of `zone` is inside a window of its date."""
    spans: list[Span] = []
    for begin, end, offset in _pieces(zone_named(zone), day, day + DAY):
        local = (begin + offset).replace(tzinfo=UTC)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        while midnight - offset < end:
            for opens, closes in windows_on(midnight.date()):
                later = DAY if closes == MIDNIGHT else timedelta()
                start = max(begin, _on(midnight, opens) - offset)
                stop = min(end, _on(midnight, closes) + later - offset)
                if start < stop:
                    spans.append((start, stop))
            midnight += DAY
    return tuple(spans)


def open_spans(
    spans_of: Callable[[str, datetime], Sequence[Span]],
    zones: Sequence[str],
    at: datetime,
    until: datetime,
) -> Iterator[Span]:
    """Spans when all zones are open, in order, touching ones joined.

    `spans_of` gives one zone's spans in one day of UTC. Begins at the day of `at`; ends with the
    first span that lies after `until`.
    """
    if not zones:
        return
    day = datetime(at.year, at.month, at.day, tzinfo=UTC)
    pending: Span | None = None
    while day <= until:
        spans: Sequence[Span] = [(day, day + DAY)]
        for zone in dict.fromkeys(zones):
            spans = _intersection(spans, spans_of(zone, day))
        for span in spans:
            if pending is not None and pending[1] == span[0]:
                pending = (pending[0], span[1])
                continue
            if pending is not None:
                yield pending
            pending = span
        day += DAY
    if pending is not None:
        yield pending


def _on(midnight: datetime, clock: time) -> datetime:
    return datetime.combine(midnight, clock, tzinfo=UTC)


def _pieces(
    zone: ZoneInfo, begin: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Cut [begin, end) where the zone's offset changes; at most one change a day is assumed."""
    before, after = _offset(zone, begin), _offset(zone, end)
    if before == after:
        yield begin, end, before
        return
    low, high = begin, end
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    yield begin, high, before
    yield high, end, after


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None, "ZoneInfo always knows its offset"
    return offset


def _intersection(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    found = []
    for one, two in itertools.product(left, right):
        start, end = max(one[0], two[0]), min(one[1], two[1])
        if start < end:
            found.append((start, end))
    return sorted(found)
