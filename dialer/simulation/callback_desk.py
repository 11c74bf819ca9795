"""Promised calls in the world: made at the end of conversations, on disk, and handed out in time.

The same rows and the same feed as the service has: a promise is open until a dialer takes it in
hand, due while one has it, and settled once. What a dead process had in hand is handed out again,
or settled by its attempt when that had ended.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dialer.engine.commands import RecordCall, RecordCallback
from dialer.engine.events import CallbackCancelled, CallbackDue, Event, Promise
from dialer.engine.ids import CallbackId, CallId
from dialer.engine.states import CallbackState
from dialer.simulation.agenda import Agenda
from dialer.simulation.facts import CallbackPromised, CallbackSettled, Fact
from dialer.simulation.plan import CallbackPlan
from dialer.simulation.store_model import StoredLead, StoreModel
from dialer.simulation.streams import Streams

FEED_SECONDS = 5.0
"""How often promises that come near are looked for."""
AHEAD_SECONDS = 120.0
"""Longer before its instant than an agent is reserved and the calls before it ring."""
_UNSETTLED = (CallbackState.OPEN, CallbackState.DUE)


@dataclass(slots=True)
class StoredCallback:
    """One row."""

    promise: Promise
    lead: StoredLead
    state: CallbackState = CallbackState.OPEN
    call_id: CallId | None = None
    """The attempt that was last made for it."""

    @property
    def lapses_at(self) -> float:
        """When no dialer tries any more."""
        promise = self.promise
        return promise.due_at + promise.tolerance_seconds + 2 * promise.agent_wait_seconds


class CallbackDesk:
    """Makes promises, keeps them on disk, and tells the engine of those that come near."""

    def __init__(
        self,
        agenda: Agenda,
        plan: CallbackPlan,
        streams: Streams,
        store: StoreModel,
        tell: Callable[[Event], bool],
        note: Callable[[Fact], None],
    ) -> None:
        self.agenda = agenda
        self.plan = plan
        self.store = store
        self.tell = tell
        self.note = note
        self.rows: dict[CallbackId, StoredCallback] = {}
        self.in_hand: set[CallbackId] = set()
        """What the present process has been told of and has not settled."""
        self.promises_until = float("inf")
        self._dice = streams.named("callbacks")

    def begin(self) -> None:
        """Plan the first look, where promises are made at all."""
        if self.plan.ratio > 0:
            self.agenda.after(FEED_SECONDS, self._feed_again)

    def promise_after(self, record: RecordCall) -> None:
        """A conversation is on disk: perhaps the lead was promised another call."""
        if self.plan.ratio <= 0 or record.bridged_at is None or record.agent_id is None:
            return
        if self._dice.random() >= self.plan.ratio or self.agenda.now >= self.promises_until:
            return
        lead = self.store.leads[record.lead_id]
        if lead.lead_id in self.store.promised or lead.is_leased:
            return
        dice, plan = self._dice, self.plan
        promise = Promise(
            callback_id=CallbackId(len(self.rows) + 1),
            agent_id=record.agent_id if dice.random() < plan.for_agent_ratio else None,
            due_at=self.agenda.now + plan.due_after.draw(dice),
            tolerance_seconds=plan.tolerance_seconds,
            agent_wait_seconds=plan.agent_wait_seconds,
            falls_to_team=dice.random() < plan.falls_to_team_ratio,
        )
        row = StoredCallback(promise, lead)
        self.rows[promise.callback_id] = row
        self.store.promised[lead.lead_id] = None
        self.store.reopen(lead)
        self.note(
            CallbackPromised(
                callback_id=promise.callback_id,
                lead_id=lead.lead_id,
                due_at=promise.due_at,
                tolerance_seconds=promise.tolerance_seconds,
                lapses_at=row.lapses_at,
            )
        )
        if dice.random() < plan.cancelled_ratio:
            at = dice.uniform(self.agenda.now, promise.due_at + plan.agent_wait_seconds)
            self.agenda.at(at, self._cancel, promise.callback_id)

    def commit(self, record: RecordCallback) -> None:
        """What the engine says of a promise is on disk."""
        row = self.rows[record.callback_id]
        self.in_hand.discard(record.callback_id)
        if row.state not in _UNSETTLED:
            return
        if record.state is CallbackState.OPEN:
            row.state = CallbackState.OPEN
            return
        self._settle(row, record.state)

    def note_written(self, call_id: CallId, lead: StoredLead) -> None:
        """An attempt is on disk; perhaps it was made for a promise."""
        for row in self.rows.values():
            if row.lead is lead and row.state is CallbackState.DUE:
                row.call_id = call_id

    def promise_of(self, call_id: CallId) -> Promise | None:
        """The unsettled promise this attempt was made for, when its call is adopted."""
        for row in self.rows.values():
            if row.call_id == call_id and row.state is CallbackState.DUE:
                self.in_hand.add(row.promise.callback_id)
                return row.promise
        return None

    def forget_process(self) -> None:
        """The process is gone; what it had in hand is nobody's."""
        self.in_hand.clear()

    def _settle(self, row: StoredCallback, state: CallbackState) -> None:
        row.state = state
        self.store.promise_is_over(row.lead, now=self.agenda.now)
        self.note(CallbackSettled(callback_id=row.promise.callback_id, state=state))

    def _cancel(self, callback_id: CallbackId) -> None:
        row = self.rows[callback_id]
        if row.state is CallbackState.OPEN:
            self._settle(row, CallbackState.CANCELLED)
        elif row.state is CallbackState.DUE:
            self.tell(CallbackCancelled(callback_id=callback_id, reason="asked"))

    def _feed_again(self) -> None:
        self.agenda.after(FEED_SECONDS, self._feed_again)
        for callback_id, row in self.rows.items():
            if row.state in _UNSETTLED and callback_id not in self.in_hand:
                self._feed(row)

    def _feed(self, row: StoredCallback) -> None:
        now = self.agenda.now
        attempt = self.store.attempts.get(row.call_id) if row.call_id is not None else None
        if attempt is not None and attempt.call_id in self.store.unfinished:
            return
        if row.state is CallbackState.DUE and attempt is not None:
            # The process that made it died before it could say how the promise ended.
            record = attempt.record
            promise = row.promise
            if record is None or record.bridged_at is None:
                self._settle(row, CallbackState.MISSED)
                return
            is_late = attempt.written_at > promise.due_at + promise.tolerance_seconds
            is_other = promise.agent_id is not None and record.agent_id != promise.agent_id
            state = CallbackState.LATE if is_late or is_other else CallbackState.KEPT
            self._settle(row, state)
        elif now > row.lapses_at:
            self._settle(row, CallbackState.MISSED)
        elif row.promise.due_at <= now + AHEAD_SECONDS and not row.lead.is_leased:
            self._hand_out(row, now)

    def _hand_out(self, row: StoredCallback, now: float) -> None:
        row.state, row.call_id = CallbackState.DUE, None
        self.in_hand.add(row.promise.callback_id)
        lead = self.store.lease_promised(row.lead, now=now)
        event = CallbackDue(lead=lead, promise=row.promise)
        if not self.tell(event):
            self.in_hand.discard(row.promise.callback_id)
            self.store.release([row.lead.lead_id])
            row.state = CallbackState.OPEN
