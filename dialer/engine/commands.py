"""Commands: what the engine wants done. Imperative, frozen. Their results come back as events."""

from dataclasses import dataclass

from campaigns.outcomes import Outcome
from dialer.engine.config import OnAbandon
from dialer.engine.events import HopperLead
from dialer.engine.ids import (
    AgentId,
    CallbackId,
    CallId,
    CampaignId,
    LeadId,
    LedgerName,
    LegId,
    TeamId,
    TrunkId,
)
from dialer.engine.states import AgentState, CallbackState
from dialer.pacing.view import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseLeads:
    """Lease up to `count` callable leads of the campaign; answer with `LeadsLeased`."""

    campaign_id: CampaignId
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLeads:
    """Give leased leads back untouched (campaign stopped, hours closed, draining)."""

    leads: tuple[HopperLead, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Originate:
    """Write the attempt durably, then place the call.

    Answered by `CallOriginated` or `AttemptRefused`.
    """

    lead: HopperLead
    trunk_id: TrunkId
    caller_id: str
    ring_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """`uuid_bridge`, agent first; `BridgeRefused` on -ERR, else the switch says `CallBridged`."""

    call_id: CallId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """End the lead leg with this FreeSWITCH hangup cause."""

    call_id: CallId
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayMessage:
    """Play the campaign's safe-harbour message to the abandoned lead, then hang up."""

    call_id: CallId
    campaign_id: CampaignId
    on_abandon: OnAbandon


@dataclass(frozen=True, slots=True, kw_only=True)
class NailUp:
    """Call the agent's phone and park the leg; answer `AgentLegOriginated` at once."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkLeg:
    """`uuid_park` an agent's leg that is stuck half-way into a bridge."""

    agent_id: AgentId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class HangupLeg:
    """End an agent's leg (log-out, or a leg the engine no longer knows)."""

    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Ask the switch which of these live; answer `SurveyAnswered`."""

    call_ids: tuple[CallId, ...]
    leg_ids: tuple[LegId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLedger:
    """The ledger's window has closed; answer with the next `LedgerOpened`."""

    campaign_id: CampaignId
    ledger: LedgerName


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCall:
    """Write how the attempt went: when the call ends, and again if the facts change after."""

    call_id: CallId
    campaign_id: CampaignId
    lead_id: LeadId
    outcome: Outcome
    cause: str
    agent_id: AgentId | None
    originated_at: float | None
    ringing_at: float | None
    answered_at: float | None
    bridged_at: float | None
    ended_at: float
    is_live: bool
    """Counted in the denominator of the ledgers."""
    is_abandoned: bool
    """Counted in their numerator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCallback:
    """Write how a promise ended: once, unless it is OPEN, which gives it back to the store."""

    callback_id: CallbackId
    campaign_id: CampaignId
    lead_id: LeadId
    state: CallbackState
    call_id: CallId | None
    """The call that was made for it, if any."""
    agent_id: AgentId | None
    """Who spoke with the lead."""
    reason: str
    """A word for people: why it is not kept; "connected" when it is."""
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDisposition:
    """Write what the agent said of the call; None when wrap-up ran out without a word."""

    call_id: CallId
    campaign_id: CampaignId
    lead_id: LeadId
    agent_id: AgentId
    disposition: str | None
    disposed_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAgentState:
    """The agent left `state` (in which they were since `since`) for `new_state` now."""

    agent_id: AgentId
    team_id: TeamId
    state: AgentState
    since: float
    new_state: AgentState
    reason: str | None
    """Pause reason of the new state."""
    at: float
    campaign_id: CampaignId | None
    """The campaign whose call the old state was spent on (RESERVED, TALKING, WRAP_UP)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowLead:
    """Put the lead's record before the agent: a call is being bridged to them."""

    agent_id: AgentId
    call_id: CallId
    campaign_id: CampaignId
    lead_id: LeadId


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewLead:
    """Put the lead's record before the agent, who says dial or skip; nobody is called yet."""

    agent_id: AgentId
    lead: HopperLead
    ends_at: float
    """Unix seconds at which the team's setting answers for the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePreview:
    """The agent looks at the lead no more. `ShowLead` follows when it was dialled."""

    agent_id: AgentId
    call_id: CallId
    reason: str
    """"dialled", "skipped", "timeout", or why it was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponeLead:
    """Give the lead back, not to be called before `until`: the agent skipped it."""

    lead: HopperLead
    agent_id: AgentId
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDecision:
    """The pacer decided; for the journal, `why` and the metrics."""

    team_id: TeamId
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRestored:
    """The team's pacer took up what had been saved, or says why it begins cold."""

    team_id: TeamId
    reason: str | None
    """None when it was restored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """Nothing is in flight any more after `DrainRequested`."""


Command = (
    LeaseLeads | ReturnLeads | Originate | Bridge | Hangup | PlayMessage | NailUp | ParkLeg
    | HangupLeg | Survey | OpenLedger | RecordCall | RecordCallback | RecordDisposition
    | RecordAgentState | ShowLead | PreviewLead | ClosePreview | PostponeLead | NoteDecision
    | NoteRestored | Drained
)  # fmt: skip
