"""What happens while an agent is on a call: hold, keys, and handing the lead to a colleague.

The table of what may be asked, and the theory, stand in `talks`. Nobody is ever dropped for want of
a colleague: until somebody is free the lead stays (`hand_overs`), and when the bridge to them fails
the lead goes back to where they were.
"""

from typing import assert_never

from dialer.engine import (
    agent_flow,
    agent_states,
    hand_overs,
    lead_places,
    outside_calls,
    recordings,
)
from dialer.engine.agents import Agent, LegState
from dialer.engine.calls import Call
from dialer.engine.commands import ParkLeg, RecordAnswer
from dialer.engine.events import AgentParked, BridgeRefused, CallBridged
from dialer.engine.floor import Floor
from dialer.engine.ids import CallId
from dialer.engine.in_call_commands import SendKeys
from dialer.engine.in_call_events import (
    AgentCallWish,
    CallHandedOver,
    KeysSent,
    LeadHeld,
    LeadKept,
    LeadTakenBack,
    OutsideCalled,
    OutsideDropped,
    OutsideTakesOver,
    RecordingAsked,
    RecordingMasked,
)
from dialer.engine.states import AgentState, CallState
from dialer.engine.talks import MAY_ASK, PLACE_WORDS, LeadPlace, Talk
from dialer.engine.timers import Due
from dialer.errors import IllegalTransition
from dialer.pacing.view import TalkEnded

TRIES_MAX = 4
"""Looks at a bridge that does not come about, a second apart: as long as an agent's leg is given
to park before it is called anew."""


# ---- hooks of the call's own flow --------------------------------------------------------------
def begin(floor: Floor, call: Call, now: float) -> None:
    """Lead and agent hear each other for the first time."""
    talk = Talk()
    floor.talks[call.lead.call_id] = talk
    recordings.begin(floor, call, talk, now)


def adopt_held(floor: Floor, call: Call, agent: Agent) -> None:
    """A lead on hold outlived a restart of ours; the agent's leg is parked."""
    floor.talks[call.lead.call_id].place = LeadPlace.HELD
    agent.leg = LegState.PARKED


def adopt_outside(floor: Floor, call: Call, now: float) -> None:
    """A lead who was given to an outside party outlived a restart of ours: nobody is waited for."""
    floor.talks[call.lead.call_id] = Talk(place=LeadPlace.OUTSIDE)
    call.enter(CallState.CONNECTED, now)
    at = now + floor.config.talk_seconds_max
    floor.timers.arm(Due.CALL_WATCH, call.lead.call_id, at=at)


def end(floor: Floor, call: Call, now: float) -> None:
    """The call is over: close its recording, end its outside leg, free who was to take it over."""
    call_id = call.lead.call_id
    talk = floor.talks.pop(call_id, None)
    if talk is None:
        return
    for due in (Due.TALK_WATCH, Due.CONSENT):
        floor.timers.disarm(due, call_id)
    recordings.close(floor, call, talk, now)
    hand_overs.drop(floor, call, talk)
    outside_calls.call_ended(floor, talk)
    if talk.to_agent is not None:
        _release(floor, talk, call, now)


def bridged(floor: Floor, event: CallBridged, now: float) -> bool:
    """True when the bridge is one of a talk that was going on already."""
    call, talk = floor.calls.get(event.call_id), floor.talks.get(event.call_id)
    if call is None or talk is None:
        return False
    agent = floor.legs.get(event.leg_id)
    if agent is None:
        return True
    if talk.place is LeadPlace.COMING_BACK and agent.agent_id == call.agent_id:
        floor.timers.disarm(Due.TALK_WATCH, event.call_id)
        agent.leg, agent.leg_changed_at = LegState.BUSY, now
        talk.place = LeadPlace.WITH_AGENT
        _look_for_colleague(floor, talk)
    elif talk.place is LeadPlace.MOVING and agent.agent_id == talk.to_agent:
        _take_over(floor, call, talk, agent, now)
    return True


def bridge_refused(floor: Floor, event: BridgeRefused, now: float) -> bool:
    """True when the refused bridge was one of a talk that was going on already."""
    call, talk = floor.calls.get(event.call_id), floor.talks.get(event.call_id)
    agent = floor.legs.get(event.leg_id)
    if call is None or talk is None or agent is None:
        return False
    if talk.place is LeadPlace.COMING_BACK and agent.agent_id == call.agent_id:
        floor.timers.disarm(Due.TALK_WATCH, event.call_id)
        talk.place = LeadPlace.HELD
        _look_for_colleague(floor, talk)
        agent_flow.leg_still_parked(floor, agent, now)
    elif talk.place is LeadPlace.MOVING and agent.agent_id == talk.to_agent:
        # Refused before anything was touched: the lead is where they were.
        talk.refused_legs += (event.leg_id,)
        _release(floor, talk, call, now)
        agent_flow.leg_still_parked(floor, agent, now)
        _stay(floor, talk)
    return True


def leg_parked(floor: Floor, event: AgentParked, now: float) -> None:
    """The agent's leg parked while a bridge of theirs was overdue: it failed, so try otherwise."""
    agent = floor.legs.get(event.leg_id)
    call = agent.call if agent is not None else None
    talk = floor.talks.get(call.lead.call_id) if call is not None else None
    if agent is None or call is None or talk is None or talk.tries == 0:
        return
    if talk.place is LeadPlace.COMING_BACK and agent.agent_id == call.agent_id:
        lead_places.come_back(floor, call, talk, agent, now)
    elif talk.place is LeadPlace.MOVING and agent.agent_id == talk.to_agent:
        _give_up_move(floor, call, talk, now)


def watch(floor: Floor, call_id: CallId, now: float) -> None:
    """A bridge of a talk is overdue by another second."""
    call, talk = floor.calls[call_id], floor.talks[call_id]
    if talk.place is LeadPlace.LEAVING:
        outside_calls.overdue(floor, call, talk)
        return
    talk.tries += 1
    agent_id = talk.to_agent if talk.place is LeadPlace.MOVING else call.agent_id
    agent = floor.agents.get(agent_id) if agent_id is not None else None
    if talk.tries > TRIES_MAX or agent is None or agent.leg_id is None:
        if talk.place is LeadPlace.MOVING:
            _give_up_move(floor, call, talk, now)
        else:
            lead_places.hold(floor, call, talk)
        return
    floor.say(ParkLeg(agent_id=agent.agent_id, leg_id=agent.leg_id, call_id=call_id))
    lead_places.watch_again(floor, call_id, now)


# ---- what agents ask for -----------------------------------------------------------------------
def wish(floor: Floor, event: AgentCallWish, now: float) -> None:
    """An agent asks for something on their call. Raises IllegalTransition, nothing changed."""
    agent, call, talk = _on_a_call(floor, event)
    match event:
        case LeadHeld():
            lead_places.hold(floor, call, talk)
        case LeadTakenBack():
            if agent.leg_id is None:
                raise IllegalTransition(
                    f"agent {agent.name!r} has no line at the moment; it is being called again"
                )
            talk.tries = 0
            lead_places.come_back(floor, call, talk, agent, now)
        case KeysSent():
            floor.say(SendKeys(call_id=call.lead.call_id, keys=event.keys))
        case CallHandedOver():
            hand_overs.ask(floor, event, call, talk, now)
        case LeadKept():
            hand_overs.keep(floor, call, talk)
        case OutsideCalled():
            outside_calls.place(floor, event, call, talk, agent, now)
            hand_overs.drop(floor, call, talk)
        case OutsideTakesOver():
            outside_calls.take_over(floor, call, talk, now)
        case OutsideDropped():
            outside_calls.drop(floor, talk)
        case RecordingAsked():
            recordings.ask(floor, event, call, talk, now)
        case RecordingMasked():
            recordings.mask(floor, event, call, talk, now)
        case _:
            assert_never(event)


def _on_a_call(floor: Floor, event: AgentCallWish) -> tuple[Agent, Call, Talk]:
    agent = floor.agents.get(event.agent_id)
    if agent is None:
        raise IllegalTransition(f"agent {event.agent_id} is not logged in; log in first")
    call = agent.call
    talk = floor.talks.get(call.lead.call_id) if call is not None else None
    if agent.state is not AgentState.TALKING or call is None or talk is None:
        raise IllegalTransition(
            f"agent {agent.name!r} is {agent.state.value.replace('_', ' ')} and on no call"
        )
    if talk.place not in MAY_ASK[type(event)]:
        raise IllegalTransition(
            f"agent {agent.name!r} cannot have that now: {PLACE_WORDS[talk.place]}"
        )
    return agent, call, talk


# ---- to a colleague ----------------------------------------------------------------------------
def _take_over(floor: Floor, call: Call, talk: Talk, to: Agent, now: float) -> None:
    """The bridge to the colleague stands: the call is theirs, and the other one finishes."""
    assert call.agent_id is not None, call
    before = floor.agents.get(call.agent_id)
    floor.timers.disarm(Due.TALK_WATCH, call.lead.call_id)
    talk.place, talk.to_agent = LeadPlace.WITH_AGENT, None
    hand_overs.drop(floor, call, talk)
    call.agent_id = to.agent_id
    to.leg, to.leg_changed_at = LegState.BUSY, now
    agent_states.enter(floor, to, AgentState.TALKING, now)
    if call.answered_at is not None and not call.is_inbound:
        floor.say(
            RecordAnswer(
                call_id=call.lead.call_id,
                answered_at=call.answered_at,
                bridged_at=call.bridged_at,
                agent_id=to.agent_id,
            )
        )
    if before is not None:
        leave(floor, call, before, now)


def leave(floor: Floor, call: Call, agent: Agent, now: float) -> None:
    """The lead has gone to somebody else: this agent wraps up."""
    talked = TalkEnded(at=now, seconds=now - agent.since, agent_id=agent.agent_id)
    floor.team_of(call).pacer.observe(talked)
    # Said of a call that somebody else ends now, and who then says how it went.
    agent.disposition = None
    if agent.leg is LegState.BUSY:
        agent_flow.expect_park(floor, agent, now)
    agent_flow.start_wrap_up(floor, agent, now)


def _release(floor: Floor, talk: Talk, call: Call, now: float) -> None:
    """Whoever was to take the call over is free again."""
    assert talk.to_agent is not None, talk
    to, talk.to_agent = floor.agents.get(talk.to_agent), None
    floor.timers.disarm(Due.TALK_WATCH, call.lead.call_id)
    if to is None or to.call is not call:
        return
    agent_flow.settle(floor, to, now)
    if to.leg is LegState.BUSY:
        agent_flow.expect_park(floor, to, now)


def _look_for_colleague(floor: Floor, talk: Talk) -> None:
    """The lead can be handed over from here, if that is waited for."""
    if talk.awaits is not None:
        floor.touch(talk.awaits.team_id)


def _stay(floor: Floor, talk: Talk) -> None:
    """The lead is still where they were before the bridge that failed."""
    talk.place = LeadPlace.HELD if talk.was_held else LeadPlace.WITH_AGENT
    _look_for_colleague(floor, talk)


def _give_up_move(floor: Floor, call: Call, talk: Talk, now: float) -> None:
    """The colleague's leg did not come about. Where the lead is now nobody can say, so they are
    bridged to their agent again, or hear music until that agent has a line."""
    to = floor.agents.get(talk.to_agent) if talk.to_agent is not None else None
    if to is not None and to.leg_id is not None:
        talk.refused_legs += (to.leg_id,)
    _release(floor, talk, call, now)
    lead_places.back_to_agent(floor, call, talk, now)
