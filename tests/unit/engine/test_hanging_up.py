"""An agent ends a call that rings for them: the law's seconds first, and who answers is served."""

from dataclasses import replace

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import Bridge, Hangup, RecordCall, RecordCallback, Reroute
from dialer.engine.events import (
    AgentHungUp,
    AgentLegEnded,
    CallAnswered,
    CallbackDue,
    CallBridged,
    CallEnded,
    CallOriginated,
    CallParked,
    CallRinging,
    CampaignConfigured,
    PreviewDialled,
    Promise,
    TrunkConfigured,
)
from dialer.engine.ids import AgentId, CallbackId, CallId, LegId, TrunkId
from dialer.engine.states import AgentState, CallbackState
from dialer.pacing.settings import DialMode
from tests.support.engine_desk import Desk, hopper_lead

ONE, LEG, CALL = AgentId(1), LegId("leg-1"), CallId("call-9")


def promised() -> Desk:
    """Lead 9 was promised a call by agent 1, and it is launched."""
    desk = Desk()
    desk.agent(1)
    promise = Promise(
        callback_id=CallbackId(5),
        agent_id=ONE,
        due_at=desk.now + 1,
        tolerance_seconds=30.0,
        agent_wait_seconds=60.0,
        falls_to_team=True,
    )
    desk.feed(CallbackDue(lead=hopper_lead(9), promise=promise))
    desk.wait(1)
    return desk


def previewed() -> Desk:
    """Agent 1 was shown lead 9, and dialled."""
    desk = Desk(mode=DialMode.PREVIEW)
    desk.agent(1)
    desk.leads(9)
    desk.feed(PreviewDialled(agent_id=ONE))
    return desk


def hang_up(desk: Desk) -> None:
    desk.feed(AgentHungUp(agent_id=ONE))


@pytest.mark.parametrize("make", [promised, previewed])
def test_a_call_given_up_while_it_rings_is_ended_when_it_has_rung_for_the_legal_seconds(make):
    desk = make()
    desk.ring(9)
    rings_since = desk.now
    desk.wait(5.2)
    hang_up(desk)
    hang_up(desk)

    call = desk.call(9)
    assert (call.is_given_up, call.hangs_up_at) == (True, rings_since + 15.0)
    desk.wait(9.7)
    assert desk.all(Hangup) == []
    assert desk.agent_state().state is AgentState.RESERVED
    desk.wait(0.1)
    assert desk.one(Hangup) == Hangup(call_id=CALL, cause="ORIGINATOR_CANCEL")

    desk.feed(CallEnded(call_id=CALL, outcome=Outcome.CANCELLED, cause="ORIGINATOR_CANCEL"))
    assert desk.one(RecordCall).outcome is Outcome.CANCELLED
    assert desk.agent_state().state is AgentState.READY
    missed = [(c.state, c.reason) for c in desk.all(RecordCallback)]
    assert missed == ([(CallbackState.MISSED, "cancelled")] if make is promised else [])


def test_who_answers_meanwhile_is_connected_and_not_cut_off_when_the_seconds_are_over():
    desk = promised()
    desk.ring(9)
    desk.wait(5)
    hang_up(desk)
    desk.wait(5)
    desk.feed(CallAnswered(call_id=CALL), CallParked(call_id=CALL))
    assert desk.one(Bridge).leg_id == LEG
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG))
    desk.wait(30)

    assert desk.all(Hangup) == []
    assert desk.agent_state().state is AgentState.TALKING
    assert desk.one(RecordCallback).state is CallbackState.KEPT
    assert not desk.call(9).is_given_up


def test_after_the_legal_seconds_a_call_is_ended_at_once():
    desk = promised()
    desk.ring(9)
    desk.wait(15)
    hang_up(desk)
    assert desk.one(Hangup).cause == "ORIGINATOR_CANCEL"


def test_given_up_before_it_rings_the_seconds_count_from_the_first_ring():
    desk = promised()
    desk.feed(CallOriginated(call_id=CALL))
    hang_up(desk)
    desk.wait(8)
    assert (desk.call(9).is_given_up, desk.call(9).hangs_up_at) == (True, None)
    desk.feed(CallRinging(call_id=CALL))
    desk.wait(14.9)
    assert desk.all(Hangup) == []
    desk.wait(0.1)
    assert desk.one(Hangup).call_id == CALL


def test_a_campaign_that_asks_for_more_seconds_of_ringing_has_them():
    desk = promised()
    desk.feed(CampaignConfigured(campaign=replace(desk.campaign, cancel_after_seconds=20.0)))
    desk.ring(9)
    hang_up(desk)
    desk.wait(19.9)
    assert desk.all(Hangup) == []
    desk.wait(0.1)
    assert desk.one(Hangup).call_id == CALL


def test_a_call_given_up_is_not_sent_out_by_another_trunk():
    desk = promised()
    spare = replace(desk.trunk, trunk_id=TrunkId("spare"))
    trunks = (*desk.campaign.trunks, spare.trunk_id)
    desk.feed(
        TrunkConfigured(trunk=spare),
        CampaignConfigured(campaign=replace(desk.campaign, trunks=trunks)),
        CallOriginated(call_id=CALL),
    )
    hang_up(desk)
    failed = CallEnded(
        call_id=CALL, outcome=Outcome.FAILED, cause="GATEWAY_DOWN", is_route_failure=True
    )
    desk.feed(failed)
    assert desk.all(Reroute) == []
    assert desk.one(RecordCall).outcome is Outcome.FAILED


def test_the_wish_outlives_the_agents_line():
    desk = promised()
    desk.ring(9)
    hang_up(desk)
    desk.feed(AgentLegEnded(agent_id=ONE, leg_id=LEG, cause="MEDIA_TIMEOUT"))
    desk.wait(15)
    assert [c.call_id for c in desk.all(Hangup)] == [CALL]
