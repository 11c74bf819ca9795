"""Outside numbers: the lead is given to one, or three talk.

The third leg joins by listening to the agent's leg and speaking into it (`three_way`,
switch_ivr_async.c), so the two legs that talk change nothing and lose nothing when it goes. To let
the agent leave, the lead's leg is bridged to the outside one, as it would be to a colleague's.
"""

from dialer.engine import launching
from dialer.engine.agents import Agent
from dialer.engine.calls import Call
from dialer.engine.floor import Floor
from dialer.engine.in_call_commands import BridgeOutside, CallOutside, HangupSideLeg
from dialer.engine.in_call_events import (
    OutsideCalled,
    OutsidePurpose,
    SideLegBridged,
    SideLegEnded,
    SideLegUp,
)
from dialer.engine.talks import LeadPlace, OutsideLeg, SideState, Talk
from dialer.engine.timers import Due
from dialer.errors import IllegalTransition


def place(
    floor: Floor, event: OutsideCalled, call: Call, talk: Talk, agent: Agent, now: float
) -> None:
    """Call the number by one of the campaign's trunks."""
    if talk.outside is not None:
        raise IllegalTransition("an outside number is on this call already; end that leg first")
    if event.purpose is OutsidePurpose.THREE_WAY and agent.leg_id is None:
        raise IllegalTransition(f"agent {agent.name!r} has no line at the moment")
    campaign = floor.campaigns[call.lead.campaign_id]
    trunk = launching.free_trunk(floor, campaign, now)
    if trunk is None:
        raise IllegalTransition("no line is free for another call; try again in a moment")
    trunk.take()
    leg = OutsideLeg(
        leg_id=event.leg_id,
        call_id=call.lead.call_id,
        number=event.number,
        purpose=event.purpose,
        trunk_id=trunk.config.trunk_id,
        switch_id=call.switch_id,
        since=now,
    )
    floor.outside[leg.leg_id] = leg
    talk.outside = leg.leg_id
    floor.say(
        CallOutside(
            leg_id=leg.leg_id,
            call_id=leg.call_id,
            number=leg.number,
            trunk_id=leg.trunk_id,
            caller_id=campaign.config.caller_id,
            three_way_with=(agent.leg_id if event.purpose is OutsidePurpose.THREE_WAY else None),
        )
    )


def up(floor: Floor, event: SideLegUp, now: float) -> None:
    """The outside party answered: the lead is given to them, or they are in already."""
    leg = floor.outside.get(event.leg_id)
    if leg is None or leg.state is SideState.UP:
        return
    leg.state = SideState.UP
    talk = floor.talks.get(leg.call_id)
    if talk is None or talk.outside != leg.leg_id:
        floor.say(HangupSideLeg(leg_id=leg.leg_id))
        return
    if leg.purpose is OutsidePurpose.TRANSFER:
        _give(floor, floor.calls[leg.call_id], talk, now)


def take_over(floor: Floor, call: Call, talk: Talk, now: float) -> None:
    """The agent leaves the lead to the outside party."""
    leg = floor.outside.get(talk.outside) if talk.outside is not None else None
    if leg is None or leg.state is not SideState.UP:
        raise IllegalTransition("no outside party is on this call")
    _give(floor, call, talk, now)


def drop(floor: Floor, talk: Talk) -> None:
    """End the outside leg; its end will be told."""
    if talk.outside is None:
        raise IllegalTransition("no outside party is on this call")
    floor.say(HangupSideLeg(leg_id=talk.outside))


def overdue(floor: Floor, call: Call, talk: Talk) -> None:
    """The bridge to the outside party did not come about: end their leg, and see to the lead when
    that is told."""
    del call
    assert talk.outside is not None, talk
    floor.say(HangupSideLeg(leg_id=talk.outside))


def is_given(floor: Floor, event: SideLegBridged) -> bool:
    """True when this is the bridge that is waited for."""
    talk = floor.talks.get(event.call_id)
    return talk is not None and talk.place is LeadPlace.LEAVING and talk.outside == event.leg_id


def ended(floor: Floor, event: SideLegEnded) -> Talk | None:
    """The outside leg is gone. The talk whose lead was on the way to it, else None."""
    leg = floor.outside.pop(event.leg_id, None)
    if leg is None:
        return None
    floor.trunks[leg.trunk_id].release()
    talk = floor.talks.get(leg.call_id)
    if talk is None or talk.outside != leg.leg_id:
        return None
    talk.outside = None
    return talk if talk.place is LeadPlace.LEAVING else None


def call_ended(floor: Floor, talk: Talk) -> None:
    """The lead is gone: nobody is left for the outside party to talk to but the agent."""
    if talk.outside is not None:
        floor.say(HangupSideLeg(leg_id=talk.outside))


def _give(floor: Floor, call: Call, talk: Talk, now: float) -> None:
    assert talk.outside is not None, talk
    call_id = call.lead.call_id
    talk.was_held = talk.place is LeadPlace.HELD
    talk.place = LeadPlace.LEAVING
    floor.say(BridgeOutside(call_id=call_id, leg_id=talk.outside))
    floor.timers.arm(Due.TALK_WATCH, call_id, at=now + floor.config.bridge_watchdog_seconds)
