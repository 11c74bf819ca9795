"""Commands: what the engine wants done. Imperative, frozen. Their results come back as events."""

import enum
from dataclasses import dataclass

from campaigns.outcomes import Outcome, Verdict
from dialer.engine.config import OnAbandon
from dialer.engine.events import HopperLead
from dialer.engine.ids import (
    E164,
    ONE_SWITCH,
    AgentId,
    CallbackId,
    CallId,
    CampaignId,
    LeadId,
    LedgerName,
    LegId,
    MessageId,
    SwitchId,
    TeamId,
    TrunkId,
)
from dialer.engine.in_call_commands import InCallCommand
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
    switch_id: SwitchId = ONE_SWITCH
    is_screened: bool = False
    """Whoever answers is listened to by the greeting classifier first."""
    answer_probability: float | None = None
    """How likely an answer was held to be; kept with the attempt to be judged by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroute:
    """The same attempt again, by another trunk: nothing had rung. Its row is on disk already."""

    lead: HopperLead
    trunk_id: TrunkId
    caller_id: str
    ring_seconds: float
    switch_id: SwitchId = ONE_SWITCH
    is_screened: bool = False

    @property
    def call_id(self) -> CallId:
        """Of the attempt."""
        return self.lead.call_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """`uuid_bridge`, agent first; `BridgeRefused` on -ERR, else the switch says `CallBridged`."""

    call_id: CallId
    leg_id: LegId
    is_resumed: bool = False
    """The agent had this lead already: no tone announces them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """End the lead leg with this FreeSWITCH hangup cause."""

    call_id: CallId
    cause: str


@enum.unique
class Recording(enum.StrEnum):
    """Which of the campaign's recordings."""

    ABANDONED = "abandoned"
    """The safe-harbour message (16 CFR 310.4(b)(4)(iii))."""
    OPTED_OUT = "opted_out"
    """Confirms that the number will not be called again."""
    MACHINE = "machine"
    """What is left after the beep."""
    CALLED_BACK = "called_back"
    """For people who call back while nobody is there."""
    THANKS = "thanks"
    """The end of a survey."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayMessage:
    """Play one of the campaign's recordings to the lead, then hang up."""

    call_id: CallId
    campaign_id: CampaignId
    on_abandon: OnAbandon
    recording: Recording = Recording.ABANDONED
    opt_out_key: str | None = None
    """A key to be waited for, while it plays and a little after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitBeep:
    """Listen for a machine's beep; `BeepHeard` answers. Should nobody say otherwise, the switch
    leaves the message by itself when `seconds` are over, and hangs up."""

    call_id: CallId
    campaign_id: CampaignId
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AskQuestion:
    """Play a question and wait for a key, twice at most; `KeyPressed` or `QuestionUnanswered`."""

    call_id: CallId
    campaign_id: CampaignId
    question: str
    keys: str
    """All keys that mean something, as "1290"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReturn:
    """Let a person who calls back hear that they are waiting."""

    call_id: CallId
    campaign_id: CampaignId


@dataclass(frozen=True, slots=True, kw_only=True)
class NailUp:
    """Call the agent's phone and park the leg; answer `AgentLegOriginated` at once."""

    agent_id: AgentId
    switch_id: SwitchId = ONE_SWITCH


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkLeg:
    """`uuid_park` an agent's leg that is stuck half-way into a bridge."""

    agent_id: AgentId
    leg_id: LegId
    call_id: CallId | None = None
    """The call its last bridge was for: a leg that is found talking on it is left there, and
    `CallBridged` is said instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangupLeg:
    """End an agent's leg (log-out, or a leg the engine no longer knows)."""

    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Ask the switch which of these live; answer `SurveyAnswered`."""

    call_ids: tuple[CallId, ...]
    leg_ids: tuple[LegId, ...]
    switch_id: SwitchId = ONE_SWITCH


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
    verdict: Verdict | None = None
    """What the classifier said; None where it was not asked."""
    screened_at: float | None = None
    is_sampled: bool = False
    """Called a machine, and passed to an agent all the same."""
    message_at: float | None = None
    """When a recording began to play."""
    opted_out_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOptOut:
    """Write at once that this number is not to be called again: its key was pressed."""

    call_id: CallId
    campaign_id: CampaignId
    lead_id: LeadId
    number: E164
    key: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSurveyAnswer:
    """Write which key answered a question of a recorded survey."""

    call_id: CallId
    campaign_id: CampaignId
    lead_id: LeadId
    question: str
    key: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReturn:
    """Write how a call of a person who called back stands: when it came, and when it is over."""

    call_id: CallId
    campaign_id: CampaignId
    lead_id: LeadId
    number: E164
    arrived_at: float
    agent_id: AgentId | None
    bridged_at: float | None
    message_at: float | None
    ended_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswer:
    """Write while the call is up that it was answered, and then that an agent talks: should we die,
    the next start knows what the attempt was."""

    call_id: CallId
    answered_at: float
    bridged_at: float | None
    agent_id: AgentId | None


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
    """Whose they are from now on; the state before it was the team's of the record before."""
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
class ShowMessage:
    """Put a message before the agent; whoever shows it reads its text in the store."""

    agent_id: AgentId
    message_id: MessageId


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
    LeaseLeads | ReturnLeads | Originate | Reroute | Bridge | Hangup | PlayMessage | NailUp
    | ParkLeg | HangupLeg | Survey | OpenLedger | RecordCall | RecordAnswer | RecordCallback
    | RecordDisposition | RecordAgentState | ShowLead | PreviewLead | ClosePreview | PostponeLead
    | ShowMessage | NoteDecision | NoteRestored | Drained
    | InCallCommand
    | AwaitBeep | AskQuestion | HoldReturn | RecordOptOut | RecordSurveyAnswer | RecordReturn
)  # fmt: skip
