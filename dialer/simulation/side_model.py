"""What a switch does during a call: music on hold, legs beside the two that talk, recordings.

The model is of one switch. Gaps between order and event are those measured on 1.10.12: an agent's
leg parks a frame or two after the lead was sent away, and a bridge takes 40 to 60 ms.
"""

from collections.abc import Callable
from dataclasses import dataclass

from campaigns.outcomes import Outcome
from dialer.engine.events import KeyPressed
from dialer.engine.ids import CallId, LegId
from dialer.engine.in_call_commands import (
    BridgeOutside,
    CallOutside,
    CallSupervisor,
    HangupSideLeg,
    HoldLead,
    InCallOrder,
    LeadSound,
    PlayToLead,
    StartRecording,
    StopRecording,
    TryPhone,
)
from dialer.engine.in_call_events import (
    RecordingStopped,
    SideLegBridged,
    SideLegEnded,
    SideLegUp,
)
from dialer.simulation.streams import Streams
from dialer.simulation.switch_legs import AgentLegState, LeadLeg, LeadLegState
from dialer.simulation.switch_model import SwitchModel

_ANSWERS_RATIO = 0.7
"""Share of outside numbers that answer; the others are busy or ring out."""
_CONSENTS_RATIO = 0.5
_CONSENT_KEY = "1"
_TRY_SECONDS = 20.0


@dataclass(slots=True)
class SideLeg:
    """One leg beside."""

    leg_id: LegId
    call_id: CallId | None = None
    """For an outside leg: the call it is for."""
    target: LegId | None = None
    """For one that listens: the agent's leg."""
    is_up: bool = False
    has_lead: bool = False


class SideModel:
    """All of it, on one switch."""

    def __init__(self, switch: SwitchModel, streams: Streams) -> None:
        self.switch = switch
        self.legs: dict[LegId, SideLeg] = {}
        self.files: dict[str, tuple[CallId, float]] = {}
        self._dice = streams.named("switch.sides")
        switch.beside = self

    def carry_out(self, command: InCallOrder) -> None:
        """One order; those without a visible effect are passed over."""
        match command:
            case HoldLead(call_id=call_id, leg_id=leg_id):
                self._hold(call_id, leg_id)
            case StartRecording(call_id=call_id, file_id=file_id):
                if call_id in self.switch.leads:
                    self.files[file_id] = (call_id, self.switch.agenda.now)
            case StopRecording(file_id=file_id):
                self._stop(file_id)
            case PlayToLead(call_id=call_id, sound=LeadSound.CONSENT):
                if self._dice.random() < _CONSENTS_RATIO:
                    self._later(self._dice.uniform(1.0, 20.0), self._consent, call_id)
            case _:
                self._carry_out_beside(command)

    def _carry_out_beside(self, command: InCallOrder) -> None:
        match command:
            case CallOutside(leg_id=leg_id, call_id=call_id, three_way_with=target):
                ring = self._dice.uniform(0.5, 8.0)
                self._place(SideLeg(leg_id, call_id=call_id, target=target), ring)
            case CallSupervisor(leg_id=leg_id, target_leg_id=target):
                self._place(SideLeg(leg_id, target=target), self._dice.uniform(0.3, 3.0))
            case TryPhone(leg_id=leg_id):
                self._place(SideLeg(leg_id), 1.0)
                self._later(_TRY_SECONDS, self._end, leg_id)
            case BridgeOutside():
                self._bridge(command)
            case HangupSideLeg(leg_id=leg_id):
                if leg_id in self.legs:
                    self._end(leg_id)
                else:
                    self.switch.hooks.emit(SideLegEnded(leg_id=leg_id, cause="LOST"))
            case _:
                pass

    def _later(self, seconds: float, action: Callable[..., None], *args: object) -> None:
        self.switch.agenda.after(seconds, action, *args)

    def _consent(self, call_id: CallId) -> None:
        if call_id in self.switch.leads:
            self.switch.hooks.emit(KeyPressed(call_id=call_id, key=_CONSENT_KEY))

    # Hold.

    def _hold(self, call_id: CallId, leg_id: LegId | None) -> None:
        lead = self.switch.leads.get(call_id)
        if lead is None:
            return
        self._leave_agent(lead)
        lead.state, lead.held_by = LeadLegState.HELD, leg_id

    def _leave_agent(self, lead: LeadLeg) -> None:
        agent, lead.agent_leg = lead.agent_leg, None
        if agent is None or agent.lead_leg is not lead:
            return
        if agent.state in (AgentLegState.BRIDGED, AgentLegState.BRIDGING):
            self.switch.free_agent(agent)
        else:
            agent.lead_leg = None

    # Legs beside.

    def _place(self, leg: SideLeg, ring_seconds: float) -> None:
        self.legs[leg.leg_id] = leg
        is_outside = leg.call_id is not None
        if is_outside and self._dice.random() >= _ANSWERS_RATIO:
            self._later(ring_seconds, self._end, leg.leg_id)
            return
        self._later(ring_seconds, self._answer, leg)
        self._later(ring_seconds + self._dice.uniform(5.0, 90.0), self._end, leg.leg_id)

    def _answer(self, leg: SideLeg) -> None:
        if self.legs.get(leg.leg_id) is not leg:
            return
        if leg.target is not None and leg.target not in self.switch.agents:
            self._end(leg.leg_id)
            return
        leg.is_up = True
        self.switch.hooks.emit(SideLegUp(leg_id=leg.leg_id))

    def _bridge(self, command: BridgeOutside) -> None:
        leg, lead = self.legs.get(command.leg_id), self.switch.leads.get(command.call_id)
        if leg is None or lead is None:
            if leg is not None:
                self._end(leg.leg_id)
            else:
                self.switch.hooks.emit(SideLegEnded(leg_id=command.leg_id, cause="LOST"))
            return
        self._leave_agent(lead)
        lead.state, lead.held_by = LeadLegState.OUTSIDE, None
        leg.has_lead = True
        self._later(self._dice.uniform(0.03, 0.07), self._bridged, leg, lead)

    def _bridged(self, leg: SideLeg, lead: LeadLeg) -> None:
        is_there = self.legs.get(leg.leg_id) is leg and lead.state is LeadLegState.OUTSIDE
        if is_there and self.switch.leads.get(lead.call_id) is lead:
            self.switch.hooks.emit(SideLegBridged(call_id=lead.call_id, leg_id=leg.leg_id))

    def _end(self, leg_id: LegId) -> None:
        leg = self.legs.pop(leg_id, None)
        if leg is None:
            return
        self.switch.hooks.emit(SideLegEnded(leg_id=leg_id, cause="NORMAL_CLEARING"))
        lead = self.switch.leads.get(leg.call_id) if leg.call_id is not None else None
        if leg.has_lead and lead is not None and lead.state is LeadLegState.OUTSIDE:
            self.switch.end_lead(lead, Outcome.FAILED, "NORMAL_CLEARING")

    # What the switch tells.

    def has(self, leg_id: LegId) -> bool:
        """Whether this leg exists."""
        return leg_id in self.legs

    def lead_ended(self, call_id: CallId) -> None:
        """A lead's leg is gone: its recording ends, and the outside leg it was bridged to."""
        for file_id in [one for one, (call, _) in self.files.items() if call == call_id]:
            self._stop(file_id)
        for leg in [one for one in self.legs.values() if one.call_id == call_id and one.has_lead]:
            self._end(leg.leg_id)

    def agent_leg_ended(self, leg_id: LegId) -> None:
        """An agent's leg is gone: whoever listened to it has nothing to hear."""
        for leg in [one for one in self.legs.values() if one.target == leg_id]:
            if not leg.has_lead:
                self._end(leg.leg_id)

    def die(self) -> None:
        """The switch's process ends, and nobody says so."""
        self.legs.clear()
        self.files.clear()

    def _stop(self, file_id: str) -> None:
        found = self.files.pop(file_id, None)
        if found is not None:
            seconds = self.switch.agenda.now - found[1]
            self.switch.hooks.emit(RecordingStopped(file_id=file_id, seconds=seconds))
