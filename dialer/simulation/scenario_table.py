"""Reading tables of a scenario file: values within bounds, every mistake in one sentence."""

import difflib
from pathlib import Path
from typing import Any

from dialer.errors import SettingsError


class Table:
    """One table of the file. Every error names the file, the key, the value and what is allowed."""

    def __init__(self, path: Path, name: str, values: dict[str, Any]) -> None:
        self.path = path
        self.name = name
        self.values = dict(values)
        self.known: list[str] = []

    def _key(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def has(self, key: str) -> bool:
        """True when the file says something of this key."""
        return key in self.values

    def _take(self, key: str) -> Any:
        self.known.append(key)
        return self.values.pop(key, None)

    def wrong(self, key: str, value: object, allowed: str) -> SettingsError:
        """The error to raise."""
        return SettingsError(f"{self.path}: {self._key(key)} = {value!r}; it must be {allowed}")

    def number(self, key: str, default: float, *, low: float, high: float) -> float:
        """A number within the bounds."""
        value = self._take(key)
        if value is None:
            return default
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            raise self.wrong(key, value, f"a number from {low:g} to {high:g}")
        return float(value)

    def count(self, key: str, default: int, *, low: int, high: int) -> int:
        """A whole number within the bounds."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(key, value, f"a whole number from {low} to {high}")
        return value

    def numbers(self, key: str, *, low: float, high: float) -> tuple[float, ...]:
        """A list of numbers within the bounds, at least one."""
        value = self._take(key)
        is_list = isinstance(value, list) and value and all(
            isinstance(v, int | float) and not isinstance(v, bool) and low <= v <= high
            for v in value
        )  # fmt: skip
        if not is_list:
            raise self.wrong(key, value, f"a list of numbers from {low:g} to {high:g}")
        return tuple(float(v) for v in value)

    def counts(self, key: str, *, low: int, high: int) -> tuple[int, ...]:
        """A list of whole numbers within the bounds; nothing when the file has none."""
        if not self.has(key):
            self.known.append(key)
            return ()
        value = self._take(key)
        is_list = isinstance(value, list) and value and all(
            isinstance(v, int) and not isinstance(v, bool) and low <= v <= high for v in value
        )  # fmt: skip
        if not is_list:
            raise self.wrong(key, value, f"a list of whole numbers from {low} to {high}")
        return tuple(value)

    def words(
        self, key: str, default: tuple[str, ...], allowed: tuple[str, ...]
    ) -> tuple[str, ...]:
        """A list of some of the words, at least one."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, list) or not value or any(v not in allowed for v in value):
            raise self.wrong(key, value, "a list of some of " + ", ".join(map(repr, allowed)))
        return tuple(word for word in allowed if word in value)

    def tables(self, key: str) -> "list[Table]":
        """Tables of the same name, written as [[name]]."""
        value = self._take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.wrong(key, value, f"tables: write [[{self._key(key)}]] above each")
        return [Table(self.path, f"{self._key(key)}[{n}]", v) for n, v in enumerate(value, 1)]

    def text(self, key: str, default: str | None) -> str | None:
        """Any text."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.wrong(key, value, "text in quotes")
        return value

    def choice(self, key: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of the words."""
        value = self._take(key)
        if value is None:
            return default
        if value not in allowed:
            raise self.wrong(key, value, "one of " + ", ".join(repr(a) for a in allowed))
        return str(value)

    def table(self, key: str) -> "Table":
        """A table inside this one; empty when the file has none."""
        value = self._take(key)
        if value is not None and not isinstance(value, dict):
            raise self.wrong(key, value, f"a table: write [{self._key(key)}] above its keys")
        return Table(self.path, self._key(key), value or {})

    def close(self) -> None:
        """Refuse what nobody asked for."""
        for key in self.values:
            close = difflib.get_close_matches(key, self.known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else "known are " + ", ".join(self.known)
            raise SettingsError(f"{self.path}: {self._key(key)} is not a key of a scenario; {hint}")
