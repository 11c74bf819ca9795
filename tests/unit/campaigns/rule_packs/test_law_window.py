"""Calling hours under the law, against a naive oracle (tests/support/naive_hours.py)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import rule_packs
from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import Purpose
from campaigns.rule_packs import load_packs
from campaigns.rule_packs.examples import ALL_DAY
from tests.support.naive_hours import (
    CAMPAIGNS,
    PLACES,
    campaigns,
    instants,
    naive_open,
    odd_instants,
    places,
    purposes,
)

_PACKS = load_packs()
_MINUTE = timedelta(minutes=1)


@given(place=places, purpose=purposes, campaign=campaigns, at=instants | odd_instants)
@settings(max_examples=600, deadline=None)
def test_open_exactly_when_the_naive_oracle_says_so(
    place: tuple[str, str], purpose: Purpose, campaign: CallingHours, at: datetime
) -> None:
    where, zone = place
    window = _applied(where, purpose, at).window(campaign)
    expected = naive_open(where, purpose, campaign, zone, at)
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
                assert naive_open(place, purpose, campaign, zone, at)


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
@pytest.mark.parametrize("campaign", CAMPAIGNS[::2], ids=["all day", "nights"])
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
