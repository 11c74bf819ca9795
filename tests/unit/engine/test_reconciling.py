"""What happens after lost events, a lost switch, and a restart of ours."""

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import (
    HangupLeg,
    NailUp,
    Originate,
    ParkLeg,
    PlayMessage,
    RecordCall,
    Survey,
)  # fmt: skip
from dialer.engine.events import (
    AgentLegAdopted,
    AgentLegEnded,
    AgentLegOriginated,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentParked,
    CallAdopted,
    CallBridged,
    CallEnded,
    SurveyAnswered,
    SwitchConnected,
    SwitchLost,
)  # fmt: skip
from dialer.engine.ids import AgentId, CallId, LegId
from dialer.engine.states import AgentState, CallState
from tests.support.engine_desk import TEAM, Desk, hopper_lead

ONE, LEG = AgentId(1), LegId("leg-1")


def test_quiet_legs_are_asked_after_and_a_call_that_is_gone_ends_as_unknown():
    desk = Desk()
    desk.agent()
    desk.leads(1)
    desk.ring(1)
    desk.wait(10)
    survey = desk.all(Survey)[-1]
    assert (survey.call_ids, survey.leg_ids) == ((CallId("call-1"),), (LEG,))
    desk.feed(SurveyAnswered(gone_calls=survey.call_ids, gone_legs=(), asked_at=desk.now))
    assert desk.one(RecordCall).outcome is Outcome.UNKNOWN


def test_a_call_that_changed_after_the_question_is_not_judged_by_its_answer():
    desk = Desk()
    desk.agent()
    desk.leads(1)
    desk.wait(6)
    asked_at = desk.now
    desk.wait(1)
    desk.ring(1)
    desk.feed(SurveyAnswered(gone_calls=(CallId("call-1"),), gone_legs=(), asked_at=asked_at))
    assert desk.call(1) is not None


def test_a_lost_leg_is_called_again_with_growing_pauses():
    desk = Desk()
    desk.agent()
    desk.feed(AgentLegEnded(agent_id=ONE, leg_id=LEG, cause="NORMAL_CLEARING"))
    assert desk.agent_state().state is AgentState.CONNECTING_LEG
    before = len(desk.all(NailUp))
    for pause, leg in ((2.0, "leg-b"), (4.0, "leg-c"), (8.0, "leg-d")):
        desk.wait(pause - 0.1)
        assert len(desk.all(NailUp)) == before
        desk.wait(0.2)
        assert len(desk.all(NailUp)) == before + 1
        before += 1
        desk.feed(AgentLegOriginated(agent_id=ONE, leg_id=LegId(leg)))
        if leg != "leg-d":
            desk.feed(AgentLegEnded(agent_id=ONE, leg_id=LegId(leg), cause="USER_BUSY"))
    desk.feed(AgentParked(agent_id=ONE, leg_id=LegId("leg-d")))
    assert desk.agent_state().state is AgentState.READY


def test_a_lost_leg_of_a_reserved_agent_gives_the_call_to_another():
    desk = Desk()
    desk.agent(1)
    desk.agent(2)
    desk.leads(1)
    call_id = desk.answer(1)
    desk.feed(AgentLegEnded(agent_id=ONE, leg_id=LEG, cause="NORMAL_CLEARING"))
    desk.feed(CallBridged(call_id=call_id, leg_id=LegId("leg-2")))
    assert desk.call(1).agent_id == 2


def test_an_unknown_leg_that_parks_is_hung_up():
    desk = Desk()
    desk.feed(AgentParked(agent_id=ONE, leg_id=LegId("stranger")))
    assert desk.one(HangupLeg).leg_id == "stranger"


def test_logging_out_ends_the_leg():
    desk = Desk()
    desk.agent()
    desk.feed(AgentLoggedOut(agent_id=ONE))
    assert desk.one(HangupLeg).leg_id == LEG
    assert desk.snapshot.agents == ()


def test_a_new_switch_process_ends_all_calls_and_calls_the_agents_again():
    desk = Desk()
    desk.agent()
    desk.leads(1)
    call_id = desk.answer(1)
    desk.feed(CallBridged(call_id=call_id, leg_id=LEG), SwitchLost())
    desk.wait(3)
    assert desk.call(1).state is CallState.CONNECTED, "people go on talking while we cannot see"
    desk.feed(SwitchConnected(is_new=True))
    assert desk.one(RecordCall).outcome is Outcome.CONNECTED
    assert desk.agent_state().state is AgentState.WRAP_UP
    desk.wait(2.5)
    assert len(desk.all(NailUp)) == 2


def test_after_a_restart_a_talking_pair_talks_on_and_is_counted_once():
    desk = Desk()
    desk.feed(
        AgentLegAdopted(agent_id=ONE, team_id=TEAM, name="agent 1", leg_id=LEG, was_ready=True),
        CallAdopted(
            lead=hopper_lead(1),
            originated_at=desk.now - 60,
            answered_at=desk.now - 50,
            leg_id=LEG,
            bridged_at=desk.now - 49,
        ),
    )
    bridged_at = desk.now - 49
    assert desk.agent_state().state is AgentState.TALKING
    assert desk.snapshot.campaigns[0].ledgers[0].live_answers == 1
    desk.feed(CallEnded(call_id=CallId("call-1"), outcome=Outcome.FAILED, cause="NORMAL_CLEARING"))
    record = desk.one(RecordCall)
    assert (record.outcome, record.is_abandoned) == (Outcome.CONNECTED, False)
    assert record.bridged_at == bridged_at, "what was said before the restart counts too"
    assert desk.all(Originate) == []


def test_after_a_restart_an_agent_who_had_come_late_still_came_late():
    desk = Desk()
    desk.feed(
        AgentLegAdopted(agent_id=ONE, team_id=TEAM, name="agent 1", leg_id=LEG, was_ready=True),
        CallAdopted(
            lead=hopper_lead(1),
            originated_at=desk.now - 60,
            answered_at=desk.now - 50,
            leg_id=LEG,
            bridged_at=desk.now - 47.5,
        ),
    )
    assert desk.snapshot.campaigns[0].ledgers[0].abandoned == 1
    desk.feed(CallEnded(call_id=CallId("call-1"), outcome=Outcome.FAILED, cause="NORMAL_CLEARING"))
    record = desk.one(RecordCall)
    assert (record.outcome, record.is_abandoned) == (Outcome.CONNECTED, True)


def test_after_a_restart_an_answered_call_without_agent_hears_the_message_at_once():
    desk = Desk()
    desk.feed(
        CallAdopted(
            lead=hopper_lead(1), originated_at=desk.now - 20, answered_at=desk.now - 9, leg_id=None
        )
    )
    desk.wait(0.0)
    assert desk.one(PlayMessage).call_id == "call-1"
    assert desk.snapshot.campaigns[0].abandoned == 1


@pytest.mark.parametrize("was_ready", [True, False])
def test_an_adopted_agent_is_ready_only_if_they_were(was_ready):
    desk = Desk()
    desk.feed(
        AgentLegAdopted(agent_id=ONE, team_id=TEAM, name="a", leg_id=LEG, was_ready=was_ready)
    )
    expected = AgentState.READY if was_ready else AgentState.PAUSED
    assert desk.agent_state().state is expected


def test_agents_who_logged_in_while_the_switch_was_away_are_called_when_it_is_back():
    desk = Desk()
    desk.feed(SwitchLost())
    desk.agent(ready=False)
    assert desk.all(NailUp) == []
    desk.feed(SwitchConnected(is_new=False))
    assert [c.agent_id for c in desk.all(NailUp)] == [ONE]


def test_a_new_leg_whose_parking_was_never_told_is_woken_after_the_phone_must_have_stopped():
    desk = Desk()
    agent_id, leg_id = ONE, LEG
    desk.feed(
        AgentLoggedIn(agent_id=agent_id, team_id=TEAM, name="agent 1"),
        AgentLegOriginated(agent_id=agent_id, leg_id=leg_id),
    )
    desk.wait(34)
    assert desk.all(ParkLeg) == []
    desk.wait(1.5)
    assert desk.one(ParkLeg).leg_id == leg_id
    desk.feed(AgentParked(agent_id=agent_id, leg_id=leg_id))
    assert desk.agent_state().state is AgentState.PAUSED
