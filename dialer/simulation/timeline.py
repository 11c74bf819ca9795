"""A run cut into quarters of an hour, for charts."""

from collections.abc import Sequence
from dataclasses import dataclass

from dialer.engine.commands import Command, Originate, RecordAgentState, RecordCall
from dialer.engine.events import Event
from dialer.engine.ids import CallId
from dialer.engine.snapshot import Snapshot
from dialer.engine.states import AgentState
from dialer.simulation.facts import Fact
from dialer.simulation.plan import WorldPlan
from dialer.simulation.ports import LastLook

SLICE_SECONDS = 900.0
_BUSY = (AgentState.TALKING, AgentState.WRAP_UP)
_AT_WORK = (*_BUSY, AgentState.READY, AgentState.RESERVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What happened in one quarter of an hour."""

    attempts: int
    live_answers: int
    connected: int
    abandoned: int
    busy_seconds: float
    worked_seconds: float


class Timeline:
    """Counts the quarters of an hour of one run, from its start to its end."""

    def __init__(self, plan: WorldPlan) -> None:
        self.start_at = plan.start_at
        # Bounded by the scenario's longest run: a month of quarters is about three thousand.
        self.count = max(1, int(-(-plan.seconds // SLICE_SECONDS)))
        self.attempts = [0] * self.count
        self.busy = [0.0] * self.count
        self.worked = [0.0] * self.count
        self.records: dict[CallId, RecordCall] = {}

    def _index(self, at: float) -> int:
        return int((at - self.start_at) // SLICE_SECONDS)

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Count what the engine says."""
        for command in commands:
            match command:
                case Originate():
                    index = self._index(now)
                    if index < self.count:
                        self.attempts[index] += 1
                case RecordAgentState(state=state) if state in _AT_WORK:
                    self._spend(self.worked, command.since, command.at)
                    if state in _BUSY:
                        self._spend(self.busy, command.since, command.at)
                case RecordCall(is_live=True):
                    self.records[command.call_id] = command
                case _:
                    pass

    def _spend(self, sums: list[float], since: float, until: float) -> None:
        # A spell reaches over as many quarters as it lasts; the last one is cut at the end.
        while since < until and (index := self._index(since)) < self.count:
            edge = min(until, self.start_at + (index + 1) * SLICE_SECONDS)
            sums[index] += edge - since
            since = edge

    def fact(self, now: float, fact: Fact) -> None:
        """Only what the engine says is counted."""

    def look(self, now: float, snapshot: Snapshot) -> None:
        """Only what the engine says is counted."""

    def finish(self, last: LastLook) -> None:
        """Spells that are still open are less than one quarter of few agents: left out."""

    def slices(self, *, until: float) -> tuple[Slice, ...]:
        """The quarters that had begun by `until`."""
        live, connected, abandoned = ([0] * self.count for _ in range(3))
        for record in self.records.values():
            index = self._index(record.answered_at or 0.0)
            if 0 <= index < self.count:
                live[index] += 1
                connected[index] += record.bridged_at is not None
                abandoned[index] += record.is_abandoned
        seen = min(self.count, self._index(until - 1.0) + 1)
        return tuple(
            Slice(
                attempts=self.attempts[n],
                live_answers=live[n],
                connected=connected[n],
                abandoned=abandoned[n],
                busy_seconds=self.busy[n],
                worked_seconds=self.worked[n],
            )
            for n in range(seen)
        )
