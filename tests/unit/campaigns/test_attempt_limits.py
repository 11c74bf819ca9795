"""Limits and cool-downs, against a model that looks at every hour by itself."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.attempt_limits import (
    AttemptLimit,
    CoolDown,
    PastAttempt,
    Subject,
    Window,
    cool_down_instants,
    cool_down_verdict,
    history_needed,
    limit_instants,
    verdict,
)
from campaigns.outcomes import Outcome

NOON = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
NEW_YORK = ("America/New_York",)
ZONES = ("America/New_York", "Europe/Oslo", "Asia/Baku", "Australia/Sydney")


def limit(most: int, window: Window, **changes: str) -> AttemptLimit:
    values = {"unit": "number", "counts": "attempts", "scope": "campaign", "citation": "test"}
    return AttemptLimit(most=most, window=window, **values | changes)  # type: ignore[arg-type]


def past(at: datetime, **changes: object) -> PastAttempt:
    values: dict[str, object] = {
        "written_at": at, "ended_at": at + timedelta(minutes=1), "number": "+12025550100",
        "lead_id": 1, "client_id": 1, "campaign_id": 1, "outcome": Outcome.NO_ANSWER,
        "is_conversation": False, "is_refusal": False, "is_machine": False,
    }  # fmt: skip
    return PastAttempt(**values | changes)  # type: ignore[arg-type]


SUBJECT = Subject(
    number="+12025550100",
    numbers=frozenset({"+12025550100", "+12025550101"}),
    lead_id=1,
    client_id=1,
    campaign_id=1,
    zones=NEW_YORK,
)


def test_three_in_twenty_four_hours_frees_the_fourth_when_the_first_leaves() -> None:
    calls = [NOON - timedelta(hours=hours) for hours in (23, 5, 1)]
    answer = verdict(limit(3, Window(kind="rolling", length=24)), calls, NOON, NEW_YORK)
    assert (answer.is_allowed, answer.used) == (False, 3)
    assert answer.next_allowed_at == NOON + timedelta(hours=1)


def test_a_calendar_day_ends_at_midnight_on_the_wall_of_the_called_party() -> None:
    rule = limit(1, Window(kind="calendar_day", length=1))
    late = datetime(2026, 3, 4, 3, 30, tzinfo=UTC)  # half past ten in the evening in New York
    answer = verdict(rule, [NOON], late, NEW_YORK)
    assert answer.next_allowed_at == datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
    assert verdict(rule, [NOON], answer.next_allowed_at, NEW_YORK).is_allowed
    # Of several possible walls the one furthest behind decides.
    later = verdict(rule, [NOON], late, ("America/New_York", "America/Los_Angeles"))
    assert later.next_allowed_at == datetime(2026, 3, 4, 8, 0, tzinfo=UTC)


def test_the_day_of_a_talk_is_day_one_of_seven() -> None:
    """12 CFR 1006.14(b)(2)(ii)(B): talked on Tuesday, called again on Tuesday a week later."""
    rule = CoolDown(
        after="conversation",
        window=Window(kind="calendar_day", length=7),
        unit="lead",
        scope="campaign",
        citation="test",
    )
    answer = cool_down_verdict(rule, [NOON], NOON, NEW_YORK)
    assert answer.next_allowed_at.astimezone(ZoneInfo("America/New_York")) == datetime(
        2026, 3, 10, 0, 0, tzinfo=ZoneInfo("America/New_York")
    )


def test_a_call_the_network_or_our_switch_failed_does_not_count() -> None:
    rule = limit(1, Window(kind="rolling", length=24))
    history = [past(NOON, outcome=Outcome.SWITCH_LIMIT), past(NOON, outcome=Outcome.CONGESTION)]
    assert limit_instants(rule, history, SUBJECT) == []
    assert limit_instants(rule, [past(NOON, outcome=None)], SUBJECT) == [NOON]


@pytest.mark.parametrize(
    ("unit", "scope", "counted"),
    [
        ("number", "campaign", "a"),
        ("number", "client", "ac"),
        ("number", "centre", "acd"),
        ("lead", "campaign", "ab"),
        ("lead", "client", "abc"),
        ("client", "client", "abc"),
        ("client", "centre", "abc"),
        ("lead", "centre", "abcd"),
    ],
)
def test_unit_and_scope_choose_whose_calls_count(unit: str, scope: str, counted: str) -> None:
    history = {
        "a": past(NOON),
        "b": past(NOON + timedelta(hours=1), number="+12025550101"),
        "c": past(NOON + timedelta(hours=2), campaign_id=2, lead_id=2),
        "d": past(NOON + timedelta(hours=3), campaign_id=3, client_id=2, lead_id=3),
        "e": past(NOON + timedelta(hours=4), number="+12025550199", lead_id=9),
    }
    rule = limit(9, Window(kind="rolling", length=24), unit=unit, scope=scope)
    found = limit_instants(rule, history.values(), SUBJECT)
    assert found == [history[name].written_at for name in counted]


@pytest.mark.parametrize(
    ("after", "event"),
    [
        ("abandoned", {"outcome": Outcome.ABANDONED}),
        ("abandoned", {"outcome": Outcome.HUNG_UP_EARLY}),
        ("machine", {"is_machine": True}),
        ("refusal", {"is_refusal": True}),
        ("conversation", {"is_conversation": True}),
    ],
)
def test_a_cool_down_follows_its_event_and_begins_with_the_end_of_the_call(
    after: str, event: dict[str, object]
) -> None:
    rule = CoolDown(
        after=after,  # type: ignore[arg-type]
        window=Window(kind="rolling", length=72),
        unit="number",
        scope="centre",
        citation="test",
    )
    instants = cool_down_instants(rule, [past(NOON), past(NOON, **event)], SUBJECT)
    assert instants == [NOON + timedelta(minutes=1)]


def test_limits_that_forbid_everything_are_refused() -> None:
    with pytest.raises(ValueError, match="would forbid every call"):
        limit(0, Window(kind="rolling", length=1))
    with pytest.raises(ValueError, match="holds nothing"):
        Window(kind="days", length=0)


windows = st.builds(
    Window, kind=st.sampled_from(["rolling", "calendar_day", "days"]), length=st.integers(1, 40)
)
instants = st.datetimes(
    datetime(2026, 2, 20),  # noqa: DTZ001 - given its zone below
    datetime(2026, 4, 20),  # noqa: DTZ001 - both summer times begin in between
    timezones=st.just(UTC),
)


def is_inside(window: Window, at: datetime, now: datetime, zone: str) -> bool:
    """Whether an event of `at` is in the window at `now`, by the words of the rule alone."""
    if at > now:
        return True
    if window.kind == "rolling":
        return now - at < timedelta(hours=window.length)
    then, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    days = (today.date() - then.date()).days
    if window.kind == "calendar_day":
        return days < window.length
    return days < window.length or (days == window.length and today.time() < then.time())


@given(windows, st.integers(1, 3), st.lists(instants, max_size=6), instants, st.sampled_from(ZONES))
def test_the_verdict_is_that_of_the_words_of_the_rule(
    window: Window, most: int, calls: list[datetime], now: datetime, zone: str
) -> None:
    calls = [each for each in calls if each <= now]
    answer = verdict(limit(most, window), calls, now, (zone,))
    naive = sum(is_inside(window, each, now, zone) for each in calls)
    if window.kind == "rolling":
        assert answer.used == naive
    else:
        # In the repeated hour of a night the strict reading keeps an event an hour longer.
        assert naive <= answer.used <= naive + len(calls)
        soon = now + timedelta(hours=1)
        assert answer.used <= naive or naive >= sum(is_inside(window, e, soon, zone) for e in calls)
    assert answer.is_allowed == (answer.used < most)


@given(windows, st.integers(1, 3), st.lists(instants, max_size=6), instants, st.sampled_from(ZONES))
def test_the_next_instant_is_the_first_that_is_allowed(
    window: Window, most: int, calls: list[datetime], now: datetime, zone: str
) -> None:
    rule = limit(most, window)
    answer = verdict(rule, calls, now, (zone,))
    assert verdict(rule, calls, answer.next_allowed_at, (zone,)).is_allowed
    if not answer.is_allowed:
        just_before = answer.next_allowed_at - timedelta(microseconds=1)
        assert not verdict(rule, calls, just_before, (zone,)).is_allowed


@given(windows, st.lists(instants, max_size=4), instants, st.lists(st.sampled_from(ZONES)))
def test_a_further_possible_zone_never_makes_a_call_allowed(
    window: Window, calls: list[datetime], now: datetime, zones: list[str]
) -> None:
    rule = limit(1, window)
    alone = verdict(rule, calls, now, NEW_YORK)
    together = verdict(rule, calls, now, (*NEW_YORK, *zones))
    assert together.next_allowed_at >= alone.next_allowed_at
    assert verdict(rule, calls, now, ()).next_allowed_at >= alone.next_allowed_at


def test_with_no_zone_a_call_early_in_the_day_of_the_west_still_counts_on_that_day() -> None:
    """At 05:00 UTC it is yesterday at UTC-12, where the day is soon over, and today in New York."""
    rule = limit(1, Window(kind="calendar_day", length=1))
    call = datetime(2026, 2, 20, 5, 0, tzinfo=UTC)
    at = datetime(2026, 2, 20, 20, 0, tzinfo=UTC)
    assert not verdict(rule, [call], at, ()).is_allowed


@given(windows, instants, instants, st.sampled_from(ZONES))
def test_no_event_older_than_the_history_that_is_read_can_count(
    window: Window, at: datetime, now: datetime, zone: str
) -> None:
    rule = limit(1, window)
    if now - at >= history_needed([rule], []):
        assert verdict(rule, [at], now, (zone,)).is_allowed
