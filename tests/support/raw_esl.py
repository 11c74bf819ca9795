"""The least one needs to talk to an event socket in tests: frames, and a client without manners.

Deliberately apart from the product's own client: a mistake there cannot hide one in the fake.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Self

from freeswitch.fake import FakeSwitch, ManualClock, Network, SwitchSettings


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One frame as received: its header lines in order, and its body."""

    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The header's value; nothing when it is missing."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def content_type(self) -> str:
        return self.header("Content-Type")

    @property
    def event(self) -> list[tuple[str, Any]]:
        """A JSON event's headers in order; a name may come twice."""
        pairs = json.loads(self.body, object_pairs_hook=list)
        assert isinstance(pairs, list)
        return pairs


def take_frames(buffer: bytearray) -> list[RawFrame]:
    """Take every whole frame off the front of the buffer."""
    frames = []
    while (end := buffer.find(b"\n\n")) >= 0:
        lines = buffer[:end].decode("utf-8").split("\n")
        headers = tuple(
            (name, value) for name, _, value in (line.partition(": ") for line in lines)
        )
        length = int(dict(headers).get("Content-Length", "0"))
        if len(buffer) < end + 2 + length:
            break
        frames.append(RawFrame(headers, bytes(buffer[end + 2 : end + 2 + length])))
        del buffer[: end + 2 + length]
    return frames


@dataclass(slots=True)
class RawEslClient:
    """A TCP client that sends text and hands out frames one by one."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _buffer: bytearray = field(default_factory=bytearray)
    _frames: list[RawFrame] = field(default_factory=list)

    @classmethod
    async def connect(cls, host: str, port: int) -> Self:
        return cls(*await asyncio.open_connection(host, port))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return  # the other side cut first, which is what some tests are about

    def send(self, command: str) -> None:
        self.writer.write(command.encode() + b"\n\n")

    async def frame(self, seconds: float = 10.0) -> RawFrame | None:
        """The next frame, or None at the end of the stream."""
        async with asyncio.timeout(seconds):
            while not self._frames:
                try:
                    data = await self.reader.read(65536)
                except ConnectionError:
                    return None
                if not data:
                    return None
                self._buffer += data
                self._frames += take_frames(self._buffer)
        return self._frames.pop(0)

    async def command(self, text: str) -> RawFrame:
        """Send a command and return the next frame that is no event."""
        self.send(text)
        while True:
            frame = await self.frame()
            assert frame is not None, f"closed while waiting for the reply to {text!r}"
            if not frame.content_type.startswith("text/event-"):
                return frame

    async def event(self, name: str) -> dict[str, Any]:
        """Read on until an event of that name."""
        while True:
            frame = await self.frame()
            assert frame is not None, f"closed while waiting for {name}"
            if frame.content_type == "text/event-json":
                event = dict(frame.event)
                if event["Event-Name"] == name:
                    return event

    async def log_in(self, *events: str, password: str = "ClueCon") -> None:
        greeting = await self.frame()
        assert greeting is not None
        assert greeting.content_type == "auth/request"
        assert (await self.command(f"auth {password}")).header("Reply-Text") == "+OK accepted"
        if events:
            await self.command("event json " + " ".join(events))


class VirtualEsl:
    """A logged-in client of a fake switch in virtual time, without sockets."""

    def __init__(
        self,
        *,
        network: Network | None = None,
        settings: SwitchSettings | None = None,
        events: str = "ALL",
        epoch: float = 1_700_000_000.0,
        seed: int = 1,
    ) -> None:
        self.clock = ManualClock(epoch)
        self.epoch = epoch
        self.switch = FakeSwitch(network=network, settings=settings, clock=self.clock, seed=seed)
        self.heard: list[tuple[float, dict[str, Any]]] = []
        """Every event with the virtual seconds since the start at which it was delivered."""
        self.replies: list[RawFrame] = []
        self.is_closed = False
        self._buffer = bytearray()
        self.connect(events)

    def connect(self, events: str = "ALL") -> None:
        """Log in, again after a fault cut us off."""
        self._buffer.clear()
        self.is_closed = False
        self.listener = self.switch.attach(self._hear, self._close)
        self.command("auth ClueCon")
        if events:
            self.command(f"event json {events}")

    def _hear(self, data: bytes) -> None:
        self._buffer += data
        for frame in take_frames(self._buffer):
            if frame.content_type == "text/event-json":
                self.heard.append((self.clock.now() - self.epoch, dict(frame.event)))
            else:
                self.replies.append(frame)

    def _close(self) -> None:
        self.is_closed = True

    def command(self, text: str) -> RawFrame:
        """Send a command that is answered at once."""
        before = len(self.replies)
        self.listener.feed(text.encode() + b"\n\n")
        assert len(self.replies) > before, f"no reply to {text!r}"
        return self.replies[before]

    def api(self, text: str) -> str:
        return self.command(f"api {text}").body.decode()

    def originate(self, uuid: str, number: str, application: str = "&park()", **names: str) -> str:
        """Originate in the background through the gateway `pstn`; returns the reply."""
        named = {"origination_uuid": uuid, "ignore_early_media": "true", **names}
        block = ",".join(f"{name}={value}" for name, value in named.items())
        line = f"bgapi originate {{{block}}}sofia/gateway/pstn/{number} {application}"
        return self.command(line).header("Reply-Text")

    def agent(self, uuid: str, **names: str) -> None:
        """A parked agent leg with the variables that keep it alive, unless others are named."""
        keeps = names or {"park_after_bridge": "true", "uuid_bridge_park_on_cancel": "true"}
        self.originate(uuid, "agent1", **keeps)
        self.advance(0.1)
        assert self.names_of(uuid)[-1] == "CHANNEL_PARK"

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def events(self, name: str, uuid: str = "") -> list[dict[str, Any]]:
        return [
            event
            for _, event in self.heard
            if event["Event-Name"] == name and (not uuid or event.get("Unique-ID") == uuid)
        ]

    def event(self, name: str, uuid: str = "") -> dict[str, Any]:
        """The only event of that name, on that channel if one is given."""
        found = self.events(name, uuid)
        assert len(found) == 1, f"{len(found)} {name} of {uuid or 'anything'}"
        return found[0]

    def heard_at(self, name: str, uuid: str = "") -> float:
        """When the first event of that name was delivered, in virtual seconds since the start."""
        return next(
            at
            for at, event in self.heard
            if event["Event-Name"] == name and (not uuid or event.get("Unique-ID") == uuid)
        )

    def names_of(self, uuid: str) -> list[str]:
        """The names of a channel's events in order, without those only ALL would bring."""
        rare = {"CHANNEL_OUTGOING", "CHANNEL_ORIGINATE", "CHANNEL_EXECUTE"}
        names = [event["Event-Name"] for _, event in self.heard if event.get("Unique-ID") == uuid]
        return [name for name in names if name not in rare]

    def jobs(self) -> list[str]:
        """The bodies of all background jobs, in order."""
        return [event["_body"] for event in self.events("BACKGROUND_JOB")]
