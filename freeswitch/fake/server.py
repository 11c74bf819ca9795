"""`FakeSwitch`: the fake switch on a TCP port, and the faults a test may put into it."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from freeswitch.fake.api import Api
from freeswitch.fake.clock import Clock, ManualClock, ScaledClock, Timer
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.inbound import call_in
from freeswitch.fake.listener import Listener
from freeswitch.fake.network import Behaviour, LabNetwork, Network
from freeswitch.fake.settings import SwitchSettings
from freeswitch.fake.texts import heartbeat

log = logging.getLogger(__name__)


class _Connection(asyncio.Protocol):
    """A socket with a listener behind it."""

    def __init__(self, switch: "FakeSwitch") -> None:
        self._switch = switch
        self._transport: asyncio.Transport | None = None
        self._listener: Listener | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._listener = self._switch.attach(transport.write, transport.close)
        self._switch.connections.add(self)

    def data_received(self, data: bytes) -> None:
        if self._listener is not None:
            self._listener.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._switch.connections.discard(self)
        if self._listener is not None:
            self._switch.detach(self._listener)

    def pause_writing(self) -> None:
        """The client does not read: events queue up, and beyond the limit they are lost."""
        if self._listener is not None:
            self._listener.is_stalled = True

    def resume_writing(self) -> None:
        if self._listener is not None and not self._switch.is_silent:
            self._listener.is_stalled = False
            self._listener.flush()

    def drop(self) -> None:
        """Cut the connection without a word."""
        if self._transport is not None:
            self._transport.abort()


class FakeSwitch:
    """A switch that speaks the bytes of FreeSWITCH 1.10.12's event socket.

    Use as `async with FakeSwitch(...) as switch`, or without a socket by `attach`. Virtual time is
    `clock` when given, otherwise `speed` virtual seconds to a real one from `epoch` on. The same
    seed, network, clock and commands give the same bytes.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        settings: SwitchSettings | None = None,
        network: Network | None = None,
        clock: Clock | None = None,
        speed: float = 1.0,
        epoch: float = 1_700_000_000.0,
        seed: int = 1,
    ) -> None:
        self._host = host
        self._port = port
        self._settings = settings or SwitchSettings()
        self._network = network or LabNetwork()
        self._given_clock = clock
        self._speed = speed
        self._epoch = epoch
        self._seed = seed
        self._server: asyncio.Server | None = None
        self._listeners: list[Listener] = []
        self._heartbeat: Timer | None = None
        self._ended: asyncio.Event | None = None
        self._writer: ThreadPoolExecutor | None = None
        self.connections: set[_Connection] = set()
        self.is_silent = False
        self.is_running = False
        if isinstance(clock, ManualClock):
            self._boot(clock)

    def _boot(self, clock: Clock) -> None:
        self.clock = clock
        self.core = SwitchCore(
            clock=clock, network=self._network, settings=self._settings, seed=self._seed
        )
        self.api = Api(self.core)
        self.core.on_shutdown = self._shut_down
        self.core.on_exit = self._exit
        if self._settings.fault_commands:
            self.api.fault = self._fault
        self.is_running = True
        self._schedule_heartbeat()

    async def __aenter__(self) -> Self:
        """Listen. Raises OSError when the address cannot be had."""
        self._ended = asyncio.Event()
        if not self.is_running:
            self._boot(self._given_clock or ScaledClock(speed=self._speed, epoch=self._epoch))
        if self._settings.recordings_folder is not None:
            self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recordings")
            self.core.aside = self._write_aside
        await self._listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening, drop every client and every timer."""
        await self._stop_listening()
        self.clock.close()
        if self._writer is not None:
            await asyncio.to_thread(self._writer.shutdown)

    def _write_aside(self, work: Callable[[], None]) -> None:
        """One file after another, in a thread: the switch's clock goes on meanwhile."""
        assert self._writer is not None
        self._writer.submit(_logged, work)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _stop_listening(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self.drop_connections()
        if server is not None:
            await server.wait_closed()
        await asyncio.sleep(0)  # lets aborted transports tell their protocols

    @property
    def host(self) -> str:
        """The address listened on."""
        return self._host

    @property
    def port(self) -> int:
        """The port listened on, once listening."""
        return self._port

    async def wait_ended(self) -> None:
        """Return when a client has shut the switch down."""
        assert self._ended is not None, "the switch was never started; use `async with`"
        await self._ended.wait()

    def _schedule_heartbeat(self) -> None:
        self._heartbeat = self.core.after(self.core.timings.heartbeat_seconds, self._beat)

    def _beat(self) -> None:
        self.core.emit("HEARTBEAT", heartbeat(self.core))
        self._schedule_heartbeat()

    def attach(self, write: Callable[[bytes], None], close: Callable[[], None]) -> Listener:
        """Connect a client without a socket: `write` gets our bytes, `close` ends it."""
        listener = Listener(self.core, self.api, write, close)
        listener.is_stalled = self.is_silent
        self._listeners.append(listener)
        listener.open()
        return listener

    def detach(self, listener: Listener) -> None:
        """The client is gone."""
        listener.lost()
        if listener in self._listeners:
            self._listeners.remove(listener)

    def _shut_down(self) -> None:
        """`fsctl shutdown`: every client is told, then as below."""
        for listener in self._listeners:
            listener.bid_farewell()
        self._exit()

    def _exit(self) -> None:
        """Every client is closed and nobody new is let in."""
        self.is_running = False
        for listener in list(self._listeners):
            listener.close()
        self._listeners.clear()
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        if self._server is not None:
            self._server.close()
        if self._ended is not None:
            self._ended.set()

    def drop_connections(self) -> None:
        """Fault: cut every client off without a word; calls go on."""
        for connection in list(self.connections):
            connection.drop()
        for listener in list(self._listeners):
            listener.close()
        self._listeners.clear()

    def silence_events(self, seconds: float | None = None) -> None:
        """Fault: commands are answered but no event comes, for some virtual seconds or for good."""
        self.is_silent = True
        for listener in self._listeners:
            listener.is_stalled = True
        if seconds is not None:
            self.core.after(seconds, self.resume_events)

    def resume_events(self) -> None:
        """Deliver what piled up, and go on."""
        self.is_silent = False
        for listener in self._listeners:
            listener.is_stalled = False
            listener.flush()

    def refuse_originate(self, *, refused: bool = True) -> None:
        """Fault: every originate gets DESTINATION_OUT_OF_ORDER, as at a limit, until taken back."""
        self.core.refuses_originate = refused

    def kill_channel(self, uuid: str, cause: str = "MEDIA_TIMEOUT") -> bool:
        """Fault: one channel dies; False when there is none of that id."""
        channel = self.core.find(uuid)
        if channel is None:
            return False
        self.api.sessions.hangup(channel, cause)
        return True

    def call_in(self, caller: str, called: str, far_end: Behaviour | None = None) -> str | None:
        """Somebody calls from outside and is answered and parked; the channel's id, or None when
        the switch takes no more calls. `far_end` says what they do from the answer on."""
        api = self.api
        return call_in(
            self.core,
            api.sessions,
            api.applications,
            caller=caller,
            called=called,
            far_end=far_end,
        )

    def set_gateway(self, name: str, *, is_up: bool) -> None:
        """Fault, or its end: a gateway's ping fails or succeeds; unknown names become known."""
        self.api.control.set_gateway(name, is_up=is_up)

    def restart(self) -> None:
        """Fault: the process dies and is back at once with a new Core-UUID and no channels."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        self.drop_connections()
        self._seed += 1
        self._boot(self.clock)

    def _fault(self, argument: str) -> str:
        """The api command `fake`: the same faults over the wire."""
        match argument.split():
            case ["drop"]:
                self.core.after(0.0, self.drop_connections)
            case ["silence", seconds]:
                self.silence_events(float(seconds))
            case ["resume"]:
                self.resume_events()
            case ["refuse", "on" | "off" as switch]:
                self.refuse_originate(refused=switch == "on")
            case ["kill", uuid, *cause]:
                return "+OK\n" if self.kill_channel(uuid, *cause[:1]) else "-ERR No such channel!\n"
            case ["gateway", name, "up" | "down" as state]:
                self.set_gateway(name, is_up=state == "up")
            case ["call", caller, called]:
                new = self.call_in(caller, called)
                return "-ERR DESTINATION_OUT_OF_ORDER\n" if new is None else f"+OK {new}\n"
            case ["restart"]:
                self.core.after(0.0, self.restart)
            case _:
                return (
                    "-USAGE: fake drop | silence SECONDS | resume | refuse on|off | "
                    "kill UUID [CAUSE] | gateway NAME up|down | call FROM TO | restart\n"
                )
        return "+OK\n"


def _logged(work: Callable[[], None]) -> None:
    try:
        work()
    except (OSError, ValueError) as error:
        log.error("A recording could not be written: %s", error)
