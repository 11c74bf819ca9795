"""Files of numbers that must not be called: plain or as SHA-256, one on each line.

What a line may be, whatever the rest of the line after the first field holds:

    +12025550100        a number in E.164
    202,5550100         area code and number, as the registry of the United States gives them out
    (202) 555-0100      a number as written in the file's country
    +1900*              every number that begins so
    64 hex digits       SHA-256 of a number in E.164 with its plus

Whole numbers become the first eight bytes of their SHA-256, as a signed number: that is what the
store keeps and looks up, for files of either sort.
"""

import hashlib
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from campaigns.phone_numbers import BadNumber, parse

REJECTED_SHOWN_MAX = 20
"""Lines kept to be shown; all are counted."""
_HASH_BYTES = 8
_E164 = re.compile(rb"\+[0-9]{7,15}")
_HASHED = re.compile(rb"[0-9A-Fa-f]{64}")
_NORTH_AMERICAN = re.compile(rb"([2-9][0-9]{2}),?([2-9][0-9]{6})")
_PREFIX = re.compile(r"\+[0-9]{1,15}\*")
_NORTH_AMERICA = ("US", "CA")


@dataclass(slots=True, kw_only=True)
class NumberFile:
    """What a file holds. Grows while it is read; eight bytes a number."""

    digests: "array[int]" = field(default_factory=lambda: array("q"))
    prefixes: list[str] = field(default_factory=list)
    hashed: int = 0
    """How many of the digests came as hashes."""
    rejected: int = 0
    rejected_shown: list[tuple[int, str]] = field(default_factory=list)
    """Line number and text of the first lines that are none of the above."""


def digest_of(number: str) -> int:
    """The first eight bytes of the SHA-256 of a number in E.164, as a signed number."""
    return int.from_bytes(
        hashlib.sha256(number.encode("ascii")).digest()[:_HASH_BYTES], "big", signed=True
    )


def digest_of_hash(text: str | bytes) -> int:
    """The same from a SHA-256 in hexadecimal digits."""
    value = int(text[: 2 * _HASH_BYTES], 16)
    return value - (1 << 64) if value >> 63 else value


def read_numbers(lines: Iterable[bytes], region: str | None) -> NumberFile:
    """Read the lines of a file; `region` is the country of numbers written without a plus.

    A first line that is no number is taken for a heading.
    """
    found = NumberFile()
    append = found.digests.append
    sha256, from_bytes = hashlib.sha256, int.from_bytes
    is_hashed, is_e164, north_american = _HASHED.match, _E164.fullmatch, _NORTH_AMERICAN.fullmatch
    in_north_america = region in _NORTH_AMERICA
    for line_number, raw in enumerate(lines, start=1):
        line = raw.strip().strip(b'"')
        # Ten million lines: the shapes that registries give out are tried first, without calls.
        if len(line) >= 64 and is_hashed(line):
            append(digest_of_hash(line))
            found.hashed += 1
        elif is_e164(line):
            append(from_bytes(sha256(line).digest()[:_HASH_BYTES], "big", signed=True))
        elif in_north_america and (match := north_american(line)):
            e164 = b"+1" + match[1] + match[2]
            append(from_bytes(sha256(e164).digest()[:_HASH_BYTES], "big", signed=True))
        elif line:
            _read_slowly(line, line_number, region, found)
    return found


def _read_slowly(line: bytes, line_number: int, region: str | None, found: NumberFile) -> None:
    text = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    first = re.split(r"[,;\t]", text, maxsplit=1)[0].strip().strip('"')
    if _PREFIX.fullmatch(first):
        found.prefixes.append(first[:-1])
        return
    if _HASHED.fullmatch(first.encode()):
        found.digests.append(digest_of_hash(first))
        found.hashed += 1
        return
    if _E164.fullmatch(first.encode()):
        # A wish holds also for a number in no range that was given out.
        found.digests.append(digest_of(first))
        return
    try:
        found.digests.append(digest_of(parse(first, region).e164))
    except BadNumber:
        is_heading = line_number == 1 and any(letter.isalpha() for letter in first)
        if not is_heading:
            found.rejected += 1
            if len(found.rejected_shown) < REJECTED_SHOWN_MAX:
                found.rejected_shown.append((line_number, text[:80]))
