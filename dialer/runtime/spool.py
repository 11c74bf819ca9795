"""Outcomes on disk while the database is out and memory is full, or the service leaves meanwhile.

One JSON line a command: `[name, command]`. Lines are read back in order and the file is emptied
when all of them are in the store; a crash in between reads them again, which settling bears.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from dialer.engine.commands import (
    RecordAgentState,
    RecordCall,
    RecordCallback,
    RecordDisposition,
    RecordOptOut,
    RecordReturn,
    RecordSurveyAnswer,
)
from dialer.engine.in_call_commands import RecordRecording
from dialer.errors import ServiceError

SPOOL_BYTES_MAX = 1_000_000_000
"""About three million outcomes: days of the largest team. Beyond it the disk is next to fail."""

RecordCommand = (
    RecordCall | RecordDisposition | RecordAgentState | RecordCallback | RecordOptOut
    | RecordSurveyAnswer | RecordReturn | RecordRecording
)  # fmt: skip
_TYPES: dict[str, type[Any]] = {
    one.__name__: one
    for one in (
        RecordCall, RecordDisposition, RecordAgentState, RecordCallback, RecordOptOut,
        RecordSurveyAnswer, RecordReturn, RecordRecording,
    )
}  # fmt: skip


class Spool:
    """A first-in-first-out file of record commands."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._bytes = path.stat().st_size if path.exists() else 0
        self._read_to = 0

    @property
    def is_empty(self) -> bool:
        """True when everything put in was taken out."""
        return self._read_to >= self._bytes

    def append(self, commands: Iterable[RecordCommand]) -> None:
        """Put commands in; they outlive this process. Raises ServiceError when it is full."""
        lines = b"".join(
            msgspec.json.encode((type(command).__name__, command)) + b"\n" for command in commands
        )
        if self._bytes + len(lines) > SPOOL_BYTES_MAX:
            raise ServiceError(
                f"{self._path} has reached {SPOOL_BYTES_MAX} bytes of outcomes that the database "
                "did not take. Bring the database back and start again: they are read from there."
            )
        with self._path.open("ab") as file:
            file.write(lines)
        self._bytes += len(lines)

    def take(self, count: int) -> list[RecordCommand]:
        """Up to `count` commands, oldest first. They stay in the file until `forget_taken`."""
        commands: list[RecordCommand] = []
        if self.is_empty:
            return commands
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            for line in file:
                if len(commands) == count:
                    break
                self._read_to += len(line)
                if line.endswith(b"\n"):
                    commands.append(_decode(self._path, line))
        return commands

    def forget_taken(self) -> None:
        """Everything taken is in the store: empty the file when nothing is left in it."""
        if self._bytes and self.is_empty:
            self._path.unlink(missing_ok=True)
            self._bytes = self._read_to = 0


def _decode(path: Path, line: bytes) -> RecordCommand:
    try:
        name, body = msgspec.json.decode(line, type=tuple[str, msgspec.Raw])
        command: RecordCommand = msgspec.json.decode(body, type=_TYPES[name])
    except (msgspec.MsgspecError, KeyError) as error:
        raise ServiceError(
            f"{path} holds a line that is no outcome ({error}). Move the file away to start "
            "without it; the attempts it speaks of will be settled as unknown."
        ) from error
    return command
