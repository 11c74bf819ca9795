"""The tables about machines, surveys by keys and people who call back."""

import re
from typing import Any

import pytest

from campaigns.campaign_file import CampaignFileError, campaign_document, parse_campaign
from campaigns.ledger_rules import false_positives_of
from campaigns.screening_spec import OnMachine, ScreeningSpec, SurveyQuestion
from tests.support.stored import campaign_spec

LEAST: dict[str, Any] = {
    "name": "spring",
    "client": "Example Bank",
    "team": "blue",
    "region": "US",
    "caller_id": "+12025550100",
    "trunks": ["main"],
}
SURVEY: dict[str, Any] = LEAST | {
    "pacing": {"mode": "message"},
    "consent": {"required": True},
    "questions": [
        {"code": "pleased", "keys": {"1": "again", "2": "end"}, "text": "Were you pleased?"},
        {"code": "again", "keys": {"1": "end", "2": "end"}},
    ],
}


def parse(**changes: Any) -> Any:
    return parse_campaign(LEAST | changes, source="spring.toml")


def test_the_classifier_is_off_until_it_is_asked_for() -> None:
    assert parse().screening is None
    assert parse(machine_detection={"on_machine": "message"}).screening is None
    assert parse(machine_detection={"use": True}).screening == ScreeningSpec()


def test_every_setting_comes_back_from_its_document() -> None:
    spec = parse(
        machine_detection={
            "use": True,
            "on_machine": "message",
            "sample_ratio": 0.1,
            "message": "left-1",
            "seconds_max": 1.5,
            "silence_seconds": 0.9,
            "greeting_seconds": 1.1,
            "pause_seconds": 0.4,
            "level": 700,
            "beep_seconds_max": 30,
            "false_positive_ratio": 0.02,
            "why": "a test",
        },
        calls={"opt_out_key": "7", "opt_out_message": "bye"},
        return_calls={"wait_seconds": 30, "message": "later"},
    )
    assert spec.screening.on_machine is OnMachine.MESSAGE
    assert (spec.opt_out_key, spec.opt_out_message) == ("7", "bye")
    assert (spec.return_wait_seconds, spec.return_message) == (30.0, "later")
    assert parse_campaign(campaign_document(spec), source="again") == spec


def test_a_survey_comes_back_from_its_document() -> None:
    spec = parse_campaign(SURVEY, source="survey.toml")
    assert spec.survey[0] == SurveyQuestion(
        code="pleased", keys=(("1", "again"), ("2", None)), text="Were you pleased?"
    )
    assert parse_campaign(campaign_document(spec), source="again") == spec


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"machine_detection": {"use": "yes"}}, 'machine_detection.use: is "yes"'),
        ({"machine_detection": {"on_machine": "sell"}}, "hangup, message, connect"),
        ({"machine_detection": {"sample_ratio": 5}}, "from 0 to 1"),
        ({"machine_detection": {"seconds_max": 2}}, "answer_tolerance_seconds"),
        ({"machine_detection": {"message": "../x"}}, "not a path"),
        ({"machine_detection": {"sampel_ratio": 0.1}}, 'did you mean "sample_ratio"'),
        ({"calls": {"opt_out_key": "*"}}, "one key"),
        ({"calls": {"opt_out_key": 9}}, "one key"),
        ({"return_calls": {"wait_seconds": 0}}, "from 1 to 600"),
        ({"questions": SURVEY["questions"]}, 'pacing.mode = "message" only'),
    ],
)
def test_what_is_wrong_is_said_with_what_is_allowed(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(CampaignFileError, match=re.escape(said)):
        parse(**changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"consent": {}}, "gave their consent"),
        ({"questions": []}, "needs at least one [[questions]]"),
        ({"questions": [{"code": "a", "keys": {}}]}, "a table of keys"),
        ({"questions": [{"code": "a", "keys": {"9": "end"}}]}, "calls.opt_out_key"),
        ({"questions": [{"code": "a", "keys": {"12": "end"}}]}, "a table of keys"),
        ({"questions": [{"code": "a", "keys": {"1": "a"}}]}, "a later question"),
        ({"questions": [{"code": "a", "keys": {"1": "b"}}]}, "a later question"),
        ({"questions": [{"code": "end", "keys": {"1": "end"}}]}, "id of a recording"),
        (
            {"questions": [{"code": "a", "keys": {"1": "end"}}] * 2},
            'is "a", which is there already',
        ),
    ],
)
def test_a_survey_that_cannot_work_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(CampaignFileError, match=re.escape(said)):
        parse_campaign(SURVEY | changes, source="survey.toml")


def test_false_positives_are_the_managers_word_else_what_the_sample_shows() -> None:
    spec = campaign_spec()
    assert false_positives_of(spec).ratio == 1.0
    seen = false_positives_of(spec, sampled=40, sampled_people=1)
    assert seen.ratio == pytest.approx(0.129, abs=0.001)
    assert "1 of 40" in seen.reason
    told = campaign_spec(machine_false_positive_ratio=0.02, machine_false_positive_reason="x")
    assert false_positives_of(told, sampled=40, sampled_people=1).ratio == 0.02
