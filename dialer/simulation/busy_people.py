"""Agents and supervisors who do things during calls: hold, hand over, call outside, listen."""

from collections.abc import Callable
from itertools import count

from dialer.engine.events import AgentHungUp, AgentLoggedOut, AgentPaused, AgentReadied, Event
from dialer.engine.ids import E164, AgentId, CallId, LegId
from dialer.engine.in_call_commands import DoByKeys, KeyMeaning
from dialer.engine.in_call_events import (
    CallHandedOver,
    KeysSent,
    LeadHeld,
    LeadKept,
    LeadTakenBack,
    LegKeyPressed,
    OutsideCalled,
    OutsideDropped,
    OutsidePurpose,
    OutsideTakesOver,
    RecordingAsked,
    RecordingMasked,
    SupervisorAsked,
    SupervisorLeft,
    SupervisorMode,
)
from dialer.simulation.agenda import Agenda
from dialer.simulation.plan import AgentPlan, InCallPlan
from dialer.simulation.streams import Streams
from dialer.simulation.switch_legs import AgentLeg, LeadLeg
from dialer.simulation.switch_model import SwitchModel

_AGAIN_SECONDS = 2.0
"""A lead on hold whom nothing brings back is asked for again after this."""
_PATIENT_SECONDS = 60.0
"""As long as any outage of a link lasts."""
_OUTSIDE = E164("+12025550177")


class BusyPeople:
    """Told of every conversation that begins. `say` tells whether a wish was granted."""

    def __init__(
        self,
        agenda: Agenda,
        plan: InCallPlan,
        streams: Streams,
        agents: tuple[AgentPlan, ...],
        say: Callable[[Event], bool],
    ) -> None:
        self.agenda = agenda
        self.plan = plan
        self.agents = agents
        self.say = say
        self._dice = streams.named("people.in_call")
        self._legs = count(1)

    def talk(self, lead_leg: LeadLeg, agent_leg: AgentLeg, switch: SwitchModel) -> None:
        """A conversation begins, or goes on after hold."""
        agent_id = agent_leg.agent_id
        if self._dice.random() < self.plan.holds_ratio:
            self._after(10.0, self._hold, agent_id, lead_leg.call_id, switch)
        if self._dice.random() < self.plan.transfers_ratio:
            self._after(15.0, self._hand_over, agent_id)
        if self._dice.random() < self.plan.outside_ratio:
            self._after(10.0, self._call_outside, agent_id)
        if self._dice.random() < self.plan.masks_ratio:
            self._after(8.0, self._talk_of_cards, agent_id)
        if self._dice.random() < self.plan.supervisors_ratio:
            self._after(8.0, self._listen, agent_id)
        if self._dice.random() < self.plan.keys_ratio:
            self._after(20.0, self._press, agent_leg.leg_id)

    def do_by_keys(self, command: DoByKeys) -> None:
        """What the runtime makes of keys, as far as a world without dispositions can tell."""
        agent_id = command.agent_id
        match command.meaning:
            case KeyMeaning.READY:
                self.say(AgentReadied(agent_id=agent_id))
            case KeyMeaning.PAUSE:
                self.say(AgentPaused(agent_id=agent_id, reason="keys"))
                self._after(20.0, self._ready, agent_id)
            case KeyMeaning.HANG_UP:
                self.say(AgentHungUp(agent_id=agent_id))
            case KeyMeaning.LOG_OUT:
                self.say(AgentLoggedOut(agent_id=agent_id))
            case _:
                pass

    def _after(self, seconds_max: float, action: Callable[..., None], *args: object) -> None:
        self.agenda.after(self._dice.uniform(0.05, seconds_max), action, *args)

    def _ready(self, agent_id: AgentId) -> None:
        self.say(AgentReadied(agent_id=agent_id))

    def _hold(self, agent_id: AgentId, call_id: CallId, switch: SwitchModel) -> None:
        lead = switch.leads.get(call_id)
        talks_with = lead.agent_leg if lead is not None else None
        if talks_with is None or talks_with.agent_id != agent_id:
            # The wish names no call: said now it would put the next lead on hold, whom this
            # person does not know to be there and would never take back.
            return
        if self.say(LeadHeld(agent_id=agent_id)):
            since = self.agenda.now
            self._after(12.0, self._take_back, agent_id, call_id, switch, since)

    def _take_back(
        self, agent_id: AgentId, call_id: CallId, switch: SwitchModel, since: float
    ) -> None:
        """Ask until it is granted, or until the lead is gone or somewhere else."""
        lead = switch.leads.get(call_id)
        # An order that is late or under way has not reached the switch yet.
        is_over = self.agenda.now - since > _PATIENT_SECONDS
        if lead is None or (lead.held_by is None and is_over):
            return
        self.say(LeadTakenBack(agent_id=agent_id))
        again = (agent_id, call_id, switch, since)
        self.agenda.after(_AGAIN_SECONDS, self._take_back, *again)

    def _hand_over(self, agent_id: AgentId) -> None:
        to = self._dice.choice(self.agents)
        if self._dice.random() < 0.5:
            self.say(CallHandedOver(agent_id=agent_id, to_agent=to.agent_id))
        else:
            self.say(CallHandedOver(agent_id=agent_id, to_team=to.team_id))
        if self._dice.random() < 0.2:
            self._after(5.0, self._say, LeadKept(agent_id=agent_id))

    def _call_outside(self, agent_id: AgentId) -> None:
        purpose = self._dice.choice(list(OutsidePurpose))
        event = OutsideCalled(
            agent_id=agent_id, leg_id=self._mint(), number=_OUTSIDE, purpose=purpose
        )
        if self.say(event) and purpose is OutsidePurpose.THREE_WAY:
            end = OutsideTakesOver if self._dice.random() < 0.5 else OutsideDropped
            self._after(20.0, self._say, end(agent_id=agent_id))

    def _talk_of_cards(self, agent_id: AgentId) -> None:
        self.say(KeysSent(agent_id=agent_id, keys="1"))
        if self.say(RecordingMasked(agent_id=agent_id, is_masked=True)):
            self._after(10.0, self._say, RecordingMasked(agent_id=agent_id, is_masked=False))
        else:
            self.say(RecordingAsked(agent_id=agent_id, is_on=True))

    def _listen(self, agent_id: AgentId) -> None:
        extension = f"19{self._dice.randrange(3):02d}"
        mode = self._dice.choice(list(SupervisorMode))
        event = SupervisorAsked(
            agent_id=agent_id, leg_id=self._mint(), extension=extension, mode=mode
        )
        if self.say(event):
            self._after(40.0, self._say, SupervisorLeft(extension=extension))

    def _press(self, leg_id: LegId) -> None:
        for key in self._dice.choice(("**", "1", "22", "31#", "5", "*", "430#")):
            self.say(LegKeyPressed(leg_id=leg_id, key=key))

    def _say(self, event: Event) -> None:
        self.say(event)

    def _mint(self) -> LegId:
        return LegId(f"5ide0000-0000-4000-a000-{next(self._legs):012x}")
