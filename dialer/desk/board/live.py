"""The board, live: made once a second for everybody who looks at it, and sent as what changed.

Theory of operation. All who read one language in one time zone are an audience. Once a second the
snapshot is taken once, the entries are made once for each audience, held against those of the
second before, and the difference is written as JSON once; each watcher's socket sends the same
text. A watcher whose socket is slower than that is given the whole board again when it has caught
up, so nothing ever piles up. Nobody watching, the floor is still looked at every few seconds, for
the alarms that Prometheus is told of.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from campaigns.store.store import Store
from dialer.desk.board.alarms import Alarm, alarms
from dialer.desk.board.gathering import Gathering
from dialer.desk.board.standing import AlarmBook, StandingAlarm
from dialer.desk.board.view import Deed, Entry, entries
from dialer.desk.floor import LiveFloor
from dialer.desk.formats import Formats
from dialer.desk.words import words_for
from dialer.settings import AlarmSettings

log = logging.getLogger(__name__)

WATCHED_SECONDS = 1.0
UNWATCHED_SECONDS = 10.0
WAITING_MAX = 4
"""Messages that wait for one slow socket; then it is given the whole board."""
DEEDS_KEPT = 12


@dataclass(slots=True, eq=False)
class Watcher:
    """One open board."""

    waiting: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(WAITING_MAX))
    is_new: bool = True
    """Has seen nothing yet, or has lost something: the whole board comes next."""


@dataclass(slots=True)
class _Audience:
    """Everybody with the same language and zone."""

    language: str
    zone: str
    shown: dict[str, Entry] = field(default_factory=dict)
    watchers: list[Watcher] = field(default_factory=list)


class LiveBoard:
    """One for the application. `run` keeps it going."""

    def __init__(
        self,
        store: Store,
        floor: LiveFloor,
        *,
        settings: AlarmSettings,
        zone: str,
        on_alarms: Callable[[Sequence[Alarm]], None] = lambda alarms: None,
    ) -> None:
        """`on_alarms` is told of all alarms at each look."""
        self._floor = floor
        self._settings = settings
        self._gathering = Gathering(store, zone=zone)
        self._on_alarms = on_alarms
        self._book = AlarmBook()
        self._standing: tuple[StandingAlarm, ...] = ()
        self._audiences: dict[tuple[str, str], _Audience] = {}
        self._deeds: deque[Deed] = deque(maxlen=DEEDS_KEPT)
        self._deeds_done = 0
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Look and send until cancelled."""
        gathering: asyncio.Task[None] | None = None
        try:
            while True:
                if gathering is None or gathering.done():
                    if gathering is not None:
                        _log_failure(gathering)
                    # A big list takes seconds to count; the floor does not wait for it.
                    gathering = asyncio.create_task(self._gather(), name="board figures")
                try:
                    self.look()
                except Exception:
                    # A fault of the board ends no calls; the next look may do better.
                    log.exception("The board could not be made.", extra={"action": "board"})
                self._wake.clear()
                seconds = WATCHED_SECONDS if self._audiences else UNWATCHED_SECONDS
                try:
                    async with asyncio.timeout(seconds):
                        await self._wake.wait()
                except TimeoutError:
                    continue
        finally:
            if gathering is not None:
                gathering.cancel()

    async def _gather(self) -> None:
        snapshot = self._floor.snapshot()
        await self._gathering.refresh(snapshot, datetime.fromtimestamp(snapshot.at, UTC))

    def look(self) -> None:
        """Take the floor in, and give each audience what changed."""
        snapshot = self._floor.snapshot()
        figures = self._gathering.figures
        found = alarms(snapshot, figures, self._floor.conditions(), self._settings)
        self._on_alarms(found)
        self._standing = self._book.note(found, snapshot.at)
        for audience in self._audiences.values():
            now = entries(
                snapshot,
                figures,
                self._standing,
                self._deeds,
                words_for(audience.language),
                Formats(audience.language, audience.zone),
            )
            _tell(audience, now, snapshot.at)

    @asynccontextmanager
    async def watching(self, language: str, zone: str) -> AsyncIterator[Watcher]:
        """A watcher while the block runs; its queue brings a message a second."""
        key = (language, zone)
        audience = self._audiences.setdefault(key, _Audience(language=language, zone=zone))
        watcher = Watcher()
        audience.watchers.append(watcher)
        # They see the board at once, not in a second.
        self._wake.set()
        try:
            yield watcher
        finally:
            audience.watchers.remove(watcher)
            if not audience.watchers:
                self._audiences.pop(key, None)

    def note_deed(self, by: str, said: str) -> None:
        """Something was done from a board: shown on all of them, at once."""
        self._deeds_done += 1
        self._deeds.append(Deed(number=self._deeds_done, at=self._floor.now(), by=by, said=said))
        self._wake.set()

    def acknowledge(self, key: str, *, by: str) -> StandingAlarm | None:
        """Somebody has seen an alarm; None when it stands no more."""
        seen = self._book.see(key, by=by, now=self._floor.now())
        self._wake.set()
        return seen


def _log_failure(gathering: asyncio.Task[None]) -> None:
    if (error := gathering.exception()) is not None:
        log.error("The board's figures failed.", exc_info=error, extra={"action": "board"})


def difference(shown: dict[str, Entry], now: dict[str, Entry]) -> dict[str, object]:
    """What to set and what to drop, to come from `shown` to `now`."""
    return {
        "set": {key: entry for key, entry in now.items() if shown.get(key) != entry},
        "drop": [key for key in shown if key not in now],
    }


def _tell(audience: _Audience, now: dict[str, Entry], at: float) -> None:
    changes = json.dumps(
        {"at": at, "whole": False, **difference(audience.shown, now)}, ensure_ascii=False
    )
    audience.shown = now
    whole: str | None = None
    for watcher in audience.watchers:
        if watcher.waiting.full():
            while not watcher.waiting.empty():
                watcher.waiting.get_nowait()
            watcher.is_new = True
        if watcher.is_new:
            if whole is None:
                whole = json.dumps(
                    {"at": at, "whole": True, "set": now, "drop": []}, ensure_ascii=False
                )
            watcher.waiting.put_nowait(whole)
            watcher.is_new = False
        else:
            watcher.waiting.put_nowait(changes)
