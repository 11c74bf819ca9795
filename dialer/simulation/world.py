"""A world: the engine, the switch, the store and the people, in virtual time and by one seed."""

from collections.abc import Callable, Sequence
from typing import get_args

from campaigns.outcomes import Outcome
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
    Survey,
)  # fmt: skip
from dialer.engine.engine import Engine
from dialer.engine.events import (
    AgentHungUp,
    AgentLegOriginated,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentPaused,
    AgentReadied,
    AttemptRefused,
    CallDisposed,
    CallOriginated,
    CampaignConfigured,
    CampaignStarted,
    DrainRequested,
    Event,
    HopperLead,
    LeadsLeased,
    LedgerOpened,
    PreviewDialled,
    SwitchConfigured,
    SwitchConnected,
    SwitchDrainChanged,
    TeamConfigured,
    TrunkConfigured,
    TrunkStateChanged,
)  # fmt: skip
from dialer.engine.ids import CallId, CampaignId, LedgerName, LegId, SwitchId
from dialer.engine.in_call_commands import DoByKeys, InCallCommand, InCallOrder, RecordRecording
from dialer.engine.in_call_events import InCallEvent
from dialer.errors import IllegalTransition
from dialer.simulation.accidents import Accidents, Ground
from dialer.simulation.agenda import Agenda
from dialer.simulation.busy_people import BusyPeople
from dialer.simulation.callback_desk import CallbackDesk
from dialer.simulation.callers import Callers
from dialer.simulation.facts import AttemptSettled, AttemptWritten, Fact
from dialer.simulation.faults import Faults
from dialer.simulation.laws import AnswerLaw
from dialer.simulation.link import Link
from dialer.simulation.managers import Managers
from dialer.simulation.nodes import SwitchNode, SwitchNodes
from dialer.simulation.people import People
from dialer.simulation.plan import CampaignPlan, LedgerPlan, WorldPlan
from dialer.simulation.ports import EngineLike, LastLook, MakeEngine, Observer, Violation
from dialer.simulation.side_model import SideModel
from dialer.simulation.store_model import StoreModel
from dialer.simulation.streams import Streams
from dialer.simulation.switch_model import AgentLeg, LeadLeg, SwitchHooks, SwitchModel

_WISHES = (
    AgentLoggedIn, AgentReadied, AgentPaused, AgentLoggedOut, AgentHungUp, CallDisposed,
    *get_args(InCallEvent),
    PreviewDialled,
)  # fmt: skip
_ENGINE_ERRORS = (
    AssertionError, IllegalTransition, LookupError, TypeError, ValueError, AttributeError,
    ArithmeticError, NotImplementedError,
)  # fmt: skip
"""What a broken engine raises; turned into a violation that names the seed and the instant."""
_DEADLINES_MAX = 200
"""An engine that wants to be woken this often at one instant makes no headway."""
_ERROR_CHARACTERS_MAX = 400
"""An assertion may print a whole agent; the beginning says what it is."""
_LOOK_SECONDS = 5.0
"""How often the observers are shown a snapshot."""
_SETTLE_SECONDS = 90.0
"""After `Drained`: time for the last writes, and for agents' lost legs to be called again."""


class World:
    """One run. The same plan, seed and engine give the same run, to the last digit."""

    def __init__(
        self,
        plan: WorldPlan,
        seed: int,
        *,
        make_engine: MakeEngine = Engine,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.plan = plan
        self.seed = seed
        self.make_engine = make_engine
        self.observers = tuple(observers)
        self.ends_at = plan.start_at + plan.seconds
        streams = Streams(seed)
        self.agenda = Agenda(plan.start_at)
        self.faults = Faults(self.agenda, plan.faults, streams)
        self.campaigns: dict[CampaignId, CampaignPlan] = {
            c.config.campaign_id: c for c in plan.campaigns
        }
        self.store = StoreModel(
            plan.campaigns, streams=streams, start_at=plan.start_at, ends_at=self.ends_at
        )
        self.nodes = SwitchNodes([self._node(name, streams) for name in plan.switches])
        self.people = People(
            self.agenda, plan.people, streams, plan.agents, self.tell, campaigns=self.campaigns
        )
        self.busy = BusyPeople(self.agenda, plan.in_call, streams, plan.agents, self.tell)
        self.callbacks = CallbackDesk(
            self.agenda, plan.callbacks, streams, self.store, self.tell, self.note
        )
        self.callbacks.promises_until = self.ends_at
        self.callers = Callers(
            self.agenda,
            streams,
            self.store,
            self.nodes,
            per_hour=plan.returns_per_hour,
            until=self.ends_at,
        )
        ground = Ground(
            agenda=self.agenda,
            faults=self.faults,
            nodes=self.nodes,
            store=self.store,
            callbacks=self.callbacks,
            people=self.people,
            trunks=tuple(trunk.trunk_id for trunk in plan.trunks),
        )
        self.accidents = Accidents(ground, self)
        self.managers = Managers(self.agenda, plan, streams, self.tell)
        self.engine: EngineLike | None = None
        self.is_drained = False
        self.is_drain_asked = False
        self.is_write_ahead = True
        """False breaks law 2, to see whether anybody notices."""
        self.stalled_until = plan.start_at
        self.legs_minted = 0
        self.finished_at: float | None = None
        """When the plan's goal was reached."""
        self.on_finished: Callable[[float], None] = lambda at: None
        self.leads_left_at_end = 0
        """Leads still to be called when the hours were over."""
        self.leads_never_called_at_end = 0
        self._legs = streams.named("switch.agent_legs")
        self._store_times = streams.named("store.times")
        self._written_at = plan.start_at
        self._process = 0
        """Counts the processes; what an earlier one had not yet on disk is lost."""

    def _node(self, switch_id: SwitchId, streams: Streams) -> SwitchNode:
        """One switch; beside the first each has chances of its own."""
        own = streams if switch_id == self.plan.switches[0] else streams.of(switch_id)
        link = Link(
            self.agenda, self.plan.network, self.faults, own, self.tell, switch_id=switch_id
        )
        hooks = SwitchHooks(
            emit=link.emit,
            note=self.note,
            joined=lambda lead, agent: self._talk(lead, agent, switch),
            answer_law=self._answer_law,
        )
        switch = SwitchModel(
            self.agenda,
            self.plan.network,
            own,
            hooks,
            patience=self.plan.people.patience,
            stuck_bridge=self.faults.sticks,
        )
        return SwitchNode(switch_id, link, switch, SideModel(switch, own))

    def _talk(self, lead: LeadLeg, agent: AgentLeg, switch: SwitchModel) -> None:
        self.people.talk(lead, agent, switch)
        self.busy.talk(lead, agent, switch)

    def _answer_law(self, lead: HopperLead) -> AnswerLaw:
        group = self.store.leads[lead.lead_id].group
        own = None if group is None else group.answer
        return self.campaigns[lead.campaign_id].answer if own is None else own

    # The run.

    def run(self) -> LastLook:
        """Work, calm, drain; then the state of things for the auditors' final word."""
        self.start()
        for campaign in self.campaigns:
            self.tell(self._started(campaign))
        self.people.begin()
        self.accidents.begin()
        self.managers.begin()
        self.callbacks.begin()
        self.callers.begin()
        if self.observers and self.plan.has_looks:
            self.agenda.after(_LOOK_SECONDS, self._look)
        self._run_until(self.ends_at, until_finished=True)
        self.ends_at = min(self.ends_at, self.agenda.now)
        self.leads_left_at_end = self.store.leads_left()
        self.leads_never_called_at_end = self.store.leads_never_called()
        self.faults.stop()
        self.people.at_work = False
        self.managers.stop()
        self._run_until(self.ends_at + self.plan.calm_seconds)
        last = self._drain()
        for observer in self.observers:
            observer.finish(last)
        return last

    def _started(self, campaign_id: CampaignId) -> CampaignStarted:
        return CampaignStarted(campaign_id=campaign_id, ends_at=self.ends_at)

    def _drain(self) -> LastLook:
        began_at = self.agenda.now
        self.is_drain_asked = True
        # A process that is just being started again is told by its service when it is there.
        self.tell(DrainRequested())
        latest = began_at + self.plan.drain_seconds_max
        self._run_until(latest, until_drained=True)
        took = self.agenda.now - began_at
        self._run_until(max(self.agenda.now, self.stalled_until) + _SETTLE_SECONDS)
        assert self.engine is not None, "a process that died is started again within its outage"
        return LastLook(
            now=self.agenda.now,
            snapshot=self.engine.snapshot(now=self.agenda.now),
            is_drained=self.is_drained,
            live_calls=self.nodes.live_calls(),
            unfinished_attempts=len(self.store.unfinished),
            leased_leads=self.store.leased_count(),
            stranded_agents=self.people.stranded(
                self.engine.snapshot(now=self.agenda.now), self.nodes.has_leg
            ),
            seconds=took,
        )

    def _run_until(
        self, until: float, *, until_drained: bool = False, until_finished: bool = False
    ) -> None:
        agenda = self.agenda
        while not (until_drained and self.is_drained):
            if until_finished and self.finished_at is not None:
                return
            planned_at = agenda.next_at()
            deadline = self.engine.next_deadline() if self.engine is not None else None
            if deadline is not None and (planned_at is None or deadline < planned_at):
                if deadline > until:
                    break
                self._wake(max(deadline, agenda.now))
            elif planned_at is not None and planned_at <= until:
                agenda.run_next()
            else:
                break
        if not until_drained:
            agenda.advance(max(until, agenda.now))

    def _wake(self, at: float) -> None:
        """The engine's deadline has come."""
        self.agenda.advance(at)
        for _ in range(_DEADLINES_MAX):
            engine = self.engine
            assert engine is not None
            try:
                commands = engine.handle_deadline(now=at)
            except _ENGINE_ERRORS as error:
                raise self._raised("a deadline", error) from error
            self._done(None, commands)
            deadline = engine.next_deadline()
            if deadline is None or deadline > at:
                return
        raise Violation(
            "headway", f"at {at:.3f} the engine asked {_DEADLINES_MAX} times to be woken at once"
        )

    def tell(self, event: Event) -> bool:
        """Hand an event to the engine. False when there is none, or it refused a person's wish."""
        engine = self.engine
        if engine is None:
            return False
        now = self.agenda.now
        try:
            commands = engine.handle(event, now=now)
        except _ENGINE_ERRORS as error:
            if isinstance(error, IllegalTransition) and isinstance(event, _WISHES):
                return False
            raise self._raised(repr(event), error) from error
        self._done(event, commands)
        return True

    def _raised(self, what: str, error: Exception) -> Violation:
        said = f"{type(error).__name__}: {error}"[:_ERROR_CHARACTERS_MAX]
        text = f"at {self.agenda.now:.3f} {what} raised {said}"
        return Violation("no_exception", text)

    def _done(self, event: Event | None, commands: Sequence[Command]) -> None:
        for observer in self.observers:
            observer.step(self.agenda.now, event, commands)
        for command in commands:
            self._execute(command)

    def _look(self) -> None:
        self.agenda.after(_LOOK_SECONDS, self._look)
        if self.engine is not None:
            snapshot = self.engine.snapshot(now=self.agenda.now)
            for observer in self.observers:
                observer.look(self.agenda.now, snapshot)

    def note(self, fact: Fact) -> None:
        """Tell the auditors what truly happened."""
        for observer in self.observers:
            observer.fact(self.agenda.now, fact)

    # Commands.

    def _execute(self, command: Command) -> None:
        if isinstance(command, InCallCommand):
            self._execute_in_call(command)
            return
        match command:
            case PostponeLead(lead=lead):
                self._execute(ReturnLeads(leads=(lead,)))
            case Originate() | RecordCall() | RecordCallback() | ReturnLeads() | RecordAgentState():
                if isinstance(command, RecordAgentState):
                    self.people.see(command)
                elif isinstance(command, Originate) and not self.is_write_ahead:
                    self._send(self._place, command)
                self._write(self._commit, command)
            case LeaseLeads() | OpenLedger():
                self._ask_store(command)
            case (
                Reroute() | Bridge() | Hangup() | PlayMessage() | ParkLeg() | HangupLeg() | Survey()
                | AwaitBeep() | AskQuestion() | HoldReturn()
            ):  # fmt: skip
                self._send(self._speak, command, self.agenda.now)
            case NailUp():
                self._nail_up(command)
            case ShowLead() | PreviewLead():
                self.people.see(command)
            case (
                RecordDisposition() | NoteDecision() | NoteRestored()
                | ClosePreview() | RecordAnswer() | RecordOptOut() | RecordSurveyAnswer()
                | RecordReturn()
            ):  # fmt: skip
                pass
            case Drained():
                self.is_drained = True

    def _speak(
        self,
        command: Reroute | Bridge | Hangup | PlayMessage | ParkLeg | HangupLeg | Survey | AwaitBeep
        | AskQuestion | HoldReturn,
        at: float,
    ) -> None:  # fmt: skip
        switch = self.nodes.of(command).switch
        match command:
            case Reroute():
                switch.place(command)
            case Bridge():
                switch.bridge(command)
            case Hangup(call_id=call_id, cause=cause):
                switch.hang_up(call_id, cause)
            case PlayMessage(call_id=call_id, on_abandon=on_abandon, opt_out_key=key):
                switch.play_message(call_id, on_abandon, key=key)
            case ParkLeg(leg_id=leg_id, call_id=parked_for):
                switch.park_leg(leg_id, call_id=parked_for)
            case HangupLeg(leg_id=leg_id):
                switch.end_leg(leg_id, "NORMAL_CLEARING")
            case Survey():
                switch.survey(command, asked_at=at)
            case AwaitBeep() | AskQuestion() | HoldReturn():
                self._play(command)

    def _play(self, command: AwaitBeep | AskQuestion | HoldReturn) -> None:
        switch = self.nodes.of(command).switch
        match command:
            case AwaitBeep():
                switch.await_beep(command)
            case AskQuestion():
                switch.ask(command)
            case HoldReturn():
                pass

    def _ask_store(self, command: LeaseLeads | OpenLedger) -> None:
        match command:
            case LeaseLeads():
                self._read(self._lease, command)
            case OpenLedger(campaign_id=campaign_id, ledger=ledger):
                self._read(self._open_next_window, campaign_id, ledger)

    def _execute_in_call(self, command: InCallCommand) -> None:
        match command:
            case DoByKeys():
                self._soon(self.busy.do_by_keys, command)
            case RecordRecording():
                pass
            case _:
                self._send(self._beside, command)

    def _beside(self, command: InCallOrder) -> None:
        self.nodes.of(command).sides.carry_out(command)

    def _send(self, action: Callable[..., None], command: Command, *args: object) -> None:
        self.nodes.of(command).link.send(action, command, *args)

    def _place(self, command: Originate) -> None:
        self.nodes.of(command).switch.place(command)

    def _nail_up(self, command: NailUp) -> None:
        agent_id = command.agent_id
        self.legs_minted += 1
        leg_id = LegId(f"{self.seed & 0xFFFFFFFF:08x}-0000-4000-9000-{self.legs_minted:012x}")
        self._soon(self.tell, AgentLegOriginated(agent_id=agent_id, leg_id=leg_id))
        answer_after = self._legs.uniform(0.3, 1.5)
        self._send(self._call_agent, command, leg_id, answer_after)

    def _call_agent(self, command: NailUp, leg_id: LegId, answer_after: float) -> None:
        switch = self.nodes.of(command).switch
        switch.nail_up(command.agent_id, leg_id, answer_after=answer_after)

    # The store's side of a command. What a process had not on disk when it died never happens.

    def _soon(self, action: Callable[..., object], *args: object) -> None:
        self.agenda.after(0.0, self._if_alive, self._process, action, args)

    def _write(self, action: Callable[..., None], *args: object) -> None:
        seconds = self.plan.store.write_after.draw(self._store_times)
        at = max(self.agenda.now, self.stalled_until) + seconds
        self._written_at = max(self._written_at, at)
        self.agenda.at(self._written_at, self._if_alive, self._process, action, args)

    def _read(self, action: Callable[..., None], *args: object) -> None:
        seconds = self.plan.store.lease_after.draw(self._store_times)
        at = max(self.agenda.now, self.stalled_until) + seconds
        self.agenda.at(at, self._if_alive, self._process, action, args)

    def _if_alive(
        self, process: int, action: Callable[..., object], args: tuple[object, ...]
    ) -> None:
        if process != self._process or self.engine is None:
            return
        if self.stalled_until > self.agenda.now:
            self.agenda.at(self.stalled_until, self._if_alive, process, action, args)
            return
        action(*args)

    def _commit(
        self, command: Originate | RecordCall | RecordCallback | ReturnLeads | RecordAgentState
    ) -> None:
        match command:
            case Originate():
                self._commit_attempt(command)
            case RecordCall():
                self.store.settle(command)
                self.note_settled(command.call_id, command.outcome, by_restart=False)
                goal = self.plan.goal
                if goal is not None and self.finished_at is None and self.store.has_reached(goal):
                    self.finished_at = self.agenda.now
                    self.on_finished(self.agenda.now)
                self.callbacks.promise_after(command)
            case RecordCallback():
                self.callbacks.commit(command)
            case ReturnLeads(leads=leads):
                self.store.release([lead.lead_id for lead in leads])
            case RecordAgentState(agent_id=agent_id):
                self.store.agents[agent_id] = command

    def note_settled(self, call_id: CallId, outcome: Outcome, *, by_restart: bool) -> None:
        """Tell the auditors that an outcome is on disk."""
        self.note(AttemptSettled(call_id=call_id, outcome=outcome, by_restart=by_restart))

    def _commit_attempt(self, command: Originate) -> None:
        lead = command.lead
        refused = self.store.write_attempt(
            command, now=self.agenda.now, is_broken=self.faults.refuses_write()
        )
        if refused is not None:
            self.tell(AttemptRefused(call_id=lead.call_id, reason=refused))
            return
        self.note(
            AttemptWritten(call_id=lead.call_id, campaign_id=lead.campaign_id, lead_id=lead.lead_id)
        )
        self.callbacks.note_written(lead.call_id, self.store.leads[lead.lead_id])
        if self.is_write_ahead:
            self._send(self._place, command)
        self.tell(CallOriginated(call_id=lead.call_id))

    def _lease(self, command: LeaseLeads) -> None:
        count = 0 if self.faults.finds_nothing() else command.count
        leads = self.store.lease(command.campaign_id, count, now=self.agenda.now)
        event = LeadsLeased(campaign_id=command.campaign_id, leads=leads, asked=command.count)
        self.tell(event)

    def _open_next_window(self, campaign_id: CampaignId, name: LedgerName) -> None:
        for ledger in self.campaigns[campaign_id].ledgers:
            if ledger.name == name:
                self._open_window(campaign_id, ledger, with_counts=False)

    def _open_window(
        self, campaign_id: CampaignId, ledger: LedgerPlan, *, with_counts: bool
    ) -> None:
        since, ends_at = self.store.window(ledger, now=self.agenda.now)
        live = abandoned = 0
        if with_counts:
            until = self.agenda.now + 1.0
            live, abandoned = self.store.ledger_counts(campaign_id, since=since, until=until)
        self.tell(
            LedgerOpened(
                campaign_id=campaign_id,
                ledger=LedgerName(ledger.name),
                limit_ratio=ledger.limit_ratio,
                ends_at=ends_at,
                live_answers=live,
                abandoned=abandoned,
            )
        )

    # The process.

    def stall_until(self, at: float) -> None:
        """The database answers nobody before that instant."""
        self.stalled_until = max(self.stalled_until, at)

    def start(self) -> None:
        """A new engine, told what exists; what lives already is told by the restart."""
        self.engine = self.make_engine(self.plan.engine)
        for team in self.managers.teams.values():
            self.tell(TeamConfigured(team=team))
        for node in self.nodes:
            if len(self.nodes.all) > 1:
                self.tell(SwitchConfigured(switch_id=node.switch_id))
            if node.is_draining:
                self.tell(SwitchDrainChanged(switch_id=node.switch_id, is_draining=True))
        for trunk in self.plan.trunks:
            self.tell(TrunkConfigured(trunk=trunk))
            for node in self.nodes:
                if trunk.trunk_id in node.switch.trunks_down:
                    down = TrunkStateChanged(
                        trunk_id=trunk.trunk_id, is_up=False, switch_id=node.switch_id
                    )
                    self.tell(down)
        for campaign_id, campaign in self.campaigns.items():
            self.tell(CampaignConfigured(campaign=campaign.config))
            for ledger in campaign.ledgers:
                self._open_window(campaign_id, ledger, with_counts=True)
        for node in self.nodes:
            self.tell(SwitchConnected(is_new=False, switch_id=node.switch_id))

    def kill(self) -> None:
        """The engine is gone; so is every write that was not on disk."""
        self.engine = None
        self._process += 1
        self.callbacks.forget_process()

    def resume(self) -> None:
        """After a restart: dial on, or drain if that was asked for meanwhile."""
        for campaign_id in self.campaigns:
            if campaign_id not in self.managers.resting:
                self.tell(self._started(campaign_id))
        if self.is_drain_asked:
            self.tell(DrainRequested())
