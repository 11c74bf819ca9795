"""Calling hours against a scan of every minute, also over the days when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from campaigns.calling_hours import DEFAULT_CALLING_HOURS, BadCallingHours, CallingHours

ZONES = [
    "America/New_York",
    "Europe/London",
    "Asia/Baku",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Havana",
    "Pacific/Apia",
    "Africa/Cairo",
]
MINUTE = timedelta(minutes=1)
TIMES = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def hours(draw: st.DrawFn) -> CallingHours:
    weekly = []
    for _ in range(7):
        edges = sorted(draw(st.sets(TIMES, max_size=4)))
        windows = list(zip(edges[::2], edges[1::2], strict=False))
        if len(edges) % 2:
            windows.append((edges[-1], time(0)))
        weekly.append(tuple(windows))
    return CallingHours(weekly=tuple(weekly))


def is_open_naively(calling_hours: CallingHours, at: datetime, zones: list[str]) -> bool:
    for zone in zones:
        local = at.astimezone(ZoneInfo(zone))
        minute = local.hour * 60 + local.minute
        if not any(
            start.hour * 60 + start.minute <= minute < ((end.hour * 60 + end.minute) or 24 * 60)
            for start, end in calling_hours.weekly[local.weekday()]
        ):
            return False
    return bool(zones)


# Two days around each change of clocks: New York and Havana in March, London in October,
# half an hour in Lord Howe, and an ordinary week.
STARTS = st.sampled_from(
    [
        datetime(2026, 3, 7, tzinfo=UTC),
        datetime(2026, 10, 24, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 4, 4, tzinfo=UTC),
        datetime(2026, 10, 3, tzinfo=UTC),
        datetime(2026, 4, 23, tzinfo=UTC),
        datetime(2026, 6, 15, tzinfo=UTC),
    ]
)


@given(
    calling_hours=hours(),
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=3),
    start=STARTS,
    offset=st.integers(0, 2 * 24 * 60),
)
@example(
    calling_hours=CallingHours.parse(["daily 02:15-02:45"]),
    zones=["America/New_York"],
    start=datetime(2026, 3, 8, tzinfo=UTC),
    offset=0,
)
@example(
    calling_hours=CallingHours.parse(["daily 01:15-01:45"]),
    zones=["America/New_York"],
    start=datetime(2026, 11, 1, tzinfo=UTC),
    offset=5 * 60 + 20,
)
@settings(max_examples=60)
def test_agrees_with_a_scan_of_every_minute(
    calling_hours: CallingHours, zones: list[str], start: datetime, offset: int
) -> None:
    at = start + offset * MINUTE
    scanned = 2 * 24 * 60
    opens = [is_open_naively(calling_hours, at + n * MINUTE, zones) for n in range(scanned)]
    assert calling_hours.is_open(at, zones) == opens[0]
    closes_at = calling_hours.closes_at(at, zones)
    opens_at = calling_hours.opens_at(at, zones)
    if opens[0]:
        assert opens_at == at
        assert closes_at is not None
        if False in opens:
            assert closes_at == at + opens.index(False) * MINUTE
        else:
            assert closes_at >= at + scanned * MINUTE
    else:
        assert closes_at is None
        if True in opens:
            assert opens_at == at + opens.index(True) * MINUTE
        else:
            assert opens_at is None or opens_at >= at + scanned * MINUTE


def at_local(day: date, clock: time, zone: str) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone))


def test_default_is_nine_to_eight_without_sundays() -> None:
    zone = ["Europe/London"]
    saturday, sunday, monday = date(2026, 6, 6), date(2026, 6, 7), date(2026, 6, 8)
    assert DEFAULT_CALLING_HOURS.is_open(at_local(saturday, time(19, 59), zone[0]), zone)
    closing = at_local(saturday, time(20), zone[0])
    assert not DEFAULT_CALLING_HOURS.is_open(closing, zone)
    assert not DEFAULT_CALLING_HOURS.is_open(at_local(sunday, time(12), zone[0]), zone)
    assert DEFAULT_CALLING_HOURS.opens_at(closing, zone) == at_local(monday, time(9), zone[0])


def test_all_zones_of_a_number_must_be_open() -> None:
    zones = ["America/New_York", "America/Los_Angeles"]
    noon_east = at_local(date(2026, 6, 8), time(11, 59), "America/New_York")
    assert not DEFAULT_CALLING_HOURS.is_open(noon_east, zones)
    opening = DEFAULT_CALLING_HOURS.opens_at(noon_east, zones)
    assert opening == at_local(date(2026, 6, 8), time(9), "America/Los_Angeles")
    assert opening is not None
    closing = DEFAULT_CALLING_HOURS.closes_at(opening, zones)
    assert closing == at_local(date(2026, 6, 8), time(20), "America/New_York")


def test_zones_whose_hours_never_meet_never_open() -> None:
    office = CallingHours.parse(["mon-fri 09:00-12:00"])
    at = datetime(2026, 6, 8, 12, tzinfo=UTC)
    assert office.opens_at(at, ["America/New_York", "Asia/Tokyo"]) is None


def test_a_lead_without_zones_is_never_open() -> None:
    at = datetime(2026, 6, 8, 12, tzinfo=UTC)
    assert not DEFAULT_CALLING_HOURS.is_open(at, [])
    assert DEFAULT_CALLING_HOURS.opens_at(at, []) is None
    assert DEFAULT_CALLING_HOURS.closes_at(at, []) is None


def test_hours_without_end_are_said_to_close_in_eight_days() -> None:
    always = CallingHours.parse(["daily 00:00-24:00"])
    at = datetime(2026, 3, 7, 1, 2, 3, tzinfo=UTC)
    assert always.closes_at(at, ["America/New_York"]) == at + timedelta(days=8)


def test_windows_that_touch_at_midnight_are_one() -> None:
    late = CallingHours.parse(["mon 20:00-24:00", "tue 00:00-02:00"])
    monday = at_local(date(2026, 6, 8), time(23), "Asia/Baku")
    expected = at_local(date(2026, 6, 9), time(2), "Asia/Baku")
    assert late.closes_at(monday, ["Asia/Baku"]) == expected


@given(hours())
def test_format_is_read_back_as_the_same_hours(calling_hours: CallingHours) -> None:
    if any(calling_hours.weekly):
        again = CallingHours.parse(calling_hours.format())
        minutes = [datetime(2026, 6, 8, tzinfo=UTC) + n * 15 * MINUTE for n in range(7 * 96)]
        for minute in minutes:
            assert again.is_open(minute, ["UTC"]) == calling_hours.is_open(minute, ["UTC"])
        assert CallingHours.parse(again.format()) == again


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mon-fry 09:00-20:00", "not a day"),
        ("fri-mon 09:00-20:00", "runs backwards"),
        ("mon-fri", "names no hours"),
        ("mon-fri 9-20", "not hours like"),
        ("mon-fri 09:00-25:00", "after 24:00"),
        ("mon-fri 09:75-20:00", "not hours like"),
        ("mon-fri 20:00-09:00", "ends before it begins"),
        ("mon-fri 09:00-12:00 11:00-13:00", "overlap"),
    ],
)
def test_bad_lines_are_refused_with_what_is_allowed(line: str, words: str) -> None:
    with pytest.raises(BadCallingHours, match=words):
        CallingHours.parse([line])


def test_no_hours_at_all_are_refused() -> None:
    with pytest.raises(BadCallingHours, match="nothing could ever be called"):
        CallingHours.parse([])
