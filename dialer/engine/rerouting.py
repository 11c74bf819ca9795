"""Failover: an attempt whose trunk could not carry it goes out by the campaign's next one.

Only when neither ringing nor early media was seen: then nobody's telephone can have rung, and it is
the same attempt, with the same id and the same row. One leg an originate; the switch's own failover
(`|` in a dial string) fails with an `origination_uuid`, which it refuses the second time
(switch_core_session.c).
"""

from dialer.engine import nodes
from dialer.engine.calls import Call
from dialer.engine.commands import Reroute
from dialer.engine.floor import Floor
from dialer.engine.states import CallState, CampaignState
from dialer.engine.timers import Due
from dialer.engine.trunks import Trunk


def try_next(floor: Floor, call: Call, now: float) -> bool:
    """Send the call out by the next trunk. False when there is none, or its time has passed."""
    campaign = floor.campaigns[call.lead.campaign_id]
    is_dialled = campaign.state is CampaignState.RUNNING and not floor.is_draining
    is_wanted = is_dialled and not call.is_given_up
    if call.state is not CallState.ORIGINATING or not is_wanted:
        return False
    node = floor.nodes.get(call.switch_id)
    if now >= call.lead.callable_until or node is None or not node.is_usable:
        return False
    trunk = _next_trunk(floor, call, now)
    if trunk is None:
        return False
    floor.trunks[call.trunk_id].release()
    trunk.take()
    call.trunks_failed += (call.trunk_id,)
    call.trunk_id = trunk.config.trunk_id
    # Its time since launch has been spent on two routes, and tells of neither.
    call.route = ""
    call.enter(CallState.ORIGINATING, now)
    config = campaign.config
    at = now + config.ring_seconds + floor.config.originate_watchdog_seconds
    floor.timers.arm(Due.CALL_WATCH, call.lead.call_id, at=at)
    floor.say(
        Reroute(
            lead=call.lead,
            trunk_id=call.trunk_id,
            caller_id=config.caller_id,
            ring_seconds=config.ring_seconds,
            switch_id=call.switch_id,
            is_screened=call.is_screened,
        )
    )
    return True


def _next_trunk(floor: Floor, call: Call, now: float) -> Trunk | None:
    """Bounded by the campaign's trunks: none is tried twice for one attempt."""
    tried = (*call.trunks_failed, call.trunk_id)
    for trunk in nodes.open_trunks(floor, floor.campaigns[call.lead.campaign_id], now):
        if trunk.config.trunk_id in tried:
            continue
        if trunk.lines_free() > 0 and trunk.launches_free() > 0:
            return trunk
    return None
