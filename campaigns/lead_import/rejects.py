"""The file of what was not imported, beside the input: a person corrects it and imports it
again."""

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from campaigns.lead_import.columns import REJECT_COLUMNS, Columns
from campaigns.lead_import.errors import BadFile
from campaigns.lead_import.formula_guard import guarded
from campaigns.lead_import.lead_rows import Problem

_VALUE_CHARS_MAX = 500
"""What a person needs to see of a value; the original row follows in full."""


def rejects_path_of(path: Path) -> Path:
    """`list.csv` gives `list.csv.rejects.csv`, in the same folder."""
    return path.with_name(path.name + ".rejects.csv")


class Rejects:
    """Writes problems as they come. The file exists only once there is one; a context manager.

    It is UTF-8 with a mark, which Excel needs to show letters right. The first four columns say
    where and why, then comes the original row under its own names.
    """

    def __init__(self, path: Path, columns: Columns) -> None:
        self.path = path
        self._columns = columns
        self._file: IO[str] | None = None

    def write(self, problems: Sequence[Problem]) -> None:
        """Append problems, in the order of their lines. Raises BadFile when the file cannot be
        written."""
        if not problems:
            return
        skipped = len(REJECT_COLUMNS) if self._columns.is_corrected_rejects else 0
        writer = csv.writer(self._opened())
        for problem in sorted(problems, key=lambda problem: problem.line):
            head = (
                str(problem.line),
                problem.column,
                problem.value[:_VALUE_CHARS_MAX],
                problem.reason,
            )
            row = [*head, *problem.cells[skipped:]]
            writer.writerow([guarded(cell) for cell in row])

    def _opened(self) -> IO[str]:
        if self._file is None:
            try:
                self._file = self.path.open("w", encoding="utf-8-sig", newline="", errors="replace")
            except OSError as error:
                raise BadFile(
                    f"{self.path} cannot be written: {error.strerror or error}; rows that were "
                    "refused are listed there, so make the folder writable or name another file"
                ) from error
            skipped = len(REJECT_COLUMNS) if self._columns.is_corrected_rejects else 0
            names = self._columns.names[skipped:]
            csv.writer(self._file).writerow([*REJECT_COLUMNS, *map(guarded, names)])
        return self._file

    @property
    def has_any(self) -> bool:
        """True once something was written."""
        return self._file is not None

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
        elif kind is None:
            # An earlier import of the same file may have left one that says what is no longer true.
            self.path.unlink(missing_ok=True)
