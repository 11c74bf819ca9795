"""Calling hours of a campaign and of all laws over it, as one window.

A zone is open when its wall clock is inside the campaign's hours and inside those of every rule
that holds on its local date, and that date is no holiday on which one of them forbids calls. All
zones must be open. So rules and zones can only ever narrow the campaign's hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from campaigns.calling_hours import CallingHours
from campaigns.local_spans import MIDNIGHT, Span, Window, day_spans, open_spans, zone_named
from campaigns.rule_packs.public_holidays import holiday_name
from campaigns.rule_packs.rules import Hours

CLOSES_WITHIN = timedelta(days=8)
"""Hours that never close are said to close this far ahead."""
OPENS_WITHIN = timedelta(days=31)
"""How far ahead an opening is looked for. Hours of one day a week find it also when two holidays
fall on that day in a row, as Christmas and New Year do; a month has room for four tries."""
_DAYS_KEPT_MAX = 500
"""Dates and zone days remembered by one window: 31 days of search in some 15 zones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """One reason why it is closed at an instant."""

    rule_id: str
    """"campaign_hours" for the campaign's own."""
    citation: str
    zone: str
    holiday: str | None
    """The name of the holiday, when that is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursUnder:
    """A rule for hours, with the holiday calendars that count for it here."""

    rule: Hours
    calendars: tuple[str, ...]

    def holiday_on(self, day: date) -> str | None:
        """The holiday that closes the day, or None."""
        if not self.rule.is_closed_on_holidays:
            return None
        return next((name for each in self.calendars if (name := holiday_name(each, day))), None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LawWindow:
    """When calls may be made. All instants are aware datetimes; answers are in UTC."""

    campaign_hours: CallingHours
    rules: tuple[HoursUnder, ...]
    _dates: dict[date, tuple[Window, ...]] = field(default_factory=dict)
    _spans: dict[tuple[str, datetime], tuple[Span, ...]] = field(default_factory=dict)

    def is_open(self, at: datetime, zones: Sequence[str]) -> bool:
        """True when every zone's wall clock is inside the window at `at`; False without zones."""
        for zone in zones:
            local = at.astimezone(zone_named(zone))
            clock = local.time()
            for start, end in self.windows_on(local.date()):
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
        for _, end in open_spans(self._spans_of, zones, at, at + CLOSES_WITHIN):
            if end > at:
                return min(end, at + CLOSES_WITHIN)
        return None

    def opens_at(self, at: datetime, zones: Sequence[str]) -> datetime | None:
        """`at` itself when open, else the next opening; None when there is none within 31 days."""
        at = at.astimezone(UTC)
        if self.is_open(at, zones):
            return at
        for start, _ in open_spans(self._spans_of, zones, at, at + OPENS_WITHIN):
            if at < start <= at + OPENS_WITHIN:
                return start
        return None

    def why_closed(self, at: datetime, zones: Sequence[str]) -> tuple[Closed, ...]:
        """Every rule and zone that is closed at `at`; empty exactly when it is open (or there are
        no zones)."""
        found = []
        for zone in zones:
            local = at.astimezone(zone_named(zone))
            if not _is_inside(local.time(), self.campaign_hours.weekly[local.weekday()]):
                found.append(_campaign_closed(zone))
            for under in self.rules:
                if not under.rule.holds_on(local.date()):
                    continue
                holiday = under.holiday_on(local.date())
                weekly = under.rule.weekly[local.weekday()]
                if holiday is not None or not _is_inside(local.time(), weekly):
                    found.append(
                        Closed(
                            rule_id=under.rule.id,
                            citation=under.rule.citation,
                            zone=zone,
                            holiday=holiday,
                        )
                    )
        return tuple(found)

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """The windows of one local date, sorted, without overlap."""
        known = self._dates.get(day)
        if known is None:
            if len(self._dates) >= _DAYS_KEPT_MAX:
                self._dates.clear()
            known = self._dates[day] = self._windows_on(day)
        return known

    def _windows_on(self, day: date) -> tuple[Window, ...]:
        windows = self.campaign_hours.weekly[day.weekday()]
        for under in self.rules:
            if not windows:
                break
            if under.rule.holds_on(day):
                if under.holiday_on(day) is not None:
                    return ()
                windows = _common(windows, under.rule.weekly[day.weekday()])
        return windows

    def _spans_of(self, zone: str, day: datetime) -> tuple[Span, ...]:
        known = self._spans.get((zone, day))
        if known is None:
            if len(self._spans) >= _DAYS_KEPT_MAX:
                self._spans.clear()
            known = self._spans[zone, day] = day_spans(self.windows_on, zone, day)
        return known


def _campaign_closed(zone: str) -> Closed:
    return Closed(
        rule_id="campaign_hours", citation="campaign calling hours", zone=zone, holiday=None
    )


def _is_inside(clock: time, windows: Sequence[Window]) -> bool:
    return any(start <= clock and (clock < end or end == MIDNIGHT) for start, end in windows)


def _common(left: Sequence[Window], right: Sequence[Window]) -> tuple[Window, ...]:
    """What two sets of windows of one day share."""
    found = []
    for one in left:
        for two in right:
            start = max(one[0], two[0])
            end = _earlier(one[1], two[1])
            if start < end or end == MIDNIGHT:
                found.append((start, end))
    return tuple(sorted(found))


def _earlier(one: time, two: time) -> time:
    """The earlier of two ends, where midnight is the latest."""
    if one == MIDNIGHT:
        return two
    return one if two == MIDNIGHT else min(one, two)
