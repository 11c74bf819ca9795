"""Hands promised calls that come near to the engine, and forgets them when their end is on disk.

The rows say what was promised; this only remembers what the engine has in hand. What a process that
died had in hand is in the rows as due, and is handed out again or settled by its attempt.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaigns.callbacks import CallbackState as StoredState
from campaigns.store.callback_rows import CallbackEnd, DueCallback
from campaigns.store.errors import DatabaseUnavailable
from dialer.engine.commands import RecordCallback
from dialer.engine.events import CallAdopted, CallbackDue, Event, HopperLead, Promise
from dialer.engine.ids import E164, AgentId, CallbackId, CallId, CampaignId, LeadId, PhoneId
from dialer.runtime.clock import Clock
from dialer.runtime.instants import to_datetime, to_unix
from dialer.runtime.store_health import StoreHealth

log = logging.getLogger(__name__)

FEED_SECONDS = 5.0
"""How often due promises are looked for: one query of a small index. A promise made for this very
minute begins so much late at most, far inside any tolerance."""
AHEAD_SECONDS = 180.0
"""So long before its instant a promise comes to the engine: longer than an agent is reserved and
the calls launched before may ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackStore:
    """The calls of the store that are used here."""

    take: Callable[
        [Collection[CampaignId], float, Collection[int]], Awaitable[Sequence[DueCallback]]
    ]
    """(campaigns that dial, due before, ids in hand)."""
    lapse: Callable[[], Awaitable[int]]
    record: Callable[[Sequence[CallbackEnd]], Awaitable[None]]


class CallbackFeed:
    """The loop and what it has handed out."""

    def __init__(
        self,
        store: CallbackStore,
        *,
        dialling: Callable[[], Collection[CampaignId]],
        mint: Callable[[], CallId],
        post: Callable[[Event], None],
        clock: Clock,
        health: StoreHealth,
    ) -> None:
        self._store = store
        self._dialling = dialling
        self._mint = mint
        self._post = post
        self._clock = clock
        self._health = health
        self._in_hand: set[CallbackId] = set()

    async def run(self) -> None:
        """Look every few seconds until cancelled."""
        while True:
            try:
                await self._health.attempt("callbacks", self.look)
            except DatabaseUnavailable:
                # The next look, some seconds later, finds the same promises and a few more.
                log.debug("Promised calls could not be read.", extra={"action": "callbacks_late"})
            await self._clock.sleep_until(self._clock.now() + FEED_SECONDS)

    async def look(self) -> None:
        """Hand out what has come near. Raises DatabaseUnavailable."""
        await self._store.lapse()
        dialling = self._dialling()
        if not dialling:
            return
        until = self._clock.now() + AHEAD_SECONDS
        for due in await self._store.take(dialling, until, sorted(self._in_hand)):
            self._in_hand.add(CallbackId(due.id))
            self._post(CallbackDue(lead=self._lead(due), promise=promise_of(due)))

    def note_adopted(self, events: Iterable[Event]) -> None:
        """Calls that outlived a restart: the engine has their promises again."""
        for event in events:
            if isinstance(event, CallAdopted) and event.promise is not None:
                self._in_hand.add(event.promise.callback_id)

    async def record(self, records: Sequence[RecordCallback]) -> None:
        """Write how promises ended; for the records lane. Raises DatabaseUnavailable."""
        await self._store.record([_end(record) for record in records])
        for record in records:
            self._in_hand.discard(record.callback_id)

    def _lead(self, due: DueCallback) -> HopperLead:
        return HopperLead(
            call_id=self._mint(),
            campaign_id=CampaignId(due.campaign_id),
            lead_id=LeadId(due.lead_id),
            phone_id=PhoneId(due.phone_id),
            number=E164(due.number),
            callable_until=to_unix(due.callable_until),
            callback_id=CallbackId(due.id),
        )


def promise_of(due: DueCallback) -> Promise:
    """The promise in the engine's words."""
    return Promise(
        callback_id=CallbackId(due.id),
        agent_id=None if due.agent_id is None else AgentId(due.agent_id),
        due_at=to_unix(due.due_at),
        tolerance_seconds=due.tolerance_seconds,
        agent_wait_seconds=due.agent_wait_seconds,
        falls_to_team=due.falls_to_team,
    )


def promises_of(due: Mapping[int, DueCallback]) -> dict[LeadId, Promise]:
    """By lead."""
    return {LeadId(lead_id): promise_of(one) for lead_id, one in due.items()}


def _end(record: RecordCallback) -> CallbackEnd:
    return CallbackEnd(
        id=record.callback_id,
        state=StoredState(record.state.value),
        reason=record.reason,
        at=to_datetime(record.at),
        call_id=record.call_id,
    )
