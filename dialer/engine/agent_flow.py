"""What happens to agents: their working state, their wishes and their legs."""

from dialer.engine import (
    agent_states,
    callback_flow,
    hanging_up,
    lead_places,
    leaving,
    live_answers,
    matching,
    nodes,
    preview_flow,
    team_moves,
)
from dialer.engine.agents import ON_A_CALL, Agent, LegState, check_wish
from dialer.engine.commands import (
    HangupLeg,
    NailUp,
    ParkLeg,
    RecordDisposition,
)  # fmt: skip
from dialer.engine.events import (
    AgentHungUp,
    AgentLegAdopted,
    AgentLegEnded,
    AgentLegOriginated,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentParked,
    AgentPaused,
    AgentReadied,
    CallDisposed,
)  # fmt: skip
from dialer.engine.floor import Floor
from dialer.engine.ids import AgentId, LegId
from dialer.engine.states import AgentState
from dialer.engine.timers import Due
from dialer.errors import IllegalTransition
from dialer.pacing.view import WrapUpEnded

LEG_PARKS_MAX_SECONDS = 4.0
"""A leg that four `uuid_park`s have not brought back is given up and called anew."""


def log_in(floor: Floor, event: AgentLoggedIn, now: float) -> None:
    """Start work: call the agent's phone. Logging in again while logged in changes nothing."""
    if event.agent_id in floor.agents:
        return
    if event.team_id not in floor.teams:
        raise IllegalTransition(
            f"agent {event.name!r} belongs to team {event.team_id}, which is not here"
        )
    agent = Agent(event.agent_id, event.team_id, event.name, since=now)
    # Nobody is given calls before they asked for them.
    agent.wants = AgentPaused(agent_id=agent.agent_id, reason="login")
    floor.agents[agent.agent_id] = agent
    floor.teams[agent.team_id].agents[agent.agent_id] = agent
    callback_flow.hold(floor, agent, now)
    agent_states.enter(floor, agent, AgentState.CONNECTING_LEG, now)
    nail_up(floor, agent, now)


def adopt_leg(floor: Floor, event: AgentLegAdopted, now: float) -> None:
    """Take over an agent whose leg outlived a restart of ours."""
    if event.agent_id in floor.agents:
        return
    agent = Agent(event.agent_id, event.team_id, event.name, since=now)
    floor.agents[agent.agent_id] = agent
    floor.teams[agent.team_id].agents[agent.agent_id] = agent
    callback_flow.hold(floor, agent, now)
    agent.switch_id = event.switch_id
    team = floor.teams[agent.team_id]
    team.switch_id = event.switch_id if team.switch_id is None else team.switch_id
    _set_leg(floor, agent, event.leg_id, LegState.PARKED, now)
    if not event.was_ready:
        agent.wants = AgentPaused(agent_id=agent.agent_id, reason="restart")
    settle(floor, agent, now)


def wish(
    floor: Floor,
    event: AgentReadied | AgentPaused | AgentLoggedOut | AgentHungUp | CallDisposed,
    now: float,
) -> None:
    """A person asks for something."""
    agent = floor.agents.get(event.agent_id)
    if agent is None:
        raise IllegalTransition(f"agent {event.agent_id} is not logged in; log in first")
    check_wish(event, agent)
    match event:
        case AgentHungUp():
            hanging_up.ask(floor, agent, now)
        case CallDisposed():
            _dispose(floor, agent, event, now)
        case AgentReadied() | AgentPaused() | AgentLoggedOut():
            agent.wants = None if isinstance(event, AgentReadied) else event
            if agent.state is AgentState.WRAP_UP and isinstance(event, AgentReadied):
                end_wrap_up(floor, agent, now)
            elif agent.state not in ON_A_CALL:
                settle_or_stay(floor, agent, now)
            # An agent who will not come back is no longer counted on.
            floor.touch(agent.team_id)


def settle_or_stay(floor: Floor, agent: Agent, now: float) -> None:
    """A wish of somebody without a call: at once, unless calls in flight were promised to them."""
    team = floor.teams[agent.team_id]
    is_going = agent.wants is not None or agent.moves_to is not None
    if is_going:
        preview_flow.take_back(floor, agent, "agent_left")
    else:
        team.leaving.pop(agent.agent_id, None)
    if is_going and leaving.is_promised(team, agent, asked_at=now):
        leaving.stay(team, agent, asked_at=now)
        return
    settle(floor, agent, now)


def let_go(floor: Floor, agent: Agent, now: float) -> None:
    """The agent's call lives and waits again: they are there for it as before they had it.

    A pause they asked for meanwhile comes when no call counts on them (`leaving`).
    """
    is_going = agent.wants is not None or agent.moves_to is not None
    if not is_going or agent.leg not in (LegState.PARKED, LegState.BUSY):
        settle(floor, agent, now)
        return
    agent_states.enter(floor, agent, AgentState.READY, now)
    agent.call = None
    leaving.stay(floor.teams[agent.team_id], agent, asked_at=now)


def settle(floor: Floor, agent: Agent, now: float) -> None:
    """Bring an agent whose call is over to the state that their wish and their leg allow."""
    has_leg = agent.leg in (LegState.PARKED, LegState.BUSY)
    to_team, agent.moves_to = agent.moves_to, None
    match agent.wants:
        case AgentLoggedOut():
            _log_out(floor, agent, now)
        case AgentPaused(reason=reason):
            state = AgentState.PAUSED if has_leg else AgentState.CONNECTING_LEG
            agent_states.enter(floor, agent, state, now, reason=reason, to_team=to_team)
        case _:
            state = AgentState.READY if has_leg else AgentState.CONNECTING_LEG
            agent_states.enter(floor, agent, state, now, to_team=to_team)
    # Only now, because the time that just ended was spent on that call.
    agent.call = None
    if agent.state is not AgentState.LOGGED_OUT:
        nodes.follow(floor, agent, now)
        if to_team is not None:
            team_moves.join_team(floor, agent, now)
    matching.match(floor, floor.teams[agent.team_id], now)


def start_wrap_up(floor: Floor, agent: Agent, now: float) -> None:
    """The lead is gone; the agent finishes. Without a word it ends by itself."""
    assert agent.call is not None, agent
    agent_states.enter(floor, agent, AgentState.WRAP_UP, now)
    if agent.disposition is not None:
        end_wrap_up(floor, agent, now)
        return
    config = floor.campaigns[agent.call.lead.campaign_id].config
    floor.timers.arm(Due.WRAP_UP, agent.agent_id, at=now + config.wrap_up_seconds_max)


def end_wrap_up(floor: Floor, agent: Agent, now: float) -> None:
    """Wrap-up is over: by a disposition, by asking for the next call, or by its limit."""
    call = agent.call
    assert call is not None and agent.state is AgentState.WRAP_UP, agent
    floor.timers.disarm(Due.WRAP_UP, agent.agent_id)
    wrapped = WrapUpEnded(at=now, seconds=now - agent.since, agent_id=agent.agent_id)
    floor.teams[agent.team_id].pacer.observe(wrapped)
    if call.agent_id == agent.agent_id:
        # Of a call that was handed over, whoever has it now says how it went.
        floor.say(
            RecordDisposition(
                call_id=call.lead.call_id,
                campaign_id=call.lead.campaign_id,
                lead_id=call.lead.lead_id,
                agent_id=agent.agent_id,
                disposition=agent.disposition,
                disposed_at=now,
            )
        )
    agent.last_call = call
    agent.disposition = None
    settle(floor, agent, now)


def _dispose(floor: Floor, agent: Agent, event: CallDisposed, now: float) -> None:
    call = next(
        (c for c in (agent.call, agent.last_call) if c and c.lead.call_id == event.call_id), None
    )
    if call is None:
        raise IllegalTransition(
            f"call {event.call_id} is not agent {agent.name!r}'s present or last call; "
            f"a disposition is taken for these two only"
        )
    if call.agent_id != agent.agent_id:
        raise IllegalTransition(
            f"call {event.call_id} was handed over by agent {agent.name!r}; whoever took it says "
            "how it went"
        )
    if event.is_machine:
        live_answers.withdraw(floor, call, now)
    if call is agent.call:
        agent.disposition = event.disposition
        if agent.state is AgentState.WRAP_UP:
            end_wrap_up(floor, agent, now)
        return
    floor.say(
        RecordDisposition(
            call_id=call.lead.call_id,
            campaign_id=call.lead.campaign_id,
            lead_id=call.lead.lead_id,
            agent_id=agent.agent_id,
            disposition=event.disposition,
            disposed_at=now,
        )
    )


def _log_out(floor: Floor, agent: Agent, now: float) -> None:
    agent_states.enter(floor, agent, AgentState.LOGGED_OUT, now)
    floor.teams[agent.team_id].leaving.pop(agent.agent_id, None)
    for due in (Due.RENAIL, Due.LEG_WATCH, Due.WRAP_UP):
        floor.timers.disarm(due, agent.agent_id)
    if agent.leg_id is not None:
        floor.say(HangupLeg(leg_id=agent.leg_id))
        floor.legs.pop(agent.leg_id, None)
    del floor.agents[agent.agent_id]
    del floor.teams[agent.team_id].agents[agent.agent_id]


# ---- legs ---------------------------------------------------------------------------------------
def nail_up(floor: Floor, agent: Agent, now: float) -> None:
    """Call the agent's phone, unless the switch is away: then as soon as it is back."""
    agent.leg = LegState.NONE
    switch_id = nodes.nail_at(floor, agent)
    if switch_id is not None:
        _set_leg(floor, agent, None, LegState.CALLING, now)
        agent.switch_id = switch_id
        floor.say(NailUp(agent_id=agent.agent_id, switch_id=switch_id))


def leg_originated(floor: Floor, event: AgentLegOriginated, now: float) -> None:
    """The phone is being called under this id."""
    agent = floor.agents.get(event.agent_id)
    if agent is None or agent.leg is not LegState.CALLING:
        floor.say(HangupLeg(leg_id=event.leg_id))
        return
    _set_leg(floor, agent, event.leg_id, LegState.CALLING, now)
    floor.timers.arm(Due.LEG_WATCH, agent.agent_id, at=now + floor.config.nail_up_seconds)


def leg_parked(floor: Floor, event: AgentParked, now: float) -> None:
    """The leg is parked: nailed up, or free again. The one signal that it may be bridged."""
    agent = floor.legs.get(event.leg_id)
    if agent is None:
        floor.say(HangupLeg(leg_id=event.leg_id))
        return
    floor.timers.disarm(Due.LEG_WATCH, agent.agent_id)
    agent.renail_seconds = 0.0
    agent.leg, agent.leg_changed_at = LegState.PARKED, now
    nodes.follow(floor, agent, now)
    if agent.state is AgentState.CONNECTING_LEG:
        settle(floor, agent, now)
    else:
        agent_states.list_available(floor, agent)
        matching.match(floor, floor.teams[agent.team_id], now)


def leg_still_parked(floor: Floor, agent: Agent, now: float) -> None:
    """The switch refused the bridge, and so left the leg as it was."""
    floor.timers.disarm(Due.LEG_WATCH, agent.agent_id)
    agent.leg, agent.leg_changed_at = LegState.PARKED, now
    agent_states.list_available(floor, agent)
    matching.match(floor, floor.teams[agent.team_id], now)


def leg_ended(floor: Floor, event: AgentLegEnded, now: float) -> None:
    """The leg is gone. The agent goes on with what they do while the phone is called again."""
    agent = floor.legs.pop(event.leg_id, None)
    if agent is None:
        return
    floor.timers.disarm(Due.LEG_WATCH, agent.agent_id)
    agent.leg, agent.leg_id, agent.leg_changed_at = LegState.NONE, None, now
    preview_flow.take_back(floor, agent, "leg_lost")
    if agent.state in (AgentState.READY, AgentState.PAUSED):
        agent_states.enter(floor, agent, AgentState.CONNECTING_LEG, now, reason=agent.reason)
        if isinstance(agent.wants, AgentLoggedOut):
            # They stayed for a call that was promised to them; their phone is not called for that.
            settle(floor, agent, now)
            return
        if agent.moves_to is not None:
            settle(floor, agent, now)
    elif agent.state is AgentState.RESERVED and not lead_places.lose_receiver(floor, agent, now):
        matching.lose_agent(floor, agent, now)
    agent_states.list_available(floor, agent)
    config = floor.config
    floor.timers.arm(
        Due.RENAIL, agent.agent_id, at=now + max(config.renail_seconds, agent.renail_seconds)
    )
    agent.renail_seconds = min(
        config.renail_seconds_max, 2 * max(config.renail_seconds, agent.renail_seconds)
    )
    floor.touch(agent.team_id)


def renail(floor: Floor, agent_id: AgentId, now: float) -> None:
    """The pause after a lost leg is over."""
    agent = floor.agents.get(agent_id)
    if agent is not None and agent.leg is LegState.NONE:
        nail_up(floor, agent, now)


def leg_overdue(floor: Floor, agent_id: AgentId, now: float) -> None:
    """The leg should have parked by now: wake it, and after a few tries give it up."""
    agent = floor.agents.get(agent_id)
    if agent is None or agent.leg_id is None or agent.leg not in (LegState.BUSY, LegState.CALLING):
        return
    is_new = agent.leg is LegState.CALLING
    patience_seconds = LEG_PARKS_MAX_SECONDS + floor.config.nail_up_seconds * is_new
    if now - agent.leg_changed_at > patience_seconds:
        floor.say(HangupLeg(leg_id=agent.leg_id))
        leg_ended(
            floor,
            AgentLegEnded(agent_id=agent_id, leg_id=agent.leg_id, cause="RECOVERY_ON_TIMER_EXPIRE"),
            now,
        )
        return
    floor.say(ParkLeg(agent_id=agent_id, leg_id=agent.leg_id, call_id=agent.bridged_to))
    watch_leg(floor, agent, now)


def expect_park(floor: Floor, agent: Agent, now: float) -> None:
    """The call is over: the leg should park within a moment."""
    agent.leg_changed_at = now
    watch_leg(floor, agent, now)


def watch_leg(floor: Floor, agent: Agent, now: float) -> None:
    """Look at the leg again in a second."""
    at = now + floor.config.bridge_watchdog_seconds
    floor.timers.arm(Due.LEG_WATCH, agent.agent_id, at=at)


def _set_leg(floor: Floor, agent: Agent, leg_id: LegId | None, state: LegState, now: float) -> None:
    agent.leg, agent.leg_id, agent.leg_changed_at = state, leg_id, now
    if leg_id is not None:
        floor.legs[leg_id] = agent
