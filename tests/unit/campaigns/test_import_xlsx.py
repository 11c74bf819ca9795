# ruff: noqa: DTZ001 - a workbook's dates have no zone
"""Workbooks: numbers as numbers, dates, formulas, wrong sizes, and rubbish."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.lead_import import BadFile, preview
from tests.support.tables import ReadTable, read_table


def book_bytes(rows: Sequence[Sequence[Any]], *, before: str | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    if before is not None:
        sheet.title = before
        sheet = book.create_sheet("leads")
    for row in rows:
        sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    book.close()
    return stream.getvalue()


def read_book(folder: Path, content: bytes, **options: Any) -> ReadTable:
    path = folder / "list.xlsx"
    path.write_bytes(content)
    return read_table(path, **options)


def test_numbers_dates_and_blanks_become_the_text_a_person_sees(tmp_path: Path) -> None:
    rows = [
        ["Telefon", "Ad", "Doğum", "Məbləğ", "Saat", "VIP", "Qeyd"],
        [994501234567, "Aysel", date(1990, 5, 17), 12.5, time(9, 30), True, None],
        [994551234567.0, " Elçin ", datetime(2026, 1, 2, 3, 4), 7.0, None, False, "x"],
        [None] * 7,
        ["0701234567", None, None, None, None, None, None],
    ]
    table = read_book(tmp_path, book_bytes(rows), region="AZ")
    assert table.numbers == ["+994501234567", "+994551234567", "+994701234567"]
    assert table.leads[0].fields == {
        "Doğum": "1990-05-17",
        "Məbləğ": "12.5",
        "Saat": "09:30:00",
        "VIP": "true",
    }
    assert table.leads[1].name == "Elçin"
    assert table.leads[1].fields["Doğum"] == "2026-01-02 03:04:00"
    assert [lead.row_number for lead in table.leads] == [2, 3, 5]


def test_formulas_without_saved_values_are_said_to_lack_them(tmp_path: Path) -> None:
    rows = [["name", "phone"], ["Ann", "2025550100"], ["Bob", '="202555"&"0101"']]
    table = read_book(tmp_path, book_bytes(rows))
    assert table.numbers == ["+12025550100"]
    assert table.layout.formulas_lack_values
    assert list(table.reasons) == [3]


def test_a_formula_counts_by_the_value_saved_with_it(tmp_path: Path) -> None:
    content = book_bytes([["name", "phone"], ["Ann", '="202555"&"0101"']])
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.infolist():
            body = old.read(entry)
            new.writestr(
                entry.filename,
                body.replace(b"</f><v />", b"</f><v>2025550101</v>").replace(
                    b"</f><v></v>", b"</f><v>2025550101</v>"
                ),
            )
    table = read_book(tmp_path, changed.getvalue())
    assert table.numbers == ["+12025550101"]


def test_a_chosen_sheet_is_read_and_the_others_named(tmp_path: Path) -> None:
    content = book_bytes([["phone"], ["2025550100"]], before="notes")
    table = read_book(tmp_path, content, sheet="leads")
    assert table.numbers == ["+12025550100"]
    assert table.layout.other_sheets == ("notes",)
    with pytest.raises(BadFile, match='no sheet "Leads"; it has notes, leads'):
        read_book(tmp_path, content, sheet="Leads")


def test_an_empty_first_sheet_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match='holds no rows in its sheet "notes"'):
        read_book(tmp_path, book_bytes([["phone"], ["2025550100"]], before="notes"))


def test_a_zip_that_is_no_workbook_is_one_sentence(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("list.csv", "phone\n2025550100\n")
    with pytest.raises(BadFile, match="zip archive but no Excel workbook"):
        read_book(tmp_path, stream.getvalue())


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_workbook_is_rows_or_one_bad_file(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    try:
        table = read_book(tmp_path, bytes(content[: max(cut, 4)]))
    except BadFile:
        return
    assert all(problem.reason for problem in table.problems)


GOOD = book_bytes(
    [["phone", "name"], *([f"202555{n:04d}", f"Customer {n}"] for n in range(100, 130))]
)


def test_a_preview_shows_mapping_and_problems_without_importing(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(
        book_bytes([["Phone", "Name", "City"], [2025550100, "Ann", "X"], ["?", "B", "Y"]])
    )
    shown = preview(path, region="US")
    assert [(column.name, column.role.value) for column in shown.columns] == [
        ("Phone", "phone"),
        ("Name", "name"),
        ("City", "field"),
    ]
    assert shown.columns[0].samples == ("2025550100", "?")
    assert (shown.rows, shown.good, len(shown.problems)) == (2, 1, 1)
    assert list(tmp_path.iterdir()) == [path]
