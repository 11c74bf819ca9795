"""Reconciling: what the switch says of our legs is the truth, and ours is made to agree."""

from campaigns.outcomes import Outcome
from dialer.engine import (
    agent_flow,
    agent_states,
    call_flow,
    callback_flow,
    in_call,
    lead_places,
    live_answers,
    matching,
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
    CallAdopted,
    CallEnded,
    SurveyAnswered,
    SwitchConnected,
)  # fmt: skip
from dialer.engine.floor import Floor
from dialer.engine.ids import LegId
from dialer.engine.launching import forget
from dialer.engine.node import Node
from dialer.engine.states import AgentState, CallState
from dialer.engine.talks import LeadPlace, Talk
from dialer.engine.timers import Due
from dialer.errors import IllegalTransition

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


def adopt_call(floor: Floor, event: CallAdopted, now: float) -> None:
    """Go on with a call that outlived a restart of ours."""
    lead = event.lead
    if lead.call_id in floor.calls:
        return
    campaign = floor.campaigns.get(lead.campaign_id)
    if campaign is None:
        raise IllegalTransition(
            f"call {lead.call_id} belongs to campaign {lead.campaign_id}, which is not here"
        )
    own = () if event.trunk_id is None else (event.trunk_id,)
    trunk_id = next((t for t in (*own, *campaign.config.trunks) if t in floor.trunks), None)
    if trunk_id is None:
        raise IllegalTransition(f"campaign {campaign.config.name!r} has no trunk that is here")
    team = floor.teams[campaign.config.team_id]
    call = Call(
        lead=lead,
        trunk_id=trunk_id,
        launched_at=event.originated_at,
        tolerance_seconds=campaign.config.answer_tolerance_seconds,
        originated_at=event.originated_at,
        answered_at=event.answered_at,
        promise=event.promise,
        switch_id=event.switch_id,
    )
    floor.calls[lead.call_id] = call
    floor.numbers[lead.number] = lead.call_id
    floor.trunks[trunk_id].channels += 1
    campaign.attempts += 1
    if event.answered_at is None:
        team.in_flight[lead.call_id] = call
        call.enter(CallState.RINGING, now)
        at = now + campaign.config.ring_seconds + floor.config.originate_watchdog_seconds
        floor.timers.arm(Due.CALL_WATCH, lead.call_id, at=at)
        return
    live_answers.take(floor, call, now)
    call.is_parked = True
    agent = floor.legs.get(event.leg_id) if event.leg_id is not None else None
    if agent is not None and agent.call is None:
        call.bridged_at = event.bridged_at
        bridged_at = event.answered_at if event.bridged_at is None else event.bridged_at
        if bridged_at - event.answered_at > call.tolerance_seconds:
            live_answers.abandon(floor, call, now)
        _adopt_talk(floor, call, agent, now)
        if event.place is LeadPlace.HELD:
            in_call.adopt_held(floor, call, agent)
        return
    if event.place is LeadPlace.OUTSIDE:
        call.bridged_at = event.bridged_at
        in_call.adopt_outside(floor, call, now)
        return
    team.unserved[lead.call_id] = call
    call.enter(CallState.WAITING, now)
    at = max(now, event.answered_at + call.tolerance_seconds)
    floor.timers.arm(Due.LEGAL_SECONDS, lead.call_id, at=at)
    matching.match(floor, team, now)


def _adopt_talk(floor: Floor, call: Call, agent: Agent, now: float) -> None:
    call.agent_id = agent.agent_id
    call.enter(CallState.CONNECTED, now)
    callback_flow.bridged(floor, call, now)
    floor.talks[call.lead.call_id] = Talk()
    agent.call = call
    agent.leg, agent.leg_changed_at = LegState.BUSY, now
    agent_states.enter(floor, agent, AgentState.TALKING, now)
    floor.campaigns[call.lead.campaign_id].connected += 1
    at = now + floor.config.talk_seconds_max + call_flow.TALK_GRACE_SECONDS
    floor.timers.arm(Due.CALL_WATCH, call.lead.call_id, at=at)


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
