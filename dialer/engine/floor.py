"""The floor: everything the engine knows, and the commands it is about to give.

The flows (launching, call_flow, agent_flow, reconciling) are functions over this one record. All
collections are dicts in order of first appearance, because their order affects decisions.
"""

from dataclasses import dataclass, field

from dialer.engine.agents import Agent
from dialer.engine.callbacks import Callback
from dialer.engine.calls import Call
from dialer.engine.commands import Command
from dialer.engine.config import CampaignConfig, EngineConfig, TeamConfig
from dialer.engine.events import HopperLead
from dialer.engine.hopper import Hopper
from dialer.engine.ids import (
    E164,
    AgentId,
    CallbackId,
    CallId,
    CampaignId,
    LegId,
    SwitchId,
    TeamId,
    TrunkId,
)
from dialer.engine.in_call_commands import RecordRecording
from dialer.engine.ledger import Ledgers
from dialer.engine.node import Node
from dialer.engine.phone_keys import KeyEntry
from dialer.engine.states import AgentState, CampaignState
from dialer.engine.talks import OutsideLeg, SupervisorLeg, Talk
from dialer.engine.timers import Timers
from dialer.engine.trunks import Trunk
from dialer.pacing.lead_probability import LeadProbability
from dialer.pacing.settings import DialMode
from dialer.pacing.view import Decision, Limit, Pacer


@dataclass(slots=True)
class Team:
    """Agents who share one stream of calls."""

    config: TeamConfig
    pacer: Pacer
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    available: dict[AgentId, None] = field(default_factory=dict)
    """READY with the leg parked, longest idle first."""
    by_state: dict[AgentState, dict[AgentId, Agent]] = field(
        default_factory=lambda: {state: {} for state in AgentState}
    )
    """Agents by working state, longest in it first."""
    leaving: dict[AgentId, float] = field(default_factory=dict)
    """Those of them who asked to pause or log out, and since when: no new call counts on them."""
    in_flight: dict[CallId, Call] = field(default_factory=dict)
    """Launched and neither answered nor over, oldest first."""
    unserved: dict[CallId, Call] = field(default_factory=dict)
    """Answered and nobody coming, longest waiting first."""
    campaigns: dict[CampaignId, None] = field(default_factory=dict)
    seconds: dict[AgentState, float] = field(default_factory=dict)
    """Agents' time by state since the engine began, without present spells."""
    decision: Decision | None = None
    turn: float = 0.0
    """How far the campaign that launched last was; see `shares`."""
    tally: dict[Limit, int] = field(default_factory=dict)
    """How many decisions each limit has bound since the engine began."""
    switch_id: SwitchId | None = None
    """Where the team works now; None before any switch was heard of."""
    lead_models: dict[CampaignId, object] = field(default_factory=dict)
    """Restored for campaigns that have not been told of yet, as saved; a handful at the most."""
    moving_to: SwitchId | None = None
    """Where it goes as soon as nothing here needs an agent any more."""

    @property
    def is_agentless(self) -> bool:
        """Its campaigns are recordings, and nobody is waited for."""
        return self.config.pacing.mode is DialMode.MESSAGE


@dataclass(slots=True)
class Campaign:
    """A campaign as the engine runs it."""

    config: CampaignConfig
    state: CampaignState = CampaignState.DRAFT
    ends_at: float | None = None
    hopper: Hopper = field(default_factory=Hopper)
    ledgers: Ledgers = field(default_factory=Ledgers)
    turn: float = 0.0
    """How far its launches, each 1 ÷ weight, have taken it."""
    lead_probability: LeadProbability = field(default_factory=LeadProbability)
    """Learnt from the calls of leads whose features are known."""
    attempts: int = 0
    live_answers: int = 0
    connected: int = 0
    abandoned: int = 0
    machines: int = 0
    """Calls the classifier took for machines and that were dealt with as such."""
    returned: int = 0
    """People who called back."""

    @property
    def is_running(self) -> bool:
        """True while it may dial."""
        return self.state is CampaignState.RUNNING


@dataclass(slots=True)
class Floor:
    """All state of one engine."""

    config: EngineConfig
    timers: Timers = field(default_factory=Timers)
    teams: dict[TeamId, Team] = field(default_factory=dict)
    campaigns: dict[CampaignId, Campaign] = field(default_factory=dict)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    legs: dict[LegId, Agent] = field(default_factory=dict)
    calls: dict[CallId, Call] = field(default_factory=dict)
    numbers: dict[E164, CallId] = field(default_factory=dict)
    """Numbers on a live call: none is ever on two."""
    callbacks: dict[CallbackId, Callback] = field(default_factory=dict)
    """Promised calls in hand and not launched yet."""
    previews: dict[AgentId, HopperLead] = field(default_factory=dict)
    """Leads that agents are looking at, not called yet; their numbers stand in `numbers` too."""
    trunks: dict[TrunkId, Trunk] = field(default_factory=dict)
    talks: dict[CallId, Talk] = field(default_factory=dict)
    """One for each connected call."""
    hand_overs: dict[CallId, None] = field(default_factory=dict)
    """Those of them that wait for a colleague, longest first."""
    outside: dict[LegId, OutsideLeg] = field(default_factory=dict)
    supervisors: dict[LegId, SupervisorLeg] = field(default_factory=dict)
    key_entries: dict[AgentId, KeyEntry] = field(default_factory=dict)
    keys_off: dict[TeamId, None] = field(default_factory=dict)
    """Teams whose agents do not work by telephone keys."""
    closed_recordings: dict[str, RecordRecording] = field(default_factory=dict)
    """Files that have ended and whose length was not told yet."""
    nodes: dict[SwitchId, Node] = field(default_factory=dict)
    is_draining: bool = False
    is_drained: bool = False
    touched: dict[TeamId, None] = field(default_factory=dict)
    """Teams whose pacer should look again before this event is done."""
    commands: list[Command] = field(default_factory=list)

    @property
    def is_switch_connected(self) -> bool:
        """True when at least one switch answers."""
        return any(node.is_connected for node in self.nodes.values())

    def say(self, command: Command) -> None:
        """Add to the commands this event leads to."""
        self.commands.append(command)

    def touch(self, team_id: TeamId) -> None:
        """Have the team's pacer look again."""
        self.touched[team_id] = None

    def team_of(self, call: Call) -> Team:
        """The team that serves the call."""
        return self.teams[self.campaigns[call.lead.campaign_id].config.team_id]
