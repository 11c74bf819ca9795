"""One table of a campaign file or its like, and the sentences said about what is wrong in it."""

import difflib
import enum
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

NAME_LENGTH_MAX = 80
FILE_BYTES_MAX = 1_000_000
"""Such a file is a page or two; anything of this size is another file by mistake."""
_E = TypeVar("_E", bound=enum.StrEnum)


class CampaignFileError(ValueError):
    """A campaign file that cannot be used; the text is one sentence for a person."""

    key: str = ""
    """The full key it is about, such as "steps[2].next", where it is about one."""
    message: str = ""
    """The sentence without file and key."""


class Table:
    """One TOML table, remembering which of its keys were read."""

    def __init__(self, source: str, name: str, values: Mapping[str, Any]) -> None:
        self._source = source
        self._name = name
        self._values = values
        self._read: set[str] = set()
        self._tables: list[Table] = []

    def error(self, key: str, message: str) -> CampaignFileError:
        """An error about `key`, naming the file and the full key."""
        error = CampaignFileError(f"{self._source}: {self._name}{key}: {message}")
        error.key, error.message = f"{self._name}{key}", message
        return error

    def has(self, key: str) -> bool:
        """True when the file gives `key`."""
        return key in self._values

    def holds_table(self, key: str) -> bool:
        """True when the file gives `key` as a table."""
        return isinstance(self._values.get(key), Mapping)

    def names(self) -> tuple[str, ...]:
        """All keys the file gives here, in its order."""
        return tuple(self._values)

    def take(self, key: str) -> Any:
        """The raw value, or None when absent; the key counts as known."""
        self._read.add(key)
        return self._values.get(key)

    def table(self, key: str) -> "Table":
        """The table under `key`, empty when absent."""
        value = self.take(key)
        if value is not None and not isinstance(value, Mapping):
            raise self.error(key, f"is {shown(value)}; it must be a table, written [{key}]")
        table = Table(self._source, f"{self._name}{key}.", value or {})
        self._tables.append(table)
        return table

    def tables(self, key: str) -> "list[Table] | None":
        """The array of tables under `key`; None when absent."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            raise self.error(key, f"is {shown(value)}; write each one as a table, [[{key}]]")
        found = [
            Table(self._source, f"{self._name}{key}[{index}].", each)
            for index, each in enumerate(value, start=1)
        ]
        self._tables.extend(found)
        return found

    def text(
        self,
        key: str,
        default: str | None = None,
        *,
        allowed: str = f"text of 1 to {NAME_LENGTH_MAX} printable characters",
        check: Callable[[str], bool] = lambda text: len(text) <= NAME_LENGTH_MAX,
    ) -> str:
        """A text without control characters that passes `check`; required without a default."""
        value = self.take(key)
        if value is None:
            if default is not None:
                return default
            raise self.error(key, f"is missing; it must be {allowed}")
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self.error(key, f"is {shown(value)}; it must be {allowed}")
        if not check(value.strip()):
            raise self.error(key, f"is {shown(value)}; it must be {allowed}")
        return value.strip()

    def number(self, key: str, default: float, *, low: float, high: float, why: str = "") -> float:
        """A number from `low` to `high`, both included; `why` is the source of the limits."""
        value = self.take(key)
        if value is None:
            return default
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            reason = f" ({why})" if why else ""
            raise self.error(key, f"is {shown(value)}; it must be from {low:g} to {high:g}{reason}")
        return float(value)

    def choice(self, key: str, words: type[_E], default: _E) -> _E:
        """One of the words of an enum."""
        value = self.take(key)
        if value is None:
            return default
        allowed = [word.value for word in words]
        words_text = ", ".join(allowed)
        if not isinstance(value, str) or value not in allowed:
            raise self.error(
                key,
                f"is {shown(value)}; it must be one of {words_text}{near(value, allowed)}",
            )
        return words(value)

    def whole(self, key: str, *, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`; None when absent."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.error(
                key, f"is {shown(value)}; it must be a whole number from {low} to {high}"
            )
        return value

    def flag(self, key: str) -> bool | None:
        """True or false; None when absent."""
        value = self.take(key)
        if value is not None and not isinstance(value, bool):
            raise self.error(key, f"is {shown(value)}; it must be true or false")
        return value

    def texts(self, key: str, *, allowed: str) -> tuple[str, ...]:
        """A list of texts, none twice; empty when absent."""
        value = self.take(key)
        if value is None:
            return ()
        if (
            not isinstance(value, list)
            or not all(isinstance(each, str) and each.strip() for each in value)
            or len(set(value)) != len(value)
        ):
            raise self.error(key, f"is {shown(value)}; it must be {allowed}")
        return tuple(each.strip() for each in value)

    def refuse_unknown_keys(self) -> None:
        """Raise for the first key nobody asked for, here or in a table below."""
        for key in self._values:
            if key not in self._read:
                hint = near(key, self._read)
                known = ", ".join(sorted(self._read))
                raise self.error(key, f"is not a known key{hint}; the keys here are {known}")
        for table in self._tables:
            table.refuse_unknown_keys()


def read_toml(path: Path, *, what: str) -> dict[str, Any]:
    """The document in a TOML file that people write; `what` it should be, as "a campaign file".

    Raises CampaignFileError.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise CampaignFileError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(content) > FILE_BYTES_MAX:
        raise CampaignFileError(f"{path}: larger than {FILE_BYTES_MAX:,} bytes; not {what}")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CampaignFileError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CampaignFileError(f"{path}: is not valid TOML: {error}") from error


def near(value: object, words: Iterable[str]) -> str:
    """The words to add when `value` is nearly one of `words`; else nothing."""
    close = difflib.get_close_matches(str(value), list(words), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""


def shown(value: object) -> str:
    """A value as it may be put in a sentence: short, and text in quotation marks."""
    text = f'"{value}"' if isinstance(value, str) else str(value).lower()
    return text if len(text) <= 60 else f"{text[:57]}..."
