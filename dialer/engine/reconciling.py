"""Reconciling: what the switch says of our legs is the truth, and ours is made to agree."""

from campaigns.outcomes import Outcome
from dialer.engine import (
    agent_flow,
    call_flow,
    callback_flow,
    lead_places,
    monitoring,
    node_moves,
    nodes,
)
from dialer.engine.agents import Agent, LegState
from dialer.engine.calls import Call
from dialer.engine.commands import Survey
from dialer.engine.events import (
    AgentLegEnded,
    AttemptRefused,
    CallEnded,
    SurveyAnswered,
    SwitchConnected,
)  # fmt: skip
from dialer.engine.floor import Floor
from dialer.engine.ids import LegId
from dialer.engine.launching import forget
from dialer.engine.node import Node
from dialer.engine.states import CallState
from dialer.engine.timers import Due

SURVEY_MAX = 200
"""Ids asked after in one round; at half a millisecond each that is a tenth of a second."""


def survey(floor: Floor, now: float) -> None:
    """Ask after the legs that have been quiet longest, and come again."""
    floor.timers.arm(Due.SURVEY, None, at=now + floor.config.survey_seconds)
    for node in floor.nodes.values():
        if node.is_connected:
            lead_places.end_orphans(floor, node.switch_id)
            _survey(floor, node, now)


def _survey(floor: Floor, node: Node, now: float) -> None:
    quiet_since = now - floor.config.survey_seconds
    calls = [
        c.lead.call_id
        for c in sorted(floor.calls.values(), key=lambda c: c.changed_at)
        if c.state is not CallState.PLANNED
        and c.changed_at <= quiet_since
        and c.switch_id == node.switch_id
    ][: SURVEY_MAX // 2]
    legs = [
        leg_id
        for leg_id, agent in sorted(floor.legs.items(), key=lambda item: item[1].leg_changed_at)
        if agent.leg_changed_at <= quiet_since and agent.switch_id == node.switch_id
    ][: SURVEY_MAX // 2]
    legs += monitoring.quiet(floor, node.switch_id, quiet_since)
    if calls or legs:
        floor.say(Survey(call_ids=tuple(calls), leg_ids=tuple(legs), switch_id=node.switch_id))


def surveyed(floor: Floor, event: SurveyAnswered, now: float) -> None:
    """End what is gone, unless it has changed since the question was put."""
    for call_id in event.gone_calls:
        call = floor.calls.get(call_id)
        if call is not None and call.changed_at < event.asked_at:
            _lose_call(floor, call, now)
    for leg_id in event.gone_legs:
        agent = floor.legs.get(leg_id)
        if agent is not None and agent.leg_changed_at < event.asked_at:
            _lose_leg(floor, agent, leg_id, now)
        monitoring.gone(floor, leg_id, event.asked_at, now)


def switch_connected(floor: Floor, event: SwitchConnected, now: float) -> None:
    """The switch is back; if it is another process, every leg on the old one is gone."""
    node = nodes.know(floor, event.switch_id, now)
    last_seen_at = node.last_seen_at
    node_moves.connected(floor, event, now)
    if event.is_new:
        for call in list(floor.calls.values()):
            if call.state is not CallState.PLANNED and call.switch_id == event.switch_id:
                _lose_call(floor, call, now, ended_at=last_seen_at)
        for leg_id, agent in list(floor.legs.items()):
            if agent.switch_id == event.switch_id:
                _lose_leg(floor, agent, leg_id, now)
    for agent in list(floor.agents.values()):
        if nodes.nail_at(floor, agent) != event.switch_id:
            continue
        nothing_is_on_its_way = agent.leg is LegState.NONE or agent.leg_id is None
        if nothing_is_on_its_way and not floor.timers.is_armed(Due.RENAIL, agent.agent_id):
            agent_flow.nail_up(floor, agent, now)
    for team_id in floor.teams:
        floor.touch(team_id)
    survey(floor, now)


def refuse(floor: Floor, event: AttemptRefused, now: float) -> None:
    """The attempt was not written, so it was not dialled."""
    call = floor.calls.get(event.call_id)
    if call is None or call.state is not CallState.PLANNED:
        return
    forget(floor, call, now)
    callback_flow.refused(floor, call, event.reason, now)
    agent = floor.agents.get(call.agent_id) if call.agent_id is not None else None
    if agent is not None and agent.call is call:
        agent_flow.settle(floor, agent, now)


def _lose_call(floor: Floor, call: Call, now: float, *, ended_at: float | None = None) -> None:
    """Gone without a word: what it was is unknown, unless it had been answered. A switch that died
    took its calls along when it was last seen, not when it was back."""
    event = CallEnded(call_id=call.lead.call_id, outcome=Outcome.UNKNOWN, cause="LOST")
    call_flow.ended(floor, event, now, ended_at=ended_at)


def _lose_leg(floor: Floor, agent: Agent, leg_id: LegId, now: float) -> None:
    agent_flow.leg_ended(
        floor, AgentLegEnded(agent_id=agent.agent_id, leg_id=leg_id, cause="LOST"), now
    )
