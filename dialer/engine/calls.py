"""Calls: the table of what may happen to a lead leg, and the record kept of one.

Theory of operation. A call is PLANNED when its originate is commanded and ORIGINATING when its
attempt is durable and on its way. It rings, and at the answer the legal seconds start. An agent is
reserved at the answer, but the leg can be bridged only when it is parked, some 20 ms later: until
then the call is ANSWERED, with or without an agent. Parked with an agent it is BRIDGING, without
one WAITING. Where the greeting classifier is used it is SCREENING before that, until the verdict or
the end of the time for it (screening.py). When the legal seconds run out on a call that nobody is
coming for, it is ABANDONED: it hears the message and ends. A call that is being bridged at that
moment goes on, because a late agent is better than none, but it counts as abandoned all the same.
PLAYING is any other recording: what is left on a machine, a survey without agents, the message for
those who call back.

Events of the switch can come late or twice, and over a broken connection not at all. For each state
the table names the events that move it; those in STALE are leftovers of an earlier state and are
passed over; all others are illegal. A missing event is made up for by the survey (reconciling.py).
"""

from dataclasses import dataclass

from campaigns.outcomes import Outcome, Verdict
from dialer.engine.events import (
    BeepHeard,
    BridgeRefused,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallOriginated,
    CallParked,
    CallRinging,
    CallScreened,
    HopperLead,
    KeyPressed,
    Promise,
    QuestionUnanswered,
)  # fmt: skip
from dialer.engine.ids import ONE_SWITCH, AgentId, LegId, SwitchId, TrunkId
from dialer.engine.states import CallState
from dialer.errors import IllegalTransition

CallEvent = (
    CallOriginated | CallRinging | CallAnswered | CallParked | CallScreened | CallBridged
    | BridgeRefused | CallEnded | BeepHeard | KeyPressed | QuestionUnanswered
)  # fmt: skip

_S = CallState
_IN_FLIGHT = frozenset({_S.PLANNED, _S.ORIGINATING, _S.RINGING})
_BEFORE_AGENT = frozenset({_S.ANSWERED, _S.WAITING})
_HEARS_A_RECORDING = frozenset({_S.ABANDONED, _S.PLAYING})

MOVES: dict[type[CallEvent], frozenset[CallState]] = {
    CallOriginated: frozenset({_S.PLANNED}),
    CallRinging: frozenset({_S.PLANNED, _S.ORIGINATING}),
    CallAnswered: _IN_FLIGHT,
    # A lost CHANNEL_ANSWER shows itself in the PARK with Answer-State answered.
    CallParked: _IN_FLIGHT | {_S.ANSWERED, _S.SCREENING},
    CallScreened: _IN_FLIGHT | _BEFORE_AGENT | {_S.SCREENING},
    CallBridged: frozenset({_S.BRIDGING}),
    BridgeRefused: frozenset({_S.BRIDGING}),
    CallEnded: frozenset(_S) - {_S.ENDED},
    BeepHeard: frozenset({_S.PLAYING}),
    KeyPressed: _HEARS_A_RECORDING,
    QuestionUnanswered: frozenset({_S.PLAYING}),
}
"""In which states an event moves the call."""

STALE: dict[type[CallEvent], frozenset[CallState]] = {
    CallOriginated: frozenset(_S) - {_S.PLANNED},
    CallRinging: frozenset(_S) - {_S.PLANNED, _S.ORIGINATING},
    CallAnswered: frozenset(_S) - _IN_FLIGHT,
    CallParked: frozenset(_S) - _IN_FLIGHT - {_S.ANSWERED, _S.SCREENING},
    CallScreened: frozenset(_S) - _IN_FLIGHT - _BEFORE_AGENT - {_S.SCREENING},
    CallBridged: frozenset({_S.WAITING, _S.CONNECTED, _S.ABANDONED, _S.PLAYING, _S.ENDED}),
    BridgeRefused: frozenset(_S) - _IN_FLIGHT - {_S.BRIDGING},
    CallEnded: frozenset({_S.ENDED}),
    BeepHeard: frozenset(_S) - {_S.PLAYING},
    # Keys pressed in a conversation are between the two; before it they mean nothing.
    KeyPressed: frozenset(_S) - _HEARS_A_RECORDING,
    QuestionUnanswered: frozenset(_S) - {_S.PLAYING},
}
"""In which states it is a leftover: late, doubled, or overtaken by what the survey found."""


@dataclass(slots=True)
class Call:
    """One live call. Times are Unix seconds, None until they happen."""

    lead: HopperLead
    trunk_id: TrunkId
    launched_at: float
    tolerance_seconds: float
    switch_id: SwitchId = ONE_SWITCH
    trunks_failed: tuple[TrunkId, ...] = ()
    """Trunks that could not carry it; not tried again."""
    route: str = ""
    """Trunk and country, whose calls the pacer takes for alike; "" once it has been on two."""
    state: CallState = CallState.PLANNED
    changed_at: float = 0.0
    is_parked: bool = False
    originated_at: float | None = None
    ringing_at: float | None = None
    answered_at: float | None = None
    counted_at: float | None = None
    """When it entered the ledgers as a live answer."""
    bridged_at: float | None = None
    ended_at: float | None = None
    cancelled_at: float | None = None
    """When the pacer or its agent ended it while it rang; it may be answered all the same."""
    is_given_up: bool = False
    """Its agent asked to end it while it was not answered: that comes when it has rung as long as
    the law asks."""
    agent_id: AgentId | None = None
    """Reserved for it, talking on it, or having talked on it."""
    is_live: bool = False
    is_abandoned: bool = False
    is_machine: bool = False
    was_abandoned: bool = False
    """Counted as abandoned until a machine was reported; the store does not know before it ends."""
    is_screened: bool = False
    """The classifier listens when it is answered."""
    verdict: Verdict | None = None
    screened_at: float | None = None
    is_sampled: bool = False
    """Taken for a machine and given to an agent all the same."""
    is_inbound: bool = False
    """They called us: no attempt, no legal seconds, no ledger."""
    message_at: float | None = None
    """When a recording began to play to them."""
    question: str | None = None
    """The question of a survey that waits for a key."""
    opted_out_at: float | None = None
    outcome: Outcome | None = None
    cause: str = ""
    promise: Promise | None = None
    """The promise it is made for: its agent is reserved before it rings, and no pacer asked for
    it, so that none learns from it."""
    is_promise_settled: bool = False
    is_preview: bool = False
    """Its agent saw the lead first and asked for it."""
    refused_legs: tuple[LegId, ...] = ()
    """Agent legs the switch would not bridge it to; not tried again."""

    def enter(self, state: CallState, now: float) -> None:
        """Change state; only the flows that looked at the table do this."""
        self.state = state
        self.changed_at = now

    @property
    def is_paced(self) -> bool:
        """True when a pacer asked for it, and so learns from it."""
        return self.promise is None and not self.is_preview

    @property
    def is_in_flight(self) -> bool:
        """Launched, neither answered nor over."""
        return self.state in _IN_FLIGHT

    @property
    def wants_agent(self) -> bool:
        """Answered, and nobody is coming yet."""
        return self.state in _BEFORE_AGENT and self.agent_id is None and not self.is_machine


def is_expected(event: CallEvent, call: Call) -> bool:
    """True when the event moves the call, False when it is a leftover.

    Raises IllegalTransition for anything else, before anything has changed.
    """
    kind = type(event)
    if call.state in MOVES[kind]:
        return True
    if call.state in STALE[kind]:
        return False
    raise IllegalTransition(
        f"{kind.__name__} cannot happen to call {call.lead.call_id} in state {call.state.name}; "
        f"it may in {', '.join(sorted(s.name for s in MOVES[kind]))}"
    )
