"""Going on with calls that outlived a restart of ours, as they are found."""

from dialer.engine import (
    agent_states,
    call_flow,
    callback_flow,
    in_call,
    live_answers,
    matching,
)
from dialer.engine.agents import Agent, LegState
from dialer.engine.calls import Call
from dialer.engine.events import CallAdopted
from dialer.engine.floor import Floor
from dialer.engine.states import AgentState, CallState
from dialer.engine.talks import LeadPlace, Talk
from dialer.engine.timers import Due
from dialer.errors import IllegalTransition


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
        adopt_talk(floor, call, agent, event.place, now)
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


def adopt_talk(floor: Floor, call: Call, agent: Agent, place: LeadPlace, now: float) -> None:
    """The agent and the lead go on, talking or with the lead on hold."""
    call.agent_id = agent.agent_id
    call.enter(CallState.CONNECTED, now)
    callback_flow.bridged(floor, call, now)
    floor.talks[call.lead.call_id] = Talk()
    agent.call = call
    agent.leg, agent.leg_changed_at = LegState.BUSY, now
    agent_states.enter(floor, agent, AgentState.TALKING, now)
    floor.campaigns[call.lead.campaign_id].connected += not call.is_inbound
    at = now + floor.config.talk_seconds_max + call_flow.TALK_GRACE_SECONDS
    floor.timers.arm(Due.CALL_WATCH, call.lead.call_id, at=at)
    if place is LeadPlace.HELD:
        in_call.adopt_held(floor, call, agent)
