"""Keys pressed while a recording plays, and surveys without agents."""

from dataclasses import replace

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import (
    AskQuestion,
    Hangup,
    Originate,
    PlayMessage,
    RecordCall,
    Recording,
    RecordOptOut,
    RecordSurveyAnswer,
)
from dialer.engine.config import Question
from dialer.engine.events import AgentPaused, CallEnded, KeyPressed, QuestionUnanswered
from dialer.engine.ids import AgentId, CallId
from dialer.engine.states import CallState
from dialer.pacing.settings import DialMode
from tests.support.engine_desk import Desk

CALL = CallId("call-1")
SURVEY = (
    Question(code="pleased", keys=(("1", "again"), ("2", None))),
    Question(code="again", keys=(("1", None), ("2", None))),
)


def key(digit: str) -> KeyPressed:
    return KeyPressed(call_id=CALL, key=digit)


def ended() -> CallEnded:
    return CallEnded(call_id=CALL, outcome=Outcome.UNKNOWN, cause="NORMAL_CLEARING")


def abandoned_desk() -> Desk:
    """A call that hears the message for abandoned calls."""
    desk = Desk(campaign=replace(Desk().campaign, opt_out_key="9"))
    desk.agent()
    desk.leads(1)
    desk.feed(AgentPaused(agent_id=AgentId(1), reason="lunch"))
    desk.answer(1)
    desk.wait(2.0)
    return desk


def survey_desk() -> Desk:
    """A campaign without agents, its first call answered."""
    desk = Desk(
        mode=DialMode.MESSAGE,
        campaign=replace(Desk().campaign, opt_out_key="9", survey=SURVEY),
    )
    desk.leads(1)
    desk.answer(1)
    return desk


def test_the_key_of_the_message_is_written_at_once_confirmed_and_ends_the_call():
    desk = abandoned_desk()
    assert desk.one(PlayMessage).opt_out_key == "9"
    desk.feed(key("9"), key("9"))
    opt_out = desk.one(RecordOptOut)
    assert (opt_out.call_id, opt_out.number, opt_out.key) == (CALL, "+12025550001", "9")
    confirmed = desk.all(PlayMessage)[-1]
    assert (confirmed.recording, confirmed.opt_out_key) == (Recording.OPTED_OUT, None)
    desk.feed(ended())
    record = desk.one(RecordCall)
    assert (record.outcome, record.is_abandoned) == (Outcome.ABANDONED, True)
    assert record.opted_out_at == opt_out.at


@pytest.mark.parametrize("digit", ["1", "0", "*", "#"])
def test_any_other_key_means_nothing(digit: str):
    desk = abandoned_desk()
    assert desk.feed(key(digit)) == []


def test_the_key_means_nothing_before_the_message_plays():
    desk = Desk(campaign=replace(Desk().campaign, opt_out_key="9"))
    desk.agent()
    desk.leads(1)
    desk.answer(1)
    assert desk.feed(key("9")) == []


def test_a_message_without_a_key_asks_for_none():
    desk = Desk()
    desk.agent()
    desk.leads(1)
    desk.feed(AgentPaused(agent_id=AgentId(1), reason="lunch"))
    desk.answer(1)
    desk.wait(2.0)
    assert desk.one(PlayMessage).opt_out_key is None
    assert desk.feed(key("9")) == []


def test_a_survey_launches_as_many_calls_as_the_lines_take_without_any_agent():
    desk = Desk(mode=DialMode.MESSAGE, campaign=replace(Desk().campaign, survey=SURVEY))
    desk.leads(*range(1, 11))
    desk.wait(1.0)
    assert len(desk.all(Originate)) == 10


def test_a_survey_asks_at_once_follows_the_keys_and_thanks():
    desk = survey_desk()
    first = desk.one(AskQuestion)
    assert (first.question, first.keys) == ("pleased", "129")
    desk.feed(key("5"), key("1"))
    assert desk.all(AskQuestion)[-1].question == "again"
    desk.feed(key("2"))
    answers = [(one.question, one.key) for one in desk.all(RecordSurveyAnswer)]
    assert answers == [("pleased", "1"), ("again", "2")]
    assert desk.one(PlayMessage).recording is Recording.THANKS
    desk.feed(key("1"))
    assert len(desk.all(RecordSurveyAnswer)) == 2, "nothing is asked any more"
    desk.feed(ended())
    record = desk.one(RecordCall)
    assert (record.outcome, record.is_live, record.is_abandoned) == (Outcome.MESSAGE, True, False)


def test_a_key_may_end_the_survey_early():
    desk = survey_desk()
    desk.feed(key("2"))
    assert desk.one(PlayMessage).recording is Recording.THANKS


def test_a_question_nobody_answers_ends_the_call():
    desk = survey_desk()
    desk.feed(key("1"))
    desk.feed(QuestionUnanswered(call_id=CALL, question="pleased"))
    assert desk.all(Hangup) == [], "of a question answered meanwhile"
    desk.feed(QuestionUnanswered(call_id=CALL, question="again"))
    assert desk.one(Hangup).call_id == CALL


def test_a_survey_can_be_left_for_good_by_its_key():
    desk = survey_desk()
    desk.feed(key("9"))
    assert desk.one(RecordOptOut).number == "+12025550001"
    assert desk.one(PlayMessage).recording is Recording.OPTED_OUT


def test_a_survey_is_never_abandoned_and_never_endless():
    desk = survey_desk()
    desk.wait(10.0)
    assert desk.snapshot.campaigns[0].abandoned == 0
    call = desk.call(1)
    assert call is not None and call.state is CallState.PLAYING
    desk.wait(300.0)
    assert desk.all(Hangup)
