"""The reports as tables: the same rows on the page, in CSV files and in a workbook."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from openpyxl import Workbook

from campaigns.lead_import.formula_guard import guarded
from campaigns.store.quality_figures import (
    GroupFigures,
    ItemFigures,
    PairFigures,
    QualityFigures,
    QualityPeriod,
)
from dialer.desk.words import N_

_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_GROUP_HEADINGS = (
    N_("Reviews"), N_("Mean score"), N_("Lowest"), N_("Passed"), N_("Fatal items missed"),
    N_("Disputed"),
)  # fmt: skip
_KINDS = {
    "agent": (N_("By agent"), N_("Agent")),
    "team": (N_("By team"), N_("Team")),
    "week": (N_("Over time"), N_("Week of")),
    "listener": (N_("By listener"), N_("Listener")),
}
KINDS = (*_KINDS, "item", "between")

Cell = str | int | Decimal | Fraction | None
"""A Decimal or Fraction is a share, 0 to 1; kappa is a Fraction in a column of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """One table of the report."""

    kind: str
    title: str
    headings: tuple[str, ...]
    """English; translated where they are shown."""
    rows: tuple[tuple[Cell, ...], ...]
    plain: frozenset[int] = frozenset()
    """Columns whose fractions are plain numbers and no shares."""


async def report_tables(
    figures: QualityFigures, period: QualityPeriod, *, zone: str
) -> list[ReportTable]:
    """All tables of a period."""
    tables = [
        ReportTable(
            kind=kind,
            title=title,
            headings=(heading, *_GROUP_HEADINGS),
            rows=tuple(_group_row(each) for each in await figures.by(kind, period, zone=zone)),
        )
        for kind, (title, heading) in _KINDS.items()
    ]
    tables.append(
        ReportTable(
            kind="item",
            title=N_("By item"),
            headings=(
                N_("Scorecard"), N_("Section"), N_("Item"), N_("Answered"), N_("Did not apply"),
                N_("Mean share"), N_("Worst answers"),
            ),
            rows=tuple(_item_row(each) for each in await figures.by_item(period)),
        )
    )  # fmt: skip
    tables.append(
        ReportTable(
            kind="between",
            title=N_("Between listeners"),
            headings=(
                N_("Listener"), N_("Other listener"), N_("Calls"), N_("Items compared"),
                N_("Equal answers"), N_("Weighted kappa"), N_("Agree on what applies"),
            ),
            rows=tuple(_pair_row(each) for each in await figures.between(period)),
            plain=frozenset({5}),
        )
    )  # fmt: skip
    return tables


def csv_bytes(table: ReportTable) -> bytes:
    """One table for spreadsheets and scripts: UTF-8 with a mark, shares 0 to 1."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.headings)
    for row in table.rows:
        writer.writerow([guarded(_text(cell)) for cell in row])
    return ("\ufeff" + out.getvalue()).encode()


def workbook_bytes(tables: Iterable[ReportTable]) -> bytes:
    """All tables, a sheet each. Blocks for some ten milliseconds: call it in a thread."""
    workbook = Workbook(write_only=True)
    for table in tables:
        sheet = workbook.create_sheet(table.title)
        sheet.append(list(table.headings))
        for row in table.rows:
            sheet.append([_value(cell) for cell in row])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _value(cell: Cell) -> str | int | float | None:
    match cell:
        case Decimal() | Fraction():
            return round(float(cell), 6)
        case str():
            return guarded(_NOT_IN_XML.sub(" ", cell))
        case _:
            return cell


def _text(cell: Cell) -> str:
    value = _value(cell)
    return "" if value is None else str(value)


def _group_row(each: GroupFigures) -> tuple[Cell, ...]:
    return (
        str(each.name), each.reviews, each.mean_ratio, each.least_ratio, each.passed_ratio,
        each.fatal, each.disputed,
    )  # fmt: skip


def _item_row(each: ItemFigures) -> tuple[Cell, ...]:
    return (
        each.scorecard, each.section, each.text, each.answered, each.not_applicable,
        each.mean_ratio, each.worst,
    )  # fmt: skip


def _pair_row(each: PairFigures) -> tuple[Cell, ...]:
    return (
        each.first, each.second, each.calls, each.agreement.count, each.agreement.equal_ratio,
        each.agreement.kappa, each.about_applying,
    )  # fmt: skip


def bars(tables: Sequence[ReportTable]) -> list[tuple[str, Decimal]]:
    """The mean score of each week, for the chart over time."""
    (weeks,) = [table for table in tables if table.kind == "week"]
    return [(str(row[0]), row[2]) for row in weeks.rows if isinstance(row[2], Decimal)]
