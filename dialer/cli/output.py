"""How answers look: plain text that can be copied, and JSON that can be read by a program."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import click


def print_json(value: object) -> None:
    """One JSON document on standard output: instants in ISO 8601, UTC."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> object:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | Path():
            return str(value)
        case Enum():
            return value.value
        case set() | frozenset():
            return sorted(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no JSON")


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as their longest cell; numbers to the right."""
    cells = [["" if cell is None else _shown(cell) for cell in row] for row in rows]
    widths = [
        max(len(heading), *(len(row[i]) for row in cells)) if cells else len(heading)
        for i, heading in enumerate(headings)
    ]
    right = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(headings))]

    def line(texts: Sequence[str]) -> str:
        parts = [
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(texts, widths, right, strict=True)
        ]
        return "  ".join(parts).rstrip()

    click.secho(line([heading.upper() for heading in headings]), bold=True)
    for row in cells:
        click.echo(line(row))


def print_facts(facts: Mapping[str, object]) -> None:
    """One fact a line, names in a column."""
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        click.echo(f"{name.ljust(width)}  {'' if value is None else _shown(value)}".rstrip())


def moment(at: datetime | None) -> str | None:
    """An instant by this machine's clock."""
    return None if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def age(seconds: float) -> str:
    """`5 s`, `3 min`, `2 h`, `4 days`: as precise as a person wants it."""
    for limit, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{max(0, seconds) // size:.0f} {unit}"
    return f"{seconds // 86_400:.0f} days"


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
