"""The client's side of the event socket without any IO: framing, and which reply answers which
command.

FreeSWITCH gives replies no number. One thread serves a connection: it reads a command, carries it
out and answers, in order (mod_event_socket.c, listener_run); events stand between the answers. So
the oldest unanswered command owns the next `command/reply` or `api/response`, and a waiter that
gave up must leave its place behind (`abandon`), or every later answer would go to the wrong
command.
"""

import enum
from collections import deque
from dataclasses import dataclass

from freeswitch.commands import Command
from freeswitch.errors import ConnectionLost, ProtocolError
from freeswitch.framing import BODY_BYTES_MAX, HEADER_BYTES_MAX, FrameReader
from freeswitch.messages import (
    ApiResponse,
    AuthRequest,
    CommandReply,
    DisconnectNotice,
    EventMessage,
    LogMessage,
    RudeRejection,
)

TICKETS_MAX = 4096
"""An answer takes about a millisecond. With thousands outstanding the switch no longer answers, and
each more only makes its recovery longer."""


@enum.unique
class TicketState(enum.StrEnum):
    """Where a command stands."""

    WAITING = "waiting"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    """Nobody waits any more; its answer is still owed and will be dropped."""


class Ticket:
    """The place of one command in the queue of answers. Compared by identity."""

    __slots__ = ("command", "state")

    def __init__(self, command: Command) -> None:
        self.command = command
        self.state = TicketState.WAITING

    def __repr__(self) -> str:
        return f"<Ticket {self.command.shown!r} {self.state}>"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply and the command it answers."""

    ticket: Ticket
    reply: CommandReply | ApiResponse


Incoming = AuthRequest | Answer | EventMessage | LogMessage | DisconnectNotice | RudeRejection


class EslProtocol:
    """One connection, as a client, without its socket."""

    def __init__(
        self, *, header_bytes_max: int = HEADER_BYTES_MAX, body_bytes_max: int = BODY_BYTES_MAX
    ) -> None:
        self._reader = FrameReader(header_bytes_max=header_bytes_max, body_bytes_max=body_bytes_max)
        self._unanswered: deque[Ticket] = deque()

    @property
    def is_closed(self) -> bool:
        """True after a ProtocolError, or `close`."""
        return self._reader.is_closed

    @property
    def pending_bytes(self) -> int:
        """How much of an incomplete frame is held."""
        return self._reader.pending_bytes

    @property
    def unanswered_count(self) -> int:
        """Commands without an answer, abandoned ones too."""
        return len(self._unanswered)

    def send(self, command: Command) -> tuple[bytes, Ticket]:
        """Return the bytes to write, in one piece, and the ticket its answer will carry.

        Raises ConnectionLost when the protocol is closed, or too many commands are unanswered.
        """
        if self.is_closed:
            raise ConnectionLost(f"{command.shown!r} was not sent: the connection is closed")
        if len(self._unanswered) >= TICKETS_MAX:
            raise ConnectionLost(
                f"{command.shown!r} was not sent: {TICKETS_MAX} commands are unanswered; the "
                "switch hangs or is overloaded, look at its console"
            )
        ticket = Ticket(command)
        self._unanswered.append(ticket)
        return command.wire, ticket

    def abandon(self, ticket: Ticket) -> None:
        """Nobody waits for this answer any more: it keeps its place, to be dropped."""
        if ticket.state is TicketState.WAITING:
            ticket.state = TicketState.ABANDONED

    def receive(self, data: bytes | memoryview) -> list[Incoming]:
        """Return what `data` completes, replies paired with their commands.

        Raises ProtocolError once, after which the protocol is closed and ignores everything.
        """
        messages, reason = self._reader.receive(data)
        incoming: list[Incoming] = []
        for message in messages:
            if not isinstance(message, (CommandReply, ApiResponse)):
                incoming.append(message)
            elif not self._unanswered:
                reason = "a reply came that no command asked for"
                self._reader.close()
                break
            else:
                ticket = self._unanswered.popleft()
                if ticket.state is TicketState.WAITING:
                    ticket.state = TicketState.ANSWERED
                    incoming.append(Answer(ticket, message))
        if reason is not None:
            raise ProtocolError(reason, tuple(incoming))
        return incoming

    def close(self) -> list[Ticket]:
        """Close, and return the tickets somebody still waits for, oldest first."""
        self._reader.close()
        waiting = [ticket for ticket in self._unanswered if ticket.state is TicketState.WAITING]
        self._unanswered.clear()
        return waiting
