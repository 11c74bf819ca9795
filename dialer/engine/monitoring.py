"""Supervisors who listen, whisper and barge in, and telephones that are tested or work by keys.

A supervisor's leg listens to the agent's leg (`eavesdrop`, switch_ivr_async.c), across the agent's
calls, and neither of the talking legs notices when it comes or goes.
"""

from dialer.engine import in_call, lead_places, outside_calls
from dialer.engine.agents import LegState
from dialer.engine.floor import Floor
from dialer.engine.ids import LegId, SwitchId
from dialer.engine.in_call_commands import (
    CallSupervisor,
    DoByKeys,
    HangupSideLeg,
    PlayTone,
    SetSupervisorMode,
    Tone,
    TryPhone,
)
from dialer.engine.in_call_events import (
    LegKeyPressed,
    PhoneKeysSet,
    PhoneTried,
    SideLegBridged,
    SideLegEnded,
    SideLegUp,
    SupervisorAsked,
    SupervisorLeft,
)
from dialer.engine.phone_keys import KeyEntry, NotUnderstood, Said
from dialer.engine.states import AgentState
from dialer.engine.talks import LeadPlace, OutsideLeg, SideState, SupervisorLeg
from dialer.engine.timers import Due
from dialer.errors import IllegalTransition

SUPERVISORS_MAX = 4
"""At one agent: each more is another copy of every frame, and a class of trainees is no call."""


# ---- supervisors -------------------------------------------------------------------------------
def ask(floor: Floor, event: SupervisorAsked, now: float) -> None:
    """Let a supervisor hear an agent, or change who hears the supervisor."""
    agent = floor.agents.get(event.agent_id)
    if agent is None or agent.leg_id is None or agent.leg not in (LegState.PARKED, LegState.BUSY):
        raise IllegalTransition("that agent has no line up; there is nothing to hear")
    here = _leg_of(floor, event.extension)
    if here is not None and here.agent_id != event.agent_id:
        raise IllegalTransition(
            f"phone {event.extension} listens to somebody else already; let it leave first"
        )
    if here is not None:
        here.mode = event.mode
        if here.state is SideState.UP:
            floor.say(SetSupervisorMode(leg_id=here.leg_id, mode=event.mode))
        return
    if sum(one.agent_id == event.agent_id for one in floor.supervisors.values()) >= SUPERVISORS_MAX:
        raise IllegalTransition(f"{SUPERVISORS_MAX} phones listen to this agent already")
    floor.supervisors[event.leg_id] = SupervisorLeg(
        leg_id=event.leg_id,
        agent_id=event.agent_id,
        extension=event.extension,
        mode=event.mode,
        switch_id=agent.switch_id,
        since=now,
    )
    floor.say(
        CallSupervisor(
            leg_id=event.leg_id,
            target_leg_id=agent.leg_id,
            extension=event.extension,
            mode=event.mode,
        )
    )


def leave(floor: Floor, event: SupervisorLeft) -> None:
    """End a supervisor's leg."""
    here = _leg_of(floor, event.extension)
    if here is None:
        raise IllegalTransition(f"phone {event.extension} listens to nobody")
    floor.say(HangupSideLeg(leg_id=here.leg_id))


def _leg_of(floor: Floor, extension: str) -> SupervisorLeg | None:
    return next((one for one in floor.supervisors.values() if one.extension == extension), None)


# ---- legs beside -------------------------------------------------------------------------------
def side_up(floor: Floor, event: SideLegUp, now: float) -> None:
    """An outside or supervisor's leg is there."""
    supervisor = floor.supervisors.get(event.leg_id)
    if supervisor is None:
        outside_calls.up(floor, event, now)
        return
    supervisor.state = SideState.UP


def side_bridged(floor: Floor, event: SideLegBridged, now: float) -> None:
    """The lead is with the outside party: the agent finishes."""
    if not outside_calls.is_given(floor, event):
        return
    call, talk = floor.calls[event.call_id], floor.talks[event.call_id]
    floor.timers.disarm(Due.TALK_WATCH, event.call_id)
    talk.place = LeadPlace.OUTSIDE
    agent = floor.agents.get(call.agent_id) if call.agent_id is not None else None
    if agent is not None and agent.call is call and agent.state is AgentState.TALKING:
        in_call.leave(floor, call, agent, now)


def side_ended(floor: Floor, event: SideLegEnded, now: float) -> None:
    """An outside or supervisor's leg is gone."""
    if floor.supervisors.pop(event.leg_id, None) is not None:
        return
    talk = outside_calls.ended(floor, event)
    if talk is not None:
        call_id = next(one for one, other in floor.talks.items() if other is talk)
        lead_places.come_back_from_outside(floor, call_id, now)


def quiet(floor: Floor, switch_id: SwitchId, since: float) -> list[LegId]:
    """Legs beside on that switch that were there before that instant; surveys ask after them."""
    legs: list[OutsideLeg | SupervisorLeg] = [
        *floor.outside.values(),
        *floor.supervisors.values(),
    ]
    return [one.leg_id for one in legs if one.switch_id == switch_id and one.since <= since]


def gone(floor: Floor, leg_id: LegId, asked_at: float, now: float) -> None:
    """A survey did not find this leg."""
    leg = floor.outside.get(leg_id) or floor.supervisors.get(leg_id)
    if leg is not None and leg.since < asked_at:
        side_ended(floor, SideLegEnded(leg_id=leg_id, cause="LOST"), now)


# ---- telephones --------------------------------------------------------------------------------
def try_phone(floor: Floor, event: PhoneTried) -> None:
    """Call the phone of somebody who is logged out."""
    agent = floor.agents.get(event.agent_id)
    if agent is not None:
        raise IllegalTransition(
            f"agent {agent.name!r} is logged in, so their phone is on the line; log out first"
        )
    floor.say(TryPhone(agent_id=event.agent_id, leg_id=event.leg_id))


def set_keys(floor: Floor, event: PhoneKeysSet) -> None:
    """A team may work by keys, or not."""
    if event.is_on:
        floor.keys_off.pop(event.team_id, None)
    else:
        floor.keys_off[event.team_id] = None


def key_pressed(floor: Floor, event: LegKeyPressed, now: float) -> None:
    """A key of an agent's telephone."""
    agent = floor.legs.get(event.leg_id)
    if agent is None or agent.team_id in floor.keys_off:
        return
    entry = floor.key_entries.setdefault(agent.agent_id, KeyEntry())
    is_talking = agent.state in (AgentState.TALKING, AgentState.RESERVED)
    match entry.press(event.key, is_talking=is_talking, now=now):
        case Said(meaning=meaning, number=number):
            floor.say(
                DoByKeys(
                    agent_id=agent.agent_id, leg_id=event.leg_id, meaning=meaning, number=number
                )
            )
        case NotUnderstood():
            floor.say(PlayTone(leg_id=event.leg_id, tone=Tone.REFUSED))
        case None:
            return
