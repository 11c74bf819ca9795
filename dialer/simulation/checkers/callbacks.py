"""Auditors of promises: each ends once and as it truly went, and its agent is kept for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from dialer.engine.commands import (
    Command,
    Originate,
    RecordAgentState,
    RecordCall,
    RecordCallback,
    ShowLead,
)
from dialer.engine.events import (
    AttemptRefused,
    CallAdopted,
    CallAnswered,
    CallbackDue,
    CallParked,
    Event,
)
from dialer.engine.ids import AgentId, CallbackId, CallId, LeadId, TeamId
from dialer.engine.states import CallbackState
from dialer.simulation.checkers.auditor import Auditor
from dialer.simulation.facts import (
    AttemptWritten,
    CallbackPromised,
    CallbackSettled,
    Fact,
    LegsJoined,
    ProcessKilled,
)  # fmt: skip
from dialer.simulation.plan import WorldPlan
from dialer.simulation.ports import LastLook

_SPOKE = (CallbackState.KEPT, CallbackState.LATE)
_FEED_SECONDS_MAX = 60.0
"""Longer than any outage and the feed's interval: by then a promise that lapsed is settled."""


@dataclass(slots=True)
class OwnPromise:
    """A promise, as it truly went."""

    fact: CallbackPromised
    settled: CallbackState | None = None
    launched_at: float | None = None
    """The last launch of a call to its lead since the promise."""
    is_joined: bool = False


class CallbacksOnce(Auditor):
    """Each promise ends exactly once, and "kept" is said only of calls that were."""

    name = "callbacks_once"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.promises: dict[CallbackId, OwnPromise] = {}
        self.open: dict[LeadId, OwnPromise] = {}
        self.calls: dict[CallId, OwnPromise] = {}

    def fact(self, now: float, fact: Fact) -> None:
        """Follow every promised lead."""
        match fact:
            case CallbackPromised():
                promise = OwnPromise(fact)
                self.promises[fact.callback_id] = self.open[fact.lead_id] = promise
            case AttemptWritten(call_id=call_id, lead_id=lead_id) if lead_id in self.open:
                self._written(now, call_id, self.open[lead_id])
            case LegsJoined(call_id=call_id) if call_id in self.calls:
                self.calls[call_id].is_joined = True
            case CallbackSettled(callback_id=callback_id, state=state):
                self._settled(now, self.promises[callback_id], state)
            case _:
                pass

    def _written(self, now: float, call_id: CallId, promise: OwnPromise) -> None:
        if now < promise.fact.due_at:
            early = promise.fact.due_at - now
            self.fail(now, f"{promise.fact} is called {early:.1f} s before its moment")
        self.calls[call_id] = promise

    def _settled(self, now: float, promise: OwnPromise, state: CallbackState) -> None:
        fact = promise.fact
        if promise.settled is not None:
            self.fail(now, f"{fact} ended as {promise.settled} before, and now as {state}")
        if state not in (*_SPOKE, CallbackState.MISSED, CallbackState.CANCELLED):
            self.fail(now, f"{fact} ended as {state}, which is no end")
        if state in _SPOKE and not promise.is_joined:
            self.fail(now, f"{fact} ended as {state}, and the lead spoke with nobody")
        promise.settled = state
        del self.open[fact.lead_id]

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """A promise that is kept was launched in time."""
        if isinstance(event, CallbackDue):
            known = self.promises[event.promise.callback_id].fact
            if event.promise.due_at != known.due_at:
                self.fail(now, f"{event.promise} is not what was promised: {known}")
        for command in commands:
            match command:
                case Originate(lead=lead) if lead.lead_id in self.open:
                    self.open[lead.lead_id].launched_at = now
                case RecordCallback(state=CallbackState.KEPT):
                    promise = self.promises[command.callback_id]
                    fact, at = promise.fact, promise.launched_at
                    if at is None or at > fact.due_at + fact.tolerance_seconds:
                        self.fail(now, f"{fact} counts as kept, and was launched at {at}")
                case _:
                    pass

    def finish(self, last: LastLook) -> None:
        """Nothing that was due is left without an end."""
        for promise in self.open.values():
            if promise.fact.lapses_at + _FEED_SECONDS_MAX < last.now:
                self.fail(last.now, f"{promise.fact} never ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnHold:
    """An agent is kept for a lead in `[since, until)`."""

    agent_id: AgentId
    lead_id: LeadId
    call_id: CallId
    """The call that was promised; the lead may call back before it, which settles nothing."""
    team_id: TeamId
    """The promise is its campaign's; who works for another team now is not kept for it, as one who
    took the call over from a colleague, or was moved since."""
    since: float
    until: float


class PromisedAgents(Auditor):
    """No agent is given another lead while a call promised with them is near or waits for them.

    But for those that were called before the agent was kept: nobody who answers is left in silence.
    """

    name = "promised_agents"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.holds: dict[CallbackId, OwnHold] = {}
        self.teams = {c.config.campaign_id: c.config.team_id for c in plan.campaigns}
        self.agents: dict[AgentId, TeamId] = {}
        """Whom each agent works for, as last said; they may be moved."""
        self.launched: dict[CallId, tuple[TeamId, float]] = {}
        """Calls that are not over, and since when."""
        self.ringing: dict[CallId, None] = {}
        """Those of them that are not answered."""

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """By what the engine was told before this instant's commands."""
        match event:
            case CallAdopted(lead=lead, originated_at=at, answered_at=answered_at):
                self.launched[lead.call_id] = (self.teams[lead.campaign_id], at)
                if answered_at is None:
                    self.ringing[lead.call_id] = None
            case _:
                pass
        self._said(now, commands)
        for command in commands:
            if isinstance(command, Originate):
                lead = command.lead
                self.launched[lead.call_id] = (self.teams[lead.campaign_id], now)
                self.ringing[lead.call_id] = None
            elif isinstance(command, RecordCall):
                self.ringing.pop(command.call_id, None)
                self.launched.pop(command.call_id, None)
        match event:
            case (
                CallAnswered(call_id=call_id)
                | CallParked(call_id=call_id)
                | AttemptRefused(call_id=call_id)
            ):
                self.ringing.pop(call_id, None)
                if isinstance(event, AttemptRefused):
                    self.launched.pop(call_id, None)
            case CallbackDue():
                self._hold(now, event, commands)
            case _:
                pass

    def _said(self, now: float, commands: Sequence[Command]) -> None:
        """Who works for whom, who is given whom, and which promises are over."""
        for command in commands:
            if isinstance(command, RecordAgentState):
                self.agents[command.agent_id] = command.team_id
        for command in commands:
            match command:
                case ShowLead():
                    self._shown(now, command)
                case RecordCallback(callback_id=callback_id):
                    self.holds.pop(callback_id, None)
                case _:
                    pass

    def _hold(self, now: float, event: CallbackDue, commands: Sequence[Command]) -> None:
        promise = event.promise
        is_over = any(
            isinstance(c, RecordCallback) and c.callback_id == promise.callback_id for c in commands
        )
        is_launched = any(
            isinstance(c, ShowLead) and c.lead_id == event.lead.lead_id for c in commands
        )
        if promise.agent_id is not None and not is_over and not is_launched:
            self.holds[promise.callback_id] = OwnHold(
                agent_id=promise.agent_id,
                lead_id=event.lead.lead_id,
                call_id=event.lead.call_id,
                team_id=self.teams[event.lead.campaign_id],
                since=max(now, promise.due_at - self.plan.engine.callback_reserve_seconds),
                until=promise.due_at + promise.agent_wait_seconds,
            )

    def _shown(self, now: float, command: ShowLead) -> None:
        agent_id, lead_id = command.agent_id, command.lead_id
        mine = {k: hold for k, hold in self.holds.items() if hold.agent_id == agent_id}
        for callback_id, hold in mine.items():
            if hold.call_id == command.call_id:
                del self.holds[callback_id]
                return
        team_id = self.agents.get(agent_id)
        others = [
            hold for hold in mine.values() if hold.lead_id != lead_id and hold.team_id == team_id
        ]
        for hold in others:
            if hold.since <= now < hold.until and not self._was_owed(command, hold):
                self.fail(now, f"agent {agent_id} is given lead {lead_id} in spite of {hold}")

    def _was_owed(self, command: ShowLead, hold: OwnHold) -> bool:
        """True while a call of the team rings that was launched before the agent was kept."""
        mine = self.teams[command.campaign_id]
        older = [c for c, (team, at) in self.launched.items() if team == mine and at <= hold.since]
        return any(c == command.call_id or c in self.ringing for c in older)

    def fact(self, now: float, fact: Fact) -> None:
        """A new process is told of its promises anew."""
        if isinstance(fact, ProcessKilled):
            self.holds.clear()
            self.ringing.clear()
            self.launched.clear()
