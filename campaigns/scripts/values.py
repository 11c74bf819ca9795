"""Values that conditions compare: what stands in a record, and what was answered.

The browser compares by the same rules (dialer/desk/static/script.js), so they are few and leave
nothing to a language: a number is what this pattern matches, a day is ISO 8601, and everything else
is text that is either the same or not.
"""

import re
from collections.abc import Mapping
from typing import Any

Value = str | float | tuple[str, ...] | None
"""None is absent. A tuple is the answer to a question with several choices."""

OTHER = "other"
"""The code of a choice that was put into words."""
NO_ANSWER = "no_answer"
"""The code of a question that was asked and that the person would not, or could not, answer."""
SPACES = " \t\r\n"
NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def comparable(answer: Any) -> Value:
    """An answer as it is stored, as conditions see it.

    Words beside a choice do not count: `{"other": "a bank"}` is "other".
    """
    match answer:
        case None:
            return None
        case Mapping():
            return NO_ANSWER if NO_ANSWER in answer else OTHER
        case list() | tuple():
            return tuple(OTHER if isinstance(each, Mapping) else str(each) for each in answer)
        case bool() | str():
            return str(answer)
        case _:
            return float(answer)


def number_of(value: Value) -> float | None:
    """The number a value is, or is written as."""
    if isinstance(value, str):
        text = value.strip(SPACES)
        return float(text) if NUMBER.fullmatch(text) else None
    return value if isinstance(value, float) else None


def is_equal(left: Value, right: Value) -> bool:
    """Absent is equal to nothing; a number equals a text that is that number."""
    if left is None or right is None:
        return False
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, tuple) or isinstance(right, tuple):
        return left == right
    first, second = number_of(left), number_of(right)
    return first is not None and first == second


def is_less(left: Value, right: Value) -> bool:
    """By number, or by day; False where the two are neither."""
    first, second = number_of(left), number_of(right)
    if first is not None and second is not None:
        return first < second
    if isinstance(left, str) and isinstance(right, str):
        a, b = left.strip(SPACES), right.strip(SPACES)
        return bool(DAY.fullmatch(a) and DAY.fullmatch(b)) and a < b
    return False


def holds(left: Value, right: Value) -> bool:
    """`right` is one of the choices of `left`, or all of it."""
    if isinstance(left, tuple):
        return any(is_equal(each, right) for each in left)
    return is_equal(left, right)
