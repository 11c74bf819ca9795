"""Commands for the database: carried out after the time that a write or a read takes.

What a process had not on disk when it died never happens.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import assert_never

from campaigns.outcomes import Outcome
from dialer.engine.commands import (
    LeaseLeads,
    OpenLedger,
    Originate,
    RecordAgentState,
    RecordCall,
    RecordCallback,
    ReturnLeads,
)  # fmt: skip
from dialer.engine.events import (
    AttemptRefused,
    CallOriginated,
    Event,
    LeadsLeased,
    LedgerOpened,
)  # fmt: skip
from dialer.engine.ids import CallId, CampaignId, LedgerName
from dialer.simulation.agenda import Agenda
from dialer.simulation.callback_desk import CallbackDesk
from dialer.simulation.facts import AttemptSettled, AttemptWritten, Fact
from dialer.simulation.faults import Faults
from dialer.simulation.plan import CampaignPlan, LedgerPlan, StorePlan
from dialer.simulation.store_model import StoreModel
from dialer.simulation.streams import Streams

StoreWrite = Originate | RecordCall | RecordCallback | ReturnLeads | RecordAgentState


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHooks:
    """Whom the store's side tells what."""

    tell: Callable[[Event], bool]
    note: Callable[[Fact], None]
    written: Callable[[Originate], None]
    """An attempt is on disk: it may be dialled."""
    settled: Callable[[], None]
    """An outcome is on disk."""


class StoreDesk:
    """Between the engine and the store."""

    def __init__(
        self,
        agenda: Agenda,
        plan: StorePlan,
        streams: Streams,
        store: StoreModel,
        hooks: StoreHooks,
        *,
        faults: Faults,
        callbacks: CallbackDesk,
        campaigns: Mapping[CampaignId, CampaignPlan],
    ) -> None:
        self.agenda = agenda
        self.plan = plan
        self.store = store
        self.hooks = hooks
        self.faults = faults
        self.callbacks = callbacks
        self.campaigns = campaigns
        self.stalled_until = agenda.now
        self._times = streams.named("store.times")
        self._written_at = agenda.now
        self._process = 0
        """Counts the processes; what an earlier one had not yet on disk is lost."""

    # When.

    def stall_until(self, at: float) -> None:
        """The database answers nobody before that instant."""
        self.stalled_until = max(self.stalled_until, at)

    def forget_process(self) -> None:
        """The process is gone; so is every write that was not on disk."""
        self._process += 1
        self.callbacks.forget_process()

    def soon(self, action: Callable[..., object], *args: object) -> None:
        """Do this in the process after what it is doing, if it lives and its database answers."""
        self.agenda.after(0.0, self._if_alive, self._process, action, args)

    def write(self, command: StoreWrite) -> None:
        """Write this after all that was to be written before."""
        seconds = self.plan.write_after.draw(self._times)
        at = max(self.agenda.now, self.stalled_until) + seconds
        self._written_at = max(self._written_at, at)
        self.agenda.at(self._written_at, self._if_alive, self._process, self._commit, (command,))

    def ask(self, command: LeaseLeads | OpenLedger) -> None:
        """Read this, and tell the engine."""
        match command:
            case LeaseLeads():
                self._read(self._lease, command)
            case OpenLedger(campaign_id=campaign_id, ledger=ledger):
                self._read(self._open_next_window, campaign_id, ledger)
            case _:
                assert_never(command)

    def _read(self, action: Callable[..., None], *args: object) -> None:
        seconds = self.plan.lease_after.draw(self._times)
        at = max(self.agenda.now, self.stalled_until) + seconds
        self.agenda.at(at, self._if_alive, self._process, action, args)

    def _if_alive(
        self, process: int, action: Callable[..., object], args: tuple[object, ...]
    ) -> None:
        if process != self._process:
            return
        if self.stalled_until > self.agenda.now:
            self.agenda.at(self.stalled_until, self._if_alive, process, action, args)
            return
        action(*args)

    # What.

    def _commit(self, command: StoreWrite) -> None:
        match command:
            case Originate():
                self._commit_attempt(command)
            case RecordCall():
                self.store.settle(command)
                self.note_settled(command.call_id, command.outcome, by_restart=False)
                self.hooks.settled()
                self.callbacks.promise_after(command)
            case RecordCallback():
                self.callbacks.commit(command)
            case ReturnLeads(leads=leads):
                self.store.release([lead.lead_id for lead in leads])
            case RecordAgentState(agent_id=agent_id):
                self.store.agents[agent_id] = command
            case _:
                assert_never(command)

    def note_settled(self, call_id: CallId, outcome: Outcome, *, by_restart: bool) -> None:
        """Tell the auditors that an outcome is on disk."""
        self.hooks.note(AttemptSettled(call_id=call_id, outcome=outcome, by_restart=by_restart))

    def _commit_attempt(self, command: Originate) -> None:
        lead = command.lead
        refused = self.store.write_attempt(
            command, now=self.agenda.now, is_broken=self.faults.refuses_write()
        )
        if refused is not None:
            self.hooks.tell(AttemptRefused(call_id=lead.call_id, reason=refused))
            return
        self.hooks.note(
            AttemptWritten(call_id=lead.call_id, campaign_id=lead.campaign_id, lead_id=lead.lead_id)
        )
        self.callbacks.note_written(lead.call_id, self.store.leads[lead.lead_id])
        self.hooks.written(command)
        self.hooks.tell(CallOriginated(call_id=lead.call_id))

    def _lease(self, command: LeaseLeads) -> None:
        count = 0 if self.faults.finds_nothing() else command.count
        leads = self.store.lease(command.campaign_id, count, now=self.agenda.now)
        event = LeadsLeased(campaign_id=command.campaign_id, leads=leads, asked=command.count)
        self.hooks.tell(event)

    def _open_next_window(self, campaign_id: CampaignId, name: LedgerName) -> None:
        for ledger in self.campaigns[campaign_id].ledgers:
            if ledger.name == name:
                self._open_window(campaign_id, ledger, with_counts=False)

    def open_windows(self, campaign_id: CampaignId) -> None:
        """Tell a new engine of every ledger of this campaign, and what is in it already."""
        for ledger in self.campaigns[campaign_id].ledgers:
            self._open_window(campaign_id, ledger, with_counts=True)

    def _open_window(
        self, campaign_id: CampaignId, ledger: LedgerPlan, *, with_counts: bool
    ) -> None:
        since, ends_at = self.store.window(ledger, now=self.agenda.now)
        live = abandoned = 0
        if with_counts:
            until = self.agenda.now + 1.0
            live, abandoned = self.store.ledger_counts(campaign_id, since=since, until=until)
        self.hooks.tell(
            LedgerOpened(
                campaign_id=campaign_id,
                ledger=LedgerName(ledger.name),
                limit_ratio=ledger.limit_ratio,
                ends_at=ends_at,
                live_answers=live,
                abandoned=abandoned,
            )
        )
