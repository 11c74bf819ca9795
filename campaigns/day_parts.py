"""Parts of the day among which attempts rotate, so that a lead is not always tried at lunch.

The rotation keeps no memory: an attempt made in one part is followed by one in the next part, and
after the last part comes the first. So attempts made when they are due visit every part.
"""

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from campaigns.calling_hours import BadCallingHours, CallingHours
from campaigns.local_spans import Window

ROUNDS_MAX = 64
"""Steps in which a moment inside both the part and the calling hours is looked for. Each step
moves on to the next opening of one of the two, so 64 are a month of days; where they never meet,
the rotation is given up for this attempt."""


def parse_day_parts(texts: Sequence[str]) -> tuple[Window, ...]:
    """Read parts such as "09:00-12:00", in the order of the day. Raises BadCallingHours."""
    parts = []
    for text in texts:
        windows = CallingHours.parse([f"daily {text}"]).weekly[0]
        if len(windows) != 1:
            raise BadCallingHours(f'"{text}" is more than one part; write each on its own')
        parts.append(windows[0])
    # The same rules as for the windows of a day: in order, and none over another.
    CallingHours(weekly=(tuple(parts),) * 7)
    return tuple(parts)


def format_day_parts(parts: Sequence[Window]) -> list[str]:
    """The texts `parse_day_parts` reads back."""
    return [
        f"{start:%H:%M}-{'24:00' if end == time(0) else format(end, '%H:%M')}"
        for start, end in parts
    ]


def part_of(parts: Sequence[Window], clock: time) -> int:
    """The part that holds `clock`, else the last one that ended before it, if need be yesterday."""
    found = len(parts) - 1
    for index, (start, _) in enumerate(parts):
        if start <= clock:
            found = index
    return found


def is_ever_open(part: Window, hours: CallingHours) -> bool:
    """True when the calling hours of some day have a moment of the part."""
    start, end = part
    return any(
        (start < closes or closes == time(0)) and (opens < end or end == time(0))
        for windows in hours.weekly
        for opens, closes in windows
    )


def in_next_part(
    parts: Sequence[Window],
    *,
    tried_at: datetime,
    earliest: datetime,
    zones: Sequence[str],
    hours: CallingHours,
) -> datetime:
    """The first instant from `earliest` on that is in the part after the one of `tried_at`.

    It is inside the campaign's hours too, in all `zones`; the part is told by the clock of the
    first of them, because parts of several walls may never meet. Never before `earliest`; exactly
    `earliest` where no such instant is found within the two weeks that calling hours look ahead.
    """
    if not parts or not zones:
        return earliest
    tried = part_of(parts, tried_at.astimezone(ZoneInfo(zones[0])).time())
    wanted = parts[(tried + 1) % len(parts)]
    part_hours = CallingHours(weekly=((wanted,),) * 7)
    at = earliest
    for _ in range(ROUNDS_MAX):
        in_part = part_hours.opens_at(at, zones[:1])
        if in_part is None:
            return earliest
        is_open = hours.opens_at(in_part, zones)
        if is_open is None:
            return earliest
        if is_open == in_part:
            return is_open
        at = is_open
    return earliest
