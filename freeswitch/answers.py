"""What API calls answer, read from their text. Failed ones answer `-ERR` or `-USAGE`."""

import json
import re
from dataclasses import dataclass

import msgspec

from freeswitch.errors import CommandRefused
from freeswitch.events import ChannelDetails, from_headers, parse_json_headers


def is_ok(text: str) -> bool:
    """True for `+OK`. Calls that print nothing answer `-ERR no reply` even when they succeed."""
    return text.startswith("+OK")


def is_refused(text: str) -> bool:
    """True for `-ERR` and `-USAGE`."""
    return text.startswith(("-ERR", "-USAGE"))


def error_text(text: str) -> str:
    """`NO_ANSWER` of `-ERR NO_ANSWER`: after a failed originate, the hangup cause."""
    return text.strip().removeprefix("-ERR").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    """A line of `show channels`; about a second old."""

    uuid: str
    created_at: int
    """Unix seconds."""
    state: str
    call_state: str
    presence_data: str
    direction: str
    """`inbound` for a call that came to the switch, as a lead's who calls back."""
    destination: str
    application: str


def read_channels(text: str) -> tuple[ChannelRow, ...]:
    """Read `show channels ... as json`; no channels come as `{"row_count": 0}` without rows.

    Raises CommandRefused, as when the switch runs without its SQL database.
    """
    try:
        answer = json.loads(text)
        rows = answer.get("rows", []) if isinstance(answer, dict) else None
    except ValueError:
        rows = None
    if not isinstance(rows, list):
        raise CommandRefused("show channels", text.strip()[:200])
    return tuple(_channel_row(row) for row in rows if isinstance(row, dict))


def _channel_row(row: dict[str, object]) -> ChannelRow:
    def text(key: str) -> str:
        return str(row.get(key, ""))

    created = text("created_epoch")
    return ChannelRow(
        uuid=text("uuid"),
        created_at=int(created) if re.fullmatch(r"[0-9]{1,12}", created) else 0,
        state=text("state"),
        call_state=text("callstate"),
        presence_data=text("presence_data"),
        direction=text("direction"),
        destination=text("dest"),
        application=text("application"),
    )


class ChannelDump(ChannelDetails, frozen=True, kw_only=True, gc=False):
    """`uuid_dump`: a live channel, as an event CHANNEL_DATA with more of its history."""

    other_leg: str | None = msgspec.field(default=None, name="Other-Leg-Unique-ID")
    """The last channel it was bridged with; may be over."""
    created_us: int | None = msgspec.field(default=None, name="Caller-Channel-Created-Time")
    answered_us: int | None = msgspec.field(default=None, name="Caller-Channel-Answered-Time")
    """Microseconds since 1970, 0 while unanswered."""
    bridged_us: int | None = msgspec.field(default=None, name="Caller-Channel-Bridged-Time")
    """Of its last bridge, 0 when it had none."""
    call_state: str | None = msgspec.field(default=None, name="Channel-Call-State")
    dialer_trunk: str | None = msgspec.field(default=None, name="variable_dialer_trunk")
    """The gateway a lead was called by."""
    current_application: str | None = msgspec.field(
        default=None, name="variable_current_application"
    )
    """The application it runs, or ran last."""
    dialer_state: str | None = msgspec.field(default=None, name="variable_dialer_state")
    """What `talk_commands` left on a lead's channel: on whose hold, or given to outside."""

    @property
    def created_at(self) -> float | None:
        """Unix seconds, None if the switch does not say."""
        return self.created_us / 1e6 if self.created_us else None

    @property
    def answered_at(self) -> float | None:
        """Unix seconds, None while unanswered."""
        return self.answered_us / 1e6 if self.answered_us else None

    @property
    def bridged_at(self) -> float | None:
        """Unix seconds at which its last bridge began, None if it had none."""
        return self.bridged_us / 1e6 if self.bridged_us else None

    @property
    def bridged_to(self) -> str | None:
        """The leg a lead's leg is talking to now: as second leg of `uuid_bridge` it is in
        CS_EXCHANGE_MEDIA then, and nowhere else (switch_ivr_bridge.c)."""
        return self.other_leg if self.channel_state == "CS_EXCHANGE_MEDIA" else None


def read_dump(text: str) -> ChannelDump | None:
    """Read `uuid_dump ... json`; None when there is no such channel. Raises MalformedEvent."""
    if is_refused(text):
        return None
    headers = parse_json_headers(text.encode("utf-8", "replace"))
    return from_headers(ChannelDump, {"Event-Name": "CHANNEL_DATA", **headers})


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStatus:
    """`sofia status gateway`."""

    name: str
    state: str
    """Of its registration: NOREG, REGED, FAIL_WAIT ..."""
    status: str
    """UP or DOWN."""

    @property
    def is_up(self) -> bool:
        """True when calls may go out through it."""
        return self.status.startswith("UP")


def read_gateway(text: str) -> GatewayStatus | None:
    """Read `sofia status gateway <name>`; None when there is no such gateway."""
    found = dict(re.findall(r"^([A-Za-z]+)[ ]*\t(.*)$", text, re.MULTILINE))
    if "Name" not in found:
        return None
    return GatewayStatus(
        name=found["Name"].strip(),
        state=found.get("State", "").strip(),
        status=found.get("Status", "").strip(),
    )
