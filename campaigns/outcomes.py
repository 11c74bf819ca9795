"""What the machine saw of one attempt. What the agent said of it is a disposition.

The one word list shared by the engine, the store and the reports; it imports nothing of ours.
"""

import enum


@enum.unique
class Outcome(enum.StrEnum):
    """How an attempt ended. Every attempt ends in exactly one of these (law 2)."""

    CONNECTED = "connected"
    """A live answer that was bridged to an agent, be it late."""
    ABANDONED = "abandoned"
    """A live answer that had no agent within the legal seconds (16 CFR 310.4(b)(1)(iv))."""
    HUNG_UP_EARLY = "hung_up_early"
    """A live answer whose lead hung up, inside the legal seconds, while its bridge was made."""
    MACHINE = "machine"
    """Answered by a machine, by verdict of the classifier; no agent spoke."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    INVALID_NUMBER = "invalid_number"
    REJECTED = "rejected"
    CONGESTION = "congestion"
    """The network failed, not the lead: does not use up an attempt."""
    MESSAGE = "message"
    """A live answer that heard the campaign's recording to its end; no agent was meant to come."""
    CANCELLED = "cancelled"
    """We ended it while it rang."""
    SWITCH_LIMIT = "switch_limit"
    """Refused by our own switch before any channel existed: does not use up an attempt."""
    FAILED = "failed"
    """Any other failure of set-up."""
    UNKNOWN = "unknown"
    """Its fate was lost (crash, lost switch). Counts as dialled (law 2)."""

    @property
    def is_live_answer(self) -> bool:
        """True when a person answered, as far as the machine can tell."""
        return self in _LIVE

    @property
    def counts_as_attempt(self) -> bool:
        """True when the try may be held against the lead's attempt limit."""
        return self not in _NOT_HELD_AGAINST_THE_LEAD


_LIVE = frozenset({Outcome.CONNECTED, Outcome.ABANDONED, Outcome.HUNG_UP_EARLY, Outcome.MESSAGE})
_NOT_HELD_AGAINST_THE_LEAD = frozenset({Outcome.CONGESTION, Outcome.SWITCH_LIMIT})


@enum.unique
class Verdict(enum.StrEnum):
    """What the greeting classifier said of whoever answered."""

    HUMAN = "human"
    MACHINE = "machine"
    UNSURE = "unsure"
    """Nothing was heard, or the time for it was over: treated as a person."""
