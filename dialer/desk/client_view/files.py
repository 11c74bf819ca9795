"""The sections as files: CSV for programs, XLSX for people who go on reckoning."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from campaigns.lead_import.formula_guard import guarded
from dialer.desk.client_view.sections import Kind, Section

_FORMATS = {
    Kind.COUNT: "#,##0",
    Kind.RATIO: "0.0%",
    Kind.SECONDS: "[h]:mm:ss",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
    Kind.DECIMAL: "#,##0.######",
}
_DAY_SECONDS = 86_400
_SHEET_NAME_MAX = 31
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def section_csv(section: Section) -> str:
    """One table: UTF-8 with a mark, which Excel needs; shares 0..1, durations in seconds."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow([column.heading for column in section.columns])
    for row in section.rows:
        writer.writerow([_plain(cell) for cell in row])
    return out.getvalue()


def workbook(about: Sequence[tuple[str, Any]], sections: Sequence[Section], *, title: str) -> bytes:
    """All tables, a sheet each, after one that says what they are of. Blocks: some ten
    milliseconds; call it in a thread."""
    book = Workbook()
    first = book.active
    assert first is not None, "a new workbook has a sheet"
    first.title = title.translate(_NOT_IN_NAMES)[:_SHEET_NAME_MAX]
    for name, value in about:
        first.append([name, guarded(value) if isinstance(value, str) else value])
    first.column_dimensions["A"].width = 28
    first.column_dimensions["B"].width = 60
    for section in sections:
        sheet = book.create_sheet(section.title.translate(_NOT_IN_NAMES)[:_SHEET_NAME_MAX])
        sheet.append([column.heading for column in section.columns])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        for row in (*section.rows, *([section.total] if section.total else [])):
            sheet.append(
                [_cell(value, col.kind) for value, col in zip(row, section.columns, strict=True)]
            )
        for number, column in enumerate(section.columns, start=1):
            letter = get_column_letter(number)
            sheet.column_dimensions[letter].width = 34 if column.kind is Kind.TEXT else 16
            for cell in sheet[letter][1:]:
                cell.number_format = _FORMATS.get(column.kind, "General")
        sheet.freeze_panes = "A2"
        for note in section.notes:
            sheet.append([])
            sheet.append([note])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _plain(value: Any) -> object:
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 6)
    return "" if value is None else value


def _cell(value: Any, kind: Kind) -> Any:
    """A value a spreadsheet reckons with: a duration is a share of a day."""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if kind is Kind.SECONDS and value is not None:
        return float(value) / _DAY_SECONDS
    return value
