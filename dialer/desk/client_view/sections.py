"""A report as sections: headings and plain values, from which page, CSV, XLSX and PDF are made."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from dialer.desk.formats import Formats


@enum.unique
class Kind(enum.StrEnum):
    """How a column is written."""

    TEXT = "text"
    COUNT = "count"
    DECIMAL = "decimal"
    RATIO = "ratio"
    SECONDS = "seconds"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `heading` is in the reader's language."""

    heading: str
    kind: Kind = Kind.COUNT

    @property
    def is_number(self) -> bool:
        """Numbers stand at the right."""
        return self.kind not in (Kind.TEXT, Kind.MOMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table. `bars` is the column whose values are drawn, too."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: tuple[Any, ...] = ()
    bars: int | None = None
    notes: tuple[str, ...] = ()
    empty: str = ""

    def share_of_most(self, row: Sequence[Any]) -> float:
        """The row's bar, 0..1 of the longest one."""
        if self.bars is None:
            return 0.0
        most = max((float(each[self.bars] or 0) for each in self.rows), default=0.0)
        return float(row[self.bars] or 0) / most if most else 0.0


def written(value: Any, kind: Kind, formats: Formats) -> str:
    """A cell as the reader's language writes it; nothing for None."""
    if value is None or value == "":
        return ""
    match kind:
        case Kind.RATIO:
            return formats.percent(value)
        case Kind.SECONDS:
            return formats.duration(value)
        case Kind.MOMENT:
            assert isinstance(value, datetime)
            return formats.moment(value)
        case Kind.COUNT:
            return formats.number(value, digits=0)
        case Kind.DECIMAL:
            return formats.number(Decimal(value))
        case _:
            return str(value)
