"""How a report cuts its period."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.reports.periods import BadPeriod, bin_seconds_of, edges_of, label_of, zone_of
from tests.support.stored import campaign_spec

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
KOLKATA = ZoneInfo("Asia/Kolkata")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("hours", "minutes"), [(0.5, 5), (2, 10), (8, 30), (24, 60), (72, 360), (24 * 30, 1440)]
)
def test_bins_grow_with_the_period(hours: float, minutes: int) -> None:
    assert bin_seconds_of(hours * 3600) == minutes * 60


def test_two_hours_are_cut_at_round_ten_minutes() -> None:
    edges = edges_of(utc(2026, 3, 2, 14, 3), utc(2026, 3, 2, 16, 1), NEW_YORK)
    assert edges[0] == utc(2026, 3, 2, 14, 0)
    assert edges[-1] == utc(2026, 3, 2, 16, 10)
    assert len(edges) == 14


def test_round_times_are_those_of_the_local_clock() -> None:
    # Half past the hour in UTC is a full hour in India.
    edges = edges_of(utc(2026, 3, 2, 4, 40), utc(2026, 3, 3, 4, 40), KOLKATA)
    assert {edge.astimezone(KOLKATA).minute for edge in edges} == {0}


def test_days_are_calendar_days_also_when_the_clock_changes() -> None:
    edges = edges_of(utc(2026, 3, 26), utc(2026, 4, 2), LONDON)
    assert {edge.astimezone(LONDON).hour for edge in edges} == {0}
    assert {b - a for a, b in pairwise(edges)} == {timedelta(hours=23), timedelta(hours=24)}


@given(
    since_unix=st.integers(1_704_067_200, 1_830_000_000),
    seconds=st.integers(1, 2_000 * 86_400),
    zone=st.sampled_from([LONDON, NEW_YORK, KOLKATA, ZoneInfo("Asia/Baku")]),
)
def test_edges_cover_the_period_in_order_and_fit_on_a_page(
    since_unix: int, seconds: int, zone: ZoneInfo
) -> None:
    since = datetime.fromtimestamp(since_unix, UTC)
    until = since + timedelta(seconds=seconds)
    edges = edges_of(since, until, zone)
    assert edges[0] <= since < edges[1]
    assert edges[-2] < until <= edges[-1]
    assert all(a < b for a, b in pairwise(edges))
    assert len(edges) <= 300


def test_a_period_that_ends_before_it_begins_is_refused_by_a_sentence() -> None:
    with pytest.raises(BadPeriod, match=r"ends at 2026-03-02 09:00, not after its beginning"):
        edges_of(utc(2026, 3, 2, 15), utc(2026, 3, 2, 14), NEW_YORK)


def test_a_mistyped_century_is_refused() -> None:
    with pytest.raises(BadPeriod, match=r"begins on 1026-.*too long ago"):
        edges_of(utc(1026, 3, 2), utc(2026, 3, 2), LONDON)


def test_labels_say_no_more_than_is_needed() -> None:
    begins, hour, day = utc(2026, 3, 2, 14), timedelta(hours=1), timedelta(days=1)
    assert label_of(begins, begins + hour, NEW_YORK, length=2 * hour) == "09:00"
    assert label_of(begins, begins + 6 * hour, NEW_YORK, length=3 * day) == "2 Mar 09:00"
    assert label_of(begins, begins + day, NEW_YORK, length=9 * day) == "2 Mar"


def test_the_clock_is_that_of_the_caller_id() -> None:
    assert zone_of(campaign_spec()).key == "America/New_York"
    assert zone_of(campaign_spec(caller_id="+442079460000", region="GB")).key == "Europe/London"
    assert zone_of(campaign_spec(caller_id="+1")).key == "UTC"
