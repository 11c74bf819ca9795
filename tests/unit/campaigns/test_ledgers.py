"""Abandonment formulas by their check vectors, and the windows they are made over."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.campaign_spec import CampaignSpec
from campaigns.ledger_rules import false_positives_of, ledger_rules_of
from campaigns.ledgers import (
    BLOCK,
    NO_ESTIMATE,
    CallCounts,
    FalsePositives,
    Formula,
    LedgerWindow,
    ofcom_rate_with_amd,
    ofcom_rate_without_amd,
    rate,
    stretch_at,
    stretches,
    walls,
)
from campaigns.rule_packs.packs import load_packs

LONDON = ZoneInfo("Europe/London")
TORONTO = ZoneInfo("America/Toronto")
START = datetime(2026, 1, 10, 14, 30, tzinfo=UTC)
TESTED = FalsePositives(ratio=0.04, reason="1,000 calls listened to in May")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# ---- formulas -----------------------------------------------------------------------------------
def test_ofcoms_vector_without_machine_detection() -> None:
    found = ofcom_rate_without_amd(dropped=29, humans=9, machines=7)
    assert found.numerator == pytest.approx(16.3125)
    assert found.denominator == pytest.approx(25.3125)
    assert found.ratio == pytest.approx(0.6444, abs=5e-5)


def test_ofcoms_form_with_machine_detection_adds_the_estimated_false_positives() -> None:
    found = ofcom_rate_with_amd(20, 970, 250, TESTED)
    # 20 + 4 % of 250 is 30; 30 of 1,000 is the old line.
    assert (found.numerator, found.denominator) == (pytest.approx(30), pytest.approx(1000))
    assert found.ratio == pytest.approx(0.03)
    assert "1,000 calls listened to in May" in found.how


def test_without_an_estimate_every_machine_verdict_counts_as_a_person() -> None:
    assert ofcom_rate_with_amd(0, 90, 10, NO_ESTIMATE).ratio == pytest.approx(0.1)


def test_ofcoms_two_forms_are_chosen_by_what_the_calls_were() -> None:
    plain = CallCounts(abandoned=1, humans=9)
    detected = CallCounts(abandoned=1, humans=9, machine_verdicts=3)
    assert Formula.UK_WITHOUT_AMD.applies_to(plain)
    assert not Formula.UK_AMD.applies_to(plain)
    assert Formula.UK_AMD.applies_to(detected)
    assert not Formula.UK_WITHOUT_AMD.applies_to(detected)


@pytest.mark.parametrize(
    "formula", [Formula.US_FTC, Formula.US_FCC, Formula.CANADA, Formula.LIVE_ANSWERS]
)
def test_plain_formulas_leave_machines_out_and_keep_late_and_early_hang_ups_in(
    formula: Formula,
) -> None:
    counts = CallCounts(
        live_answers=200, abandoned=6, humans=190, machines_to_agents=50, machine_verdicts=400
    )
    found = rate(formula, counts, TESTED)
    assert (found.numerator, found.denominator) == (6, 200)
    assert found.ratio == pytest.approx(0.03)


@pytest.mark.parametrize("formula", Formula)
def test_nothing_answered_is_no_rate(formula: Formula) -> None:
    assert rate(formula, CallCounts(), TESTED).ratio is None


counts_of_calls = st.tuples(*[st.integers(0, 10_000)] * 5)


@given(numbers=counts_of_calls, formula=st.sampled_from(Formula))
def test_a_rate_is_a_share(numbers: tuple[int, ...], formula: Formula) -> None:
    humans, dropped, early, machines, verdicts = numbers
    counts = CallCounts(
        live_answers=humans + dropped + early,
        abandoned=dropped,
        humans=humans,
        machines_to_agents=machines,
        machine_verdicts=verdicts,
    )
    found = rate(formula, counts, TESTED)
    assert 0 <= found.numerator <= found.denominator
    assert found.ratio is None or 0 <= found.ratio <= 1


@given(dropped=st.integers(1, 999), humans=st.integers(0, 999), machines=st.integers(0, 999))
def test_machines_heard_by_agents_only_ever_take_dropped_calls_off(
    dropped: int, humans: int, machines: int
) -> None:
    found = ofcom_rate_without_amd(dropped, humans, machines)
    assert found.numerator <= dropped
    assert ofcom_rate_without_amd(dropped, humans, 0).numerator == dropped


# ---- windows ------------------------------------------------------------------------------------
def test_blocks_are_successive_from_the_first_start_and_never_roll() -> None:
    first = stretch_at(LedgerWindow.BLOCK_30_DAYS, START, started_at=START, zone=LONDON)
    assert (first.begins_at, first.ends_at) == (START, START + BLOCK)
    last_instant = START + BLOCK - timedelta(microseconds=1)
    assert stretch_at(LedgerWindow.BLOCK_30_DAYS, last_instant, started_at=START, zone=LONDON) == (
        first
    )
    second = stretch_at(LedgerWindow.BLOCK_30_DAYS, START + BLOCK, started_at=START, zone=LONDON)
    assert second.begins_at == START + BLOCK


def test_a_calendar_month_is_that_of_the_campaigns_clock() -> None:
    # Two in the morning of the first in UTC is still the old month in Toronto.
    month = stretch_at(
        LedgerWindow.CALENDAR_MONTH, at("2026-03-01T02:00:00+00:00"), started_at=START, zone=TORONTO
    )
    assert month.begins_at == at("2026-02-01T00:00:00-05:00")
    assert month.ends_at == at("2026-03-01T00:00:00-05:00")


def test_a_day_of_the_clock_change_has_23_hours() -> None:
    day = stretch_at(
        LedgerWindow.CALENDAR_DAY, at("2026-03-29T12:00:00+00:00"), started_at=START, zone=LONDON
    )
    assert day.ends_at is not None
    assert day.ends_at.astimezone(UTC) - day.begins_at.astimezone(UTC) == timedelta(hours=23)


@given(
    window=st.sampled_from(
        [LedgerWindow.CALENDAR_DAY, LedgerWindow.CALENDAR_MONTH, LedgerWindow.BLOCK_30_DAYS]
    ),
    hours=st.integers(1, 24 * 300),
    offset=st.integers(0, 24 * 200),
)
def test_fixed_windows_cover_a_period_without_gap_or_overlap(
    window: LedgerWindow, hours: int, offset: int
) -> None:
    since = START + timedelta(hours=offset)
    until = since + timedelta(hours=hours)
    found = stretches(window, since, until, started_at=START, zone=LONDON)
    assert found[0].begins_at <= since
    ends = [each.ends_at for each in found]
    assert ends[-1] is not None
    assert ends[-1] >= until
    assert ends[:-1] == [each.begins_at for each in found[1:]]
    for each in found:
        assert stretch_at(window, each.begins_at, started_at=START, zone=LONDON) == each


def test_rolling_windows_end_now() -> None:
    now = START + timedelta(days=3)
    found = stretches(LedgerWindow.ROLLING_24H, START, now, started_at=START, zone=LONDON)
    assert len(found) == 5
    assert (found[-1].begins_at, found[-1].ends_at) == (now - timedelta(hours=24), now)
    (month,) = stretches(LedgerWindow.ROLLING_30_DAYS, START, now, started_at=START, zone=LONDON)
    assert (month.begins_at, month.ends_at) == (now - BLOCK, now)


# ---- which accounts -----------------------------------------------------------------------------
def spec(region: str, **changes: object) -> CampaignSpec:
    values: dict[str, object] = {
        "name": "spring",
        "client": "Acme",
        "team": "sales",
        "region": region,
        "caller_id": "+12025550100",
        "trunks": ("main",),
    }
    return CampaignSpec(**values | changes)  # type: ignore[arg-type]


def accounts(region: str, *places: str, **changes: object) -> dict[str, tuple[str, str, float]]:
    rules = ledger_rules_of(
        spec(region, **changes), places, load_packs(), on=datetime(2026, 11, 21, tzinfo=UTC).date()
    )
    return {r.name: (r.regime, r.window.value, r.limit_ratio) for r in rules}


def test_american_leads_are_counted_in_blocks_of_thirty_days_by_both_agencies() -> None:
    found = accounts("US", "US-FL", "US-NY", limit_ratio=0.02)
    assert found["us-ledger-ftc"] == ("us", "block_30_days", 0.02)
    assert found["us-ledger-fcc"] == ("us", "block_30_days", 0.02)
    assert set(found) >= {"campaign", "day", "rolling_30_days"}


def test_canadas_limit_does_not_lift_the_campaigns_own() -> None:
    assert accounts("CA", "CA-ON")["ca-ledger"] == ("ca", "calendar_month", 0.03)


def test_british_leads_leave_nothing_to_abandon_until_somebody_signs() -> None:
    assert accounts("GB")["uk-ledger-no-amd"] == ("gb", "rolling_24h", 0.0)
    signed = accounts("GB", limit_signed_by="M. Shah, operations")
    assert signed["uk-ledger-no-amd"] == ("gb", "rolling_24h", 0.03)
    assert "uk-ledger-no-amd-until-2017" not in signed


def test_the_dialer_keeps_one_ledger_a_regime_and_window_with_the_lowest_limit() -> None:
    rules = ledger_rules_of(
        spec("US"), ["US-FL", "GB"], load_packs(), on=datetime(2026, 11, 21, tzinfo=UTC).date()
    )
    found = {rule.name: rule.limit_ratio for rule in walls(rules) if rule.regime != "campaign"}
    assert found == {"us_block_30_days": 0.03, "gb_rolling_24h": 0.0}


def test_an_estimate_of_false_positives_comes_with_its_reason() -> None:
    assert false_positives_of(spec("GB")) == NO_ESTIMATE
    tested = spec(
        "GB", machine_false_positive_ratio=0.04, machine_false_positive_reason=TESTED.reason
    )
    assert false_positives_of(tested) == TESTED
