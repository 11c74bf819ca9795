"""Nodes: the switches there are, and which of them each team works on.

Theory of operation. `uuid_bridge` joins two legs of one switch, so a team works on one switch at a
time: its agents' legs are nailed there and its leads are called from there. That is its home while
the home is in use, and another switch while it is not. How a team moves stands in `node_moves.py`;
here is what the other flows ask. An agent whose leg is on another switch than the team's has a call
to end first; when the leg is free it is hung up, and called anew where the team is.
"""

from collections.abc import Iterator

from dialer.engine.agents import Agent, LegState
from dialer.engine.commands import HangupLeg
from dialer.engine.floor import Campaign, Floor, Team
from dialer.engine.ids import ONE_SWITCH, SwitchId
from dialer.engine.node import Node
from dialer.engine.states import AgentState
from dialer.engine.timers import Due
from dialer.engine.trunks import Trunk
from dialer.pacing.view import Limit

_IN_USE = frozenset({AgentState.RESERVED, AgentState.TALKING})


def know(floor: Floor, switch_id: SwitchId, now: float) -> Node:
    """The node of that name, new if nobody spoke of it yet."""
    node = floor.nodes.get(switch_id)
    if node is None:
        node = floor.nodes[switch_id] = Node(switch_id, changed_at=now)
    return node


def of_team(floor: Floor, team: Team) -> Node | None:
    """Where the team works now; None before any switch was heard of."""
    return floor.nodes.get(team.switch_id) if team.switch_id is not None else None


def switch_of(team: Team) -> SwitchId:
    """The name of that switch."""
    return ONE_SWITCH if team.switch_id is None else team.switch_id


def nail_at(floor: Floor, agent: Agent) -> SwitchId | None:
    """Where the agent's phone is called from now; None while that switch is away."""
    node = of_team(floor, floor.teams[agent.team_id])
    return node.switch_id if node is not None and node.is_connected else None


def limit(floor: Floor, team: Team, now: float) -> tuple[int | None, Limit]:
    """How many calls the team's switch may still be given (None: any number), and what says so."""
    node = of_team(floor, team)
    if node is None or not node.is_connected:
        return 0, Limit.SWITCH_DOWN
    if node.is_draining or team.moving_to is not None:
        return 0, Limit.SWITCH_DRAINING
    return node.room(floor.config, now), Limit.SWITCH_LOAD


def may_launch(floor: Floor, team: Team, now: float) -> bool:
    """True when the team's switch takes one more call."""
    return limit(floor, team, now)[0] != 0


def narrow(floor: Floor, team: Team, room: int, room_limit: Limit, now: float) -> tuple[int, Limit]:
    """The room for launches, with what the team's switch allows taken into account."""
    if room_limit in (Limit.DRAINING, Limit.PAUSED):
        return room, room_limit
    most, why = limit(floor, team, now)
    if most is not None and (most < room or most == 0):
        return most, why
    return room, room_limit


def open_trunks(floor: Floor, campaign: Campaign, now: float) -> Iterator[Trunk]:
    """The campaign's trunks that are up on its team's switch, in its order, tokens counted."""
    switch_id = switch_of(floor.teams[campaign.config.team_id])
    for trunk_id in campaign.config.trunks:
        trunk = floor.trunks.get(trunk_id)
        if trunk is not None and trunk.is_up_on(switch_id):
            trunk.refill(now)
            yield trunk


def note_launch(floor: Floor, switch_id: SwitchId) -> None:
    """A call is placed there."""
    node = floor.nodes.get(switch_id)
    if node is not None:
        node.launched += 1


def follow(floor: Floor, agent: Agent, now: float) -> None:
    """Hang up a free leg that is on another switch than the agent's team; its end calls it anew."""
    switch_id = floor.teams[agent.team_id].switch_id
    if switch_id is None or switch_id == agent.switch_id or agent.leg is not LegState.PARKED:
        return
    if agent.state in _IN_USE or agent.leg_id is None:
        return
    agent.leg, agent.leg_changed_at = LegState.BUSY, now
    floor.teams[agent.team_id].available.pop(agent.agent_id, None)
    floor.say(HangupLeg(leg_id=agent.leg_id))
    at = now + floor.config.bridge_watchdog_seconds
    floor.timers.arm(Due.LEG_WATCH, agent.agent_id, at=at)
