"""Replay: a recorded session through a fresh engine, which must say every command again (law 1).

The comparison is of bytes: what the engine says now, encoded as the journal encodes it, against
what the journal holds. So nothing is decoded but the events, and nothing can be overlooked.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import msgspec

from dialer.engine.commands import Command
from dialer.engine.engine import Engine
from dialer.engine.events import Event
from dialer.errors import IllegalTransition
from dialer.pacing import pacers
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import Pacer
from dialer.runtime.journal import Header, JournalError, journal_files, read_header

SHOWN_MAX = 2000
"""Characters of each side of a difference; a person looks for the first words that differ."""
_EVENTS: dict[str, type[Any]] = {one.__name__: one for one in get_args(Event)}
CreatePacer = Callable[[PacingSettings], Pacer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first step at which the engine said something else than the journal."""

    path: Path
    line: int
    at: float
    event: str
    recorded: str
    replayed: str


@dataclass(slots=True, kw_only=True)
class Replayed:
    """What became of one session."""

    session: str
    started_at: float
    files: list[Path] = field(default_factory=list)
    steps: int = 0
    commands: int = 0
    ended_at: float | None = None
    difference: Difference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The files of one run of the service, in order, from its beginning."""

    header: Header
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """What a journal holds."""

    whole: tuple[Session, ...]
    headless: tuple[Session, ...]
    """Sessions whose first files the rotation deleted: no engine can begin in the middle."""


def sessions_of(place: Path) -> Sessions:
    """The sessions in a journal's folder, or the one a single file belongs to.

    Raises JournalError when there is no journal, or a file of a session is missing in the middle.
    """
    folder = place if place.is_dir() else place.parent
    files = journal_files(folder)
    if not place.exists() or not files:
        raise JournalError(f"There is no journal in {place}. Name its folder, or one of its files.")
    only = None if place.is_dir() else read_header(place).session
    found: dict[str, list[tuple[Header, Path]]] = {}
    for path in files:
        header = read_header(path)
        if only in (None, header.session):
            found.setdefault(header.session, []).append((header, path))
    whole: list[Session] = []
    headless: list[Session] = []
    for parts in found.values():
        numbers = [header.part for header, _ in parts]
        if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            raise JournalError(
                f"The session of {parts[0][1]} has the parts {numbers}: a file in the middle is "
                "missing. Put it back; what comes after it cannot be replayed."
            )
        session = Session(header=parts[0][0], files=tuple(path for _, path in parts))
        (headless if numbers[0] else whole).append(session)
    return Sessions(whole=tuple(whole), headless=tuple(headless))


def replay(
    session: Session,
    *,
    create_pacer: CreatePacer = pacers.create,
    on_step: Callable[[float], None] | None = None,
) -> Replayed:
    """Run the session through a fresh engine, up to the first difference.

    `create_pacer` may wrap the pacers, as long as their decisions stay the same. `on_step` is told
    the instant of each step before it.
    """
    engine = Engine(session.header.config, create_pacer=create_pacer)
    encoder = msgspec.json.Encoder(enc_hook=float)
    told = Replayed(session=session.header.session, started_at=session.header.started_at)
    for path in session.files:
        told.files.append(path)
        for line, (at, name, body, recorded) in enumerate(_steps(path), start=2):
            event = None if name is None else _event(path, line, name, body)
            if on_step is not None:
                on_step(at)
            commands = _step(engine, event, at)
            said = encoder.encode([(type(one).__name__, one) for one in commands])
            if said != bytes(recorded):
                told.difference = Difference(
                    path=path,
                    line=line,
                    at=at,
                    event=name or "time passed",
                    recorded=_shown(bytes(recorded)),
                    replayed=_shown(said),
                )
                return told
            told.steps += 1
            told.commands += len(commands)
            told.ended_at = at
    return told


def _step(engine: Engine, event: Event | None, at: float) -> Sequence[Command]:
    if event is None:
        return engine.handle_deadline(now=at)
    try:
        return engine.handle(event, now=at)
    except IllegalTransition:
        # The driver writes a refused event with no commands; so was it refused then.
        return []


def _steps(path: Path) -> Iterator[tuple[float, str | None, msgspec.Raw, msgspec.Raw]]:
    decoder = msgspec.json.Decoder(tuple[float, str | None, msgspec.Raw, msgspec.Raw])
    with path.open("rb") as file:
        file.readline()
        for number, line in enumerate(file, start=2):
            if not line.endswith(b"\n"):
                return
            try:
                yield decoder.decode(line)
            except msgspec.MsgspecError as error:
                raise JournalError(
                    f"{path} line {number} is no journal record: {error}."
                ) from error


_DECODERS = {name: msgspec.json.Decoder(one) for name, one in _EVENTS.items()}


def _event(path: Path, line: int, name: str, body: msgspec.Raw) -> Event:
    try:
        event: Event = _DECODERS[name].decode(body)
    except (msgspec.MsgspecError, KeyError) as error:
        raise JournalError(
            f"{path} line {line} holds an event {name!r} this version does not know: {error}. "
            "Replay it with the version that wrote it."
        ) from error
    return event


def _shown(commands: bytes) -> str:
    text = commands.decode()
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}… ({len(text)} characters)"
