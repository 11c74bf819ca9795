"""A telephone of a few lines: registers over UDP with a digest (RFC 3261, 22), answers its calls.

It sends and hears no sound; it is there to be let in, or not, and to be called.
"""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self, cast

ANSWER_SECONDS = 10.0
"""A switch on this machine answers in milliseconds."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer, its headers by their lower-case names."""

    start: str
    headers: dict[str, list[str]]

    @classmethod
    def read(cls, data: bytes) -> Self:
        """From a datagram."""
        head = data.decode("utf-8", "replace").split("\r\n\r\n", 1)[0]
        start, *lines = head.split("\r\n")
        headers: dict[str, list[str]] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), []).append(value.strip())
        return cls(start, headers)

    @property
    def status(self) -> int:
        """Of an answer; 0 for a request."""
        return int(self.start.split(" ")[1]) if self.start.startswith("SIP/2.0") else 0


@dataclass
class SipPhone(asyncio.DatagramProtocol):
    """One telephone on 127.0.0.1."""

    user: str
    domain: str
    password: str
    server_port: int
    answers: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    invites: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    _transport: asyncio.DatagramTransport | None = None
    _gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        make: Callable[[], Self] = lambda: self  # noqa: E731
        await loop.create_datagram_endpoint(make, local_addr=("127.0.0.1", 0))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._transport is not None
        self._transport.close()
        await self._gone.wait()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._gone.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Up to 3.11 the loop's own transport is not registered as the kind it is.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = Message.read(data)
        if message.status:
            self.answers.put_nowait(message)
        elif message.start.startswith("INVITE"):
            self.invites.put_nowait(message)
            self._reply(message, "200 OK", addr, sdp=True)
        elif not message.start.startswith("ACK"):
            self._reply(message, "200 OK", addr)

    async def register(self) -> int:
        """Register; the status of the last answer, 200 when we were let in."""
        call_id = secrets.token_hex(8)
        first = await self._ask(call_id, 1, None)
        if first.status != 401:
            return first.status
        return (await self._ask(call_id, 2, first.headers["www-authenticate"][0])).status

    @property
    def port(self) -> int:
        """Ours."""
        assert self._transport is not None
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    async def _ask(self, call_id: str, sequence: int, challenge: str | None) -> Message:
        uri = f"sip:{self.domain}"
        who = f"<sip:{self.user}@{self.domain}>"
        lines = [
            f"REGISTER {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{secrets.token_hex(6)};rport",
            "Max-Forwards: 70",
            f"From: {who};tag={call_id}",
            f"To: {who}",
            f"Call-ID: {call_id}",
            f"CSeq: {sequence} REGISTER",
            f"Contact: <sip:{self.user}@127.0.0.1:{self.port}>",
            "Expires: 300",
        ]
        if challenge is not None:
            lines.append(f"Authorization: {self._authorization(challenge, uri)}")
        self._send([*lines, "Content-Length: 0", "", ""], ("127.0.0.1", self.server_port))
        async with asyncio.timeout(ANSWER_SECONDS):
            while (answer := await self.answers.get()).status == 100:
                pass
            return answer

    def _authorization(self, challenge: str, uri: str) -> str:
        said = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge.removeprefix("Digest ")))
        realm, nonce, client = said["realm"], said["nonce"], secrets.token_hex(4)
        ours = _md5(f"{self.user}:{realm}:{self.password}")
        response = _md5(f"{ours}:{nonce}:00000001:{client}:auth:{_md5(f'REGISTER:{uri}')}")
        return (
            f'Digest username="{self.user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
            f'qop=auth, nc=00000001, cnonce="{client}", response="{response}", algorithm=MD5'
        )

    def _reply(
        self, request: Message, status: str, to: tuple[str, int], *, sdp: bool = False
    ) -> None:
        copied = [
            f"{name.title()}: {value}"
            for name in ("via", "from", "call-id", "cseq", "record-route")
            for value in request.headers.get(name, [])
        ]
        body = ""
        extra = ["Content-Length: 0"]
        if sdp:
            body = (
                "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                "m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
                "a=rtpmap:101 telephone-event/8000\r\n"
            )
            extra = ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
        to_header = request.headers["to"][0]
        tag = "" if "tag=" in to_header else ";tag=phone"
        self._send(
            [
                f"SIP/2.0 {status}", *copied, f"To: {to_header}{tag}",
                f"Contact: <sip:{self.user}@127.0.0.1:{self.port}>", *extra, "", body,
            ],
            to,
        )  # fmt: skip

    def _send(self, lines: list[str], to: tuple[str, int]) -> None:
        assert self._transport is not None
        self._transport.sendto("\r\n".join(lines).encode(), to)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
