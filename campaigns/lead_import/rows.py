"""One row of a customer's table, whatever file it came from."""

from typing import NamedTuple


class Row(NamedTuple):
    """A row as read. A NamedTuple because an import makes millions of them."""

    line: int
    """Line of the text file where the row begins, or row of the sheet; 1 is the first."""
    cells: list[str]
    problem: str | None = None
    """Why the row as a whole cannot be used, or None."""


CELL_CHARS_MAX = 32_767
"""Excel's own limit for a cell; a longer one is not a customer's datum but a broken file."""
COLUMNS_MAX = 1_000
"""Wider tables are refused: no agent's screen can show them, and each column is stored by name."""
