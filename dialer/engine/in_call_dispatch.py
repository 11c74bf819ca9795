"""Which flow takes which event of a call that an agent is on."""

from typing import assert_never

from dialer.engine import in_call, monitoring, recordings
from dialer.engine.floor import Floor
from dialer.engine.in_call_events import (
    AgentCallWish,
    InCallEvent,
    LegKeyPressed,
    PhoneKeysSet,
    PhoneTried,
    RecordingStopped,
    SideLegBridged,
    SideLegEnded,
    SideLegUp,
    SupervisorAsked,
    SupervisorLeft,
)


def take(floor: Floor, event: InCallEvent, now: float) -> None:
    """One event. Raises IllegalTransition for a wish that cannot be granted; nothing changed."""
    if isinstance(event, AgentCallWish):
        in_call.wish(floor, event, now)
        return
    match event:
        case SupervisorAsked():
            monitoring.ask(floor, event, now)
        case SupervisorLeft():
            monitoring.leave(floor, event)
        case PhoneTried():
            monitoring.try_phone(floor, event)
        case PhoneKeysSet():
            monitoring.set_keys(floor, event)
        case LegKeyPressed():
            monitoring.key_pressed(floor, event, now)
        case RecordingStopped():
            recordings.stopped(floor, event, now)
        case SideLegUp():
            monitoring.side_up(floor, event, now)
        case SideLegBridged():
            monitoring.side_bridged(floor, event, now)
        case SideLegEnded():
            monitoring.side_ended(floor, event, now)
        case _:
            assert_never(event)
