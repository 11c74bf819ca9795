"""Rows a second of the lead import, on the example list repeated.

    python -m benchmarks.lead_import [--rows 200000]

Every figure is rows for one second of CPU time of this process, and for one second on the clock.
Each row is a lead with one number, an id, a name and twelve further columns. "Numbers only" parses
telephone numbers and nothing else, beside the phonenumbers library's own functions for the same
answer. "Into PostgreSQL" is the whole import into an empty campaign of the embedded database, whose
own processes use other cores; their CPU time is not counted in the first figure, which is why the
clock is given too.
"""

import argparse
import asyncio
import csv
import gzip
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import phonenumbers
from phonenumbers import timezone

from campaigns.campaign_file import read_campaign_file
from campaigns.lead_import import import_leads
from campaigns.lead_import.lead_rows import LeadReader
from campaigns.lead_import.table import Reading, opened_table
from campaigns.phone_numbers import parse
from campaigns.store.store import Store

EXAMPLE = Path(__file__).parents[2] / "examples" / "bank_telesales"
XLSX_ROWS_MAX = 20_000
"""A workbook of more rows takes long to write and says nothing new."""
NOW = datetime(2026, 6, 8, 15, tzinfo=UTC)


def repeated_list(path: Path, rows: int) -> list[str]:
    """Write `rows` rows of the example list to `path`; returns their numbers as written.

    Repeats get new ids and numbers: the fictional ranges are used up by the first round, and
    numbers that repeat would be merged. The later ones are not fictional, go nowhere, and are
    deleted with the file.
    """
    with gzip.open(EXAMPLE / "customers.csv.gz", "rt", newline="") as file:
        header, *originals = list(csv.reader(file))
    numbers = []
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for index in range(rows):
            copy, position = divmod(index, len(originals))
            row = list(originals[position])
            if copy:
                row[0] = f"{row[0]}-{copy}"
                row[2] = f"{row[2][:6]}{200 + copy}-{row[2][-4:]}"
            numbers.append(row[2])
            writer.writerow(row)
    return numbers


def workbook(source: Path, target: Path) -> None:
    """Write the beginning of a CSV as a workbook."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("leads")
    with source.open(newline="") as file:
        for index, row in enumerate(csv.reader(file)):
            if index > XLSX_ROWS_MAX:
                break
            sheet.append(row)
    book.save(target)


def read_all(path: Path) -> int:
    """Read a file to leads and drop them."""
    with opened_table(path, Reading(region="US", mapping={})) as table:
        reader = LeadReader(columns=table.columns, region="US")
        return sum(reader.read(row)[0] is not None for row in table.rows)


def by_the_library(text: str) -> None:
    """What `parse` answers, asked of the library's own functions."""
    number = phonenumbers.parse(text, "US")
    phonenumbers.is_valid_number(number)
    phonenumbers.number_type(number)
    phonenumbers.region_code_for_number(number)
    timezone.time_zones_for_number(number)
    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


async def import_all(path: Path, directory: Path) -> None:
    """Import twice, the second time nothing being new, and print a line for each."""
    async with await Store.open(None, directory=directory) as store:
        spec = read_campaign_file(EXAMPLE / "campaign.toml")
        campaign = await store.campaigns.create(spec, by="benchmark", now=NOW)
        for name in ("CSV into PostgreSQL, new", "CSV into PostgreSQL, again"):
            cpu = time.process_time()
            summary = await import_leads(store, campaign, path, now=NOW)
            cpu = time.process_time() - cpu
            assert summary.inserted + summary.unchanged == summary.rows
            line(name, summary.rows, summary.seconds, cpu)


def timed(name: str, rows: int, work: Callable[[], object]) -> None:
    """Run once and print a line of the table."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    line(name, rows, time.perf_counter() - clock, time.process_time() - cpu)


def line(name: str, rows: int, seconds: float, cpu_seconds: float) -> None:
    """One line of the table."""
    print(f"| {name} | {rows:,} | {rows / cpu_seconds:,.0f} | {rows / seconds:,.0f} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=200_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="lead-import-") as folder:
        directory = Path(folder)
        # The embedded PostgreSQL runs as another user when this runs as root.
        directory.chmod(0o755)
        path = directory / "list.csv"
        numbers = repeated_list(path, rows)
        book = directory / "list.xlsx"
        workbook(path, book)
        parse("+12025550100", None)
        print("| what | rows | rows a CPU second of this process | rows a second on the clock |")
        print("|---|---:|---:|---:|")
        some = numbers[:50_000]
        timed("numbers only", len(some), lambda: [parse(text, "US") for text in some])
        timed("numbers only, library", len(some), lambda: [by_the_library(text) for text in some])
        timed("CSV to leads", rows, lambda: read_all(path))
        timed("XLSX to leads", min(rows, XLSX_ROWS_MAX), lambda: read_all(book))
        asyncio.run(import_all(path, directory))


if __name__ == "__main__":
    main()
