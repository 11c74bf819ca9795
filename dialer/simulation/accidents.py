"""Accidents that strike a whole world: its switch, its connection, its database, its process."""

from dataclasses import dataclass
from typing import Protocol

from campaigns.outcomes import Outcome
from dialer.engine.events import (
    AgentLegAdopted,
    AgentLoggedIn,
    CallAdopted,
    Event,
    SwitchDrainChanged,
    SwitchLost,
    TrunkStateChanged,
)  # fmt: skip
from dialer.engine.ids import AgentId, CallId, LegId, TrunkId
from dialer.engine.states import AgentState
from dialer.engine.talks import LeadPlace
from dialer.simulation.agenda import Agenda
from dialer.simulation.callback_desk import CallbackDesk
from dialer.simulation.facts import (
    Fact,
    ProcessKilled,
    ProcessRestarted,
    SwitchBack,
    SwitchCut,
)  # fmt: skip
from dialer.simulation.faults import Faults
from dialer.simulation.nodes import SwitchNode, SwitchNodes
from dialer.simulation.people import People
from dialer.simulation.store_model import Attempt, StoreModel
from dialer.simulation.switch_legs import AgentLeg, AgentLegState, LeadLeg, LeadLegState

_TRY_AGAIN_SECONDS = 0.5
"""A process that comes up while the switch is away waits and looks again."""
LONGER_WITH_SEVERAL = 3.0
"""Outages and drains of one of several switches last so much longer: up to half a minute."""
_ALERT_SECONDS = 1.0
"""Until a gateway's ping notices that it is up or down."""


class Process(Protocol):
    """What can be done to the dialer's process."""

    def tell(self, event: Event) -> bool:
        """Hand the engine an event."""
        ...

    def note(self, fact: Fact) -> None:
        """Tell the auditors."""
        ...

    def note_settled(self, call_id: CallId, outcome: Outcome, *, by_restart: bool) -> None:
        """Tell the auditors that an outcome is on disk."""
        ...

    def stall_until(self, at: float) -> None:
        """The database answers nobody before that instant."""
        ...

    def start(self) -> None:
        """A new engine, told what exists but not what lives."""
        ...

    def kill(self) -> None:
        """The engine is gone."""
        ...

    def resume(self) -> None:
        """Dial on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The parts of a world that accidents strike."""

    agenda: Agenda
    faults: Faults
    nodes: SwitchNodes
    store: StoreModel
    callbacks: CallbackDesk
    people: People
    trunks: tuple[TrunkId, ...]


class Accidents:
    """Strikes at random while faults are on; whatever broke is mended within its outage."""

    def __init__(self, ground: Ground, process: Process) -> None:
        self.ground = ground
        self.process = process
        self.is_process_up = True

    def begin(self) -> None:
        """Plan the first of each kind."""
        faults, plan = self.ground.faults, self.ground.faults.plan
        faults.recur(plan.switch_kills_per_hour, self._kill_switch)
        faults.recur(plan.cuts_per_hour, self._cut)
        faults.recur(plan.stalls_per_hour, self._stall)
        faults.recur(plan.kills_per_hour, self._kill_process)
        faults.recur(plan.lost_legs_per_hour, self._lose_leg)
        faults.recur(plan.trunk_flaps_per_hour, self._flap_trunk)
        if len(self.ground.nodes.all) > 1:
            faults.recur(plan.drains_per_hour, self._drain)

    def _any_node(self) -> SwitchNode:
        """One of the switches; no chance is used up where there is but one."""
        nodes = self.ground.nodes.all
        return nodes[self.ground.faults.choose(len(nodes))] if len(nodes) > 1 else nodes[0]

    def _kill_switch(self) -> None:
        """A switch's process dies and comes back as another, without any leg."""
        node = self._any_node()
        if node.link.is_up:
            node.switch.die()
            node.link.is_switch_new = True
            self._cut_off(node)
            if len(self.ground.nodes.all) > 1:
                self.ground.agenda.after(_ALERT_SECONDS, self._note_gone, node)

    def _note_gone(self, node: SwitchNode) -> None:
        """The next try to connect was refused."""
        if not node.link.is_up:
            self.process.tell(SwitchLost(switch_id=node.switch_id, is_gone=True))

    def _cut(self) -> None:
        node = self._any_node()
        if node.link.is_up:
            self._cut_off(node)

    def _cut_off(self, node: SwitchNode) -> None:
        ground = self.ground
        self.process.note(SwitchCut())
        node.link.cut()
        seconds = ground.faults.outage_seconds()
        if len(ground.nodes.all) > 1:
            # Long enough, now and then, that its agents are called from another.
            seconds *= LONGER_WITH_SEVERAL
        ground.agenda.after(seconds, self._reconnect, node)

    def _reconnect(self, node: SwitchNode) -> None:
        self.process.note(SwitchBack())
        node.link.restore()

    def _drain(self) -> None:
        node = self._any_node()
        if not node.is_draining:
            self._set_draining(node, is_draining=True)
            seconds = LONGER_WITH_SEVERAL * self.ground.faults.outage_seconds()
            self.ground.agenda.after(seconds, self._undrain, node)

    def _undrain(self, node: SwitchNode) -> None:
        self._set_draining(node, is_draining=False)

    def _set_draining(self, node: SwitchNode, *, is_draining: bool) -> None:
        node.is_draining = is_draining
        self.process.tell(SwitchDrainChanged(switch_id=node.switch_id, is_draining=is_draining))

    def _stall(self) -> None:
        ground = self.ground
        self.process.stall_until(ground.agenda.now + ground.faults.outage_seconds())

    def _lose_leg(self) -> None:
        legs = self.ground.nodes.agents()
        if legs:
            node, leg = legs[self.ground.faults.choose(len(legs))]
            node.switch.end_leg(leg.leg_id, "MEDIA_TIMEOUT")

    def _flap_trunk(self) -> None:
        ground = self.ground
        trunk_id = ground.trunks[ground.faults.choose(len(ground.trunks))]
        node = self._any_node()
        if trunk_id in node.switch.trunks_down:
            return
        node.switch.trunks_down.add(trunk_id)
        ground.agenda.after(_ALERT_SECONDS, self._report_trunk, node, trunk_id)
        ground.agenda.after(ground.faults.outage_seconds(), self._mend_trunk, node, trunk_id)

    def _mend_trunk(self, node: SwitchNode, trunk_id: TrunkId) -> None:
        node.switch.trunks_down.discard(trunk_id)
        self.ground.agenda.after(_ALERT_SECONDS, self._report_trunk, node, trunk_id)

    def _report_trunk(self, node: SwitchNode, trunk_id: TrunkId) -> None:
        is_up = trunk_id not in node.switch.trunks_down
        self.process.tell(
            TrunkStateChanged(trunk_id=trunk_id, is_up=is_up, switch_id=node.switch_id)
        )

    # The process: killed, and started again from what the store and the switch know.

    def _kill_process(self) -> None:
        if self.is_process_up:
            self.is_process_up = False
            self.process.note(ProcessKilled())
            self.process.kill()
            self.ground.agenda.after(self.ground.faults.outage_seconds(), self._restart)

    def _restart(self) -> None:
        ground = self.ground
        if not all(node.link.is_up for node in ground.nodes):
            ground.agenda.after(_TRY_AGAIN_SECONDS, self._restart)
            return
        self.is_process_up = True
        lost = [a for a in ground.store.unfinished.values() if ground.nodes.lead(a.call_id) is None]
        for attempt in lost:
            ground.store.settle_unknown(attempt.call_id, now=ground.agenda.now)
            self.process.note_settled(attempt.call_id, Outcome.UNKNOWN, by_restart=True)
        ground.store.release_all()
        self.process.start()
        self._adopt_agents()
        # An adopted leg counts as free until the call on it is adopted too, so those come first.
        for attempt in sorted(ground.store.unfinished.values(), key=self._is_not_talking):
            self._adopt_call(attempt)
        self.process.resume()
        self.process.note(ProcessRestarted())

    def _adopt_agents(self) -> None:
        """Agents the store has at work: adopted where their leg lives, else called again."""
        ground = self.ground
        living = self._living_legs()
        for agent_id, person in ground.people.persons.items():
            row = ground.store.agents.get(agent_id)
            node, leg = living.pop(agent_id, (None, None))
            person.screen = AgentState.LOGGED_OUT
            is_in = row is not None and row.new_state is not AgentState.LOGGED_OUT
            if row is None or not is_in:
                if leg is not None and node is not None:
                    node.switch.end_leg(leg.leg_id, "NORMAL_CLEARING")
                continue
            plan, team_id = person.plan, ground.people.teams[agent_id]
            if leg is None or node is None:
                self.process.tell(AgentLoggedIn(agent_id=agent_id, team_id=team_id, name=plan.name))
                continue
            self.process.tell(
                AgentLegAdopted(
                    agent_id=agent_id,
                    team_id=team_id,
                    name=plan.name,
                    leg_id=leg.leg_id,
                    was_ready=row.new_state not in (AgentState.PAUSED, AgentState.CONNECTING_LEG),
                    switch_id=node.switch_id,
                )
            )

    def _is_not_talking(self, attempt: Attempt) -> bool:
        leg = self.ground.nodes.lead(attempt.call_id)
        agent = leg.agent_leg if leg is not None else None
        return agent is None or agent.state is not AgentLegState.BRIDGED

    def _living_legs(self) -> dict[AgentId, tuple[SwitchNode | None, AgentLeg | None]]:
        """One leg an agent that can be adopted; legs still being called, and doubles, are ended."""
        living: dict[AgentId, tuple[SwitchNode | None, AgentLeg | None]] = {}
        for node, leg in self.ground.nodes.agents():
            is_usable = leg.state in (AgentLegState.PARKED, AgentLegState.BRIDGED)
            if is_usable and leg.agent_id not in living:
                living[leg.agent_id] = (node, leg)
            else:
                node.switch.end_leg(leg.leg_id, "NORMAL_CLEARING")
        return living

    def _adopt_call(self, attempt: Attempt) -> None:
        leg = self.ground.nodes.lead(attempt.call_id)
        if leg is None:
            # Its agent's leg was ended a moment ago and took it along; the switch says so itself.
            self.ground.store.settle_unknown(attempt.call_id, now=self.ground.agenda.now)
            self.process.note_settled(attempt.call_id, Outcome.UNKNOWN, by_restart=True)
            return
        ground = self.ground
        agent = leg.agent_leg
        is_talking = not self._is_not_talking(attempt)
        place, holder = _whereabouts(leg)
        self.process.tell(
            CallAdopted(
                lead=attempt.originate.lead,
                originated_at=attempt.written_at,
                answered_at=leg.answered_at,
                leg_id=agent.leg_id if agent is not None and is_talking else holder,
                place=place,
                promise=ground.callbacks.promise_of(attempt.call_id),
                trunk_id=leg.trunk_id,
                switch_id=ground.nodes.switch_of(leg.call_id),
            )
        )


def _whereabouts(leg: LeadLeg) -> tuple[LeadPlace, LegId | None]:
    """What the channel of a lead who is not talking tells: on whose hold, or given to outside."""
    if leg.state is LeadLegState.HELD and leg.held_by is not None:
        return LeadPlace.HELD, leg.held_by
    if leg.state is LeadLegState.OUTSIDE:
        return LeadPlace.OUTSIDE, None
    return LeadPlace.WITH_AGENT, None
