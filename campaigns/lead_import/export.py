"""A campaign's leads back out as CSV or XLSX: what came in, and what came of each lead.

Streaming in two passes over the store, because the columns are only known when every lead has been
seen: leads of several lists may have different extra columns and different counts of numbers.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from campaigns.lead_import.errors import BadFile
from campaigns.lead_import.written_tables import csv_writer, xlsx_writer
from campaigns.lead_import.xlsx_rows import ROWS_MAX
from campaigns.store.rows import CampaignRow, LeadExport

OUTCOME_COLUMNS = (
    "lead_list",
    "call_state",
    "call_done_reason",
    "call_attempts",
    "call_last_outcome",
    "call_last_disposition",
    "call_last_at",
    "call_last_agent",
    "call_next_at",
)


class LeadExporter(Protocol):
    """What the export needs of the store's leads."""

    def export(self, campaign_id: int) -> AsyncIterator[LeadExport]:
        """All leads of a campaign, streamed; see campaigns/store/leads.py."""
        ...


class ExportStore(Protocol):
    """What the export needs of the store."""

    @property
    def leads(self) -> LeadExporter:
        """The store's leads."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Columns all leads of a campaign need together."""

    numbers: int
    fields: tuple[str, ...]

    def header(self) -> list[str]:
        numbers = ["phone", *(f"phone_{index}" for index in range(2, self.numbers + 1))]
        fixed = {"external_id", "name", *numbers, *OUTCOME_COLUMNS}
        fields = [f"{name}_of_lead" if name in fixed else name for name in self.fields]
        return ["external_id", "name", *numbers, *fields, *OUTCOME_COLUMNS]

    def row(self, lead: LeadExport) -> list[str]:
        numbers = [*lead.numbers, *[""] * (self.numbers - len(lead.numbers))]
        return [
            lead.external_id or "",
            lead.name or "",
            *numbers[: self.numbers],
            *(lead.fields.get(name, "") for name in self.fields),
            lead.list_name,
            lead.state,
            lead.done_reason or "",
            str(lead.tries),
            lead.last_outcome or "",
            lead.last_disposition or "",
            lead.last_attempt_at.isoformat(timespec="seconds") if lead.last_attempt_at else "",
            lead.last_agent or "",
            lead.next_call_at.isoformat(timespec="seconds") if lead.state == "callable" else "",
        ]


async def export_leads(
    store: ExportStore, campaign: CampaignRow, path: Path, file_format: Literal["csv", "xlsx"]
) -> int:
    """Write all leads of a campaign to `path` and return how many. Raises BadFile.

    The file appears whole or not at all. A lead that arrives between the two passes is included,
    without extra columns that no lead before it had.
    """
    shape = await _shape(store, campaign)
    part = path.with_name(path.name + ".part")
    count = 0
    try:
        with (csv_writer if file_format == "csv" else xlsx_writer)(part, "leads") as write:
            write(shape.header())
            async for lead in store.leads.export(campaign.id):
                count += 1
                if file_format == "xlsx" and count >= ROWS_MAX:
                    raise BadFile(
                        f"{path} would have more than {ROWS_MAX:,} rows, Excel's limit; export CSV"
                    )
                write(shape.row(lead))
        part.replace(path)
    except OSError as error:
        raise BadFile(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return count


async def _shape(store: ExportStore, campaign: CampaignRow) -> _Shape:
    numbers = 1
    # A dict, because it keeps the order in which the columns first appeared.
    fields: dict[str, None] = {}
    async for lead in store.leads.export(campaign.id):
        numbers = max(numbers, len(lead.numbers))
        if not fields.keys() >= lead.fields.keys():
            fields.update(dict.fromkeys(lead.fields))
    return _Shape(numbers=numbers, fields=tuple(fields))
