"""Imports into a real database: idempotent, interruptible, duplicates by rule, and out again."""

import asyncio
import csv
import gzip
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from campaigns.campaign_file import parse_campaign
from campaigns.lead_import import ImportSummary, Progress, export_leads, import_leads
from campaigns.store.rows import CampaignRow, LeadExport
from campaigns.store.store import Store

NOW = datetime(2026, 6, 8, 15, tzinfo=UTC)
EXAMPLE = Path("examples/bank_telesales/customers.csv.gz")


async def a_campaign(store: Store, **leads: str) -> CampaignRow:
    document: dict[str, Any] = {
        "name": "spring",
        "client": "Example Bank",
        "team": "blue",
        "region": "US",
        "caller_id": "+12025550100",
        "trunks": ["main"],
        "leads": leads,
    }
    return await store.campaigns.create(parse_campaign(document, source="test"), by="test", now=NOW)


async def leads_of(store: Store, campaign: CampaignRow) -> list[LeadExport]:
    return [lead async for lead in store.leads.export(campaign.id)]


def counts(summary: ImportSummary) -> tuple[int, int, int, int, int]:
    return (
        summary.inserted,
        summary.merged,
        summary.unchanged,
        summary.refused,
        summary.rejected,
    )


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


LIST = b"""id,name,phone,phone2,city
1,Ann,(202) 555-0100,,Washington
2,Bob,(202) 555-0101,(312) 555-0102,Chicago
3,Cy,abc,,Nowhere
4,Ann again,202-555-0100,(202) 555-0103,
5,Dee,9.94501E+11,,Baku
6,Eve,(202) 555-0104,,Boston
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_bytes(LIST)
    return path


async def test_good_rows_become_leads_and_bad_ones_a_file_beside_the_input(
    store: Store, path: Path
) -> None:
    campaign = await a_campaign(store)
    summary = await import_leads(store, campaign, path, now=NOW)
    assert counts(summary) == (3, 1, 0, 0, 2)
    assert summary.rows == 6
    leads = await leads_of(store, campaign)
    assert [(lead.name, lead.numbers) for lead in leads] == [
        ("Ann", ("+12025550100", "+12025550103")),
        ("Bob", ("+12025550101", "+13125550102")),
        ("Eve", ("+12025550104",)),
    ]
    assert leads[0].fields == {"city": "Washington"}
    assert summary.rejects_path == path.with_name("customers.csv.rejects.csv")
    with summary.rejects_path.open(encoding="utf-8-sig", newline="") as file:
        rejects = list(csv.reader(file))
    assert rejects[0] == [
        "line",
        "column",
        "value",
        "reason",
        "id",
        "name",
        "phone",
        "phone2",
        "city",
    ]
    assert [(row[0], row[1], row[2]) for row in rejects[1:]] == [
        ("4", "phone", "abc"),
        ("6", "phone", "9.94501E+11"),
    ]


async def test_the_same_import_again_changes_nothing(store: Store, path: Path) -> None:
    campaign = await a_campaign(store)
    await import_leads(store, campaign, path, now=NOW)
    before = await leads_of(store, campaign)
    summary = await import_leads(store, campaign, path, now=NOW)
    assert counts(summary) == (0, 0, 4, 0, 2)
    assert await leads_of(store, campaign) == before


async def test_duplicates_are_refused_by_rule_and_listed(store: Store, path: Path) -> None:
    campaign = await a_campaign(store, duplicates="refuse")
    summary = await import_leads(store, campaign, path, now=NOW)
    assert counts(summary) == (3, 0, 0, 1, 2)
    again = await import_leads(store, campaign, path, now=NOW)
    assert counts(again) == (0, 0, 3, 1, 2)
    assert again.rejects_path is not None
    assert "5,phone,+12025550100,is a duplicate of lead" in again.rejects_path.read_text(
        "utf-8-sig"
    )


async def test_a_corrected_rejects_file_can_be_imported(store: Store, path: Path) -> None:
    campaign = await a_campaign(store)
    first = await import_leads(store, campaign, path, now=NOW)
    assert first.rejects_path is not None
    text = first.rejects_path.read_text("utf-8-sig")
    corrected = path.with_name("corrected.csv")
    corrected.write_text(
        text.replace("abc", "(202) 555-0110").replace("9.94501E+11", "+994501234567")
    )
    summary = await import_leads(store, campaign, corrected, now=NOW)
    assert counts(summary) == (2, 0, 0, 0, 0)
    cy = (await leads_of(store, campaign))[-2]
    assert (cy.external_id, cy.name, cy.fields) == ("3", "Cy", {"city": "Nowhere"})


async def test_an_import_without_problems_removes_the_old_rejects_file(
    store: Store, path: Path
) -> None:
    campaign = await a_campaign(store)
    first = await import_leads(store, campaign, path, now=NOW)
    assert first.rejects_path is not None
    write(path, b"id,phone\n1,(202) 555-0100\n")
    summary = await import_leads(store, campaign, path, now=NOW)
    assert summary.rejects_path is None
    assert names_in(path.parent) == {path.name}


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, asyncio.CancelledError])
async def test_an_interrupted_import_keeps_what_it_merged_and_runs_again(
    store: Store, path: Path, interruption: type[BaseException]
) -> None:
    campaign = await a_campaign(store)

    for survived in range(1, 4):
        seen: list[Progress] = []

        def interrupt(
            progress: Progress, after: int = survived, seen: list[Progress] = seen
        ) -> None:
            seen.append(progress)
            if len(seen) == after:
                raise interruption

        with pytest.raises(interruption):
            await import_leads(store, campaign, path, now=NOW, chunk_rows=2, progress=interrupt)
        assert len(await leads_of(store, campaign)) >= min(survived, 2)
    summary = await import_leads(store, campaign, path, now=NOW)
    assert summary.unchanged + summary.inserted + summary.merged == 4
    assert len(await leads_of(store, campaign)) == 3


async def test_progress_reaches_the_whole_file(store: Store, path: Path) -> None:
    campaign = await a_campaign(store)
    seen: list[Progress] = []
    await import_leads(store, campaign, path, now=NOW, progress=seen.append)
    assert seen[-1].bytes_done == seen[-1].bytes_total == len(LIST)
    assert seen[-1].rows == 6


async def test_a_workbook_gives_the_same_leads_as_the_text(store: Store, path: Path) -> None:
    campaign = await a_campaign(store)
    await import_leads(store, campaign, path, now=NOW)
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in csv.reader(io.StringIO(LIST.decode())):
        book.active.append(row)
    workbook = path.with_suffix(".xlsx")
    book.save(workbook)
    book.close()
    summary = await import_leads(store, campaign, workbook, now=NOW)
    assert counts(summary) == (0, 0, 4, 0, 2)


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
async def test_an_export_can_be_imported_and_holds_no_formula(
    store: Store, tmp_path: Path, file_format: Any
) -> None:
    path = tmp_path / "list.csv"
    rows = [
        ["phone", "name", "remark"],
        ["2025550100", '=HYPERLINK("http://evil")', "+49 30 1234567"],
        ["2025550101;2025550102", "@SUM(1+1)", "-5"],
    ]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    campaign = await a_campaign(store)
    await import_leads(store, campaign, path, now=NOW)
    exported = tmp_path / f"out.{file_format}"
    assert await export_leads(store, campaign, exported, file_format) == 2
    if file_format == "csv":
        lines = list(csv.reader(io.StringIO(exported.read_text("utf-8-sig"))))
        assert lines[1][:5] == [
            "",
            '\'=HYPERLINK("http://evil")',
            "+12025550100",
            "",
            "+49 30 1234567",
        ]
        assert lines[2][:5] == ["", "'@SUM(1+1)", "+12025550101", "+12025550102", "-5"]
    else:
        book = openpyxl.load_workbook(exported)
        kinds = {cell.data_type for row in book["leads"].iter_rows() for cell in row if cell.value}
        book.close()
        assert kinds == {"s"}
    summary = await import_leads(store, campaign, exported, now=NOW)
    assert summary.inserted == 0
    assert summary.rejected == 0
    assert names_in(tmp_path) == {path.name, exported.name}


async def test_the_example_list_is_imported_whole(store: Store, tmp_path: Path) -> None:
    path = tmp_path / EXAMPLE.name
    with gzip.open(EXAMPLE, "rt") as file:
        head = "".join(next(file) for _ in range(3_001))
    with gzip.open(path, "wt") as file:
        file.write(head)
    campaign = await a_campaign(store)
    summary = await import_leads(store, campaign, path, now=NOW)
    assert counts(summary) == (3_000, 0, 0, 0, 0)
    lead = (await leads_of(store, campaign))[0]
    assert lead.fields["last_talk_seconds"] == "376"
    assert lead.fields["subscribed"] == "no"
