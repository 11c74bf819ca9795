"""Writes outcomes, dispositions, agent states and ends of promises: in order, and none is lost.

Order. For one call the writes are put into the store in the order the engine said them. Within a
group, writes of different calls are put together by kind; a call's later write of an earlier kind
opens a new stage. While the database is out, commands wait in memory, then in the spool.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import assert_never

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
from dialer.runtime.screening_writes import KeyRecord
from dialer.runtime.spool import RecordCommand, Spool
from dialer.runtime.store_health import StoreHealth

GATHER_SECONDS = 0.005
"""Nobody waits for these, so they may gather a little longer than attempts do."""
BATCH_MAX = 500
MEMORY_MAX = 20_000
"""Commands held in memory, about 10 MB; a database outage beyond that goes to the spool."""

Unit = list[RecordCommand]
"""Commands of one kind, to be put into the store together."""


async def _no_recordings(records: Sequence[RecordRecording]) -> None:
    """Where nothing is ever recorded."""
    assert not records, records


class RecordWrites:
    """What the lane does to the store; each call is one transaction."""

    def __init__(
        self,
        *,
        calls: Callable[[Sequence[RecordCall]], Awaitable[None]],
        dispositions: Callable[[Sequence[RecordDisposition]], Awaitable[None]],
        agent_states: Callable[[Sequence[RecordAgentState]], Awaitable[None]],
        callbacks: Callable[[Sequence[RecordCallback]], Awaitable[None]],
        keys: Callable[[Sequence[KeyRecord]], Awaitable[None]],
        recordings: Callable[[Sequence[RecordRecording]], Awaitable[None]] = _no_recordings,
    ) -> None:
        self._calls = calls
        self._dispositions = dispositions
        self._agent_states = agent_states
        self._callbacks = callbacks
        self._keys = keys
        self._recordings = recordings

    async def put(self, unit: Unit) -> None:
        """Write one unit."""
        if calls := [one for one in unit if isinstance(one, RecordCall)]:
            await self._calls(calls)
        elif dispositions := [one for one in unit if isinstance(one, RecordDisposition)]:
            await self._dispositions(dispositions)
        elif states := [one for one in unit if isinstance(one, RecordAgentState)]:
            await self._agent_states(states)
        elif callbacks := [one for one in unit if isinstance(one, RecordCallback)]:
            await self._callbacks(callbacks)
        elif keys := [one for one in unit if isinstance(one, KeyRecord)]:
            await self._keys(keys)
        elif recordings := [one for one in unit if isinstance(one, RecordRecording)]:
            await self._recordings(recordings)


class RecordsLane:
    """The queue and its worker."""

    def __init__(self, writes: RecordWrites, *, spool: Spool, health: StoreHealth) -> None:
        self._writes = writes
        self._spool = spool
        self._health = health
        self._queue: deque[RecordCommand] = deque()
        self._units: deque[Unit] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        if not spool.is_empty:
            self._wake.set()
        else:
            self._idle.set()

    @property
    def waiting(self) -> int:
        """Commands in memory that the store does not have yet."""
        return len(self._queue) + sum(len(unit) for unit in self._units)

    def put(self, command: RecordCommand) -> None:
        """Queue one; to the spool when memory is full, and while the spool is not empty."""
        if self._spool.is_empty and len(self._queue) < MEMORY_MAX:
            self._queue.append(command)
        else:
            self._spool.append([command])
        self._idle.clear()
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(GATHER_SECONDS)
            while self._fill():
                await self._write_units()
            self._spool.forget_taken()
            self._idle.set()

    async def wait_until_written(self) -> None:
        """Return when everything queued so far is in the store."""
        await self._idle.wait()

    def close(self) -> None:
        """After `run` has ended: what the store lacks goes to the spool, for the next start."""
        left: deque[RecordCommand] = deque(one for unit in self._units for one in unit)
        left.extend(self._queue)
        self._units.clear()
        self._queue.clear()
        if left:
            self._spool.append(left)

    def _fill(self) -> bool:
        """Cut the next group into units; False when there is nothing left."""
        if self._units:
            return True
        if not self._queue and not self._spool.is_empty:
            self._queue.extend(self._spool.take(BATCH_MAX))
        batch = [self._queue.popleft() for _ in range(min(BATCH_MAX, len(self._queue)))]
        self._units.extend(units_in_order(batch))
        return bool(self._units)

    async def _write_units(self) -> None:
        while self._units:
            unit = self._units[0]
            await self._health.insist("records", partial(self._writes.put, unit))
            self._units.popleft()


def units_in_order(commands: Sequence[RecordCommand]) -> list[Unit]:
    """Group commands by kind without changing the order of any one call's, or any one agent's.

    settle(1) dispose(1) settle(2) settle(1) becomes [settle(1) settle(2)] [dispose(1)] [settle(1)].
    """
    stages: list[tuple[Unit, ...]] = []
    last: dict[str, tuple[int, int]] = {}
    for command in commands:
        key, kind = _key_and_kind(command)
        stage, before = last.get(key, (0, 0))
        if kind < before or (kind == before == 0 and key in last):
            # The same call settled twice: one after the other, so that the later word stands.
            stage += 1
        last[key] = (stage, kind)
        while len(stages) <= stage:
            stages.append(tuple([] for _ in range(_KINDS)))
        stages[stage][kind].append(command)
    return [unit for stage in stages for unit in stage if unit]


_KINDS = 6


def _key_and_kind(command: RecordCommand) -> tuple[str, int]:
    match command:
        case RecordCall():
            return f"call {command.call_id}", 0
        case RecordDisposition():
            return f"call {command.call_id}", 1
        case RecordAgentState():
            return f"agent {command.agent_id}", 2
        case RecordCallback():
            return f"callback {command.callback_id}", 3
        case RecordReturn():
            return f"call {command.call_id}", 4
        case RecordRecording():
            return f"recording {command.file_id}", 5
        case RecordOptOut() | RecordSurveyAnswer():
            return f"keys {command.call_id}", 4
        case _:
            assert_never(command)
