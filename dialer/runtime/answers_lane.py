"""Writes down answers and bridges while the calls are up, so that a crash does not forget them.

A note, not a record: the end of the call says all of it again. So what the database cannot take is
not spooled, an older note of a call gives way to a newer one, and a call that has ended meanwhile
is passed over by the store. Order with the other lanes does not matter.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from campaigns.store.errors import DatabaseUnavailable
from campaigns.store.rows import AnswerNote
from dialer.engine.commands import RecordAnswer
from dialer.engine.ids import CallId
from dialer.runtime.instants import to_datetime, to_datetime_or_none
from dialer.runtime.store_health import FIRST_WAIT_SECONDS, StoreHealth

GATHER_SECONDS = 0.005
BATCH_MAX = 500
WAITING_MAX = 5000
"""More than any floor has calls up at once; beyond it the oldest note is let go."""


class AnswersLane:
    """The notes in hand and their worker."""

    def __init__(
        self,
        write: Callable[[Sequence[AnswerNote]], Awaitable[None]],
        *,
        health: StoreHealth,
    ) -> None:
        self._write = write
        self._health = health
        self._waiting: dict[CallId, RecordAnswer] = {}
        self._wake = asyncio.Event()

    def put(self, command: RecordAnswer) -> None:
        """Queue one, in place of what was noted of the call before."""
        self._waiting[command.call_id] = command
        if len(self._waiting) > WAITING_MAX:
            del self._waiting[next(iter(self._waiting))]
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(GATHER_SECONDS)
            while self._waiting:
                batch = list(self._waiting.values())[:BATCH_MAX]
                try:
                    await self._health.attempt("answers", partial(self._write, _rows(batch)))
                except DatabaseUnavailable:
                    await asyncio.sleep(FIRST_WAIT_SECONDS)
                    continue
                for one in batch:
                    if self._waiting.get(one.call_id) is one:
                        del self._waiting[one.call_id]


def _rows(batch: Sequence[RecordAnswer]) -> list[AnswerNote]:
    return [
        AnswerNote(
            call_id=one.call_id,
            answered_at=to_datetime(one.answered_at),
            bridged_at=to_datetime_or_none(one.bridged_at),
            agent_id=one.agent_id,
        )
        for one in batch
    ]
