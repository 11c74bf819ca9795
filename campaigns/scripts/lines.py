"""On which line of a TOML file each table and each of its keys stands.

The standard parser keeps no positions, and a manager wants to be told the line. This looks at
headers and keys alone; whether the file is TOML at all the parser has said before.
"""

import re
from collections.abc import Sequence

Path = tuple[str | int, ...]
_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\s-]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=\s*(.*)$")


class Lines:
    """The lines of one file."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        counts: dict[Path, int] = {}
        table: Path = ()
        waits_for = ""
        depth = 0
        for number, line in enumerate(text.splitlines(), start=1):
            if waits_for:
                if waits_for in line:
                    waits_for = ""
                continue
            if depth > 0:
                depth += _depth(line)
                continue
            header = _HEADER.match(line)
            if header is not None:
                table = self._enter(header[2].split("."), header[1] == "[[", counts)
                self._lines.setdefault(table, number)
                continue
            key = _KEY.match(line)
            if key is not None:
                self._lines.setdefault((*table, key[1]), number)
                waits_for = _opened(key[2])
                depth = 0 if waits_for else _depth(key[2])

    @staticmethod
    def _enter(words: Sequence[str], is_array: bool, counts: dict[Path, int]) -> Path:  # noqa: FBT001
        path: Path = ()
        for index, word in enumerate(words):
            path = (*path, word.strip())
            is_last = index == len(words) - 1
            if is_last and is_array:
                counts[path] = counts.get(path, -1) + 1
            if path in counts:
                path = (*path, counts[path])
        return path

    def of(self, *path: str | int) -> int:
        """The line of a key, or of the table it would stand in; 0 for the file."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._lines:
                return self._lines[path[:end]]
        return 0


def _opened(value: str) -> str:
    """The quotation marks of a text that goes on over the next lines."""
    for mark in ('"""', "'''"):
        if value.startswith(mark) and mark not in value[3:]:
            return mark
    return ""


def _depth(line: str) -> int:
    """How many brackets a line opens more than it closes, outside of its texts."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'', "", line).partition("#")[0]
    return sum(bare.count(c) for c in "[{") - sum(bare.count(c) for c in "]}")
