"""Auditors of attempts: on disk before the switch, one call a number, one outcome each."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.outcomes import Outcome
from dialer.engine.commands import Bridge, Command, Originate, PlayMessage, RecordCall
from dialer.engine.events import AttemptRefused, CallAdopted, CallReturned, Event
from dialer.engine.ids import E164, CallId, LeadId
from dialer.simulation.checkers.auditor import Auditor
from dialer.simulation.facts import (
    AttemptSettled,
    AttemptWritten,
    CallGone,
    CallPlaced,
    Fact,
    ProcessKilled,
)  # fmt: skip
from dialer.simulation.plan import WorldPlan
from dialer.simulation.ports import LastLook


class OnDiskFirst(Auditor):
    """No lead leg exists whose attempt was not on disk before (law 2)."""

    name = "on_disk_first"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.written: set[CallId] = set()

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Bridges and messages are for calls that exist, ours or of somebody who called us."""
        if isinstance(event, CallReturned):
            self.written.add(event.lead.call_id)
        for command in commands:
            if isinstance(command, Bridge | PlayMessage) and command.call_id not in self.written:
                self.fail(now, f"{command} is about a call without an attempt on disk")

    def fact(self, now: float, fact: Fact) -> None:
        """The disk comes before the switch."""
        match fact:
            case AttemptWritten(call_id=call_id):
                self.written.add(call_id)
            case CallPlaced(call_id=call_id) if call_id not in self.written:
                self.fail(now, f"call {call_id} was placed without an attempt on disk")
            case _:
                pass


@dataclass(slots=True)
class OpenCall:
    """A call the engine has on its hands, as far as it was told."""

    number: E164
    lead_id: LeadId


class NumbersOnce(Auditor):
    """No number, no lead and no call id is ever on two calls at once."""

    name = "numbers_once"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.seen: set[CallId] = set()
        self.open: dict[CallId, OpenCall] = {}
        self.numbers: dict[E164, CallId] = {}
        self.leads: dict[LeadId, CallId] = {}
        self.living: dict[CallId, E164] = {}
        self.living_numbers: dict[E164, CallId] = {}

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """What the engine commands, by what it has been told."""
        match event:
            case AttemptRefused(call_id=call_id):
                self._close(call_id)
            case CallAdopted(lead=lead):
                self._open(now, lead.call_id, lead.number, lead.lead_id)
            case _:
                pass
        for command in commands:
            if isinstance(command, RecordCall):
                self._close(command.call_id)
            elif isinstance(command, Originate):
                lead = command.lead
                if lead.call_id in self.seen:
                    self.fail(now, f"call {lead.call_id} was originated twice")
                self.seen.add(lead.call_id)
                self._open(now, lead.call_id, lead.number, lead.lead_id)

    def _open(self, now: float, call_id: CallId, number: E164, lead_id: LeadId) -> None:
        for other in (self.numbers.get(number), self.leads.get(lead_id)):
            if other is not None:
                self.fail(now, f"call {call_id} to {number} while call {other} is open")
        self.open[call_id] = OpenCall(number, lead_id)
        self.numbers[number] = self.leads[lead_id] = call_id

    def _close(self, call_id: CallId) -> None:
        call = self.open.pop(call_id, None)
        if call is not None:
            del self.numbers[call.number]
            del self.leads[call.lead_id]

    def fact(self, now: float, fact: Fact) -> None:
        """What lives on the switch, whatever anybody believes."""
        match fact:
            case ProcessKilled():
                self.open.clear()
                self.numbers.clear()
                self.leads.clear()
            case CallPlaced(call_id=call_id, number=number):
                other = self.living_numbers.get(number)
                if other is not None:
                    self.fail(now, f"calls {other} and {call_id} both ring {number}")
                self.living[call_id] = number
                self.living_numbers[number] = call_id
            case CallGone(call_id=call_id):
                gone = self.living.pop(call_id, None)
                if gone is not None:
                    del self.living_numbers[gone]
            case _:
                pass


class OneOutcome(Auditor):
    """Every attempt ends with exactly one outcome; a repeat tells no other story."""

    name = "one_outcome"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.open: set[CallId] = set()
        self.refused: set[CallId] = set()
        self.records: dict[CallId, RecordCall] = {}
        self.written: set[CallId] = set()
        self.settled: dict[CallId, Outcome] = {}

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Records are of open calls, or repeat themselves."""
        match event:
            case AttemptRefused(call_id=call_id):
                self.open.discard(call_id)
                self.refused.add(call_id)
            case CallAdopted(lead=lead):
                self.open.add(lead.call_id)
            case _:
                pass
        for command in commands:
            if isinstance(command, Originate):
                self.open.add(command.lead.call_id)
            elif isinstance(command, RecordCall):
                self._record(now, command)

    def _record(self, now: float, record: RecordCall) -> None:
        call_id = record.call_id
        first = self.records.get(call_id)
        self.records[call_id] = record
        if call_id in self.open:
            self.open.remove(call_id)
            return
        if first is None:
            self.fail(now, f"an outcome for call {call_id}, which is not open: {record}")
        if _story(first) != _story(record):
            self.fail(now, f"two stories of call {call_id}: {first} and {record}")
        if record.is_live and not first.is_live:
            self.fail(now, f"call {call_id} became a live answer after its end")

    def fact(self, now: float, fact: Fact) -> None:
        """What is on disk."""
        match fact:
            case ProcessKilled():
                self.open.clear()
            case AttemptWritten(call_id=call_id):
                self.written.add(call_id)
            case AttemptSettled(call_id=call_id, outcome=outcome, by_restart=by_restart):
                if call_id not in self.written:
                    self.fail(now, f"an outcome for call {call_id}, which has no attempt on disk")
                if by_restart and call_id in self.settled:
                    self.fail(now, f"a restart settled call {call_id} a second time")
                self.settled[call_id] = outcome
            case _:
                pass

    def finish(self, last: LastLook) -> None:
        """Nothing is left open."""
        missing = self.written - self.settled.keys()
        if missing:
            self.fail(last.now, f"{len(missing)} attempts have no outcome, first {min(missing)}")


def _story(record: RecordCall) -> tuple[object, ...]:
    """The facts that never change once the call is over."""
    return (
        record.campaign_id, record.lead_id, record.agent_id, record.originated_at,
        record.ringing_at, record.answered_at, record.bridged_at, record.ended_at, record.outcome,
    )  # fmt: skip
