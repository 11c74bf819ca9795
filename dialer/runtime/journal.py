"""The journal: every event and every command, in files that can be replayed (law 1).

One JSON value a line. The first line of a file is a header, the rest are records
`[now, event name or null, event, [[command name, command], ...]]`; null means that time passed.
A run of the service is a session; files are numbered, and only the newest `files_max` are kept.
"""

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, get_args

import msgspec

from dialer.engine.commands import Command
from dialer.engine.config import EngineConfig
from dialer.engine.events import Event, TeamConfigured
from dialer.errors import DialerError

FORMAT = 1
FLUSH_SECONDS = 1.0
"""The most that a power cut may take from the journal; the store, not the journal, is the truth."""
_EVENTS: dict[str, type[Any]] = {one.__name__: one for one in get_args(Event)}
_COMMANDS: dict[str, type[Any]] = {one.__name__: one for one in get_args(Command)}


class JournalError(DialerError):
    """A journal cannot be read as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """First line of a journal file."""

    format: int
    session: str
    part: int
    started_at: float
    config: EngineConfig
    teams: dict[str, str] = field(default_factory=dict)
    """Names of the teams known when the file was begun, by their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One step of the engine."""

    now: float
    event: Event | None
    """None: time passed (`handle_deadline`)."""
    commands: tuple[Command, ...]


class Journal:
    """Writes the journal of one session. Calls return at once: the disk is behind a buffer."""

    def __init__(
        self,
        directory: Path,
        *,
        config: EngineConfig,
        started_at: float,
        file_bytes_max: int,
        files_max: int,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._config = config
        self._started_at = started_at
        self._file_bytes_max = file_bytes_max
        self._files_max = files_max
        self._session = str(uuid.uuid4())
        self._part = 0
        self._teams: dict[str, str] = {}
        # numpy's floats are no subclass msgspec knows; as Python floats they are the same number.
        self._encoder = msgspec.json.Encoder(enc_hook=float)
        self._flushed_at = time.monotonic()
        self._file = self._open()

    def append(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Write one step; begins a new file when this one is full."""
        name = None if event is None else type(event).__name__
        if isinstance(event, TeamConfigured):
            self._teams[str(event.team.team_id)] = event.team.name
        named = [(type(command).__name__, command) for command in commands]
        line = self._encoder.encode((now, name, event, named))
        self._file.write(line + b"\n")
        self._bytes += len(line) + 1
        if self._bytes >= self._file_bytes_max:
            self._file.close()
            self._file = self._open()
        elif time.monotonic() - self._flushed_at >= FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Hand what is buffered to the operating system."""
        self._file.flush()
        self._flushed_at = time.monotonic()

    def close(self) -> None:
        """Flush and close."""
        self._file.close()

    def _open(self) -> BinaryIO:
        files = journal_files(self._directory)
        number = _number(files[-1]) + 1 if files else 1
        for old in files[: max(0, len(files) + 1 - self._files_max)]:
            old.unlink(missing_ok=True)
        file = (self._directory / f"journal-{number:08d}.jsonl").open("xb")
        header = Header(
            format=FORMAT,
            session=self._session,
            part=self._part,
            started_at=self._started_at,
            config=self._config,
            teams=self._teams,
        )
        line = self._encoder.encode(header)
        file.write(line + b"\n")
        self._bytes = len(line) + 1
        self._part += 1
        return file


def journal_files(directory: Path) -> list[Path]:
    """The files of the journal in `directory`, oldest first."""
    return sorted(directory.glob("journal-[0-9]*.jsonl"), key=_number)


def read_header(path: Path) -> Header:
    """The header of one file. Raises JournalError when it is no journal."""
    with path.open("rb") as file:
        return _header(path, file.readline())


def read_journal(path: Path) -> Iterator[Record]:
    """The records of one file, in order.

    A last line without its line end is what a crash leaves behind and is passed over. Raises
    JournalError, naming the line, for anything else that is no record.
    """
    decoder = msgspec.json.Decoder(
        tuple[float, str | None, msgspec.Raw, list[tuple[str, msgspec.Raw]]]
    )
    events = {name: msgspec.json.Decoder(one) for name, one in _EVENTS.items()}
    commands = {name: msgspec.json.Decoder(one) for name, one in _COMMANDS.items()}
    with path.open("rb") as file:
        _header(path, file.readline())
        for number, line in enumerate(file, start=2):
            if not line.endswith(b"\n"):
                return
            try:
                now, name, body, named = decoder.decode(line)
                event = None if name is None else events[name].decode(body)
                decoded = tuple(commands[one].decode(raw) for one, raw in named)
            except (msgspec.MsgspecError, KeyError) as error:
                raise JournalError(
                    f"{path} line {number} is no journal record: {error}."
                ) from error
            yield Record(now=now, event=event, commands=decoded)


def _header(path: Path, line: bytes) -> Header:
    try:
        header = msgspec.json.decode(line, type=Header)
    except msgspec.MsgspecError as error:
        raise JournalError(f"{path} does not begin with a journal header: {error}.") from error
    if header.format != FORMAT:
        raise JournalError(
            f"{path} is journal format {header.format}; this version reads {FORMAT}. "
            "Read it with the version that wrote it."
        )
    return header


def _number(path: Path) -> int:
    return int(path.stem.partition("-")[2])
