"""Measured durations from a file: one number a line, or one column of a CSV file."""

import csv
import gzip
import io
from pathlib import Path

from dialer.errors import SettingsError

_ROWS_MAX = 1_000_000
"""More durations than this make no law better, only slower to read."""


def read(path: Path, *, column: str | None) -> tuple[float, ...]:
    """Seconds above 0, in file order; zeros are calls without a conversation and are left out.

    Raises SettingsError naming the file, the line and the value.
    """
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read ({error}); name a text file") from error
    cells = _column(path, text, column) if column is not None else _lines(text)
    seconds: list[float] = []
    for line, cell in cells[:_ROWS_MAX]:
        try:
            value = float(cell)
        except ValueError as error:
            raise SettingsError(
                f"{path}, line {line}: {cell!r} is not a number of seconds; mend or remove it"
            ) from error
        if not 0.0 <= value < 86_400.0:
            raise SettingsError(f"{path}, line {line}: {cell} seconds; use 0 to 86400")
        if value > 0.0:
            seconds.append(value)
    if not seconds:
        raise SettingsError(
            f"{path}: holds no duration above 0 seconds; one number a line is enough"
        )
    return tuple(seconds)


def _lines(text: str) -> list[tuple[int, str]]:
    lines = enumerate(text.splitlines(), start=1)
    return [(n, line.strip()) for n, line in lines if line.strip() and line.strip()[0] != "#"]


def _column(path: Path, text: str, column: str) -> list[tuple[int, str]]:
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=separator)
    names = reader.fieldnames or []
    if column not in names:
        raise SettingsError(f"{path}: has no column {column!r}; it has {', '.join(names)}")
    return [(reader.line_num, row[column] or "0") for row in reader]
