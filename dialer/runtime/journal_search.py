"""Finding decisions in a journal without reading it: from the end, or from an instant, backwards.

Time never goes back within a journal, so an instant is found by halving. Of each file no more is
held than one block; of all files together no more is read than `READ_MAX`, so that the answer comes
in a second or two from a journal of any size, also from one that is being written.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from dialer.engine.commands import NoteDecision
from dialer.engine.ids import TeamId
from dialer.pacing.view import Decision
from dialer.runtime.journal import JournalError, journal_files, read_header

BLOCK = 1 << 20
READ_MAX = 256 << 20
"""A quarter of a gigabyte is hours of the largest team; a team silent for longer is not working."""
HEAD = 4 << 20
"""Where a session's teams are looked for: they are the first things an engine is told."""
_STEP = msgspec.json.Decoder(tuple[float, str | None, msgspec.Raw, list[tuple[str, msgspec.Raw]]])
_NOTE = msgspec.json.Decoder(NoteDecision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One noted decision."""

    at: float
    team_id: TeamId
    decision: Decision


def last_decisions(
    directory: Path, team_id: TeamId, *, count: int, until: float | None = None
) -> list[Decided]:
    """The team's last `count` noted decisions, up to `until` if given, oldest first.

    A decision is noted when it launches something or when another limit binds than before. Fewer
    than `count` when the journal, or what may be read of it, holds no more.
    """
    found: list[Decided] = []
    budget = READ_MAX
    for path in reversed(_files(directory)):
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            end = size if until is None else _offset_after(file, until, size)
            for line in _lines_backwards(file, end):
                budget -= len(line)
                found.extend(reversed(_of_team(line, team_id, until)))
                if len(found) >= count or budget < 0:
                    return found[:count][::-1]
    return found[::-1]


def team_names(directory: Path) -> dict[TeamId, str]:
    """The teams a journal speaks of."""
    names: dict[TeamId, str] = {}
    for path in _files(directory):
        header = read_header(path)
        names |= {TeamId(int(one)): name for one, name in header.teams.items()}
        if header.part:
            continue
        with path.open("rb") as file:
            for line in file.readlines(HEAD):
                if b'"TeamConfigured"' in line[:64] and line.endswith(b"\n"):
                    team = msgspec.json.decode(_STEP.decode(line)[2], type=_TeamConfigured).team
                    names[TeamId(team.team_id)] = team.name
    return names


class _Team(msgspec.Struct):
    team_id: int
    name: str


class _TeamConfigured(msgspec.Struct):
    team: _Team


def _files(directory: Path) -> list[Path]:
    files = journal_files(directory)
    if not files:
        raise JournalError(
            f"There is no journal in {directory}. `dialer run` writes one into its home unless "
            "journal.enabled is false; name another folder with --journal."
        )
    return files


def _of_team(line: bytes, team_id: TeamId, until: float | None) -> list[Decided]:
    if b'["NoteDecision",{"team_id":%d,' % team_id not in line:
        return []
    try:
        at, _, _, commands = _STEP.decode(line)
        notes = [_NOTE.decode(raw) for name, raw in commands if name == "NoteDecision"]
    except msgspec.MsgspecError as error:
        raise JournalError(f"A line of the journal cannot be read: {error}.") from error
    if until is not None and at > until:
        return []
    return [
        Decided(at=at, team_id=team_id, decision=note.decision)
        for note in notes
        if note.team_id == team_id
    ]


def _lines_backwards(file: BinaryIO, end: int) -> Iterator[bytes]:
    """Whole lines that end before `end`, last first; the header and a line cut short are left."""
    rest = b""
    is_whole = False
    while end > 0:
        begin = max(0, end - BLOCK)
        file.seek(begin)
        parts = (file.read(end - begin) + rest).split(b"\n")
        end, rest = begin, parts[0]
        for line in reversed(parts[1:]):
            if is_whole and line:
                yield line
            is_whole = True
    # What is left begins the file: its header.


def _offset_after(file: BinaryIO, until: float, size: int) -> int:
    """An offset behind every line of up to `until`, and at most a block behind."""
    low, high = 0, size
    while high - low > BLOCK:
        middle = (low + high) // 2
        file.seek(middle)
        file.readline()
        at = _instant(file.readline())
        if at is not None and at <= until:
            low = middle
        else:
            high = middle
    # `high` may lie within a line that begins before it: go on to the end of that line.
    file.seek(high)
    file.readline()
    return file.tell()


def _instant(line: bytes) -> float | None:
    if not line.startswith(b"["):
        return None
    return float(line[1 : line.index(b",")])
