"""A campaign's leads as a file for a spreadsheet.

No cell is written that a spreadsheet would run as a formula; an apostrophe before such a text is
taken off again when the file is imported.
"""

import csv
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

from campaigns.lead_import.formula_guard import guarded
from campaigns.store.rows import CampaignRow, LeadExport
from campaigns.store.store import Store
from dialer.errors import DialerError, UsageError

FIXED = (
    "lead_id", "external_id", "name", "phone", "other_phones", "list", "state", "done_reason",
    "attempts", "next_call_at", "last_outcome", "last_disposition", "last_attempt_at", "last_agent",
)  # fmt: skip
SHEET_ROWS_MAX = 1_048_576
"""Excel's own limit, the heading counted."""
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

Write = Callable[[Sequence[str]], None]


async def write_leads(store: Store, campaign: CampaignRow, file: Path) -> int:
    """Write all leads to `file`; how many. Raises UsageError for an ending it does not know."""
    ending = file.suffix.lower()
    if ending not in (".csv", ".xlsx"):
        raise UsageError(f"{file} ends in '{ending}'. Name a file that ends in .csv or .xlsx.")
    # The columns lists came with are known only when all leads were seen, so they are read twice.
    extra = await _extra_columns(store.leads.export(campaign.id))
    opened = _csv_file if ending == ".csv" else _workbook
    unfinished = file.with_name(f".{file.name}.unfinished")
    count = 0
    try:
        with opened(unfinished) as write:
            write([*FIXED, *extra])
            async for lead in store.leads.export(campaign.id):
                count += 1
                if ending == ".xlsx" and count >= SHEET_ROWS_MAX:
                    raise DialerError(
                        f"'{campaign.name}' has more leads than the {SHEET_ROWS_MAX:,} rows of an "
                        "Excel sheet. Name a .csv file instead."
                    )
                write([guarded(cell) for cell in _cells(lead, extra)])
        unfinished.replace(file)
    except OSError as error:
        raise DialerError(
            f"{file} cannot be written: {error.strerror or error}. Name a file elsewhere."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return count


async def _extra_columns(leads: AsyncIterator[LeadExport]) -> list[str]:
    names: dict[str, None] = {}
    async for lead in leads:
        names.update(dict.fromkeys(lead.fields))
    return [name for name in names if name not in FIXED]


def _cells(lead: LeadExport, extra: Sequence[str]) -> list[str]:
    values: list[object] = [
        lead.lead_id,
        lead.external_id,
        lead.name,
        lead.numbers[0] if lead.numbers else None,
        "; ".join(lead.numbers[1:]),
        lead.list_name,
        lead.state,
        lead.done_reason,
        lead.tries,
        lead.next_call_at if lead.state == "callable" else None,
        lead.last_outcome,
        lead.last_disposition,
        lead.last_attempt_at,
        lead.last_agent,
        *(lead.fields.get(name) for name in extra),
    ]
    return [_text(value) for value in values]


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


@contextmanager
def _csv_file(path: Path) -> Iterator[Write]:
    # The mark makes Excel read UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        yield csv.writer(file).writerow


@contextmanager
def _workbook(path: Path) -> Iterator[Write]:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Leads")
    yield lambda row: sheet.append([_NOT_IN_XML.sub(" ", cell) for cell in row])
    workbook.save(path)
