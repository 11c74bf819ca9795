"""Text files, well-formed and not: good rows survive bad ones, and memory stays bounded."""

import csv
import gzip
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.lead_import import BadFile
from campaigns.lead_import.csv_rows import LINE_CHARS_MAX, RECORD_LINES_MAX, csv_rows, text_of
from tests.support.tables import read_bytes, read_table

PAGES = ("cp1250", "cp1251", "cp1254", "cp1257")
ENCODINGS: dict[str, st.SearchStrategy[str]] = {
    "utf-8": st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"),
    "utf-16": st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffd"),
    **{page: st.sampled_from(bytes(range(1, 256)).decode(page, "ignore")) for page in PAGES},
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, str, list[list[str]]]:
    encoding = draw(st.sampled_from(sorted(ENCODINGS)))
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    width = draw(st.integers(2, 5))
    cell = st.text(ENCODINGS[encoding], max_size=12)
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=12))
    return encoding, separator, [row for row in rows if any(row)]


@given(tables(), st.sampled_from(["\r\n", "\n"]), st.booleans())
def test_any_table_comes_back_through_any_encoding_and_separator(
    table: tuple[str, str, list[list[str]]], line_end: str, quote_all: bool
) -> None:
    encoding, separator, rows = table
    text = io.StringIO(newline="")
    # With a bare \n as line end, csv.writer leaves a carriage return in a cell unquoted.
    quoting = csv.QUOTE_ALL if quote_all or line_end == "\n" else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=separator, lineterminator=line_end, quoting=quoting).writerows(rows)
    stream = io.BytesIO(text.getvalue().encode(encoding))
    width = len(rows[0]) if rows else None
    found = list(csv_rows(text_of(stream, encoding), separator, width=width))
    assert [row.cells for row in found] == rows
    assert {row.problem for row in found} <= {None}


@given(st.binary(max_size=400) | st.text(alphabet='0123456789+,;"\n\r\t aя', max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_rows_problems_or_one_bad_file(tmp_path: Path, content: bytes | str) -> None:
    raw = content.encode() if isinstance(content, str) else content
    try:
        table = read_bytes(tmp_path, raw)
    except BadFile:
        return
    assert all(problem.reason for problem in table.problems)
    assert all(lead.numbers for lead in table.leads)


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_after_a_gzip_or_zip_mark_are_one_bad_file_or_rows(
    tmp_path: Path, content: bytes
) -> None:
    for head in (b"\x1f\x8b\x08\x00", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        with pytest.raises(BadFile):
            read_bytes(tmp_path, head + content)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found(separator: str, tmp_path: Path) -> None:
    lines = [["name", "phone", "remark"], ["Ann", "(202) 555-0100", "a, b; c"]]
    text = "\n".join(separator.join(f'"{cell}"' for cell in line) for line in lines)
    table = read_bytes(tmp_path, text.encode())
    assert table.layout.separator == separator
    assert table.leads[0].fields == {"remark": "a, b; c"}


def test_a_declared_separator_is_obeyed_and_its_line_is_counted(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b"sep=|\r\nphone|x\r\n2025550100|1\r\nabc|2\r\n")
    assert table.numbers == ["+12025550100"]
    assert list(table.reasons) == [4]


def test_several_numbers_in_the_only_column_stay_together(tmp_path: Path) -> None:
    content = b"phone\n202-555-0100; 202-555-0101\n202-555-0102\n"
    table = read_bytes(tmp_path, content)
    assert [len(lead.numbers) for lead in table.leads] == [2, 1]


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("2025550100,2025550101", 2),
        ("2025550100 / 2025550101", 2),
        ("2025550100;2025550101|2025550102", 3),
        ("2025550100\n2025550101", 2),
        ("202/555-0100", 1),
        ("202,555,0100", 0),
        ("2025550100; +1 202 555 0100", 1),
    ],
)
def test_numbers_within_one_cell(cell: str, numbers: int, tmp_path: Path) -> None:
    table = read_bytes(tmp_path, f'phone;name\n"{cell}";Ann\n'.encode())
    assert sum(len(lead.numbers) for lead in table.leads) == numbers


def test_a_bad_number_beside_a_good_one_is_reported_and_the_row_imported(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b"phone,phone2\n2025550100,abc\n")
    assert table.numbers == ["+12025550100"]
    assert table.problems[0].column == "phone2"
    assert table.problems[0].reason.endswith("the row was imported with its other numbers")


def test_at_most_ten_numbers_a_lead(tmp_path: Path) -> None:
    cell = ";".join(f"202555{number:04d}" for number in range(100, 112))
    table = read_bytes(tmp_path, f"phone,x\n{cell},1\n".encode())
    assert len(table.leads[0].numbers) == 10
    assert len(table.problems) == 2


def test_quoted_line_breaks_belong_to_their_cell(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b'phone,remark\r\n2025550100,"a\r\nb"\r\n2025550101,c\r\n')
    assert [lead.fields["remark"] for lead in table.leads] == ["a\nb", "c"]
    assert [lead.row_number for lead in table.leads] == [2, 4]


@pytest.mark.parametrize("closed_later", [True, False])
def test_an_unclosed_quotation_mark_costs_one_row(closed_later: bool, tmp_path: Path) -> None:
    rows = [f"Customer {n},202555{n:04d}" for n in range(100, 160)]
    rows[10] = '"' + rows[10]
    if closed_later:
        rows[30] = rows[30].replace("Customer", 'Cust"omer"')
    table = read_bytes(tmp_path, ("name,phone\n" + "\n".join(rows) + "\n").encode())
    assert len(table.leads) == 59
    assert table.reasons == {12: "a quotation mark is opened and not closed in this row"}


def test_every_row_with_an_unclosed_mark_is_bounded_work(tmp_path: Path) -> None:
    rows = "".join(f'"Customer {n},2025550100\n' for n in range(RECORD_LINES_MAX * 5 + 1))
    table = read_bytes(tmp_path, f"name,phone\n{rows}Ann,2025550100\n".encode())
    assert table.leads[-1].name == "Ann"


def test_ragged_rows_are_reported_and_surplus_empty_cells_forgiven(tmp_path: Path) -> None:
    content = b"phone,a,b\n2025550100,1\n2025550101,1,2,3\n2025550102,1,2,,\n,,\n\n2025550103,1,2\n"
    table = read_bytes(tmp_path, content)
    assert table.numbers == ["+12025550102", "+12025550103"]
    assert table.reasons == {
        2: "has 2 cells where the table has 3 columns",
        3: "has 4 cells where the table has 3 columns",
    }


def test_a_number_rounded_by_excel_says_so(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b"phone;a\n9,94501E+11;1\n0501234567;2\n", region="AZ")
    assert table.numbers == ["+994501234567"]
    assert "rounded by Excel" in table.reasons[2]
    assert table.problems[0].value == "9,94501E+11"


def test_a_nul_byte_costs_its_own_row_only(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b"phone,a\n2025550100,x\0y\n2025550101,z\n")
    assert table.numbers == ["+12025550101"]
    assert table.reasons == {2: "the line holds a NUL byte, which no text has"}


def test_a_huge_cell_costs_its_own_row_only(tmp_path: Path) -> None:
    huge = b"x" * 40_000
    table = read_bytes(tmp_path, b"phone,a\n2025550100," + huge + b"\n2025550101,z\n")
    assert table.numbers == ["+12025550101"]
    assert "40,000 characters" in table.reasons[2]
    assert max(map(len, table.problems[0].cells)) < 1000


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_an_endless_line_is_skipped_in_bounded_memory(quote: bytes, tmp_path: Path) -> None:
    path = tmp_path / "list.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"phone,a\n2025550100,1\n" + quote)
        for _ in range(24):
            file.write(b"x" * (1 << 20))
        file.write(b"\n2025550101,1\n")
    tracemalloc.start()
    try:
        table = read_bytes(tmp_path, path.read_bytes())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert table.numbers == ["+12025550100", "+12025550101"]
    assert f"longer than {LINE_CHARS_MAX:,}" in table.reasons[3]
    assert peak < 16 << 20


def test_gzip_is_read_and_a_cut_one_gives_its_rows_then_one_bad_file(tmp_path: Path) -> None:
    rows = b"".join(b"%d,2025550%03d\n" % (n, n % 1000) for n in range(100, 8_000))
    whole = gzip.compress(b"id,phone\n" + rows)
    assert len(read_bytes(tmp_path, whole).leads) > 1_000
    with pytest.raises(BadFile, match="damaged or cut short"):
        read_bytes(tmp_path, whole[: len(whole) // 2])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n \n,,\n", "holds no rows|no column"),
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"old Excel workbook \(\.xls\)"),
        (b"PK\x03\x04rubbish", "cannot be read as a workbook"),
    ],
)
def test_a_file_that_is_no_table_is_one_sentence(
    content: bytes, words: str, tmp_path: Path
) -> None:
    with pytest.raises(BadFile, match=words):
        read_bytes(tmp_path, content)


def test_what_is_no_ordinary_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read: Is a directory"):
        read_table(tmp_path)
    with pytest.raises(BadFile, match="cannot be read: No such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(BadFile, match="is empty"):
        read_table(Path("/dev/null"))


def test_control_characters_never_reach_the_screen(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b"phone,name,a\n2025550100,A\x1b[31mnn,x\x07y\n")
    assert table.leads[0].name == "A[31mnn"
    assert table.leads[0].fields == {"a": "xy"}
