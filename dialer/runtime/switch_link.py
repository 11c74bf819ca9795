"""The link to one FreeSWITCH: its events to the engine, the engine's commands to it, and agreement
between the two after every connect.

The session below keeps two connections in reach. When they are there, events are held back while
we ask the switch what lives on it; then the engine is told that in one go, and the held events
after it. So no event ever speaks of a leg the engine has not heard of.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import assert_never

from dialer.engine.events import (
    Event,
    SwitchConnected,
    SwitchLoadReported,
    SwitchLost,
    TrunkStateChanged,
)  # fmt: skip
from dialer.engine.ids import SwitchId, TrunkId
from dialer.runtime.return_recovery import find_arrivals
from dialer.runtime.switch_health import SwitchHealth
from dialer.runtime.switch_orders import OrderContext, SwitchOrder, SwitchOrders
from dialer.runtime.switch_reader import Arrival
from freeswitch import commands, prompts, session
from freeswitch.answers import read_gateway
from freeswitch.connection import SwitchAddress
from freeswitch.errors import ConnectionLost, FreeSwitchError, MalformedEvent
from freeswitch.events import ChannelEvent, CustomEvent, HeartbeatEvent, JobEvent, read_event
from freeswitch.messages import EventMessage
from freeswitch.session import EslSession, SessionTimings, SwitchState

log = logging.getLogger(__name__)

EVENTS = (
    "BACKGROUND_JOB",
    "HEARTBEAT",
    "CHANNEL_CREATE",
    "CHANNEL_PROGRESS",
    "CHANNEL_PROGRESS_MEDIA",
    "CHANNEL_ANSWER",
    "CHANNEL_PARK",
    "CHANNEL_BRIDGE",
    "CHANNEL_HANGUP",
    "CHANNEL_HANGUP_COMPLETE",
    "CHANNEL_DESTROY",
    "RECORD_STOP",
    "DTMF",
)
"""The least that tells all: each event is about 8 KB, so what is not read is not asked for."""
GATEWAY_STATE = "sofia::gateway_state"
GATEWAYS_SECONDS = 30.0
"""Gateways with a ping tell by events when they go; this finds those without one."""
STRANGERS_SECONDS = 2.0
"""A channel that nobody knows is hung up when it is still unknown after this."""
HELD_MAX = 100_000
"""Events held back while calls are adopted: as many as the switch itself would queue."""

Adopt = Callable[[EslSession], Awaitable[Sequence[Event]]]
"""Ask the switch after calls and legs; answers the events that make the engine agree with it."""


class SwitchLink:
    """One switch. `order` from anywhere; `run` in a task of its own."""

    def __init__(
        self,
        address: SwitchAddress,
        context: OrderContext,
        *,
        switch_id: SwitchId,
        trunks: Sequence[str],
        recover: Adopt,
        reconcile: Adopt,
        timings: SessionTimings,
        random: Callable[[], float],
        new_uuid: Callable[[], str],
    ) -> None:
        self.switch_id = switch_id
        self._context = context
        self._trunks = trunks
        self._recover = recover
        self._reconcile = reconcile
        self._session = EslSession(
            address,
            dialer_id=context.settings.switch.dialer_id,
            on_event=self._take,
            on_state=self._note_state,
            random=random,
            new_uuid=new_uuid,
            events=EVENTS,
            subclasses=(GATEWAY_STATE, prompts.BEEP_EVENT, commands.DIALER_PING),
            timings=timings,
        )
        self._orders = SwitchOrders(self._session, context)
        self._group: asyncio.TaskGroup | None = None
        self._held: deque[Event] | None = deque()
        self._core_uuid: str | None = None
        """The run of the switch that the engine agrees with."""
        self._to_adopt = asyncio.Event()
        self._to_look_again = False
        self._is_announced = False
        self._is_gone = False
        """Refused the last connection: told once for each loss."""
        self._gateways_known: dict[str, bool] = {}
        self.health = SwitchHealth()
        self.ready = asyncio.Event()
        """Set once the switch was reached and what lived on it was adopted."""

    @property
    def event_delay_seconds(self) -> float | None:
        """How late events of the switch come."""
        return self._session.event_delay_seconds

    def knows(self, channel: str) -> bool:
        """True for a call or an agent's leg that lives on this switch."""
        return self._context.reader.knows(channel)

    def order(self, order: SwitchOrder) -> None:
        """Carry out, beginning now. Once `run` is ending nothing is carried out any more."""
        if self._group is not None:
            work = self._orders.carry_out(order)
            try:
                self._group.create_task(work)
                return
            except RuntimeError:
                # The group is on its way out, which it tells in no other way.
                self._group = None
            work.close()
        log.warning(
            "%s is dropped: the link to the switch is closed.",
            type(order).__name__,
            extra={"action": "order_dropped"},
        )

    async def run(self) -> None:
        """Keep the switch in reach until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self._session.run())
                group.create_task(self._keep_in_agreement())
                group.create_task(self._watch_gateways())
                group.create_task(self._watch_strangers())
        finally:
            self._group = None

    def _note_state(self, state: SwitchState) -> None:
        match state:
            case session.SwitchConnected():
                self._to_adopt.set()
            case session.SwitchLost():
                self._to_adopt.clear()
                self._held = deque()
                if state.was_connected or self.health.error is None:
                    log.error(
                        "The switch is not there: %s", state.reason, extra={"action": "switch_lost"}
                    )
                self.health.is_connected, self.health.error = False, str(state.reason)
                is_gone = isinstance(state.reason.__cause__, ConnectionRefusedError)
                if self._is_announced or (is_gone and not self._is_gone):
                    self._is_announced, self._is_gone = False, is_gone
                    lost = SwitchLost(
                        switch_id=self.switch_id,
                        last_seen_at=self._last_seen_at(),
                        is_gone=is_gone,
                    )
                    self._context.post(lost)
            case _:
                assert_never(state)

    def _last_seen_at(self) -> float | None:
        """Its last event, by our clock."""
        last_at = self._session.last_event_at
        if last_at is None:
            return None
        return self._context.clock.now() - (asyncio.get_running_loop().time() - last_at)

    # ---- agreement ------------------------------------------------------------------------------
    async def _keep_in_agreement(self) -> None:
        while True:
            await self._to_adopt.wait()
            self._to_adopt.clear()
            try:
                await self._agree()
            except FreeSwitchError as error:
                # Lost again meanwhile; the session connects anew and we begin from the start.
                log.warning(
                    "Adopting what lives on the switch was cut short: %s",
                    error,
                    extra={"action": "adoption_cut_short"},
                )

    async def _agree(self) -> None:
        """Find out whether the switch is the one we know, and bring the engine up to date."""
        core_uuid = self._session.core_uuid
        if self._held is None:
            self._held = deque()
        found: Sequence[Event] = ()
        is_new = self._core_uuid is not None and core_uuid != self._core_uuid
        if is_new:
            self._context.reader.forget_all()
        elif self._core_uuid is not None:
            found = await self._reconcile(self._session)
        found = [*found, *await self._recover(self._session)]
        if core_uuid is None or self._session.core_uuid != core_uuid:
            raise ConnectionLost("the switch went away while calls were being adopted")
        self._core_uuid = core_uuid
        self._is_announced, self._is_gone = True, False
        arrivals = await find_arrivals(self._session, self._context.reader)
        self._release([*found, SwitchConnected(is_new=is_new, switch_id=self.switch_id)])
        self._receive(arrivals)
        # The switch's list is a second old: who came in that second is found by another look.
        self._to_look_again = True
        self.health.is_connected, self.health.error = True, None
        log.info(
            "The switch at %s answers.", self._session.address, extra={"action": "switch_connected"}
        )
        await self._ask_after_gateways()
        self.ready.set()

    def _receive(self, arrivals: Sequence[Arrival]) -> None:
        for arrival in arrivals:
            if not self._context.reader.knows(arrival.channel):
                self._context.reader.on_arrival(arrival)

    async def recover_now(self) -> None:
        """Recover what is ours since the last connect: a team was acquired while connected.

        Without a connection, or while another agreement goes on, the next connect does it.
        """
        if self._held is not None:
            return
        self._held = deque()
        found: Sequence[Event] = ()
        try:
            found = await self._recover(self._session)
        finally:
            if self._is_announced:
                self._release(found)

    def _release(self, found: Sequence[Event]) -> None:
        """Post what was found out, then what happened meanwhile, with nothing between."""
        held, self._held = self._held or deque(), None
        for event in (*found, *held):
            self._context.post(event)

    # ---- events ---------------------------------------------------------------------------------
    def _take(self, message: EventMessage) -> None:
        """One event, inside the reader: decode, translate, post; never wait."""
        try:
            event = read_event(message)
        except MalformedEvent as error:
            log.error("An event cannot be read: %s", error, extra={"action": "malformed_event"})
            return
        match event:
            case ChannelEvent() | JobEvent():
                for one in self._context.reader.read(event):
                    self._hand_on(one)
            case HeartbeatEvent():
                self.health.note_heartbeat(event)
                self._hand_on(self._load(event))
            case CustomEvent(subclass="sofia::gateway_state", gateway=str(gateway)):
                if gateway in self._trunks and event.ping_status in ("UP", "DOWN"):
                    self._note_gateway(gateway, is_up=event.ping_status == "UP")
            case CustomEvent(subclass=prompts.BEEP_EVENT, unique_id=str(channel)):
                for one in self._context.reader.hear_beep(channel):
                    self._hand_on(one)
            case _:
                return

    def _hand_on(self, event: Event) -> None:
        if self._held is None:
            (self._context.post_now or self._context.post)(event)
            return
        if len(self._held) >= HELD_MAX:
            raise ConnectionLost(f"{HELD_MAX} events came while calls were being adopted")
        self._held.append(event)

    def _note_gateway(self, gateway: str, *, is_up: bool) -> None:
        if self._gateways_known.get(gateway) is not is_up:
            self._gateways_known[gateway] = is_up
            self._hand_on(
                TrunkStateChanged(trunk_id=TrunkId(gateway), is_up=is_up, switch_id=self.switch_id)
            )

    def _load(self, event: HeartbeatEvent) -> SwitchLoadReported:
        idle = event.idle_cpu_percent
        return SwitchLoadReported(
            switch_id=self.switch_id,
            sessions=event.session_count,
            sessions_max=event.sessions_max,
            per_second_left=event.sessions_per_second_left,
            per_second_last=event.sessions_per_second_last,
            idle_cpu_ratio=None if idle is None else idle / 100.0,
        )

    # ---- tasks beside ---------------------------------------------------------------------------
    async def _ask_after_gateways(self) -> None:
        for gateway in self._trunks:
            status = read_gateway(await self._session.api(commands.gateway_status(gateway)))
            if status is None and self._gateways_known.get(gateway) is not False:
                log.error(
                    "The switch has no gateway %r: the trunks of our settings and its own differ.",
                    gateway,
                    extra={"action": "gateway_unknown"},
                )
            self._note_gateway(gateway, is_up=status is not None and status.is_up)

    async def _watch_gateways(self) -> None:
        while True:
            await asyncio.sleep(GATEWAYS_SECONDS)
            try:
                await self._ask_after_gateways()
            except FreeSwitchError:
                # Not connected: they are asked after when we are again.
                continue

    async def _look_for_arrivals(self) -> Sequence[Arrival]:
        try:
            return await find_arrivals(self._session, self._context.reader)
        except FreeSwitchError:
            # Lost again: the next connect looks twice, too.
            return ()

    async def _watch_strangers(self) -> None:
        """A channel may be known a moment after its first event, so it has a round's grace."""
        suspects: set[str] = set()
        while True:
            await asyncio.sleep(STRANGERS_SECONDS)
            if self._held is not None:
                continue
            if self._to_look_again:
                self._to_look_again = False
                self._receive(await self._look_for_arrivals())
            strangers = set(self._context.reader.strangers)
            await self._orders.kill_strangers(sorted(strangers & suspects))
            suspects = strangers
