"""One event-socket client as the switch serves it, without a socket (mod_event_socket.c).

Bytes go in by `feed`, frames come out by the `write` callback. Events wait in a queue for the next
20 ms poll unless a command or a lone newline wakes the listener first.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from freeswitch.fake.api import Api
from freeswitch.fake.channels import Headers
from freeswitch.fake.clock import Timer
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.events import Event
from freeswitch.fake.subscription import Subscription

QUEUE_MAX = 100_000
"""Events a client may leave unread before they are lost (`MAX_QUEUE_LEN`, mod_event_socket.c)."""

HEADER_BYTES_MAX = 10_485_760
"""A command's header block never grows beyond this (mod_event_socket.c)."""

REPLY_MAX = 511
"""`command/reply` texts are cut at the buffer the switch builds them in."""

LOG_LEVELS = ("console", "alert", "crit", "err", "warning", "notice", "info", "debug")

_BLANK_LINE = re.compile(rb"\n\r?\n")

_FAREWELL = b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
DISCONNECT_NOTICE = (
    b"Content-Type: text/disconnect-notice\nContent-Length: %d\n\n" % len(_FAREWELL)
) + _FAREWELL
_END = b"The system is being shut down.\n"
SHUTDOWN_NOTICE = (
    b"Content-Type: text/disconnect-notice\nContent-Length: %d\n\n" % len(_END)
) + _END
_REFUSAL = b"Access Denied, go away.\n"
RUDE_REJECTION = (
    b"Content-Type: text/rude-rejection\nContent-Length: %d\n\n" % len(_REFUSAL)
) + _REFUSAL


@dataclass(frozen=True, slots=True)
class Packet:
    """One command as read: its first line, its headers as written, its body."""

    command: str
    headers: tuple[tuple[str, str], ...]
    body: str

    def header(self, name: str) -> str:
        """The value of the header of that lower-case name, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")


class Listener:
    """A client's session: authentication, subscriptions, commands, events."""

    def __init__(
        self, core: SwitchCore, api: Api, write: Callable[[bytes], None], close: Callable[[], None]
    ) -> None:
        self._core = core
        self._api = api
        self._write = write
        self._close = close
        self._buffer = b""
        self._authenticated = False
        self._is_closed = False
        self._logs = False
        self._awaits_api = False
        self._subscription = Subscription()
        self._queue: deque[Event] = deque()
        self._flush: Timer | None = None
        self._last_poll_at = core.now()
        self.is_stalled = False
        """Set by fault injection: events pile up and are not delivered."""

    def open(self) -> None:
        """Greet the client, or turn it away."""
        if not self._core.settings.accept_connections:
            self._write(RUDE_REJECTION + DISCONNECT_NOTICE)
            self.close()
            return
        self._core.sinks.append(self)
        self._write(b"Content-Type: auth/request\n\n")

    def close(self) -> None:
        """End the session; the caller's `close` callback closes what carries it."""
        if self._is_closed:
            return
        self.lost()
        self._close()

    def bid_farewell(self) -> None:
        """The switch goes down in order: the last events, and the notice that it does."""
        self.flush()
        self._write(SHUTDOWN_NOTICE)

    def lost(self) -> None:
        """The connection is gone."""
        self._is_closed = True
        if self in self._core.sinks:
            self._core.sinks.remove(self)
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        self._queue.clear()

    def wants(self, name: str, subclass: str) -> bool:
        """Whether this client subscribed to such events."""
        return self._subscription.wants(name, subclass)

    def deliver(self, event: Event) -> None:
        """Queue an event for the next poll; a full queue loses it, as on the real switch."""
        if not self._subscription.passes_filters(event) or len(self._queue) >= QUEUE_MAX:
            return
        self._queue.append(event)
        if self._flush is None and not self.is_stalled:
            poll = self._core.timings.event_poll_seconds
            waited = (self._core.now() - self._last_poll_at) % poll
            self._flush = self._core.after(poll - waited, self.flush)

    def flush(self) -> None:
        """Write every queued event now, unless half a command or a blocking one is in the way."""
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        busy = self._is_closed or self.is_stalled or self._awaits_api or self._buffer
        if busy or not self._queue:
            return
        encoding = self._subscription.encoding
        frames = [event.frame(encoding) for event in self._queue]
        self._queue.clear()
        self._write(b"".join(frames))

    def feed(self, data: bytes) -> None:
        """Bytes from the client, cut anywhere."""
        self._core.clock.run_due()
        self._buffer += data
        self._work()

    def _work(self) -> None:
        while not (self._is_closed or self._awaits_api):
            self._buffer = self._buffer.lstrip(b"\r\n")
            packet = self._take_packet()
            self._last_poll_at = self._core.now()
            if packet is None:
                break
            self._obey(packet)
        self.flush()

    def _take_packet(self) -> Packet | None:
        """The next whole command, or None when more bytes are needed."""
        end = _BLANK_LINE.search(self._buffer)
        if end is None:
            if len(self._buffer) <= HEADER_BYTES_MAX:
                return None
            head, rest = self._buffer, b""
        else:
            head, rest = self._buffer[: end.start()], self._buffer[end.end() :]
        length = re.search(rb"(?im)^content-length:[ \t]*(\d+)", head)
        size = int(length[1]) if length else 0
        if len(rest) < size:
            return None
        self._buffer = rest[size:]
        lines = head.decode("utf-8", "surrogateescape").split("\n")
        headers = tuple(
            (name.strip(), value.strip())
            for name, colon, value in (line.partition(":") for line in lines[1:])
            if colon
        )
        body = rest[:size].decode("utf-8", "surrogateescape")
        return Packet(lines[0].partition("\r")[0], headers, body)

    def _reply(self, text: str) -> None:
        self._send(f"Content-Type: command/reply\nReply-Text: {text[:REPLY_MAX]}\n\n")

    def _send(self, text: str) -> None:
        if not self._is_closed:
            self._write(text.encode("utf-8", "surrogateescape"))

    def _obey(self, packet: Packet) -> None:
        command = packet.command
        word, _, rest = command.partition(" ")
        word, rest = word.lower(), rest.strip(" ")
        if command.startswith(("exit", "...")):
            self._reply("+OK bye")
            self._write(DISCONNECT_NOTICE)
            self.close()
        elif word in {"auth", "userauth"}:
            self._authenticate(word, rest)
        elif not self._authenticated:
            self._reply("-ERR command not found")
        elif word in {"api", "bgapi"}:
            self._run_api(word, rest, packet)
        else:
            self._obey_other(word, rest, packet)

    def _obey_other(self, word: str, rest: str, packet: Packet) -> None:
        subscription = self._subscription
        match word:
            case "event":
                self._reply(subscription.subscribe(rest))
            case "nixevent":
                self._reply(subscription.unsubscribe(rest))
            case "noevents":
                had = subscription.clear()
                self._queue.clear()
                self._reply(
                    "+OK no longer listening for events" if had else "-ERR not listening for events"
                )
            case "filter":
                self._reply(subscription.filter(rest))
            case "log":
                self._reply(self._log(rest or "debug"))
            case "nolog":
                was_logging, self._logs = self._logs, False
                self._reply("+OK no longer logging" if was_logging else "-ERR not loging")
            case "noop":
                self._reply("+OK")
            case "sendmsg":
                self._reply(self._api.send_message(rest, dict(packet.headers), packet.body))
            case "sendevent":
                self._reply(self._send_event(rest, packet))
            case "linger" | "nolinger" | "resume" | "getvar" | "divert_events":
                self._reply("-ERR not controlling a session")
            case _:
                self._reply("-ERR command not found")

    def _log(self, level: str) -> str:
        """Accepted for form's sake: the fake writes no log lines."""
        if level.lower() not in LOG_LEVELS:
            return "-ERR invalid log level"
        self._logs = True
        return f"+OK log level {level} [{LOG_LEVELS.index(level.lower())}]"

    def _authenticate(self, word: str, rest: str) -> None:
        settings = self._core.settings
        if word == "auth" and rest == settings.password:
            self._authenticated = True
            self._reply("+OK accepted")
            return
        user, _, password = rest.partition(":")
        if word == "userauth" and user in settings.users and settings.users[user] == password:
            self._authenticated = True
            self._send(
                "Content-Type: command/reply\nReply-Text: +OK accepted\n"
                "Allowed-Events: all\nAllowed-API: all\nAllowed-LOG: true\n\n"
            )
            return
        self._reply("-ERR invalid")
        self._write(DISCONNECT_NOTICE)
        self.close()

    def _run_api(self, word: str, text: str, packet: Packet) -> None:
        command, _, argument = text.partition(" ")
        if word == "bgapi":
            job_uuid = packet.header("job-uuid")[:36] or self._core.new_uuid()
            self._send(
                "Content-Type: command/reply\n"
                f"Reply-Text: +OK Job-UUID: {job_uuid}\nJob-UUID: {job_uuid}\n\n"
            )
            self._core.after(
                self._core.timings.job_start_seconds,
                lambda: self._api.run_job(job_uuid, command, argument),
            )
            return
        self._awaits_api = True

        def answer(text: str) -> None:
            payload = (text or "-ERR no reply\n").encode("utf-8", "surrogateescape")
            head = b"Content-Type: api/response\nContent-Length: %d\n\n" % len(payload)
            self._awaits_api = False
            if not self._is_closed:
                self._write(head + payload)
                if late:
                    self._work()

        late = False
        self._api.execute(command, argument, answer)
        late = self._awaits_api

    def _send_event(self, name: str, packet: Packet) -> str:
        uuid = self._core.new_uuid()
        subclass = packet.header("event-subclass")
        # The event is made with its subclass, then takes the headers of the command in their order.
        shown: Headers = {"Event-Subclass": subclass} if subclass else {}
        shown |= {"Command": packet.command, **dict(packet.headers), "Event-UUID": uuid}
        self._core.emit_from_client(
            name.upper() or "CUSTOM", shown, body=packet.body or None, subclass=subclass
        )
        return f"+OK {uuid}"
