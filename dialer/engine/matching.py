"""Matching: waiting calls, longest first, to the agents who have been idle longest."""

from dialer.engine import agent_states, live_answers
from dialer.engine.agents import Agent, LegState
from dialer.engine.calls import Call
from dialer.engine.commands import Bridge, ShowLead
from dialer.engine.floor import Floor, Team
from dialer.engine.ids import LegId
from dialer.engine.states import AgentState, CallState
from dialer.engine.timers import Due


def match(floor: Floor, team: Team, now: float) -> None:
    """Give waiting calls, longest first, the agents who have been idle longest."""
    # People who call back before those we called: each of the two longest waiting first.
    for call in sorted(team.unserved.values(), key=lambda one: not one.is_inbound):
        if not team.available:
            return
        if not call.wants_agent:
            continue
        agent = _longest_idle(floor, team, call)
        if agent is not None:
            _reserve(floor, call, agent, now)


def _longest_idle(floor: Floor, team: Team, call: Call) -> Agent | None:
    """Who takes the call; those who asked to go only when nobody else can."""
    last: Agent | None = None
    for agent_id in team.available:
        agent = floor.agents[agent_id]
        if agent.leg_id in call.refused_legs or agent.switch_id != call.switch_id:
            continue
        if agent_id not in team.leaving:
            return agent
        last = last or agent
    return last


def lose_agent(floor: Floor, agent: Agent, now: float) -> None:
    """The leg of an agent who was reserved is gone: the call waits for another."""
    call = agent.call
    assert call is not None, agent
    agent_states.enter(floor, agent, AgentState.CONNECTING_LEG, now)
    agent.call = None
    call.agent_id = None
    if call.is_in_flight:
        # A promised call that rings: whoever is free takes the answer.
        floor.team_of(call).in_flight[call.lead.call_id] = call
        return
    floor.timers.disarm(Due.CALL_WATCH, call.lead.call_id)
    floor.team_of(call).unserved[call.lead.call_id] = call
    if call.state is CallState.BRIDGING:
        call.enter(CallState.WAITING, now)
    if call.is_abandoned:
        live_answers.legal_seconds_over(floor, call.lead.call_id, now)
    else:
        match(floor, floor.team_of(call), now)


def take_back(floor: Floor, call: Call, leg_id: LegId, now: float) -> bool:
    """A bridge that was given up as stuck was made after all: true, if both sides are still as it
    left them. Then the call is BRIDGING to that agent again."""
    agent = floor.legs.get(leg_id)
    if agent is None or agent.bridged_to != call.lead.call_id or agent.leg is not LegState.BUSY:
        return False
    if call.state is not CallState.WAITING or call.agent_id is not None or agent.call is not None:
        return False
    if agent.state not in (AgentState.READY, AgentState.PAUSED):
        return False
    floor.team_of(call).unserved.pop(call.lead.call_id, None)
    floor.timers.disarm(Due.LEG_WATCH, agent.agent_id)
    call.agent_id, agent.call = agent.agent_id, call
    agent_states.enter(floor, agent, AgentState.RESERVED, now)
    call.enter(CallState.BRIDGING, now)
    return True


def _reserve(floor: Floor, call: Call, agent: Agent, now: float) -> None:
    call_id = call.lead.call_id
    assert agent.is_available and agent.call is None, agent
    floor.team_of(call).unserved.pop(call_id)
    call.agent_id = agent.agent_id
    agent.call = call
    agent_states.enter(floor, agent, AgentState.RESERVED, now)
    floor.say(
        ShowLead(
            agent_id=agent.agent_id,
            call_id=call_id,
            campaign_id=call.lead.campaign_id,
            lead_id=call.lead.lead_id,
        )
    )
    if call.is_parked:
        bridge(floor, call, agent, now)


def bridge(floor: Floor, call: Call, agent: Agent, now: float) -> None:
    """Both legs are parked: join them, agent first."""
    assert agent.leg is LegState.PARKED and agent.leg_id is not None, agent
    agent.leg, agent.leg_changed_at = LegState.BUSY, now
    agent.bridged_to = call.lead.call_id
    call.enter(CallState.BRIDGING, now)
    floor.say(Bridge(call_id=call.lead.call_id, leg_id=agent.leg_id))
    at = now + floor.config.bridge_watchdog_seconds
    floor.timers.arm(Due.CALL_WATCH, call.lead.call_id, at=at)
