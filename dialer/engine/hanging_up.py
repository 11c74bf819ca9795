"""An agent ends their call: at once when it was answered, and when it rings not before the law.

Theory of operation. Calls that ring for one agent alone (promised, or dialled from a preview) may
be given up by that agent, but an unanswered call must not be disconnected before its legal seconds
of ringing (47 CFR 64.1200(a)(6)), whoever asks. The wish is kept: the call rings on until they are
over and is ended then. Whoever answers before that is connected as promised, because a person who
picks up and hears nobody is worse than an agent who is asked to speak; the wish is over with it.
A call that never rings is ended by its ring time, as any other.
"""

from dialer.engine.agents import Agent
from dialer.engine.calls import Call
from dialer.engine.commands import Hangup
from dialer.engine.config import RINGING_SECONDS_MIN
from dialer.engine.floor import Floor
from dialer.engine.ids import CallId
from dialer.engine.timers import Due


def ask(floor: Floor, agent: Agent, now: float) -> None:
    """The agent presses the button. Pressed again it changes nothing that was kept already."""
    call = agent.call
    assert call is not None, agent
    if not call.is_in_flight:
        floor.say(Hangup(call_id=call.lead.call_id, cause="NORMAL_CLEARING"))
        return
    call.is_given_up = True
    go_on(floor, call, now)


def go_on(floor: Floor, call: Call, now: float) -> None:
    """End a call its agent gave up, or see to it that it is ended when it has rung long enough."""
    if not call.is_given_up or call.ringing_at is None:
        return
    ends_at = call.ringing_at + seconds_min(floor, call)
    if now < ends_at:
        floor.timers.arm(Due.HANG_UP, call.lead.call_id, at=ends_at)
        return
    call.cancelled_at = now
    floor.say(Hangup(call_id=call.lead.call_id, cause="ORIGINATOR_CANCEL"))


def withdraw(floor: Floor, call: Call) -> None:
    """It is answered, or over: nothing is left to be given up."""
    call.is_given_up = False
    floor.timers.disarm(Due.HANG_UP, call.lead.call_id)


def due(floor: Floor, call_id: CallId, now: float) -> None:
    """The legal seconds of ringing are over."""
    go_on(floor, floor.calls[call_id], now)


def seconds_min(floor: Floor, call: Call) -> float:
    """How long the call must ring before it may be ended, in seconds: the law's, or what the
    campaign asks for beyond it."""
    of_campaign = floor.campaigns[call.lead.campaign_id].config.cancel_after_seconds
    return max(RINGING_SECONDS_MIN, of_campaign or 0.0)
