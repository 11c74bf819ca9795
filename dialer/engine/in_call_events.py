"""Events of a call that an agent is on: what people ask for, and what the switch says of it.

Those of people are wishes: refused in the states where `talks.MAY_ASK` does not list them.
"""

import enum
from dataclasses import dataclass

from dialer.engine.ids import E164, AgentId, CallId, LegId, TeamId


# ---- from agents -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class LeadHeld:
    """The agent puts the lead on hold: music for the lead, silence for the agent."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTakenBack:
    """The agent takes the lead back from hold."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysSent:
    """The agent presses keys for the far end to hear, as for a menu."""

    agent_id: AgentId
    keys: str
    """1 to 32 of 0 to 9, * and #."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHandedOver:
    """The agent gives the lead to another agent, or to whoever of a team has been free longest.

    When they are on calls the lead stays, and goes to the first who comes free.
    """

    agent_id: AgentId
    to_agent: AgentId | None = None
    to_team: TeamId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadKept:
    """The agent keeps the lead: no colleague is waited for any more."""

    agent_id: AgentId


@enum.unique
class OutsidePurpose(enum.StrEnum):
    """What an outside number is called for."""

    TRANSFER = "transfer"
    """The lead is given to it as soon as it answers."""
    THREE_WAY = "three_way"
    """All three hear each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideCalled:
    """The agent calls a number outside while the lead is there. The number passed the parser and
    the campaign's list."""

    agent_id: AgentId
    leg_id: LegId
    """Minted for the new leg."""
    number: E164
    purpose: OutsidePurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideTakesOver:
    """The agent leaves a call of three: the lead stays with the outside party."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideDropped:
    """The agent ends the outside leg; the lead stays."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingAsked:
    """The lead said yes to the agent, or no: record from now on, or stop."""

    agent_id: AgentId
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingMasked:
    """Silence in the recording while card data is spoken, or sound again (PCI DSS 3.3.1)."""

    agent_id: AgentId
    is_masked: bool


# ---- from supervisors --------------------------------------------------------------------------
@enum.unique
class SupervisorMode(enum.StrEnum):
    """Who hears the supervisor."""

    LISTEN = "listen"
    """Nobody."""
    WHISPER = "whisper"
    """The agent."""
    BARGE = "barge"
    """The agent and the lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorAsked:
    """A supervisor wants to hear an agent: their phone is called, or its mode changed when it is on
    this agent already."""

    agent_id: AgentId
    leg_id: LegId
    """Minted in case a new leg is needed."""
    extension: str
    """The supervisor's telephone."""
    mode: SupervisorMode


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorLeft:
    """A supervisor has heard enough."""

    extension: str


# ---- about a telephone alone -------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneTried:
    """Call the phone of an agent who is logged out: a tone, then their own voice."""

    agent_id: AgentId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneKeysSet:
    """Whether a team's agents may work by the keys of their telephones; they may at first."""

    team_id: TeamId
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LegKeyPressed:
    """A key of an agent's telephone."""

    leg_id: LegId
    key: str
    """One of 0 to 9, A to D, * and #."""


# ---- from the switch ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStopped:
    """RECORD_STOP: the file is complete."""

    file_id: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SideLegUp:
    """An outside or supervisor's leg was answered, and can be used."""

    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class SideLegBridged:
    """The lead and the outside party hear each other, without an agent."""

    call_id: CallId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class SideLegEnded:
    """An outside or supervisor's leg is gone, or never came to be."""

    leg_id: LegId
    cause: str


AgentCallWish = (
    LeadHeld | LeadTakenBack | KeysSent | CallHandedOver | LeadKept | OutsideCalled
    | OutsideTakesOver | OutsideDropped | RecordingAsked | RecordingMasked
)  # fmt: skip
InCallEvent = (
    LeadHeld | LeadTakenBack | KeysSent | CallHandedOver | LeadKept | OutsideCalled
    | OutsideTakesOver | OutsideDropped | RecordingAsked | RecordingMasked | SupervisorAsked
    | SupervisorLeft
    | PhoneTried | PhoneKeysSet | LegKeyPressed | RecordingStopped | SideLegUp | SideLegBridged
    | SideLegEnded
)  # fmt: skip
