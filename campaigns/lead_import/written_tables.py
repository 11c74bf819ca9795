"""Tables written as CSV and XLSX that spreadsheets show as they are, and take no formula from."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from campaigns.lead_import.formula_guard import guarded
from campaigns.lead_import.rows import CELL_CHARS_MAX

_XLSX_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
WriteRow = Callable[[Sequence[str]], None]


@contextmanager
def csv_writer(path: Path, title: str) -> Iterator[WriteRow]:
    """UTF-8 with a mark, which Excel needs to show letters right; formulas made harmless."""
    del title
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        yield lambda row: writer.writerow([guarded(cell) for cell in row])


@contextmanager
def xlsx_writer(path: Path, title: str) -> Iterator[WriteRow]:
    """One sheet of that title. Every cell is typed as text, so Excel takes none for a formula and
    rounds no number."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)

    def write(row: Sequence[str]) -> None:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, _XLSX_ILLEGAL.sub("", text)[:CELL_CHARS_MAX])
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)

    try:
        yield write
        book.save(path)
    finally:
        book.close()
