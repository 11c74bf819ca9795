"""What FreeSWITCH can say on an event socket, one frozen type a kind of frame
(mod_event_socket.c)."""

import enum
from dataclasses import dataclass


@enum.unique
class EventFormat(enum.StrEnum):
    """How the body of an event is written."""

    JSON = "json"
    PLAIN = "plain"
    XML = "xml"


@dataclass(frozen=True, slots=True)
class AuthRequest:
    """`auth/request`: the first thing a switch says to a client its access list lets in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandReply:
    """`command/reply`: the answer to every command but `api`."""

    text: str
    """Reply-Text: `+OK ...` or `-ERR ...`; cut at 511 bytes by the switch."""
    headers: tuple[tuple[str, str], ...] = ()
    """The other headers but Content-Type: `Job-UUID` of bgapi, `Allowed-*` of userauth."""

    @property
    def is_ok(self) -> bool:
        """True when the switch accepted the command (which need not mean that it is carried
        out)."""
        return self.text.startswith("+OK")

    def header(self, name: str) -> str | None:
        """Return the value of a header, or None."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResponse:
    """`api/response`: the answer to `api`."""

    body: bytes

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 become U+FFFD."""
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMessage:
    """`text/event-json`, `-plain` or `-xml`, still undecoded: `freeswitch.events` reads it."""

    format: EventFormat
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMessage:
    """`log/data`: a log line; only comes after the command `log`, which this client never sends."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectNotice:
    """`text/disconnect-notice`: the switch closes, now or after `linger_seconds`."""

    text: str
    controlled_uuid: str | None = None
    """The channel of an outbound socket session; None for a client that connected to the switch."""
    linger_seconds: int | None = None
    """None: now. Otherwise events go on coming for so long (`linger`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RudeRejection:
    """`text/rude-rejection`: the access list does not let us in; the switch closes."""

    text: str


Message = (
    AuthRequest
    | CommandReply
    | ApiResponse
    | EventMessage
    | LogMessage
    | DisconnectNotice
    | RudeRejection
)
