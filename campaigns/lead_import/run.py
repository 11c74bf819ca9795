"""Importing a file into a campaign, chunk by chunk.

Each chunk is one transaction of the store. What is merged stays merged whatever happens next, and
merging the same rows again changes nothing, so an import that was interrupted is simply run again.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Literal, Protocol

from campaigns.lead_import.columns import Role
from campaigns.lead_import.lead_rows import LeadReader, Problem
from campaigns.lead_import.rejects import Rejects, rejects_path_of
from campaigns.lead_import.rows import Row
from campaigns.lead_import.table import Layout, Reading, Table, opened_table
from campaigns.store.rows import CampaignRow, MergeReport, NewLead

CHUNK_ROWS = 2_000
"""Some 2 MB of leads: enough to make a transaction worth its fsync, few enough that the progress
moves and other users of the database wait no more than a fraction of a second for the campaign's
merge lock."""

NO_FORMULA_VALUE = (
    "has no telephone number; this workbook holds formulas without saved results, "
    "so open it in Excel, save it and import it again"
)


class LeadMerger(Protocol):
    """What the import needs of the store's leads."""

    async def merge(
        self,
        campaign_id: int,
        list_name: str,
        rows: Sequence[NewLead],
        *,
        duplicates: Literal["merge", "refuse"],
        now: datetime,
    ) -> MergeReport:
        """Merge rows in one transaction; see campaigns/store/leads.py."""
        ...


class LeadStore(Protocol):
    """What the import needs of the store."""

    @property
    def leads(self) -> LeadMerger:
        """The store's leads."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import is. Bytes are those of the file on disk."""

    bytes_done: int
    bytes_total: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What became of a file. `rows` is the sum of inserted, merged, unchanged, refused and
    rejected."""

    rows: int
    inserted: int
    merged: int
    """Rows that added something to a lead the campaign had."""
    unchanged: int
    refused: int
    """Duplicates under the rule "refuse"."""
    rejected: int
    """Rows that could not be read as a lead."""
    bad_numbers: int
    """Numbers left out of rows that were imported with their other numbers."""
    rejects_path: Path | None
    """Lists everything refused, rejected or left out; None when there is nothing to list."""
    seconds: float
    layout: Layout


@dataclass(slots=True)
class _Counts:
    rows: int = 0
    inserted: int = 0
    merged: int = 0
    unchanged: int = 0
    refused: int = 0
    rejected: int = 0
    bad_numbers: int = 0

    def add(self, report: MergeReport) -> None:
        self.inserted += report.inserted
        self.merged += report.merged
        self.unchanged += report.unchanged
        self.refused += report.refused


@dataclass(slots=True)
class _Chunk:
    leads: list[NewLead] = field(default_factory=list)
    cells: dict[int, Sequence[str]] = field(default_factory=dict)
    """Original rows of the leads by line, for the rejects file."""
    problems: list[Problem] = field(default_factory=list)
    last_line: int = 0


async def import_leads(
    store: LeadStore,
    campaign: CampaignRow,
    path: Path,
    *,
    now: datetime,
    list_name: str | None = None,
    mapping: Mapping[Role, Sequence[str]] | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    duplicates: Literal["merge", "refuse"] | None = None,
    sheet: str | None = None,
    chunk_rows: int = CHUNK_ROWS,
    progress: Callable[[Progress], None] | None = None,
) -> ImportSummary:
    """Import a CSV (plain or gzip) or XLSX file. Raises BadFile, after merging what came before the
    damage.

    None means: the file's own name as `list_name`, everything about the file found out, and the
    campaign's own rule for `duplicates`. `chunk_rows` are merged at once. `mapping` comes from
    `columns.parse_mapping`. `progress` is called after every chunk.
    """
    began = time.perf_counter()
    reading = Reading(
        region=campaign.spec.region,
        mapping=mapping or {},
        encoding=encoding,
        separator=separator,
        sheet=sheet,
    )
    rule: Literal["merge", "refuse"] = duplicates or campaign.spec.duplicates.value
    counts = _Counts()
    with (
        opened_table(path, reading) as table,
        Rejects(rejects_path_of(path), table.columns) as rejects,
    ):
        reader = _reader(table, reading.region)
        rows = iter(table.rows)
        while batch := list(islice(rows, chunk_rows)):
            chunk = _read_chunk(reader, batch, counts)
            if chunk.leads:
                report = await store.leads.merge(
                    campaign.id,
                    list_name or path.name,
                    chunk.leads,
                    duplicates=rule,
                    now=now,
                )
                counts.add(report)
                chunk.problems.extend(_refusals(report, chunk, table))
            rejects.write(chunk.problems)
            if progress is not None:
                done = table.bytes_done(chunk.last_line)
                progress(Progress(bytes_done=done, bytes_total=table.bytes_total, rows=counts.rows))
        if progress is not None:
            total = table.bytes_total
            progress(Progress(bytes_done=total, bytes_total=total, rows=counts.rows))
        return ImportSummary(
            rows=counts.rows,
            inserted=counts.inserted,
            merged=counts.merged,
            unchanged=counts.unchanged,
            refused=counts.refused,
            rejected=counts.rejected,
            bad_numbers=counts.bad_numbers,
            rejects_path=rejects.path if rejects.has_any else None,
            seconds=time.perf_counter() - began,
            layout=table.layout,
        )


def _reader(table: Table, region: str) -> LeadReader:
    if table.layout.formulas_lack_values:
        return LeadReader(columns=table.columns, region=region, no_number_reason=NO_FORMULA_VALUE)
    return LeadReader(columns=table.columns, region=region)


def _read_chunk(reader: LeadReader, batch: Sequence[Row], counts: _Counts) -> _Chunk:
    chunk = _Chunk(last_line=batch[-1].line)
    for row in batch:
        lead, problems = reader.read(row)
        if lead is not None:
            counts.rows += 1
            counts.bad_numbers += len(problems)
            chunk.leads.append(lead)
            chunk.cells[lead.row_number] = row.cells
        elif problems:
            counts.rows += 1
            counts.rejected += 1
        chunk.problems.extend(problems)
    return chunk


def _refusals(report: MergeReport, chunk: _Chunk, table: Table) -> Iterable[Problem]:
    if not report.refused:
        return
    column = table.columns.names[table.columns.phones[0]]
    for row, lead in zip(report.rows, chunk.leads, strict=True):
        if row.status == "refused":
            reason = f"is a duplicate of lead {row.lead_id} of this campaign"
            cells = chunk.cells[row.row_number]
            yield Problem(row.row_number, column, lead.numbers[0].number, reason, cells)
