"""Agents who asked to pause or to leave while calls in flight count on them.

Theory of operation. A call is launched because somebody will be there for its answer. When a ready
agent asks for a pause while n calls are in flight or wait, and no more than n agents are ready, one
of those calls was promised to them. They stay available, behind everybody else, and go when

(a) their going leaves every call in flight its agent: n is below the number of those available; or
(b) every call launched before they asked is answered or over. Calls launched since were launched
    without counting on them (`launching` leaves them out of the pacer's view), so nothing is owed.

Either way the number of uncovered calls, max(0, n - available), is never more after they went than
what the wall has been asked for. It takes at most as long as a call may be in flight: its ring time
and the watchdog's grace. Asking for calls again takes the wish back.
"""

from dialer.engine import agent_flow
from dialer.engine.agents import Agent
from dialer.engine.floor import Floor, Team
from dialer.engine.ids import TeamId


def is_promised(team: Team, agent: Agent, *, asked_at: float) -> bool:
    """True while calls launched up to `asked_at` count on this agent, who is available."""
    if agent.agent_id not in team.available:
        return False
    if len(team.in_flight) + len(team.unserved) < len(team.available):
        return False
    return any(
        call.launched_at <= asked_at
        for calls in (team.in_flight, team.unserved)
        for call in calls.values()
    )


def stay(team: Team, agent: Agent, *, asked_at: float) -> None:
    """Keep the agent for calls promised to them, behind all who did not ask to go."""
    team.leaving.setdefault(agent.agent_id, asked_at)


def release(floor: Floor, team_id: TeamId, now: float) -> None:
    """Let those go, first come first, whom no call in flight counts on any more."""
    team = floor.teams[team_id]
    for agent_id, asked_at in list(team.leaving.items()):
        agent = floor.agents[agent_id]
        if not is_promised(team, agent, asked_at=asked_at):
            del team.leaving[agent_id]
            agent_flow.settle(floor, agent, now)
