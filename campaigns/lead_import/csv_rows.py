"""Rows of a text file of separated values, in bounded memory, one bad row never taking others with
it.

The csv module does the parsing; this file feeds it lines and watches what it does with them:

- A line too long for any table is cut off and its rest skipped, so a file without line breaks is
  harmless.
- A quotation mark that is opened and never closed would swallow the rows after it. When a row runs
  over more lines than any real one, reaches the end of the file, or comes out with the wrong number
  of cells, only its first line is refused and the lines after it are read again.
"""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from campaigns.lead_import.rows import Row

LINE_CHARS_MAX = 131_072
"""Also the csv module's own limit of a cell. Four cells of Excel's longest fit in it."""
RECORD_LINES_MAX = 200
"""A comment of two hundred lines in one cell is hard to imagine; an unclosed quotation mark is
not."""
RECORD_CHARS_MAX = 2 * LINE_CHARS_MAX
_SKIP_CHARS = 1 << 16
_BROKEN_BYTES = re.compile("[\udc80-\udcff]")

UNCLOSED = "a quotation mark is opened and not closed in this row"
TOO_LONG = f"the line is longer than {LINE_CHARS_MAX:,} characters; only its beginning was kept"
NUL = "the line holds a NUL byte, which no text has"


def text_of(stream: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """The stream as text that never raises on bad bytes: they are left visible for `_Lines`."""
    # UTF-16 has no single bytes to smuggle through, so there a replacement character marks the
    # place.
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    codecs.lookup(encoding)
    return io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")


class _Lines:
    """An iterator of lines for csv.reader that remembers what it handed out for the current
    record."""

    def __init__(self, text: io.TextIOWrapper, *, first_line: int) -> None:
        self._text = text
        self._readline = text.readline
        self._again: deque[tuple[int, str, str | None]] = deque()
        self._next_line = first_line
        self._chars = 0
        self._broken = re.compile("\ufffd") if text.errors == "replace" else _BROKEN_BYTES
        self.taken: list[tuple[int, str, str | None]] = []
        self.has_ended = False
        """True when the record being read asked for a line and there was none, or one too many."""

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self._chars > RECORD_CHARS_MAX or len(self.taken) >= RECORD_LINES_MAX:
            self.has_ended = True
            raise StopIteration
        item = self._again.popleft() if self._again else self._read()
        if item is None:
            self.has_ended = True
            raise StopIteration
        self.taken.append(item)
        self._chars += len(item[1])
        return item[1]

    def begin_record(self) -> None:
        """Forget the lines of the record before."""
        self.taken = []
        self._chars = 0
        self.has_ended = False

    def put_back_all_but_first(self) -> None:
        """Read the current record's later lines again."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]

    def _read(self) -> tuple[int, str, str | None] | None:
        line = self._readline(LINE_CHARS_MAX)
        if not line:
            return None
        number = self._next_line
        self._next_line += 1
        problem = None
        if len(line) >= LINE_CHARS_MAX and line[-1] not in "\r\n":
            self._skip_line()
            # Without its quotation marks the rest of the line cannot swallow the lines after it.
            line, problem = line[:1000].replace('"', "'"), TOO_LONG
        if "\0" in line:
            line, problem = line.replace("\0", ""), problem or NUL
        if not line.isascii() and self._broken.search(line):
            line = self._broken.sub("\ufffd", line)
            problem = problem or (
                f"the line holds bytes that are no {_shown(self._text.encoding)} text; give the "
                "file's encoding"
            )
        return number, line, problem

    def _skip_line(self) -> None:
        while rest := self._readline(_SKIP_CHARS):
            if rest[-1] in "\r\n":
                return


def csv_rows(
    text: io.TextIOWrapper, separator: str, *, width: int | None = None, first_line: int = 1
) -> Iterator[Row]:
    """Every row that is not empty. With `width`, rows of another number of cells carry a
    problem."""
    lines = _Lines(text, first_line=first_line)
    reader = csv.reader(lines, delimiter=separator)
    while True:
        lines.begin_record()
        cells: list[str] = []
        fault: str | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fault = f"the row cannot be read: {error}"
        if fault is None and lines.has_ended:
            fault = UNCLOSED
        if fault is None and len(lines.taken) > 1:
            fault = _many_lines_fault(lines, separator, cells, width)
        if fault is not None:
            lines.put_back_all_but_first()
            reader = csv.reader(lines, delimiter=separator)
            number, line, _ = lines.taken[0]
            yield Row(number, line.rstrip("\r\n")[:LINE_CHARS_MAX].split(separator), fault)
        elif any(cells):
            number, _, problem = lines.taken[0]
            if len(lines.taken) > 1:
                problem = next((each[2] for each in lines.taken if each[2]), None)
            if problem is None and width is not None and len(cells) != width:
                cells, problem = _ragged(cells, width)
            yield Row(number, cells, problem)


def _many_lines_fault(
    lines: _Lines, separator: str, cells: list[str], width: int | None
) -> str | None:
    """A mark closed by the opening one of a later row leaves text behind it, which strict parsing
    refuses."""
    if width is not None and len(cells) != width:
        return UNCLOSED
    taken = [text for _, text, _ in lines.taken]
    try:
        deque(csv.reader(taken, delimiter=separator, strict=True), maxlen=0)
    except csv.Error:
        return UNCLOSED
    return None


def _ragged(cells: list[str], width: int) -> tuple[list[str], str | None]:
    """Surplus cells that are empty are harmless; anything else may have shifted a value."""
    if len(cells) > width and not any(cells[width:]):
        return cells[:width], None
    return cells, f"has {len(cells)} cells where the table has {width} columns"


def _shown(encoding: str) -> str:
    return {"utf-8-sig": "UTF-8"}.get(encoding, encoding)
