"""The heart of the fake switch: its channels, its identity, its limits, and where events go."""

import random
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from freeswitch.fake.channels import Channel, Headers
from freeswitch.fake.clock import Clock, Timer
from freeswitch.fake.events import Event, Identity, common_headers
from freeswitch.fake.network import Network
from freeswitch.fake.settings import SwitchSettings
from freeswitch.fake.sound_files import FRAME_BYTES, Masks, frames_between, write_call

BARE_EVENTS = frozenset(
    {"CHANNEL_STATE", "CHANNEL_CALLSTATE", "CHANNEL_OUTGOING", "CHANNEL_ORIGINATE", "DTMF", "CODEC"}
)
"""Channel events without the channel's variables (switch_channel.c sends basic data only)."""

PUBLISHED_EVENTS = frozenset(
    {"CHANNEL_CREATE", "CHANNEL_ORIGINATE", "CHANNEL_ANSWER", "CHANNEL_EXECUTE", "CHANNEL_BRIDGE",
     "CHANNEL_UNBRIDGE", "CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA", "CHANNEL_PARK"}
)  # fmt: skip
"""Events after which the `show` database is brought up to date."""


class EventSink(Protocol):
    """A connected client, as the switch sees it."""

    def wants(self, name: str, subclass: str) -> bool:
        """Whether the client subscribed to this kind of event."""

    def deliver(self, event: Event) -> None:
        """Queue the event for the client."""


class SwitchCore:
    """State shared by all parts of one fake switch. No sockets; time only from the clock."""

    def __init__(
        self, *, clock: Clock, network: Network, settings: SwitchSettings, seed: int = 1
    ) -> None:
        self.clock = clock
        self.network = network
        self.settings = settings
        self.timings = settings.timings
        self._random = random.Random(seed)  # noqa: S311 - ids that repeat with the seed are wanted
        self.identity = Identity(core_uuid=self.new_uuid(), hostname=settings.hostname)
        self.started_at = clock.now()
        self.channels: dict[str, Channel] = {}
        self.sinks: list[EventSink] = []
        self.gateways = dict(settings.gateways)
        self.max_sessions = settings.max_sessions
        self.sessions_per_second = settings.sessions_per_second
        self.paused = False
        self.refuses_originate = False
        self.sessions_since_startup = 0
        self.session_peak = 0
        self.sps_peak = 0
        self.calls_out: dict[str, int] = dict.fromkeys(self.gateways, 0)
        self.failed_calls_out: dict[str, int] = dict.fromkeys(self.gateways, 0)
        self.publish: Callable[[Channel, str], None] = _publish_nowhere
        self.aside: Callable[[Callable[[], None]], None] = _at_once
        """Do what takes long, such as writing a file, without holding up the clock."""
        self.on_shutdown: Callable[[], None] = _do_nothing
        """Tell every client that it is over, and close it."""
        self.on_exit: Callable[[], None] = _do_nothing
        """Close every client without a word, as `fsctl shutdown now` does."""
        self._recorded_bytes = 0
        self._second = 0
        self._created_this_second = 0
        self.sps_last = 0

    def now(self) -> float:
        """The present virtual instant."""
        return self.clock.now()

    def after(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Run the callback so many virtual seconds from now."""
        return self.clock.call_at(self.clock.now() + seconds, callback)

    def new_uuid(self) -> str:
        """A fresh id, from the seed."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def take_session(self, uuid_wanted: str, *, unlimited: bool) -> bool:
        """Count a new session in, or refuse it (`switch_core_session_request_uuid`).

        Refused: an id that lives already, a paused switch, `max-sessions`, and the last token of
        the second, so that a limit of N admits N-1 (switch_core_session.c).
        """
        if self.paused or self.refuses_originate or uuid_wanted in self.channels:
            return False
        second = int(self.now())
        if second != self._second:
            self.sps_last = self._created_this_second if second == self._second + 1 else 0
            self._second, self._created_this_second = second, 0
        if not unlimited:
            if len(self.channels) >= self.max_sessions:
                return False
            self._created_this_second += 1
            if self._created_this_second >= self.sessions_per_second:
                return False
        else:
            self._created_this_second += 1
        self.sessions_since_startup += 1
        self.sps_peak = max(self.sps_peak, self._created_this_second)
        return True

    def write_recording(self, path: str, started_at: float, masks: Masks) -> None:
        """Write the file of a recording that ends now, where the settings give it a place."""
        folder = self.settings.recordings_folder
        if folder is None or self._recorded_bytes >= self.settings.recordings_bytes_max:
            return
        ended_at = self.now()
        self._recorded_bytes += FRAME_BYTES * frames_between(started_at, ended_at)
        self.aside(
            partial(
                write_call,
                Path(path),
                started_at=started_at,
                ended_at=ended_at,
                masks=tuple(masks),
                folder=folder,
            )
        )

    @property
    def sessions_this_second(self) -> int:
        """Sessions counted in during the present virtual second."""
        return self._created_this_second if int(self.now()) == self._second else 0

    def find(self, channel_uuid: str) -> Channel | None:
        """The live channel of that id, hung up or not, until it is destroyed."""
        return self.channels.get(channel_uuid)

    def emit(
        self, name: str, *blocks: Headers, body: str | None = None, subclass: str = ""
    ) -> None:
        """Send an event that belongs to no channel to whoever wants it."""
        wanting = [sink for sink in self.sinks if sink.wants(name, subclass)]
        if not wanting:
            self.identity.sequence += 1
            return
        head = common_headers(self.identity, name, self.now())
        if subclass:
            head = {"Event-Subclass": subclass, **head}
        self._deliver(
            wanting, Event(name=name, blocks=(head, *blocks), body=body, subclass=subclass)
        )

    def emit_from_client(
        self, name: str, headers: Headers, *, body: str | None, subclass: str
    ) -> None:
        """Send a client's own event; its headers come before the switch's (`sendevent`)."""
        wanting = [sink for sink in self.sinks if sink.wants(name, subclass)]
        head = common_headers(
            self.identity, name, self.now(), ("mod_event_socket.c", "parse_command", 2284)
        )
        self._deliver(
            wanting, Event(name=name, blocks=(headers, head), body=body, subclass=subclass)
        )

    def emit_channel(
        self,
        name: str,
        channel: Channel,
        *,
        before: Headers | None = None,
        after: Headers | None = None,
    ) -> None:
        """Send a channel's event; `before` and `after` go around the channel's own headers."""
        if name in PUBLISHED_EVENTS:
            self.publish(channel, name)
        wanting = [sink for sink in self.sinks if sink.wants(name, "")]
        if not wanting:
            self.identity.sequence += 1
            return
        variables = {} if name in BARE_EVENTS else channel.variable_headers()
        head = common_headers(self.identity, name, self.now())
        blocks = (head, before or {}, {**channel.basic_headers(), **variables}, after or {})
        self._deliver(wanting, Event(name=name, blocks=blocks))

    def _deliver(self, wanting: list[EventSink], event: Event) -> None:
        for sink in wanting:
            sink.deliver(event)


def _publish_nowhere(channel: Channel, event_name: str) -> None:
    del channel, event_name


def _do_nothing() -> None:
    return


def _at_once(work: Callable[[], None]) -> None:
    work()
