"""The keys of a campaign file that say whom it may call, how often, and what follows an attempt."""

import json
import re
import tomllib
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.attempt_limits import AttemptLimit, Window
from campaigns.campaign_file import CampaignFileError, campaign_document, parse_campaign
from campaigns.campaign_file_rules import format_window, parse_window
from campaigns.campaign_spec import CallbackFallback, CampaignSpec, Retention
from campaigns.outcomes import Outcome
from campaigns.retry_rules import Refinement

LEAST: dict[str, Any] = {
    "name": "Spring",
    "client": "Example Bank",
    "team": "Blue",
    "region": "US",
    "caller_id": "(202) 555-0100",
    "trunks": ["main"],
}
WHOLE = """
name = "Spring"
client = "Example Bank"
team = "Blue"
region = "US"
caller_id = "+12025550100"
trunks = ["main"]

[do_not_call]
lists = ["bank", "spring"]

[[limits]]
most = 3
window = "24h"
per = "number"
why = "the bank's contract, 4.2"

[[limits]]
most = 1
window = "1 calendar day"
counts = "conversations"
scope = "client"

[consent]
required = true

[rules]
packs = ["uk"]
limit_signed_by = "M. Shah"

[machine_detection]
false_positive_ratio = 0.04
why = "1,000 calls listened to in May"

[callbacks]
tolerance_seconds = 120
fallback = "retry"
agent_wait_seconds = 60

[retention]
leads_days = 400
attempts_days = 1830

[retry]
attempts_max = 12
not_reached_max = 8
unfinished_max = 3
day_parts = ["09:00-12:00", "12:00-17:00", "17:00-20:00"]
busy = "5m"

[retry.no_answer]
wait = "4h"
growth = 1.5
wait_max = "3d"
next_number = false
rotate = true
give_up_after = 6

[retry.disposition.other]
wait = "14d"
"""


def parsed(**changes: Any) -> CampaignSpec:
    return parse_campaign(LEAST | changes, source="spring.toml")


def test_every_rule_of_a_file_is_read() -> None:
    spec = parse_campaign(tomllib.loads(WHOLE), source="spring.toml")
    assert spec.do_not_call_lists == ("bank", "spring")
    assert spec.limits == (
        AttemptLimit(
            most=3,
            window=Window(kind="rolling", length=24),
            unit="number",
            counts="attempts",
            scope="campaign",
            citation="the bank's contract, 4.2",
        ),
        AttemptLimit(
            most=1,
            window=Window(kind="calendar_day", length=1),
            unit="lead",
            counts="conversations",
            scope="client",
            citation="the campaign's own rule",
        ),
    )
    assert (spec.consent_required, spec.packs, spec.limit_signed_by) == (True, ("uk",), "M. Shah")
    assert spec.machine_false_positive_ratio == 0.04
    assert spec.callback_tolerance_seconds == 120
    assert spec.callback_fallback is CallbackFallback.RETRY
    assert spec.callback_agent_wait_seconds == 60
    assert spec.retention == Retention(leads_days=400, attempts_days=1830)
    retry = spec.retry
    assert (retry.attempts_max, retry.not_reached_max, retry.unfinished_max) == (12, 8, 3)
    assert retry.day_parts[0] == (time(9), time(12))
    assert retry.outcome_waits[Outcome.BUSY] == timedelta(minutes=5)
    assert retry.outcome_waits[Outcome.NO_ANSWER] == timedelta(hours=4)
    assert retry.refinements["no_answer"] == Refinement(
        growth=1.5,
        wait_max=timedelta(days=3),
        use_next_number=False,
        rotates=True,
        give_up_after=6,
    )
    assert retry.code_waits == {"other": timedelta(days=14)}


def test_a_file_with_every_rule_is_read_back_from_its_document() -> None:
    spec = parse_campaign(tomllib.loads(WHOLE), source="a")
    stored = json.loads(json.dumps(campaign_document(spec)))
    assert parse_campaign(stored, source="b") == spec


def test_without_the_keys_nothing_changes_for_older_campaigns() -> None:
    spec = parsed()
    assert spec.limits == ()
    assert not spec.consent_required
    assert spec.retention == Retention()
    assert spec.retry.not_reached_max is None
    assert not spec.retry.needs_repeats


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"limits": [{"window": "24h"}]}, r"limits\[1\]\.most: is missing"),
        ({"limits": [{"most": 3, "window": "soon"}]}, r'limits\[1\]\.window: is "soon".*"24h"'),
        ({"limits": [{"most": 3, "window": "0h"}]}, "up to a year"),
        ({"limits": [{"most": 0, "window": "24h"}]}, "from 1 to 1000"),
        ({"limits": [{"most": 1, "window": "1h", "per": "leed"}]}, 'did you mean "lead"'),
        ({"rules": {"packs": ["ukk"]}}, r'rules\.packs: holds "ukk".*did you mean "uk"'),
        ({"consent": {"required": "yes"}}, r"consent\.required.*true or false"),
        ({"consent": {"requird": True}}, 'did you mean "required"'),
        ({"do_not_call": {"lists": "bank"}}, r"do_not_call\.lists.*a list of names"),
        ({"callbacks": {"fallback": "nobody"}}, "team, retry"),
        ({"retention": {"leads_days": 0}}, r"retention\.leads_days: is 0"),
        ({"machine_detection": {"false_positive_ratio": 4}}, "a share, not per cent"),
        ({"machine_detection": {"false_positive_ratio": 0.1}}, r"why: is missing"),
        ({"retry": {"no_answer": {"growth": 0.5}}}, r"retry\.no_answer\.growth.*from 1 to 10"),
        ({"retry": {"no_answer": {"grow": 2}}}, r"retry\.no_answer\.grow: is not a known key"),
        ({"retry": {"busy": {"wait": "2h", "wait_max": "1h"}}}, "must not be shorter than wait"),
        ({"retry": {"day_parts": ["21:00-22:00"]}}, "never inside calling_hours"),
        ({"retry": {"day_parts": ["12:00-17:00", "09:00-12:00"]}}, "out of order"),
        ({"retry": {"disposition": {"othr": {"wait": "1d"}}}}, 'did you mean "other"'),
        ({"retry": {"disposition": {"refusal": "1d"}}}, "ends the lead"),
        ({"retry": {"disposition": {"wrong_number": "1d"}}}, "ends the lead or the number"),
        ({"retry": {"unfinished_max": 1.5}}, "whole number from 1 to 100"),
    ],
)
def test_each_mistake_is_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(CampaignFileError) as caught:
        parsed(**change)
    assert re.search(words, str(caught.value)), str(caught.value)


def test_a_british_campaign_may_not_shorten_the_wait_in_a_table_either() -> None:
    with pytest.raises(CampaignFileError, match='needs at least "72h"'):
        parsed(
            region="GB",
            caller_id="+442079460000",
            retry={"abandoned": {"wait": "24h", "growth": 2.0}},
        )


windows = st.builds(
    Window,
    kind=st.sampled_from(["rolling", "calendar_day", "days"]),
    length=st.integers(1, 366),
)


@given(window=windows)
def test_windows_are_written_as_they_were_read(window: Window) -> None:
    assert parse_window(format_window(window)) == window
