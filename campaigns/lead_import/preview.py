"""What an import of a file would do, without a database: the mapping, the first leads, the first
problems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from campaigns.lead_import.columns import Role
from campaigns.lead_import.lead_rows import LeadReader, Problem
from campaigns.lead_import.table import Layout, Reading, opened_table
from campaigns.store.rows import NewLead

PREVIEW_ROWS = 1_000
"""Rows read; some bad ones show up among so many, and a person waits for nothing."""
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPreview:
    """One column: what it will be used for, and its first values."""

    name: str
    role: Role
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a person should see before importing."""

    layout: Layout
    has_header: bool
    columns: tuple[ColumnPreview, ...]
    rows: int
    """Rows looked at, at most PREVIEW_ROWS."""
    good: int
    leads: tuple[NewLead, ...]
    problems: tuple[Problem, ...]


def preview(
    path: Path,
    *,
    region: str,
    mapping: Mapping[Role, Sequence[str]] | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
) -> Preview:
    """Read the beginning of a file as an import would. Raises BadFile."""
    reading = Reading(
        region=region, mapping=mapping or {}, encoding=encoding, separator=separator, sheet=sheet
    )
    leads: list[NewLead] = []
    problems: list[Problem] = []
    with opened_table(path, reading) as table:
        rows = list(islice(table.rows, PREVIEW_ROWS))
        reader = LeadReader(columns=table.columns, region=region)
        for row in rows:
            lead, found = reader.read(row)
            problems.extend(found)
            if lead is not None:
                leads.append(lead)
        columns = tuple(
            ColumnPreview(
                name=name,
                role=table.columns.role(index),
                samples=tuple(row.cells[index] for row in rows[:3] if index < len(row.cells)),
            )
            for index, name in enumerate(table.columns.names)
        )
        return Preview(
            layout=table.layout,
            has_header=table.columns.has_header,
            columns=columns,
            rows=len(rows),
            good=len(leads),
            leads=tuple(leads[:_SHOWN]),
            problems=tuple(problems[:_SHOWN]),
        )
