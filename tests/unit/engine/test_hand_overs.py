"""Leads who wait for a colleague: they stay with their agent until one comes free."""

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import Bridge, Originate, ShowLead
from dialer.engine.events import (
    AgentLegEnded,
    AgentLegOriginated,
    AgentParked,
    AgentPaused,
    AgentReadied,
    BridgeRefused,
    CallBridged,
    CallDisposed,
    CallEnded,
)
from dialer.engine.ids import AgentId, CallId, LegId
from dialer.engine.in_call_events import CallHandedOver, LeadHeld, LeadKept
from dialer.engine.snapshot import CallSnapshot
from dialer.engine.states import AgentState
from dialer.engine.talks import LeadPlace
from dialer.errors import IllegalTransition
from tests.support.engine_desk import TEAM, Desk
from tests.unit.engine.test_in_call import CALL, LEG_A, LEG_B, lead_hangs_up

A, B = AgentId(1), AgentId(2)
OTHER = CallId("call-2")


def both_talk() -> Desk:
    """Agent 1 talks to lead 1 and agent 2 to lead 2; no lead is left."""
    desk = Desk()
    for number, leg in ((1, LEG_A), (2, LEG_B)):
        desk.agent(number)
        desk.leads(number)
        desk.answer(number)
        desk.now += 0.06
        desk.feed(CallBridged(call_id=CallId(f"call-{number}"), leg_id=leg))
    desk.now += 10
    desk.said.clear()
    return desk


def call_of(desk: Desk) -> CallSnapshot:
    call = desk.call(1)
    assert call is not None
    return call


def comes_free(desk: Desk) -> None:
    """Agent 2's call is over and they are done with it."""
    desk.feed(
        CallEnded(call_id=OTHER, outcome=Outcome.FAILED, cause="NORMAL_CLEARING"),
        AgentParked(agent_id=B, leg_id=LEG_B),
        CallDisposed(agent_id=B, call_id=OTHER, disposition="no_interest"),
    )


@pytest.mark.parametrize("to", [{"to_team": TEAM}, {"to_agent": B}])
def test_a_lead_stays_with_the_agent_until_a_busy_colleague_comes_free(to):
    desk = both_talk()
    desk.feed(CallHandedOver(agent_id=A, **to))
    assert (call_of(desk).place, call_of(desk).awaits_team) == (LeadPlace.WITH_AGENT, TEAM)
    assert desk.all(Bridge) == []
    desk.now += 20
    comes_free(desk)
    assert desk.one(Bridge) == Bridge(call_id=CALL, leg_id=LEG_B)
    assert desk.one(ShowLead).agent_id == B
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG_B))
    assert (call_of(desk).agent_id, call_of(desk).awaits_team) == (B, None)
    assert desk.agent_state(1).state is AgentState.WRAP_UP


def test_the_agent_may_put_the_lead_on_hold_meanwhile():
    desk = both_talk()
    desk.feed(CallHandedOver(agent_id=A, to_team=TEAM), LeadHeld(agent_id=A))
    desk.feed(AgentParked(agent_id=A, leg_id=LEG_A))
    comes_free(desk)
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG_B))
    assert call_of(desk).place is LeadPlace.WITH_AGENT
    assert desk.agent_state(1).state is AgentState.WRAP_UP


def test_the_colleague_who_comes_free_is_not_called_for_somebody_new_first():
    desk = both_talk()
    desk.feed(CallHandedOver(agent_id=A, to_team=TEAM))
    desk.leads(3, 4, 5)
    comes_free(desk)
    assert desk.one(Bridge).call_id == CALL
    assert desk.all(Originate) == []


def test_an_agent_who_keeps_the_lead_waits_for_nobody_any_more():
    desk = both_talk()
    with pytest.raises(IllegalTransition, match="no colleague is waited for"):
        desk.feed(LeadKept(agent_id=A))
    desk.feed(CallHandedOver(agent_id=A, to_team=TEAM), LeadKept(agent_id=A))
    comes_free(desk)
    assert desk.all(Bridge) == []
    assert call_of(desk).awaits_team is None


def test_a_lead_who_hangs_up_while_waiting_leaves_nothing_behind():
    desk = both_talk()
    desk.feed(CallHandedOver(agent_id=A, to_team=TEAM))
    lead_hangs_up(desk)
    comes_free(desk)
    assert desk.all(Bridge) == []
    assert desk.agent_state(2).state is AgentState.READY


def test_a_bridge_that_fails_leaves_the_lead_waiting_but_not_for_the_same_leg():
    desk = both_talk()
    desk.feed(CallHandedOver(agent_id=A, to_agent=B))
    comes_free(desk)
    desk.feed(BridgeRefused(call_id=CALL, leg_id=LEG_B))
    assert call_of(desk).place is LeadPlace.WITH_AGENT
    assert len(desk.all(Bridge)) == 1
    # Their telephone is called anew, and then it is theirs.
    again = LegId("leg-2b")
    desk.feed(AgentLegEnded(agent_id=B, leg_id=LEG_B, cause="MEDIA_TIMEOUT"))
    desk.wait(2.0)
    desk.feed(AgentLegOriginated(agent_id=B, leg_id=again), AgentParked(agent_id=B, leg_id=again))
    assert desk.all(Bridge)[-1] == Bridge(call_id=CALL, leg_id=again)


def test_nobody_is_waited_for_who_is_about_to_go():
    desk = both_talk()
    desk.feed(AgentPaused(agent_id=B, reason="lunch"))
    with pytest.raises(IllegalTransition, match="about to pause"):
        desk.feed(CallHandedOver(agent_id=A, to_agent=B))
    with pytest.raises(IllegalTransition, match="nobody of that team is at work"):
        desk.feed(CallHandedOver(agent_id=A, to_team=TEAM))
    assert call_of(desk).awaits_team is None


def test_whoever_gets_ready_first_takes_the_lead_who_waits_and_nobody_new_is_called():
    desk = both_talk()
    desk.agent(3, ready=False)
    desk.feed(CallHandedOver(agent_id=A, to_team=TEAM))
    desk.leads(3)
    desk.feed(AgentReadied(agent_id=AgentId(3)))
    assert desk.one(Bridge) == Bridge(call_id=CALL, leg_id=LegId("leg-3"))
    assert desk.all(Originate) == []
