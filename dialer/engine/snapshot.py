"""A frozen view of the engine for metrics, screens and the simulation's auditors."""

from dataclasses import dataclass

from dialer.engine.ids import (
    E164,
    AgentId,
    CallId,
    CampaignId,
    LeadId,
    LedgerName,
    LegId,
    SwitchId,
    TeamId,
    TrunkId,
)  # fmt: skip
from dialer.engine.in_call_events import SupervisorMode
from dialer.engine.states import AgentState, CallState, CampaignState
from dialer.engine.talks import LeadPlace
from dialer.pacing.settings import DialMode
from dialer.pacing.view import Decision, Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSnapshot:
    """One live call."""

    call_id: CallId
    campaign_id: CampaignId
    lead_id: LeadId
    number: E164
    trunk_id: TrunkId
    state: CallState
    since: float
    answered_at: float | None
    agent_id: AgentId | None
    switch_id: SwitchId | None = None
    place: LeadPlace | None = None
    """Where the lead of a connected call is."""
    is_recorded: bool = False
    is_masked: bool = False
    outside_number: E164 | None = None
    """The outside party that is on it or being called."""
    awaits_team: TeamId | None = None
    """The lead goes to the first of this team who comes free, and stays with the agent until then.
    None when nobody is waited for."""
    awaits_agent: AgentId | None = None
    """The colleague who is waited for, when one was named."""
    is_given_up: bool = False
    """Its agent asked to end it, and it has not rung for as long as the law asks yet."""
    hangs_up_at: float | None = None
    """When it is ended for that, unless it is answered before; None until it rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorSnapshot:
    """One supervisor's telephone at an agent's leg."""

    leg_id: LegId
    agent_id: AgentId
    extension: str
    mode: SupervisorMode
    is_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewSnapshot:
    """The lead an agent is looking at; nobody is called yet."""

    campaign_id: CampaignId
    lead_id: LeadId
    ends_at: float | None
    """When the team's setting answers for the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSnapshot:
    """One agent who is logged in."""

    agent_id: AgentId
    team_id: TeamId
    name: str
    state: AgentState
    since: float
    reason: str | None
    leg_id: LegId | None
    call_id: CallId | None
    """The call they are on, or wrapping up."""
    pending: str | None = None
    """"pause" or "log out": asked for, and not yet because a call counts on them."""
    preview: PreviewSnapshot | None = None
    switch_id: SwitchId | None = None
    """Where the leg is, or is being called; None without one."""
    ends_at: float | None = None
    """When wrap-up is over by itself; None in other states."""
    is_line_up: bool = True
    """Their telephone is on the line; False while it is being called."""
    moving_to: TeamId | None = None
    """The team they go to when the call is over."""
    paused_by: str | None = None
    """Who sent them into this pause, or the one that is pending, when it was not they who asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSnapshot:
    """One team: its people's time and its pacer's last word."""

    team_id: TeamId
    name: str
    mode: DialMode
    talk_seconds: float
    wrap_up_seconds: float
    ready_seconds: float
    """Totals since the engine began, RESERVED counted as ready."""
    decision: Decision | None
    decisions: tuple[tuple[Limit, int], ...] = ()
    """How many decisions each limit has bound since the engine began."""
    switch_id: SwitchId | None = None
    """Where the team works now."""
    moving_to: SwitchId | None = None
    target_ratio: float = 0.0
    """Abandoned ÷ live answers that predictive mode aims at."""

    @property
    def utilisation_ratio(self) -> float:
        """(talk + wrap-up) ÷ (talk + wrap-up + ready), pauses outside both; 0 before any work."""
        busy = self.talk_seconds + self.wrap_up_seconds
        return busy / (busy + self.ready_seconds) if busy + self.ready_seconds > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSnapshot:
    """One abandonment window of one campaign."""

    ledger: LedgerName
    limit_ratio: float
    live_answers: int
    abandoned: int
    ends_at: float | None

    @property
    def abandonment_ratio(self) -> float:
        """abandoned ÷ live answers, 0 while there are none."""
        return self.abandoned / self.live_answers if self.live_answers else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSnapshot:
    """One campaign: counts since the engine began, and its ledgers."""

    campaign_id: CampaignId
    team_id: TeamId
    name: str
    state: CampaignState
    hopper: int
    attempts: int
    live_answers: int
    connected: int
    abandoned: int
    callbacks_due: int = 0
    """Promised calls in hand and not launched."""
    ledgers: tuple[LedgerSnapshot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkSnapshot:
    """One gateway."""

    trunk_id: TrunkId
    is_up: bool
    """On a switch that answers."""
    channels: int
    channels_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSnapshot:
    """One FreeSWITCH."""

    switch_id: SwitchId
    is_connected: bool
    is_draining: bool
    calls: int
    legs: int
    """Agents' legs. A draining switch without either may be stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything at one instant, each tuple in the order of first appearance."""

    at: float
    is_switch_connected: bool
    """At least one answers."""
    is_draining: bool
    teams: tuple[TeamSnapshot, ...]
    campaigns: tuple[CampaignSnapshot, ...]
    agents: tuple[AgentSnapshot, ...]
    calls: tuple[CallSnapshot, ...]
    trunks: tuple[TrunkSnapshot, ...]
    switches: tuple[SwitchSnapshot, ...] = ()
    supervisors: tuple[SupervisorSnapshot, ...] = ()
