"""One connection to a switch's event socket, on asyncio.

There is no reader task and no queue: what the socket yields is framed and handed to callbacks at
once, inside `buffer_updated`. A client that stops reading makes the switch's queue for it overflow,
and killing such a client can hold up events to every other one for ten minutes (mod_event_socket.c,
kill_listener), so a callback must take its event and return. It may decode, and put into a queue of
its own; it may not wait. A callback that raises ends the connection, and its error comes out of
`wait_closed`.

What is sent is bounded too: WRITE_BYTES_MAX unsent bytes, protocol.TICKETS_MAX unanswered commands.
"""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, assert_never

from freeswitch import commands
from freeswitch.commands import Api, Command
from freeswitch.errors import (
    AccessDenied,
    AuthenticationFailed,
    CommandRefused,
    ConnectFailed,
    ConnectionLost,
    FreeSwitchError,
    MalformedEvent,
    ProtocolError,
    ReplyTimedOut,
)
from freeswitch.events import JobEvent, is_named, read_event
from freeswitch.jobs import JobResult, Jobs
from freeswitch.messages import (
    ApiResponse,
    AuthRequest,
    CommandReply,
    DisconnectNotice,
    EventMessage,
    LogMessage,
    RudeRejection,
)
from freeswitch.protocol import Answer, EslProtocol, Incoming, Ticket

WRITE_BYTES_MAX = 1024 * 1024
"""More than a thousand originates unsent: the switch has stopped reading."""

READ_BYTES = 64 * 1024
"""About ten events. Kept for the life of the connection: a fresh 256 KiB for each read, as asyncio
would take, costs more in page faults than the reading."""

EventCallback = Callable[[EventMessage], None]
Waiter = asyncio.Future[CommandReply | ApiResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchAddress:
    """Where a switch's event socket is, and how to log in."""

    host: str
    port: int = 8021
    password: str = field(repr=False)
    user: str | None = None
    """`name@domain` of the directory to log in with `userauth`; None for plain `auth`."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTimings:
    """How long to wait for what, and how to notice a dead peer."""

    connect_seconds: float = 5.0
    """For TCP and the log-in together."""
    reply_seconds: float = 10.0
    """A reply takes milliseconds; a busy switch may take seconds (an `api` runs in its turn)."""
    poke_seconds: float | None = 0.002
    """How often to wake the switch's 20 ms poll for events, on a connection that subscribed to any.
    At 2 ms an event waits 1 ms in the mean, not 10. None: never."""
    keepalive_idle_seconds: int = 5
    keepalive_interval_seconds: int = 2
    keepalive_probes: int = 3
    """A peer that vanished is noticed after idle + probes * interval seconds. The switch itself
    sets no keepalive for clients that connected to it."""


@dataclass(frozen=True, slots=True)
class ApiUnderWay:
    """An API call that was sent."""

    answer: Callable[[], Coroutine[Any, Any, str]]
    """Wait for its text, once. Raises as `EslConnection.api`."""


class EslConnection(asyncio.BufferedProtocol):
    """An authenticated connection. Make it with `open`; leave it with `close`, or `async with`."""

    def __init__(
        self,
        address: SwitchAddress,
        on_event: EventCallback,
        jobs: Jobs | None,
        timings: ConnectionTimings,
    ) -> None:
        """Use `open`."""
        loop = asyncio.get_running_loop()
        self.address = address
        self.jobs = Jobs() if jobs is None else jobs
        self._owns_jobs = jobs is None
        self._on_event = on_event
        self._timings = timings
        self._protocol = EslProtocol()
        self._transport: asyncio.Transport | None = None
        self._waiters: dict[Ticket, Waiter] = {}
        self._greeted: asyncio.Future[AuthRequest | RudeRejection] = loop.create_future()
        self._closed: asyncio.Future[BaseException | None] = loop.create_future()
        self._reason: FreeSwitchError | None = None
        self._notice: DisconnectNotice | None = None
        self._poke_timer: asyncio.TimerHandle | None = None
        self._read_buffer = memoryview(bytearray(READ_BYTES))

    @classmethod
    async def open(
        cls,
        address: SwitchAddress,
        *,
        on_event: EventCallback,
        jobs: Jobs | None = None,
        timings: ConnectionTimings | None = None,
    ) -> Self:
        """Connect and log in.

        `on_event` gets every event, undecoded, from inside the reader. `jobs` is the table
        BACKGROUND_JOB events are delivered to; connections to one switch share it. Raises
        ConnectFailed, AccessDenied, AuthenticationFailed, ProtocolError.
        """
        timings = timings or ConnectionTimings()
        connection = cls(address, on_event, jobs, timings)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timings.connect_seconds):
                await loop.create_connection(lambda: connection, address.host, address.port)
                await connection._log_in()
        except TimeoutError as error:
            await connection.close()
            raise ConnectFailed(
                f"FreeSWITCH at {address} did not let us in within {timings.connect_seconds:g} s; "
                "check that it runs, and that no firewall stands between"
            ) from error
        except OSError as error:
            await connection.close()
            raise ConnectFailed(
                f"no connection to FreeSWITCH at {address} ({error}); check that it runs, and "
                "listen-ip and listen-port in event_socket.conf.xml"
            ) from error
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _log_in(self) -> None:
        greeting = await self._greeted
        if isinstance(greeting, RudeRejection):
            raise AccessDenied(self.address.host, self.address.port)
        address = self.address
        if address.user is None:
            login = commands.auth(address.password)
        else:
            name, _, domain = address.user.partition("@")
            login = commands.userauth(name, domain, address.password)
        reply = await self._exchange(login)
        if not isinstance(reply, CommandReply) or not reply.is_ok:
            text = reply.text.strip()
            raise AuthenticationFailed(address.host, address.port, address.user, text)

    # ---- what a client asks
    # -----------------------------------------------------------------------
    async def command(
        self, command: Command, *, timeout_seconds: float | None = None
    ) -> CommandReply:
        """Send a command and return its +OK reply.

        Raises CommandRefused on -ERR, ReplyTimedOut, ConnectionLost. After the last two it is
        unknown whether the switch carried it out. Cancelling leaves later replies paired as they
        should be.
        """
        reply = await self._exchange(command, timeout_seconds)
        if isinstance(reply, ApiResponse) or not reply.is_ok:
            raise CommandRefused(command.shown, reply.text.strip())
        return reply

    async def api(self, call: Api, *, timeout_seconds: float | None = None) -> str:
        """Run an API call and return its text, `-ERR ...` included: see `freeswitch.answers`.

        Raises CommandRefused when we have no permission for it, ReplyTimedOut, ConnectionLost.
        """
        return await self.begin_api(call, timeout_seconds=timeout_seconds).answer()

    def begin_api(self, call: Api, *, timeout_seconds: float | None = None) -> ApiUnderWay:
        """As `api`, but sent when this returns. Raises ConnectionLost.

        For what a person waits for: a task of its own would begin only when the loop comes to it.
        """
        command = commands.api(call)
        ticket, waiter = self._begin(command)

        async def answer() -> str:
            reply = await self._reply_to(command, ticket, waiter, timeout_seconds)
            if isinstance(reply, CommandReply):
                raise CommandRefused(command.shown, reply.text.strip())
            return reply.text

        return ApiUnderWay(answer)

    async def bgapi(
        self,
        call: Api,
        job_uuid: str,
        *,
        job_seconds: float,
        timeout_seconds: float | None = None,
    ) -> asyncio.Future[JobResult]:
        """Start an API call in the switch's background; returns once it said that it did.

        The future ends with the job's result, or with TIMED_OUT after `job_seconds`; it never
        raises. Some connection that shares `jobs` must be subscribed to BACKGROUND_JOB. Raises as
        `command`.
        """
        command = commands.bgapi(call, job_uuid)
        result = self.jobs.expect(job_uuid, job_seconds)
        try:
            await self.command(command, timeout_seconds=timeout_seconds)
        except BaseException:
            result.cancel()
            raise
        return result

    async def subscribe(self, names: tuple[str, ...], subclasses: tuple[str, ...] = ()) -> None:
        """Ask for events as JSON from now on, and start poking. Adds to earlier subscriptions."""
        await self.command(commands.subscribe(names, subclasses))
        if self._timings.poke_seconds is not None and self._poke_timer is None:
            self._poke()

    async def _exchange(
        self, command: Command, timeout_seconds: float | None = None
    ) -> CommandReply | ApiResponse:
        return await self._reply_to(command, *self._begin(command), timeout_seconds)

    def _begin(self, command: Command) -> tuple[Ticket, Waiter]:
        """Send, and keep a place for the reply."""
        ticket = self._send(command)
        waiter: Waiter = asyncio.get_running_loop().create_future()
        self._waiters[ticket] = waiter
        return ticket, waiter

    async def _reply_to(
        self, command: Command, ticket: Ticket, waiter: Waiter, timeout_seconds: float | None
    ) -> CommandReply | ApiResponse:
        seconds = self._timings.reply_seconds if timeout_seconds is None else timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                return await waiter
        except TimeoutError as error:
            raise ReplyTimedOut(
                f"FreeSWITCH at {self.address} did not answer {command.shown!r} within "
                f"{seconds:g} s; whether it carried it out is unknown"
            ) from error
        finally:
            self._protocol.abandon(ticket)
            self._waiters.pop(ticket, None)

    def _send(self, command: Command) -> Ticket:
        transport = self._transport
        if transport is None or transport.is_closing():
            raise self._reason or ConnectionLost(
                f"{command.shown!r} was not sent: the connection to {self.address} is closed"
            )
        data, ticket = self._protocol.send(command)
        transport.write(data)
        if transport.get_write_buffer_size() > WRITE_BYTES_MAX:
            self._end(ConnectionLost(f"FreeSWITCH at {self.address} has stopped reading"))
        return ticket

    def _poke(self) -> None:
        transport, seconds = self._transport, self._timings.poke_seconds
        if transport is None or transport.is_closing() or seconds is None:
            return
        if transport.get_write_buffer_size() == 0:
            transport.write(commands.POKE)
        self._poke_timer = asyncio.get_running_loop().call_later(seconds, self._poke)

    # ---- closing
    # ----------------------------------------------------------------------------------
    @property
    def is_closed(self) -> bool:
        """True once the socket is closed."""
        return self._closed.done()

    async def wait_closed(self) -> FreeSwitchError:
        """Wait until the connection is gone and return why. Raises what a callback raised."""
        error = await asyncio.shield(self._closed)
        if error is not None:
            raise error
        assert self._reason is not None
        return self._reason

    async def close(self) -> None:
        """Close at once; after `exit` the switch would keep the socket until its last job ends."""
        self._end(ConnectionLost(f"the connection to {self.address} was closed by us"))
        if self._transport is not None:
            await asyncio.shield(self._closed)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def _end(self, reason: FreeSwitchError) -> None:
        """Note the first reason and drop the socket; `connection_lost` follows."""
        if self._reason is None:
            self._reason = reason
        if self._transport is not None:
            # abort, not close: close would wait for unsent bytes to a peer that may be dead.
            self._transport.abort()

    # ---- asyncio.Protocol
    # -------------------------------------------------------------------------
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP stands."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        _set_keepalive(transport.get_extra_info("socket"), self._timings)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where asyncio shall read to: the same memory each time, whatever it would like."""
        return self._read_buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Frame, pair and hand out, now."""
        try:
            incoming = self._protocol.receive(self._read_buffer[:nbytes])
        except ProtocolError as error:
            for message in error.complete:
                self._take(message)
            self._end(error)
            return
        for message in incoming:
            self._take(message)

    def eof_received(self) -> None:
        """The switch will send no more; asyncio closes the transport."""

    def connection_lost(self, error: Exception | None) -> None:
        """The socket is closed, by whomever."""
        if self._poke_timer is not None:
            self._poke_timer.cancel()
        if self._reason is None:
            self._reason = ConnectionLost(self._how_it_ended(error))
        self._protocol.close()
        for waiter in self._waiters.values():
            if not waiter.done():
                waiter.set_exception(self._reason)
        if not self._greeted.done():
            self._greeted.set_exception(ConnectFailed(str(self._reason)))
            # Nobody may be waiting for it yet or any more, and the reason is told by `open`.
            self._greeted.exception()
        if self._owns_jobs:
            # On a connection of its own no result can come any more.
            self.jobs.give_up()
        of_ours = error is not None and not isinstance(error, OSError)
        self._closed.set_result(error if of_ours else None)

    def _how_it_ended(self, error: Exception | None) -> str:
        switch = f"FreeSWITCH at {self.address}"
        if self._notice is not None:
            said = self._notice.text.split("\n", 1)[0]
            return f"{switch} disconnected us ({said})"
        if error is not None:
            return f"the connection to {switch} broke: {error}"
        pending = self._protocol.pending_bytes
        middle = f" in the middle of a frame ({pending} bytes of it came)" if pending else ""
        return f"{switch} closed the connection{middle}; it stopped, or was restarted"

    def _take(self, message: Incoming) -> None:
        match message:
            case EventMessage():
                if is_named(message, b"BACKGROUND_JOB"):
                    self._deliver_job(message)
                self._on_event(message)
            case Answer():
                waiter = self._waiters.get(message.ticket)
                if waiter is not None and not waiter.done():
                    waiter.set_result(message.reply)
            case AuthRequest() | RudeRejection():
                if not self._greeted.done():
                    self._greeted.set_result(message)
            case DisconnectNotice():
                if message.linger_seconds is None:
                    self._notice = message
            case LogMessage():
                # Never asked for; another client cannot turn it on for us either.
                pass
            case _:
                assert_never(message)

    def _deliver_job(self, message: EventMessage) -> None:
        try:
            job = read_event(message)
        except MalformedEvent:
            # Whoever waits has a watchdog, and `on_event` meets the same event and may tell.
            return
        if isinstance(job, JobEvent):
            self.jobs.deliver(job)


def _set_keepalive(sock: socket.socket, timings: ConnectionTimings) -> None:
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    idle, interval = timings.keepalive_idle_seconds, timings.keepalive_interval_seconds
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Linux names; elsewhere the system's own times apply.
    for name, value in (
        ("TCP_KEEPIDLE", idle),
        ("TCP_KEEPINTVL", interval),
        ("TCP_KEEPCNT", timings.keepalive_probes),
        # Sent bytes that nobody acknowledges suspend keepalive; this bounds them alike.
        ("TCP_USER_TIMEOUT", (idle + interval * timings.keepalive_probes) * 1000),
    ):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
