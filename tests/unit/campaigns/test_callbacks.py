"""Promised calls: the moment by the lead's clock, what the law says of it, how promises go."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.callbacks import (
    BadMoment,
    CallbackState,
    Terms,
    advise,
    callable_until,
    in_zones,
    read_local,
    verdict,
)
from campaigns.calling_hours import CallingHours

NEW_YORK, CHICAGO = "America/New_York", "America/Chicago"
OFFICE = CallingHours.parse(["mon-fri 09:00-17:00"])
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def terms(**changes: object) -> Terms:
    values: dict[str, object] = {
        "due_at": NOW,
        "tolerance_seconds": 300.0,
        "agent_wait_seconds": 600.0,
        "agent_id": 7,
    }
    return Terms(**values | changes)  # type: ignore[arg-type]


def test_a_moment_is_by_the_clock_of_the_lead() -> None:
    at = in_zones(read_local("2026-03-03 15:00"), [NEW_YORK])

    assert at == datetime(2026, 3, 3, 20, 0, tzinfo=UTC)


def test_zones_whose_clocks_agree_are_one_moment() -> None:
    assert in_zones(read_local("2026-03-03 15:00"), [NEW_YORK, "America/Detroit"]).hour == 20


def test_zones_whose_clocks_differ_are_asked_about() -> None:
    with pytest.raises(BadMoment, match=r"America/Chicago, America/New_York.*--zone"):
        in_zones(read_local("2026-03-03 15:00"), [NEW_YORK, CHICAGO])


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01 10:00", "2026-03-03T15:00", "15:00"])
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadMoment, match="2026-11-22 15:00"):
        read_local(text)


def test_an_hour_that_summer_time_skips_is_taken_after_it() -> None:
    # On 8 March 2026 clocks in New York go from 02:00 to 03:00.
    at = in_zones(read_local("2026-03-08 02:30"), [NEW_YORK])

    assert at.astimezone(ZoneInfo(NEW_YORK)).strftime("%H:%M") == "03:30"


@given(
    st.datetimes(read_local("2026-01-01 00:00"), read_local("2027-01-01 00:00")),
    st.sampled_from([NEW_YORK, "Europe/Berlin", "Asia/Baku", "Australia/Lord_Howe"]),
)
def test_any_clock_time_is_one_instant_near_it(local: datetime, zone: str) -> None:
    shown = in_zones(local, [zone]).astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    assert abs(shown - local) <= timedelta(hours=1)


def test_a_moment_inside_the_hours_needs_no_warning() -> None:
    advice = advise(NOW + timedelta(hours=1), OFFICE, [NEW_YORK], now=NOW)

    assert advice.warning is None and advice.proposed_at is None


def test_a_moment_outside_the_hours_is_warned_of_and_the_next_is_proposed() -> None:
    saturday = in_zones(read_local("2026-03-07 11:00"), [NEW_YORK])

    advice = advise(saturday, OFFICE, [NEW_YORK], now=NOW)

    assert advice.warning is not None and "2026-03-07 11:00 (America/New_York)" in advice.warning
    assert advice.proposed_at == in_zones(read_local("2026-03-09 09:00"), [NEW_YORK])


def test_a_moment_in_the_past_is_warned_of() -> None:
    advice = advise(NOW - timedelta(minutes=5), OFFICE, [NEW_YORK], now=NOW)

    assert advice.warning is not None and "5 minutes ago" in advice.warning


def test_where_the_hours_are_closed_nothing_may_be_launched_at_the_moment() -> None:
    saturday = in_zones(read_local("2026-03-07 11:00"), [NEW_YORK])

    assert callable_until(saturday, OFFICE, [NEW_YORK], now=NOW) == saturday
    assert callable_until(NOW, OFFICE, [NEW_YORK], now=NOW) > NOW


@pytest.mark.parametrize(
    ("late_seconds", "spoke_with", "was_connected", "state"),
    [
        (0, 7, True, CallbackState.KEPT),
        (300, 7, True, CallbackState.KEPT),
        (301, 7, True, CallbackState.LATE),
        (0, 8, True, CallbackState.LATE),
        (0, None, False, CallbackState.MISSED),
    ],
)
def test_how_a_promise_went(
    late_seconds: int, spoke_with: int | None, was_connected: bool, state: CallbackState
) -> None:
    began_at = NOW + timedelta(seconds=late_seconds)

    went, _ = verdict(
        terms(), began_at=began_at, spoke_with=spoke_with, was_connected=was_connected
    )

    assert went is state


def test_a_promise_of_the_team_is_kept_by_anyone() -> None:
    went, _ = verdict(terms(agent_id=None), began_at=NOW, spoke_with=3, was_connected=True)

    assert went is CallbackState.KEPT
