"""The engine's records as rows of the store."""

import logging
from collections.abc import Sequence

from campaigns.store.errors import DatabaseUnavailable, StoreError, UnknownAttempt
from campaigns.store.recordings import NewRecording
from campaigns.store.rows import AgentStateChange, AttemptResult, NewAttempt
from campaigns.store.store import Store
from dialer.engine.commands import Originate, RecordAgentState, RecordCall, RecordDisposition
from dialer.engine.ids import TeamId
from dialer.engine.in_call_commands import RecordRecording
from dialer.runtime.clock import Clock
from dialer.runtime.instants import to_datetime, to_datetime_or_none

log = logging.getLogger(__name__)


def new_attempt(command: Originate, *, team_id: TeamId, owner: str, token: int) -> NewAttempt:
    """The row that must be durable before the call is placed."""
    lead = command.lead
    return NewAttempt(
        call_id=lead.call_id,
        campaign_id=lead.campaign_id,
        team_id=team_id,
        lead_id=lead.lead_id,
        phone_id=lead.phone_id,
        number=lead.number,
        trunk=command.trunk_id,
        caller_id=command.caller_id,
        owner=owner,
        callable_until=to_datetime(lead.callable_until),
        token=token,
        callback_id=lead.callback_id,
        answer_probability=command.answer_probability,
    )


def attempt_result(record: RecordCall) -> AttemptResult:
    """How the attempt went."""
    return AttemptResult(
        call_id=record.call_id,
        outcome=record.outcome,
        cause=record.cause,
        agent_id=record.agent_id,
        originated_at=to_datetime_or_none(record.originated_at),
        ringing_at=to_datetime_or_none(record.ringing_at),
        answered_at=to_datetime_or_none(record.answered_at),
        bridged_at=to_datetime_or_none(record.bridged_at),
        ended_at=to_datetime(record.ended_at),
        is_live=record.is_live,
        is_abandoned=record.is_abandoned,
        verdict=None if record.verdict is None else str(record.verdict),
        screened_at=to_datetime_or_none(record.screened_at),
        is_sampled=record.is_sampled,
        message_at=to_datetime_or_none(record.message_at),
        opted_out_at=to_datetime_or_none(record.opted_out_at),
    )


def recording_row(record: RecordRecording) -> NewRecording:
    """A file as known so far."""
    return NewRecording(
        file_id=record.file_id,
        call_id=record.call_id,
        campaign_id=record.campaign_id,
        agent_id=record.agent_id,
        policy=record.policy,
        consent=record.consent,
        started_at=to_datetime(record.started_at),
        ended_at=to_datetime_or_none(record.ended_at),
        seconds=record.seconds,
        masked=[(to_datetime(since), to_datetime_or_none(until)) for since, until in record.masked],
    )


def agent_state_change(record: RecordAgentState) -> AgentStateChange:
    """One stretch of an agent's time is over."""
    return AgentStateChange(
        agent_id=record.agent_id,
        team_id=record.team_id,
        state=str(record.state),
        since=to_datetime(record.since),
        new_state=str(record.new_state),
        at=to_datetime(record.at),
        reason=record.reason,
        campaign_id=record.campaign_id,
    )


class StoreWrites:
    """The three writes of the records lane."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def calls(self, records: Sequence[RecordCall]) -> None:
        """Settle attempts."""
        results = [attempt_result(record) for record in records]
        unknown = await self._store.attempts.settle(results, now=to_datetime(self._clock.now()))
        if unknown:
            log.error(
                "%d calls ended that have no attempt: %s",
                len(unknown),
                ", ".join(unknown[:5]),
                extra={"action": "attempt_unknown"},
            )

    async def dispositions(self, records: Sequence[RecordDisposition]) -> None:
        """Write what agents said."""
        for record in records:
            try:
                await self._dispose(record)
            except DatabaseUnavailable:
                raise
            except StoreError as error:
                # The campaign's dispositions were changed while the agent was choosing one. The
                # call keeps its outcome, and others' dispositions must not wait behind it.
                log.error(
                    "The disposition of call %s was not taken: %s",
                    record.call_id,
                    error,
                    extra={"action": "disposition_refused"},
                )

    async def _dispose(self, record: RecordDisposition) -> None:
        said = (record.call_id, record.agent_id, record.disposition)
        now = to_datetime(record.disposed_at)
        try:
            await self._store.attempts.dispose(*said, now=now)
        except UnknownAttempt:
            # Somebody who called back: that is no attempt of ours.
            if not await self._store.screening.dispose_return(*said, now=now):
                raise

    async def recordings(self, records: Sequence[RecordRecording]) -> None:
        """Write what is known of recordings."""
        await self._store.recordings.put([recording_row(record) for record in records])

    async def agent_states(self, records: Sequence[RecordAgentState]) -> None:
        """Write stretches of agents' time."""
        changes = [agent_state_change(record) for record in records]
        await self._store.agents.record_states(changes, to_datetime(self._clock.now()))
