"""Accidents that strike a whole world: its switch, its connection, its database, its process."""

from dataclasses import dataclass
from typing import Protocol

from campaigns.outcomes import Outcome
from dialer.engine.events import (
    AgentLegAdopted,
    AgentLoggedIn,
    CallAdopted,
    Event,
    TrunkStateChanged,
)  # fmt: skip
from dialer.engine.ids import AgentId, CallId, TrunkId
from dialer.engine.states import AgentState
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
from dialer.simulation.link import Link
from dialer.simulation.people import People
from dialer.simulation.store_model import Attempt, StoreModel
from dialer.simulation.switch_model import AgentLeg, AgentLegState, SwitchModel

_TRY_AGAIN_SECONDS = 0.5
"""A process that comes up while the switch is away waits and looks again."""
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
    link: Link
    switch: SwitchModel
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

    def _kill_switch(self) -> None:
        """The switch's process dies and comes back as another, without any leg."""
        if self.ground.link.is_up:
            self.ground.switch.die()
            self.ground.link.is_switch_new = True
            self._cut()

    def _cut(self) -> None:
        ground = self.ground
        if ground.link.is_up:
            self.process.note(SwitchCut())
            ground.link.cut()
            ground.agenda.after(ground.faults.outage_seconds(), self._reconnect)

    def _reconnect(self) -> None:
        self.process.note(SwitchBack())
        self.ground.link.restore()

    def _stall(self) -> None:
        ground = self.ground
        self.process.stall_until(ground.agenda.now + ground.faults.outage_seconds())

    def _lose_leg(self) -> None:
        legs = list(self.ground.switch.agents)
        if legs:
            leg_id = legs[self.ground.faults.choose(len(legs))]
            self.ground.switch.end_leg(leg_id, "MEDIA_TIMEOUT")

    def _flap_trunk(self) -> None:
        ground = self.ground
        trunk_id = ground.trunks[ground.faults.choose(len(ground.trunks))]
        if trunk_id in ground.switch.trunks_down:
            return
        ground.switch.trunks_down.add(trunk_id)
        ground.agenda.after(_ALERT_SECONDS, self._report_trunk, trunk_id)
        ground.agenda.after(ground.faults.outage_seconds(), self._mend_trunk, trunk_id)

    def _mend_trunk(self, trunk_id: TrunkId) -> None:
        self.ground.switch.trunks_down.discard(trunk_id)
        self.ground.agenda.after(_ALERT_SECONDS, self._report_trunk, trunk_id)

    def _report_trunk(self, trunk_id: TrunkId) -> None:
        is_up = trunk_id not in self.ground.switch.trunks_down
        self.process.tell(TrunkStateChanged(trunk_id=trunk_id, is_up=is_up))

    # The process: killed, and started again from what the store and the switch know.

    def _kill_process(self) -> None:
        if self.is_process_up:
            self.is_process_up = False
            self.process.note(ProcessKilled())
            self.process.kill()
            self.ground.agenda.after(self.ground.faults.outage_seconds(), self._restart)

    def _restart(self) -> None:
        ground = self.ground
        if not ground.link.is_up:
            ground.agenda.after(_TRY_AGAIN_SECONDS, self._restart)
            return
        self.is_process_up = True
        lost = [a for a in ground.store.unfinished.values() if a.call_id not in ground.switch.leads]
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
            leg = living.pop(agent_id, None)
            person.screen = AgentState.LOGGED_OUT
            is_in = row is not None and row.new_state is not AgentState.LOGGED_OUT
            if row is None or not is_in:
                if leg is not None:
                    ground.switch.end_leg(leg.leg_id, "NORMAL_CLEARING")
                continue
            plan = person.plan
            if leg is None:
                self.process.tell(
                    AgentLoggedIn(agent_id=agent_id, team_id=plan.team_id, name=plan.name)
                )
                continue
            self.process.tell(
                AgentLegAdopted(
                    agent_id=agent_id,
                    team_id=plan.team_id,
                    name=plan.name,
                    leg_id=leg.leg_id,
                    was_ready=row.new_state not in (AgentState.PAUSED, AgentState.CONNECTING_LEG),
                )
            )

    def _is_not_talking(self, attempt: Attempt) -> bool:
        leg = self.ground.switch.leads.get(attempt.call_id)
        agent = leg.agent_leg if leg is not None else None
        return agent is None or agent.state is not AgentLegState.BRIDGED

    def _living_legs(self) -> dict[AgentId, AgentLeg]:
        """One leg an agent that can be adopted; legs still being called, and doubles, are ended."""
        living: dict[AgentId, AgentLeg] = {}
        for leg in list(self.ground.switch.agents.values()):
            is_usable = leg.state in (AgentLegState.PARKED, AgentLegState.BRIDGED)
            if is_usable and leg.agent_id not in living:
                living[leg.agent_id] = leg
            else:
                self.ground.switch.end_leg(leg.leg_id, "NORMAL_CLEARING")
        return living

    def _adopt_call(self, attempt: Attempt) -> None:
        leg = self.ground.switch.leads.get(attempt.call_id)
        if leg is None:
            # Its agent's leg was ended a moment ago and took it along; the switch says so itself.
            self.ground.store.settle_unknown(attempt.call_id, now=self.ground.agenda.now)
            self.process.note_settled(attempt.call_id, Outcome.UNKNOWN, by_restart=True)
            return
        ground = self.ground
        agent = leg.agent_leg
        is_talking = not self._is_not_talking(attempt)
        self.process.tell(
            CallAdopted(
                lead=attempt.originate.lead,
                originated_at=attempt.written_at,
                answered_at=leg.answered_at,
                leg_id=agent.leg_id if agent is not None and is_talking else None,
                promise=ground.callbacks.promise_of(attempt.call_id),
            )
        )
