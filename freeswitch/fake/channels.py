"""One channel of the fake switch: its states, variables, times and profile, and how they show in
events.

Header order follows `switch_channel_event_set_basic_data` and
`switch_caller_profile_event_set_data` (switch_channel.c, switch_caller.c): clients read these by
name, yet tests of clients compare bytes.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from freeswitch.fake.clock import Callback, Timer
from freeswitch.fake.network import Behaviour

Headers = dict[str, str | list[str]]


class State(IntEnum):
    """`switch_channel_state_t`. Channel-State names the running one, its number the next."""

    CS_NEW = 0
    CS_INIT = 1
    CS_ROUTING = 2
    CS_SOFT_EXECUTE = 3
    CS_EXECUTE = 4
    CS_EXCHANGE_MEDIA = 5
    CS_PARK = 6
    CS_CONSUME_MEDIA = 7
    CS_HIBERNATE = 8
    CS_RESET = 9
    CS_HANGUP = 10
    CS_REPORTING = 11
    CS_DESTROY = 12
    CS_NONE = 13


class Activity(Protocol):
    """What a channel's thread is doing: parked, playing, bridged, listening in."""

    def leave(self) -> None:
        """Say what the thread says when it stops doing this."""


@dataclass(slots=True, kw_only=True)
class Times:
    """Instants of a channel in virtual Unix seconds; 0 is never."""

    created: float
    profile: float
    answered: float = 0.0
    progress: float = 0.0
    progress_media: float = 0.0
    hangup: float = 0.0
    bridged: float = 0.0


@dataclass(slots=True, kw_only=True)
class Caller:
    """The caller profile: who is shown to whom."""

    name: str
    number: str
    original_number: str
    callee_name: str
    callee_number: str
    destination: str
    network_address: str = ""
    logical_direction: str = "outbound"
    dialplan: str = ""
    redirected_from: str = ""
    transfer_source: str = ""
    index: int = 1


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel. `is_down` once hung up, `is_destroyed` once no command can find it."""

    uuid: str
    name: str
    variables: Headers
    caller: Caller
    times: Times
    far_end: Behaviour
    gateway: str = ""
    running: State = State.CS_INIT
    state: State = State.CS_ROUTING
    call_state: str = "DOWN"
    answer_state: str = "ringing"
    cause: str = ""
    hit_dialplan: bool = False
    has_media: bool = False
    reads_linear: bool = False
    """An eavesdropper reads L16 instead of the wire's codec."""
    remote_hangup: bool = False
    refused: bool = False
    is_destroyed: bool = False
    is_bare: bool = False
    """Never got as far as an endpoint: only basic headers are shown."""
    call_uuid: str = ""
    other_leg: Headers = field(default_factory=dict)
    activity: Activity | None = None
    aside: Activity | None = None
    """An application that runs beside the activity, as sent by `sendmsg` or `uuid_broadcast`."""
    next_step: Callback | None = None
    tick: Timer | None = None
    timers: list[Timer] = field(default_factory=list)
    watchers: list[Callback] = field(default_factory=list)
    """Called once each when the channel is answered or hangs up."""
    recordings: dict[str, float] = field(default_factory=dict)
    masks: dict[str, list[tuple[float, float | None]]] = field(default_factory=dict)
    """Where each recording is silent, by `uuid_record mask`."""
    digits: str = ""
    holding: bool = False
    is_inbound: bool = False
    """The far end called us."""
    answered_by: Callback | None = None
    """Of a call from outside: what its far end does once we have answered."""
    beeps: Timer | None = None
    """The beep detector listens: the beep it will hear."""
    last_application: tuple[str, str] = ("", "")

    @property
    def direction(self) -> str:
        """Who called whom, in FreeSWITCH's words."""
        return "inbound" if self.is_inbound else "outbound"

    @property
    def is_down(self) -> bool:
        """Whether the channel has hung up."""
        return bool(self.cause)

    @property
    def is_parked_state(self) -> bool:
        """Whether the channel is in CS_PARK and on its way to no other state."""
        parked = State.CS_PARK
        return self.running is parked and self.state is parked and self.next_step is None

    @property
    def is_answered(self) -> bool:
        """Whether the far end answered and the channel still stands."""
        return self.answer_state == "answered"

    def variable(self, name: str) -> str:
        """The variable's text, or nothing when unset."""
        value = self.variables.get(name, "")
        return value if isinstance(value, str) else value[-1]

    def set(self, name: str, value: str) -> None:
        """Set a variable; it moves to the end, as the switch deletes and appends."""
        self.variables.pop(name, None)
        self.variables[name] = value

    def is_true(self, name: str) -> bool:
        """Whether the variable is set to one of FreeSWITCH's words for true (`switch_true`)."""
        return self.variable(name).lower() in {
            "true",
            "yes",
            "on",
            "enable",
            "enabled",
            "active",
            "1",
        }

    def notify_watchers(self) -> None:
        """Tell everyone who waits for an answer or an end, once."""
        watchers, self.watchers = self.watchers, []
        for watcher in watchers:
            watcher()

    def basic_headers(self) -> Headers:
        """The headers about the channel itself, in order."""
        headers: Headers = {
            "Channel-State": self.running.name,
            "Channel-Call-State": self.call_state,
            "Channel-State-Number": str(int(self.state)),
            "Channel-Name": self.name,
            "Unique-ID": self.uuid,
            "Call-Direction": self.direction,
            "Presence-Call-Direction": self.direction,
            "Channel-HIT-Dialplan": "true" if self.hit_dialplan else "false",
        }
        if presence := self.variables.get("presence_data"):
            headers["Channel-Presence-Data"] = presence
        headers["Channel-Call-UUID"] = self.call_uuid or self.uuid
        headers["Answer-State"] = self.answer_state
        if self.cause:
            headers["Hangup-Cause"] = self.cause
        if self.has_media:
            headers.update(_CODEC_HEADERS)
            if self.reads_linear:
                headers["Channel-Read-Codec-Name"] = "L16"
                headers["Channel-Read-Codec-Bit-Rate"] = "128000"
        if not self.is_bare:
            headers.update(caller_headers(self, "Caller"))
            headers.update(self.other_leg)
        return headers

    def variable_headers(self) -> Headers:
        """Every channel variable as an event header."""
        return {f"variable_{name}": value for name, value in self.variables.items()}


_CODEC_HEADERS = {
    "Channel-Read-Codec-Name": "PCMU",
    "Channel-Read-Codec-Rate": "8000",
    "Channel-Read-Codec-Bit-Rate": "64000",
    "Channel-Write-Codec-Name": "PCMU",
    "Channel-Write-Codec-Rate": "8000",
    "Channel-Write-Codec-Bit-Rate": "64000",
}


def micros(instant: float) -> str:
    """An instant as FreeSWITCH writes it: whole microseconds, 0 for never."""
    return str(round(instant * 1_000_000))


def caller_headers(channel: Channel, prefix: str) -> Headers:
    """The caller profile under a prefix, `Caller` or `Other-Leg`; empty fields are left out."""
    caller, times = channel.caller, channel.times
    fields: Headers = {
        "Direction": channel.direction,
        "Logical-Direction": caller.logical_direction,
        "Dialplan": caller.dialplan,
        "Caller-ID-Name": caller.name,
        "Caller-ID-Number": caller.number,
        "Orig-Caller-ID-Number": caller.original_number,
        "Callee-ID-Name": caller.callee_name,
        "Callee-ID-Number": caller.callee_number,
        "Network-Addr": caller.network_address,
        "ANI": caller.original_number,
        "Destination-Number": caller.destination,
        "Unique-ID": channel.uuid,
        "Source": "src/switch_ivr_originate.c",
        "Transfer-Source": caller.transfer_source,
        "Context": "default",
        "RDNIS": caller.redirected_from,
        "Channel-Name": channel.name,
        "Profile-Index": str(caller.index),
        "Profile-Created-Time": micros(times.profile),
        "Channel-Created-Time": micros(times.created),
        "Channel-Answered-Time": micros(times.answered),
        "Channel-Progress-Time": micros(times.progress),
        "Channel-Progress-Media-Time": micros(times.progress_media),
        "Channel-Hangup-Time": micros(times.hangup),
        "Channel-Transfer-Time": "0",
        "Channel-Resurrect-Time": "0",
        "Channel-Bridged-Time": micros(times.bridged),
        "Channel-Last-Hold": "0",
        "Channel-Hold-Accum": "0",
        "Screen-Bit": "true",
        "Privacy-Hide-Name": "false",
        "Privacy-Hide-Number": "false",
    }
    return {f"{prefix}-{name}": value for name, value in fields.items() if value}


def other_leg_headers(peer: Channel, role: str, *, with_times: bool) -> Headers:
    """The far leg of a bridge as this leg's events show it; `role` is what the far leg is."""
    fields = caller_headers(peer, "Other-Leg")
    for name in ("Dialplan", "Transfer-Source", "Profile-Index", "RDNIS"):
        fields.pop(f"Other-Leg-{name}", None)
    fields["Other-Leg-Logical-Direction"] = "inbound"
    if not with_times:
        fields.update({name: "0" for name in fields if name.endswith("-Time")})
    return {"Other-Type": role, **fields}
