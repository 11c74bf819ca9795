"""What the switch reports, read from the bytes of its events.

An event is about 7 KB and a hundred headers, of which the dialer reads twenty. So the JSON is
decoded straight into a struct with those fields: the others are skipped without being built. Which
struct depends on the family of the event; `read_event` looks at the name, which the switch always
writes first (switch_event.c, switch_event_prep_for_delivery).

Nothing a far end can put into a header makes an event unreadable: bytes that are not UTF-8 become
U+FFFD, array variables are joined, a number that is none is left out; of doubled keys
(CHANNEL_HANGUP_ COMPLETE carries Hangup-Cause twice) the last counts.
"""

import enum
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec

from freeswitch.errors import MalformedEvent
from freeswitch.messages import EventFormat, EventMessage
from freeswitch.plain_events import parse_plain_event


@enum.unique
class Greeting(enum.StrEnum):
    """What `originate.Screening` heard after the answer."""

    PERSON = "person"
    MACHINE = "machine"
    SILENCE = "silence"


class SwitchEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Any event. Of a family without a struct of its own (SHUTDOWN, MODULE_LOAD) this is all."""

    name: str = msgspec.field(name="Event-Name")
    """Event-Name, as CHANNEL_ANSWER."""
    core_uuid: str | None = msgspec.field(default=None, name="Core-UUID")
    """Which run of the switch: another one after a restart, and then every channel is gone."""
    timestamp_us: int | None = msgspec.field(default=None, name="Event-Date-Timestamp")
    """Microseconds since 1970 by the switch's clock, in steps of 20 ms."""

    @property
    def occurred_at(self) -> float | None:
        """Unix seconds by the switch's clock."""
        return None if self.timestamp_us is None else self.timestamp_us / 1e6


class ChannelEvent(SwitchEvent, frozen=True, kw_only=True, gc=False):
    """An event of one channel: CHANNEL_*, DTMF, RECORD_*, PLAYBACK_*."""

    unique_id: str | None = msgspec.field(default=None, name="Unique-ID")
    answer_state: str | None = msgspec.field(default=None, name="Answer-State")
    """ringing, early, answered or hangup."""
    hangup_cause: str | None = msgspec.field(default=None, name="Hangup-Cause")
    bridge_a: str | None = msgspec.field(default=None, name="Bridge-A-Unique-ID")
    bridge_b: str | None = msgspec.field(default=None, name="Bridge-B-Unique-ID")
    application: str | None = msgspec.field(default=None, name="Application")
    dtmf_digit: str | None = msgspec.field(default=None, name="DTMF-Digit")

    @property
    def is_answered(self) -> bool:
        """True between 200 OK and the hang-up; a parked leg need not be answered."""
        return self.answer_state == "answered"


class ChannelDetails(ChannelEvent, frozen=True, kw_only=True, gc=False):
    """A channel event with the variables the dialer reads.

    `read_event` makes it of CHANNEL_PARK, CHANNEL_EXECUTE_COMPLETE, CHANNEL_HANGUP_COMPLETE and
    RECORD_STOP; `read_details` of any channel event. Each variable looked for costs time on every
    header of every event, so the others go without.
    """

    application_uuid: str | None = msgspec.field(default=None, name="Application-UUID")
    channel_state: str | None = msgspec.field(default=None, name="Channel-State")
    record_path: str | None = msgspec.field(default=None, name="Record-File-Path")
    dialer_id: str | None = msgspec.field(default=None, name="variable_dialer_id")
    dialer_call: str | None = msgspec.field(default=None, name="variable_dialer_call")
    dialer_agent: str | None = msgspec.field(default=None, name="variable_dialer_agent")
    park_timeout: str | None = msgspec.field(default=None, name="variable_park_timeout")
    """On an agent's leg a reason to `uuid_park` it again: it would be hung up when that is over."""
    detect_audio_timeout: str | None = msgspec.field(
        default=None, name="variable_detect_audio_timeout"
    )
    detect_silence_timeout: str | None = msgspec.field(
        default=None, name="variable_detect_silence_timeout"
    )
    opt_out: str | None = msgspec.field(default=None, name="variable_opt_out")
    """The key pressed during `prompts.wait_for_key`."""
    dialer_question: str | None = msgspec.field(default=None, name="variable_dialer_question")
    """In the CHANNEL_PARK after `prompts.ask`: the question whose time is over."""
    dialer_inbound: str | None = msgspec.field(default=None, name="variable_dialer_inbound")
    """`true` where our own dialplan took a call from a trunk."""
    caller_number: str | None = msgspec.field(default=None, name="Caller-Caller-ID-Number")
    """What the caller's side says of itself: nothing to be trusted."""
    called_number: str | None = msgspec.field(default=None, name="Caller-Destination-Number")
    sip_status: str | None = msgspec.field(default=None, name="variable_sip_term_status")
    """The SIP status that ended it, as 486."""
    hangup_disposition: str | None = msgspec.field(
        default=None, name="variable_sip_hangup_disposition"
    )
    """recv_refuse, send_cancel, send_bye, recv_bye: who ended it, and how."""
    record_ms: int | None = msgspec.field(default=None, name="variable_record_ms")

    @property
    def greeting(self) -> Greeting | None:
        """The verdict of `originate.Screening`, as in the CHANNEL_PARK that follows it."""
        if self.detect_audio_timeout is None or self.detect_silence_timeout is None:
            return None
        if self.detect_audio_timeout == "true":
            return Greeting.SILENCE
        return Greeting.MACHINE if self.detect_silence_timeout == "true" else Greeting.PERSON


class JobEvent(SwitchEvent, frozen=True, kw_only=True, gc=False):
    """BACKGROUND_JOB: a `bgapi` is through. Sent to every client, so jobs of others come too."""

    job_uuid: str | None = msgspec.field(default=None, name="Job-UUID")
    body: str | None = msgspec.field(default=None, name="_body")
    """What the API call answered: `+OK <uuid>`, `-ERR <CAUSE>`, `-USAGE: ...`."""


class HeartbeatEvent(SwitchEvent, frozen=True, kw_only=True, gc=False):
    """HEARTBEAT: how the switch is, every `event-heartbeat-interval` seconds (default 20)."""

    session_count: int | None = msgspec.field(default=None, name="Session-Count")
    sessions_max: int | None = msgspec.field(default=None, name="Max-Sessions")
    sessions_per_second_left: int | None = msgspec.field(default=None, name="Session-Per-Sec")
    """How many more channels this second, not a rate (switch_core.c, send_heartbeat)."""
    sessions_per_second_last: int | None = msgspec.field(default=None, name="Session-Per-Sec-Last")
    sessions_per_second_max: int | None = msgspec.field(default=None, name="Session-Per-Sec-Max")
    idle_cpu_percent: float | None = msgspec.field(default=None, name="Idle-CPU")


class CustomEvent(SwitchEvent, frozen=True, kw_only=True, gc=False):
    """CUSTOM: gateways and telephones coming and going, and our own ping."""

    subclass: str | None = msgspec.field(default=None, name="Event-Subclass")
    unique_id: str | None = msgspec.field(default=None, name="Unique-ID")
    """Of events about one channel, such as avmd::beep."""
    gateway: str | None = msgspec.field(default=None, name="Gateway")
    state: str | None = msgspec.field(default=None, name="State")
    """Of a gateway's registration: REGED, NOREG, FAIL_WAIT ..."""
    ping_status: str | None = msgspec.field(default=None, name="Ping-Status")
    """Of a gateway: UP or DOWN."""
    from_user: str | None = msgspec.field(default=None, name="from-user")
    from_host: str | None = msgspec.field(default=None, name="from-host")
    dialer_id: str | None = msgspec.field(default=None, name="Dialer-ID")
    ping_sequence: int | None = msgspec.field(default=None, name="Ping-Sequence")


AnyEvent = ChannelDetails | ChannelEvent | JobEvent | HeartbeatEvent | CustomEvent | SwitchEvent

_EVENT_NAME = re.compile(rb'\{"Event-Name":"([A-Z_]{1,64})"')
_S = TypeVar("_S", bound=SwitchEvent)

_DECODERS: dict[type[SwitchEvent], msgspec.json.Decoder[SwitchEvent]] = {
    family: msgspec.json.Decoder(family, strict=False)
    for family in (
        SwitchEvent,
        ChannelEvent,
        ChannelDetails,
        JobEvent,
        HeartbeatEvent,
        CustomEvent,
    )
}
_FAMILY_BY_NAME: dict[bytes, type[SwitchEvent]] = {
    b"BACKGROUND_JOB": JobEvent,
    b"HEARTBEAT": HeartbeatEvent,
    b"CUSTOM": CustomEvent,
    b"CHANNEL_PARK": ChannelDetails,
    b"CHANNEL_EXECUTE_COMPLETE": ChannelDetails,
    b"CHANNEL_HANGUP_COMPLETE": ChannelDetails,
    b"RECORD_STOP": ChannelDetails,
    b"DTMF": ChannelEvent,
    b"DETECTED_TONE": ChannelEvent,
}


_READ_HEADERS = frozenset(
    field.encode_name.encode() for one in _DECODERS for field in msgspec.structs.fields(one)
) | {b"Content-Length"}
"""Every header any family reads, and the one that tells of a body."""


def _family(name: bytes) -> type[SwitchEvent]:
    known = _FAMILY_BY_NAME.get(name)
    if known is not None:
        return known
    if name.startswith((b"CHANNEL_", b"CALL_", b"RECORD_", b"PLAYBACK_")):
        return ChannelEvent
    return SwitchEvent


def event_name(message: EventMessage) -> str | None:
    """Return a JSON event's name without reading the rest; None if it does not come first."""
    found = _EVENT_NAME.match(message.body)
    return None if found is None else found[1].decode("ascii")


def is_named(message: EventMessage, name: bytes) -> bool:
    """Whether a JSON event has this name, without reading it.

    An event that came by `sendevent` has the headers of the command before its name
    (mod_event_socket.c, parse_command), so those are searched. A value cannot pass for the name:
    quotes inside values are escaped.
    """
    if message.body.startswith(b'{"Event-Name":"'):
        return message.body.startswith(b'{"Event-Name":"%b"' % name)
    return b'"Event-Name":"%b"' % name in message.body


def read_event(message: EventMessage) -> AnyEvent:
    """Return the event, in the struct of its family. Raises MalformedEvent."""
    return _read(message, None)


def read_details(message: EventMessage) -> ChannelDetails:
    """Return any channel event with the variables the dialer reads. Raises MalformedEvent."""
    event = _read(message, ChannelDetails)
    assert isinstance(event, ChannelDetails)
    return event


def _read(message: EventMessage, family: type[SwitchEvent] | None) -> SwitchEvent:
    if message.format is EventFormat.JSON:
        found = _EVENT_NAME.match(message.body)
        if found is not None:
            try:
                return _DECODERS[family or _family(found[1])].decode(message.body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                # Rare: bytes that are not UTF-8, an array, a number that is none. Slowly, then.
                pass
        headers = parse_json_headers(message.body)
    elif message.format is EventFormat.PLAIN:
        headers = parse_plain_event(message.body, only=_READ_HEADERS)
    else:
        raise MalformedEvent("an event came as XML, which is never asked for: subscribe to JSON")
    name = headers.get("Event-Name")
    if not isinstance(name, str) or not name:
        raise MalformedEvent(f"an event has no Event-Name: {message.body[:80]!r}")
    return from_headers(family or _family(name.encode("utf-8", "replace")), headers)


def parse_json_headers(body: bytes) -> dict[str, object]:
    """Read every header of a JSON event, whatever its bytes. Raises MalformedEvent."""
    try:
        parsed = json.loads(body.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise MalformedEvent(f"an event is not JSON ({error}): {body[:80]!r}") from error
    if not isinstance(parsed, dict):
        raise MalformedEvent(f"an event is not a JSON object: {body[:80]!r}")
    return parsed


@cache
def _fields(family: type[SwitchEvent]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(family)


def from_headers(family: type[_S], headers: Mapping[str, object]) -> _S:
    """Build an event from headers of any kind; what does not fit a field leaves it None."""
    found: dict[str, Any] = {}
    for field in _fields(family):
        value = headers.get(field.encode_name)
        if value is None:
            continue
        text = _text(value)
        if field.type == (int | None):
            found[field.name] = _whole_number(text)
        elif field.type == (float | None):
            found[field.name] = _decimal(text)
        else:
            found[field.name] = text
    return family(**found)


def _text(value: object) -> str:
    if isinstance(value, list):
        # As the plain encoding writes array variables (switch_event.c).
        return "ARRAY::" + "|:".join(_text(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    # Half a surrogate pair may stand in JSON but could not be written anywhere afterwards.
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _whole_number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,19}", text) else None


def _decimal(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text) else None
