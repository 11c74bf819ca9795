"""A move to another team never takes an agent from a lead, and no second of theirs is lost."""

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import Bridge, NailUp, Originate, RecordAgentState, ShowMessage
from dialer.engine.config import TeamConfig
from dialer.engine.events import (
    AgentPaused,
    CallBridged,
    CallDisposed,
    CallEnded,
    TeamConfigured,
)
from dialer.engine.ids import AgentId, CallId, MessageId, TeamId
from dialer.engine.states import AgentState
from dialer.engine.supervision_events import AgentMoved, AgentsMessaged
from dialer.errors import IllegalTransition
from dialer.pacing.settings import PacingSettings
from tests.support.engine_desk import TEAM, Desk

ONE = AgentId(1)
NIGHT = TeamId(2)


def two_teams() -> Desk:
    desk = Desk()
    night = TeamConfig(team_id=NIGHT, name="night", pacing=PacingSettings())
    desk.feed(TeamConfigured(team=night))
    return desk


def move(desk: Desk, *, to: TeamId = NIGHT) -> None:
    desk.feed(AgentMoved(agent_id=ONE, team_id=to))


def ready_seconds(desk: Desk) -> dict[TeamId, float]:
    return {team.team_id: team.ready_seconds for team in desk.snapshot.teams}


def test_a_free_agent_moves_at_once_and_each_team_has_its_own_time():
    desk = two_teams()
    desk.agent(1)
    began = ready_seconds(desk)[TEAM]
    desk.wait(10)
    move(desk)
    assert (desk.agent_state().team_id, desk.agent_state().moving_to) == (NIGHT, None)
    desk.wait(5)
    assert ready_seconds(desk) == {TEAM: pytest.approx(began + 10), NIGHT: pytest.approx(5)}
    last = desk.all(RecordAgentState)[-1]
    assert (last.team_id, last.state, last.new_state) == (NIGHT, AgentState.READY, AgentState.READY)


def test_the_old_team_dials_no_more_for_them():
    desk = two_teams()
    desk.agent(1)
    move(desk)
    desk.leads(1, 2)
    desk.wait(5)
    assert desk.all(Originate) == []


def test_on_a_call_the_move_waits_for_the_end_of_wrap_up_and_says_so():
    desk = two_teams()
    desk.agent(1)
    desk.leads(1)
    call_id = desk.answer(1)
    desk.feed(CallBridged(call_id=call_id, leg_id=desk.one(Bridge).leg_id))
    move(desk)
    shown = desk.agent_state()
    assert (shown.state, shown.team_id, shown.moving_to) == (AgentState.TALKING, TEAM, NIGHT)
    desk.feed(CallEnded(call_id=call_id, outcome=Outcome.UNKNOWN, cause="NORMAL_CLEARING"))
    assert desk.agent_state().team_id == TEAM, "wrap-up is still of the old team's call"
    desk.feed(CallDisposed(agent_id=ONE, call_id=call_id, disposition="sale"))
    shown = desk.agent_state()
    assert (shown.team_id, shown.moving_to) == (NIGHT, None)


def test_a_call_that_rings_for_them_keeps_them_until_it_is_over():
    desk = two_teams()
    desk.agent(1)
    desk.leads(1)
    desk.ring(1)
    move(desk)
    assert (desk.agent_state().team_id, desk.agent_state().moving_to) == (TEAM, NIGHT)
    call = CallId("call-1")
    desk.feed(CallEnded(call_id=call, outcome=Outcome.BUSY, cause="USER_BUSY"))
    assert desk.agent_state().team_id == NIGHT


def test_moved_back_before_it_took_effect_they_stay():
    desk = two_teams()
    desk.agent(1)
    desk.leads(1, 2)
    desk.ring(1)
    move(desk)
    move(desk, to=TEAM)
    call = CallId("call-1")
    desk.feed(CallEnded(call_id=call, outcome=Outcome.BUSY, cause="USER_BUSY"))
    assert (desk.agent_state().team_id, desk.agent_state().moving_to) == (TEAM, None)
    desk.wait(1)
    assert len(desk.all(Originate)) == 2, "their team dials for them again"


def test_a_pause_by_somebody_else_names_them_and_outlives_a_move():
    desk = two_teams()
    desk.agent(1)
    desk.feed(AgentPaused(agent_id=ONE, reason="coaching", by="nigar"))
    move(desk)
    shown = desk.agent_state()
    assert (shown.state, shown.reason, shown.paused_by) == (AgentState.PAUSED, "coaching", "nigar")
    assert shown.team_id == NIGHT


def test_an_agent_whose_phone_nobody_calls_is_called_for_the_new_team():
    desk = two_teams()
    desk.agent(1)
    assert len(desk.all(NailUp)) == 1
    move(desk)
    assert len(desk.all(NailUp)) == 1, "the leg stays up when only the team changes"


def test_a_move_to_no_team_or_of_nobody_is_refused_and_changes_nothing():
    desk = two_teams()
    with pytest.raises(IllegalTransition, match="agent 1 is not logged in; log in first"):
        move(desk)
    desk.agent(1)
    before = desk.snapshot
    with pytest.raises(IllegalTransition, match="cannot be moved to team 9, which is not here"):
        move(desk, to=TeamId(9))
    assert desk.snapshot == before


def test_a_message_is_shown_to_those_who_are_here_and_changes_nothing():
    desk = two_teams()
    desk.agent(1)
    before = desk.snapshot
    desk.feed(AgentsMessaged(message_id=MessageId(7), agent_ids=(ONE, AgentId(2))))
    assert desk.all(ShowMessage) == [ShowMessage(agent_id=ONE, message_id=MessageId(7))]
    assert desk.snapshot == before
