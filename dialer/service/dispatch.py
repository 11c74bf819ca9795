"""Which executor each command of the engine goes to."""

import asyncio
import logging
from typing import assert_never

from dialer.engine.commands import (
    AskQuestion,
    AwaitBeep,
    Bridge,
    ClosePreview,
    Command,
    Drained,
    Hangup,
    HangupLeg,
    HoldReturn,
    LeaseLeads,
    NailUp,
    NoteDecision,
    NoteRestored,
    OpenLedger,
    Originate,
    ParkLeg,
    PlayMessage,
    PostponeLead,
    PreviewLead,
    RecordAgentState,
    RecordAnswer,
    RecordCall,
    RecordCallback,
    RecordDisposition,
    RecordOptOut,
    RecordReturn,
    RecordSurveyAnswer,
    Reroute,
    ReturnLeads,
    ShowLead,
    ShowMessage,
    Survey,
)
from dialer.engine.in_call_commands import DoByKeys, InCallCommand, RecordRecording
from dialer.runtime.driver import Driver
from dialer.runtime.screening_writes import KeyRecord
from dialer.service.parts import Parts

log = logging.getLogger(__name__)


class CommandDispatch:
    """Hands each command to its executor, which takes it and returns at once."""

    def __init__(self, parts: Parts, driver: Driver, *, drained: asyncio.Event) -> None:
        """`drained` is set when the engine says that no call lives."""
        self._parts = parts
        self._driver = driver
        self._drained = drained

    def __call__(self, command: Command) -> None:
        """Hand over one command. What follows at once from it is posted to the driver."""
        parts = self._parts
        if isinstance(command, InCallCommand):
            self._in_call(command)
            return
        match command:
            case Originate():
                parts.attempts.originate(command)
            case Hangup():
                parts.hang_up(command)
            case (
                Reroute() | Bridge() | PlayMessage() | NailUp() | ParkLeg() | HangupLeg() | Survey()
                | AwaitBeep() | AskQuestion() | HoldReturn()
            ):  # fmt: skip
                parts.switches.order(command)
            case LeaseLeads() | ReturnLeads() | PostponeLead():
                parts.leads.put(command)
            case (
                RecordAnswer() | RecordCall() | RecordDisposition() | RecordAgentState()
                | RecordCallback() | RecordOptOut() | RecordSurveyAnswer() | RecordReturn()
            ):  # fmt: skip
                self._record(command)
            case OpenLedger():
                now = self._driver.now
                self._driver.post(
                    parts.ledgers.roll_over(command.campaign_id, command.ledger, now=now)
                )
            case Drained():
                self._drained.set()
            case NoteRestored():
                _log_restored(command)
            case ShowLead() | ShowMessage() | PreviewLead() | ClosePreview() | NoteDecision():
                # For observers: screens, metrics and the journal.
                return
            case _:
                assert_never(command)

    def _in_call(self, command: InCallCommand) -> None:
        match command:
            case RecordRecording():
                self._parts.records.put(command)
            case DoByKeys():
                self._parts.keys.put(command)
            case _:
                self._parts.switches.order(command)

    def _record(
        self,
        command: RecordAnswer | RecordCall | RecordDisposition | RecordAgentState | RecordCallback
        | KeyRecord,
    ) -> None:  # fmt: skip
        """Hand one record to its lane."""
        parts = self._parts
        match command:
            case RecordAnswer():
                parts.answers.put(command)
            case RecordCall():
                for event in parts.ledgers.note(command, now=self._driver.now):
                    self._driver.post(event)
                if not parts.attempts.note_record(command):
                    parts.records.put(command)
            case (
                RecordDisposition() | RecordAgentState() | RecordCallback() | RecordOptOut()
                | RecordSurveyAnswer() | RecordReturn()
            ):  # fmt: skip
                parts.records.put(command)
            case _:
                assert_never(command)


def _log_restored(note: NoteRestored) -> None:
    log.info(
        "The pacer of team %d begins %s.",
        note.team_id,
        "where it stopped" if note.reason is None else f"cold: {note.reason}",
        extra={"action": "pacer_restored"},
    )
