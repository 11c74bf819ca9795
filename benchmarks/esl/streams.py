"""The captured events, as the frames a switch sends in either encoding.

Only one capture was made in plain encoding, so the plain stream is the JSON events written
as FreeSWITCH writes plain ones (switch_event.c, switch_event_serialize): every client then gets the
same events, each in the encoding it asks the switch for.
"""

import json
import re
from typing import Any

from tests.support import captures

_FRAME = re.compile(rb"Content-Length: ([0-9]+)\nContent-Type: text/event-json\n\n")
_ENCODED = {ord(c): f"%{ord(c):02X}" for c in '\r\n #%&+:;<=>?@[\\]^`{|}"'}
"""What switch_url_encode replaces (switch_utils.h, SWITCH_URL_UNSAFE)."""


def event_frames(kind: str) -> list[bytes]:
    """Every JSON event of every capture, whole frames in this encoding, `json` or `plain`."""
    bodies = _json_bodies()
    if kind == "json":
        return [_frame(body, b"json") for body in bodies]
    return [_frame(_plain(body), b"plain") for body in bodies]


def body(frame: bytes) -> bytes:
    """The body of one event frame."""
    return frame[frame.index(b"\n\n") + 2 :]


def _json_bodies() -> list[bytes]:
    bodies = []
    for name in captures.names():
        data = captures.received(name)
        position = 0
        while (found := _FRAME.search(data, position)) is not None:
            position = found.end() + int(found[1])
            bodies.append(data[found.end() : position])
    return bodies


def _frame(body: bytes, kind: bytes) -> bytes:
    return b"Content-Length: %d\nContent-Type: text/event-%b\n\n%b" % (len(body), kind, body)


def _plain(body: bytes) -> bytes:
    # Pairs, because FreeSWITCH repeats some headers in one event.
    pairs: list[tuple[str, Any]] = json.loads(
        body.decode("utf-8", "replace"), object_pairs_hook=list
    )
    lines, text = [], ""
    for name, value in pairs:
        if name == "_body":
            text = str(value)
            continue
        if isinstance(value, list):
            value = "ARRAY::" + "|:".join(map(str, value))
        lines.append(f"{name}: {str(value).translate(_ENCODED)}\n")
    return ("".join(lines) + "\n" + text).encode()
