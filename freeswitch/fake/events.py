"""Events as bytes: the common headers, and the JSON and plain encodings of mod_event_socket."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from freeswitch.fake.channels import Headers

_SOURCES = {
    "CHANNEL_CREATE": ("switch_core_state_machine.c", "switch_core_session_run", 626),
    "CHANNEL_OUTGOING": ("switch_core_session.c", "switch_core_session_outgoing_channel", 678),
    "CHANNEL_ORIGINATE": ("switch_ivr_originate.c", "switch_ivr_originate", 3073),
    "CHANNEL_PROGRESS": ("switch_channel.c", "switch_channel_perform_mark_ring_ready_value", 3505),
    "CHANNEL_PROGRESS_MEDIA": (
        "switch_channel.c",
        "switch_channel_perform_mark_pre_answered",
        3560,
    ),
    "CHANNEL_ANSWER": ("switch_channel.c", "switch_channel_perform_mark_answered", 3846),
    "CHANNEL_PARK": ("switch_ivr.c", "switch_ivr_park", 1002),
    "CHANNEL_UNPARK": ("switch_ivr.c", "switch_ivr_park", 1213),
    "CHANNEL_BRIDGE": ("switch_ivr_bridge.c", "switch_ivr_multi_threaded_bridge", 1689),
    "CHANNEL_UNBRIDGE": ("switch_ivr_bridge.c", "switch_ivr_multi_threaded_bridge", 1879),
    "CHANNEL_EXECUTE": ("switch_core_session.c", "switch_core_session_exec", 2933),
    "CHANNEL_EXECUTE_COMPLETE": ("switch_core_session.c", "switch_core_session_exec", 2967),
    "CHANNEL_HANGUP": ("switch_channel.c", "switch_channel_perform_hangup", 3445),
    "CHANNEL_HANGUP_COMPLETE": (
        "switch_core_state_machine.c",
        "switch_core_session_reporting_state",
        943,
    ),
    "CHANNEL_DESTROY": ("switch_core_session.c", "switch_core_session_perform_destroy", 1584),
    "CHANNEL_DATA": ("mod_commands.c", "uuid_dump_function", 6468),
    "PLAYBACK_START": ("switch_ivr_play_say.c", "switch_ivr_play_file", 1646),
    "PLAYBACK_STOP": ("switch_ivr_play_say.c", "switch_ivr_play_file", 2020),
    "RECORD_START": ("switch_ivr_async.c", "record_callback", 1481),
    "RECORD_STOP": ("switch_ivr_async.c", "send_record_stop_event", 1240),
    "DTMF": ("switch_channel.c", "switch_channel_dequeue_dtmf", 677),
    "BACKGROUND_JOB": ("mod_event_socket.c", "api_exec", 1572),
    "HEARTBEAT": ("switch_core.c", "send_heartbeat", 95),
    "SHUTDOWN": ("switch_core.c", "switch_core_destroy", 3052),
    "CUSTOM": ("sofia_reg.c", "sofia_reg_fire_custom_gateway_state_event", 160),
}

EVENT_NAMES = frozenset(_SOURCES) | {
    "API", "CALL_UPDATE", "CALL_SECURE", "CHANNEL_APPLICATION", "CHANNEL_CALLSTATE",
    "CHANNEL_GLOBAL", "CHANNEL_HOLD", "CHANNEL_STATE", "CHANNEL_UNHOLD", "CHANNEL_UUID", "CLONE",
    "CODEC", "COMMAND", "DEL_SCHEDULE", "DETECTED_SPEECH", "DETECTED_TONE", "EXE_SCHEDULE",
    "ADD_SCHEDULE", "GENERAL", "LOG", "MEDIA_BUG_START", "MEDIA_BUG_STOP", "MESSAGE",
    "MODULE_LOAD", "MODULE_UNLOAD", "NAT", "NOTALK", "PRESENCE_IN", "PRESENCE_OUT",
    "PRESENCE_PROBE", "PRIVATE_COMMAND", "RECV_MESSAGE", "RELOADXML", "REQUEST_PARAMS",
    "RE_SCHEDULE", "ROSTER", "SEND_INFO", "SEND_MESSAGE", "SESSION_CRASH", "SESSION_HEARTBEAT",
    "STARTUP", "TALK", "TRAP", "UNPUBLISH", "PUBLISH",
}  # fmt: skip
"""Names `event` accepts (`EVENT_NAMES`, switch_event.c); the rest are ignored."""

_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Identity:
    """Who the switch is, as every event says first."""

    core_uuid: str
    hostname: str
    sequence: int = 0


@dataclass(slots=True, kw_only=True)
class Event:
    """One event. `blocks` are header groups in order; a name may stand in two of them."""

    name: str
    blocks: tuple[Headers, ...]
    body: str | None = None
    subclass: str = ""
    _encoded: dict[str, bytes] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """The first header of that name, ignoring case (as `switch_event_get_header` does)."""
        wanted = name.lower()
        for block in self.blocks:
            for key, value in block.items():
                if key.lower() == wanted:
                    return value if isinstance(value, str) else "|:".join(value)
        return None

    def frame(self, encoding: str) -> bytes:
        """The whole frame in `json` or `plain`; encoded once, however many clients want it."""
        if encoding not in self._encoded:
            text = self._json() if encoding == "json" else self._plain()
            payload = text.encode("utf-8", "surrogateescape")
            head = f"Content-Length: {len(payload)}\nContent-Type: text/event-{encoding}\n\n"
            self._encoded[encoding] = head.encode() + payload
        return self._encoded[encoding]

    def _json(self) -> str:
        blocks = list(self.blocks)
        if self.body is not None:
            length = len(self.body.encode("utf-8", "surrogateescape"))
            blocks.append({"Content-Length": str(length), "_body": self.body})
        return "{" + ",".join(_dumps(block)[1:-1] for block in blocks if block) + "}"

    def _plain(self) -> str:
        lines = [
            f"{name}: {url_encode(plain_value(value)) or '_undef_'}\n"
            for block in self.blocks
            for name, value in block.items()
        ]
        if self.body is None:
            return "".join(lines) + "\n"
        length = len(self.body.encode("utf-8", "surrogateescape"))
        return "".join(lines) + f"Content-Length: {length}\n\n{self.body}"


def plain_value(value: str | list[str]) -> str:
    """A header's text; an array becomes `ARRAY::a|:b` (`switch_event_add_array`)."""
    return value if isinstance(value, str) else "ARRAY::" + "|:".join(value)


_UNSAFE = frozenset(b'\r\n #%&+:;<=>?@[\\]^`{|}"')


def url_encode(text: str) -> str:
    """`switch_url_encode` with the switch's own set of unsafe characters (switch_utils.h)."""
    return "".join(
        chr(byte) if 32 < byte < 127 and byte not in _UNSAFE else f"%{byte:02X}"
        for byte in text.encode("utf-8", "surrogateescape")
    )


def common_headers(
    identity: Identity, name: str, now: float, source: tuple[str, str, int] | None = None
) -> Headers:
    """The headers that open every event; takes the next event sequence number."""
    identity.sequence += 1
    file, function, line = source or _SOURCES.get(name, ("switch_event.c", "switch_event_fire", 1))
    when = time.gmtime(now)
    return {
        "Event-Name": name,
        "Core-UUID": identity.core_uuid,
        "FreeSWITCH-Hostname": identity.hostname,
        "FreeSWITCH-Switchname": identity.hostname,
        "FreeSWITCH-IPv4": "127.0.0.1",
        "FreeSWITCH-IPv6": "::1",
        "Event-Date-Local": stamp(now),
        "Event-Date-GMT": f"{_DAYS[when.tm_wday]}, {when.tm_mday:02d} {_MONTHS[when.tm_mon - 1]} "
        f"{when.tm_year} {when.tm_hour:02d}:{when.tm_min:02d}:{when.tm_sec:02d} GMT",
        "Event-Date-Timestamp": str(round(now * 1_000_000)),
        "Event-Calling-File": file,
        "Event-Calling-Function": function,
        "Event-Calling-Line-Number": str(line),
        "Event-Sequence": str(identity.sequence),
    }


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def stamp(instant: float) -> str:
    """`YYYY-MM-DD HH:MM:SS`; the fake's local time is UTC."""
    when = time.gmtime(instant)
    return (
        f"{when.tm_year:04d}-{when.tm_mon:02d}-{when.tm_mday:02d} "
        f"{when.tm_hour:02d}:{when.tm_min:02d}:{when.tm_sec:02d}"
    )


def is_event_name(name: str) -> str | None:
    """The event's canonical name for a client's spelling, or None (`switch_name_event`)."""
    canonical = name.upper().removeprefix("SWITCH_EVENT_")
    return canonical if canonical in EVENT_NAMES else None


def names_in(names: Iterable[str]) -> frozenset[str]:
    """The canonical names among a client's words."""
    return frozenset(found for name in names if (found := is_event_name(name)))
