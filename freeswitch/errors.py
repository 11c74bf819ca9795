"""What can go wrong between us and FreeSWITCH.

FreeSwitchError               anything below; its text says what happened, with what, what to do
├── UnsafeValue               a value that may not stand in a command; nothing was sent
├── ProtocolError             the other side does not speak the event socket protocol; it is over
├── MalformedEvent            a well-framed event whose body cannot be read; the connection goes on
├── ConnectFailed             there is no connection yet
│   ├── AccessDenied          the switch's access list refuses our address
│   └── AuthenticationFailed  the switch refuses our password
├── ConnectionLost            there was a connection; the command's fate is unknown
├── CommandRefused            the switch answered -ERR
└── ReplyTimedOut             the switch did not answer in time; the command's fate is unknown
"""

from typing import Any


class FreeSwitchError(Exception):
    """Anything that can go wrong between us and FreeSWITCH."""


class UnsafeValue(FreeSwitchError, ValueError):  # noqa: N818 - it is the value that is named
    """A value that may not stand in a command line; nothing was sent."""

    def __init__(self, field: str, value: object, expected: str) -> None:
        shown = repr(value)
        if len(shown) > 80:
            shown = f"{shown[:77]}..."
        super().__init__(f"{field} {shown} may not go to FreeSWITCH: expected {expected}")
        self.field = field
        self.value = value
        self.expected = expected


class ProtocolError(FreeSwitchError):
    """Bytes that no event socket sends. Raised once; the protocol that raised it is closed."""

    def __init__(self, reason: str, complete: tuple[Any, ...] = ()) -> None:
        super().__init__(
            f"{reason}; check that this host and port are the event socket of a FreeSWITCH "
            "(mod_event_socket)"
        )
        self.reason = reason
        self.complete = complete
        """What was complete before the bad bytes."""


class MalformedEvent(FreeSwitchError):  # noqa: N818 - it is the event that is named
    """A well-framed event whose body cannot be read."""


class ConnectFailed(FreeSwitchError):  # noqa: N818 - reads as a sentence
    """No connection could be made."""


class AccessDenied(ConnectFailed):
    """The switch's access list refuses our address (`text/rude-rejection`)."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"FreeSWITCH at {host}:{port} refuses our address; add it to every list named by "
            "apply-inbound-acl in event_socket.conf.xml and reload mod_event_socket"
        )


class AuthenticationFailed(ConnectFailed):
    """The switch refuses our password, or our user."""

    def __init__(self, host: str, port: int, user: str | None, reply: str) -> None:
        who = f"user {user}" if user else "the password"
        mend = (
            "set the same esl-password in that user's directory entry and in our settings"
            if user
            else "set the password of event_socket.conf.xml in our settings"
        )
        super().__init__(f"FreeSWITCH at {host}:{port} refused {who} ({reply!r}); {mend}")


class ConnectionLost(FreeSwitchError):  # noqa: N818 - reads as a sentence
    """The connection is gone. Whether a command in flight was carried out is unknown."""


class CommandRefused(FreeSwitchError):  # noqa: N818 - reads as a sentence
    """The switch answered -ERR; `reply` is its text."""

    def __init__(self, command: str, reply: str) -> None:
        super().__init__(f"FreeSWITCH refused {command!r}: {reply}")
        self.command = command
        self.reply = reply


class ReplyTimedOut(FreeSwitchError):  # noqa: N818 - reads as a sentence
    """The switch did not answer in time. Whether it carried the command out is unknown."""
