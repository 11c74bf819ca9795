"""Auditors of the rules for placing and ending calls."""

from collections import deque
from collections.abc import Sequence

from dialer.engine.commands import (
    Command,
    Hangup,
    LeaseLeads,
    Originate,
    RecordAgentState,
    RecordCall,
    Reroute,
    ReturnLeads,
    ShowLead,
)  # fmt: skip
from dialer.engine.events import (
    AttemptRefused,
    CallAdopted,
    CallAnswered,
    CallbackDue,
    CallParked,
    CallScreened,
    CampaignPaused,
    CampaignStarted,
    CampaignStopped,
    DrainRequested,
    Event,
    HopperLead,
    LeadsLeased,
    SwitchConnected,
    SwitchDrainChanged,
    SwitchLost,
)  # fmt: skip
from dialer.engine.ids import AgentId, CallId, CampaignId, SwitchId, TeamId, TrunkId
from dialer.engine.states import AgentState
from dialer.simulation.checkers.auditor import Auditor
from dialer.simulation.facts import (
    CallAlerted,
    CallGone,
    CallPickedUp,
    CallPlaced,
    Fact,
    ProcessKilled,
)  # fmt: skip
from dialer.simulation.plan import WorldPlan

RINGING_SECONDS_MIN = 15.0
"""47 CFR 64.1200(a)(6): an unanswered call may not be disconnected before 15 seconds of ringing."""


class CallingHours(Auditor):
    """No call is commanded or placed at or after the end of its lead's calling hours."""

    name = "calling_hours"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.closes: dict[CallId, float] = {}

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """By the lead as the store leased it, not as the engine hands it back."""
        if isinstance(event, LeadsLeased):
            for lead in event.leads:
                self.closes[lead.call_id] = lead.callable_until
        elif isinstance(event, CallbackDue):
            self.closes[event.lead.call_id] = event.lead.callable_until
        for command in commands:
            if isinstance(command, Originate):
                lead = command.lead
                closes_at = self.closes.get(lead.call_id, lead.callable_until)
                if now >= closes_at:
                    self.fail(now, f"call {lead.call_id} {now - closes_at:.3f} s after hours")

    def fact(self, now: float, fact: Fact) -> None:
        """Nor may the way to the switch take it past the hour."""
        if isinstance(fact, CallPlaced) and now >= fact.callable_until + 0.01:
            self.fail(now, f"call {fact.call_id} reached the switch after hours")


class RingingTime(Auditor):
    """No ringing call is cancelled by us before the legal seconds of ringing."""

    name = "ringing_time"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.unanswered: dict[CallId, float | None] = {}
        """Since when each unanswered call rings; None while it is set up."""

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Every hang-up of an unanswered call needs its seconds."""
        for command in commands:
            if isinstance(command, Hangup) and command.call_id in self.unanswered:
                rings_since = self.unanswered[command.call_id]
                rang = 0.0 if rings_since is None else now - rings_since
                if rang < RINGING_SECONDS_MIN:
                    self.fail(now, f"call {command.call_id} is cancelled after {rang:.1f} s")

    def fact(self, now: float, fact: Fact) -> None:
        """What truly rings."""
        match fact:
            case CallPlaced(call_id=call_id):
                self.unanswered[call_id] = None
            case CallAlerted(call_id=call_id):
                self.unanswered[call_id] = now
            case CallPickedUp(call_id=call_id) | CallGone(call_id=call_id):
                self.unanswered.pop(call_id, None)
            case _:
                pass


class LaunchesAllowed(Auditor):
    """Calls are launched only while the campaign runs, the switch is there and nothing drains."""

    name = "launches_allowed"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.running: set[CampaignId] = set()
        self.connected: set[SwitchId] = set()
        self.drained: set[SwitchId] = set()
        """Switches that are out of use."""
        self.is_draining = False

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Follow what the engine was told."""
        match event:
            case CampaignStarted(campaign_id=campaign_id):
                self.running.add(campaign_id)
            case CampaignPaused(campaign_id=campaign_id) | CampaignStopped(campaign_id=campaign_id):
                self.running.discard(campaign_id)
            case SwitchLost(switch_id=switch_id):
                self.connected.discard(switch_id)
            case SwitchConnected(switch_id=switch_id):
                self.connected.add(switch_id)
            case SwitchDrainChanged(switch_id=switch_id, is_draining=True):
                self.drained.add(switch_id)
            case SwitchDrainChanged(switch_id=switch_id):
                self.drained.discard(switch_id)
            case DrainRequested():
                self.is_draining = True
            case _:
                pass
        for command in commands:
            if isinstance(command, Originate | Reroute):
                is_running = command.lead.campaign_id in self.running
                is_there = command.switch_id in self.connected - self.drained
                if not is_running or not is_there or self.is_draining:
                    self.fail(
                        now,
                        f"{command.lead.call_id} launched with running={is_running} "
                        f"switch in use={is_there} draining={self.is_draining}",
                    )

    def fact(self, now: float, fact: Fact) -> None:
        """A new process starts from nothing."""
        if isinstance(fact, ProcessKilled):
            self.running.clear()
            self.connected.clear()
            self.drained.clear()
            self.is_draining = False


class TrunkLimits(Auditor):
    """Never more calls on a gateway than lines, nor more set-ups a second than its bucket."""

    name = "trunk_limits"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.trunks = {trunk.trunk_id: trunk for trunk in plan.trunks}
        self.open: dict[CallId, TrunkId] = {}
        self.counts = dict.fromkeys(self.trunks, 0)
        self.recent: dict[TrunkId, deque[float]] = {t: deque() for t in self.trunks}

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Count lines and set-ups."""
        if isinstance(event, AttemptRefused):
            self._close(event.call_id)
        elif isinstance(event, CallAdopted) and event.trunk_id is not None:
            self.open[event.lead.call_id] = event.trunk_id
            self.counts[event.trunk_id] += 1
        for command in commands:
            if isinstance(command, RecordCall):
                self._close(command.call_id)
            elif isinstance(command, Reroute):
                self._close(command.call_id)
                self._open(now, command.call_id, command.trunk_id)
            elif isinstance(command, Originate):
                self._open(now, command.lead.call_id, command.trunk_id)

    def _open(self, now: float, call_id: CallId, trunk_id: TrunkId) -> None:
        trunk = self.trunks[trunk_id]
        self.open[call_id] = trunk_id
        self.counts[trunk_id] += 1
        if self.counts[trunk_id] > trunk.channels_max:
            self.fail(now, f"{self.counts[trunk_id]} calls on {trunk}")
        recent = self.recent[trunk_id]
        recent.append(now)
        while recent[0] <= now - 1.0:
            recent.popleft()
        # A full bucket holds one second's worth (at least one), and another flows in meanwhile.
        allowed = max(1.0, trunk.calls_per_second) + trunk.calls_per_second
        if len(recent) > allowed + 1e-6:
            self.fail(now, f"{len(recent)} set-ups within a second on {trunk}")

    def _close(self, call_id: CallId) -> None:
        trunk_id = self.open.pop(call_id, None)
        if trunk_id is not None:
            self.counts[trunk_id] -= 1

    def fact(self, now: float, fact: Fact) -> None:
        """What a dead process had open is counted again when it is adopted."""
        if isinstance(fact, ProcessKilled):
            self.open.clear()
            self.counts = dict.fromkeys(self.trunks, 0)
            for recent in self.recent.values():
                recent.clear()


class HopperBounded(Auditor):
    """Leads in hand were leased, are used once, and last for some seconds of dialling at most."""

    name = "hopper_bounded"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        rates = {trunk.trunk_id: trunk.calls_per_second for trunk in plan.trunks}
        self.held: dict[CampaignId, set[CallId]] = {}
        self.promised: set[CallId] = set()
        """Leads of promises: they come one by one, on nobody's asking."""
        self.asked: dict[CampaignId, int] = {}
        self.held_max: dict[CampaignId, float] = {}
        for campaign in plan.campaigns:
            config = campaign.config
            rate = sum(rates[trunk_id] for trunk_id in config.trunks)
            self.held[config.campaign_id] = set()
            # Twice what the gateways could dial in that time, and some for each agent: anybody may
            # be moved to the team.
            most = 20 + 5 * len(plan.agents) + 2 * rate * config.hopper_seconds
            self.held_max[config.campaign_id] = most

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Leads come by lease and go by call or return."""
        if isinstance(event, LeadsLeased):
            held = self.held[event.campaign_id]
            held.update(lead.call_id for lead in event.leads)
            self.asked.pop(event.campaign_id, None)
        elif isinstance(event, CallbackDue):
            self.promised.add(event.lead.call_id)
        for command in commands:
            match command:
                case LeaseLeads(campaign_id=campaign_id, count=count):
                    self._ask(now, campaign_id, count)
                case Originate(lead=lead):
                    self._use(now, lead.campaign_id, lead.call_id)
                case ReturnLeads(leads=leads):
                    for lead in leads:
                        self._use(now, lead.campaign_id, lead.call_id)
                case _:
                    pass

    def _ask(self, now: float, campaign_id: CampaignId, count: int) -> None:
        if campaign_id in self.asked:
            self.fail(now, f"campaign {campaign_id} asks again before it was answered")
        self.asked[campaign_id] = count
        held = len(self.held[campaign_id])
        if count < 1 or held + count > self.held_max[campaign_id]:
            most = self.held_max[campaign_id]
            self.fail(now, f"asks for {count} leads with {held} in hand, at most {most:.0f}")

    def _use(self, now: float, campaign_id: CampaignId, call_id: CallId) -> None:
        if call_id in self.promised:
            self.promised.remove(call_id)
            return
        if call_id not in self.held[campaign_id]:
            self.fail(now, f"lead of call {call_id} is used, but is not in hand")
        self.held[campaign_id].remove(call_id)

    def fact(self, now: float, fact: Fact) -> None:
        """What a dead process held goes back."""
        if isinstance(fact, ProcessKilled):
            self.asked.clear()
            self.promised.clear()
            for held in self.held.values():
                held.clear()


class CoveredLeads(Auditor):
    """A lead that needs a ready agent is launched only while one is there whom no call will take.

    By the states that were said, an agent may be ready whose leg is not parked: the engine may be
    stricter than this, never laxer.
    """

    name = "covered_leads"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.teams = {c.config.campaign_id: c.config.team_id for c in plan.campaigns}
        self.ready: dict[AgentId, TeamId] = {}
        self.open: dict[CallId, tuple[TeamId, SwitchId]] = {}
        """Calls launched and not answered or over, but for those whose agent is reserved."""

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Count ready agents and calls in flight of each team."""
        match event:
            case (
                CallAnswered(call_id=call_id) | CallParked(call_id=call_id)
                | CallScreened(call_id=call_id)
            ):  # fmt: skip
                # Any of the three tells of the answer when the others were lost.
                self.open.pop(call_id, None)
            case AttemptRefused(call_id=call_id):
                self.open.pop(call_id, None)
            case CallAdopted(lead=lead, answered_at=None, switch_id=switch_id):
                self.open[lead.call_id] = (self.teams[lead.campaign_id], switch_id)
            case _:
                pass
        promised = {c.call_id for c in commands if isinstance(c, ShowLead)}
        for command in commands:
            match command:
                case RecordAgentState(agent_id=agent_id, new_state=AgentState.READY):
                    self.ready[agent_id] = command.team_id
                case RecordAgentState(agent_id=agent_id):
                    self.ready.pop(agent_id, None)
                case RecordCall(call_id=call_id):
                    self.open.pop(call_id, None)
                case Originate(lead=lead) if lead.call_id not in promised:
                    self._launch(now, lead, command.switch_id)
                case _:
                    pass

    def _launch(self, now: float, lead: HopperLead, switch_id: SwitchId) -> None:
        team_id = self.teams[lead.campaign_id]
        ready = sum(team == team_id for team in self.ready.values())
        # A call that was left on a lost switch is answered there, or never.
        ringing = sum(one == (team_id, switch_id) for one in self.open.values())
        if lead.covered_only and ready <= ringing:
            self.fail(
                now, f"{lead.call_id} needs a ready agent; {ready} are, and {ringing} calls ring"
            )
        self.open[lead.call_id] = (team_id, switch_id)

    def fact(self, now: float, fact: Fact) -> None:
        """A new process starts from nothing."""
        if isinstance(fact, ProcessKilled):
            self.ready.clear()
            self.open.clear()
