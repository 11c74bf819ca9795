"""Events in the plain encoding: `Name: url-encoded value` lines, an empty line, and perhaps a raw
body.

Lines are cut and the body is split off before anything is unquoted, or a `%0A` in a value would
forge a header (switch_event.c, switch_event_serialize). The encoding loses something: FreeSWITCH
leaves a value's own `%41` as it is, so it cannot be told from an encoded `A`. JSON has no such gap;
it is what we ask for.
"""

import re
from collections.abc import Container
from urllib.parse import unquote_to_bytes

_DIGITS = re.compile(r"[0-9]{1,10}")


def parse_plain_event(body: bytes, *, only: Container[bytes] | None = None) -> dict[str, object]:
    """Return the headers: str, or list of str for an array; a body of the event's own is `_body`.

    `only`: the names that matter; the others are not unquoted, which is most of the work, nor kept.

    A value printed `_undef_` (empty or absent) is left out, as JSON does. Lines without a colon,
    which no switch sends, are passed over; of doubled headers the last counts.
    """
    head, separator, rest = body.partition(b"\n\n")
    headers: dict[str, object] = {}
    for line in head.split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon and name and (only is None or name in only):
            text = _unquote(value.removeprefix(b" "))
            if text != "_undef_":
                headers[name.decode("utf-8", "replace")] = _array(text)
    stated = headers.get("Content-Length")
    if separator and isinstance(stated, str) and _DIGITS.fullmatch(stated):
        headers["_body"] = rest[: int(stated)].decode("utf-8", "replace")
    return headers


def _unquote(value: bytes) -> str:
    return (unquote_to_bytes(value) if b"%" in value else value).decode("utf-8", "replace")


def _array(text: str) -> str | list[str]:
    """Array variables are written `ARRAY::a|:b` (switch_event.c, EVENT arrays)."""
    return text[len("ARRAY::") :].split("|:") if text.startswith("ARRAY::") else text
