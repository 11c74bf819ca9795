"""Agents who are moved to another team, and messages that are written to them.

Theory of operation. An agent belongs to one team, whose pacer counts on them. A move never takes
them from a lead: on a call, or while a call in flight was promised to them (`leaving`), it is kept
as `moves_to` and takes effect when `settle` brings them out of it. From the asking on no new call
counts on them, as on somebody who asked for a pause. Their time is counted for the old team up to
that instant and for the new one from then on. A call that was promised with them by name stays with
the campaign that promised it, and so with its team.
"""

from dialer.engine import agent_flow, callback_flow
from dialer.engine.agents import ON_A_CALL, Agent, LegState
from dialer.engine.commands import ShowMessage
from dialer.engine.floor import Floor
from dialer.engine.supervision_events import AgentMoved, AgentsMessaged, SupervisionEvent
from dialer.engine.timers import Due
from dialer.errors import IllegalTransition


def take(floor: Floor, event: SupervisionEvent, now: float) -> None:
    """One event. Raises IllegalTransition for a move that cannot be; nothing changed."""
    match event:
        case AgentMoved():
            _move(floor, event, now)
        case AgentsMessaged():
            for agent_id in event.agent_ids:
                if agent_id in floor.agents:
                    floor.say(ShowMessage(agent_id=agent_id, message_id=event.message_id))


def _move(floor: Floor, event: AgentMoved, now: float) -> None:
    agent = floor.agents.get(event.agent_id)
    if agent is None:
        raise IllegalTransition(f"agent {event.agent_id} is not logged in; log in first")
    if event.team_id not in floor.teams:
        raise IllegalTransition(
            f"agent {agent.name!r} cannot be moved to team {event.team_id}, which is not here"
        )
    # Back to where they are: an earlier move that waits is taken back.
    agent.moves_to = None if event.team_id == agent.team_id else event.team_id
    if agent.state not in ON_A_CALL:
        agent_flow.settle_or_stay(floor, agent, now)
    floor.touch(agent.team_id)


def join_team(floor: Floor, agent: Agent, now: float) -> None:
    """What the new team means for them: its promised calls, and a phone nobody called yet."""
    callback_flow.hold(floor, agent, now)
    is_waiting = agent.leg is LegState.NONE
    if is_waiting and not floor.timers.is_armed(Due.RENAIL, agent.agent_id):
        agent_flow.nail_up(floor, agent, now)
