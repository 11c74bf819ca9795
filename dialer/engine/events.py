"""Events: what happened. The driver hands each to `Engine.handle(event, now=...)`.

Events from the switch may be late, doubled or missing; events from people may come at any time. The
engine's tables say for each state what is expected, what is stale and ignored, and what is illegal.
"""

from dataclasses import dataclass

from campaigns.outcomes import Outcome, Verdict
from dialer.engine.config import CampaignConfig, TeamConfig, TrunkConfig
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
    PhoneId,
    SwitchId,
    TeamId,
    TrunkId,
)  # fmt: skip
from dialer.engine.in_call_events import InCallEvent
from dialer.engine.supervision_events import SupervisionEvent
from dialer.engine.talks import LeadPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class HopperLead:
    """A lead leased from the store, ready to call; `call_id` is minted for its next attempt."""

    call_id: CallId
    campaign_id: CampaignId
    lead_id: LeadId
    phone_id: PhoneId
    number: E164
    callable_until: float
    """Unix seconds at which the lead's calling hours close; never originated at or after this."""
    answer_probability: float | None = None
    """Per-lead estimate, or None for the campaign's pooled one."""
    answer_odds: float | None = None
    """The odds of an answer ÷ those of the pooled estimate; goes before `answer_probability`."""
    features: tuple[int | str, ...] = ()
    """What is known of the lead before the call, in one order for all of a campaign: attempt
    number, hour, weekday, area, last outcome, list. The engine learns from it how likely such
    leads are to answer (pacing: lead_probability); it never leaves this machine."""
    covered_only: bool = False
    """Launched only while a ready agent is there for the answer: the message for abandoned calls
    would be a recorded one to a mobile without consent (47 CFR 64.1200(a)(1))."""
    draw: float = 1.0
    """0 to 1, drawn with the call id: the call is of any random share above it. 1 is of none."""
    callback_id: CallbackId | None = None
    """The promise that calling it keeps; None for an ordinary call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A call promised to a lead for an instant. All of it is on disk."""

    callback_id: CallbackId
    agent_id: AgentId | None
    """The agent it was promised with, or None for anyone of the team."""
    due_at: float
    tolerance_seconds: float
    """Originated up to so long after `due_at`, the promise is kept."""
    agent_wait_seconds: float
    """How long after `due_at` the promised agent, and then the team, is waited for."""
    falls_to_team: bool
    """After that wait: True for anyone of the team, False for the campaign's ordinary retry."""


# ---- from the service: what exists -------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class TeamConfigured:
    """A team exists, or its pacing changed."""

    team: TeamConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class PacerRestored:
    """What the team's pacer had learnt when it was last saved; it begins where it stopped."""

    team_id: TeamId
    state: str
    """As `Engine.saved_pacers` gave it, to this version or to another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignConfigured:
    """A campaign exists, or its settings changed. It does not dial before `CampaignStarted`."""

    campaign: CampaignConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStarted:
    """Start or resume dialling."""

    campaign_id: CampaignId
    ends_at: float | None = None
    """When dialling will stop, if known: the pacer does not count on answers after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPaused:
    """No new calls; live ones go on."""

    campaign_id: CampaignId


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStopped:
    """No new calls; the hopper is given back."""

    campaign_id: CampaignId


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkConfigured:
    """A gateway may be used with this capacity."""

    trunk: TrunkConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkStateChanged:
    """A gateway came up or went down, on one switch; each has gateways of its own."""

    trunk_id: TrunkId
    is_up: bool
    switch_id: SwitchId = ONE_SWITCH


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOpened:
    """A window of an abandonment ledger begins. At start the counts are what the store holds; in
    answer to `OpenLedger` they are 0: the engine has counted since the old window ended."""

    campaign_id: CampaignId
    ledger: LedgerName
    limit_ratio: float
    ends_at: float | None
    """Unix seconds, None for a ledger that never closes."""
    live_answers: int = 0
    abandoned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainRequested:
    """Launch nothing any more; when the last call has ended the engine says `Drained`."""


# ---- from the store ----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsLeased:
    """Answer to `LeaseLeads`; fewer than asked for means that nothing more is callable now."""

    campaign_id: CampaignId
    leads: tuple[HopperLead, ...]
    asked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDue:
    """A promised call comes near: its lead is leased and in the engine's hands from now on."""

    lead: HopperLead
    promise: Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackCancelled:
    """Somebody took a promise back. A call that is under way already goes on."""

    callback_id: CallbackId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRefused:
    """The rules or the store refused to write this attempt; it was not dialled and has no row."""

    call_id: CallId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOriginated:
    """The attempt is durable and its `originate` is on its way to the switch."""

    call_id: CallId


# ---- from the switch ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class CallRinging:
    """180, or 183 with early media: the far end is being alerted."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered:
    """200 OK: CHANNEL_ANSWER and nothing else (PARK comes on 183 too). Starts the legal seconds."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallParked:
    """The answered lead leg is parked: it may be bridged from now on."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallScreened:
    """The greeting classifier has decided, and the leg is parked; only where it is used."""

    call_id: CallId
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class BeepHeard:
    """The machine we wait at has said its beep: it records from now on."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed:
    """Somebody pressed a key of the lead's telephone."""

    call_id: CallId
    key: str
    """One of 0 to 9, * and #."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionUnanswered:
    """A question of a survey was played, and no key that answers it came in time."""

    call_id: CallId
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReturned:
    """Somebody called a campaign's number: their leg is answered and parked. `lead` is the one last
    called at that number, its `call_id` the id of their channel."""

    lead: HopperLead
    is_open: bool
    """The campaign's hours are on, by its own clock."""
    switch_id: SwitchId = ONE_SWITCH
    arrived_at: float | None = None
    """Unix seconds; None for now. Earlier when the call outlived a restart of ours."""
    leg_id: LegId | None = None
    """After a restart of ours: the leg, adopted before, of the agent they are with."""
    bridged_at: float | None = None
    """Since when they talk with that agent."""
    place: LeadPlace = LeadPlace.WITH_AGENT
    """HELD: they hear music, and `leg_id` is parked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBridged:
    """Lead and agent hear each other."""

    call_id: CallId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeRefused:
    """`uuid_bridge` answered -ERR: one of the two legs is gone."""

    call_id: CallId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """The lead leg is gone, or never came to be."""

    call_id: CallId
    outcome: Outcome
    """What it means if the call was never answered; ignored when it was."""
    cause: str
    """Hangup cause, FreeSWITCH's name verbatim."""
    is_route_failure: bool = False
    """The gateway or the route failed before anything rang: another trunk may do better."""
    ended_at: float | None = None
    """Unix seconds, when it was not now: it is told of after a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered:
    """Answer to `Survey`: these do not live on the switch; of the others nothing is said."""

    gone_calls: tuple[CallId, ...]
    gone_legs: tuple[LegId, ...]
    asked_at: float
    """When the question was put; what changed since is not judged by this answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchLost:
    """The connection to a switch is gone. Calls may go on there; nothing new is launched there."""

    switch_id: SwitchId = ONE_SWITCH
    last_seen_at: float | None = None
    """When it last gave a sign of life; None when that is not known better than now."""
    is_gone: bool = False
    """Its machine refuses connections: the process is dead, and its conversations with it. May be
    told after the loss itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchConnected:
    """A switch answers. `is_new`: another process (Core-UUID) than before: its legs are gone."""

    is_new: bool
    switch_id: SwitchId = ONE_SWITCH


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchConfigured:
    """There is a switch, reached or not. Teams without a home use the first that is told."""

    switch_id: SwitchId


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchDrainChanged:
    """A person takes a switch out of use, or back into use: no new calls, live ones go on."""

    switch_id: SwitchId
    is_draining: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchLoadReported:
    """HEARTBEAT: how full a switch is. None where it did not say."""

    switch_id: SwitchId = ONE_SWITCH
    sessions: int | None = None
    sessions_max: int | None = None
    per_second_left: int | None = None
    """Channels it would still admit in this second (switch_core.c, send_heartbeat)."""
    per_second_last: int | None = None
    """Channels it admitted in the last second."""
    idle_cpu_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAdopted:
    """After a restart of ours: an attempt on disk whose lead leg still lives on the switch."""

    lead: HopperLead
    originated_at: float
    answered_at: float | None
    leg_id: LegId | None
    """The agent leg it is bridged to, if any; that agent was adopted before."""
    promise: Promise | None = None
    """The promise it was to keep, not settled yet."""
    bridged_at: float | None = None
    """Since when, by the switch; None when it is not, or when the switch does not say."""
    trunk_id: TrunkId | None = None
    """The gateway it went out by, from its channel; None when the channel does not say."""
    switch_id: SwitchId = ONE_SWITCH
    place: LeadPlace = LeadPlace.WITH_AGENT
    """HELD: it hears music and `leg_id` is the leg of its agent, parked. OUTSIDE: it speaks with a
    party that is no agent."""


# ---- from people, and about their legs ----------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedIn:
    """An agent starts work; their leg is to be nailed up."""

    agent_id: AgentId
    team_id: TeamId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLegOriginated:
    """The agent's phone is being called; `leg_id` is what to expect."""

    agent_id: AgentId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLegAdopted:
    """After a restart of ours: this agent's leg still lives, parked or bridged."""

    agent_id: AgentId
    team_id: TeamId
    name: str
    leg_id: LegId
    was_ready: bool
    switch_id: SwitchId = ONE_SWITCH


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentParked:
    """The agent's leg is parked on the switch: nailed up, or free again after a call."""

    agent_id: AgentId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLegEnded:
    """The agent's leg is gone, or never came up."""

    agent_id: AgentId
    leg_id: LegId
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReadied:
    """The agent asks for calls."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPaused:
    """The agent asks for a pause; while talking or reserved it takes effect after the call."""

    agent_id: AgentId
    reason: str
    by: str | None = None
    """Who sent them, when it was not they who asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOut:
    """The agent ends work; while talking it takes effect after the call."""

    agent_id: AgentId
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHungUp:
    """The agent ends the lead's call, one that rings when it has rung as long as the law asks
    (`hanging_up`); their own leg stays."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewDialled:
    """The agent presses dial for the lead they are shown."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewSkipped:
    """The agent does not want the lead they are shown called now."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDisposed:
    """The agent said how the call went. Ends wrap-up when the call is over."""

    agent_id: AgentId
    call_id: CallId
    disposition: str
    """Code of a disposition of the campaign."""
    is_machine: bool = False
    """The agent heard a machine: the call was no live answer, and the ledgers are corrected."""


Event = (
    TeamConfigured | PacerRestored | CampaignConfigured | CampaignStarted | CampaignPaused
    | CampaignStopped | TrunkConfigured | TrunkStateChanged | LedgerOpened | DrainRequested
    | LeadsLeased | CallbackDue | CallbackCancelled | AttemptRefused | CallOriginated
    | CallRinging | CallAnswered | CallParked | CallScreened | CallBridged | BridgeRefused
    | BeepHeard | KeyPressed | QuestionUnanswered | CallReturned
    | CallEnded | SurveyAnswered | SwitchLost | SwitchConnected | CallAdopted
    | SwitchConfigured | SwitchDrainChanged | SwitchLoadReported
    | AgentLoggedIn | AgentLegOriginated | AgentLegAdopted | AgentParked | AgentLegEnded
    | AgentReadied | AgentPaused | AgentLoggedOut | AgentHungUp | CallDisposed
    | PreviewDialled | PreviewSkipped
    | InCallEvent | SupervisionEvent
)  # fmt: skip
