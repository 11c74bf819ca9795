"""Hold, keys, and handing a lead to a colleague: nobody is dropped, whatever goes wrong."""

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import (
    Bridge,
    Hangup,
    ParkLeg,
    RecordCall,
    RecordDisposition,
    ShowLead,
)  # fmt: skip
from dialer.engine.events import (
    AgentLegEnded,
    AgentParked,
    BridgeRefused,
    CallbackDue,
    CallBridged,
    CallDisposed,
    CallEnded,
    Promise,
)  # fmt: skip
from dialer.engine.ids import AgentId, CallbackId, CallId, LegId, TeamId
from dialer.engine.in_call_commands import HoldLead, SendKeys
from dialer.engine.in_call_events import CallHandedOver, KeysSent, LeadHeld, LeadTakenBack
from dialer.engine.states import AgentState, CallState
from dialer.engine.talks import LeadPlace
from dialer.errors import IllegalTransition
from tests.support.engine_desk import CAMPAIGN, TEAM, Desk, hopper_lead

A, B = AgentId(1), AgentId(2)
LEG_A, LEG_B = LegId("leg-1"), LegId("leg-2")
CALL = CallId("call-1")


def talking() -> Desk:
    """Agent 1 talks to lead 1; agent 2 is ready."""
    desk = Desk()
    desk.agent(1)
    desk.leads(1)
    desk.answer(1)
    desk.now += 0.06
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG_A))
    desk.agent(2)
    desk.now += 10
    desk.said.clear()
    return desk


def place(desk: Desk) -> LeadPlace | None:
    call = desk.call(1)
    assert call is not None
    assert call.state is CallState.CONNECTED
    return call.place


def lead_hangs_up(desk: Desk) -> None:
    desk.feed(CallEnded(call_id=CALL, outcome=Outcome.FAILED, cause="NORMAL_CLEARING"))


def held() -> Desk:
    desk = talking()
    desk.feed(LeadHeld(agent_id=A))
    desk.feed(AgentParked(agent_id=A, leg_id=LEG_A))
    return desk


def moving() -> Desk:
    desk = talking()
    desk.feed(CallHandedOver(agent_id=A, to_agent=B))
    return desk


def test_a_lead_on_hold_hears_music_and_comes_back_by_a_bridge_agent_first():
    desk = held()
    assert desk.one(HoldLead) == HoldLead(call_id=CALL, campaign_id=CAMPAIGN, leg_id=LEG_A)
    assert place(desk) is LeadPlace.HELD
    assert desk.agent_state(1).state is AgentState.TALKING
    desk.feed(LeadTakenBack(agent_id=A))
    assert desk.one(Bridge) == Bridge(call_id=CALL, leg_id=LEG_A, is_resumed=True)
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG_A))
    assert place(desk) is LeadPlace.WITH_AGENT


def test_a_lead_who_hangs_up_on_hold_leaves_the_agent_to_wrap_up_with_the_leg_parked():
    desk = held()
    lead_hangs_up(desk)
    assert desk.one(RecordCall).outcome is Outcome.CONNECTED
    assert desk.agent_state(1).state is AgentState.WRAP_UP
    desk.feed(CallDisposed(agent_id=A, call_id=CALL, disposition="sale"))
    assert desk.agent_state(1).state is AgentState.READY
    assert desk.all(ParkLeg) == []


def test_what_makes_no_sense_now_is_refused_with_the_reason():
    desk = held()
    with pytest.raises(IllegalTransition, match="on hold"):
        desk.feed(LeadHeld(agent_id=A))
    with pytest.raises(IllegalTransition, match="on hold"):
        desk.feed(KeysSent(agent_id=A, keys="1"))
    with pytest.raises(IllegalTransition, match="on no call"):
        desk.feed(LeadHeld(agent_id=B))
    with pytest.raises(IllegalTransition, match="not logged in"):
        desk.feed(LeadHeld(agent_id=AgentId(9)))


def test_keys_go_to_the_far_end():
    desk = talking()
    desk.feed(KeysSent(agent_id=A, keys="12#"))
    assert desk.one(SendKeys) == SendKeys(call_id=CALL, keys="12#")


def test_a_return_from_hold_that_is_refused_leaves_the_lead_on_hold():
    desk = held()
    desk.feed(LeadTakenBack(agent_id=A), BridgeRefused(call_id=CALL, leg_id=LEG_A))
    assert place(desk) is LeadPlace.HELD


def test_a_return_from_hold_that_sticks_is_woken_and_tried_again():
    desk = held()
    desk.feed(LeadTakenBack(agent_id=A))
    # A late PARK of the hold itself is no failure of the bridge.
    desk.feed(AgentParked(agent_id=A, leg_id=LEG_A))
    assert len(desk.all(Bridge)) == 1
    desk.wait(1.0)
    assert desk.one(ParkLeg) == ParkLeg(agent_id=A, leg_id=LEG_A, call_id=CALL)
    desk.feed(AgentParked(agent_id=A, leg_id=LEG_A))
    assert len(desk.all(Bridge)) == 2
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG_A))
    assert place(desk) is LeadPlace.WITH_AGENT


def test_an_agent_whose_leg_never_wakes_leaves_the_lead_with_music():
    desk = held()
    desk.feed(LeadTakenBack(agent_id=A))
    desk.wait(6.0)
    assert place(desk) is LeadPlace.HELD
    assert len(desk.all(HoldLead)) == 2


def test_an_agent_who_loses_the_leg_while_the_lead_is_on_hold_can_take_them_back_later():
    desk = held()
    desk.feed(AgentLegEnded(agent_id=A, leg_id=LEG_A, cause="MEDIA_TIMEOUT"))
    with pytest.raises(IllegalTransition, match="no line"):
        desk.feed(LeadTakenBack(agent_id=A))
    assert place(desk) is LeadPlace.HELD


def test_a_call_is_handed_to_a_free_colleague_and_the_first_agent_wraps_up():
    desk = moving()
    assert desk.one(Bridge) == Bridge(call_id=CALL, leg_id=LEG_B)
    assert desk.one(ShowLead).agent_id == B
    assert desk.agent_state(1).state is AgentState.TALKING
    desk.now += 0.05
    desk.feed(AgentParked(agent_id=A, leg_id=LEG_A), CallBridged(call_id=CALL, leg_id=LEG_B))
    assert [desk.agent_state(n).state for n in (1, 2)] == [AgentState.WRAP_UP, AgentState.TALKING]
    call = desk.call(1)
    assert call is not None
    assert call.agent_id == B
    # Whoever has the call says how it went, and the ledger knows nothing of all this.
    with pytest.raises(IllegalTransition, match="handed over"):
        desk.feed(CallDisposed(agent_id=A, call_id=CALL, disposition="sale"))
    desk.wait(31.0)
    assert desk.agent_state(1).state is AgentState.READY
    assert desk.all(RecordDisposition) == []
    lead_hangs_up(desk)
    record = desk.one(RecordCall)
    assert (record.agent_id, record.is_live, record.is_abandoned) == (B, True, False)
    desk.feed(CallDisposed(agent_id=B, call_id=CALL, disposition="sale"))
    assert desk.one(RecordDisposition).agent_id == B


def test_a_team_gives_whoever_has_been_free_longest_and_nobody_is_dropped_for_want_of_one():
    desk = talking()
    desk.feed(CallHandedOver(agent_id=A, to_team=TEAM))
    assert desk.one(Bridge).leg_id == LEG_B
    other = talking()
    with pytest.raises(IllegalTransition, match="nobody of that team is at work"):
        other.feed(CallHandedOver(agent_id=A, to_team=TeamId(77)))
    with pytest.raises(IllegalTransition, match="has this call already"):
        other.feed(CallHandedOver(agent_id=A, to_agent=A))
    assert place(other) is LeadPlace.WITH_AGENT


def test_a_colleague_who_is_kept_for_a_promised_call_is_given_no_other_by_name():
    desk = talking()
    promise = Promise(
        callback_id=CallbackId(1),
        agent_id=B,
        due_at=desk.now + 5,
        tolerance_seconds=30.0,
        agent_wait_seconds=30.0,
        falls_to_team=False,
    )
    desk.feed(CallbackDue(lead=hopper_lead(9), promise=promise))
    desk.feed(CallHandedOver(agent_id=A, to_agent=B))
    call = desk.call(1)
    assert call is not None
    assert (call.place, call.awaits_agent) == (LeadPlace.WITH_AGENT, B)
    assert desk.agent_state(2).state is AgentState.READY


def test_a_held_lead_may_be_handed_over_too():
    desk = held()
    desk.feed(CallHandedOver(agent_id=A, to_agent=B), CallBridged(call_id=CALL, leg_id=LEG_B))
    assert place(desk) is LeadPlace.WITH_AGENT
    assert desk.agent_state(1).state is AgentState.WRAP_UP


def test_a_refused_hand_over_leaves_the_lead_where_they_were_and_the_colleague_free():
    desk = moving()
    desk.feed(BridgeRefused(call_id=CALL, leg_id=LEG_B))
    assert place(desk) is LeadPlace.WITH_AGENT
    assert desk.agent_state(2).state is AgentState.READY
    assert desk.agent_state(1).state is AgentState.TALKING


def test_a_colleague_whose_leg_dies_on_the_way_gives_the_lead_back():
    desk = moving()
    desk.feed(AgentLegEnded(agent_id=B, leg_id=LEG_B, cause="MEDIA_TIMEOUT"))
    assert desk.agent_state(2).state is AgentState.CONNECTING_LEG
    assert desk.all(Bridge)[-1] == Bridge(call_id=CALL, leg_id=LEG_A, is_resumed=True)
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG_A))
    assert place(desk) is LeadPlace.WITH_AGENT
    assert desk.agent_state(1).state is AgentState.TALKING


def test_a_hand_over_that_sticks_is_given_up_and_the_lead_comes_back():
    desk = moving()
    desk.wait(1.0)
    assert desk.one(ParkLeg).leg_id == LEG_B
    desk.feed(AgentParked(agent_id=B, leg_id=LEG_B))
    assert desk.agent_state(2).state is AgentState.READY
    assert desk.all(Bridge)[-1] == Bridge(call_id=CALL, leg_id=LEG_A, is_resumed=True)


def test_a_lead_who_hangs_up_on_the_way_frees_both():
    desk = moving()
    lead_hangs_up(desk)
    assert desk.agent_state(1).state is AgentState.WRAP_UP
    assert desk.agent_state(2).state is AgentState.READY
    assert desk.one(RecordCall).agent_id == A
    # The colleague's leg is watched until it says that it parked.
    desk.wait(1.0)
    assert LEG_B in [one.leg_id for one in desk.all(ParkLeg)]


def test_the_colleague_may_end_the_call_before_the_bridge_stands():
    from dialer.engine.events import AgentHungUp

    desk = moving()
    desk.feed(AgentHungUp(agent_id=B))
    assert desk.one(Hangup).call_id == CALL
