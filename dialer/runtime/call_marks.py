"""What happens in a call after the bridge, written down for the player of its recording.

Holds, hand-overs and third parties are seen in the engine's own steps. They decide nothing, so they
are no records of the kind that a spool keeps: what was seen in the last moment before a crash is
lost, and the recording has a mark less.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from dialer.engine.commands import Bridge, Command
from dialer.engine.events import CallBridged, CallEnded, Event
from dialer.engine.ids import CallId, LegId
from dialer.engine.in_call_commands import BridgeOutside, CallOutside, HoldLead
from dialer.engine.in_call_events import CallHandedOver, SideLegEnded, SideLegUp
from dialer.runtime.instants import to_datetime
from dialer.runtime.store_health import StoreHealth

GATHER_SECONDS = 0.25
WAITING_MAX = 10_000
"""Of a database that is away for hours; the oldest are lost first, and only marks are lost."""

Mark = tuple[str, datetime, str]
"""Call id, instant, kind."""
Write = Callable[[Sequence[Mark]], Awaitable[None]]


class CallMarkKeeper:
    """Watches the engine and writes the marks."""

    def __init__(self, write: Write, health: StoreHealth) -> None:
        self._write = write
        self._health = health
        self._waiting: deque[Mark] = deque(maxlen=WAITING_MAX)
        self._wake = asyncio.Event()
        self._held: set[CallId] = set()
        self._third: dict[LegId, CallId] = {}
        """Calls to a third party, by its leg, until that ends."""
        self._joined: set[LegId] = set()

    def observe(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """One step of the engine."""
        for command in commands:
            match command:
                case HoldLead(call_id=call_id):
                    self._held.add(call_id)
                    self._note(now, call_id, "hold")
                case Bridge(call_id=call_id) if isinstance(event, CallHandedOver):
                    self._note(now, call_id, "transfer")
                case BridgeOutside(call_id=call_id):
                    self._note(now, call_id, "transfer")
                case CallOutside(leg_id=leg_id, call_id=call_id, three_way_with=str()):
                    self._third[leg_id] = call_id
                case _:
                    pass
        match event:
            case CallBridged(call_id=call_id) if call_id in self._held:
                self._held.discard(call_id)
                self._note(now, call_id, "resume")
            case SideLegUp(leg_id=leg_id) if leg_id in self._third:
                self._joined.add(leg_id)
                self._note(now, self._third[leg_id], "third_party")
            case SideLegEnded(leg_id=leg_id) if leg_id in self._third:
                call_id = self._third.pop(leg_id)
                if leg_id in self._joined:
                    self._joined.discard(leg_id)
                    self._note(now, call_id, "third_party_gone")
            case CallEnded(call_id=call_id):
                self._held.discard(call_id)
            case _:
                pass

    async def run(self) -> None:
        """Write what was seen, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(GATHER_SECONDS)
            marks = list(self._waiting)
            self._waiting.clear()
            await self._health.insist("marks", partial(self._write, marks))

    def _note(self, now: float, call_id: CallId, kind: str) -> None:
        self._waiting.append((call_id, to_datetime(now), kind))
        self._wake.set()
