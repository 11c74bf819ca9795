"""What a pacer has learnt as JSON: read back with every value checked, or not at all.

A state is written by one process and read by another, perhaps years and versions later. Whatever
is missing, of another kind or not finite makes the whole of it unusable: a cold start is safe, half
a state is not.
"""

import math
from collections.abc import Mapping
from typing import Any

from dialer.errors import DialerError

Saved = dict[str, Any]
"""JSON values only: numbers, texts, lists of numbers, and dictionaries of these."""


class SavedStateError(DialerError):
    """The saved state is not what this version writes; says which value."""


class Reader:
    """A saved dictionary, each value asked for by name and kind."""

    def __init__(self, values: object, where: str = "state") -> None:
        if not isinstance(values, Mapping):
            raise SavedStateError(f"{where} is {type(values).__name__}, not a dictionary")
        self._values = values
        self._where = where

    def _value(self, name: str) -> object:
        if name not in self._values:
            raise SavedStateError(f"{self._where} has no {name!r}")
        return self._values[name]

    def number(self, name: str) -> float:
        """A finite number."""
        return _number(self._value(name), f"{self._where}.{name}")

    def whole(self, name: str) -> int:
        """A whole number of 0 or more."""
        value = self._value(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise SavedStateError(f"{self._where}.{name} is {value!r}, not a count")
        return value

    def text(self, name: str) -> str:
        """A text."""
        value = self._value(name)
        if not isinstance(value, str):
            raise SavedStateError(f"{self._where}.{name} is {value!r}, not a text")
        return value

    def numbers(
        self, name: str, *, count: int | None = None, most: int | None = None
    ) -> list[float]:
        """A list of finite numbers: exactly `count` of them, or at most `most`."""
        values = self._value(name)
        where = f"{self._where}.{name}"
        if not isinstance(values, list):
            raise SavedStateError(f"{where} is no list")
        if (count is not None and len(values) != count) or (
            most is not None and len(values) > most
        ):
            raise SavedStateError(f"{where} holds {len(values)} numbers, not {count or most}")
        return [_number(value, where) for value in values]

    def part(self, name: str) -> "Reader":
        """A dictionary inside."""
        return Reader(self._value(name), f"{self._where}.{name}")

    def names(self) -> list[str]:
        """What is inside, in the order it was written."""
        return [str(name) for name in self._values]


def _number(value: object, where: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf:
        return float(value)
    raise SavedStateError(f"{where} is {value!r}, not a finite number")
