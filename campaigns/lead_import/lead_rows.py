"""From a row of cells to a lead with clean numbers, or to the reasons why not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from campaigns.lead_import.columns import REJECT_COLUMNS, Columns
from campaigns.lead_import.formula_guard import unguarded
from campaigns.lead_import.rows import CELL_CHARS_MAX, Row
from campaigns.phone_numbers import BadNumber, parse
from campaigns.store.rows import NewLead, NewPhone

NUMBERS_MAX = 10
"""Numbers of one lead; more than the common dialers take, and enough that nobody has missed
them."""
PRIORITY_MAX = 1_000
_SURE_SEPARATORS = re.compile(r"[;\n\r|]")
_MAYBE_SEPARATORS = re.compile(r"[,/]")
_DIGITS_OF_A_NUMBER_MIN = 7
"""E.164 numbers have at least seven digits, so shorter pieces around a comma or slash are one
number."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029]")


class Problem(NamedTuple):
    """One line of the rejects file."""

    line: int
    column: str
    """Empty when the whole row is meant."""
    value: str
    reason: str
    cells: Sequence[str]
    """The original row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadReader:
    """Reads the rows of one table."""

    columns: Columns
    region: str
    no_number_reason: str = "has no telephone number"

    def read(self, row: Row) -> tuple[NewLead | None, list[Problem]]:
        """The lead of a row and what was wrong with it; a lead may come with problems, and None
        always does.

        A row of blanks gives neither.
        """
        cells: Sequence[str] = row.cells
        if row.problem is not None:
            return None, [Problem(row.line, "", _beginning(cells), row.problem, cells)]
        columns = self.columns
        if columns.is_corrected_rejects:
            cells = [unguarded(cell) for cell in cells]
        if max(map(len, cells)) > CELL_CHARS_MAX:
            return None, [self._too_long(row.line, cells)]
        numbers, problems = self._numbers(row.line, cells)
        if not numbers:
            if not problems and any(cell.strip() for cell in cells):
                column = columns.names[columns.phones[0]]
                problems.append(Problem(row.line, column, "", self.no_number_reason, cells))
            return None, problems
        priority, problem = self._priority(row.line, cells)
        if problem is not None:
            return None, [*problems, problem]
        name = " ".join(clean(cells[index]) for index in columns.name).strip()
        external_id = clean(cells[columns.external_id]) if columns.external_id is not None else ""
        lead = NewLead(
            row_number=row.line,
            numbers=tuple(numbers.values()),
            external_id=external_id or None,
            name=" ".join(name.split()) or None,
            fields={key: text for index, key in columns.fields if (text := clean(cells[index]))},
            priority=priority,
        )
        return lead, problems

    def _too_long(self, line: int, cells: Sequence[str]) -> Problem:
        index = next(index for index, cell in enumerate(cells) if len(cell) > CELL_CHARS_MAX)
        size = len(cells[index])
        reason = f"the cell holds {size:,} characters; at most {CELL_CHARS_MAX:,} are taken"
        return Problem(
            line, self.columns.names[index], cells[index][:200], reason, _shortened(cells)
        )

    def _numbers(
        self, line: int, cells: Sequence[str]
    ) -> tuple[dict[str, NewPhone], list[Problem]]:
        found: dict[str, NewPhone] = {}
        problems: list[Problem] = []
        for index in self.columns.phones:
            cell = cells[index]
            if not cell or cell.isspace():
                continue
            for text in split_numbers(cell):
                try:
                    number = parse(text, self.region)
                except BadNumber as error:
                    column = self.columns.names[index]
                    problems.append(Problem(line, column, text, str(error), cells))
                    continue
                if number.e164 in found:
                    continue
                if len(found) >= NUMBERS_MAX:
                    reason = f"is one too many: a lead has at most {NUMBERS_MAX} numbers"
                    column = self.columns.names[index]
                    problems.append(Problem(line, column, text, reason, cells))
                    continue
                found[number.e164] = NewPhone(
                    number=number.e164,
                    kind=number.kind.value,
                    time_zones=number.time_zones,
                    region=number.region,
                )
        if found and problems:
            note = "; the row was imported with its other numbers"
            problems = [each._replace(reason=each.reason + note) for each in problems]
        return found, problems

    def _priority(self, line: int, cells: Sequence[str]) -> tuple[int, Problem | None]:
        index = self.columns.priority
        if index is None or not cells[index].strip():
            return 0, None
        text = cells[index].strip()
        if re.fullmatch(r"[+-]?\d{1,6}(\.0)?", text) and text.isascii():
            priority = int(text.removesuffix(".0"))
            if abs(priority) <= PRIORITY_MAX:
                return priority, None
        reason = f"is no priority: a whole number from -{PRIORITY_MAX} to {PRIORITY_MAX}"
        return 0, Problem(line, self.columns.names[index], text[:200], reason, cells)


def split_numbers(cell: str) -> Iterator[str]:
    """The numbers written in one cell, separated by ; | or a line break, or by , or / between whole
    numbers."""
    if _SURE_SEPARATORS.search(cell) is None and _MAYBE_SEPARATORS.search(cell) is None:
        yield cell
        return
    for piece in _SURE_SEPARATORS.split(cell):
        parts = _MAYBE_SEPARATORS.split(piece)
        if len(parts) > 1 and all(_is_long_enough(part) for part in parts if part.strip()):
            yield from (part for part in parts if part.strip())
        elif piece.strip():
            yield piece


def clean(cell: str) -> str:
    """Text for a screen and a database: no control characters but line breaks, no blanks around
    it."""
    text = cell.strip()
    if text.isprintable():
        return text
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _is_long_enough(part: str) -> bool:
    return sum(map(str.isdigit, part)) >= _DIGITS_OF_A_NUMBER_MIN


def _beginning(cells: Sequence[str]) -> str:
    return " ".join(cells)[:200]


def _shortened(cells: Sequence[str]) -> list[str]:
    return [cell if len(cell) <= CELL_CHARS_MAX else cell[:200] + "…" for cell in cells]


assert len(REJECT_COLUMNS) == len(Problem._fields) - 1, "a problem is the columns and the row"
