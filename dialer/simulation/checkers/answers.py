"""Auditors of live answers: never in silence, told truly, counted once, under the wall."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.outcomes import Outcome, Verdict
from dialer.engine.commands import (
    AskQuestion,
    AwaitBeep,
    Bridge,
    Command,
    Hangup,
    OpenLedger,
    Originate,
    PlayMessage,
    RecordAnswer,
    RecordCall,
    Recording,
)  # fmt: skip
from dialer.engine.events import (
    CallAdopted,
    CallAnswered,
    CallBridged,
    CallDisposed,
    CallEnded,
    CallOriginated,
    CallParked,
    CallScreened,
    Event,
    HopperLead,
    LedgerOpened,
    SwitchConnected,
    SwitchLost,
)  # fmt: skip
from dialer.engine.ids import CallId, CampaignId, LedgerName, LegId, SwitchId
from dialer.engine.snapshot import Snapshot
from dialer.engine.talks import LeadPlace
from dialer.pacing.settings import Wall
from dialer.simulation.checkers.auditor import Auditor
from dialer.simulation.facts import Fact, ProcessKilled
from dialer.simulation.plan import WorldPlan
from dialer.simulation.ports import LastLook

_MARGIN_SECONDS = 0.05
"""The engine acts in the instant of its deadline; this is for sums of floating seconds."""


@dataclass(slots=True)
class Answer:
    """One call as the engine was told of it."""

    lead: HopperLead
    originated_at: float | None = None
    told_at: float | None = None
    """When the engine first heard that it was answered."""
    answered_at: float | None = None
    bridging_to: LegId | None = None
    bridged_at: float | None = None
    is_connected: bool = False
    """An agent has talked with the lead."""
    is_adopted: bool = False
    is_machine: bool = False
    is_recorded: bool = False


class AnswerModel(Auditor):
    """What the engine was told of each call; each auditor below keeps a model of its own."""

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.calls: dict[CallId, Answer] = {}
        self.tolerance = {
            c.config.campaign_id: c.config.answer_tolerance_seconds for c in plan.campaigns
        }

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Take in the event, then what came of it."""
        match event:
            case CallAdopted(lead=lead, answered_at=answered_at, originated_at=originated_at):
                call = Answer(lead, originated_at=originated_at, is_adopted=True)
                self.calls[lead.call_id] = call
                if answered_at is not None:
                    self._answered(now, call, answered_at)
            case CallOriginated(call_id=call_id):
                known = self._open(call_id)
                if known is not None and known.originated_at is None:
                    known.originated_at = now
            case (
                CallAnswered(call_id=call_id)
                | CallParked(call_id=call_id)
                | CallScreened(call_id=call_id)
            ):
                known = self._open(call_id)
                if known is not None and known.told_at is None:
                    self._answered(now, known, now)
                if isinstance(event, CallScreened) and event.verdict is Verdict.MACHINE:
                    self._heard_machine(call_id, commands)
            case CallDisposed(call_id=call_id, is_machine=True):
                if call_id in self.calls:
                    self.calls[call_id].is_machine = True
            case _:
                pass
        for command in commands:
            if isinstance(command, Originate):
                self.calls[command.lead.call_id] = Answer(command.lead)

    def _answered(self, now: float, call: Answer, answered_at: float) -> None:
        call.told_at, call.answered_at = now, answered_at

    def _heard_machine(self, call_id: CallId, commands: Sequence[Command]) -> None:
        """A machine is what is hung up or left a message; the others go to agents to be told."""
        known = self._open(call_id)
        if known is not None and not known.is_machine:
            known.is_machine = any(
                isinstance(command, Hangup | AwaitBeep) and command.call_id == call_id
                for command in commands
            )

    def _open(self, call_id: CallId) -> Answer | None:
        call = self.calls.get(call_id)
        return call if call is not None and not call.is_recorded else None

    def fact(self, now: float, fact: Fact) -> None:
        """A new process is told everything anew."""
        if isinstance(fact, ProcessKilled):
            self.calls.clear()


class NeverInSilence(AnswerModel):
    """Within the legal seconds an answer has an agent coming, the message, or its end."""

    name = "never_in_silence"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.due: dict[CallId, float] = {}

    def _answered(self, now: float, call: Answer, answered_at: float) -> None:
        super()._answered(now, call, answered_at)
        tolerance = self.tolerance[call.lead.campaign_id]
        self.due[call.lead.call_id] = max(now, answered_at + tolerance)

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Nobody is overdue."""
        super().step(now, event, commands)
        match event:
            case CallBridged(call_id=call_id) | CallEnded(call_id=call_id):
                self.due.pop(call_id, None)
            case CallAdopted(lead=lead, leg_id=leg_id, place=place) if (
                leg_id is not None or place is LeadPlace.OUTSIDE
            ):
                self.due.pop(lead.call_id, None)
            case _:
                pass
        for command in commands:
            match command:
                case (
                    PlayMessage(call_id=call_id)
                    | AwaitBeep(call_id=call_id)
                    | AskQuestion(call_id=call_id)
                    | Hangup(call_id=call_id)
                    | RecordCall(call_id=call_id)
                ):
                    self.due.pop(call_id, None)
                case Bridge(call_id=call_id) if call_id in self.due:
                    watched = now + self.plan.engine.bridge_watchdog_seconds
                    self.due[call_id] = max(self.due[call_id], watched)
                case _:
                    pass
        self._check(now)

    def _check(self, now: float) -> None:
        for call_id, due_at in self.due.items():
            if now > due_at + _MARGIN_SECONDS:
                self.fail(now, f"call {call_id} hears nobody since {now - due_at:.3f} s too long")

    def fact(self, now: float, fact: Fact) -> None:
        """What a dead process was told is forgotten."""
        super().fact(now, fact)
        if isinstance(fact, ProcessKilled):
            self.due.clear()

    def finish(self, last: LastLook) -> None:
        """Nor at the end."""
        self._check(last.now)


class TrueRecords(AnswerModel):
    """What is recorded of a call is what was told of it, and its abandonment follows from that."""

    name = "true_records"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.last_seen: dict[SwitchId, float] = {}

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Compare each first record with the model."""
        super().step(now, event, commands)
        if isinstance(event, SwitchLost) and event.last_seen_at is not None:
            self.last_seen[event.switch_id] = event.last_seen_at
        if isinstance(event, CallBridged):
            call = self._open(event.call_id)
            # Word of an earlier bridge, given up since, is no bridge.
            is_word = call is not None and call.bridging_to == event.leg_id
            if call is not None and is_word and call.bridged_at is None:
                call.bridged_at = now
        for command in commands:
            if isinstance(command, Bridge) and command.call_id in self.calls:
                bridged = self.calls[command.call_id]
                bridged.bridging_to = command.leg_id
                if not bridged.is_connected:
                    bridged.bridged_at = None
            elif isinstance(command, RecordAnswer) and command.call_id in self.calls:
                # What is bridged after this is a return from hold, or a colleague.
                self.calls[command.call_id].is_connected = command.bridged_at is not None
            elif isinstance(command, RecordCall):
                known = self.calls.get(command.call_id)
                if known is None:
                    continue
                if not known.is_recorded and command.ended_at != self._end(now, event, command):
                    self.fail(now, f"an end that is not now: {command}")
                known.is_recorded = True
                self._compare(now, known, command)

    def _end(self, now: float, event: Event | None, record: RecordCall) -> float:
        """Now; but a switch that died took its calls along when it was last seen."""
        if not isinstance(event, SwitchConnected) or not event.is_new:
            return now
        known = (record.originated_at, record.ringing_at, record.answered_at, record.bridged_at)
        seen_at = self.last_seen.get(event.switch_id, now)
        return min(now, max(seen_at, *(at for at in known if at is not None)))

    def _compare(self, now: float, call: Answer, record: RecordCall) -> None:
        if record.answered_at != call.answered_at:
            self.fail(now, f"answered at {call.answered_at} by the events, but {record}")
        if record.originated_at != call.originated_at:
            self.fail(now, f"originated at {call.originated_at} by the events, but {record}")
        if record.bridged_at is not None and record.bridged_at != call.bridged_at:
            self.fail(now, f"bridged at {call.bridged_at} by the events, but {record}")
        is_live = call.answered_at is not None and not call.is_machine
        if record.is_live != is_live:
            self.fail(now, f"live answer should be {is_live}: {record}")
        should = is_live and self._is_abandoned(call, record)
        if record.is_abandoned != should:
            self.fail(now, f"abandoned should be {should}: {record}")
        if record.outcome.is_live_answer and call.answered_at is None:
            self.fail(now, f"a live answer that nobody answered: {record}")

    def _is_abandoned(self, call: Answer, record: RecordCall) -> bool:
        assert call.answered_at is not None
        tolerance = self.tolerance[record.campaign_id]
        if record.bridged_at is not None:
            return record.bridged_at - call.answered_at > tolerance
        if record.outcome is Outcome.HUNG_UP_EARLY:
            return record.ended_at - call.answered_at > tolerance + _MARGIN_SECONDS
        if record.outcome is Outcome.MESSAGE:
            return False  # the recording is what it was for
        return not (call.is_adopted and record.outcome is Outcome.CONNECTED)


@dataclass(slots=True)
class OwnWindow:
    """An abandonment window, counted by the auditor."""

    opened_at: float
    limit_ratio: float
    live_before: int = 0
    abandoned_before: int = 0


class LedgersRecounted(AnswerModel):
    """Every answered call is in exactly one entry of each ledger, by the records alone."""

    name = "ledgers_recounted"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        self.windows: dict[tuple[CampaignId, LedgerName], OwnWindow] = {}
        self.records: dict[CallId, RecordCall] = {}

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Windows open and close; records come in."""
        super().step(now, event, commands)
        for command in commands:
            match command:
                case OpenLedger(campaign_id=campaign_id, ledger=ledger):
                    window = self.windows[campaign_id, ledger]
                    self.windows[campaign_id, ledger] = OwnWindow(now, window.limit_ratio)
                case RecordCall(call_id=call_id) if call_id in self.calls:
                    self.records[call_id] = command
                    self.calls[call_id].is_recorded = True
                case _:
                    pass
        if isinstance(event, LedgerOpened):
            key = (event.campaign_id, event.ledger)
            window = self.windows.setdefault(key, OwnWindow(now, event.limit_ratio))
            window.limit_ratio = event.limit_ratio
            window.live_before += event.live_answers
            window.abandoned_before += event.abandoned

    def fact(self, now: float, fact: Fact) -> None:
        """A new process opens its ledgers anew."""
        super().fact(now, fact)
        if isinstance(fact, ProcessKilled):
            self.windows.clear()
            self.records.clear()

    def look(self, now: float, snapshot: Snapshot) -> None:
        """Answers must agree at any time; abandonments may be ahead of the records."""
        for campaign in snapshot.campaigns:
            for ledger in campaign.ledgers:
                live, abandoned, unsettled = self._count(campaign.campaign_id, ledger.ledger)
                is_right = ledger.live_answers == live
                is_right &= abandoned <= ledger.abandoned <= abandoned + unsettled
                if not is_right:
                    self.fail(
                        now,
                        f"ledger {ledger.ledger!r} of campaign {campaign.campaign_id} says "
                        f"{ledger.abandoned} of {ledger.live_answers}, recounted {abandoned} of "
                        f"{live} with {unsettled} calls still open",
                    )

    def _count(self, campaign_id: CampaignId, ledger: LedgerName) -> tuple[int, int, int]:
        window = self.windows[campaign_id, ledger]
        live, abandoned, unsettled = window.live_before, window.abandoned_before, 0
        for call_id, call in self.calls.items():
            if call.lead.campaign_id != campaign_id or call.told_at is None:
                continue
            if call.told_at < window.opened_at:
                continue
            record = self.records.get(call_id)
            if record is not None:
                live += record.is_live
                abandoned += record.is_abandoned
            elif not call.is_machine:
                live += 1
                unsettled += 1
        return live, abandoned, unsettled

    def finish(self, last: LastLook) -> None:
        """At the end nothing is open, so the two must agree to the last call."""
        self.look(last.now, last.snapshot)


class StrictWall(AnswerModel):
    """With the strict wall, no ledger is over its limit at any instant, whatever happens."""

    name = "strict_wall"

    def __init__(self, plan: WorldPlan) -> None:
        super().__init__(plan)
        strict = {t.team_id for t in plan.teams if t.pacing.wall is Wall.STRICT}
        self.limits = {
            c.config.campaign_id: min(ledger.limit_ratio for ledger in c.ledgers)
            for c in plan.campaigns
            if c.config.team_id in strict and c.ledgers
        }
        self.live: dict[CampaignId, set[CallId]] = {c: set() for c in self.limits}
        self.abandoned: dict[CampaignId, set[CallId]] = {c: set() for c in self.limits}

    def _answered(self, now: float, call: Answer, answered_at: float) -> None:
        super()._answered(now, call, answered_at)
        if call.lead.campaign_id in self.limits:
            self.live[call.lead.campaign_id].add(call.lead.call_id)

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Count abandonments as they come."""
        if not self.limits:
            return
        super().step(now, event, commands)
        for command in commands:
            match command:
                case PlayMessage(call_id=call_id, recording=Recording.ABANDONED):
                    self._abandon(now, self.calls[call_id].lead.campaign_id, call_id)
                case RecordCall(call_id=call_id, campaign_id=campaign_id, is_abandoned=True):
                    self._abandon(now, campaign_id, call_id)
                case _:
                    pass

    def _abandon(self, now: float, campaign_id: CampaignId, call_id: CallId) -> None:
        if campaign_id not in self.limits:
            return
        abandoned = self.abandoned[campaign_id]
        abandoned.add(call_id)
        live = len(self.live[campaign_id])
        if len(abandoned) > math.floor(self.limits[campaign_id] * live + 1e-9):
            self.fail(now, f"{len(abandoned)} abandoned of {live} live answers in {campaign_id}")
