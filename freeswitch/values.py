"""What may stand in a command line, kind by kind. Each check returns the value or raises
UnsafeValue.

An originate string is cut and unescaped up to four times on its way through FreeSWITCH
(switch_utils.c, switch_event.c), and its variables can run shell commands
(`api_on_answer=system...`). Escaping right for every pass is not to be had, so nothing is escaped:
a value is of a known harmless shape or it is refused. Patterns name ASCII ranges because `\\d` and
`\\w` also match other scripts.
"""

import re
from collections.abc import Callable

from freeswitch.causes import CAUSES
from freeswitch.errors import UnsafeValue

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_EXTENSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_PHONE_AT_GATEWAY = re.compile(r"\+[0-9]{3,15}|[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]|\.(?=[A-Za-z0-9])){0,252}")
_FILE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}(?:\.wav)?")
_DIRECTORY = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}){1,32}/?")
_VARIABLE_VALUE = re.compile(r"(?!.*\.\.)[A-Za-z0-9_.+:@/-]{0,256}")
_EVENT_NAME = re.compile(r"[A-Z][A-Z_]{1,63}")
_SUBCLASS = re.compile(r"[A-Za-z0-9_]{1,64}(?:::[A-Za-z0-9_]{1,64})?")
_CODEC = re.compile(r"[A-Za-z0-9_.-]{1,32}(?:@[0-9]{1,6}[hikbc]){0,4}")
_KEY = re.compile(r"[0-9]")


def _shape(pattern: re.Pattern[str], expected: str) -> Callable[[str, object], str]:
    def check(field: str, value: object) -> str:
        # fullmatch, not `$`: `$` also matches before a final line feed.
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise UnsafeValue(field, value, expected)
        return value

    return check


uuid = _shape(_UUID, "a UUID like 7f9ee1a4-5c1f-4c1a-9d55-0b0f5e7c3a10")
name = _shape(_NAME, "1 to 64 of A-Z a-z 0-9 _ -")
number = _shape(_NUMBER, "3 to 15 digits, with or without a leading +")
extension = _shape(_EXTENSION, "a name of A-Z a-z 0-9 _ . - starting with a letter or digit")
phone_at_gateway = _shape(_PHONE_AT_GATEWAY, "a telephone number, or a name of A-Z a-z 0-9 _ . -")
domain = _shape(_DOMAIN, "a host name or IPv4 address")
file_id = _shape(_FILE_ID, "a name of A-Z a-z 0-9 _ -, with or without .wav, and no path")
directory = _shape(_DIRECTORY, "an absolute path of A-Z a-z 0-9 _ . - without spaces or '..'")
variable_value = _shape(_VARIABLE_VALUE, "at most 256 of A-Z a-z 0-9 _ . + : @ / - without '..'")
event_name = _shape(_EVENT_NAME, "an event name like CHANNEL_ANSWER")
subclass = _shape(_SUBCLASS, "an event subclass like sofia::gateway_state")
codec = _shape(_CODEC, "a codec name like PCMU, or PCMU@8000h@20i")
key = _shape(_KEY, "one key, 0 to 9")


def cause(field: str, value: object) -> str:
    """A hangup cause by FreeSWITCH's own name."""
    if not isinstance(value, str) or value not in CAUSES:
        raise UnsafeValue(field, value, "a hangup cause of FreeSWITCH, like NORMAL_CLEARING")
    return value


def integer(field: str, value: object, least: int, most: int) -> int:
    """A whole number; True and 3.0 are none."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise UnsafeValue(field, value, f"a whole number from {least} to {most}")
    return value


def wav_path(field: str, directory_: str, file_id_: str) -> str:
    """The path, on the switch, of a sound or recording known by its id."""
    folder = directory(f"directory of {field}", directory_).rstrip("/")
    file = file_id(field, file_id_)
    return f"{folder}/{file}" if file.endswith(".wav") else f"{folder}/{file}.wav"
