"""What came of recordings and of calls back, as rows of the store."""

from collections.abc import Sequence

from campaigns.store.screening import OptOut, ReturnCall, ScreeningStore, SurveyAnswer
from dialer.engine.commands import RecordOptOut, RecordReturn, RecordSurveyAnswer
from dialer.runtime.instants import to_datetime, to_datetime_or_none

KeyRecord = RecordOptOut | RecordSurveyAnswer | RecordReturn
"""Records that are no attempts' results; each kind is written by a statement of its own."""


class KeyWrites:
    """Writes them."""

    def __init__(self, store: ScreeningStore) -> None:
        self._store = store

    async def put(self, records: Sequence[KeyRecord]) -> None:
        """Write these, which may be of all three kinds; opt-outs before all else."""
        opt_outs = [one for one in records if isinstance(one, RecordOptOut)]
        answers = [one for one in records if isinstance(one, RecordSurveyAnswer)]
        returns = [one for one in records if isinstance(one, RecordReturn)]
        if opt_outs:
            await self._store.opt_out([_opt_out(one) for one in opt_outs])
        if answers:
            await self._store.answers([_answer(one) for one in answers])
        if returns:
            await self._store.record_returns([_return_call(one) for one in returns])


def _opt_out(record: RecordOptOut) -> OptOut:
    return OptOut(
        call_id=record.call_id, number=record.number, key=record.key, at=to_datetime(record.at)
    )


def _answer(record: RecordSurveyAnswer) -> SurveyAnswer:
    return SurveyAnswer(
        call_id=record.call_id,
        question=record.question,
        key=record.key,
        answered_at=to_datetime(record.at),
    )


def _return_call(record: RecordReturn) -> ReturnCall:
    return ReturnCall(
        call_id=record.call_id,
        campaign_id=record.campaign_id,
        lead_id=record.lead_id,
        number=record.number,
        arrived_at=to_datetime(record.arrived_at),
        agent_id=record.agent_id,
        bridged_at=to_datetime_or_none(record.bridged_at),
        message_at=to_datetime_or_none(record.message_at),
        ended_at=to_datetime_or_none(record.ended_at),
    )
