"""From answer to wrap-up: who gets the call, what is counted, what is written."""

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import (
    Bridge,
    Hangup,
    Originate,
    ParkLeg,
    PlayMessage,
    RecordCall,
    RecordDisposition,
    ShowLead,
)  # fmt: skip
from dialer.engine.events import (
    AgentHungUp,
    AgentLegEnded,
    AgentParked,
    AgentPaused,
    BridgeRefused,
    CallAnswered,
    CallBridged,
    CallDisposed,
    CallEnded,
    CallOriginated,
    CallParked,
    CallRinging,
)  # fmt: skip
from dialer.engine.ids import AgentId, CallId, LegId
from dialer.engine.states import AgentState, CallState
from dialer.errors import IllegalTransition
from tests.support.engine_desk import Desk

LEG = LegId("leg-1")


def ended(number: int, outcome: Outcome = Outcome.FAILED, cause: str = "NORMAL_CLEARING"):
    return CallEnded(call_id=CallId(f"call-{number}"), outcome=outcome, cause=cause)


def connected_desk() -> Desk:
    desk = Desk()
    desk.agent()
    desk.leads(1)
    call_id = desk.answer(1)
    desk.now += 0.06
    desk.feed(CallBridged(call_id=call_id, leg_id=LEG))
    return desk


def test_a_ready_agent_gets_one_call_and_the_answer_is_bridged_agent_first_when_parked():
    desk = Desk()
    desk.agent()
    desk.leads(1, 2)
    assert [o.lead.lead_id for o in desk.all(Originate)] == [1]
    call_id = desk.ring(1)
    desk.feed(CallAnswered(call_id=call_id))
    assert desk.all(Bridge) == []
    assert desk.agent_state().state is AgentState.RESERVED
    assert desk.one(ShowLead).lead_id == 1
    desk.feed(CallParked(call_id=call_id))
    assert desk.one(Bridge) == Bridge(call_id=call_id, leg_id=LEG)


def test_a_connected_call_is_live_and_not_abandoned_and_wrap_up_ends_by_disposition():
    desk = connected_desk()
    desk.now += 90
    desk.feed(ended(1))
    record = desk.one(RecordCall)
    assert (record.outcome, record.is_live, record.is_abandoned) == (Outcome.CONNECTED, True, False)
    assert record.bridged_at == pytest.approx(record.answered_at + 0.08)
    assert desk.agent_state().state is AgentState.WRAP_UP
    desk.feed(AgentParked(agent_id=AgentId(1), leg_id=LEG))
    desk.feed(CallDisposed(agent_id=AgentId(1), call_id=CallId("call-1"), disposition="sale"))
    assert desk.one(RecordDisposition).disposition == "sale"
    assert desk.agent_state().state is AgentState.READY


def test_wrap_up_without_a_word_ends_at_its_limit():
    desk = connected_desk()
    desk.feed(ended(1), AgentParked(agent_id=AgentId(1), leg_id=LEG))
    desk.wait(30.0)
    assert desk.one(RecordDisposition).disposition is None
    assert desk.agent_state().state is AgentState.READY


def lose_leg(desk: Desk, agent: int) -> None:
    """The call in flight loses who it was launched for; nothing else takes an agent from it."""
    desk.feed(
        AgentLegEnded(
            agent_id=AgentId(agent), leg_id=LegId(f"leg-{agent}"), cause="NORMAL_CLEARING"
        )
    )


def test_an_answer_with_nobody_free_is_abandoned_at_two_seconds_and_hears_the_message():
    desk = Desk()
    desk.agent(1)
    desk.leads(1)
    lose_leg(desk, 1)
    call_id = desk.answer(1)
    assert desk.call(1).state is CallState.WAITING
    desk.wait(1.97)
    assert desk.all(PlayMessage) == []
    desk.wait(0.02)
    assert desk.one(PlayMessage).call_id == call_id
    assert desk.snapshot.campaigns[0].abandoned == 1
    desk.feed(ended(1))
    record = desk.one(RecordCall)
    assert (record.outcome, record.is_live, record.is_abandoned) == (Outcome.ABANDONED, True, True)


def test_an_agent_who_comes_free_in_time_takes_the_waiting_call():
    desk = connected_desk()
    desk.leads(2)
    desk.agent(2)
    lose_leg(desk, 2)
    call_id = desk.answer(2)
    desk.wait(1.0)
    desk.feed(ended(1), AgentParked(agent_id=AgentId(1), leg_id=LEG))
    desk.feed(CallDisposed(agent_id=AgentId(1), call_id=CallId("call-1"), disposition="x"))
    assert desk.all(Bridge)[-1] == Bridge(call_id=call_id, leg_id=LEG)


def test_a_late_bridge_connects_but_counts_as_abandoned():
    desk = Desk()
    desk.agent()
    desk.leads(1)
    call_id = desk.ring(1)
    desk.feed(CallAnswered(call_id=call_id))
    desk.now += 2.5
    desk.feed(CallParked(call_id=call_id))
    desk.feed(CallBridged(call_id=call_id, leg_id=LEG))
    desk.feed(ended(1))
    record = desk.one(RecordCall)
    assert (record.outcome, record.is_abandoned) == (Outcome.CONNECTED, True)
    assert desk.all(PlayMessage) == []
    assert desk.snapshot.campaigns[0].ledgers[0].abandoned == 1


def test_a_lead_who_hangs_up_while_waiting_is_counted_as_abandoned():
    desk = Desk()
    desk.agent()
    desk.leads(1)
    lose_leg(desk, 1)
    desk.answer(1)
    desk.feed(ended(1))
    assert desk.one(RecordCall).outcome is Outcome.ABANDONED


def test_a_lead_who_hangs_up_while_being_bridged_frees_the_agent_once_the_leg_parks():
    desk = Desk()
    desk.agent()
    desk.leads(1, 2)
    desk.answer(1)
    desk.feed(ended(1))
    record = desk.one(RecordCall)
    assert (record.outcome, record.is_abandoned) == (Outcome.HUNG_UP_EARLY, False)
    assert desk.agent_state().state is AgentState.READY
    assert len(desk.all(Originate)) == 1, "the leg is not parked yet"
    desk.feed(AgentParked(agent_id=AgentId(1), leg_id=LEG))
    assert len(desk.all(Originate)) == 2


def test_a_leg_that_does_not_park_after_a_lost_bridge_is_woken_and_at_last_called_again():
    desk = Desk()
    desk.agent()
    desk.leads(1)
    desk.answer(1)
    desk.feed(ended(1))
    desk.wait(1.0)
    assert [c.leg_id for c in desk.all(ParkLeg)] == [LEG]
    desk.wait(10.0)
    assert desk.agent_state().state is AgentState.CONNECTING_LEG


def test_a_refused_bridge_leaves_the_agent_free_and_the_call_to_somebody_else():
    desk = Desk()
    desk.agent(1)
    desk.agent(2)
    desk.leads(1, 2)
    call_id = desk.answer(1)
    desk.feed(BridgeRefused(call_id=call_id, leg_id=LEG))
    assert [b.leg_id for b in desk.all(Bridge)] == ["leg-1", "leg-2"]
    assert desk.agent_state(1).state is AgentState.READY


def test_a_machine_heard_by_the_agent_leaves_the_ledgers():
    desk = connected_desk()
    desk.feed(ended(1))
    assert desk.snapshot.campaigns[0].ledgers[0].live_answers == 1
    desk.feed(
        CallDisposed(
            agent_id=AgentId(1), call_id=CallId("call-1"), disposition="machine", is_machine=True
        )
    )
    assert desk.snapshot.campaigns[0].ledgers[0].live_answers == 0
    assert desk.all(RecordCall)[-1].is_live is False


def test_a_pause_asked_for_in_a_call_comes_after_wrap_up():
    desk = connected_desk()
    desk.feed(AgentPaused(agent_id=AgentId(1), reason="lunch"))
    assert desk.agent_state().state is AgentState.TALKING
    desk.feed(ended(1), AgentParked(agent_id=AgentId(1), leg_id=LEG))
    desk.wait(30.0)
    assert (desk.agent_state().state, desk.agent_state().reason) == (AgentState.PAUSED, "lunch")


def test_the_agent_may_end_the_call_and_keeps_the_leg():
    desk = connected_desk()
    desk.feed(AgentHungUp(agent_id=AgentId(1)))
    assert desk.one(Hangup).call_id == "call-1"
    assert desk.agent_state().state is AgentState.TALKING


def test_events_that_come_late_or_twice_change_nothing():
    desk = connected_desk()
    before = desk.snapshot
    call_id = CallId("call-1")
    late = (CallOriginated, CallRinging, CallAnswered, CallParked)
    for kind in late:
        assert desk.feed(kind(call_id=call_id)) == []
    assert desk.feed(CallBridged(call_id=call_id, leg_id=LEG)) == []
    assert desk.snapshot == before


def test_a_leg_that_answers_and_that_nobody_knows_is_hung_up():
    desk = Desk()
    desk.feed(CallAnswered(call_id=CallId("stranger")))
    assert desk.one(Hangup).call_id == "stranger"


def test_an_impossible_event_raises_names_event_and_state_and_changes_nothing():
    desk = Desk()
    desk.agent()
    desk.leads(1)
    desk.ring(1)
    before = desk.snapshot
    with pytest.raises(IllegalTransition, match=r"CallBridged .* call-1 in state RINGING"):
        desk.feed(CallBridged(call_id=CallId("call-1"), leg_id=LEG))
    with pytest.raises(IllegalTransition, match=r"'agent 1' cannot end a call while ready"):
        desk.feed(AgentHungUp(agent_id=AgentId(1)))
    assert desk.snapshot == before
