"""Calling hours under the law, against a naive oracle that asks one minute at a time.

The oracle reads the TOML files itself and knows nothing of spans, caches or pack code but the
holidays library.
"""

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import rule_packs
from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import Purpose
from campaigns.rule_packs import load_packs
from campaigns.rule_packs.examples import ALL_DAY

_PACKS = load_packs()
_FILES = [
    tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted(Path(rule_packs.__file__).with_name("data").glob("*.toml"))
]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTE = timedelta(minutes=1)

PLACES = [
    ("US-AL", "America/Chicago"),
    ("US-CT", "America/New_York"),
    ("US-FL", "America/New_York"),
    ("US-KY", "America/New_York"),
    ("US-MS", "America/Chicago"),
    ("US-NY", "America/New_York"),
    ("US-RI", "America/New_York"),
    ("US-AZ", "America/Phoenix"),
    ("US", "America/Los_Angeles"),
    ("PR", "America/Puerto_Rico"),
    ("GB", "Europe/London"),
    ("CA-NL", "America/St_Johns"),
    ("CA", "America/Vancouver"),
    ("FR", "Europe/Paris"),
    ("RE", "Indian/Reunion"),
    ("DE", "Europe/Berlin"),
    ("TR", "Europe/Istanbul"),
    ("AU", "Australia/Lord_Howe"),
    ("AU", "Australia/Sydney"),
    ("AZ", "Asia/Baku"),
    ("GE", "Asia/Tbilisi"),
    ("KZ", "Asia/Almaty"),
    ("MX", "America/Mexico_City"),
    ("CL", "America/Santiago"),
    ("EG", "Africa/Cairo"),
    ("AQ", "Antarctica/Troll"),
]
_CAMPAIGNS = [
    ALL_DAY,
    CallingHours.parse(["mon-sat 09:00-20:00"]),
    CallingHours.parse(["mon-fri 08:30-12:15 13:45-24:00", "sun 00:00-02:30 11:00-16:00"]),
]

places = st.sampled_from(PLACES)
purposes = st.sampled_from(list(Purpose))
campaigns = st.sampled_from(_CAMPAIGNS)
instants = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + minutes * _MINUTE
)
# A clock somewhere changes within a day and a half of these, or somewhere it is a holiday.
odd_days = st.sampled_from(
    [
        date(2026, 3, 8), date(2026, 11, 1), date(2026, 3, 29), date(2026, 10, 25),
        date(2026, 4, 5), date(2026, 10, 4), date(2027, 4, 4), date(2026, 9, 6),
        date(2026, 4, 24), date(2026, 10, 30), date(2026, 12, 25), date(2026, 7, 4),
        date(2026, 7, 14), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1),
        date(2027, 12, 31), date(2026, 8, 11), date(2026, 1, 26),
    ]
)  # fmt: skip
odd_instants = st.builds(
    lambda day, minutes: datetime(day.year, day.month, day.day, tzinfo=UTC) + minutes * _MINUTE,
    odd_days,
    st.integers(-36 * 60, 36 * 60),
)


@given(place=places, purpose=purposes, campaign=campaigns, at=instants | odd_instants)
@settings(max_examples=600, deadline=None)
def test_open_exactly_when_the_naive_oracle_says_so(
    place: tuple[str, str], purpose: Purpose, campaign: CallingHours, at: datetime
) -> None:
    where, zone = place
    window = _applied(where, purpose, at).window(campaign)
    expected = _naive(where, purpose, campaign, zone, at)
    assert window.is_open(at, [zone]) == expected
    assert (window.why_closed(at, [zone]) == ()) == expected


@given(one=places, two=places, purpose=purposes, campaign=campaigns, at=instants | odd_instants)
@settings(max_examples=300, deadline=None)
def test_two_places_and_zones_are_open_only_when_every_pair_is(
    one: tuple[str, str],
    two: tuple[str, str],
    purpose: Purpose,
    campaign: CallingHours,
    at: datetime,
) -> None:
    where = ",".join(sorted({one[0], two[0]}))
    zones = [one[1], two[1]]
    window = _applied(where, purpose, at).window(campaign)
    if window.is_open(at, zones):
        for place, _ in (one, two):
            for zone in zones:
                assert _naive(place, purpose, campaign, zone, at)


@given(place=places, purpose=purposes, campaign=campaigns, at=instants | odd_instants)
@settings(max_examples=60, deadline=None)
def test_closing_and_opening_agree_with_a_scan_of_every_minute(
    place: tuple[str, str], purpose: Purpose, campaign: CallingHours, at: datetime
) -> None:
    where, zone = place
    window = _applied(where, purpose, at).window(campaign)
    if window.is_open(at, [zone]):
        closing = window.closes_at(at, [zone])
        assert closing is not None
        assert closing == _scan(window, [zone], at, want=False, minutes=8 * 24 * 60)
        assert window.opens_at(at, [zone]) == at
    else:
        assert window.closes_at(at, [zone]) is None
        opening = window.opens_at(at, [zone])
        assert opening is not None
        assert opening == _scan(window, [zone], at, want=True, minutes=31 * 24 * 60)


@given(base=st.sets(places, min_size=1, max_size=3), more=places, purpose=purposes,
       campaign=campaigns, at=instants | odd_instants)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_a_further_jurisdiction_never_opens_and_never_drops_a_rule(
    base: set[tuple[str, str]],
    more: tuple[str, str],
    purpose: Purpose,
    campaign: CallingHours,
    at: datetime,
) -> None:
    zones = sorted(zone for _, zone in base)
    narrow = _applied(",".join(sorted({where for where, _ in base})), purpose, at)
    wide = _applied(",".join(sorted({where for where, _ in base | {more}})), purpose, at)
    if wide.window(campaign).is_open(at, zones):
        assert narrow.window(campaign).is_open(at, zones)
    assert {rule.id for rule in narrow.rules} <= {rule.id for rule in wide.rules}
    assert wide.ring_seconds_min >= narrow.ring_seconds_min
    assert set(narrow.limits) <= set(wide.limits)
    assert set(narrow.cool_downs) <= set(wide.cool_downs)
    if narrow.consent_required is not None:
        assert wide.consent_required is not None


@given(place=places, purpose=purposes, campaign=campaigns, at=instants | odd_instants)
@settings(max_examples=200, deadline=None)
def test_the_law_never_widens_the_campaigns_hours(
    place: tuple[str, str], purpose: Purpose, campaign: CallingHours, at: datetime
) -> None:
    where, zone = place
    if _applied(where, purpose, at).window(campaign).is_open(at, [zone]):
        assert campaign.is_open(at, [zone])


@pytest.mark.parametrize(("where", "zone"), PLACES)
@pytest.mark.parametrize("campaign", _CAMPAIGNS[::2], ids=["all day", "nights"])
def test_around_every_clock_change_openings_and_closings_are_those_of_a_scan(
    where: str, zone: str, campaign: CallingHours
) -> None:
    for change in _clock_changes(zone):
        begin, end = change - timedelta(hours=30), change + timedelta(hours=30)
        window = _applied(where, Purpose.SERVICE, begin).window(campaign)
        minutes = [begin + step * _MINUTE for step in range(60 * 60)]
        states = [window.is_open(each, [zone]) for each in minutes]
        edges = [
            (at, state)
            for at, state, before in zip(minutes[1:], states[1:], states, strict=False)
            if state != before
        ]
        walked = []
        at, state = begin, states[0]
        while True:
            found = (window.closes_at if state else window.opens_at)(at, [zone])
            if found is None or found >= end:
                break
            at, state = found, not state
            walked.append((at, state))
        assert walked == edges


def _clock_changes(zone: str) -> list[datetime]:
    """The hours of 2026 in which the zone's clock is changed."""
    hours = [datetime(2026, 1, 2, tzinfo=UTC) + timedelta(hours=each) for each in range(8700)]
    offsets = [each.astimezone(ZoneInfo(zone)).utcoffset() for each in hours]
    return [
        at
        for at, now, before in zip(hours[1:], offsets[1:], offsets, strict=False)
        if now != before
    ]


def test_a_window_reads_the_law_of_the_local_date_not_of_the_day_it_was_asked_for() -> None:
    # The day before D. 223-9 came into force the window already knows tomorrow's hours.
    before = datetime(2023, 2, 28, 12, tzinfo=UTC)
    window = _applied("FR", Purpose.MARKETING, before).window(ALL_DAY)
    night = datetime(2023, 2, 28, 22, 59, tzinfo=UTC)
    assert window.is_open(night, ["Europe/Paris"])
    assert not window.is_open(night + _MINUTE, ["Europe/Paris"])
    assert window.closes_at(before, ["Europe/Paris"]) == night + _MINUTE
    assert window.opens_at(night + _MINUTE, ["Europe/Paris"]) == datetime(2023, 3, 1, 9, tzinfo=UTC)


def test_a_holiday_and_the_weekend_behind_it_are_passed_over() -> None:
    window = _applied("FR", Purpose.MARKETING, datetime(2026, 5, 1, tzinfo=UTC)).window(ALL_DAY)
    eve = datetime(2026, 4, 30, 18, tzinfo=UTC)
    assert window.opens_at(eve, ["Europe/Paris"]) == datetime(2026, 5, 4, 8, tzinfo=UTC)
    (closed,) = window.why_closed(datetime(2026, 5, 1, 9, tzinfo=UTC), ["Europe/Paris"])
    assert (closed.rule_id, closed.holiday) == ("fr-hours", "Labor Day")


def test_hours_of_one_day_a_week_are_found_after_two_holidays_in_a_row() -> None:
    fridays = CallingHours.parse(["fri 10:00-12:00"])
    at = datetime(2026, 12, 19, tzinfo=UTC)
    window = _applied("AU", Purpose.MARKETING, at).window(fridays)
    # Christmas 2026 and New Year 2027 are both Fridays.
    expected = datetime(2027, 1, 8, 10, tzinfo=ZoneInfo("Australia/Sydney"))
    assert window.opens_at(at, ["Australia/Sydney"]) == expected


def test_zones_whose_hours_never_meet_open_never() -> None:
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    window = _applied("FR", Purpose.MARKETING, at).window(ALL_DAY)
    assert window.opens_at(at, ["Europe/Paris", "Pacific/Honolulu"]) is None


def test_without_zones_it_is_never_open() -> None:
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    window = _applied("FR", Purpose.SERVICE, at).window(ALL_DAY)
    assert not window.is_open(at, [])
    assert window.opens_at(at, []) is None
    assert window.closes_at(at, []) is None


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_the_boundary_is_exact_to_the_second(seconds: int) -> None:
    nine = datetime(2026, 6, 1, 13, tzinfo=UTC) + timedelta(seconds=seconds)
    window = _applied("US-CT", Purpose.MARKETING, nine).window(ALL_DAY)
    assert window.is_open(nine, ["America/New_York"]) == (seconds >= 0)


def _applied(where: str, purpose: Purpose, at: datetime) -> rule_packs.Applied:
    return _PACKS.applicable(where, purpose=purpose, number_kind=None, on=at.date())


def _scan(
    window: rule_packs.LawWindow, zones: list[str], at: datetime, *, want: bool, minutes: int
) -> datetime | None:
    """The first minute from `at` on that is as wanted, or the end of the search when closing."""
    for step in range(minutes):
        if window.is_open(at + step * _MINUTE, zones) == want:
            return at + step * _MINUTE
    return None if want else at + minutes * _MINUTE


def _naive(where: str, purpose: Purpose, campaign: CallingHours, zone: str, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(zone))
    if not _naive_weekly(campaign.weekly[local.weekday()], local):
        return False
    return all(_naive_rule(rule, where, local) for rule in _naive_rules(where, purpose, local))


def _naive_weekly(windows: tuple[tuple[time, time], ...], local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    return any(
        start.hour * 60 + start.minute <= minute < (end.hour * 60 + end.minute or 24 * 60)
        for start, end in windows
    )


def _naive_rules(where: str, purpose: Purpose, local: datetime) -> list[dict[str, Any]]:
    country = where[:2]
    named = {place[:2] for pack in _FILES for place in pack.get("jurisdictions", ())}
    found = []
    for pack in _FILES:
        if pack["id"] == "default":
            if country in named:
                continue
        elif not pack.get("everywhere") and country not in {
            place[:2] for place in pack["jurisdictions"]
        }:
            continue
        for rule in pack["rules"]:
            of = rule.get("jurisdictions", pack.get("jurisdictions", [where]))
            is_here = any(
                each in (where, country) or (where == country and each[:2] == country)
                for each in of
            )
            starred = rule.get("purposes_starred", [])
            meant = rule.get("purposes", list(Purpose)) + starred
            first = rule.get("effective_from", date.min)
            last = rule.get("effective_to", date.max)
            is_held = first <= local.date() <= last
            if rule["kind"] == "hours" and is_here and is_held and purpose in meant:
                found.append(rule)
    return found


def _naive_rule(rule: dict[str, Any], where: str, local: datetime) -> bool:
    if rule.get("holidays") == "closed":
        for calendar in rule.get("holiday_calendars", [where]):
            if _naive_holiday(calendar, local.date()):
                return False
    minute = local.hour * 60 + local.minute
    for line in rule["hours"]:
        days, *windows = line.split()
        first, _, last = days.partition("-")
        if days == "daily":
            first, last = "mon", "sun"
        if _DAYS.index(first) <= local.weekday() <= _DAYS.index(last or first):
            for window in windows:
                start, end = ((int(x[:2]) * 60 + int(x[3:])) for x in window.split("-"))
                if start <= minute < end:
                    return True
    return False


_HOLIDAYS: dict[str, Any] = {}


def _naive_holiday(calendar: str, day: date) -> bool:
    if calendar not in _HOLIDAYS:
        country, _, subdivision = calendar.partition("-")
        try:
            _HOLIDAYS[calendar] = holidays.country_holidays(country, subdiv=subdivision or None)
        except NotImplementedError:
            _HOLIDAYS[calendar] = {}
    return day in _HOLIDAYS[calendar]
