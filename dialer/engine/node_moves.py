"""How teams move between switches: to their home, away from one that drains, from one that is lost.

Theory of operation. A team that leaves a switch in good order launches nothing more (the pacer sees
the limit SWITCH_DRAINING), waits until every call that may still need an agent has one or is over,
which ring time bounds, and then goes: free agents at once, the others after their call. A team
whose switch is lost waits a bounded time for it, then its idle agents are called from another
switch; those who talked get a longer wait, because their lead may still be on the line, unless the
switch is known to be dead. The lost switch's calls stay known: they are settled by what it says
when it is back. Legs given up there are hung up then.
"""

from dialer.engine import agent_flow, agent_states, lead_places, matching, nodes
from dialer.engine.agents import Agent, LegState
from dialer.engine.commands import HangupLeg
from dialer.engine.events import (
    SwitchConfigured,
    SwitchConnected,
    SwitchDrainChanged,
    SwitchLoadReported,
    SwitchLost,
)  # fmt: skip
from dialer.engine.floor import Floor, Team
from dialer.engine.ids import SwitchId
from dialer.engine.node import Node
from dialer.engine.states import AgentState, CallState
from dialer.engine.timers import Due

_NEEDS_NOBODY = frozenset({CallState.CONNECTED, CallState.ABANDONED, CallState.ENDED})


def configured(floor: Floor, event: SwitchConfigured, now: float) -> None:
    """There is this switch; teams whose home it is wait for it a while."""
    nodes.know(floor, event.switch_id, now)
    _look_later(floor, event.switch_id, now + floor.config.switch_lost_seconds)
    look(floor, now)


def connected(floor: Floor, event: SwitchConnected, now: float) -> None:
    """It answers. What was given up there while it was away is ended."""
    node = nodes.know(floor, event.switch_id, now)
    node.is_connected, node.changed_at, node.last_seen_at = True, now, None
    node.is_gone = False
    node.load = None
    if not event.is_new:
        for leg_id in node.left_legs:
            floor.say(HangupLeg(leg_id=leg_id))
    node.left_legs.clear()
    if len(floor.nodes) > 1:
        _look_later(floor, event.switch_id, now + floor.config.switch_settle_seconds)
    look(floor, now)


def lost(floor: Floor, event: SwitchLost, now: float) -> None:
    """Its connection is gone; it may be back in a moment."""
    node = nodes.know(floor, event.switch_id, now)
    if node.is_connected or node.last_seen_at is None:
        node.last_seen_at = now if event.last_seen_at is None else min(now, event.last_seen_at)
    node.is_gone = node.is_gone or event.is_gone
    if not node.is_connected:
        if event.is_gone and len(floor.nodes) > 1:
            at = node.changed_at + floor.config.switch_lost_seconds
            _look_later(floor, event.switch_id, max(now, at))
        return
    node.is_connected, node.changed_at = False, now
    if len(floor.nodes) > 1:
        _look_later(floor, event.switch_id, now + floor.config.switch_lost_seconds)
    look(floor, now)


def drain_changed(floor: Floor, event: SwitchDrainChanged, now: float) -> None:
    """A person takes it out of use or back."""
    nodes.know(floor, event.switch_id, now).is_draining = event.is_draining
    look(floor, now)
    for team_id in floor.teams:
        floor.touch(team_id)


def load_reported(floor: Floor, event: SwitchLoadReported, now: float) -> None:
    """How full it is; teams that were held back by that look again."""
    nodes.know(floor, event.switch_id, now).take_load(event, floor.config, now)
    for team_id, team in floor.teams.items():
        if team.switch_id == event.switch_id:
            floor.touch(team_id)


def look(floor: Floor, now: float) -> None:
    """Send every team where it should be, or on its way there."""
    for team in floor.teams.values():
        place_team(floor, team, now)


def looked_at(floor: Floor, switch_id: SwitchId, now: float) -> None:
    """A wait for this switch is over: it stayed, or it stayed away."""
    look(floor, now)
    node = floor.nodes[switch_id]
    if not node.is_connected:
        _leave_talkers(floor, node, now)


def place_team(floor: Floor, team: Team, now: float) -> None:
    """Decide where the team should work, and begin to move it."""
    wanted = _wanted(floor, team, now)
    here = nodes.of_team(floor, team)
    if wanted is None or wanted is here:
        team.moving_to = None
    elif here is None or not _is_anything_on(floor, team):
        _arrive(floor, team, wanted, now)
    elif not here.is_connected:
        _give_up(floor, team, here, now)
        _arrive(floor, team, wanted, now)
    else:
        team.moving_to = wanted.switch_id
        go_on(floor, team, now)


def go_on(floor: Floor, team: Team, now: float) -> None:
    """Move on if nothing on the old switch needs an agent of this team any more."""
    wanted = floor.nodes.get(team.moving_to) if team.moving_to is not None else None
    if wanted is None:
        return
    if not wanted.is_usable:
        place_team(floor, team, now)
        return
    is_awaited = any(
        call.switch_id == team.switch_id and call.state not in _NEEDS_NOBODY
        for call in floor.calls.values()
        if floor.team_of(call) is team
    )
    if not is_awaited:
        _arrive(floor, team, wanted, now)


def _wanted(floor: Floor, team: Team, now: float) -> Node | None:
    """Where the team should be. Never away from a switch for one that is no better."""
    if not floor.nodes:
        return None
    home = floor.nodes.get(team.config.home) if team.config.home is not None else None
    home = next(iter(floor.nodes.values())) if home is None else home
    here = nodes.of_team(floor, team)
    if home.is_usable and (here is None or home is here or _has_settled(floor, home, now)):
        return home
    if here is None:
        if _is_awaited(floor, home, now):
            return home
    elif here.is_usable or _is_awaited(floor, here, now):
        return here
    other = next((node for node in floor.nodes.values() if node.is_usable), None)
    return other or here or home


def _has_settled(floor: Floor, node: Node, now: float) -> bool:
    return now >= node.changed_at + floor.config.switch_settle_seconds


def _is_awaited(floor: Floor, node: Node, now: float) -> bool:
    """Lost, or not reached yet, and not for long."""
    return (
        not node.is_connected
        and not node.is_draining
        and now < node.changed_at + floor.config.switch_lost_seconds
    )


def _is_anything_on(floor: Floor, team: Team) -> bool:
    return bool(team.in_flight or team.unserved) or any(
        agent.leg is not LegState.NONE for agent in team.agents.values()
    )


def _arrive(floor: Floor, team: Team, node: Node, now: float) -> None:
    """From now on the team works there; whoever is free follows."""
    team.switch_id, team.moving_to = node.switch_id, None
    for agent in list(team.agents.values()):
        nodes.follow(floor, agent, now)
        nothing_is_on_its_way = agent.leg is LegState.NONE
        if nothing_is_on_its_way and not floor.timers.is_armed(Due.RENAIL, agent.agent_id):
            agent_flow.nail_up(floor, agent, now)
    floor.touch(team.config.team_id)


def _give_up(floor: Floor, team: Team, node: Node, now: float) -> None:
    """The switch has been away too long: what the team has there does not count any more."""
    for agent in list(team.agents.values()):
        if agent.switch_id == node.switch_id and agent.state is not AgentState.TALKING:
            _drop_leg(floor, agent, node, now)
    for mine in (team.in_flight, team.unserved):
        for call_id, call in list(mine.items()):
            if call.switch_id == node.switch_id:
                del mine[call_id]
    if any(agent.state is AgentState.TALKING for agent in team.agents.values()):
        _look_later(floor, node.switch_id, max(now, _talkers_left_at(floor, node)))


def _talkers_left_at(floor: Floor, node: Node) -> float:
    config = floor.config
    wait = config.switch_lost_seconds if node.is_gone else config.switch_lost_talk_seconds
    return node.changed_at + wait


def _leave_talkers(floor: Floor, node: Node, now: float) -> None:
    """Agents who talked on a switch that is dead or long lost: nobody knows whether they do."""
    if now < _talkers_left_at(floor, node):
        return
    for agent in list(floor.agents.values()):
        is_there = agent.switch_id == node.switch_id and agent.leg_id is not None
        team = floor.teams[agent.team_id]
        if is_there and agent.state is AgentState.TALKING and team.switch_id != node.switch_id:
            _drop_leg(floor, agent, node, now)
            agent_flow.start_wrap_up(floor, agent, now)
            if floor.agents.get(agent.agent_id) is agent and agent.leg is LegState.NONE:
                agent_flow.nail_up(floor, agent, now)


def _drop_leg(floor: Floor, agent: Agent, node: Node, now: float) -> None:
    """Forget the agent's leg on a lost switch; it is hung up when that one is back."""
    if agent.leg_id is not None:
        node.left_legs[agent.leg_id] = None
        floor.legs.pop(agent.leg_id, None)
    for due in (Due.LEG_WATCH, Due.RENAIL):
        floor.timers.disarm(due, agent.agent_id)
    agent.leg, agent.leg_id, agent.leg_changed_at = LegState.NONE, None, now
    if agent.state in (AgentState.READY, AgentState.PAUSED):
        agent_states.enter(floor, agent, AgentState.CONNECTING_LEG, now, reason=agent.reason)
    elif agent.state is AgentState.RESERVED and not lead_places.lose_receiver(floor, agent, now):
        matching.lose_agent(floor, agent, now)
    agent_states.list_available(floor, agent)


def _look_later(floor: Floor, switch_id: SwitchId, at: float) -> None:
    floor.timers.arm(Due.SWITCH, switch_id, at=at)
