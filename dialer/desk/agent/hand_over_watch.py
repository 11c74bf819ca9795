"""Hand-overs by telephone: written when the specialist is there, forgotten when nobody answers."""

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from campaigns.store.errors import DatabaseUnavailable, StoreError
from campaigns.store.hand_overs import HandOverWay, NewHandOver
from dialer.desk.agent.seat import PendingHandOver, Seat
from dialer.engine.commands import Command
from dialer.engine.events import Event
from dialer.engine.ids import LegId
from dialer.engine.in_call_commands import CallOutside, HangupSideLeg
from dialer.engine.in_call_events import SideLegBridged, SideLegEnded, SideLegUp

if TYPE_CHECKING:
    from dialer.desk.agent.hub import AgentHub

log = logging.getLogger(__name__)

WRITE_TRIES_MAX = 60
"""A database that restarts is back within a minute; what it then lacks the agent is told of."""
WRITE_WAIT_SECONDS = 2.0


class HandOverWatch:
    """Follows the specialists' legs for the hub."""

    def __init__(self, hub: "AgentHub") -> None:
        self._hub = hub
        self._waiting: dict[str, Seat] = {}
        """By call."""

    def expect(self, seat: Seat, new: NewHandOver) -> None:
        """The specialist will be called on this call; the request is on its way."""
        seat.hand_over = PendingHandOver(new=new)
        self._waiting[new.call_id] = seat
        self._say(seat, new, "calling")

    def give_up(self, seat: Seat, *, state: str = "unreached") -> None:
        """They are not called, or did not answer."""
        pending, seat.hand_over = seat.hand_over, None
        if pending is not None:
            self._waiting.pop(pending.new.call_id, None)
            self._say(seat, pending.new, state)

    def hear(self, event: Event | None, commands: Sequence[Command]) -> None:
        """One step of the engine."""
        if not self._waiting:
            return
        for command in commands:
            if isinstance(command, CallOutside):
                seat = self._waiting.get(command.call_id)
                if seat is not None and seat.hand_over is not None:
                    seat.hand_over.leg_id = command.leg_id
            elif isinstance(command, HangupSideLeg):
                self._leg_is(command.leg_id, is_up=False, is_bridged=False)
        match event:
            case SideLegEnded():
                self._leg_is(event.leg_id, is_up=False, is_bridged=False)
            case SideLegUp():
                self._leg_is(event.leg_id, is_up=True, is_bridged=False)
            case SideLegBridged():
                self._leg_is(event.leg_id, is_up=True, is_bridged=True)
            case _:
                return

    def _leg_is(self, leg_id: LegId, *, is_up: bool, is_bridged: bool) -> None:
        for seat in list(self._waiting.values()):
            if seat.hand_over is None or seat.hand_over.leg_id != leg_id:
                continue
            is_three_way = seat.hand_over.new.way is HandOverWay.THREE_WAY
            if not is_up:
                self.give_up(seat)
            elif is_bridged or is_three_way:
                self._done(seat)

    def _done(self, seat: Seat) -> None:
        pending, seat.hand_over = seat.hand_over, None
        assert pending is not None, seat
        self._waiting.pop(pending.new.call_id, None)
        self._hub.begin(self._write(seat, pending.new), "hand-over")

    async def _write(self, seat: Seat, new: NewHandOver) -> None:
        for _ in range(WRITE_TRIES_MAX):
            try:
                await self._hub.write_hand_over(seat, new)
            except DatabaseUnavailable:
                await asyncio.sleep(WRITE_WAIT_SECONDS)
                continue
            except StoreError as error:
                log.warning("A hand-over was not written: %s", error)
                break
            return
        self._say(seat, new, "unwritten")

    def _say(self, seat: Seat, new: NewHandOver, state: str) -> None:
        section = {"state": state, "specialist": new.specialist, "way": str(new.way)}
        seat.change(self._hub.floor.now(), hand_over=section)
