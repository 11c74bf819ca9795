"""Reading customers' tables in tests without a database."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaigns.lead_import.columns import Columns
from campaigns.lead_import.lead_rows import LeadReader, Problem
from campaigns.lead_import.table import Layout, Reading, opened_table
from campaigns.store.rows import NewLead


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTable:
    """All of a file."""

    layout: Layout
    columns: Columns
    leads: list[NewLead]
    problems: list[Problem]

    @property
    def numbers(self) -> list[str]:
        """Every lead's first number."""
        return [lead.numbers[0].number for lead in self.leads]

    @property
    def reasons(self) -> dict[int, str]:
        """The first problem of each line."""
        return {problem.line: problem.reason for problem in reversed(self.problems)}


def read_table(path: Path, *, region: str = "US", mapping: Any = None, **options: Any) -> ReadTable:
    """Read a whole file as an import would."""
    reading = Reading(region=region, mapping=mapping or {}, **options)
    leads: list[NewLead] = []
    problems: list[Problem] = []
    with opened_table(path, reading) as table:
        reader = LeadReader(columns=table.columns, region=region)
        for row in table.rows:
            lead, found = reader.read(row)
            problems.extend(found)
            if lead is not None:
                leads.append(lead)
        return ReadTable(layout=table.layout, columns=table.columns, leads=leads, problems=problems)


def read_bytes(folder: Path, content: bytes, **options: Any) -> ReadTable:
    """Write bytes as a file and read them as a table."""
    path = folder / "list.csv"
    path.write_bytes(content)
    return read_table(path, **options)
