"""The driver: one queue of events in, the engine, commands out. The only caller of the engine.

Theory. The engine is a function of (event, now). The driver gives it events one at a time, in the
order they came, and time when its deadline has come; whatever it answers goes to the journal, then
to executors, then to observers, all in the same turn. Executors return at once: they queue work,
and what comes of it is posted as a new event. So nothing here ever waits for the switch or the
database, and a journal line always stands before the first effect of its commands.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from dialer.engine.commands import Command
from dialer.engine.events import Event
from dialer.engine.ids import AgentId, CallId
from dialer.engine.snapshot import AgentSnapshot, CallSnapshot, Snapshot
from dialer.errors import IllegalTransition, ServiceError
from dialer.runtime.clock import Clock

log = logging.getLogger(__name__)

QUEUE_MAX = 100_000
"""FreeSWITCH itself holds 100 000 events for one client (mod_event_socket.c, MAX_QUEUE_LEN). One
that long is minutes behind the calls it speaks of: leave, and let the next start ask the switch."""
BATCH_MAX = 64
BATCH_SECONDS = 0.01
"""Steps, and real seconds, before other tasks may run. A step takes 10 to 100 µs, and over a
millisecond where the pacer decides for a team of 1,500: the loop breathes every few ms."""

Observer = Callable[[float, Event | None, Sequence[Command]], None]
"""Told of every step after its commands were handed on: (now, event or None for time, commands)."""
Dispatch = Callable[[Command], None]
"""Hands one command to its executor and returns at once."""


class EngineLike(Protocol):
    """The engine, as the driver calls it."""

    def handle(self, event: Event, *, now: float) -> list[Command]: ...

    def next_deadline(self) -> float | None: ...

    def handle_deadline(self, *, now: float) -> list[Command]: ...

    def snapshot(self, *, now: float) -> Snapshot: ...

    def agent(self, agent_id: AgentId) -> AgentSnapshot | None: ...

    def call(self, call_id: CallId) -> CallSnapshot | None: ...


class StepLog(Protocol):
    """The journal, as the driver writes it."""

    def append(self, now: float, event: Event | None, commands: Sequence[Command]) -> None: ...


class Driver:
    """Runs one engine."""

    def __init__(
        self,
        engine: EngineLike,
        clock: Clock,
        *,
        dispatch: Dispatch,
        journal: StepLog | None = None,
        queue_max: int = QUEUE_MAX,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._dispatch = dispatch
        self._journal = journal
        self._queue: deque[tuple[Event, asyncio.Future[None] | None]] = deque()
        self._queue_max = queue_max
        self._wake = asyncio.Event()
        self._observers: list[Observer] = []
        self._now = clock.now()
        self._is_running = False
        self._is_stepping = False
        self.illegal_transitions = 0
        self.steps = 0

    @property
    def now(self) -> float:
        """The instant of the last step."""
        return self._now

    @property
    def queue_depth(self) -> int:
        """Events posted and not handled yet."""
        return len(self._queue)

    def keep_journal(self, journal: StepLog) -> None:
        """Write every step from now on."""
        self._journal = journal

    def observe(self, observer: Observer) -> None:
        """Tell `observer` of every step from now on. It must return at once and not raise."""
        self._observers.append(observer)

    def unobserve(self, observer: Observer) -> None:
        """Tell `observer` no more; it may ask so from within a step."""
        self._observers = [each for each in self._observers if each != observer]

    def post(self, event: Event) -> None:
        """Queue an event. Raises ServiceError when the queue is full (see QUEUE_MAX)."""
        self._post(event, None)

    def post_now(self, event: Event) -> None:
        """Queue an event and handle what is queued at once: a lead who answered is not kept waiting
        until the loop comes round. Within a step, or before `run`, it is an ordinary `post`."""
        self._post(event, None)
        if self._is_running and not self._is_stepping:
            self.run_batch()

    async def submit(self, event: Event) -> None:
        """Queue an event and wait until the engine has taken it.

        Raises IllegalTransition, with the engine's sentence, when it refused. For people's wishes,
        which may be refused without anything being wrong.
        """
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._post(event, taken)
        await taken

    def _post(self, event: Event, taken: asyncio.Future[None] | None) -> None:
        if len(self._queue) >= self._queue_max:
            raise ServiceError(
                f"{len(self._queue)} events wait for the engine, the most there may be. The "
                "service stops; start it again and it will ask the switch which calls live."
            )
        self._queue.append((event, taken))
        self._wake.set()

    def snapshot(self) -> Snapshot:
        """The engine as of now."""
        return self._engine.snapshot(now=self._advance(self._clock.now()))

    def agent(self, agent_id: AgentId) -> AgentSnapshot | None:
        """One agent as the engine has them now; None when they are not logged in."""
        return self._engine.agent(agent_id)

    def call(self, call_id: CallId) -> CallSnapshot | None:
        """One live call as the engine has it now; None when it is over."""
        return self._engine.call(call_id)

    async def run(self) -> None:
        """Drive until cancelled."""
        self._is_running = True
        try:
            await self._drive()
        finally:
            self._is_running = False

    async def _drive(self) -> None:
        while True:
            self._wake.clear()
            if self.run_batch():
                await asyncio.sleep(0)
                continue
            deadline = self._engine.next_deadline()
            await self._clock.wait(self._wake, until=deadline)
            if deadline is not None and not self._wake.is_set():
                # A timer may fire a hair early; the engine is told its own deadline, not less.
                self._is_stepping = True
                try:
                    self._step(None, max(deadline, self._clock.now()))
                finally:
                    self._is_stepping = False

    def run_batch(self) -> bool:
        """Take up to BATCH_MAX steps; False when nothing is left to do now.

        A deadline that has come goes before the events: no queue may delay the legal seconds.
        """
        self._is_stepping = True
        try:
            return self._run_batch()
        finally:
            self._is_stepping = False

    def _run_batch(self) -> bool:
        ends_at = time.monotonic() + BATCH_SECONDS
        for _ in range(BATCH_MAX):
            deadline = self._engine.next_deadline()
            now = self._clock.now()
            if deadline is not None and deadline <= now:
                self._step(None, now)
            elif self._queue:
                event, taken = self._queue.popleft()
                self._step(event, now, taken)
            else:
                return False
            if time.monotonic() >= ends_at:
                break
        return True

    def run_to_end(self) -> None:
        """Handle what is queued, at shutdown after `run` has ended."""
        while self.run_batch():
            pass

    def _step(
        self, event: Event | None, at: float, taken: asyncio.Future[None] | None = None
    ) -> None:
        now = self._advance(at)
        self.steps += 1
        commands: list[Command]
        try:
            if event is None:
                commands = self._engine.handle_deadline(now=now)
            else:
                commands = self._engine.handle(event, now=now)
        except IllegalTransition as error:
            # The engine has changed nothing; a switch that lies must not end every other call.
            commands = []
            self._refuse(event, error, taken)
        if self._journal is not None:
            self._journal.append(now, event, commands)
        for command in commands:
            self._dispatch(command)
        for observer in self._observers:
            observer(now, event, commands)

        if taken is not None and not taken.done():
            taken.set_result(None)

    def _refuse(
        self, event: Event | None, error: IllegalTransition, taken: asyncio.Future[None] | None
    ) -> None:
        if taken is not None:
            if not taken.done():
                taken.set_exception(error)
            return
        self.illegal_transitions += 1
        log.error(
            "The engine refused %s: %s",
            type(event).__name__,
            error,
            extra={"action": "illegal_transition", "event": repr(event)},
        )

    def _advance(self, at: float) -> float:
        """Time as the engine sees it never goes back."""
        self._now = max(self._now, at)
        return self._now
