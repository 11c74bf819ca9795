"""Deleting recordings whose time is over, where they lie on this machine.

Recordings are files of the switch. A dialer on another machine cannot delete them; it names them,
and their rows stay until somebody says that the files are gone (`dialer recordings removed`).
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from campaigns.store.store import Store
from dialer.settings import Settings
from freeswitch.values import wav_path

LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
"""How a switch on this machine is named."""
_PAGE = 1000
_PAGES_MAX = 1000
"""A million files in a pass; the next day's takes the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingsGone:
    """What became of files that were to be deleted."""

    removed: tuple[str, ...]
    """Their ids. The files are no more, nor are their rows."""
    remaining: tuple[str, ...]
    """Paths, as the switch sees them, of files that could not be deleted from here."""


async def remove_recordings(
    store: Store, settings: Settings, file_ids: Sequence[str], *, by: str, now: datetime
) -> RecordingsGone:
    """Delete these files and then their rows. Raises StoreError when the rows cannot be."""
    done = await asyncio.to_thread(_delete, settings, file_ids)
    if done.removed:
        await store.recordings.removed(done.removed, by=by, now=now)
    return done


async def remove_due_recordings(
    store: Store, settings: Settings, *, by: str, now: datetime
) -> RecordingsGone:
    """Delete every recording that is due: of people forgotten, of calls past their time."""
    removed: list[str] = []
    remaining: list[str] = []
    after = ""
    for _ in range(_PAGES_MAX):
        due = await store.recordings.due(now=now, after=after, most=_PAGE)
        if not due:
            break
        after = due[-1]
        done = await remove_recordings(store, settings, due, by=by, now=now)
        removed += done.removed
        remaining += done.remaining
    return RecordingsGone(removed=tuple(removed), remaining=tuple(remaining))


def _delete(settings: Settings, file_ids: Iterable[str]) -> RecordingsGone:
    folder = settings.files.recordings
    # Where the one place they can lie in is seen from here, a file that is not there is no more.
    is_all_here = folder.is_dir() and all(node.host in LOCAL_HOSTS for node in settings.nodes)
    removed, remaining = [], []
    for file_id in file_ids:
        path = wav_path("recording", str(folder), file_id)
        try:
            Path(path).unlink(missing_ok=is_all_here)
        except OSError:
            # Not on this machine, or not ours to delete: a person is told where it lies.
            remaining.append(path)
        else:
            removed.append(file_id)
    return RecordingsGone(removed=tuple(removed), remaining=tuple(remaining))
