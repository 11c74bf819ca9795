"""A customer's file opened as one table, whatever kind of file it is."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from campaigns.lead_import.charsets import (
    Charset,
    charset_of_head,
    charset_of_sample,
    known_encoding,
)
from campaigns.lead_import.columns import Columns, Role, map_columns
from campaigns.lead_import.csv_rows import csv_rows, text_of
from campaigns.lead_import.errors import BadFile
from campaigns.lead_import.rows import COLUMNS_MAX, Row
from campaigns.lead_import.separators import declared_separator, separator_named, separator_of
from campaigns.lead_import.source import (
    HEAD_BYTES,
    OpenSource,
    bad_file_errors,
    is_workbook,
    opened,
    sample_of,
)
from campaigns.lead_import.xlsx_rows import OpenSheet, opened_sheet

SAMPLE_ROWS = 200
"""Rows looked at to find out which column holds telephone numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the file is read, and why, for the preview."""

    kind: str
    """csv or xlsx."""
    encoding: str | None
    encoding_reason: str
    encoding_is_certain: bool
    separator: str | None
    sheet: str | None
    other_sheets: tuple[str, ...]
    formulas_lack_values: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a person said about the file; None and empty mean find out."""

    region: str
    mapping: Mapping[Role, Sequence[str]]
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None


class Table:
    """An open table. Iterate `rows` once; `bytes_done` and `bytes_total` tell how far it is."""

    def __init__(
        self, *, layout: Layout, columns: Columns, rows: Iterator[Row], progress: "_Progress"
    ) -> None:
        self.layout = layout
        self.columns = columns
        self.rows = rows
        self._progress = progress

    @property
    def bytes_total(self) -> int:
        """Size of the file on disk."""
        return self._progress.total

    def bytes_done(self, line: int) -> int:
        """Bytes behind row `line`, about; never more than `bytes_total`."""
        return self._progress.done(line)


class _Progress:
    """How far a file has been read: by its bytes, or by a sheet's rows in proportion."""

    def __init__(self, total: int, source: OpenSource | None, rows_total: int | None) -> None:
        self.total = total
        self._source = source
        self._rows_total = rows_total

    def done(self, line: int) -> int:
        if self._source is not None:
            return self._source.bytes_done()
        if not self._rows_total:
            return 0
        return min(self.total, self.total * line // self._rows_total)


@contextmanager
def opened_table(path: Path, reading: Reading) -> Iterator[Table]:
    """Open a file as a table. Raises BadFile, also while its rows are read."""
    if is_workbook(path):
        with opened_sheet(path, reading.sheet) as sheet:
            yield _sheet_table(path, sheet, reading)
        return
    charset, head = _charset(path, reading)
    with opened(path) as source, text_of(source.stream, charset.encoding) as text:
        yield _text_table(path, source, text, charset, head, reading)


def _charset(path: Path, reading: Reading) -> tuple[Charset, bytes]:
    head, sample = sample_of(path)
    marked = charset_of_head(head)
    if reading.encoding is None:
        return marked or charset_of_sample(sample or head, region=reading.region), head
    encoding = known_encoding(reading.encoding)
    if encoding is None:
        raise BadFile(
            f'"{reading.encoding}" is no known encoding; '
            "give one such as utf-8, windows-1251 or utf-16"
        )
    return Charset(encoding=encoding, reason="as given", is_certain=True), head


def _text_table(
    path: Path,
    source: OpenSource,
    text: io.TextIOWrapper,
    charset: Charset,
    head: bytes,
    reading: Reading,
) -> Table:
    is_whole = len(head) < HEAD_BYTES
    beginning = text_of(io.BytesIO(head), charset.encoding).read()
    first_line = beginning.partition("\n")[0]
    declared = declared_separator(first_line)
    data = beginning[len(first_line) + 1 :] if declared else beginning
    separator = (
        separator_named(reading.separator)
        if reading.separator is not None
        else declared or separator_of(data)
    )
    sample = _sample_rows(data, separator, is_whole=is_whole)
    if not sample:
        raise BadFile(f"{path} holds no rows")
    first = next((row for row in sample if row.problem is None), sample[0])
    if len(first.cells) > COLUMNS_MAX:
        raise BadFile(f"{path} has {len(first.cells):,} columns; at most {COLUMNS_MAX:,} are read")
    columns = map_columns(
        first.cells,
        [row.cells for row in sample if row is not first and row.problem is None] or [first.cells],
        mapping=reading.mapping,
        region=reading.region,
    )
    if declared:
        text.readline(HEAD_BYTES)
    skipped = 1 if declared else 0
    rows = csv_rows(text, separator, width=len(columns.names), first_line=1 + skipped)
    layout = Layout(
        kind="csv",
        encoding=charset.encoding,
        encoding_reason=charset.reason,
        encoding_is_certain=charset.is_certain,
        separator=separator,
        sheet=None,
        other_sheets=(),
        formulas_lack_values=False,
    )
    header_line = first.line + skipped if columns.has_header else None
    return Table(
        layout=layout,
        columns=columns,
        rows=_without_header(_with_file_errors(path, rows), header_line),
        progress=_Progress(source.bytes_total, source, None),
    )


def _sample_rows(data: str, separator: str, *, is_whole: bool) -> list[Row]:
    text = text_of(io.BytesIO(data.encode("utf-8", "surrogateescape")), "utf-8")
    rows = list(islice(csv_rows(text, separator), SAMPLE_ROWS + 1))
    if not is_whole and 1 < len(rows) <= SAMPLE_ROWS:
        # The head ends somewhere inside its last row.
        rows.pop()
    return rows


def _with_file_errors(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    with bad_file_errors(path):
        yield from rows


def _without_header(rows: Iterator[Row], header_line: int | None) -> Iterator[Row]:
    return (row for row in rows if row.line != header_line)


def _sheet_table(path: Path, sheet: OpenSheet, reading: Reading) -> Table:
    sample = list(islice(sheet.rows, SAMPLE_ROWS + 1))
    if not sample:
        raise BadFile(f'{path} holds no rows in its sheet "{sheet.title}"')
    first = sample[0]
    columns = map_columns(
        first.cells,
        [row.cells for row in sample[1:]] or [first.cells],
        mapping=reading.mapping,
        region=reading.region,
    )
    layout = Layout(
        kind="xlsx",
        encoding=None,
        encoding_reason="a workbook says itself",
        encoding_is_certain=True,
        separator=None,
        sheet=sheet.title,
        other_sheets=sheet.other_titles,
        formulas_lack_values=sheet.formulas_lack_values,
    )
    return Table(
        layout=layout,
        columns=columns,
        rows=_without_header(chain(sample, sheet.rows), first.line if columns.has_header else None),
        progress=_Progress(path.stat().st_size, None, sheet.rows_total),
    )
