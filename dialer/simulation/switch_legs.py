"""The legs on a switch: a lead's, an agent's, and where each stands."""

import enum
from dataclasses import dataclass

from dialer.engine.ids import AgentId, CallId, CampaignId, LegId, TrunkId


@enum.unique
class LeadLegState(enum.Enum):
    """Where a lead's leg stands."""

    SET_UP = enum.auto()
    RINGING = enum.auto()
    ANSWERED = enum.auto()
    PARKED = enum.auto()
    BRIDGING = enum.auto()
    BRIDGED = enum.auto()
    MESSAGE = enum.auto()
    HELD = enum.auto()
    OUTSIDE = enum.auto()


@enum.unique
class AgentLegState(enum.Enum):
    """Where an agent's leg stands."""

    CONNECTING = enum.auto()
    PARKED = enum.auto()
    BRIDGING = enum.auto()
    BRIDGED = enum.auto()
    STUCK = enum.auto()


@dataclass(slots=True)
class LeadLeg:
    """One lead leg that exists."""

    call_id: CallId
    campaign_id: CampaignId
    trunk_id: TrunkId
    state: LeadLegState = LeadLegState.SET_UP
    agent_leg: "AgentLeg | None" = None
    answered_at: float | None = None
    is_screened: bool = False
    is_machine: bool = False
    """Where the classifier listens: what truly answered."""
    held_by: LegId | None = None
    """The agent's leg that put it on hold, while it is."""


@dataclass(slots=True)
class AgentLeg:
    """One agent leg that exists."""

    leg_id: LegId
    agent_id: AgentId
    state: AgentLegState = AgentLegState.CONNECTING
    lead_leg: LeadLeg | None = None
