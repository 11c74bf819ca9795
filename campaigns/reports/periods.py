"""Which stretch of time a report covers, and how finely it is cut."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.campaign_spec import CampaignSpec
from campaigns.phone_numbers import BadNumber, parse

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_STEPS = (
    (45 * _MINUTE, 5 * _MINUTE),
    (3 * _HOUR, 10 * _MINUTE),
    (10 * _HOUR, 30 * _MINUTE),
    (36 * _HOUR, _HOUR),
    (4 * _DAY, 6 * _HOUR),
    (60 * _DAY, _DAY),
)
"""(periods up to this long, are cut into bins of that): between about eight and sixty bars, what a
chart across a page can show."""
_WEEK = 7 * _DAY
_BINS_MAX = 600
"""Eleven years of weeks: a period longer than that is a mistyped date."""


class BadPeriod(ValueError):  # noqa: N818 - read at the call as "edges or BadPeriod"
    """A period that cannot be reported; the text is a sentence for a person."""


def zone_of(spec: CampaignSpec) -> ZoneInfo:
    """The clock a campaign's report is read by: that of its caller id, as its daily ledger's."""
    try:
        zones = parse(spec.caller_id, spec.region).time_zones
    except BadNumber:
        zones = ()  # a free number, say, which is nowhere
    return ZoneInfo(sorted(zones)[0] if zones else "UTC")


def bin_seconds_of(seconds: float) -> int:
    """How long the bins of a period of `seconds` are."""
    return next((step for longest, step in _STEPS if seconds <= longest), _WEEK)


def edges_of(since: datetime, until: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Edges of the bins that cover [since, until), in UTC, ascending, at least two.

    They stand on round times of the local clock. Bins of a day or more are calendar days, whatever
    the clock change makes of their hours. Raises BadPeriod.
    """
    if until <= since:
        raise BadPeriod(
            f"The period ends at {until.astimezone(zone):%Y-%m-%d %H:%M}, not after its beginning, "
            f"{since.astimezone(zone):%Y-%m-%d %H:%M}. Give an end after the beginning."
        )
    step = bin_seconds_of((until - since).total_seconds())
    midnight = datetime.combine(since.astimezone(zone).date(), time(), zone)
    if step >= _DAY:
        edges = _days(midnight, until, step // _DAY, zone)
    else:
        # Counted in UTC from local midnight: bins keep their length on the day of a clock change.
        begin = midnight.astimezone(UTC)
        skipped = (since - begin) // timedelta(seconds=step)
        edges = [begin + timedelta(seconds=step * skipped)]
        while edges[-1] < until:
            edges.append(edges[-1] + timedelta(seconds=step))
    return tuple(edge.astimezone(UTC) for edge in edges)


def _days(midnight: datetime, until: datetime, days: int, zone: ZoneInfo) -> Sequence[datetime]:
    edges = [midnight]
    while edges[-1] < until:
        if len(edges) > _BINS_MAX:
            raise BadPeriod(
                f"The period begins on {midnight:%Y-%m-%d}, too long ago to be shown on a page. "
                "Give a later beginning."
            )
        date = edges[-1].date() + timedelta(days=days)
        edges.append(datetime.combine(date, time(), zone))
    return edges


def label_of(begins_at: datetime, ends_at: datetime, zone: ZoneInfo, *, length: timedelta) -> str:
    """What to write under a bin."""
    local = begins_at.astimezone(zone)
    if ends_at - begins_at >= timedelta(hours=20):
        return f"{local.day} {local:%b}"
    if length > timedelta(hours=36):
        return f"{local.day} {local:%b} {local:%H:%M}"
    return f"{local:%H:%M}"
