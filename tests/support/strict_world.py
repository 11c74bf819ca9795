"""A world as bad as it may be for the strict wall, and the inequality held against it.

It plays switch, store and people in any order, with a pacer that always wants all there is room
for. It keeps to what no wall could do without: agents' legs live, a bridge for an agent who was
free at the answer stands in time, calls ring for a limited time, and what was recorded is stored.
"""

import math
from dataclasses import dataclass, field

from campaigns.outcomes import Outcome
from dialer.engine import strict_wall
from dialer.engine.commands import Bridge, Command, Hangup, NailUp, OpenLedger, RecordCall
from dialer.engine.config import CampaignConfig, TeamConfig, TrunkConfig
from dialer.engine.engine import Engine
from dialer.engine.events import (
    AgentLegAdopted,
    AgentLegOriginated,
    AgentParked,
    CallAdopted,
    CallBridged,
    CallEnded,
    CampaignConfigured,
    CampaignStarted,
    Event,
    LeadsLeased,
    LedgerOpened,
    SwitchConnected,
    TeamConfigured,
    TrunkConfigured,
)
from dialer.engine.ids import AgentId, CallId, CampaignId, LedgerName, LegId, TeamId, TrunkId
from dialer.engine.states import AgentState, CallState
from dialer.errors import IllegalTransition
from dialer.pacing.settings import PacingSettings, Wall
from dialer.pacing.view import Decision, Limit, Observation, PacingView
from tests.support.engine_desk import hopper_lead

TEAM, TRUNK = TeamId(1), TrunkId("pstn")
CAMPAIGNS = (CampaignId(1), CampaignId(2))
RING_SECONDS_MAX = 60.0
STEP_SECONDS = 0.3
_S = AgentState
_WAS_READY = (_S.READY, _S.RESERVED, _S.TALKING, _S.WRAP_UP)


class GreedyPacer:
    """Launches all that hopper, lines and wall leave room for."""

    def decide(self, view: PacingView) -> Decision:
        return Decision(count=view.room, bound_by=view.room_limit or Limit.WALL)

    def observe(self, observation: Observation) -> None:
        """Wants more, whatever it sees."""

    def save(self) -> str:
        return "{}"

    def restore(self, state: str) -> str | None:
        del state
        return None


@dataclass
class Ledger:
    """What the store holds of one window."""

    campaign_id: CampaignId
    name: str
    limit_ratio: float
    live_answers: int
    abandoned: int
    seconds: float | None
    opened_at: float = 0.0
    ends_at: float | None = None


@dataclass
class StrictWorld:
    """One team, two campaigns, several ledgers."""

    ledgers: list[Ledger]
    now: float = 10_000.0
    bridges: dict[CallId, Bridge] = field(default_factory=dict)
    """Commanded, and neither standing nor refused."""
    hangups: set[CallId] = field(default_factory=set)
    originated: list[CallId] = field(default_factory=list)
    recorded: dict[CallId, RecordCall] = field(default_factory=dict)
    legs: dict[AgentId, LegId] = field(default_factory=dict)
    lead_count: int = 0
    restarts: int = 0

    def __post_init__(self) -> None:
        for ledger in self.ledgers:
            ledger.opened_at = self.now
            ledger.ends_at = None if ledger.seconds is None else self.now + ledger.seconds
        self.boot()
        self.feed(SwitchConnected(is_new=False))

    # ---- the engine -----------------------------------------------------------------------------
    def boot(self) -> None:
        """A new engine that knows what is on disk."""
        self.engine = Engine()
        pacing = PacingSettings(wall=Wall.STRICT)
        self.feed(TeamConfigured(team=TeamConfig(team_id=TEAM, name="day", pacing=pacing)))
        self.engine._floor.teams[TEAM].pacer = GreedyPacer()
        trunk = TrunkConfig(trunk_id=TRUNK, channels_max=400, calls_per_second=400.0)
        self.feed(TrunkConfigured(trunk=trunk))
        for campaign_id, weight in zip(CAMPAIGNS, (3.0, 1.0), strict=True):
            self.feed(
                CampaignConfigured(
                    campaign=CampaignConfig(
                        campaign_id=campaign_id,
                        team_id=TEAM,
                        name=f"campaign {campaign_id}",
                        caller_id="+12025550100",
                        trunks=(TRUNK,),
                        weight=weight,
                    )
                )
            )
        for ledger in self.ledgers:
            self.feed(self._opened(ledger))
        for campaign_id in CAMPAIGNS:
            self.feed(CampaignStarted(campaign_id=campaign_id))

    def _opened(self, ledger: Ledger) -> LedgerOpened:
        mine = [
            one
            for one in self.recorded.values()
            if one.campaign_id == ledger.campaign_id
            and one.answered_at is not None
            and one.answered_at >= ledger.opened_at
        ]
        return LedgerOpened(
            campaign_id=ledger.campaign_id,
            ledger=LedgerName(ledger.name),
            limit_ratio=ledger.limit_ratio,
            ends_at=ledger.ends_at,
            live_answers=ledger.live_answers + sum(one.is_live for one in mine),
            abandoned=ledger.abandoned + sum(one.is_abandoned for one in mine),
        )

    def restart(self) -> None:
        """The process dies and begins again; the switch and the store go on."""
        old = self.engine._floor
        self.restarts += 1
        self.hangups.clear()
        self.bridges.clear()
        self.boot()
        for agent in old.agents.values():
            if agent.leg_id is None:
                continue
            self.feed(
                AgentLegAdopted(
                    agent_id=agent.agent_id,
                    team_id=TEAM,
                    name=agent.name,
                    leg_id=agent.leg_id,
                    was_ready=agent.state in _WAS_READY,
                )
            )
        adopted = []
        for call in old.calls.values():
            if call.state is CallState.PLANNED:
                continue
            agent = None if call.agent_id is None else old.agents[call.agent_id]
            # A bridge for somebody who was free at the answer stands, with us or without.
            is_bridged = agent is not None and call.answered_at is not None
            adopted.append(
                CallAdopted(
                    lead=call.lead,
                    originated_at=call.launched_at,
                    answered_at=call.answered_at,
                    leg_id=agent.leg_id if is_bridged and agent is not None else None,
                    bridged_at=(call.bridged_at or self.now) if is_bridged else None,
                    promise=call.promise,
                )
            )
        for event in sorted(adopted, key=lambda one: one.leg_id is None):
            self.feed(event)
        # Only now may anything be launched, and only now is the picture whole.
        self.feed(SwitchConnected(is_new=False), is_checked=True)

    # ---- steps ----------------------------------------------------------------------------------
    def feed(self, event: Event, *, is_checked: bool = False) -> None:
        """One event; what the engine may not refuse silently, it refuses in words."""
        try:
            commands = self.engine.handle(event, now=self.now)
        except IllegalTransition:
            return
        self.take(commands, is_checked=is_checked)

    def take(self, commands: list[Command], *, is_checked: bool = False) -> None:
        if is_checked or self.engine._floor.is_switch_connected:
            self.check()
        for command in commands:
            match command:
                case Bridge(call_id=call_id):
                    self.bridges[call_id] = command
                case Hangup(call_id=call_id):
                    self.hangups.add(call_id)
                case RecordCall(call_id=call_id):
                    self.recorded[call_id] = command
                case NailUp(agent_id=agent_id):
                    leg_id = LegId(f"leg-{agent_id}-{len(self.legs)}-{self.restarts}")
                    self.legs[agent_id] = leg_id
                    self.feed(AgentLegOriginated(agent_id=agent_id, leg_id=leg_id))
                    self.feed(AgentParked(agent_id=agent_id, leg_id=leg_id))
                case OpenLedger(campaign_id=campaign_id, ledger=name):
                    self._roll(campaign_id, name)
                case _:
                    self._note_originate(command)

    def _note_originate(self, command: Command) -> None:
        lead = getattr(command, "lead", None)
        if lead is not None:
            self.originated.append(lead.call_id)

    def _roll(self, campaign_id: CampaignId, name: LedgerName) -> None:
        ledger = next(
            one for one in self.ledgers if (one.campaign_id, one.name) == (campaign_id, name)
        )
        assert ledger.seconds is not None
        ledger.live_answers = ledger.abandoned = 0
        ledger.opened_at, ledger.ends_at = self.now, self.now + ledger.seconds
        self.feed(
            LedgerOpened(
                campaign_id=campaign_id,
                ledger=name,
                limit_ratio=ledger.limit_ratio,
                ends_at=ledger.ends_at,
            )
        )

    def leads(self, campaign_id: CampaignId, count: int) -> None:
        """More to call."""
        numbers = range(self.lead_count, self.lead_count + count)
        self.lead_count += count
        leads = tuple(hopper_lead(n, campaign_id=campaign_id) for n in numbers)
        self.feed(LeadsLeased(campaign_id=campaign_id, leads=leads, asked=count))

    def wait(self, seconds: float) -> None:
        """Time passes in small steps; the world does in each what it owes."""
        until = self.now + seconds
        while self.now < until:
            step_until = min(until, self.now + STEP_SECONDS)
            while (at := self.engine.next_deadline()) is not None and at <= step_until:
                self.now = max(self.now, at)
                self.take(self.engine.handle_deadline(now=self.now))
            self.now = step_until
            self._do_what_is_owed()

    def _do_what_is_owed(self) -> None:
        floor = self.engine._floor
        for call in list(floor.calls.values()):
            is_old = call.is_in_flight and self.now - call.launched_at > RING_SECONDS_MAX
            is_refused = strict_wall.is_refused_by_lead(floor, call) and call.bridged_at is None
            if is_old or is_refused or call.lead.call_id in self.hangups:
                self.end(call.lead.call_id)
        for bridge in list(self.bridges.values()):
            call = floor.calls.get(bridge.call_id)
            # One who waited may be bridged too late; one for whom an agent was free may not.
            if call is None or floor.legs[bridge.leg_id].since <= (call.answered_at or 0.0):
                self.bridge(bridge.call_id)

    def bridge(self, call_id: CallId) -> None:
        """A commanded bridge stands."""
        bridge = self.bridges.pop(call_id)
        self.feed(CallBridged(call_id=call_id, leg_id=bridge.leg_id))

    def end(self, call_id: CallId, outcome: Outcome = Outcome.NO_ANSWER) -> None:
        """The lead's leg is gone; the agent's parks again."""
        call = self.engine._floor.calls.get(call_id)
        agent_id = None if call is None else call.agent_id
        self.hangups.discard(call_id)
        self.bridges.pop(call_id, None)
        self.feed(CallEnded(call_id=call_id, outcome=outcome, cause="NORMAL_CLEARING"))
        agent = None if agent_id is None else self.engine._floor.agents.get(agent_id)
        if agent is not None and agent.leg_id is not None:
            self.feed(AgentParked(agent_id=agent.agent_id, leg_id=agent.leg_id))

    # ---- the theorem ----------------------------------------------------------------------------
    def check(self) -> None:
        """A + U <= floor(limit (H + U)) in every ledger, by the world's own count of U."""
        floor = self.engine._floor
        team = floor.teams[TEAM]
        late = [
            call
            for call in floor.calls.values()
            if call.state in (CallState.ANSWERED, CallState.BRIDGING)
            and call.agent_id is not None
            and not call.is_abandoned
            and floor.agents[call.agent_id].since > (call.answered_at or 0.0)
            and not strict_wall.is_refused_by_lead(floor, call)
        ]
        calls = [*team.in_flight.values(), *team.unserved.values()]
        uncovered = max(0, len(calls) - len(team.available)) + len(late)
        for campaign in floor.campaigns.values():
            mine = sum(
                call.lead.campaign_id == campaign.config.campaign_id for call in (*calls, *late)
            )
            at_risk = min(uncovered, mine)
            for window in campaign.ledgers.windows.values():
                bearable = math.floor(window.limit_ratio * (window.live_answers + at_risk))
                assert window.abandoned + at_risk <= bearable, (
                    f"{campaign.config.name} {window.ledger}: {window.abandoned} abandoned and "
                    f"{at_risk} at risk of {window.live_answers} at {window.limit_ratio}"
                )
