"""What is measured: by our own clock, at the reader of events and at the sender of commands.

- answer to bridge: from reading CHANNEL_ANSWER to reading CHANNEL_BRIDGE of the same lead leg;
- inside our process: from reading the lead leg's CHANNEL_PARK to having written its `uuid_bridge`,
  for calls whose agent was free at that moment;
- stuck: from the end of a lead's leg to the CHANNEL_PARK of the agent's leg that was given to it.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dialer.engine.commands import Bridge, Command, Originate, ParkLeg, RecordCall
from dialer.engine.events import (
    AgentLegEnded,
    AgentParked,
    BridgeRefused,
    CallBridged,
    CallEnded,
    CallParked,
    Event,
)  # fmt: skip
from dialer.engine.ids import CallId, LegId
from dialer.runtime.switch_link import SwitchLink
from freeswitch.commands import Api
from freeswitch.connection import ApiUnderWay
from freeswitch.events import ChannelEvent, read_event
from freeswitch.messages import EventMessage
from freeswitch.session import EslSession

STUCK_SECONDS = 2.0


@dataclass(slots=True)
class Times:
    """When what was read or sent of one call, by the process's clock; None until then."""

    answered: float | None = None
    parked: float | None = None
    sent: float | None = None
    bridged: float | None = None
    was_agent_free: bool = False
    parked_cpu: float | None = None
    sent_cpu: float | None = None
    """The same two by the CPU time of our process: what is left when others want the processor."""


@dataclass(slots=True)
class Watch:
    """Everything that was seen."""

    calls: dict[str, Times] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    given: dict[LegId, CallId] = field(default_factory=dict)
    """The call each agent's leg was last bridged to, until the leg parks again."""
    ended: dict[CallId, float] = field(default_factory=dict)
    back_seconds: list[float] = field(default_factory=list)
    legs_lost: list[str] = field(default_factory=list)
    woken: int = 0
    """How often a leg had to be asked to park."""
    refused: int = 0
    abandoned: int = 0
    is_late: bool = False
    """The time was over before the calls were."""
    _wanted: int = 0
    _all_over: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False
    """Set before people log out, whose legs end then."""

    def attach(self, link: SwitchLink, session: EslSession) -> None:
        """Stamp what the link reads and what its session sends, before anything else is done."""
        take: Callable[[EventMessage], None] = link._take
        send = session.begin_api

        def stamped_take(message: EventMessage) -> None:
            at, at_cpu = time.perf_counter(), time.process_time()
            take(message)
            event = read_event(message)
            if isinstance(event, ChannelEvent):
                self._read(event, at, at_cpu)

        def stamped_api(call: Api, *, timeout_seconds: float | None = None) -> ApiUnderWay:
            begun = send(call, timeout_seconds=timeout_seconds)
            words = call.text.split()
            if words[0] == "uuid_bridge":
                times = self.calls[words[2]]
                times.sent, times.sent_cpu = time.perf_counter(), time.process_time()
            return begun

        session._on_event = stamped_take
        session.begin_api = stamped_api  # type: ignore[method-assign]

    def __call__(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """One step of the engine."""
        at = time.perf_counter()
        match event:
            case AgentLegEnded() if not self.is_over:
                self.legs_lost.append(f"{event.leg_id} {event.cause}")
            case AgentParked():
                call_id = self.given.pop(event.leg_id, None)
                if call_id in self.ended:
                    self.back_seconds.append(at - self.ended[call_id])
            case CallEnded():
                self.ended[event.call_id] = at
            case CallBridged():
                self.given[event.leg_id] = event.call_id
            case BridgeRefused():
                self.refused += 1
                self.given.pop(event.leg_id, None)
            case _:
                pass
        for command in commands:
            self._note(command, event)

    def _note(self, command: Command, event: Event | None) -> None:
        match command:
            case Originate():
                self.calls[command.lead.call_id] = Times()
            case Bridge():
                self.given[command.leg_id] = command.call_id
                self.calls[command.call_id].was_agent_free = isinstance(event, CallParked)
            case ParkLeg():
                self.woken += 1
            case RecordCall():
                self.outcomes[command.outcome.value] += 1
                self.abandoned += command.is_abandoned
                if sum(self.outcomes.values()) == self._wanted:
                    self._all_over.set()
            case _:
                pass

    async def wait_for(self, calls: int, seconds_max: float) -> None:
        """Until so many have ended, or the time is over."""
        self._wanted = calls
        try:
            async with asyncio.timeout(seconds_max):
                await self._all_over.wait()
        except TimeoutError:
            self.is_late = True

    def stuck(self) -> list[str]:
        """Legs that took longer than they may to come back, or never did."""
        slow = [f"{seconds:.2f} s" for seconds in self.back_seconds if seconds > STUCK_SECONDS]
        at = time.perf_counter()
        never = [
            f"{leg_id} after {call_id}"
            for leg_id, call_id in self.given.items()
            if call_id in self.ended and at - self.ended[call_id] > STUCK_SECONDS
        ]
        return slow + never

    def answer_to_bridge(self) -> list[float]:
        """Seconds, of every call that was both."""
        return [
            one.bridged - one.answered
            for one in self.calls.values()
            if one.answered is not None and one.bridged is not None
        ]

    def stages(self, since: str, until: str) -> list[float]:
        """Seconds between two fields of `Times`, of the calls for which an agent was free."""
        found = ((getattr(one, since), getattr(one, until)) for one in self._met())
        return [end - begin for begin, end in found if begin is not None and end is not None]

    def _met(self) -> list[Times]:
        return [one for one in self.calls.values() if one.was_agent_free]

    def _read(self, event: ChannelEvent, at: float, at_cpu: float) -> None:
        if event.name == "CHANNEL_BRIDGE":
            for channel in (event.bridge_a, event.bridge_b):
                if channel in self.calls and self.calls[channel].bridged is None:
                    self.calls[channel].bridged = at
            return
        times = self.calls.get(event.unique_id or "")
        if times is None:
            return
        if event.name == "CHANNEL_ANSWER":
            times.answered = at
        elif event.name == "CHANNEL_PARK" and times.parked is None:
            times.parked, times.parked_cpu = at, at_cpu
