"""Rows of an Excel workbook (.xlsx), read one after another, every cell as the text a person would
see.

Excel stores a telephone number as the number it looks like, so 994501234567 arrives as an int or as
994501234567.0; both become its digits. Dates become ISO 8601. A formula counts by the value Excel
saved with it; a workbook written by a program may have none, which `formulas_lack_values` finds
out.
"""

import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

import openpyxl

from campaigns.lead_import.errors import BadFile
from campaigns.lead_import.rows import COLUMNS_MAX, Row

UNPACKED_BYTES_MAX = 4 << 30
"""A sheet of Excel's full million rows is about 1 GB of XML; a file that unpacks to more is an
attack."""
SHARED_TEXT_BYTES_MAX = 512 << 20
"""The texts all cells share have to be held in memory, at about three times their size in the
file."""
ROWS_MAX = 1_048_576
"""Excel's own limit; a row number beyond it would make the reader count up to it."""
_BATCH = 500
_FORMULA_WITHOUT_VALUE = re.compile(rb"(?:</f>|<f[^>]*/>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")
_SCAN_BYTES = 1 << 20
_EXACT_INTEGER_MAX = 10**15
"""Excel keeps 15 digits of a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSheet:
    """The sheet being read. `rows_total` is the workbook's own word for it, or None."""

    title: str
    other_titles: tuple[str, ...]
    rows_total: int | None
    rows: Iterator[Row]
    formulas_lack_values: bool


@contextmanager
def opened_sheet(path: Path, sheet: str | None) -> Iterator[OpenSheet]:
    """Open a workbook's sheet of that title, or its first. Raises BadFile, also while rows are
    read."""
    with _library_errors(path):
        lack_values = _check_archive(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        titles = [each.title for each in book.worksheets]
        if not titles:
            raise BadFile(f"{path} holds no sheet with cells")
        if sheet is not None and sheet not in titles:
            raise BadFile(f'{path} has no sheet "{sheet}"; it has {", ".join(titles)}')
        with _library_errors(path):
            chosen = book.worksheets[titles.index(sheet) if sheet is not None else 0]
            rows_total = chosen.max_row
            # Some programs write a wrong size into the sheet; without it every row is read.
            chosen.reset_dimensions()
            values = chosen.iter_rows(max_row=ROWS_MAX, values_only=True)
        yield OpenSheet(
            title=chosen.title,
            other_titles=tuple(title for title in titles if title != chosen.title),
            rows_total=rows_total,
            rows=_rows(path, values),
            formulas_lack_values=lack_values,
        )
    finally:
        book.close()


def cell_text(value: object) -> str:
    """The text of one cell's value, without blanks around it."""
    match value:
        case None:
            return ""
        case str():
            return value.replace("_x000D_", "").strip()
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            whole = value.is_integer() and abs(value) < _EXACT_INTEGER_MAX
            return str(int(value)) if whole else repr(value)
        case datetime():
            if value.time() == time():
                return value.date().isoformat()
            return value.isoformat(sep=" ", timespec="seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value).strip()


def _rows(path: Path, values: Iterator[tuple[object, ...]]) -> Iterator[Row]:
    number = 0
    width: int | None = None
    while True:
        with _library_errors(path):
            batch = list(islice(values, _BATCH))
        if not batch:
            return
        for each in batch:
            number += 1
            cells = [cell_text(value) for value in each]
            if not any(cells):
                continue
            while cells and not cells[-1]:
                cells.pop()
            if width is None:
                if len(cells) > COLUMNS_MAX:
                    raise BadFile(
                        f"{path} has {len(cells):,} columns; at most {COLUMNS_MAX:,} are read"
                    )
                width = len(cells)
            # A sheet does not store empty cells at the end of a row.
            cells.extend([""] * (width - len(cells)))
            problem = None
            if len(cells) > width:
                problem = f"has {len(cells)} cells where the table has {width} columns"
            yield Row(number, cells, problem)


def _check_archive(path: Path) -> bool:
    """Refuse what is no workbook or would not fit in memory; True when formulas lack saved
    values."""
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        if "xl/workbook.xml" not in entries and "[Content_Types].xml" not in entries:
            raise BadFile(f"{path} is a zip archive but no Excel workbook; unpack it first")
        shared = entries.get("xl/sharedStrings.xml")
        total = sum(entry.file_size for entry in entries.values())
        if total > UNPACKED_BYTES_MAX or (shared and shared.file_size > SHARED_TEXT_BYTES_MAX):
            raise BadFile(
                f"{path} unpacks to {total:,} bytes, too much for a workbook; save the sheet as CSV"
            )
        sheets = [name for name in entries if name.startswith("xl/worksheets/sheet")]
        return any(_lacks_values(archive, name) for name in sheets)


def _lacks_values(archive: zipfile.ZipFile, name: str) -> bool:
    tail = b""
    with archive.open(name) as stream:
        while piece := stream.read(_SCAN_BYTES):
            if _FORMULA_WITHOUT_VALUE.search(tail + piece):
                return True
            tail = piece[-100:]
    return False


@contextmanager
def _library_errors(path: Path) -> Iterator[None]:
    """Turn whatever the library raises on a damaged workbook into BadFile, and keep its warnings
    off.

    Its parsers raise a dozen unrelated types (KeyError, ValueError, zlib.error, ParseError and
    others), and its warnings concern features that a list of leads has no use for.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (BadFile, MemoryError):
            raise
        except Exception as error:
            detail = " ".join(str(error).split())[:200] or type(error).__name__
            raise BadFile(
                f"{path} cannot be read as a workbook: {detail}; open it in Excel and save it again"
            ) from error
