"""Answers to one question by those to another, or by a column of the record."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.scripts.questions import Kind, Question
from campaigns.scripts.values import NO_ANSWER
from campaigns.surveys.distributions import categories_of, codes_of, text_of
from campaigns.surveys.interviews import Interview

COLUMNS_MAX = 12
"""Values of a record's column that get a column of their own; the rest stand together."""
REST = "(others)"
EMPTY = "(none)"
_SERIES_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChiSquare:
    """Pearson's test of independence."""

    value: float
    degrees: int
    p_value: float
    """How often chance alone would give a table as uneven as this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossTable:
    """Counts of interviews: a row for each answer, a column for each value of what it is held
    against."""

    row_title: str
    column_title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    totals: tuple[int, ...]
    """Interviews of each column with an answer: what the shares of a column are of."""
    chi_square: ChiSquare | None
    """None where it would say nothing: several answers at once, or too few expected."""

    def share(self, row: int, column: int) -> float | None:
        """Of the column's interviews."""
        total = self.totals[column]
        return self.counts[row][column] / total if total else None


def cross(row: Question, interviews: Sequence[Interview], *, by: Question | str) -> CrossTable:
    """Cross a question with another one, or with a column of the record by its name."""
    pairs = []
    for each in interviews:
        rows = _codes(row, each)
        columns = _field(by, each) if isinstance(by, str) else _codes(by, each)
        pairs += [(rows, column) for column in columns if rows]
    row_words = _categories(row, interviews)
    column_words = (
        _field_values([column for _, column in pairs])
        if isinstance(by, str)
        else _categories(by, interviews)
    )
    if isinstance(by, str):
        kept = {code for code, _ in column_words}
        pairs = [(rows, column if column in kept else REST) for rows, column in pairs]
    counted = Counter((code, column) for rows, column in pairs for code in set(rows))
    totals = Counter(column for _, column in pairs)
    counts = tuple(
        tuple(counted[code, column] for column, _ in column_words) for code, _ in row_words
    )
    several = row.kind is Kind.MULTIPLE or (not isinstance(by, str) and by.kind is Kind.MULTIPLE)
    return CrossTable(
        row_title=text_of(row),
        column_title=by if isinstance(by, str) else text_of(by),
        rows=tuple(label for _, label in row_words),
        columns=tuple(label for _, label in column_words),
        counts=counts,
        totals=tuple(totals[column] for column, _ in column_words),
        chi_square=None if several else chi_square(counts),
    )


def _codes(question: Question, interview: Interview) -> list[str]:
    answer = interview.answers.get(question.id)
    return [] if answer is None else codes_of(question, answer)


def _field(name: str, interview: Interview) -> list[str]:
    return [interview.fields.get(name) or EMPTY]


def _field_values(values: Sequence[str]) -> list[tuple[str, str]]:
    counted = Counter(values)
    most = [value for value, _ in counted.most_common(COLUMNS_MAX)]
    found = [(value, value) for value in sorted(most)]
    return found + [(REST, REST)] * (len(counted) > len(most))


def _categories(question: Question, interviews: Sequence[Interview]) -> list[tuple[str, str]]:
    answers = [each.answers[question.id] for each in interviews if question.id in each.answers]
    found = categories_of(question, answers)
    codes = {code for answer in answers for code in codes_of(question, answer)}
    if NO_ANSWER in codes and all(code != NO_ANSWER for code, _ in found):
        found = [*found, (NO_ANSWER, question.label_of(NO_ANSWER))]
    return found


def chi_square(counts: Sequence[Sequence[int]]) -> ChiSquare | None:
    """Pearson's chi-square; None where it is not to be trusted.

    Cochran (1954), Some methods for strengthening the common chi-square tests, Biometrics 10: no
    expected count below 1, and at most a fifth of them below 5. Empty rows and columns are left
    out.
    """
    rows = [row for row in counts if sum(row)]
    columns = [index for index in range(len(counts[0]) if counts else 0)
               if sum(row[index] for row in rows)]  # fmt: skip
    table = [[row[index] for index in columns] for row in rows]
    if len(table) < 2 or len(columns) < 2:
        return None
    total = sum(map(sum, table))
    down = [sum(row[index] for row in table) for index in range(len(columns))]
    expected = [[sum(row) * part / total for part in down] for row in table]
    flat = [each for row in expected for each in row]
    if min(flat) < 1 or sum(each < 5 for each in flat) > len(flat) / 5:
        return None
    value = math.fsum(
        (found - wanted) ** 2 / wanted
        for row, wants in zip(table, expected, strict=True)
        for found, wanted in zip(row, wants, strict=True)
    )
    degrees = (len(table) - 1) * (len(columns) - 1)
    return ChiSquare(value=value, degrees=degrees, p_value=_upper_tail(degrees / 2, value / 2))


def _upper_tail(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function Q(a, x): Abramowitz and Stegun, 6.5.29 for
    small x, and the continued fraction 6.5.31, by Lentz's method, for others."""
    if x <= 0:
        return 1.0
    front = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for step in range(1, _SERIES_MAX):
            term *= x / (a + step)
            total += term
            if term < total * 1e-16:
                break
        return max(0.0, 1 - front * total)
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    fraction = d
    for step in range(1, _SERIES_MAX):
        an = -step * (step - a)
        b += 2
        d = 1 / (an * d + b or tiny)
        c = b + an / c or tiny
        fraction *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return front * fraction
