"""Talks: what is known of a call while an agent is on it, and the table of what may be asked.

Theory of operation. A call that is CONNECTED has a talk, which says where the lead is. WITH_AGENT,
the two legs are bridged. HELD, the lead's leg plays music and the agent's leg is parked, so the
agent's leg cannot be taken along when the lead hangs up: FreeSWITCH's own hold does that
(switch_ivr_bridge.c, "hold_hangup_xfer_exten"). COMING_BACK, MOVING and LEAVING last from a bridge
that is commanded until the switch says that it stands: to the same agent, to another one, to an
outside number. OUTSIDE, the lead speaks with the outside party and no agent is there; the call
is still ours until it ends.

The call's own state stays CONNECTED in all of them: the ledgers, the trunk's line and the end of
the call do not depend on where the lead is.
"""

import enum
from dataclasses import dataclass, field

from dialer.engine.ids import E164, AgentId, CallId, LegId, SwitchId, TeamId, TrunkId
from dialer.engine.in_call_events import (
    AgentCallWish,
    CallHandedOver,
    KeysSent,
    LeadHeld,
    LeadKept,
    LeadTakenBack,
    OutsideCalled,
    OutsideDropped,
    OutsidePurpose,
    OutsideTakesOver,
    RecordingAsked,
    RecordingMasked,
    SupervisorMode,
)


@enum.unique
class LeadPlace(enum.StrEnum):
    """Where the lead of a talk is."""

    WITH_AGENT = "with_agent"
    HELD = "held"
    COMING_BACK = "coming_back"
    MOVING = "moving"
    LEAVING = "leaving"
    OUTSIDE = "outside"


_P = LeadPlace
SETTLED = frozenset({_P.WITH_AGENT, _P.HELD})
"""No bridge is on its way."""

MAY_ASK: dict[type[AgentCallWish], frozenset[LeadPlace]] = {
    LeadHeld: frozenset({_P.WITH_AGENT}),
    LeadTakenBack: frozenset({_P.HELD}),
    KeysSent: frozenset({_P.WITH_AGENT}),
    CallHandedOver: SETTLED,
    # The moment before the colleague has the lead is too late.
    LeadKept: SETTLED | {_P.COMING_BACK},
    OutsideCalled: SETTLED,
    OutsideTakesOver: SETTLED,
    OutsideDropped: SETTLED,
    RecordingAsked: SETTLED,
    RecordingMasked: SETTLED,
}
"""Where the lead must be for an agent's wish to be taken."""

PLACE_WORDS = {
    _P.WITH_AGENT: "the lead is not on hold",
    _P.HELD: "the lead is on hold",
    _P.COMING_BACK: "the lead is being taken back",
    _P.MOVING: "the lead is on the way to a colleague",
    _P.LEAVING: "the lead is on the way to the outside number",
    _P.OUTSIDE: "the lead has left",
}


@dataclass(slots=True)
class RunningRecording:
    """A file that is being written. Times are Unix seconds."""

    file_id: str
    consent: str
    started_at: float
    masked: list[tuple[float, float | None]] = field(default_factory=list)

    @property
    def is_masked(self) -> bool:
        """True while it is silent."""
        return bool(self.masked) and self.masked[-1][1] is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """Whom the lead of a talk waits for, beside their agent."""

    team_id: TeamId
    """Of the colleague, when one is named."""
    agent_id: AgentId | None
    since: float


@dataclass(slots=True)
class Talk:
    """A connected call, beside what `Call` knows of it."""

    place: LeadPlace = LeadPlace.WITH_AGENT
    was_held: bool = False
    """Before the bridge that is on its way: where the lead goes back to when it fails."""
    to_agent: AgentId | None = None
    """While MOVING: to whom."""
    awaits: Awaited | None = None
    """Whom it is handed to as soon as they are free; kept until it is theirs."""
    refused_legs: tuple[LegId, ...] = ()
    """Colleagues' legs to which the hand-over failed."""
    tries: int = 0
    """How often the watchdog looked at the bridge that is on its way."""
    outside: LegId | None = None
    recording: RunningRecording | None = None
    recordings: int = 0
    """Files begun so far; they are numbered."""
    asked_until: float | None = None
    """Until when the consent key is an answer."""


@enum.unique
class SideState(enum.StrEnum):
    """Where a leg stands that is neither a lead's nor an agent's."""

    CALLING = "calling"
    UP = "up"


@dataclass(slots=True)
class OutsideLeg:
    """A leg to an outside number, for one call."""

    leg_id: LegId
    call_id: CallId
    number: E164
    purpose: OutsidePurpose
    trunk_id: TrunkId
    switch_id: SwitchId
    since: float
    state: SideState = SideState.CALLING


@dataclass(slots=True)
class SupervisorLeg:
    """A supervisor's telephone at an agent's leg."""

    leg_id: LegId
    agent_id: AgentId
    extension: str
    mode: SupervisorMode
    switch_id: SwitchId
    since: float
    state: SideState = SideState.CALLING
