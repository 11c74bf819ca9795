"""Bytes into messages: header lines, an empty line, then exactly Content-Length bytes.

Everything here follows what mod_event_socket.c writes: lines end in LF only, `Content-Length`
counts bytes (strlen), events put it before `Content-Type`, and a frame without it has no body.
Lines are cut before anything is decoded, so that neither a multi-byte character nor an escape can
move a boundary.

The reader holds at most one incomplete frame. It searches each byte for the end of the headers
once, copies each body once, and never looks at a body.
"""

import re

from freeswitch.messages import (
    ApiResponse,
    AuthRequest,
    CommandReply,
    DisconnectNotice,
    EventFormat,
    EventMessage,
    LogMessage,
    Message,
    RudeRejection,
)

HEADER_BYTES_MAX = 65_536
"""The largest header block is that of a reply: mod_event_socket builds it in buffers of 1 to 4 KiB,
except `userauth`, which lists every allowed API; 64 KiB holds thousands of those."""

BODY_BYTES_MAX = 64 * 1024 * 1024
"""Events are 6 to 20 KB. The largest honest body is `show channels as json`, about 1 KB a channel:
this allows 60 000 channels, ten times what one switch carries."""

_EVENT_HEAD = re.compile(
    rb"Content-Length: ([0-9]{1,10})\nContent-Type: text/event-(json|plain|xml)\n\n"
)
"""Nearly all that ever comes, in the one order it is written in."""
_EVENT_FORMATS = {
    b"json": EventFormat.JSON,
    b"plain": EventFormat.PLAIN,
    b"xml": EventFormat.XML,
}
_DIGITS = re.compile(r"[0-9]{1,10}")


class FrameReader:
    """Turns bytes, in any pieces, into messages. Closed for good by the first bad frame."""

    def __init__(
        self, *, header_bytes_max: int = HEADER_BYTES_MAX, body_bytes_max: int = BODY_BYTES_MAX
    ) -> None:
        # The head of an event, 57 bytes at most, is taken whole and not held against the limit.
        assert header_bytes_max >= 64
        self._header_bytes_max = header_bytes_max
        self._body_bytes_max = body_bytes_max
        self._buffer = bytearray()
        self._searched = 0
        self._head: EventFormat | list[tuple[str, str]] | None = None
        self._body_start = 0
        self._frame_end = 0
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """True after a bad frame, or `close`."""
        return self._closed

    @property
    def pending_bytes(self) -> int:
        """How much of an incomplete frame is held; at the end of the stream it should be 0."""
        return len(self._buffer)

    def close(self) -> None:
        """Forget what is held; anything received from now on is ignored."""
        self._closed = True
        self._buffer = bytearray()

    def receive(self, data: bytes | memoryview) -> tuple[list[Message], str | None]:
        """Return the messages completed by `data`, and why the stream is bad if it is.

        A reason is given once; from then on everything is ignored.
        """
        if self._closed:
            return [], None
        self._buffer += data
        messages: list[Message] = []
        offset = 0
        try:
            # A bytearray cannot shrink while a view of it lives.
            with memoryview(self._buffer) as view:
                while self._head is not None or self._read_head(offset):
                    if len(view) < self._frame_end:
                        break
                    messages.append(self._message(view[self._body_start : self._frame_end]))
                    self._searched = offset = self._frame_end
        except _BadFrame as bad:
            self.close()
            return messages, str(bad)
        if offset:
            del self._buffer[:offset]
            self._searched -= offset
            self._body_start -= offset
            self._frame_end -= offset
        return messages, None

    def _read_head(self, offset: int) -> bool:
        """Read the headers of the frame starting at `offset`; False when they are not all here."""
        event = _EVENT_HEAD.match(self._buffer, offset)
        if event is not None:
            self._head = _EVENT_FORMATS[event[2]]
            self._body_start = event.end()
            self._frame_end = self._body_start + self._allowed(int(event[1]))
            return True
        end = self._buffer.find(b"\n\n", self._searched)
        length = (len(self._buffer) if end < 0 else end) - offset
        if length > self._header_bytes_max:
            raise _BadFrame(f"a frame's headers are longer than {self._header_bytes_max} bytes")
        if end < 0:
            # The last byte may be the first half of the empty line.
            self._searched = max(offset, len(self._buffer) - 1)
            return False
        self._head = _header_lines(bytes(self._buffer[offset:end]))
        self._body_start = end + 2
        self._frame_end = self._body_start + self._allowed(_content_length(self._head))
        return True

    def _allowed(self, length: int) -> int:
        if length > self._body_bytes_max:
            raise _BadFrame(
                f"a frame announces {length} bytes, more than the {self._body_bytes_max} allowed"
            )
        return length

    def _message(self, body: memoryview) -> Message:
        head, self._head = self._head, None
        raw = body.tobytes()
        body.release()
        if isinstance(head, EventFormat):
            return EventMessage(format=head, body=raw)
        assert head is not None
        return _other_message(head, raw)


class _BadFrame(Exception):  # noqa: N818 - private signal, turned into a reason by `receive`
    pass


def _header_lines(block: bytes) -> list[tuple[str, str]]:
    """Split header lines. Nothing is unquoted: only inside events are values URL-encoded."""
    lines = []
    for line in block.decode("utf-8", "replace").split("\n"):
        name, colon, value = line.partition(":")
        if not colon or not name:
            raise _BadFrame(f"a header line is no 'Name: value': {line[:80]!r}")
        lines.append((name, value.removeprefix(" ")))
    return lines


def _content_length(headers: list[tuple[str, str]]) -> int:
    stated = [value for name, value in headers if name == "Content-Length"]
    if not stated:
        return 0
    if len(stated) > 1 or not _DIGITS.fullmatch(stated[0]):
        raise _BadFrame(f"a frame states the Content-Length {', '.join(stated)[:80]!r}")
    return int(stated[0])


def _other_message(headers: list[tuple[str, str]], body: bytes) -> Message:
    first = dict(reversed(headers))
    others = tuple(pair for pair in headers if pair[0] not in ("Content-Type", "Content-Length"))
    match first.get("Content-Type"):
        case "command/reply":
            text = first.get("Reply-Text", "")
            return CommandReply(
                text=text, headers=tuple(pair for pair in others if pair[0] != "Reply-Text")
            )
        case "api/response":
            return ApiResponse(body=body)
        case "auth/request":
            return AuthRequest()
        case "log/data":
            return LogMessage(headers=others, body=body)
        case "text/event-json" | "text/event-plain" | "text/event-xml" as kind:
            # Not in the order mod_event_socket.c writes, but no less an event for that.
            event_format = EventFormat(kind.removeprefix("text/event-"))
            return EventMessage(format=event_format, body=body)
        case "text/disconnect-notice":
            return _disconnect_notice(first, body)
        case "text/rude-rejection":
            return RudeRejection(text=body.decode("utf-8", "replace"))
        case kind:
            raise _BadFrame(f"a frame has the unknown Content-Type {str(kind)[:80]!r}")


def _disconnect_notice(first: dict[str, str], body: bytes) -> DisconnectNotice:
    linger_seconds = None
    if first.get("Content-Disposition") == "linger":
        stated = first.get("Linger-Time", "0")
        linger_seconds = int(stated) if _DIGITS.fullmatch(stated) else 0
    return DisconnectNotice(
        text=body.decode("utf-8", "replace"),
        controlled_uuid=first.get("Controlled-Session-UUID"),
        linger_seconds=linger_seconds,
    )
