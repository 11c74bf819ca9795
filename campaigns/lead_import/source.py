"""A customer's file as bytes: plain or gzip, with its size and how far it has been read."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from campaigns.lead_import.charsets import SAMPLE_BYTES_MAX
from campaigns.lead_import.errors import BadFile

HEAD_BYTES = 65_536
_CHUNK_BYTES = 1 << 20
_NOT_TABLES = {
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook (.xls); open it and save it as .xlsx or CSV",
    b"%PDF": "is a PDF; ask for the list as .xlsx or CSV",
    b"Rar!": "is a RAR archive; unpack it first",
    b"7z\xbc\xaf": "is a 7-Zip archive; unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed with Zstandard; unpack it first, or use gzip",
    b"BZh": "is compressed with bzip2; unpack it first, or use gzip",
    b"\xfd7zXZ": "is compressed with xz; unpack it first, or use gzip",
}
_ZIP_MAGIC = b"PK\x03\x04"
_GZIP_MAGIC = b"\x1f\x8b"
READ_ERRORS = (OSError, EOFError, zlib.error)
"""What reading a damaged gzip file or a failing disk raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSource:
    """An open file: `stream` gives the text's bytes, `raw` the bytes on disk."""

    stream: BinaryIO
    raw: BinaryIO
    bytes_total: int

    def bytes_done(self) -> int:
        """Bytes on disk read so far, ahead of the rows by what is buffered."""
        return min(self.raw.tell(), self.bytes_total)


@contextmanager
def opened(path: Path) -> Iterator[OpenSource]:
    """Open a file, through gzip when its first bytes say so. Raises BadFile."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}") from error
    with raw:
        try:
            total = raw.seek(0, io.SEEK_END)
        except OSError as error:
            raise BadFile(f"{path} is no ordinary file; save it as one and import that") from error
        raw.seek(0)
        if raw.read(2) == _GZIP_MAGIC:
            raw.seek(0)
            with gzip.open(raw, "rb") as unpacked:
                yield OpenSource(stream=cast(BinaryIO, unpacked), raw=raw, bytes_total=total)
        else:
            raw.seek(0)
            yield OpenSource(stream=raw, raw=raw, bytes_total=total)


def is_workbook(path: Path) -> bool:
    """True for a zip file, as .xlsx is. Raises BadFile for what is no table at all."""
    with opened(path) as source, bad_file_errors(path):
        head = source.stream.read(8)
        is_packed = source.stream is not source.raw
    if not head:
        raise BadFile(f"{path} is empty")
    for magic, sentence in _NOT_TABLES.items():
        if head.startswith(magic):
            raise BadFile(f"{path} {sentence}")
    if head.startswith(_ZIP_MAGIC) and is_packed:
        raise BadFile(
            f"{path} is a workbook inside gzip; unpack it first (.xlsx is packed already)"
        )
    return head.startswith(_ZIP_MAGIC)


def sample_of(path: Path) -> tuple[bytes, bytes]:
    """The first bytes, and a piece with bytes beyond ASCII (empty when there are none).

    Reads on through plain ASCII, if need be to the end: the only name with an accent may be in the
    last row. That is far faster than importing the rows.
    """
    with opened(path) as source, bad_file_errors(path):
        head = source.stream.read(HEAD_BYTES)
        piece, previous = head, b""
        while piece:
            if not piece.isascii():
                return head, _around(previous, piece, source.stream.read(SAMPLE_BYTES_MAX))
            previous = piece
            piece = source.stream.read(_CHUNK_BYTES)
    return head, b""


def _around(previous: bytes, piece: bytes, following: bytes) -> bytes:
    """The lines that begin shortly before the first byte beyond ASCII, cut at a line's start."""
    joined = previous[-SAMPLE_BYTES_MAX:] + piece + following
    first = next(index for index, byte in enumerate(joined) if byte > 127)
    start = joined.rfind(b"\n", 0, first) + 1
    # Without a line break nearby, an ASCII byte is still a safe place to begin in UTF-8.
    start = start or max(0, first - 1000)
    return joined[start : start + 4 * SAMPLE_BYTES_MAX]


@contextmanager
def bad_file_errors(path: Path) -> Iterator[None]:
    """Turn what reading a damaged file raises into BadFile."""
    try:
        yield
    except READ_ERRORS as error:
        detail = str(error) or type(error).__name__
        raise BadFile(f"{path} is damaged or cut short: {detail}; get the file again") from error
