"""Conditions of quotas as SQL over a lead's columns, for millions of leads at once.

The same three values as `evaluate` of campaigns/scripts/expressions.py, which is Kleene's logic and
PostgreSQL's too: a column that is absent compares as false, and an answer is NULL, not known. A
test holds the two together. Whoever answered in an earlier call is found by the gate, lead by lead.
"""

from collections.abc import Collection, Sequence
from typing import Any

from campaigns.scripts.expressions import (
    Compare,
    Expression,
    Given,
    Joined,
    Literal,
    Name,
    Not,
)
from campaigns.scripts.script import Outside, Quota
from campaigns.scripts.values import DAY, NUMBER, SPACES, number_of

_NUMBER = NUMBER.pattern.replace("(?:", "(")
"""SQLAlchemy would take the colon for a parameter."""
_COLUMNS = {"name": "lead.name", "external_id": "lead.external_id"}


def no_longer_counts(
    quotas: Sequence[Quota],
    outside: Outside,
    full: Collection[str],
    words: dict[str, str | None],
) -> tuple[str, dict[str, Any]]:
    """A condition on `lead` that is true for those who can no longer count, with its values.

    `words` are those of the campaign: client, campaign.
    """
    writer = _Writer(words)
    closed = [f"({writer.expression(q.when)}) IS TRUE" for q in quotas if q.name in full]
    conditions = closed
    if outside is Outside.STOP:
        still = [f"({writer.expression(q.when)}) IS FALSE" for q in quotas if q.name not in full]
        conditions = [*closed, "(" + " AND ".join(still or ["true"]) + ")"]
    return "(" + " OR ".join(conditions or ["false"]) + ")", writer.values


class _Writer:
    """Writes conditions; every value of the script becomes a parameter."""

    def __init__(self, words: dict[str, str | None]) -> None:
        self._words = words
        self.values: dict[str, Any] = {}

    def expression(self, expression: Expression) -> str:
        """A condition."""
        match expression:
            case Joined(word=word, parts=parts):
                joined = f" {word.upper()} ".join(self.expression(part) for part in parts)
                return f"({joined})"
            case Not(part=part):
                return f"(NOT {self.expression(part)})"
            case Given(name=Name(kind="answer")):
                return "CAST(NULL AS boolean)"
            case Given(name=name):
                return f"({self._text(name)} IS NOT NULL)"
            case Compare(sign=sign, left=left, right=right):
                if any(isinstance(n, Name) and n.kind == "answer" for n in (left, *right)):
                    return "CAST(NULL AS boolean)"
                return f"({self._compare(sign, left, right)})"

    def _compare(self, sign: str, left: Name | Literal, right: Sequence[Name | Literal]) -> str:
        first = right[0]
        match sign:
            case "==" | "has":
                return self._equal(left, first)
            case "!=":
                return f"NOT {self._equal(left, first)}"
            case "<":
                return self._less(left, first)
            case ">":
                return self._less(first, left)
            case "<=":
                return f"{self._less(left, first)} OR {self._equal(left, first)}"
            case ">=":
                return f"{self._less(first, left)} OR {self._equal(left, first)}"
            case _:
                return " OR ".join(self._equal(left, each) for each in right)

    def _equal(self, left: Name | Literal, right: Name | Literal) -> str:
        is_number = any(
            isinstance(n, Literal) and isinstance(n.value, float) for n in (left, right)
        )
        write = self._number if is_number else self._text
        return f"coalesce({write(left)} = {write(right)}, false)"

    def _less(self, left: Name | Literal, right: Name | Literal) -> str:
        # Where both are numbers they are compared as numbers, else as days, where both are days.
        numbers = f"{self._number(left)} < {self._number(right)}"
        return f"coalesce({numbers}, {self._day(left)} < {self._day(right)}, false)"

    def _text(self, operand: Name | Literal) -> str:
        """NULL for what is absent or empty."""
        if isinstance(operand, Literal):
            return self._value(operand.value)
        if operand.kind == "field":
            key = self._value(operand.key)
            return f"nullif(lead.fields ->> {key}, '')"
        if operand.key in _COLUMNS:
            return f"nullif({_COLUMNS[operand.key]}, '')"
        if operand.key == "list":
            return "(SELECT nullif(name, '') FROM lead_list WHERE lead_list.id = lead.list_id)"
        return self._value(self._words.get(operand.key) or None)

    def _number(self, operand: Name | Literal) -> str:
        if isinstance(operand, Literal):
            return f"CAST({self._value(number_of(operand.value))} AS double precision)"
        bare = self._bare(operand)
        return f"CASE WHEN {bare} ~ '^{_NUMBER}$' THEN CAST({bare} AS double precision) END"

    def _day(self, operand: Name | Literal) -> str:
        bare = self._bare(operand)
        return f"CASE WHEN {bare} ~ '^{DAY.pattern}$' THEN {bare} COLLATE \"C\" END"

    def _bare(self, operand: Name | Literal) -> str:
        if isinstance(operand, Literal):
            # Numbers written out are no days.
            text = operand.value if isinstance(operand.value, str) else None
            return self._value(None if text is None else text.strip(SPACES))
        return f"btrim({self._text(operand)}, {self._value(SPACES)})"

    def _value(self, value: str | float | None) -> str:
        name = f"quota_{len(self.values)}"
        self.values[name] = value
        kind = "double precision" if isinstance(value, float) else "text"
        return f"CAST(:{name} AS {kind})"
