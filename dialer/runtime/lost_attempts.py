"""An attempt that ended while nobody looked: the outcome that can still be known.

Its answer and its bridge were written while it was up, so an agent's talk is not forgotten. Not
known is when it ended: between the last sign of life of the process that dialled it and now. The
earlier instant is written, because a talk that is counted too short wrongs nobody. Where the
switch's own record of the call can be read (`call_records`), that tells cause and times.
"""

from campaigns.outcomes import Outcome
from campaigns.store.rows import AttemptResult, AttemptRow
from dialer.runtime.instants import (
    to_datetime,
    to_datetime_or_none,
    to_unix,
    to_unix_or_none,
)
from dialer.runtime.outcomes_by_cause import OUTCOMES_BY_CAUSE
from freeswitch.call_records import CallRecord
from freeswitch.causes import classify

LOST_CAUSE = "LOST"
"""Stands where FreeSWITCH's hangup cause would: nobody heard it, and no record tells."""


def lost_attempt(
    row: AttemptRow,
    *,
    now: float,
    alive_at: float | None,
    tolerance_seconds: float,
    record: CallRecord | None = None,
) -> AttemptResult:
    """The result of an open attempt that lives on no switch. Times are Unix seconds.

    Answered and never bridged was abandoned: whoever would have come for the lead had died
    (16 CFR 310.4(b)(1)(iv)). Never answered is unknown, and counts as dialled; with the switch's
    own `record` it is what that says.
    """
    written_at = to_unix(row.written_at)
    ringing_at, answered_at, bridged_at = (
        to_unix_or_none(at) for at in (row.ringing_at, row.answered_at, row.bridged_at)
    )
    if record is not None:
        ringing_at, answered_at = (
            ringing_at or record.progress_at,
            answered_at or record.answered_at,
        )
        bridged_at = bridged_at or (None if row.agent_id is None else record.bridged_at)
    known_at = max(at for at in (written_at, answered_at, bridged_at) if at is not None)
    outcome, is_abandoned = _unanswered(record), False
    ended_at = now
    if bridged_at is not None:
        outcome = Outcome.CONNECTED
        is_abandoned = answered_at is not None and bridged_at - answered_at > tolerance_seconds
    elif answered_at is not None:
        outcome, is_abandoned = Outcome.ABANDONED, True
    if answered_at is not None:
        ended_at = known_at if alive_at is None else min(now, alive_at)
    if record is not None:
        ended_at = min(now, record.ended_at)
    return AttemptResult(
        call_id=row.call_id,
        outcome=outcome,
        cause=LOST_CAUSE if record is None else record.cause,
        agent_id=row.agent_id,
        originated_at=row.originated_at or row.written_at,
        ringing_at=to_datetime_or_none(ringing_at),
        answered_at=to_datetime_or_none(answered_at),
        bridged_at=to_datetime_or_none(bridged_at),
        ended_at=to_datetime(max(known_at, ended_at)),
        is_live=answered_at is not None,
        is_abandoned=is_abandoned,
    )


def _unanswered(record: CallRecord | None) -> Outcome:
    if record is None:
        return Outcome.UNKNOWN
    return OUTCOMES_BY_CAUSE[
        classify(
            record.cause,
            saw_channel=True,
            saw_progress=record.progress_at is not None,
            hangup_disposition=record.hangup_disposition,
        )
    ]
