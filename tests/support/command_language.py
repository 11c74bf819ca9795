"""The language of what the dialer may say to a switch, written down a second time.

By hand, and not with the patterns of `freeswitch.values`: what a builder gets wrong must not be
right here for the same reason. Every command is fixed words, opaque ids, digits, and names of a
harmless shape, each in its place; whatever else arrived at a switch came from somebody's text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

ID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
NAME = r"[A-Za-z0-9_-]{1,64}"
NUMBER = r"\+?[0-9]{3,15}"
DIGITS = r"[0-9]{1,9}"
EXTENSION = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
DOMAIN = r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}"
FILE = r"(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}){1,32}\.wav"
CAUSE = r"[A-Z][A-Z0-9_]{2,48}"
CODEC = r"[A-Za-z0-9]{2,16}"
_LIMIT = rf"sched_hangup\\s\+{DIGITS}\\s{CAUSE}"
_TONE = rf"tone_stream://%\({DIGITS},{DIGITS},{DIGITS}\)(?:;loops=[1-3])?"

_VARIABLES = {
    "origination_uuid": ID,
    "dialer_id": NAME,
    "dialer_call": ID,
    "dialer_agent": DIGITS,
    "dialer_trunk": NAME,
    "presence_data": NAME,
    "origination_caller_id_number": NUMBER,
    "origination_caller_id_name": NUMBER,
    "originate_timeout": DIGITS,
    "leg_progress_timeout": DIGITS,
    "media_timeout_audio": DIGITS,
    "park_timeout": rf"{DIGITS}:ALLOTTED_TIMEOUT",
    "execute_on_answer": _LIMIT,
    "absolute_codec_string": rf"{CODEC}(?:\\,{CODEC})*",
    "send_silence_when_idle": "-1",
    **dict.fromkeys(
        (
            "ignore_early_media",
            "hangup_after_bridge",
            "rtp_disable_hold",
            "park_after_bridge",
            "uuid_bridge_park_on_cancel",
            "sip_auto_answer",
            "no_throttle_limits",
            "RECORD_STEREO",
            "eavesdrop_whisper_aleg",
            "eavesdrop_whisper_bleg",
        ),
        "true|false",
    ),
}
_VARIABLE = "|".join(f"{name}=(?:{value})" for name, value in _VARIABLES.items())
_WHERE = rf"(?:user/{EXTENSION}@{DOMAIN}|sofia/gateway/{NAME}/\+?{EXTENSION})"
_SCREENING = (
    rf"'detect_audio:{DIGITS} {DIGITS} {DIGITS},detect_silence:{DIGITS} {DIGITS} {DIGITS},park'"
    " inline"
)
_TRIAL = rf"'m:\^:playback:{_TONE}\^echo' inline"
_THEN = rf"(?:&park\(\)|&three_way\({ID}\)|&eavesdrop\({ID}\)|{_SCREENING}|{_TRIAL})"

_HANG_UP = "hangup:NORMAL_CLEARING"
_DIGITS_OF = rf"play_and_get_digits:1 1 [12] {DIGITS} # {FILE} silence_stream://250"
_STEPS = (
    rf"playback:{FILE},{_HANG_UP}",
    rf"{_DIGITS_OF} opt_out [0-9],sleep:{DIGITS},{_HANG_UP}",
    rf"set:dialer_question={NAME},{_DIGITS_OF} dialer_key \[[0-9]{{1,10}}\],sleep:{DIGITS},park",
    rf"m:\^:avmd_start:inbound_channel=0,outbound_channel=1,detectors_n=4"
    rf"\^sleep:{DIGITS}\^avmd_stop\^playback:{FILE}\^{_HANG_UP}",
    rf"m:\^:detect_silence:{DIGITS} {DIGITS} {DIGITS}\^sleep:{DIGITS}\^playback:{FILE}\^{_HANG_UP}",
    rf"avmd_stop,sleep:{DIGITS},playback:{FILE},{_HANG_UP}",
    r"m:\^:endless_playback:tone_stream://%\(2000,4000,440,480\)",
    rf"set:dialer_state=held-by-(?:{ID}|nobody),endless_playback:{FILE},"
    r"endless_playback:silence_stream://-1",
)
_CALLS = {
    "originate": rf"originate \{{(?:{_VARIABLE})(?:,(?:{_VARIABLE}))*\}}{_WHERE} {_THEN}",
    "uuid_transfer": rf"uuid_transfer {ID} '(?:{'|'.join(_STEPS)})' inline",
    "uuid_bridge": rf"uuid_bridge {ID} {ID}",
    "uuid_kill": rf"uuid_kill {ID} {CAUSE}",
    "uuid_park": rf"uuid_park {ID}",
    "uuid_exists": rf"uuid_exists {ID}",
    "uuid_dump": rf"uuid_dump {ID} json",
    "uuid_getvar": rf"uuid_getvar {ID} {NAME}",
    "uuid_setvar": rf"uuid_setvar {ID} (?:park_after_bridge|uuid_bridge_park_on_cancel|"
    r"hangup_after_bridge|rtp_disable_hold|dialer_state|opt_out|RECORD_STEREO) "
    r"(?:true|false|outside|[0-9])",
    "uuid_record": rf"uuid_record {ID} (?:start|stop|mask|unmask) {FILE}",
    "uuid_displace": rf"uuid_displace {ID} start (?:{FILE}|{_TONE}) 0 mux",
    "uuid_send_dtmf": rf"uuid_send_dtmf {ID} [0-9*#]{{1,32}}",
    "uuid_recv_dtmf": rf"uuid_recv_dtmf {ID} [023]",
    "sched_hangup": rf"sched_hangup \+{DIGITS} {ID} {CAUSE}",
    "status": "status",
    "version": "version",
    "show": rf"show channels(?: like {NAME})? as json",
    "sofia": rf"sofia status gateway {NAME}",
    "hupall": rf"hupall {CAUSE} dialer_(?:id|call|agent) {NAME}",
    "module_exists": "module_exists mod_avmd",
}
"""By the name of the API call."""
_EVENTS = r"event json(?: [A-Z_]{2,64})*(?: CUSTOM(?: [a-z_]{1,64}::[a-z_]{1,64})+)?"
_PING = (
    rf"sendevent CUSTOM\nEvent-Subclass: dialer::ping\nDialer-ID: {NAME}\n"
    r"Ping-Sequence: [0-9]{1,20}"
)
_SENTENCE = re.compile(
    rf"(?:api (?:{'|'.join(_CALLS.values())})"
    rf"|bgapi (?:{'|'.join(_CALLS.values())})\nJob-UUID: {ID}"
    rf"|auth [!-~]{{1,128}}|userauth [!-~]{{1,300}}|{_EVENTS}|{_PING})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a switch was told on all connections together."""

    commands: tuple[str, ...]

    @property
    def foreign(self) -> list[str]:
        """Commands that are not in the language."""
        return [one for one in self.commands if not is_ours(one)]

    @property
    def names(self) -> set[str]:
        """The API calls there were."""
        return {
            one.split()[1] for one in self.commands if one.startswith(("api ", "bgapi "))
        }  # fmt: skip


def is_ours(command: str) -> bool:
    """Whether a command, its header lines after it, is one of the language."""
    return _SENTENCE.fullmatch(command) is not None


def api_is_ours(text: str) -> bool:
    """The same of the text of an API call."""
    return is_ours(f"api {text}")


def read_commands(streams: Iterable[bytes]) -> Heard:
    """Cut what came over each connection into commands, as mod_event_socket.c does: at empty lines,
    with line feeds before a command passed over. Half a command at the end counts as one."""
    found: list[str] = []
    for stream in streams:
        # Latin 1, so that every byte is something and none is lost.
        text = stream.decode("latin-1")
        found += [one for piece in text.split("\n\n") if (one := piece.strip("\n"))]
    return Heard(commands=tuple(found))
