"""People who call a campaign's number back.

Their call goes to the team that called them, before any call we have placed, and it is no attempt
of ours: it has no legal seconds and is in no ledger. When the hours are over, nobody works, or
nobody comes free in time, they hear the campaign's message and the call ends.
"""

from dialer.engine import adopting, matching, messages, return_records
from dialer.engine.calls import Call
from dialer.engine.commands import Hangup, HoldReturn, Recording
from dialer.engine.events import CallReturned
from dialer.engine.floor import Floor
from dialer.engine.ids import CallId
from dialer.engine.states import CallState
from dialer.engine.timers import Due

LOOK_AGAIN_SECONDS = 1.0
"""A bridge that is being made when the wait is over stands or fails within this."""


def returned(floor: Floor, event: CallReturned, now: float) -> None:
    """Somebody calls back: an agent at once, or in turn before all others, or the message."""
    lead = event.lead
    if lead.call_id in floor.calls:
        return
    campaign = floor.campaigns.get(lead.campaign_id)
    trunks = () if campaign is None else campaign.config.trunks
    trunk_id = next((one for one in trunks if one in floor.trunks), None)
    if campaign is None or trunk_id is None:
        # The campaign has left us meanwhile: better an end than a silence.
        floor.say(Hangup(call_id=lead.call_id, cause="NORMAL_TEMPORARY_FAILURE"))
        return
    arrived_at = now if event.arrived_at is None else min(now, event.arrived_at)
    call = Call(
        lead=lead,
        trunk_id=trunk_id,
        launched_at=arrived_at,
        tolerance_seconds=campaign.config.answer_tolerance_seconds,
        switch_id=event.switch_id,
        answered_at=arrived_at,
        is_parked=True,
        is_inbound=True,
    )
    floor.calls[lead.call_id] = call
    # While we ring them they may call us: the number is then on that call already.
    floor.numbers.setdefault(lead.number, lead.call_id)
    # It takes a line of the carrier like any call, whichever of them it came by.
    floor.trunks[trunk_id].channels += 1
    campaign.returned += 1
    call.enter(CallState.WAITING, now)
    agent = floor.legs.get(event.leg_id) if event.leg_id is not None else None
    if agent is not None and agent.call is None:
        call.bridged_at = arrived_at if event.bridged_at is None else min(now, event.bridged_at)
        adopting.adopt_talk(floor, call, agent, event.place, now)
        return
    return_records.record(floor, call)
    team = floor.team_of(call)
    if not event.is_open or floor.is_draining or not team.agents:
        _play_message(floor, call, now)
        return
    team.unserved[lead.call_id] = call
    matching.match(floor, team, now)
    if call.agent_id is None:
        floor.say(HoldReturn(call_id=lead.call_id, campaign_id=lead.campaign_id))
    at = now + campaign.config.return_wait_seconds
    floor.timers.arm(Due.RETURN_WAIT, lead.call_id, at=at)


def wait_is_over(floor: Floor, call_id: CallId, now: float) -> None:
    """Nobody came free in time."""
    call = floor.calls[call_id]
    if call.state is CallState.WAITING and call.agent_id is None:
        _play_message(floor, call, now)
    elif call.state in (CallState.WAITING, CallState.BRIDGING):
        floor.timers.arm(Due.RETURN_WAIT, call_id, at=now + LOOK_AGAIN_SECONDS)


def _play_message(floor: Floor, call: Call, now: float) -> None:
    floor.team_of(call).unserved.pop(call.lead.call_id, None)
    call.enter(CallState.PLAYING, now)
    messages.play(floor, call, Recording.CALLED_BACK, now)
