"""An attempt that ended while nobody looked: the outcome that can still be known.

Its answer and its bridge were written while it was up, so an agent's talk is not forgotten. Not
known is when it ended: between the last sign of life of the process that dialled it and now. The
earlier instant is written, because a talk that is counted too short wrongs nobody.
"""

from campaigns.outcomes import Outcome
from campaigns.store.rows import AttemptResult, AttemptRow
from dialer.runtime.instants import to_datetime, to_unix, to_unix_or_none

LOST_CAUSE = "LOST"
"""Stands where FreeSWITCH's hangup cause would: nobody heard it."""


def lost_attempt(
    row: AttemptRow, *, now: float, alive_at: float | None, tolerance_seconds: float
) -> AttemptResult:
    """The result of an open attempt that lives on no switch. Times are Unix seconds.

    Answered and never bridged was abandoned: whoever would have come for the lead had died
    (16 CFR 310.4(b)(1)(iv)). Never answered is unknown, and counts as dialled.
    """
    written_at = to_unix(row.written_at)
    answered_at, bridged_at = to_unix_or_none(row.answered_at), to_unix_or_none(row.bridged_at)
    known_at = max(at for at in (written_at, answered_at, bridged_at) if at is not None)
    outcome, is_abandoned = Outcome.UNKNOWN, False
    ended_at = now
    if bridged_at is not None:
        outcome = Outcome.CONNECTED
        is_abandoned = answered_at is not None and bridged_at - answered_at > tolerance_seconds
    elif answered_at is not None:
        outcome, is_abandoned = Outcome.ABANDONED, True
    if answered_at is not None:
        ended_at = known_at if alive_at is None else min(now, alive_at)
    return AttemptResult(
        call_id=row.call_id,
        outcome=outcome,
        cause=LOST_CAUSE,
        agent_id=row.agent_id,
        originated_at=row.originated_at or row.written_at,
        ringing_at=row.ringing_at,
        answered_at=row.answered_at,
        bridged_at=row.bridged_at,
        ended_at=to_datetime(max(known_at, ended_at)),
        is_live=answered_at is not None,
        is_abandoned=is_abandoned,
    )
