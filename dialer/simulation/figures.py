"""The figures of one run, counted from the commands; the engine's own sums are not asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from dialer.engine.commands import Command, Originate, RecordAgentState, RecordCall
from dialer.engine.events import Event
from dialer.engine.ids import AgentId, CallId
from dialer.engine.snapshot import Snapshot
from dialer.engine.states import AgentState
from dialer.simulation.facts import Fact
from dialer.simulation.plan import WorldPlan
from dialer.simulation.ports import LastLook

_WORKING = {
    AgentState.TALKING: "talk",
    AgentState.WRAP_UP: "wrap_up",
    AgentState.READY: "ready",
    AgentState.RESERVED: "ready",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a manager asks of a day. Shares in 0..1; None where there is nothing to average."""

    attempts: int
    live_answers: int
    connected: int
    abandoned: int
    abandonment_ratio: float
    """abandoned ÷ live answers."""
    utilisation_ratio: float
    """(talk + wrap-up) ÷ (talk + wrap-up + ready); pauses are outside both."""
    attempts_per_hour: float
    connected_per_agent_hour: float
    """By the hours in which agents were ready, talking or wrapping up."""
    wait_mean_seconds: float | None
    """An agent's wait from ready to the next conversation."""
    wait_p95_seconds: float | None
    reach_mean_seconds: float | None
    """A lead's wait from answer to agent."""
    reach_p95_seconds: float | None
    leads_never_called: int
    leads_left: int
    finished_seconds: float | None
    """From the start until the list was finished; None when it was not, or nobody asked."""


class Tally:
    """Counts one run from the end of the warm-up to the end of its hours; draining is left out."""

    def __init__(self, plan: WorldPlan, *, warm_up_seconds: float = 0.0) -> None:
        assert warm_up_seconds < plan.seconds, "something must be left to count"
        self.starts_at = plan.start_at + warm_up_seconds
        self.ends_at = plan.start_at + plan.seconds
        self.attempts = 0
        self.seconds = {"talk": 0.0, "wrap_up": 0.0, "ready": 0.0}
        self.records: dict[CallId, RecordCall] = {}
        self.idle_since: dict[AgentId, float] = {}
        self.since: dict[AgentId, tuple[AgentState, float]] = {}
        self.waits: list[float] = []

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Count what the engine says."""
        for command in commands:
            match command:
                case RecordAgentState():
                    self._spend(command.state, command.since, command.at)
                    self.since[command.agent_id] = (command.new_state, command.at)
                    self._wait(command)
                case Originate() if self.starts_at <= now <= self.ends_at:
                    self.attempts += 1
                case RecordCall(answered_at=answered_at) if answered_at is not None:
                    if self.starts_at <= answered_at <= self.ends_at:
                        self.records[command.call_id] = command
                case _:
                    pass

    def _spend(self, state: AgentState, since: float, until: float) -> None:
        kind = _WORKING.get(state)
        if kind is not None:
            self.seconds[kind] += max(0.0, min(until, self.ends_at) - max(since, self.starts_at))

    def _wait(self, record: RecordAgentState) -> None:
        agent_id = record.agent_id
        match record.new_state:
            case AgentState.READY:
                self.idle_since.setdefault(agent_id, record.at)
            case AgentState.RESERVED:
                pass
            case AgentState.TALKING:
                since = self.idle_since.pop(agent_id, None)
                if since is not None and self.starts_at <= record.at <= self.ends_at:
                    self.waits.append(record.at - since)
            case _:
                self.idle_since.pop(agent_id, None)

    def fact(self, now: float, fact: Fact) -> None:
        """Only what the engine says is counted."""

    def look(self, now: float, snapshot: Snapshot) -> None:
        """Only what the engine says is counted."""

    def finish(self, last: LastLook) -> None:
        """Close the spells that are still open."""
        for state, since in self.since.values():
            self._spend(state, since, last.now)

    def stop(self, at: float) -> None:
        """The list was finished before the hours were over: nothing later counts."""
        self.ends_at = max(self.starts_at, min(self.ends_at, at))

    def figures(
        self,
        *,
        leads_left: int,
        leads_never_called: int = 0,
        finished_seconds: float | None = None,
    ) -> Figures:
        """The sums. Call after the run."""
        live = [r for r in self.records.values() if r.is_live]
        abandoned = sum(r.is_abandoned for r in live)
        reached = [
            r.bridged_at - r.answered_at
            for r in live
            if r.bridged_at is not None and r.answered_at is not None
        ]
        busy = self.seconds["talk"] + self.seconds["wrap_up"]
        hours = max(1.0, self.ends_at - self.starts_at) / 3600.0
        worked = busy + self.seconds["ready"]
        return Figures(
            attempts=self.attempts,
            live_answers=len(live),
            connected=len(reached),
            abandoned=abandoned,
            abandonment_ratio=abandoned / len(live) if live else 0.0,
            utilisation_ratio=busy / worked if worked > 0 else 0.0,
            attempts_per_hour=self.attempts / hours,
            connected_per_agent_hour=3600.0 * len(reached) / worked if worked > 0 else 0.0,
            wait_mean_seconds=_mean(self.waits),
            wait_p95_seconds=_p95(self.waits),
            reach_mean_seconds=_mean(reached),
            reach_p95_seconds=_p95(reached),
            leads_never_called=leads_never_called,
            leads_left=leads_left,
            finished_seconds=finished_seconds,
        )


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _p95(values: list[float]) -> float | None:
    return sorted(values)[int(0.95 * (len(values) - 1))] if values else None
