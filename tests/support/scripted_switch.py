"""A few lines of event socket on loopback, which do what a test's script says and nothing else.

Not the fake switch of `freeswitch.fake`: this one may break off in the middle of a frame, refuse a
password, or never answer, which no switch should be able to be told to do.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from freeswitch.connection import SwitchAddress
from tests.support import esl_frames

CORE = "2474797e-1e8e-4306-89b5-14dfd1409412"


@dataclass
class Peer:
    """One accepted connection, from the switch's side."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    """0 for the first connection, 1 for the second ..."""
    pokes: int = 0

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def send_event(self, name: str, **headers: str) -> None:
        body = {"Event-Name": name, "Core-UUID": CORE}
        body |= {key.replace("_", "-"): value for key, value in headers.items()}
        self.send(esl_frames.event(json.dumps(body, separators=(",", ":"))))

    async def command(self) -> str:
        """The next command with its headers; empty lines before it are pokes."""
        while True:
            text = (await self.reader.readuntil(b"\n")).decode()
            if text != "\n":
                break
            self.pokes += 1
        while not text.endswith("\n\n"):
            text += (await self.reader.readuntil(b"\n")).decode()
        return text.removesuffix("\n\n")

    async def log_in(self) -> None:
        self.send(esl_frames.AUTH_REQUEST)
        assert await self.command() == "auth ClueCon"
        self.send(esl_frames.reply("+OK accepted"))

    async def until_closed(self) -> None:
        """Read on until the client closes."""
        while await self.reader.read(65536):
            pass

    def break_off(self) -> None:
        """Vanish: what was sent still arrives."""
        self.writer.close()


Script = Callable[[Peer], Awaitable[None]]


@asynccontextmanager
async def scripted_switch(
    script: Script, *, password: str = "ClueCon"
) -> AsyncIterator[SwitchAddress]:
    """Serve `script` to each client; an error of the script fails the test."""
    peers: list[Peer] = []
    errors: list[BaseException] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer, len(peers))
        peers.append(peer)
        try:
            await script(peer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # The client left; what it should have done is for the test to say.
        except Exception as error:  # noqa: BLE001 - raised again when the switch is left
            errors.append(error)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield SwitchAddress(host=host, port=port, password=password)
    finally:
        server.close()
        for peer in peers:
            peer.writer.transport.abort()
        for peer in peers:
            with suppress(ConnectionError):
                await peer.writer.wait_closed()
    if errors:
        raise ExceptionGroup("the script failed", errors)


@dataclass
class SmallSwitch:
    """A script that behaves: answers every command, runs jobs, echoes pings to who subscribed."""

    core: str = CORE
    takes_pings: bool = True
    echoes_pings: bool = True
    reports_jobs: bool = True
    apis: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    subscribers: list[Peer] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for commands until what is hoped for is true."""
        while not true():
            self._news.clear()
            await self._news.wait()

    async def __call__(self, peer: Peer) -> None:
        self.peers.append(peer)
        await peer.log_in()
        while True:
            text = await peer.command()
            self.commands.append(text)
            self._news.set()
            line, *headers = text.split("\n")
            verb, _, argument = line.partition(" ")
            named = dict(header.split(": ", 1) for header in headers)
            match verb:
                case "event":
                    self.subscribers.append(peer)
                    peer.send(esl_frames.reply("+OK event listener enabled json"))
                case "api":
                    peer.send(esl_frames.api_response(self.apis.get(argument, "+OK\n")))
                case "bgapi":
                    job = named["Job-UUID"]
                    peer.send(esl_frames.reply(f"+OK Job-UUID: {job}", f"Job-UUID: {job}"))
                    if self.reports_jobs:
                        body = self.apis.get(argument, "+OK\n")
                        self.publish("BACKGROUND_JOB", Job_UUID=job, _body=body)
                case "sendevent" if self.takes_pings:
                    peer.send(esl_frames.reply("+OK 1"))
                    if self.echoes_pings:
                        self.publish("CUSTOM", **{k.replace("-", "_"): v for k, v in named.items()})
                case _:
                    peer.send(esl_frames.reply("-ERR command not found"))

    def publish(self, name: str, **headers: str) -> None:
        body = {"Event-Name": name, "Core-UUID": self.core}
        given = {(k if k == "_body" else k.replace("_", "-")): v for k, v in headers.items()}
        # What came by `sendevent` keeps its own headers first; the switch adds its behind them.
        body = given | body if name == "CUSTOM" else body | given
        for peer in self.subscribers:
            peer.send(esl_frames.event(json.dumps(body, separators=(",", ":"))))

    def break_off(self) -> None:
        """Every connection goes at once, as when the switch is restarted."""
        for peer in self.peers:
            peer.break_off()
        self.peers.clear()
        self.subscribers.clear()
