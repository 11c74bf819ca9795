"""The people: agents who follow their screens, talk, wrap up, pause and leave."""

import enum
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dialer.engine.commands import PreviewLead, RecordAgentState, ShowLead
from dialer.engine.events import (
    AgentHungUp,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentPaused,
    AgentReadied,
    CallDisposed,
    Event,
    PreviewDialled,
)  # fmt: skip
from dialer.engine.ids import AgentId, CallId, CampaignId, LegId, TeamId
from dialer.engine.snapshot import Snapshot
from dialer.engine.states import AgentState
from dialer.simulation.agenda import Agenda
from dialer.simulation.laws import DurationLaw
from dialer.simulation.plan import AgentPlan, CampaignPlan, PeoplePlan
from dialer.simulation.streams import Streams
from dialer.simulation.switch_legs import AgentLeg, LeadLeg
from dialer.simulation.switch_model import SwitchModel

_PRESS_AGAIN_SECONDS = 2.0
"""A button that did nothing (the service is away) is pressed again after this."""
PREVIEW_SECONDS = (5.0, 25.0)
"""How long an agent reads a lead's record before they press dial, in preview mode."""
_LOOK_SECONDS = 15.0
"""How often an agent looks whether the screen says what they want it to say."""


@enum.unique
class Intention(enum.Enum):
    """What an agent means to be doing."""

    WORK = enum.auto()
    PAUSE = enum.auto()
    LEAVE = enum.auto()


@dataclass(slots=True)
class Person:
    """One agent, in front of a screen."""

    plan: AgentPlan
    intention: Intention = Intention.WORK
    screen: AgentState = AgentState.LOGGED_OUT
    shown_call: CallId | None = None
    """The call whose lead the screen shows."""
    campaign_id: CampaignId | None = None
    """Of the last conversation."""
    heard_machine: bool = False
    was_disposed: bool = False


class People:
    """All agents. `say` hands a person's event to the service and tells whether it was there."""

    def __init__(
        self,
        agenda: Agenda,
        plan: PeoplePlan,
        streams: Streams,
        agents: tuple[AgentPlan, ...],
        say: Callable[[Event], bool],
        *,
        campaigns: Mapping[CampaignId, CampaignPlan],
    ) -> None:
        self.agenda = agenda
        self.plan = plan
        self.say = say
        self.campaigns = campaigns
        self.persons: dict[AgentId, Person] = {a.agent_id: Person(a) for a in agents}
        self.teams: dict[AgentId, TeamId] = {a.agent_id: a.team_id for a in agents}
        """Whose they are by the store: managers move people while they work."""
        self.at_work = True
        """False once the shift is over: nobody begins a pause or comes back any more."""
        self._talks = streams.named("people.talk")
        self._wraps = streams.named("people.wrap_up")
        self._habits = streams.named("people.habits")
        self._breaks = streams.named("people.breaks")
        self._reactions = streams.named("people.reactions")
        self._machines = streams.named("leads.machines")
        self._previews = streams.named("people.previews")

    def begin(self) -> None:
        """Everybody arrives."""
        for person in self.persons.values():
            delay = self._reactions.uniform(0.0, self.plan.arrive_within_seconds)
            if person.plan.shifts:
                person.intention = Intention.LEAVE
                for begins_at, ends_at in person.plan.shifts:
                    self.agenda.at(begins_at + delay, self._come_back, person)
                    self.agenda.at(ends_at, self._go_home, person)
            else:
                self.agenda.after(delay, self._log_in, person)
            self._plan_break(person, self.plan.pauses_per_hour, self._pause)
            self._plan_break(person, self.plan.logouts_per_hour, self._leave)
            self.agenda.after(_LOOK_SECONDS + delay, self._look, person)

    # What the screen says, and what people do about it.

    def see(self, command: RecordAgentState | ShowLead | PreviewLead) -> None:
        """The screen changes."""
        person = self.persons[command.agent_id]
        if isinstance(command, PreviewLead):
            # They read, and press dial.
            self.agenda.after(self._previews.uniform(*PREVIEW_SECONDS), self._dial, person)
            return
        if isinstance(command, ShowLead):
            person.shown_call = command.call_id
            person.heard_machine = person.was_disposed = False
            return
        person.screen = command.new_state
        if command.new_state is AgentState.PAUSED:
            self.agenda.after(self._reactions.uniform(0.3, 1.5), self._want_calls, person)
        elif command.new_state is AgentState.WRAP_UP:
            self._plan_wrap_up(person)

    def _dial(self, person: Person) -> None:
        # Refused when the lead was taken back meanwhile, or no line is free: the timer decides.
        self.say(PreviewDialled(agent_id=person.plan.agent_id))

    def _want_calls(self, person: Person) -> None:
        if person.intention is Intention.WORK and person.screen is AgentState.PAUSED:
            self.say(AgentReadied(agent_id=person.plan.agent_id))

    def _look(self, person: Person) -> None:
        self.agenda.after(_LOOK_SECONDS, self._look, person)
        if person.intention is Intention.WORK:
            if person.screen is AgentState.LOGGED_OUT:
                self._log_in(person)
            else:
                self._want_calls(person)

    def _log_in(self, person: Person) -> None:
        if person.intention is Intention.WORK and person.screen is AgentState.LOGGED_OUT:
            plan = person.plan
            team_id = self.teams[plan.agent_id]
            event = AgentLoggedIn(agent_id=plan.agent_id, team_id=team_id, name=plan.name)
            self.say(event)

    def _plan_wrap_up(self, person: Person) -> None:
        if person.was_disposed or person.shown_call is None:
            return
        seconds = self._law(person, self.plan.wrap_up, "wrap_up").draw(self._wraps)
        if self.plan.undisposed_ratio and self._habits.random() < self.plan.undisposed_ratio:
            return
        self.agenda.after(seconds, self._dispose, person, person.shown_call)

    def _law(self, person: Person, common: DurationLaw, kind: str) -> DurationLaw:
        """The campaign's own law of talk or wrap-up times, where it has one."""
        if person.campaign_id is None:
            return common
        campaign = self.campaigns[person.campaign_id]
        own = campaign.talk if kind == "talk" else campaign.wrap_up
        return common if own is None else own

    def _dispose(self, person: Person, call_id: CallId) -> None:
        if person.shown_call != call_id or person.was_disposed:
            return
        event = CallDisposed(
            agent_id=person.plan.agent_id,
            call_id=call_id,
            disposition="machine" if person.heard_machine else "no_interest",
            is_machine=person.heard_machine,
        )
        person.was_disposed = self.say(event)

    def stranded(
        self, snapshot: Snapshot, has_leg: Callable[[LegId | None], bool]
    ) -> tuple[str, ...]:
        """Who means to work, but whom the engine has not ready on a leg that exists."""
        at_work = {
            agent.agent_id
            for agent in snapshot.agents
            if agent.state in (AgentState.READY, AgentState.WRAP_UP) and has_leg(agent.leg_id)
        }
        return tuple(
            person.plan.name
            for agent_id, person in self.persons.items()
            if person.intention is Intention.WORK and agent_id not in at_work
        )

    # Conversations.

    def talk(self, lead_leg: LeadLeg, agent_leg: AgentLeg, switch: SwitchModel) -> None:
        """A conversation begins: plan how long it lasts and who ends it."""
        person = self.persons[agent_leg.agent_id]
        plan = self.plan
        is_machine = plan.machine_ratio > 0 and self._machines.random() < plan.machine_ratio
        is_machine = is_machine or lead_leg.is_machine
        person.campaign_id = lead_leg.campaign_id
        law = plan.machine_talk if is_machine else self._law(person, plan.talk, "talk")
        seconds = law.draw(self._talks)
        lead_ends = self._talks.random() < plan.lead_hangs_up_ratio and not is_machine
        if is_machine:
            self.agenda.after(seconds / 2.0, self._notice_machine, person, lead_leg)
        if plan.early_disposed_ratio and self._habits.random() < plan.early_disposed_ratio:
            self.agenda.after(0.8 * seconds, self._dispose, person, lead_leg.call_id)
        if lead_ends:
            self.agenda.after(seconds, switch.lead_hangs_up, lead_leg)
        else:
            self.agenda.after(seconds, self._hang_up, person, lead_leg, agent_leg, switch)

    def _notice_machine(self, person: Person, lead_leg: LeadLeg) -> None:
        if person.shown_call == lead_leg.call_id:
            person.heard_machine = True

    def _hang_up(
        self, person: Person, lead_leg: LeadLeg, agent_leg: AgentLeg, switch: SwitchModel
    ) -> None:
        is_on = agent_leg.lead_leg is lead_leg and switch.leads.get(lead_leg.call_id) is lead_leg
        if not is_on or switch.agents.get(agent_leg.leg_id) is not agent_leg:
            return
        self.say(AgentHungUp(agent_id=person.plan.agent_id))
        self.agenda.after(_PRESS_AGAIN_SECONDS, self._hang_up, person, lead_leg, agent_leg, switch)

    # Breaks.

    def _plan_break(self, person: Person, per_hour: float, begin: Callable[[Person], None]) -> None:
        if per_hour > 0:
            self.agenda.after(self._wait(self._breaks, per_hour), begin, person)

    @staticmethod
    def _wait(stream: random.Random, per_hour: float) -> float:
        return stream.expovariate(per_hour / 3600.0)

    def _pause(self, person: Person) -> None:
        if self.at_work and person.intention is Intention.WORK:
            person.intention = Intention.PAUSE
            self.say(AgentPaused(agent_id=person.plan.agent_id, reason="break"))
            self.agenda.after(self.plan.pause.draw(self._breaks), self._come_back, person)
        self._plan_break(person, self.plan.pauses_per_hour, self._pause)

    def _leave(self, person: Person) -> None:
        if self.at_work and person.intention is Intention.WORK:
            person.intention = Intention.LEAVE
            self.say(AgentLoggedOut(agent_id=person.plan.agent_id))
            self.agenda.after(self.plan.absence.draw(self._breaks), self._come_back, person)
        self._plan_break(person, self.plan.logouts_per_hour, self._leave)

    def _go_home(self, person: Person) -> None:
        person.intention = Intention.LEAVE
        self.say(AgentLoggedOut(agent_id=person.plan.agent_id))

    def _come_back(self, person: Person) -> None:
        if not self._is_on_shift(person):
            return
        person.intention = Intention.WORK
        if person.screen is AgentState.LOGGED_OUT:
            self._log_in(person)
        else:
            self.say(AgentReadied(agent_id=person.plan.agent_id))

    def _is_on_shift(self, person: Person) -> bool:
        shifts, now = person.plan.shifts, self.agenda.now
        return not shifts or any(begins_at <= now < ends_at for begins_at, ends_at in shifts)
