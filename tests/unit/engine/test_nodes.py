"""Several switches: where teams work, how they leave one, and what a lost one holds up."""

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import HangupLeg, NailUp, Originate, RecordCall, Survey
from dialer.engine.config import TeamConfig
from dialer.engine.events import (
    AgentLegEnded,
    AgentLegOriginated,
    AgentParked,
    CallBridged,
    CallEnded,
    SwitchConfigured,
    SwitchConnected,
    SwitchDrainChanged,
    SwitchLoadReported,
    SwitchLost,
    TeamConfigured,
    TrunkStateChanged,
)  # fmt: skip
from dialer.engine.ids import ONE_SWITCH, AgentId, CallId, LegId, SwitchId
from dialer.engine.snapshot import SwitchSnapshot
from dialer.engine.states import AgentState, CallState
from dialer.pacing.settings import DialMode, PacingSettings
from dialer.pacing.view import Limit
from tests.support.engine_desk import TEAM, TRUNK, Desk

FIRST, OTHER = ONE_SWITCH, SwitchId("b")
ONE, LEG = AgentId(1), LegId("leg-1")


def two_switches() -> Desk:
    """Both in reach; the team is at home on the first, agent 1 is ready there."""
    desk = Desk()
    desk.feed(SwitchConfigured(switch_id=OTHER), SwitchConnected(is_new=False, switch_id=OTHER))
    desk.agent()
    return desk


def nailed(desk: Desk, leg: str) -> None:
    """The telephone of agent 1, called last, answers and parks."""
    leg_id = LegId(leg)
    desk.feed(AgentLegOriginated(agent_id=ONE, leg_id=leg_id))
    desk.feed(AgentParked(agent_id=ONE, leg_id=leg_id))


def ended(number: int) -> CallEnded:
    return CallEnded(
        call_id=CallId(f"call-{number}"), outcome=Outcome.NO_ANSWER, cause="NORMAL_CLEARING"
    )


def talk(desk: Desk, number: int) -> None:
    desk.answer(number)
    desk.feed(CallBridged(call_id=CallId(f"call-{number}"), leg_id=LEG))


def switch(desk: Desk, switch_id: SwitchId) -> SwitchSnapshot:
    return next(one for one in desk.snapshot.switches if one.switch_id == switch_id)


def bound_by(desk: Desk) -> Limit:
    decision = desk.snapshot.teams[0].decision
    assert decision is not None
    return decision.bound_by


def test_a_team_works_at_its_home_and_calls_from_there():
    desk = Desk()
    home = TeamConfig(
        team_id=TEAM, name="day", pacing=PacingSettings(mode=DialMode.PROGRESSIVE), home=OTHER
    )
    desk.feed(
        SwitchConfigured(switch_id=OTHER),
        SwitchConnected(is_new=False, switch_id=OTHER),
        TeamConfigured(team=home),
    )
    desk.wait(31)  # until a switch that has just come has shown that it stays
    desk.agent()
    desk.leads(1)
    assert desk.one(NailUp).switch_id == OTHER
    assert desk.one(Originate).switch_id == OTHER
    assert switch(desk, OTHER).calls == switch(desk, OTHER).legs == 1


def test_a_home_that_is_slow_to_answer_is_waited_for_before_another_is_used():
    desk = Desk(is_connected=False)
    desk.feed(SwitchConfigured(switch_id=FIRST), SwitchConfigured(switch_id=OTHER))
    desk.feed(SwitchConnected(is_new=False, switch_id=OTHER))
    assert desk.snapshot.teams[0].switch_id == FIRST
    desk.wait(10.1)
    assert desk.snapshot.teams[0].switch_id == OTHER
    desk.agent()
    assert desk.one(NailUp).switch_id == OTHER


def test_a_drained_switch_gets_no_new_calls_and_its_free_agents_are_called_from_another():
    desk = two_switches()
    desk.feed(SwitchDrainChanged(switch_id=FIRST, is_draining=True))
    assert [c.leg_id for c in desk.all(HangupLeg)] == [LEG]
    assert not desk.snapshot.teams[0].moving_to
    desk.feed(AgentLegEnded(agent_id=ONE, leg_id=LEG, cause="NORMAL_CLEARING"))
    desk.wait(3)
    assert desk.all(NailUp)[-1].switch_id == OTHER
    nailed(desk, "leg-b")
    desk.leads(1)
    assert desk.one(Originate).switch_id == OTHER
    assert (switch(desk, FIRST).calls, switch(desk, FIRST).legs) == (0, 0)


def test_calls_that_ring_while_their_switch_is_drained_still_find_their_agent_there():
    desk = two_switches()
    desk.leads(1, 2)
    desk.ring(1)
    desk.feed(SwitchDrainChanged(switch_id=FIRST, is_draining=True))
    assert desk.snapshot.teams[0].moving_to == OTHER
    assert not desk.all(HangupLeg)
    talk(desk, 1)
    call = desk.call(1)
    assert call is not None and call.state is CallState.CONNECTED
    # The team has moved, the talk goes on where it is, and the agent follows after it.
    assert desk.snapshot.teams[0].switch_id == OTHER
    assert not desk.all(HangupLeg)
    desk.wait(60)
    assert desk.call(1) is not None
    desk.feed(ended(1), AgentParked(agent_id=ONE, leg_id=LEG))
    assert [c.leg_id for c in desk.all(HangupLeg)] == [LEG]
    assert desk.agent_state().state is AgentState.WRAP_UP


def test_nothing_is_launched_while_a_team_leaves_and_the_reason_is_shown():
    desk = two_switches()
    desk.agent(2)
    desk.leads(1)
    desk.ring(1)
    desk.feed(SwitchDrainChanged(switch_id=FIRST, is_draining=True))
    desk.leads(2)
    desk.wait(1.1)
    assert len(desk.all(Originate)) == 1
    assert bound_by(desk) is Limit.SWITCH_DRAINING


def test_a_drained_switch_without_another_keeps_its_agents_and_dials_again_after():
    desk = Desk()
    desk.agent()
    desk.feed(SwitchDrainChanged(switch_id=FIRST, is_draining=True))
    desk.leads(1)
    desk.wait(1.1)
    assert not desk.all(Originate) and not desk.all(HangupLeg)
    desk.feed(SwitchDrainChanged(switch_id=FIRST, is_draining=False))
    assert len(desk.all(Originate)) == 1


def test_idle_agents_of_a_lost_switch_are_called_from_another_after_a_wait():
    desk = two_switches()
    desk.feed(SwitchLost(switch_id=FIRST))
    desk.wait(9.9)
    assert len(desk.all(NailUp)) == 1
    desk.wait(0.2)
    assert desk.all(NailUp)[-1].switch_id == OTHER
    assert desk.agent_state().state is AgentState.CONNECTING_LEG
    nailed(desk, "leg-b")
    desk.leads(1)
    assert desk.one(Originate).switch_id == OTHER
    # The leg that was given up is hung up when its switch is back with it.
    desk.feed(SwitchConnected(is_new=False, switch_id=FIRST))
    assert [c.leg_id for c in desk.all(HangupLeg)] == [LEG]


def test_a_switch_that_is_back_within_the_wait_keeps_its_agents():
    desk = two_switches()
    desk.feed(SwitchLost(switch_id=FIRST))
    desk.wait(5)
    desk.feed(SwitchConnected(is_new=False, switch_id=FIRST))
    desk.wait(60)
    assert len(desk.all(NailUp)) == 1
    assert desk.agent_state().state is AgentState.READY


def test_an_agent_who_talked_on_a_lost_switch_is_left_alone_for_longer():
    desk = two_switches()
    desk.leads(1)
    talk(desk, 1)
    desk.feed(SwitchLost(switch_id=FIRST))
    desk.wait(59.9)
    assert desk.agent_state().state is AgentState.TALKING
    desk.wait(0.2)
    assert desk.agent_state().state is AgentState.WRAP_UP
    assert desk.all(NailUp)[-1].switch_id == OTHER
    # The call is settled by what its switch says, and the agent is not drawn back into it.
    desk.wait(40)
    desk.feed(SwitchConnected(is_new=True, switch_id=FIRST))
    assert desk.one(RecordCall).outcome is Outcome.CONNECTED
    assert desk.agent_state().state is not AgentState.WRAP_UP


def test_an_agent_who_talked_on_a_switch_that_is_dead_is_not_kept_waiting():
    desk = two_switches()
    desk.leads(1)
    talk(desk, 1)
    desk.feed(SwitchLost(switch_id=FIRST))
    desk.wait(0.5)
    desk.feed(SwitchLost(switch_id=FIRST, is_gone=True))
    desk.wait(9.4)
    assert desk.agent_state().state is AgentState.TALKING
    desk.wait(0.2)
    assert desk.agent_state().state is AgentState.WRAP_UP
    assert desk.all(NailUp)[-1].switch_id == OTHER


def test_the_loss_of_one_switch_leaves_the_calls_of_the_other_alone():
    desk = two_switches()
    desk.leads(1)
    desk.ring(1)
    desk.feed(SwitchLost(switch_id=OTHER))
    desk.feed(SwitchConnected(is_new=True, switch_id=OTHER))
    desk.wait(5.1)
    assert desk.call(1) is not None and not desk.all(RecordCall)
    assert {one.switch_id for one in desk.all(Survey)} == {FIRST}


def test_calls_of_a_switch_that_died_end_when_it_was_last_seen():
    desk = Desk()
    desk.agent()
    desk.leads(1)
    talk(desk, 1)
    desk.wait(20)
    died_at = desk.now
    desk.wait(3)
    desk.feed(SwitchLost(last_seen_at=died_at))
    desk.wait(30)
    desk.feed(SwitchConnected(is_new=True))
    record = desk.one(RecordCall)
    assert (record.outcome, record.ended_at) == (Outcome.CONNECTED, died_at)


def test_a_team_goes_home_only_when_its_home_has_stayed_for_a_while():
    desk = two_switches()
    desk.feed(SwitchLost(switch_id=FIRST))
    desk.wait(10.1)
    nailed(desk, "leg-b")
    desk.feed(SwitchConnected(is_new=True, switch_id=FIRST))
    desk.wait(29)
    assert desk.snapshot.teams[0].switch_id == OTHER
    desk.wait(1.1)
    assert desk.snapshot.teams[0].switch_id == FIRST


def test_a_gateway_that_is_down_on_one_switch_is_used_on_the_other():
    desk = two_switches()
    desk.feed(TrunkStateChanged(trunk_id=TRUNK, is_up=False, switch_id=OTHER))
    desk.leads(1)
    assert len(desk.all(Originate)) == 1
    desk.feed(TrunkStateChanged(trunk_id=TRUNK, is_up=False, switch_id=FIRST))
    assert not desk.snapshot.trunks[0].is_up


def test_a_trunk_is_shown_as_down_while_its_switch_is_away():
    desk = Desk()
    assert desk.snapshot.trunks[0].is_up
    desk.feed(SwitchLost())
    assert not desk.snapshot.trunks[0].is_up


@pytest.mark.parametrize(
    "load",
    [
        SwitchLoadReported(sessions=900, sessions_max=1000),
        SwitchLoadReported(sessions=10, sessions_max=1000, idle_cpu_ratio=0.05),
    ],
)
def test_a_full_switch_is_given_no_calls_until_it_says_that_it_has_room(load: SwitchLoadReported):
    desk = Desk()
    desk.agent()
    desk.feed(load)
    desk.leads(1)
    desk.wait(1.1)
    assert not desk.all(Originate)
    assert bound_by(desk) is Limit.SWITCH_LOAD
    desk.feed(SwitchLoadReported(sessions=10, sessions_max=1000, idle_cpu_ratio=0.9))
    assert len(desk.all(Originate)) == 1


def test_a_switch_near_its_sessions_per_second_rests_for_a_second():
    desk = Desk()
    desk.agent()
    desk.feed(SwitchLoadReported(per_second_left=30, per_second_last=0))
    desk.feed(SwitchLoadReported(per_second_left=30, per_second_last=25))
    desk.leads(1)
    assert not desk.all(Originate)
    desk.wait(1.5)
    assert len(desk.all(Originate)) == 1


def test_calls_launched_since_the_last_report_count_against_its_room():
    desk = Desk()
    for number in (1, 2, 3):
        desk.agent(number)
    desk.feed(SwitchLoadReported(sessions=898, sessions_max=1000))
    desk.leads(1, 2, 3)
    desk.wait(3)
    assert len(desk.all(Originate)) == 2
