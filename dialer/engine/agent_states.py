"""Changing an agent's working state: time counted, said to the store, and the team's list kept."""

from dialer.engine.agents import Agent
from dialer.engine.commands import RecordAgentState
from dialer.engine.floor import Floor, Team
from dialer.engine.ids import TeamId
from dialer.engine.states import AgentState


def enter(
    floor: Floor,
    agent: Agent,
    state: AgentState,
    now: float,
    *,
    reason: str | None = None,
    to_team: TeamId | None = None,
) -> None:
    """Change the working state, count the time spent in the old one, and say so.

    The new state may begin in another team; the time in the old one is the old team's.
    """
    team = floor.teams[agent.team_id]
    if state is agent.state and reason == agent.reason and to_team is None:
        list_available(floor, agent)
        return
    spell = max(0.0, now - agent.since)
    agent.seconds[agent.state] = agent.seconds.get(agent.state, 0.0) + spell
    team.seconds[agent.state] = team.seconds.get(agent.state, 0.0) + spell
    floor.say(
        RecordAgentState(
            agent_id=agent.agent_id,
            team_id=agent.team_id if to_team is None else to_team,
            state=agent.state,
            since=agent.since,
            new_state=state,
            reason=reason,
            at=now,
            campaign_id=agent.call.lead.campaign_id if agent.call else None,
        )
    )
    team.by_state[agent.state].pop(agent.agent_id, None)
    if to_team is not None:
        team = _change_team(floor, agent, team, to_team)
    agent.state, agent.since, agent.reason = state, now, reason
    if state is not AgentState.LOGGED_OUT:
        team.by_state[state][agent.agent_id] = agent
    if state is not AgentState.READY:
        team.leaving.pop(agent.agent_id, None)
    list_available(floor, agent)
    floor.touch(agent.team_id)


def _change_team(floor: Floor, agent: Agent, old: Team, to_team: TeamId) -> Team:
    for mine in (old.agents, old.available, old.leaving):
        mine.pop(agent.agent_id, None)
    floor.touch(agent.team_id)
    agent.team_id = to_team
    new = floor.teams[to_team]
    new.agents[agent.agent_id] = agent
    return new


def list_available(floor: Floor, agent: Agent) -> None:
    """Keep the team's list of available agents, longest idle first."""
    available = floor.teams[agent.team_id].available
    if agent.is_available:
        if agent.agent_id not in available:
            available[agent.agent_id] = None
            floor.touch(agent.team_id)
    else:
        available.pop(agent.agent_id, None)
        if agent.is_free:
            # Held for a promised call, which may be due by now.
            floor.touch(agent.team_id)
