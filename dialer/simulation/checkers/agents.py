"""Auditors of agents: one call each, and every second of theirs accounted for."""

from collections.abc import Sequence

from campaigns.outcomes import Outcome
from dialer.engine.commands import (
    Bridge,
    Command,
    HangupLeg,
    NailUp,
    Originate,
    RecordAgentState,
    RecordCall,
)  # fmt: skip
from dialer.engine.events import (
    AgentLegAdopted,
    AgentLegEnded,
    AgentParked,
    BridgeRefused,
    CallAdopted,
    CallbackDue,
    CallBridged,
    Event,
    SwitchConnected,
)  # fmt: skip
from dialer.engine.ids import AgentId, CallId, LegId, SwitchId, TeamId
from dialer.engine.snapshot import Snapshot
from dialer.engine.states import AgentState
from dialer.engine.talks import LeadPlace
from dialer.simulation.checkers.auditor import Auditor
from dialer.simulation.facts import ConversationStolen, Fact, ProcessKilled
from dialer.simulation.plan import WorldPlan


class OneCallPerAgent(Auditor):
    """No agent's leg is given a call before the switch said it is free of the last one."""

    name = "one_call_per_agent"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.busy: dict[LegId, CallId] = {}
        self.legs: dict[CallId, LegId] = {}
        self.over: set[CallId] = set()

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Bridges go to free legs, and a call to one leg at a time."""
        match event:
            case AgentParked(leg_id=leg_id) | AgentLegEnded(leg_id=leg_id):
                self._free(leg_id)
            case BridgeRefused(leg_id=leg_id, call_id=call_id):
                if self.busy.get(leg_id) == call_id:
                    self._free(leg_id)
            case CallAdopted(lead=lead, leg_id=adopted, place=LeadPlace.WITH_AGENT) if (
                adopted is not None
            ):
                self.busy[adopted] = lead.call_id
            case SwitchConnected(is_new=True):
                self.busy.clear()
            case _:
                pass
        for command in commands:
            match command:
                case Bridge(leg_id=leg_id, call_id=call_id):
                    self._give(now, leg_id, call_id)
                case HangupLeg(leg_id=leg_id):
                    self._free(leg_id)
                case RecordCall(call_id=call_id):
                    self.over.add(call_id)
                case _:
                    pass

    def _give(self, now: float, leg_id: LegId, call_id: CallId) -> None:
        other = self.busy.get(leg_id)
        if other is not None and other != call_id:
            self.fail(now, f"call {call_id} is bridged to leg {leg_id}, which is on call {other}")
        if call_id in self.over:
            self.fail(now, f"call {call_id} is bridged after its end")
        self.busy[leg_id] = call_id

    def _free(self, leg_id: LegId) -> None:
        self.busy.pop(leg_id, None)

    def fact(self, now: float, fact: Fact) -> None:
        """Nobody is torn out of a conversation."""
        match fact:
            case ProcessKilled():
                self.busy.clear()
            case ConversationStolen(call_id=call_id, leg_id=leg_id) if call_id not in self.over:
                self.fail(now, f"leg {leg_id} was taken out of call {call_id}, which went on")
            case _:
                pass

    def look(self, now: float, snapshot: Snapshot) -> None:
        """No two agents claim one call."""
        claimed: dict[CallId, AgentId] = {}
        for call in snapshot.calls:
            if call.agent_id is not None:
                claimed[call.call_id] = call.agent_id
        agents = list(claimed.values())
        if len(agents) != len(set(agents)):
            self.fail(now, f"one agent stands on two calls: {claimed}")
        for agent in snapshot.agents:
            is_on = agent.state in (AgentState.RESERVED, AgentState.TALKING)
            if is_on and agent.call_id not in claimed:
                self.fail(now, f"{agent} is on a call that does not exist")


_IDLE_SECONDS = 10.0
"""An agent ready for so long is on a parked leg: one that does not park is soon given up."""


def _had_nobody(record: RecordCall) -> bool:
    is_alone = record.bridged_at is None and record.agent_id is None
    return is_alone and record.outcome is Outcome.ABANDONED


class NoAgentIdle(Auditor):
    """Nobody is abandoned while an agent of the team has long been ready."""

    name = "no_agent_idle"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.teams = {c.config.campaign_id: c.config.team_id for c in plan.campaigns}
        self.listening_seconds = {
            c.config.campaign_id: c.config.screening.seconds_max
            for c in plan.campaigns
            if c.config.screening is not None
        }
        """How long the classifier may keep a call to itself, by campaign."""
        self.ready_since: dict[AgentId, tuple[TeamId, float]] = {}
        self.agents_on: dict[AgentId, SwitchId] = {}
        self.calls_on: dict[CallId, SwitchId] = {}
        """Where each is: nobody can be given a call of another switch."""
        self.promised: dict[AgentId, float] = {}
        """Until when an agent may be kept for a promised call at the longest."""
        self.tolerance_seconds = {
            c.config.campaign_id: c.config.answer_tolerance_seconds for c in plan.campaigns
        }
        self.bridges: dict[CallId, list[float]] = {}
        """When each call that is not over was given an agent."""

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Look at every abandoned call when it is over."""
        if isinstance(event, CallbackDue) and event.promise.agent_id is not None:
            agent_id, promise = event.promise.agent_id, event.promise
            waits_until = max(now, promise.due_at + promise.agent_wait_seconds) + _IDLE_SECONDS
            self.promised[agent_id] = max(self.promised.get(agent_id, 0.0), waits_until)
        elif isinstance(event, AgentLegAdopted):
            self.agents_on[event.agent_id] = event.switch_id
        elif isinstance(event, CallAdopted):
            self.calls_on[event.lead.call_id] = event.switch_id
        for command in commands:
            match command:
                case NailUp(agent_id=agent_id, switch_id=switch_id):
                    self.agents_on[agent_id] = switch_id
                case Originate(lead=lead, switch_id=switch_id):
                    self.calls_on[lead.call_id] = switch_id
                case RecordAgentState(agent_id=agent_id, new_state=AgentState.READY):
                    self.ready_since[agent_id] = (command.team_id, now)
                case RecordAgentState(agent_id=agent_id):
                    self.ready_since.pop(agent_id, None)
                case Bridge(call_id=call_id):
                    self.bridges.setdefault(call_id, []).append(now)
                case RecordCall():
                    if _had_nobody(command) and not self._was_on_its_way(command):
                        self._look_for_idle(now, command)
                    self.bridges.pop(command.call_id, None)
                case _:
                    pass

    def _was_on_its_way(self, record: RecordCall) -> bool:
        """True when an agent had been given the call in time, and the switch did not say that the
        bridge had failed: it is abandoned then, but nobody had left it waiting."""
        assert record.answered_at is not None, record
        late_at = record.answered_at + self.tolerance_seconds[record.campaign_id]
        until = min(record.ended_at, late_at)
        since = until - self.plan.engine.bridge_watchdog_seconds
        return any(since <= at <= until for at in self.bridges.get(record.call_id, ()))

    def _look_for_idle(self, now: float, record: RecordCall) -> None:
        assert record.answered_at is not None, record
        listened = self.listening_seconds.get(record.campaign_id, 0.0)
        if record.verdict is None and record.ended_at <= record.answered_at + listened:
            return  # hung up while it was listened to, as others were whom the agents are ready for
        for agent_id, (team_id, since) in self.ready_since.items():
            is_theirs = team_id == self.teams[record.campaign_id]
            if self.agents_on.get(agent_id) != self.calls_on.get(record.call_id):
                continue
            is_kept = record.answered_at <= self.promised.get(agent_id, 0.0)
            if is_theirs and not is_kept and since <= record.answered_at - _IDLE_SECONDS:
                self.fail(
                    now,
                    f"call {record.call_id} was abandoned while agent {agent_id} had been ready "
                    f"for {record.answered_at - since:.1f} s",
                )

    def fact(self, now: float, fact: Fact) -> None:
        """A new process has agents of its own."""
        if isinstance(fact, ProcessKilled):
            self.ready_since.clear()
            self.bridges.clear()


_S = AgentState
_FOLLOWS = {
    _S.LOGGED_OUT: {_S.CONNECTING_LEG, _S.READY, _S.PAUSED},
    _S.CONNECTING_LEG: {_S.PAUSED, _S.READY, _S.LOGGED_OUT, _S.CONNECTING_LEG},
    _S.PAUSED: {_S.PAUSED, _S.READY, _S.CONNECTING_LEG, _S.LOGGED_OUT},
    _S.READY: {_S.RESERVED, _S.PAUSED, _S.CONNECTING_LEG, _S.LOGGED_OUT},
    _S.RESERVED: {_S.TALKING, _S.READY, _S.PAUSED, _S.CONNECTING_LEG, _S.LOGGED_OUT},
    _S.TALKING: {_S.WRAP_UP},
    _S.WRAP_UP: {_S.READY, _S.PAUSED, _S.CONNECTING_LEG, _S.LOGGED_OUT},
}
"""Which state may follow which, but in the instant in which a restart finds the agent talking."""


class AgentTime(Auditor):
    """Agents' states follow on each other without gap, and add up to the team's figures."""

    name = "agent_time"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.states: dict[AgentId, tuple[TeamId, AgentState, float]] = {}
        self.seconds: dict[tuple[TeamId, AgentState], float] = {}
        self.adopted_at: dict[AgentId, float] = {}

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Each record begins where the last one ended."""
        if isinstance(event, AgentLegAdopted):
            self.adopted_at[event.agent_id] = now
        for command in commands:
            if isinstance(command, RecordAgentState):
                self._follow(now, event, command)

    def _follow(self, now: float, event: Event | None, record: RecordAgentState) -> None:
        agent_id = record.agent_id
        last = self.states.get(agent_id)
        if last is not None and last[1] is not AgentState.LOGGED_OUT:
            if (record.state, record.since) != last[1:]:
                self.fail(now, f"{record} does not follow on {last[1]} since {last[2]}")
        elif record.state is not AgentState.LOGGED_OUT:
            self.fail(now, f"{record} is of an agent who was logged out")
        was_adopted = self.adopted_at.get(agent_id) == now
        is_moved = last is not None and last[0] != record.team_id
        # A bridge given up as stuck was made after all, and the agent had gone to their pause.
        is_taken_back = isinstance(event, CallBridged) and record.new_state is AgentState.RESERVED
        is_allowed = record.new_state in _FOLLOWS[record.state] or (
            is_taken_back and record.state is AgentState.PAUSED
        )
        is_allowed = is_allowed or (is_moved and record.new_state is record.state)
        if not is_allowed and not was_adopted:
            self.fail(now, f"{record.new_state} cannot follow on {record.state}: {record}")
        if record.at != now:
            self.fail(now, f"{record} is dated {record.at}")
        # A record is of the team that the new state begins in.
        key = (record.team_id if last is None else last[0], record.state)
        self.seconds[key] = self.seconds.get(key, 0.0) + record.at - record.since
        self.states[agent_id] = (record.team_id, record.new_state, record.at)

    def fact(self, now: float, fact: Fact) -> None:
        """A new process counts from the start."""
        if isinstance(fact, ProcessKilled):
            self.states.clear()
            self.seconds.clear()

    def look(self, now: float, snapshot: Snapshot) -> None:
        """Talk, wrap-up and ready time of each team."""
        totals = dict(self.seconds)
        for team_id, state, since in self.states.values():
            totals[team_id, state] = totals.get((team_id, state), 0.0) + now - since
        for team in snapshot.teams:
            mine = [
                totals.get((team.team_id, AgentState.TALKING), 0.0),
                totals.get((team.team_id, AgentState.WRAP_UP), 0.0),
                totals.get((team.team_id, AgentState.READY), 0.0)
                + totals.get((team.team_id, AgentState.RESERVED), 0.0),
            ]
            theirs = [team.talk_seconds, team.wrap_up_seconds, team.ready_seconds]
            if any(abs(a - b) > 1e-3 for a, b in zip(mine, theirs, strict=True)):
                self.fail(now, f"talk, wrap-up, ready of {team.name}: {theirs}, recounted {mine}")
