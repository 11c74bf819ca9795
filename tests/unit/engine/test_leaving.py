"""A pause or a log-out takes nobody away from calls that were launched for them."""

from campaigns.outcomes import Outcome
from dialer.engine.commands import Bridge, Originate, RecordAgentState, RecordCall
from dialer.engine.events import (
    AgentLegEnded,
    AgentLoggedOut,
    AgentPaused,
    AgentReadied,
    BridgeRefused,
    CallBridged,
    CallDisposed,
    CallEnded,
    LedgerOpened,
)
from dialer.engine.ids import AgentId, CallId, LegId
from dialer.engine.states import AgentState
from dialer.pacing.settings import DialMode
from tests.support.engine_desk import CAMPAIGN, LEDGER, Desk

ONE = AgentId(1)


def pause(desk: Desk, agent: int) -> None:
    desk.feed(AgentPaused(agent_id=AgentId(agent), reason="lunch"))


def fail(desk: Desk, number: int) -> None:
    desk.feed(CallEnded(call_id=CallId(f"call-{number}"), outcome=Outcome.BUSY, cause="USER_BUSY"))


def states(desk: Desk, agent: int) -> list[AgentState]:
    return [r.new_state for r in desk.all(RecordAgentState) if r.agent_id == agent]


def test_a_ready_agent_with_no_call_on_its_way_pauses_at_once():
    desk = Desk()
    desk.agent(1)
    pause(desk, 1)
    assert desk.agent_state().state is AgentState.PAUSED
    assert desk.agent_state().pending is None


def test_a_pause_waits_for_the_call_launched_for_the_agent_and_says_so():
    desk = Desk()
    desk.agent(1)
    desk.leads(1)
    desk.ring(1)
    pause(desk, 1)
    shown = desk.agent_state()
    assert (shown.state, shown.pending) == (AgentState.READY, "pause")
    assert AgentState.PAUSED not in states(desk, 1)[2:], "recorded before it was so"
    fail(desk, 1)
    assert (desk.agent_state().state, desk.agent_state().reason) == (AgentState.PAUSED, "lunch")


def test_the_agent_takes_the_promised_call_and_pauses_after_wrap_up():
    desk = Desk()
    desk.agent(1)
    desk.leads(1)
    pause(desk, 1)
    call_id = desk.answer(1)
    bridge = desk.one(Bridge)
    desk.feed(CallBridged(call_id=call_id, leg_id=bridge.leg_id))
    assert desk.agent_state().state is AgentState.TALKING
    desk.feed(
        CallEnded(call_id=call_id, outcome=Outcome.UNKNOWN, cause="NORMAL_CLEARING"),
        CallDisposed(agent_id=ONE, call_id=call_id, disposition="sale"),
    )
    assert desk.agent_state().state is AgentState.PAUSED


def test_nothing_is_launched_for_an_agent_who_asked_to_pause():
    desk = Desk()
    desk.agent(1)
    desk.leads(1, 2, 3)
    desk.ring(1)
    pause(desk, 1)
    fail(desk, 1)
    desk.wait(5)
    assert len(desk.all(Originate)) == 1


def overdialled(ratio: float, leads: int) -> Desk:
    """Two agents and more calls than agents, as far as the ledger bears them."""
    desk = Desk(mode=DialMode.RATIO, ratio=ratio)
    desk.feed(
        LedgerOpened(
            campaign_id=CAMPAIGN, ledger=LEDGER, limit_ratio=0.03, ends_at=None, live_answers=1000
        )
    )
    desk.agent(1)
    desk.agent(2)
    desk.leads(*range(1, leads + 1))
    desk.wait(1)
    return desk


def test_whoever_did_not_ask_to_pause_takes_the_answer_first():
    desk = overdialled(2.0, 4)
    pause(desk, 1)
    desk.answer(1)
    assert desk.agent_state(2).state is AgentState.RESERVED
    assert desk.agent_state(1).pending == "pause"


def test_calls_launched_after_the_wish_do_not_hold_the_agent_back():
    desk = overdialled(3.0, 12)
    assert len(desk.all(Originate)) == 6
    pause(desk, 1)
    for number in range(1, 6):
        desk.wait(1)
        fail(desk, number)
    desk.wait(1)
    assert len(desk.snapshot.calls) == 3, "one old call, and two for the agent who stays"
    assert desk.agent_state(1).pending == "pause"
    fail(desk, 6)
    assert len(desk.snapshot.calls) >= 2
    assert desk.agent_state(1).state is AgentState.PAUSED


def test_asking_for_calls_again_takes_the_wish_back():
    desk = Desk()
    desk.agent(1)
    desk.leads(1)
    pause(desk, 1)
    desk.feed(AgentReadied(agent_id=ONE))
    assert desk.agent_state().pending is None
    fail(desk, 1)
    assert desk.agent_state().state is AgentState.READY


def test_a_log_out_waits_likewise_and_a_lost_leg_ends_the_waiting():
    desk = Desk()
    desk.agent(1)
    desk.leads(1)
    desk.feed(AgentLoggedOut(agent_id=ONE))
    assert desk.agent_state().pending == "log out"
    desk.feed(AgentLegEnded(agent_id=ONE, leg_id=LegId("leg-1"), cause="NORMAL_CLEARING"))
    assert desk.snapshot.agents == ()


def test_a_pause_asked_for_while_reserved_waits_when_the_bridge_is_refused():
    desk = Desk()
    desk.agent(1)
    desk.leads(1)
    call_id = desk.answer(1)
    pause(desk, 1)
    desk.feed(BridgeRefused(call_id=call_id, leg_id=LegId("leg-1")))
    assert (desk.agent_state().state, desk.agent_state().pending) == (AgentState.READY, "pause")
    desk.feed(CallEnded(call_id=call_id, outcome=Outcome.UNKNOWN, cause="NORMAL_CLEARING"))
    assert desk.agent_state().state is AgentState.PAUSED


def test_a_lead_who_hung_up_while_being_bridged_was_not_abandoned_whichever_is_told_first():
    desk = Desk()
    desk.agent(1)
    desk.leads(1)
    call_id = desk.answer(1)
    desk.feed(
        BridgeRefused(call_id=call_id, leg_id=LegId("leg-1")),
        CallEnded(call_id=call_id, outcome=Outcome.UNKNOWN, cause="ORIGINATOR_CANCEL"),
    )
    assert desk.one(RecordCall).outcome is Outcome.HUNG_UP_EARLY
    assert desk.snapshot.campaigns[0].ledgers[0].abandoned == 0
