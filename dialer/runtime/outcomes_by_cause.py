"""What a class of hangup causes means for an attempt that was never answered."""

from campaigns.outcomes import Outcome
from freeswitch.causes import CauseClass

NEVER_PLACED_CAUSE = "NEVER_ORIGINATED"
"""Stands where FreeSWITCH's hangup cause would: the switch was never asked."""

OUTCOMES_BY_CAUSE: dict[CauseClass, Outcome] = {
    # Answered and over, and yet CHANNEL_ANSWER was never seen: its fate was lost with that event.
    CauseClass.ANSWERED_ENDED: Outcome.UNKNOWN,
    CauseClass.BUSY: Outcome.BUSY,
    CauseClass.NO_ANSWER: Outcome.NO_ANSWER,
    CauseClass.INVALID: Outcome.INVALID_NUMBER,
    CauseClass.REJECTED: Outcome.REJECTED,
    # SIP 607 is a refusal by the called person (RFC 8197); the attempt keeps the cause.
    CauseClass.UNWANTED: Outcome.REJECTED,
    CauseClass.CONGESTION: Outcome.CONGESTION,
    CauseClass.CANCELLED: Outcome.CANCELLED,
    CauseClass.SWITCH_LIMIT: Outcome.SWITCH_LIMIT,
    # A wrong gateway or a missing registration is ours to mend; the lead was not called.
    CauseClass.CONFIG: Outcome.SWITCH_LIMIT,
    CauseClass.SYSTEM: Outcome.CANCELLED,
    CauseClass.FAILED: Outcome.FAILED,
}
"""Every class has its outcome; a test holds the table to that."""
