"""Deliberately broken engines. Each breaks one rule, and one auditor must say so.

An auditor that lets its canary pass is decoration. Each canary wraps the real engine and tampers
with what goes in or comes out, now and then rather than always, as real bugs do.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from campaigns.outcomes import Outcome
from dialer.engine.commands import (
    Bridge,
    Command,
    Drained,
    Hangup,
    LeaseLeads,
    NailUp,
    Originate,
    PlayMessage,
    RecordAgentState,
    RecordCall,
    RecordCallback,
)  # fmt: skip
from dialer.engine.config import EngineConfig
from dialer.engine.engine import Engine
from dialer.engine.events import (
    CallAnswered,
    CallbackDue,
    CallParked,
    CallRinging,
    DrainRequested,
    Event,
    LeadsLeased,
    LedgerOpened,
    TeamConfigured,
    TrunkConfigured,
)  # fmt: skip
from dialer.engine.ids import CallId, LegId
from dialer.engine.snapshot import Snapshot
from dialer.engine.states import AgentState
from dialer.pacing.settings import DialMode
from dialer.simulation.ports import EngineLike, MakeEngine

Tamper = Callable[["Canary", float, list[Command]], list[Command]]


@dataclass(slots=True)
class Canary:
    """The real engine with one thing wrong."""

    engine: EngineLike
    before: Callable[[Event], Event | None] = lambda event: event
    """What the engine is told instead of this event; None to keep it from the engine."""
    after: Tamper = lambda canary, now, commands: commands
    """What comes out instead of these commands."""
    show: Callable[[Snapshot], Snapshot] = lambda snapshot: snapshot
    is_restless: bool = False
    """Asks to be woken at once, for ever."""
    count: int = 0
    now: float = 0.0
    notes: dict[str, object] = field(default_factory=dict)

    def handle(self, event: Event, *, now: float) -> list[Command]:
        """As the engine does, nearly."""
        self.now = now
        told = self.before(event)
        commands = self.engine.handle_deadline(now=now) if told is None else None
        if told is not None:
            commands = self.engine.handle(told, now=now)
        if isinstance(event, CallRinging):
            self.notes["ringing"] = (event.call_id, now)
        return self.after(self, now, list(commands or ()))

    def next_deadline(self) -> float | None:
        """As the engine does, nearly."""
        return self.now if self.is_restless else self.engine.next_deadline()

    def handle_deadline(self, *, now: float) -> list[Command]:
        """As the engine does, nearly."""
        self.now = now
        return self.after(self, now, list(self.engine.handle_deadline(now=now)))

    def snapshot(self, *, now: float) -> Snapshot:
        """As the engine does, nearly."""
        return self.show(self.engine.snapshot(now=now))

    def strikes(self, every: int) -> bool:
        """True at every so-manieth chance."""
        self.count += 1
        return self.count % every == 0


def _map(commands: list[Command], change: Callable[[Command], Command | None]) -> list[Command]:
    return [changed for c in commands if (changed := change(c)) is not None]


def _assign_twice(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Bridges a call to the leg of the agent who got the last one."""

    def change(command: Command) -> Command:
        if not isinstance(command, Bridge):
            return command
        last = canary.notes.get("leg")
        canary.notes["leg"] = command.leg_id
        if last is not None and canary.strikes(3):
            assert isinstance(last, str)
            return Bridge(call_id=command.call_id, leg_id=LegId(last))
        return command

    return _map(commands, change)


def _dial_twice(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Originates the same lead a second time under another id."""
    more: list[Command] = []
    for command in commands:
        more.append(command)
        if isinstance(command, Originate) and canary.strikes(10):
            call_id = CallId(f"{command.lead.call_id}-again")
            more.append(replace(command, lead=replace(command.lead, call_id=call_id)))
    return more


def _dial_unleased(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Dials a lead that was given back long ago."""

    def change(command: Command) -> Command:
        if isinstance(command, Originate):
            first = canary.notes.setdefault("lead", command.lead)
            if canary.strikes(15) and first is not command.lead:
                return replace(command, lead=first)  # type: ignore[arg-type]
        return command

    return _map(commands, change)


def _hide_abandonment(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Records an abandoned call as one that was not."""

    def change(command: Command) -> Command:
        if isinstance(command, RecordCall) and command.is_abandoned:
            return replace(command, is_abandoned=False)
        return command

    return _map(commands, change)


def _flatter_times(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Records the answer half a second late, so that the agent seems to have been quicker."""

    def change(command: Command) -> Command:
        if isinstance(command, RecordCall) and command.answered_at is not None:
            return replace(command, answered_at=command.answered_at + 0.5)
        return command

    return _map(commands, change)


def _off_by_one(snapshot: Snapshot) -> Snapshot:
    """Counts one live answer too many once there are three, which lowers the ratio."""
    campaigns = tuple(
        replace(
            campaign,
            ledgers=tuple(
                replace(w, live_answers=w.live_answers + (w.live_answers >= 3))
                for w in campaign.ledgers
            ),
        )
        for campaign in snapshot.campaigns
    )
    return replace(snapshot, campaigns=campaigns)


def _forget_outcome(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Loses the record of an unanswered call."""

    def change(command: Command) -> Command | None:
        is_it = isinstance(command, RecordCall) and command.answered_at is None
        return None if is_it and canary.strikes(6) else command

    return _map(commands, change)


def _second_story(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Records a call again with another outcome."""
    more: list[Command] = []
    for command in commands:
        more.append(command)
        if isinstance(command, RecordCall) and canary.strikes(6):
            more.append(replace(command, outcome=Outcome.FAILED))
    return more


def _forget_promise(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Does not say how promises ended."""
    return [c for c in commands if not isinstance(c, RecordCallback)]


def _early_promise(event: Event) -> Event:
    """Takes every promise as due a minute earlier."""
    if isinstance(event, CallbackDue):
        promise = replace(event.promise, due_at=event.promise.due_at - 60.0)
        return replace(event, promise=promise)
    return event


def _leave_in_silence(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Never plays the message."""
    return [c for c in commands if not isinstance(c, PlayMessage)]


def _forget_bridge(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Loses a bridge command, as if it had been said."""

    def change(command: Command) -> Command | None:
        return None if isinstance(command, Bridge) else command

    return _map(commands, change)


def _cancel_early(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Cancels a call that has rung for three seconds."""
    note = canary.notes.get("ringing")
    if isinstance(note, tuple) and now - note[1] > 3.0:
        del canary.notes["ringing"]
        return [*commands, Hangup(call_id=note[0], cause="ORIGINATOR_CANCEL")]
    return commands


def _nail_up_once(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Does not call an agent's phone a second time."""

    def change(command: Command) -> Command | None:
        if not isinstance(command, NailUp):
            return command
        key = f"nailed-{command.agent_id}"
        return None if canary.notes.setdefault(key, command) is not command else command

    return _map(commands, change)


def _never_drained(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    return [c for c in commands if not isinstance(c, Drained)]


def _drained_too_soon(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Says so as soon as it is asked."""
    if canary.notes.pop("drain", False):
        return [*commands, Drained()]
    return commands


def _greedy(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Leases a hundred times what it needs."""

    def change(command: Command) -> Command:
        if isinstance(command, LeaseLeads):
            return replace(command, count=100 * command.count)
        return command

    return _map(commands, change)


def _skip_wrap_up(canary: Canary, now: float, commands: list[Command]) -> list[Command]:
    """Does not say when agents begin to wrap up."""

    def change(command: Command) -> Command | None:
        is_it = isinstance(command, RecordAgentState) and (command.new_state is AgentState.WRAP_UP)
        return None if is_it else command

    return _map(commands, change)


def _any_hour(config: EngineConfig) -> Canary:
    """Takes every lead as callable for ever."""
    hours: dict[CallId, float] = {}

    def before(event: Event) -> Event:
        if not isinstance(event, LeadsLeased):
            return event
        for lead in event.leads:
            hours[lead.call_id] = lead.callable_until
        endless = tuple(replace(lead, callable_until=float("inf")) for lead in event.leads)
        return replace(event, leads=endless)

    def restore(command: Command) -> Command:
        if isinstance(command, Originate):
            lead = command.lead
            return replace(command, lead=replace(lead, callable_until=hours[lead.call_id]))
        return command

    return Canary(
        Engine(config), before=before, after=lambda canary, now, commands: _map(commands, restore)
    )


def _told(change: Callable[[Event], Event | None]) -> MakeEngine:
    return lambda config: Canary(Engine(config), before=change)


def _said(change: Tamper) -> MakeEngine:
    return lambda config: Canary(Engine(config), after=change)


def _too_many(event: Event) -> Event:
    """Four lines for each ready agent, and every ledger bears anything."""
    if isinstance(event, TeamConfigured):
        pacing = replace(event.team.pacing, mode=DialMode.RATIO, ratio=4.0)
        return replace(event, team=replace(event.team, pacing=pacing))
    if isinstance(event, LedgerOpened):
        return replace(event, limit_ratio=1.0)
    return event


def _hurried(change: Tamper) -> MakeEngine:
    """With so many calls that some are abandoned in any world."""
    return lambda config: Canary(Engine(config), before=_too_many, after=change)


def _blind(config: EngineConfig) -> Canary:
    """Loses its list of available agents whenever a call is answered."""
    engine = Engine(config)

    def before(event: Event) -> Event:
        if isinstance(event, CallAnswered | CallParked):
            for team in engine._floor.teams.values():
                team.available.clear()
        return event

    return Canary(engine, before=before)


def _without_marks(event: Event) -> Event:
    """Takes every lead as one that may be overdialled."""
    if isinstance(event, LeadsLeased):
        leads = tuple(replace(lead, covered_only=False) for lead in event.leads)
        return replace(event, leads=leads)
    return _too_many(event)


def _disloyal(event: Event) -> Event:
    """Takes every promise as one of the whole team, and so keeps no agent for it."""
    if isinstance(event, CallbackDue):
        return replace(event, promise=replace(event.promise, agent_id=None))
    return event


def _endless_lines(event: Event) -> Event:
    if isinstance(event, TrunkConfigured):
        return replace(event, trunk=replace(event.trunk, channels_max=1000))
    return event


def _deaf_to_draining(event: Event) -> Event | None:
    return None if isinstance(event, DrainRequested) else event


def _early_drain(config: EngineConfig) -> Canary:
    canary = Canary(Engine(config), after=_drained_too_soon)

    def before(event: Event) -> Event:
        if isinstance(event, DrainRequested):
            canary.notes["drain"] = True
        return event

    canary.before = before
    return canary


def _marks_lost(config: EngineConfig) -> Canary:
    """Forgets which leads need a ready agent, and dials with many lines."""
    marked: dict[CallId, bool] = {}

    def before(event: Event) -> Event:
        if isinstance(event, LeadsLeased):
            marked.update((lead.call_id, lead.covered_only) for lead in event.leads)
        return _without_marks(event)

    def restore(command: Command) -> Command:
        if isinstance(command, Originate):
            lead = command.lead
            mark = marked.get(lead.call_id, False)
            return replace(command, lead=replace(lead, covered_only=mark))
        return command

    return Canary(
        Engine(config), before=before, after=lambda canary, now, commands: _map(commands, restore)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySpecies:
    """One kind of broken engine, and the auditors of whom one must catch it."""

    name: str
    make: MakeEngine
    caught_by: tuple[str, ...]
    is_write_ahead: bool = True
    """False: the engine is whole, and the world around it sends before it has written."""


SPECIES: tuple[CanarySpecies, ...] = (
    CanarySpecies(
        name="originates_before_writing",
        make=Engine,
        caught_by=("on_disk_first",),
        is_write_ahead=False,
    ),
    CanarySpecies(
        name="dials_a_number_twice", make=_said(_dial_twice), caught_by=("numbers_once",)
    ),
    CanarySpecies(
        name="dials_without_a_lease",
        make=_said(_dial_unleased),
        caught_by=("numbers_once", "hopper_bounded"),
    ),
    CanarySpecies(
        name="assigns_an_agent_twice",
        make=_said(_assign_twice),
        caught_by=("one_call_per_agent",),
    ),
    CanarySpecies(name="sees_no_agent", make=_blind, caught_by=("no_agent_idle",)),
    CanarySpecies(name="hides_wrap_up", make=_said(_skip_wrap_up), caught_by=("agent_time",)),
    CanarySpecies(
        name="leaves_answers_in_silence",
        make=_hurried(_leave_in_silence),
        caught_by=("never_in_silence",),
    ),
    CanarySpecies(
        name="forgets_to_bridge", make=_said(_forget_bridge), caught_by=("never_in_silence",)
    ),
    CanarySpecies(
        name="hides_abandonment", make=_hurried(_hide_abandonment), caught_by=("true_records",)
    ),
    CanarySpecies(name="flatters_times", make=_said(_flatter_times), caught_by=("true_records",)),
    CanarySpecies(
        name="counts_one_answer_too_many",
        make=lambda config: Canary(Engine(config), show=_off_by_one),
        caught_by=("ledgers_recounted",),
    ),
    CanarySpecies(
        name="forgets_an_outcome", make=_said(_forget_outcome), caught_by=("one_outcome",)
    ),
    CanarySpecies(name="tells_two_stories", make=_said(_second_story), caught_by=("one_outcome",)),
    CanarySpecies(name="ignores_the_wall", make=_told(_too_many), caught_by=("strict_wall",)),
    CanarySpecies(name="ignores_calling_hours", make=_any_hour, caught_by=("calling_hours",)),
    CanarySpecies(name="cancels_early", make=_said(_cancel_early), caught_by=("ringing_time",)),
    CanarySpecies(
        name="launches_while_draining",
        make=_told(_deaf_to_draining),
        caught_by=("launches_allowed",),
    ),
    CanarySpecies(name="counts_no_lines", make=_told(_endless_lines), caught_by=("trunk_limits",)),
    CanarySpecies(name="leases_too_much", make=_said(_greedy), caught_by=("hopper_bounded",)),
    CanarySpecies(
        name="forgets_promises", make=_said(_forget_promise), caught_by=("callbacks_once",)
    ),
    CanarySpecies(
        name="calls_too_early", make=_told(_early_promise), caught_by=("callbacks_once",)
    ),
    CanarySpecies(
        name="overdials_covered_leads",
        make=_marks_lost,
        caught_by=("covered_leads",),
    ),
    CanarySpecies(
        name="keeps_no_agent_free", make=_told(_disloyal), caught_by=("promised_agents",)
    ),
    CanarySpecies(
        name="calls_no_agent_again", make=_said(_nail_up_once), caught_by=("all_drained",)
    ),
    CanarySpecies(name="never_drained", make=_said(_never_drained), caught_by=("all_drained",)),
    CanarySpecies(
        name="drained_too_soon", make=_early_drain, caught_by=("one_outcome", "all_drained")
    ),
    CanarySpecies(
        name="asks_to_be_woken_for_ever",
        make=lambda config: Canary(Engine(config), is_restless=True),
        caught_by=("headway",),
    ),
)
"""At least one for each auditor."""
