"""The figures' definitions, reckoned by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from campaigns.reports.figures import AgentFigures, Figures, ListFigures, Spread, TimeBin
from campaigns.reports.kpis import Unit, by_key, kpis
from campaigns.reports.words import duration, outcome_label, percent, step_name, value_of

START = datetime(2026, 3, 2, 14, tzinfo=UTC)
HOUR = 3600.0


def figures(**changes: object) -> Figures:
    values: dict[str, object] = {
        "since": START,
        "until": START + timedelta(hours=2),
        "attempts": 1_010,
        "unfinished": 0,
        "answered": 400,
        "live_answers": 300,
        "abandoned": 6,
        "contacts": 290,
        "handled": 380,
        "sales": 29,
        "by_outcome": {"connected": 380, "abandoned": 6, "switch_limit": 10, "no_answer": 614},
        "causes": (),
        "dispositions": (),
        "bins": (),
        "agents": (
            AgentFigures(
                agent_id=1, name="anna", handled=380, contacts=290, sales=29,
                talk_seconds=1.5 * HOUR,
                state_seconds={
                    "talking": 1.5 * HOUR, "wrap_up": 0.2 * HOUR, "ready": 0.05 * HOUR,
                    "reserved": 0.05 * HOUR, "paused": 0.2 * HOUR, "connecting_leg": 60.0,
                },
            ),
        ),
        "list": ListFigures(
            leads=2_000, leads_finished=500, leads_attempted=900, leads_contacted=280,
            phones=3_000, phones_attempted=950,
        ),
        "talk": Spread(count=380, total=1.5 * HOUR),
        "talk_histogram": (),
        "wrap_up": Spread(),
        "ring": Spread(),
        "time_to_agent": Spread(count=380, total=100.0, p50=0.2, p95=0.7, p99=1.5),
        "in_time": 379,
        "idle": Spread(count=370, total=180.0, p95=2.0),
    }  # fmt: skip
    return Figures(**values | changes)  # type: ignore[arg-type]


def test_every_figure_is_its_numerator_over_its_denominator() -> None:
    all_of_them = kpis(figures(), answer_tolerance_seconds=2.0)
    for kpi in all_of_them:
        if "÷" in kpi.definition:
            assert kpi.value == pytest.approx(kpi.numerator / kpi.denominator), kpi.key
    assert len({kpi.key for kpi in all_of_them}) == len(all_of_them)


def test_the_definitions_hold_by_hand() -> None:
    found = {k: v.value for k, v in by_key(kpis(figures(), answer_tolerance_seconds=2.0)).items()}
    # Ten attempts never left our own switch.
    assert found["connection_ratio"] == 400 / 1_000
    assert found["live_answer_ratio"] == 300 / 1_000
    assert found["contact_ratio_dial"] == 290 / 1_000
    assert found["contact_ratio_list"] == 280 / 2_000
    assert found["abandonment_ratio"] == 6 / 300
    assert found["utilisation_ratio"] == pytest.approx(1.7 / 1.8)
    assert found["productive_ratio"] == pytest.approx(1.7 / 2.0)
    assert found["sales_per_agent_hour"] == pytest.approx(14.5)
    assert found["sales_per_hundred_contacts"] == pytest.approx(10.0)
    assert found["calls_per_agent_hour"] == pytest.approx(190)
    assert found["handle_seconds_mean"] == pytest.approx(1.7 * HOUR / 380)
    assert found["list_penetration_ratio"] == 900 / 2_000
    assert found["phone_penetration_ratio"] == 950 / 3_000
    assert found["list_saturation"] == 1_010 / 2_000
    assert found["exhaustion_ratio"] == 0.25
    assert found["in_time_ratio"] == 379 / 380
    assert found["time_to_agent_p99"] == 1.5


def test_an_agent_hour_has_sixty_minutes() -> None:
    found = by_key(kpis(figures(), answer_tolerance_seconds=2.0))
    minutes = [kpi.value for kpi in found.values() if kpi.unit is Unit.MINUTES_PER_HOUR]
    assert sum(value or 0.0 for value in minutes) == pytest.approx(60.0)


def test_where_nothing_happened_nothing_is_said() -> None:
    empty = replace(
        figures(), attempts=0, answered=0, live_answers=0, abandoned=0, contacts=0, handled=0,
        sales=0, by_outcome={}, agents=(), talk=Spread(), time_to_agent=Spread(), in_time=0,
        idle=Spread(),
    )  # fmt: skip
    for kpi in kpis(empty, answer_tolerance_seconds=2.0):
        if kpi.unit is Unit.COUNT:
            assert kpi.value == 0
        elif kpi.group != "Lead list":
            assert kpi.value is None, kpi.key
            assert value_of(kpi.value, kpi.unit) == "\u2013"


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "0:05"), (59.6, "1:00"), (3_723, "1:02:03"), (None, "\u2013")]
)
def test_durations_read_as_clocks(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_shares_near_a_limit_are_told_to_two_decimals() -> None:
    assert percent(0.02996) == "3.0%"
    assert percent(0.02996, 2) == "3.00%"
    assert percent(0.03004, 2) == "3.00%"
    assert value_of(0.0304, Unit.RATIO, precise=True) == "3.04%"


def test_an_outcome_of_a_newer_program_is_shown_as_it_is() -> None:
    assert outcome_label("no_answer") == "No answer"
    assert outcome_label("teleported") == "teleported"


def test_the_step_is_that_of_whole_bins_not_of_the_first_one_which_is_cut() -> None:
    edges = [START + timedelta(seconds=21), START + timedelta(minutes=10)]
    edges.append(START + timedelta(minutes=20))
    bins = tuple(TimeBin(begins_at=one, ends_at=other) for one, other in pairwise(edges))
    assert step_name(figures(bins=bins).step) == "by 10 minutes"
