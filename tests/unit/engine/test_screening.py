"""The classifier's verdict: machines leave the ledgers, a share of them is given to agents."""

from dataclasses import replace

import pytest

from campaigns.outcomes import Outcome, Verdict
from dialer.engine.commands import (
    AwaitBeep,
    Bridge,
    Hangup,
    Originate,
    PlayMessage,
    RecordCall,
    Recording,
)
from dialer.engine.config import CampaignConfig, OnMachine, ScreeningConfig
from dialer.engine.events import (
    AgentReadied,
    BeepHeard,
    CallAnswered,
    CallBridged,
    CallDisposed,
    CallEnded,
    CallParked,
    CallScreened,
    LeadsLeased,
)
from dialer.engine.ids import AgentId, CallId, LegId
from dialer.engine.states import AgentState, CallState
from tests.support.engine_desk import CAMPAIGN, TEAM, TRUNK, Desk, hopper_lead

CALL, LEG = CallId("call-1"), LegId("leg-1")


def screening_desk(
    on_machine: OnMachine = OnMachine.HANGUP,
    *,
    draw: float = 1.0,
    agents: int = 1,
    tolerance_seconds: float = 2.0,
) -> Desk:
    """A call that is answered and listened to; its share is drawn as `draw`."""
    desk = Desk(
        campaign=CampaignConfig(
            campaign_id=CAMPAIGN,
            team_id=TEAM,
            name="spring",
            caller_id="+12025550100",
            trunks=(TRUNK,),
            screening=ScreeningConfig(on_machine=on_machine),
            answer_tolerance_seconds=tolerance_seconds,
        )
    )
    for number in range(1, agents + 1):
        desk.agent(number)
    lead = replace(hopper_lead(1), draw=draw)
    desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=(lead,), asked=1))
    desk.feed(CallAnswered(call_id=desk.ring(1)))
    return desk


def screened(verdict: Verdict) -> CallScreened:
    return CallScreened(call_id=CALL, verdict=verdict)


def ended() -> CallEnded:
    return CallEnded(call_id=CALL, outcome=Outcome.UNKNOWN, cause="NORMAL_CLEARING")


def ledger(desk: Desk) -> tuple[int, int]:
    found = desk.snapshot.campaigns[0].ledgers[0]
    return found.live_answers, found.abandoned


def test_nobody_is_given_the_call_before_the_verdict():
    desk = screening_desk()
    assert desk.one(Originate).is_screened
    call = desk.call(1)
    assert call is not None and call.state is CallState.SCREENING
    desk.wait(1.0)
    assert desk.all(Bridge) == []
    assert desk.agent_state().state is AgentState.READY
    assert ledger(desk) == (1, 0)


@pytest.mark.parametrize("verdict", [Verdict.HUMAN, Verdict.UNSURE])
def test_a_person_and_whoever_may_be_one_goes_to_an_agent_at_once(verdict: Verdict):
    desk = screening_desk()
    desk.wait(1.2)
    desk.feed(screened(verdict))
    assert desk.one(Bridge) == Bridge(call_id=CALL, leg_id=LEG)
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG), ended())
    record = desk.one(RecordCall)
    assert (record.verdict, record.outcome) == (verdict, Outcome.CONNECTED)
    assert record.screened_at is not None and record.answered_at is not None
    assert record.screened_at - record.answered_at == pytest.approx(1.2)


def test_a_machine_is_hung_up_and_leaves_the_ledgers():
    desk = screening_desk()
    desk.feed(screened(Verdict.MACHINE))
    assert desk.one(Hangup).call_id == CALL
    assert ledger(desk) == (0, 0)
    desk.feed(CallParked(call_id=CALL), ended())
    record = desk.one(RecordCall)
    assert (record.outcome, record.is_live) == (Outcome.MACHINE, False)
    assert (record.verdict, record.is_sampled) == (Verdict.MACHINE, False)
    assert desk.all(Bridge) == []


def test_without_a_verdict_in_time_it_is_a_person_within_the_legal_seconds():
    desk = screening_desk()
    desk.wait(1.85)
    assert desk.one(Bridge).call_id == CALL
    desk.feed(screened(Verdict.MACHINE))  # too late: somebody is coming
    assert desk.all(Hangup) == []
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG), ended())
    record = desk.one(RecordCall)
    assert (record.verdict, record.is_abandoned) == (Verdict.UNSURE, False)


def test_the_verdict_never_takes_the_time_an_agent_needs():
    desk = screening_desk(tolerance_seconds=1.0)
    desk.wait(0.95)
    assert desk.one(Bridge).call_id == CALL


def test_a_late_machine_that_nobody_is_coming_for_is_still_a_machine():
    desk = screening_desk()
    desk.lose_leg()
    desk.wait(1.85)
    call = desk.call(1)
    assert call is not None and call.state is CallState.WAITING
    desk.feed(screened(Verdict.MACHINE))
    assert desk.one(Hangup).call_id == CALL
    desk.wait(1.0)
    assert desk.all(PlayMessage) == [], "no legal seconds for a machine"


def test_a_person_whom_nobody_comes_for_hears_the_message_at_two_seconds():
    desk = screening_desk()
    desk.lose_leg()
    desk.wait(1.5)
    desk.feed(screened(Verdict.HUMAN))
    desk.wait(0.51)
    assert desk.one(PlayMessage).call_id == CALL
    assert ledger(desk) == (1, 1)


def test_a_machine_of_the_sample_goes_to_an_agent_and_counts_until_they_have_spoken():
    desk = screening_desk(draw=0.01)
    desk.feed(screened(Verdict.MACHINE))
    assert desk.one(Bridge).call_id == CALL
    assert ledger(desk) == (1, 0)
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG), ended())
    first = desk.one(RecordCall)
    assert (first.is_sampled, first.is_live, first.verdict) == (True, True, Verdict.MACHINE)
    desk.feed(
        CallDisposed(agent_id=AgentId(1), call_id=CALL, disposition="machine", is_machine=True)
    )
    last = desk.all(RecordCall)[-1]
    assert (last.is_sampled, last.is_live) == (True, False)
    assert ledger(desk) == (0, 0)


def test_a_machine_of_the_sample_waits_for_nobody():
    desk = screening_desk(draw=0.01)
    desk.lose_leg()
    desk.feed(screened(Verdict.MACHINE))
    assert desk.one(Hangup).call_id == CALL
    desk.feed(AgentReadied(agent_id=AgentId(1)), ended())
    assert desk.one(RecordCall).is_sampled is False


def test_machines_may_go_to_agents_like_any_other():
    desk = screening_desk(OnMachine.CONNECT)
    desk.feed(screened(Verdict.MACHINE))
    assert desk.one(Bridge).call_id == CALL
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG), ended())
    record = desk.one(RecordCall)
    assert (record.verdict, record.is_sampled, record.is_live) == (Verdict.MACHINE, False, True)


def test_a_message_is_left_after_the_beep_and_only_once():
    desk = screening_desk(OnMachine.MESSAGE)
    desk.feed(screened(Verdict.MACHINE))
    assert desk.one(AwaitBeep).call_id == CALL
    desk.wait(12.0)
    assert desk.all(PlayMessage) == []
    desk.feed(BeepHeard(call_id=CALL), BeepHeard(call_id=CALL))
    said = desk.one(PlayMessage)
    assert (said.recording, said.opt_out_key) == (Recording.MACHINE, None)
    desk.wait(5.0)
    desk.feed(ended())
    record = desk.one(RecordCall)
    assert (record.outcome, record.is_live) == (Outcome.MACHINE, False)
    assert record.message_at is not None and record.message_at < record.ended_at


def test_a_machine_that_never_beeps_is_hung_up_at_last():
    desk = screening_desk(OnMachine.MESSAGE)
    desk.feed(screened(Verdict.MACHINE))
    desk.wait(79.0)
    assert desk.all(Hangup) == []
    desk.wait(2.0)
    assert desk.all(Hangup)
    desk.feed(ended())
    record = desk.one(RecordCall)
    assert record.message_at is not None, "the switch has spoken by itself"


def test_a_lost_answer_shows_itself_in_the_verdict():
    desk = Desk(campaign=replace(Desk().campaign, screening=ScreeningConfig()))
    desk.agent()
    desk.leads(1)
    desk.ring(1)
    desk.feed(screened(Verdict.HUMAN))
    assert desk.one(Bridge).call_id == CALL


def test_a_lost_verdict_is_none():
    desk = screening_desk()
    desk.feed(CallParked(call_id=CALL))
    assert desk.one(Bridge).call_id == CALL


def test_whoever_hangs_up_while_being_listened_to_had_an_agent_if_one_was_free():
    desk = screening_desk()
    desk.feed(ended())
    record = desk.one(RecordCall)
    assert (record.outcome, record.verdict) == (Outcome.HUNG_UP_EARLY, None)
    assert ledger(desk) == (1, 0)


def test_whoever_hangs_up_while_being_listened_to_is_abandoned_when_nobody_was_free():
    desk = screening_desk()
    desk.lose_leg()
    desk.feed(ended())
    assert desk.one(RecordCall).outcome is Outcome.ABANDONED
    assert ledger(desk) == (1, 1)
