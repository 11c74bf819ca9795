"""From `Originate` to the switch, by way of the disk (law 2).

An `Originate` waits here until its attempt is durable; only then does it go to the switch. While
the database is out it waits a little and is then refused: nothing is dialled without a row. A call
that is hung up before it was placed is never placed.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from campaigns.outcomes import Outcome
from campaigns.store.errors import DatabaseUnavailable
from campaigns.store.rows import AttemptResult, AttemptVerdict, NewAttempt
from dialer.engine.commands import Originate, RecordCall
from dialer.engine.events import AttemptRefused, CallEnded, CallOriginated, Event
from dialer.engine.ids import CallId
from dialer.runtime.clock import Clock
from dialer.runtime.instants import to_datetime
from dialer.runtime.outcomes_by_cause import NEVER_PLACED_CAUSE
from dialer.runtime.store_health import FIRST_WAIT_SECONDS, StoreHealth

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.002
"""How long the first attempt of a group waits for others: short beside the commit itself."""
BATCH_MAX = 500
"""More rows than this in one transaction gain nothing and hold up those behind them."""
PATIENCE_SECONDS = 2.0
"""Real seconds an attempt may wait for the database. Later its moment has passed: agents and leads
are no longer as the pacer saw them."""

NewAttemptOf = Callable[[Originate], NewAttempt]
Write = Callable[[Sequence[NewAttempt]], Awaitable[Sequence[AttemptVerdict]]]
Settle = Callable[[Sequence[AttemptResult]], Awaitable[None]]


@dataclass(slots=True)
class _Waiting:
    """An `Originate` on its way to the disk."""

    command: Originate
    asked_at: float
    """Loop time."""
    is_doubtful: bool = False
    """A commit that held it failed: its row may or may not be there."""
    is_cancelled: bool = False
    record: RecordCall | None = None
    """The engine ended the call meanwhile; write this once the row is there."""


class AttemptsLane:
    """Writes attempts in groups and releases their originates."""

    def __init__(
        self,
        *,
        new_attempt: NewAttemptOf,
        write: Write,
        settle: Settle,
        place: Callable[[Originate], None],
        post: Callable[[Event], None],
        record: Callable[[RecordCall], None],
        clock: Clock,
        health: StoreHealth,
    ) -> None:
        self._new_attempt = new_attempt
        self._write = write
        self._settle = settle
        self._place = place
        self._post = post
        self._record = record
        self._clock = clock
        self._health = health
        self._waiting: OrderedDict[CallId, _Waiting] = OrderedDict()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def originate(self, command: Originate) -> None:
        """Queue one. The engine's lines bound how many there can be."""
        loop = asyncio.get_running_loop()
        self._waiting[command.lead.call_id] = _Waiting(command, loop.time())
        self._idle.clear()
        self._wake.set()

    def holds(self, call_id: CallId) -> bool:
        """True while this call is not yet with the switch."""
        return call_id in self._waiting

    def cancel(self, call_id: CallId) -> bool:
        """The engine hangs the call up. False when it is not here but with the switch."""
        waiting = self._waiting.get(call_id)
        if waiting is None:
            return False
        waiting.is_cancelled = True
        self._wake.set()
        return True

    def note_record(self, record: RecordCall) -> bool:
        """The engine has ended the call by itself. False when the record may be written now."""
        waiting = self._waiting.get(record.call_id)
        if waiting is None:
            return False
        waiting.record = record
        self._wake.set()
        return True

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(GATHER_SECONDS)
            while self._waiting:
                self._give_up_what_is_over()
                if self._waiting and not await self._commit():
                    await asyncio.sleep(FIRST_WAIT_SECONDS)
            self._idle.set()

    async def wait_until_idle(self) -> None:
        """Return when every attempt queued so far was placed or refused."""
        await self._idle.wait()

    def _give_up_what_is_over(self) -> None:
        now = asyncio.get_running_loop().time()
        for call_id, waiting in list(self._waiting.items()):
            if waiting.is_doubtful:
                # Its row may be there; only the database can tell, so it stays until it answers.
                if now - waiting.asked_at > PATIENCE_SECONDS and waiting.record is None:
                    waiting.is_cancelled = True
            elif waiting.is_cancelled or waiting.record is not None:
                self._refuse(call_id, "It was cancelled before it was placed.")
            elif now - waiting.asked_at > PATIENCE_SECONDS:
                self._refuse(
                    call_id, f"The database did not answer within {PATIENCE_SECONDS:g} seconds."
                )

    def _refuse(self, call_id: CallId, reason: str) -> None:
        waiting = self._waiting.pop(call_id)
        if waiting.record is None:
            self._post(AttemptRefused(call_id=call_id, reason=reason))

    async def _commit(self) -> bool:
        """Write the first group; False when the database did not answer."""
        waiting = list(self._waiting.values())
        # While there is doubt, nothing else is drawn into it: the others can still be refused.
        group = ([one for one in waiting if one.is_doubtful] or waiting)[:BATCH_MAX]
        rows = [self._new_attempt(one.command) for one in group]
        try:
            verdicts = await self._health.attempt("attempts", lambda: self._write(rows))
        except DatabaseUnavailable:
            for one in group:
                one.is_doubtful = True
            return False
        refused = {verdict.call_id: verdict.refused for verdict in verdicts}
        for one in group:
            call_id = one.command.lead.call_id
            reason = refused.get(call_id)
            if reason is not None:
                self._refuse(call_id, reason)
                if one.is_doubtful:
                    await self._settle_never_placed(one)
            else:
                del self._waiting[call_id]
                self._release(one)
        return True

    def _release(self, one: _Waiting) -> None:
        """The attempt is durable."""
        call_id = one.command.lead.call_id
        if one.record is not None:
            self._record(one.record)
            return
        self._post(CallOriginated(call_id=call_id))
        if one.is_cancelled:
            self._post(
                CallEnded(call_id=call_id, outcome=Outcome.SWITCH_LIMIT, cause=NEVER_PLACED_CAUSE)
            )
            return
        self._place(one.command)

    async def _settle_never_placed(self, one: _Waiting) -> None:
        """Refused on a second try: should the first have left a row, it was not dialled."""
        now = to_datetime(self._clock.now())
        result = AttemptResult(
            call_id=one.command.lead.call_id,
            outcome=Outcome.SWITCH_LIMIT,
            cause=NEVER_PLACED_CAUSE,
            agent_id=None,
            originated_at=None,
            ringing_at=None,
            answered_at=None,
            bridged_at=None,
            ended_at=now,
            is_live=False,
            is_abandoned=False,
        )
        await self._health.insist("records", lambda: self._settle([result]))
