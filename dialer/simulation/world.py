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
    ShowMessage,
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
    CallDisposed,
    CampaignConfigured,
    CampaignStarted,
    DrainRequested,
    Event,
    HopperLead,
    PreviewDialled,
    SwitchConfigured,
    SwitchConnected,
    SwitchDrainChanged,
    TeamConfigured,
    TrunkConfigured,
    TrunkStateChanged,
)  # fmt: skip
from dialer.engine.ids import CallId, CampaignId, LegId, SwitchId
from dialer.engine.in_call_commands import DoByKeys, InCallCommand, RecordRecording
from dialer.engine.in_call_events import InCallEvent
from dialer.engine.supervision_events import SupervisionEvent
from dialer.errors import IllegalTransition
from dialer.simulation.accidents import Accidents, Ground
from dialer.simulation.agenda import Agenda
from dialer.simulation.busy_people import BusyPeople
from dialer.simulation.callback_desk import CallbackDesk
from dialer.simulation.callers import Callers
from dialer.simulation.facts import Fact
from dialer.simulation.faults import Faults
from dialer.simulation.laws import AnswerLaw
from dialer.simulation.link import Link
from dialer.simulation.managers import Managers
from dialer.simulation.nodes import SwitchNode, SwitchNodes
from dialer.simulation.people import People
from dialer.simulation.plan import CampaignPlan, WorldPlan
from dialer.simulation.ports import EngineLike, LastLook, MakeEngine, Observer, Violation
from dialer.simulation.side_model import SideModel
from dialer.simulation.store_desk import StoreDesk, StoreHooks
from dialer.simulation.store_model import StoreModel
from dialer.simulation.streams import Streams
from dialer.simulation.switch_legs import AgentLeg, LeadLeg
from dialer.simulation.switch_model import SwitchHooks, SwitchModel
from dialer.simulation.switch_orders import SwitchOrders

_WISHES = (
    AgentLoggedIn, AgentReadied, AgentPaused, AgentLoggedOut, AgentHungUp, CallDisposed,
    *get_args(InCallEvent), *get_args(SupervisionEvent),
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
        self.managers = Managers(self.agenda, plan, streams, self.people, self.tell)
        self.engine: EngineLike | None = None
        self.is_drained = False
        self.is_drain_asked = False
        self.is_write_ahead = True
        """False breaks law 2, to see whether anybody notices."""
        self.legs_minted = 0
        self.finished_at: float | None = None
        """When the plan's goal was reached."""
        self.on_finished: Callable[[float], None] = lambda at: None
        self.leads_left_at_end = 0
        """Leads still to be called when the hours were over."""
        self.leads_never_called_at_end = 0
        self.orders = SwitchOrders(self.nodes, streams.named("switch.agent_legs"))
        self.desk = StoreDesk(
            self.agenda,
            plan.store,
            streams,
            self.store,
            StoreHooks(
                tell=self.tell, note=self.note, written=self._written, settled=self._settled
            ),
            faults=self.faults,
            callbacks=self.callbacks,
            campaigns=self.campaigns,
        )

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
        self._run_until(max(self.agenda.now, self.desk.stalled_until) + _SETTLE_SECONDS)
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
                    self.orders.place(command)
                self.desk.write(command)
            case LeaseLeads() | OpenLedger():
                self.desk.ask(command)
            case (
                Reroute() | Bridge() | Hangup() | PlayMessage() | ParkLeg() | HangupLeg() | Survey()
                | AwaitBeep() | AskQuestion() | HoldReturn()
            ):  # fmt: skip
                self.orders.order(command, now=self.agenda.now)
            case NailUp():
                self._nail_up(command)
            case ShowLead() | PreviewLead():
                self.people.see(command)
            case (
                RecordDisposition() | NoteDecision() | NoteRestored()
                | ClosePreview() | RecordAnswer() | RecordOptOut() | RecordSurveyAnswer()
                | RecordReturn() | ShowMessage()
            ):  # fmt: skip
                pass
            case Drained():
                self.is_drained = True

    def _execute_in_call(self, command: InCallCommand) -> None:
        match command:
            case DoByKeys():
                self.desk.soon(self.busy.do_by_keys, command)
            case RecordRecording():
                pass
            case _:
                self.orders.beside(command)

    def _nail_up(self, command: NailUp) -> None:
        self.legs_minted += 1
        leg_id = LegId(f"{self.seed & 0xFFFFFFFF:08x}-0000-4000-9000-{self.legs_minted:012x}")
        self.desk.soon(self.tell, AgentLegOriginated(agent_id=command.agent_id, leg_id=leg_id))
        self.orders.nail_up(command, leg_id)

    def _written(self, command: Originate) -> None:
        if self.is_write_ahead:
            self.orders.place(command)

    def _settled(self) -> None:
        goal = self.plan.goal
        if goal is not None and self.finished_at is None and self.store.has_reached(goal):
            self.finished_at = self.agenda.now
            self.on_finished(self.agenda.now)

    # The process.

    def stall_until(self, at: float) -> None:
        """The database answers nobody before that instant."""
        self.desk.stall_until(at)

    def note_settled(self, call_id: CallId, outcome: Outcome, *, by_restart: bool) -> None:
        """Tell the auditors that an outcome is on disk."""
        self.desk.note_settled(call_id, outcome, by_restart=by_restart)

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
            self.desk.open_windows(campaign_id)
        for node in self.nodes:
            self.tell(SwitchConnected(is_new=False, switch_id=node.switch_id))

    def kill(self) -> None:
        """The engine is gone; so is every write that was not on disk."""
        self.engine = None
        self.desk.forget_process()

    def resume(self) -> None:
        """After a restart: dial on, or drain if that was asked for meanwhile."""
        for campaign_id in self.campaigns:
            if campaign_id not in self.managers.resting:
                self.tell(self._started(campaign_id))
        if self.is_drain_asked:
            self.tell(DrainRequested())
