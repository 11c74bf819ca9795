"""Leads as JSON become rows, by the same rules as those of a file."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from campaigns.lead_import.lead_rows import NUMBERS_MAX, PRIORITY_MAX, clean
from campaigns.phone_numbers import BadNumber, is_region, parse
from campaigns.store.rows import CampaignRow, MergeStatus, NewLead, NewPhone
from dialer.desk.api.models import LeadsMerged, MergedLead
from dialer.desk.api.reach import Reach
from dialer.desk.api.words import CLEAN, Name

__all__ = ["LEADS_MAX", "NUMBERS_MAX", "PRIORITY_MAX", "Column", "LeadIn", "Value", "merge"]

LEADS_MAX = 1000
_AT_ONCE = 200
"""Leads in one transaction: some milliseconds of the event loop, which calls share."""
_COLUMNS_MAX = 200

Column = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=CLEAN)]
Value = Annotated[str, StringConstraints(max_length=5000, pattern=CLEAN)]
Written = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class LeadIn(BaseModel, extra="forbid"):
    """A person or record that may be called."""

    numbers: list[Written] = Field(
        min_length=1,
        max_length=NUMBERS_MAX,
        description="The first is called first. With + and country code, or as they are written "
        "in `region`.",
        examples=[["+12025550100"]],
    )
    region: str | None = Field(
        default=None,
        max_length=64,
        description="Two-letter country of numbers without +; the campaign's own when left out.",
    )
    external_id: Name | None = Field(
        default=None, description="Your own id of the record; unique in the campaign."
    )
    name: Name | None = None
    fields: dict[Column, Value] = Field(
        default_factory=dict,
        max_length=_COLUMNS_MAX,
        description="Further columns, for the agent's screen and the script. `postal_code`, "
        "`state`, `country` and `time_zone` also say where the lead is, and so which hours hold.",
    )
    priority: int = Field(
        default=0, ge=-PRIORITY_MAX, le=PRIORITY_MAX, description="Higher is called sooner."
    )


async def merge(
    reach: Reach,
    campaign: CampaignRow,
    list_name: str,
    leads: Sequence[LeadIn],
    *,
    duplicates: str | None,
) -> LeadsMerged:
    """Merge the leads; what became of each."""
    rule: Literal["merge", "refuse"] = (
        "refuse" if (duplicates or campaign.spec.duplicates.value) == "refuse" else "merge"
    )
    # Number plans are slow reading: a thousand numbers would hold up calls.
    read = await asyncio.to_thread(_read, leads, campaign.spec.region)
    statuses: dict[int, tuple[MergeStatus, int | None]] = {}
    good = [lead for lead, _ in read if lead is not None]
    for start in range(0, len(good), _AT_ONCE):
        report = await reach.store.leads.merge(
            campaign.id,
            list_name,
            good[start : start + _AT_ONCE],
            duplicates=rule,
            now=reach.now,
        )
        statuses |= {row.row_number: (row.status, row.lead_id) for row in report.rows}
    merged = []
    for index, (lead, problems) in enumerate(read):
        status, lead_id = statuses[index] if lead is not None else ("rejected", None)
        merged.append(
            MergedLead.model_validate(
                {
                    "index": index,
                    "status": status,
                    "lead_id": lead_id,
                    "external_id": leads[index].external_id,
                    "problems": problems,
                }
            )
        )
    await reach.store.audit.add(
        by=reach.by,
        action="leads imported",
        subject=f"campaign {campaign.name}",
        details={"list": list_name, "rows": len(leads)}
        | {each: count for each in _STATUSES if (count := _count(merged, each))},
        now=reach.now,
    )
    return LeadsMerged(
        leads=merged,
        **{each: _count(merged, each) for each in _STATUSES},
    )


_STATUSES = ("inserted", "merged", "unchanged", "refused", "rejected")


def _count(merged: Sequence[MergedLead], status: str) -> int:
    return sum(each.status == status for each in merged)


def _read(leads: Sequence[LeadIn], region: str) -> list[tuple[NewLead | None, list[str]]]:
    return [_row(index, lead, region) for index, lead in enumerate(leads)]


def _row(index: int, lead: LeadIn, region: str) -> tuple[NewLead | None, list[str]]:
    phones: dict[str, NewPhone] = {}
    problems: list[str] = []
    country = (lead.region or region).upper()
    if not is_region(country):
        return None, ["region is not a two-letter country, such as US"]
    for position, written in enumerate(lead.numbers):
        try:
            number = parse(written, country)
        except BadNumber as error:
            problems.append(f"numbers[{position}] {error}")
            continue
        phones[number.e164] = NewPhone(
            number=number.e164,
            kind=number.kind.value,
            time_zones=number.time_zones,
            region=number.region,
        )
    if not phones:
        return None, problems
    name = " ".join(clean(lead.name or "").split())
    return NewLead(
        row_number=index,
        numbers=tuple(phones.values()),
        external_id=clean(lead.external_id or "") or None,
        name=name or None,
        fields={key: text for key, value in lead.fields.items() if (text := clean(value))},
        priority=lead.priority,
    ), problems
