"""Failover to the campaign's next trunk, and bridges that come late."""

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import ParkLeg, RecordAnswer, RecordCall, Reroute
from dialer.engine.config import CampaignConfig, TrunkConfig
from dialer.engine.events import (
    AgentParked,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallOriginated,
    CallRinging,
    CampaignPaused,
    DrainRequested,
    Event,
    TrunkConfigured,
    TrunkStateChanged,
)  # fmt: skip
from dialer.engine.ids import AgentId, CallId, LegId, TrunkId
from dialer.engine.states import AgentState, CallState
from tests.support.engine_desk import CAMPAIGN, TEAM, TRUNK, Desk

SECOND = TrunkId("second")
CALL, ONE, LEG = CallId("call-1"), AgentId(1), LegId("leg-1")


def two_trunks() -> Desk:
    """A campaign with two trunks; call 1 is on its way by the first."""
    campaign = CampaignConfig(
        campaign_id=CAMPAIGN,
        team_id=TEAM,
        name="spring",
        caller_id="+12025550100",
        trunks=(TRUNK, SECOND),
    )
    desk = Desk(campaign=campaign)
    second = TrunkConfig(trunk_id=SECOND, channels_max=10, calls_per_second=5)
    desk.feed(TrunkConfigured(trunk=second))
    desk.agent()
    desk.leads(1)
    desk.feed(CallOriginated(call_id=CALL))
    return desk


def failed(*, is_route_failure: bool = True) -> CallEnded:
    return CallEnded(
        call_id=CALL,
        outcome=Outcome.CONGESTION,
        cause="GATEWAY_DOWN",
        is_route_failure=is_route_failure,
    )


def lines(desk: Desk) -> dict[str, int]:
    return {one.trunk_id: one.channels for one in desk.snapshot.trunks}


def test_a_call_whose_gateway_failed_goes_out_by_the_next_as_the_same_attempt():
    desk = two_trunks()
    desk.feed(failed())
    again = desk.one(Reroute)
    assert (again.call_id, again.trunk_id) == (CALL, SECOND)
    assert lines(desk) == {TRUNK: 0, SECOND: 1}
    assert not desk.all(RecordCall)
    desk.feed(CallRinging(call_id=CALL), CallAnswered(call_id=CALL))
    call = desk.call(1)
    assert call is not None and call.trunk_id == SECOND


def test_when_the_last_trunk_fails_too_the_attempt_ends_once():
    desk = two_trunks()
    desk.feed(failed(), failed())
    assert desk.one(Reroute)
    assert desk.one(RecordCall).outcome is Outcome.CONGESTION
    assert lines(desk) == {TRUNK: 0, SECOND: 0}


@pytest.mark.parametrize(
    "before",
    [
        CallRinging(call_id=CALL),
        TrunkStateChanged(trunk_id=SECOND, is_up=False),
        CampaignPaused(campaign_id=CAMPAIGN),
        DrainRequested(),
    ],
)
def test_no_second_trunk_after_ringing_or_when_nothing_new_may_be_dialled(before: Event):
    desk = two_trunks()
    desk.feed(before, failed())
    assert not desk.all(Reroute)
    assert desk.one(RecordCall).outcome is Outcome.CONGESTION


def test_a_refusal_by_the_far_end_is_not_tried_by_another_trunk():
    desk = two_trunks()
    desk.feed(failed(is_route_failure=False))
    assert not desk.all(Reroute)


def test_a_bridge_later_than_its_watchdog_is_taken_for_what_it_is():
    desk = Desk()
    desk.agent()
    desk.leads(1)
    desk.answer(1)
    desk.wait(1.1)
    assert desk.one(ParkLeg).call_id == CALL
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG))
    call = desk.call(1)
    assert call is not None and call.state is CallState.CONNECTED
    assert desk.agent_state().state is AgentState.TALKING
    # Within the legal seconds, so nobody was abandoned; the leg is not asked to park any more.
    assert desk.snapshot.campaigns[0].abandoned == 0
    desk.wait(10)
    assert len(desk.all(ParkLeg)) == 1


def test_a_bridge_that_comes_after_the_leg_parked_again_is_a_leftover():
    desk = Desk()
    desk.agent()
    desk.leads(1)
    desk.answer(1)
    desk.wait(1.1)
    desk.feed(AgentParked(agent_id=ONE, leg_id=LEG), CallBridged(call_id=CALL, leg_id=LEG))
    call = desk.call(1)
    assert call is not None and call.state is CallState.WAITING


def test_the_answer_and_the_bridge_are_written_while_the_call_is_up():
    desk = Desk()
    desk.agent()
    desk.leads(1)
    desk.answer(1)
    (answered,) = desk.all(RecordAnswer)
    assert (answered.bridged_at, answered.agent_id) == (None, None)
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG))
    bridged = desk.all(RecordAnswer)[-1]
    assert bridged.bridged_at == desk.now and bridged.agent_id == ONE
    assert bridged.answered_at == answered.answered_at
