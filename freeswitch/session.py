"""A switch, kept in reach: two connections, supervised, made again for as long as it takes.

Two because a flood of events delays the answers to commands on the same connection, and a command
that takes long delays the events (mod_event_socket.c serves both from one thread). They live and
die together: when either goes, both are made anew, and whoever listens reconciles.

Coming up proves the whole way round: a `bgapi status` on the one must bring its BACKGROUND_JOB on
the other. The first event tells the switch's Core-UUID, and `SwitchConnected` is told before that
event is handed on. From then on, `dialer::ping` events sent through the switch to ourselves show
that events come, and how late: the switch drops events of a full queue without a word (its sequence
numbers prove nothing, they count events nobody subscribed to and arrive out of order).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from freeswitch import commands
from freeswitch.commands import DIALER_PING, Api, Command
from freeswitch.connection import (
    ApiUnderWay,
    ConnectionTimings,
    EslConnection,
    EventCallback,
    SwitchAddress,
)
from freeswitch.errors import CommandRefused, ConnectFailed, ConnectionLost, FreeSwitchError
from freeswitch.events import CustomEvent, is_named, read_event
from freeswitch.jobs import JobResult, Jobs, JobStatus
from freeswitch.messages import CommandReply, EventMessage

_log = logging.getLogger(__name__)

DIALER_EVENTS = (
    "BACKGROUND_JOB",
    "HEARTBEAT",
    "SHUTDOWN",
    "CHANNEL_CREATE",
    "CHANNEL_PROGRESS",
    "CHANNEL_PROGRESS_MEDIA",
    "CHANNEL_ANSWER",
    "CHANNEL_PARK",
    "CHANNEL_UNPARK",
    "CHANNEL_BRIDGE",
    "CHANNEL_UNBRIDGE",
    "CHANNEL_HANGUP",
    "CHANNEL_HANGUP_COMPLETE",
    # The only event of a call whose gateway is down.
    "CHANNEL_DESTROY",
    "RECORD_STOP",
    "DTMF",
)
"""What the dialer lives on; about 95 KB of events a bridged call."""

DIALER_SUBCLASSES = (
    "sofia::gateway_state",
    "sofia::register",
    "sofia::unregister",
    "sofia::expire",
    DIALER_PING,
)

_DOUBLINGS_MAX = 16
"""The delay has long reached its maximum by then; bounds the power, not the attempts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTimings:
    """How patient the supervisor is. Durations in seconds."""

    retry_seconds: float = 0.5
    """Before the first new attempt; doubles up to the maximum, each time cut by up to half at
    random, so that many dialers do not come back to a restarted switch at once."""
    retry_seconds_max: float = 15.0
    ping_seconds: float | None = 1.0
    """Between our own events through the switch; None: none are sent."""
    ping_timeout_seconds: float = 5.0
    """A ping later than this means that events no longer come."""
    connection: ConnectionTimings = field(default_factory=ConnectionTimings)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchConnected:
    """Commands are carried out and events come."""

    core_uuid: str
    """Which run of the switch: another than before means that every channel of before is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchLost:
    """An attempt failed or a connection went; another attempt follows after `retry_seconds`."""

    reason: FreeSwitchError
    retry_seconds: float
    was_connected: bool
    """False when there had been no `SwitchConnected` since the last `SwitchLost`."""


SwitchState = SwitchConnected | SwitchLost


class EslSession:
    """One switch. `run` keeps it in reach until `close`, or until it is cancelled."""

    def __init__(
        self,
        address: SwitchAddress,
        *,
        dialer_id: str,
        on_event: EventCallback,
        on_state: Callable[[SwitchState], None],
        random: Callable[[], float],
        new_uuid: Callable[[], str],
        events: tuple[str, ...] = DIALER_EVENTS,
        subclasses: tuple[str, ...] = DIALER_SUBCLASSES,
        timings: SessionTimings | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Callbacks run inside the reader: they take what they get and return (see `connection`).

        `random` gives numbers in 0..1 and `new_uuid` UUIDs for our own jobs: chance and ids come
        from outside. `events` must hold BACKGROUND_JOB, `subclasses` dialer::ping unless pings are
        off.
        """
        self.address = address
        self.jobs = Jobs()
        self.core_uuid: str | None = None
        """The run of the switch we are connected to, None while we are not."""
        self.event_delay_seconds: float | None = None
        """From sending the last ping to its event; None while none came."""
        self.last_event_at: float | None = None
        """Loop time of the last event, our own pings among them: its last sign of life."""
        self._dialer_id = dialer_id
        self._on_event = on_event
        self._on_state = on_state
        self._random = random
        self._new_uuid = new_uuid
        self._subscription = (events, subclasses)
        self._timings = timings or SessionTimings()
        self._sleep = sleep
        self._stopped = asyncio.Event()
        self._commands: EslConnection | None = None
        self._last_reason: FreeSwitchError | None = None
        self._ping_sequence = 0
        self._ping_back = asyncio.Event()

    # ---- for its owner
    # ----------------------------------------------------------------------------
    async def run(self) -> None:
        """Connect, and connect again, until `close`. An error of a callback comes out as
        an ExceptionGroup; nothing else does."""
        try:
            async with asyncio.TaskGroup() as group:
                supervisor = group.create_task(self._supervise())
                await self._stopped.wait()
                supervisor.cancel()
        finally:
            self.core_uuid = None
            self.jobs.give_up()

    def close(self) -> None:
        """Let `run` close the connections and return."""
        self._stopped.set()

    @property
    def is_connected(self) -> bool:
        """True between SwitchConnected and SwitchLost."""
        return self.core_uuid is not None

    async def api(self, call: Api, *, timeout_seconds: float | None = None) -> str:
        """As `EslConnection.api`. Raises ConnectionLost at once while there is no connection."""
        return await self._connection().api(call, timeout_seconds=timeout_seconds)

    def begin_api(self, call: Api, *, timeout_seconds: float | None = None) -> ApiUnderWay:
        """As `EslConnection.begin_api`."""
        return self._connection().begin_api(call, timeout_seconds=timeout_seconds)

    async def bgapi(
        self,
        call: Api,
        job_uuid: str,
        *,
        job_seconds: float,
        timeout_seconds: float | None = None,
    ) -> asyncio.Future[JobResult]:
        """As `EslConnection.bgapi`. The job outlives a reconnect: its result may come after it."""
        return await self._connection().bgapi(
            call, job_uuid, job_seconds=job_seconds, timeout_seconds=timeout_seconds
        )

    async def command(
        self, command: Command, *, timeout_seconds: float | None = None
    ) -> CommandReply:
        """As `EslConnection.command`."""
        return await self._connection().command(command, timeout_seconds=timeout_seconds)

    def _connection(self) -> EslConnection:
        if self._commands is None:
            why = f": {self._last_reason}" if self._last_reason is not None else ""
            raise ConnectionLost(f"not connected to FreeSWITCH at {self.address}{why}")
        return self._commands

    # ---- the supervisor
    # ---------------------------------------------------------------------------
    async def _supervise(self) -> None:
        doublings = -1
        while True:
            reason = await self._live_once()
            was_connected, self.core_uuid = self.core_uuid is not None, None
            doublings = 0 if was_connected else min(doublings + 1, _DOUBLINGS_MAX)
            longest = min(
                self._timings.retry_seconds_max, self._timings.retry_seconds * 2**doublings
            )
            delay = longest * (0.5 + 0.5 * self._random())
            self._last_reason = reason
            self._on_state(
                SwitchLost(reason=reason, retry_seconds=delay, was_connected=was_connected)
            )
            await self._sleep(delay)

    async def _live_once(self) -> FreeSwitchError:
        """Connect and stay connected; return why it ended."""
        reason: FreeSwitchError | None = None
        try:
            await self._live()
        except* FreeSwitchError as lost:
            reason = _first(lost)
        assert reason is not None
        return reason

    async def _live(self) -> None:
        timings = self._timings.connection
        async with await EslConnection.open(
            self.address, on_event=_ignore, jobs=self.jobs, timings=timings
        ) as command_connection:
            self._commands = command_connection
            try:
                async with await EslConnection.open(
                    self.address, on_event=self._event, jobs=self.jobs, timings=timings
                ) as event_connection:
                    await event_connection.subscribe(*self._subscription)
                    async with asyncio.TaskGroup() as group:
                        group.create_task(_raise_when_closed(command_connection))
                        group.create_task(_raise_when_closed(event_connection))
                        group.create_task(self._prove(command_connection))
            finally:
                self._commands = None

    async def _prove(self, connection: EslConnection) -> None:
        """Show that events come: once by a job, then by pings for as long as we live."""
        seconds = self._timings.connection.reply_seconds
        job = await connection.bgapi(commands.status(), self._new_uuid(), job_seconds=seconds)
        result = await job
        if result.status is not JobStatus.OK:
            raise ConnectFailed(
                f"FreeSWITCH at {self.address} took a job but sent no BACKGROUND_JOB of it within "
                f"{seconds:g} s ({result.status} {result.text}); check esl-allowed-events and "
                "esl-allowed-api of our user, and whether the switch is overloaded"
            )
        if self._timings.ping_seconds is None:
            return
        while True:
            try:
                await self._ping(connection)
            except CommandRefused as refused:
                _log.warning(
                    "%s takes no sendevent (%s): lost events show only when calls are asked after",
                    self.address,
                    refused.reply,
                    extra={"action": "ping_refused"},
                )
                return
            await asyncio.sleep(self._timings.ping_seconds)

    async def _ping(self, connection: EslConnection) -> None:
        seconds = self._timings.ping_timeout_seconds
        loop = asyncio.get_running_loop()
        self._ping_sequence += 1
        self._ping_back.clear()
        sent_at = loop.time()
        try:
            async with asyncio.timeout(seconds):
                await connection.command(commands.ping(self._dialer_id, self._ping_sequence))
                await self._ping_back.wait()
        except TimeoutError as error:
            raise ConnectionLost(
                f"events of FreeSWITCH at {self.address} are more than {seconds:g} s late or lost; "
                "look for 'Event enqueue ERROR' on its console and for clients that do not read"
            ) from error
        self.event_delay_seconds = loop.time() - sent_at

    def _event(self, message: EventMessage) -> None:
        self.last_event_at = asyncio.get_running_loop().time()
        if self.core_uuid is None:
            self.core_uuid = read_event(message).core_uuid or ""
            self._on_state(SwitchConnected(core_uuid=self.core_uuid))
        if is_named(message, b"CUSTOM"):
            event = read_event(message)
            if isinstance(event, CustomEvent) and event.subclass == DIALER_PING:
                if (event.dialer_id, event.ping_sequence) == (self._dialer_id, self._ping_sequence):
                    self._ping_back.set()
                return
        self._on_event(message)


def _ignore(message: EventMessage) -> None:
    """The command connection subscribes to nothing."""


async def _raise_when_closed(connection: EslConnection) -> None:
    raise await connection.wait_closed()


def _first(group: BaseExceptionGroup[FreeSwitchError]) -> FreeSwitchError:
    """The first error of a group of groups; the others follow from it."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
