"""FreeSWITCH 1.10.12 as the dialer sees it: lead legs, nailed-up agent legs, and bridges.

The order of events and the gaps between them follow switch_ivr_originate.c and switch_ivr_bridge.c
(agent first, with park_after_bridge and uuid_bridge_park_on_cancel on the agent's leg).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from campaigns.outcomes import Outcome
from dialer.engine.commands import AskQuestion, AwaitBeep, Bridge, Originate, Reroute, Survey
from dialer.engine.config import OnAbandon
from dialer.engine.events import (
    AgentLegEnded,
    AgentParked,
    BeepHeard,
    BridgeRefused,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallParked,
    CallRinging,
    CallScreened,
    Event,
    HopperLead,
    KeyPressed,
    QuestionUnanswered,
    SurveyAnswered,
)  # fmt: skip
from dialer.engine.ids import AgentId, CallId, CampaignId, LegId, TrunkId
from dialer.simulation.agenda import Agenda
from dialer.simulation.facts import (
    CallAlerted,
    CallGone,
    CallPickedUp,
    CallPlaced,
    ConversationStolen,
    Fact,
    LegsJoined,
)  # fmt: skip
from dialer.simulation.greetings import Greetings
from dialer.simulation.laws import AnswerLaw, DurationLaw
from dialer.simulation.plan import NetworkPlan
from dialer.simulation.streams import Streams
from dialer.simulation.switch_legs import AgentLeg, AgentLegState, LeadLeg, LeadLegState

_REDRAWS_MAX = 20
"""A law whose answers come within the ring time but once in twenty is cut instead of redrawn."""


class Beside(Protocol):
    """What is on the switch beside leads' and agents' legs."""

    def has(self, leg_id: LegId) -> bool: ...

    def lead_ended(self, call_id: CallId) -> None: ...

    def agent_leg_ended(self, leg_id: LegId) -> None: ...

    def die(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchHooks:
    """Whom the switch tells what."""

    emit: Callable[[Event], None]
    """An event for the engine leaves the switch."""
    note: Callable[[Fact], None]
    """Something truly happened."""
    joined: Callable[[LeadLeg, AgentLeg], None]
    """A conversation begins."""
    answer_law: Callable[[HopperLead], AnswerLaw]


class SwitchModel:
    """All legs of one switch."""

    def __init__(
        self,
        agenda: Agenda,
        plan: NetworkPlan,
        streams: Streams,
        hooks: SwitchHooks,
        *,
        patience: DurationLaw | None = None,
        stuck_bridge: Callable[[], bool] = lambda: False,
    ) -> None:
        self.agenda = agenda
        self.plan = plan
        self.hooks = hooks
        self.patience = patience
        self.stuck_bridge = stuck_bridge
        """Whether this bridge leaves the agent's leg stuck half-way."""
        self.start_at = agenda.now
        self.leads: dict[CallId, LeadLeg] = {}
        self.agents: dict[LegId, AgentLeg] = {}
        self.trunks_down: set[TrunkId] = set()
        self.beside: Beside | None = None
        self._fates = streams.named("network.fates")
        self._times = streams.named("network.times")
        self._bridges = streams.named("switch.bridges")
        self._patience = streams.named("leads.patience")
        self._greetings = Greetings(plan.greetings, streams)

    # A leg of somebody who calls us.

    def call_in(self, call_id: CallId, campaign_id: CampaignId) -> LeadLeg:
        """Somebody calls; the dialplan answers and parks them."""
        leg = LeadLeg(
            call_id,
            campaign_id,
            TrunkId("inbound"),
            state=LeadLegState.PARKED,
            answered_at=self.agenda.now,
        )
        self.leads[call_id] = leg
        return leg

    def hears_somebody(self, leg: LeadLeg) -> bool:
        """True while an agent talks with them, or is about to."""
        return leg.state in (LeadLegState.BRIDGED, LeadLegState.BRIDGING)

    # A lead's leg, from its birth to the answer.

    def place(self, originate: Originate | Reroute) -> None:
        """`originate` of a lead: it will ring and be answered, or fail, by the world's laws."""
        lead = originate.lead
        if originate.trunk_id in self.trunks_down:
            down = CallEnded(
                call_id=lead.call_id,
                outcome=Outcome.SWITCH_LIMIT,
                cause="GATEWAY_DOWN",
                is_route_failure=True,
            )
            self.hooks.emit(down)
            return
        leg = LeadLeg(
            lead.call_id,
            lead.campaign_id,
            originate.trunk_id,
            is_screened=originate.is_screened,
        )
        self.leads[lead.call_id] = leg
        self.hooks.note(
            CallPlaced(
                call_id=lead.call_id,
                number=lead.number,
                trunk_id=originate.trunk_id,
                callable_until=lead.callable_until,
            )
        )
        law = self.hooks.answer_law(lead)
        if self._fates.random() < law.at(self.agenda.now - self.start_at):
            self._plan_answer(leg, originate.ring_seconds)
        elif self._fates.random() < self.plan.fast_failure_ratio:
            cause, outcome = self._fates.choice(self.plan.fast_failures)
            seconds = self.plan.fast_failure_after.draw(self._times)
            self.agenda.after(seconds, self._fail, leg, outcome, cause)
        else:
            self._plan_ringing(leg, originate.ring_seconds)
            timeout = originate.ring_seconds
            self.agenda.after(timeout, self._fail, leg, Outcome.NO_ANSWER, "NO_ANSWER")

    def _plan_answer(self, leg: LeadLeg, ring_seconds: float) -> None:
        seconds = self.plan.answer_after.draw(self._times)
        for _ in range(_REDRAWS_MAX):
            if seconds < ring_seconds:
                break
            seconds = self.plan.answer_after.draw(self._times)
        seconds = min(seconds, ring_seconds)
        self._plan_ringing(leg, seconds)
        self.agenda.after(seconds, self._answer, leg)

    def _plan_ringing(self, leg: LeadLeg, before_seconds: float) -> None:
        if self.plan.set_up_seconds < before_seconds:
            self.agenda.after(self.plan.set_up_seconds, self._ring, leg)

    def _lives(self, leg: LeadLeg) -> bool:
        return self.leads.get(leg.call_id) is leg

    def _ring(self, leg: LeadLeg) -> None:
        if self._lives(leg) and leg.state is LeadLegState.SET_UP:
            leg.state = LeadLegState.RINGING
            self.hooks.note(CallAlerted(call_id=leg.call_id))
            self.hooks.emit(CallRinging(call_id=leg.call_id))

    def _fail(self, leg: LeadLeg, outcome: Outcome, cause: str) -> None:
        if self._lives(leg):
            self._end(leg, outcome, cause)

    def _answer(self, leg: LeadLeg) -> None:
        if not self._lives(leg):
            return
        leg.state = LeadLegState.ANSWERED
        leg.answered_at = self.agenda.now
        self.hooks.note(CallPickedUp(call_id=leg.call_id))
        self.hooks.emit(CallAnswered(call_id=leg.call_id))
        if leg.is_screened:
            leg.is_machine = self._greetings.is_machine()
            self.agenda.after(self._greetings.verdict_seconds(), self._screen, leg)
        else:
            self.agenda.after(self.plan.park_after_seconds, self._park, leg)
        if self.patience is not None:
            self.agenda.after(self.patience.draw(self._patience), self._lose_patience, leg)

    def _screen(self, leg: LeadLeg) -> None:
        """The classifier is through, and the leg parks."""
        if self._lives(leg) and leg.state is LeadLegState.ANSWERED:
            verdict = self._greetings.verdict(is_machine=leg.is_machine)
            self.hooks.emit(CallScreened(call_id=leg.call_id, verdict=verdict))
            self._park(leg)

    def _park(self, leg: LeadLeg) -> None:
        if self._lives(leg) and leg.state is LeadLegState.ANSWERED:
            leg.state = LeadLegState.PARKED
            self.hooks.emit(CallParked(call_id=leg.call_id))
            self.agenda.after(self.plan.park_timeout_seconds, self._park_timeout, leg)

    def _park_timeout(self, leg: LeadLeg) -> None:
        if self._lives(leg) and leg.state is LeadLegState.PARKED:
            self._end(leg, Outcome.FAILED, "ALLOTTED_TIMEOUT")

    def _lose_patience(self, leg: LeadLeg) -> None:
        talks = (LeadLegState.BRIDGED, LeadLegState.OUTSIDE)
        if self._lives(leg) and leg.state not in talks:
            self._end(leg, Outcome.FAILED, "NORMAL_CLEARING")

    # The end of a lead's leg.

    def _end(self, leg: LeadLeg, outcome: Outcome, cause: str) -> None:
        del self.leads[leg.call_id]
        self.hooks.note(CallGone(call_id=leg.call_id))
        self._emit_end(leg.call_id, outcome, cause)
        if self.beside is not None:
            self.beside.lead_ended(leg.call_id)
        agent_leg = leg.agent_leg
        is_on = agent_leg is not None and agent_leg.lead_leg is leg
        if agent_leg is not None and is_on and agent_leg.state is AgentLegState.BRIDGED:
            self.free_agent(agent_leg)

    def _emit_end(self, call_id: CallId, outcome: Outcome, cause: str) -> None:
        self.hooks.emit(CallEnded(call_id=call_id, outcome=outcome, cause=cause))

    def free_agent(self, leg: AgentLeg) -> None:
        """The lead is elsewhere or gone: the agent's leg parks in a moment."""
        leg.lead_leg = None
        leg.state = AgentLegState.BRIDGING
        self.agenda.after(self.plan.repark_after.draw(self._bridges), self._repark, leg)

    def _repark(self, leg: AgentLeg) -> None:
        if self.agents.get(leg.leg_id) is leg and leg.lead_leg is None:
            leg.state = AgentLegState.PARKED
            self.hooks.emit(AgentParked(agent_id=leg.agent_id, leg_id=leg.leg_id))

    def end_lead(self, leg: LeadLeg, outcome: Outcome, cause: str) -> None:
        """A lead's leg ends with another's."""
        self._end(leg, outcome, cause)

    def lead_hangs_up(self, leg: LeadLeg) -> None:
        """The lead ends the call."""
        if self._lives(leg):
            self._end(leg, Outcome.FAILED, "NORMAL_CLEARING")

    def hang_up(self, call_id: CallId, cause: str) -> None:
        """`uuid_kill` of a lead leg; no event when it does not exist."""
        leg = self.leads.get(call_id)
        if leg is not None:
            self._end(leg, Outcome.CANCELLED, cause)

    def play_message(
        self, call_id: CallId, on_abandon: OnAbandon, *, key: str | None = None
    ) -> None:
        """Play the recorded message to its end and hang up, or hang up at once.

        With `key`, somebody may press it.
        """
        leg = self.leads.get(call_id)
        if leg is None:
            return
        if on_abandon is OnAbandon.HANGUP:
            self._end(leg, Outcome.FAILED, "NORMAL_CLEARING")
            return
        if leg.agent_leg is not None and leg.agent_leg.state is AgentLegState.BRIDGED:
            self.free_agent(leg.agent_leg)
        leg.agent_leg = None
        leg.state = LeadLegState.MESSAGE
        if key is not None and self._greetings.opts_out():
            at = self.plan.message_seconds / 2
            self.agenda.after(at, self._press, leg, KeyPressed(call_id=call_id, key=key))
        self.agenda.after(self.plan.message_seconds, self._message_over, leg)

    def await_beep(self, command: AwaitBeep) -> None:
        """A machine talks, and beeps; in the end the switch leaves the message by itself."""
        leg = self.leads.get(command.call_id)
        if leg is None:
            return
        leg.state = LeadLegState.MESSAGE
        self.agenda.after(self._greetings.beep_seconds(), self._beep, leg)
        latest = command.seconds + self.plan.message_seconds
        self.agenda.after(latest, self._message_over, leg)

    def _beep(self, leg: LeadLeg) -> None:
        if self._lives(leg):
            self.hooks.emit(BeepHeard(call_id=leg.call_id))

    def ask(self, command: AskQuestion) -> None:
        """Play a question of a survey; a key comes, or none."""
        leg = self.leads.get(command.call_id)
        if leg is None:
            return
        leg.state = LeadLegState.MESSAGE
        key = self._greetings.answer(command.keys)
        said: Event
        if key is None:
            said = QuestionUnanswered(call_id=leg.call_id, question=command.question)
        else:
            said = KeyPressed(call_id=leg.call_id, key=key)
        self.agenda.after(self.plan.message_seconds, self._press, leg, said)

    def _press(self, leg: LeadLeg, said: KeyPressed | QuestionUnanswered) -> None:
        if self._lives(leg) and leg.state is LeadLegState.MESSAGE:
            self.hooks.emit(said)

    def _message_over(self, leg: LeadLeg) -> None:
        if self._lives(leg) and leg.state is LeadLegState.MESSAGE:
            self._end(leg, Outcome.FAILED, "NORMAL_CLEARING")

    # Bridges.

    def bridge(self, command: Bridge) -> None:
        """`uuid_bridge` agent first. Refused when either leg is gone; a stolen lead is hung up."""
        agent = self.agents.get(command.leg_id)
        lead = self.leads.get(command.call_id)
        if agent is None or agent.state is AgentLegState.CONNECTING or lead is None:
            self.hooks.emit(BridgeRefused(call_id=command.call_id, leg_id=command.leg_id))
            return
        previous = agent.lead_leg
        if previous is not None and previous is not lead:
            if agent.state is AgentLegState.BRIDGED:
                stolen = ConversationStolen(call_id=previous.call_id, leg_id=agent.leg_id)
                self.hooks.note(stolen)
            previous.agent_leg = None
            if self._lives(previous):
                self._end(previous, Outcome.FAILED, "NORMAL_CLEARING")
        left = lead.agent_leg
        is_left = left is not None and left is not agent and left.lead_leg is lead
        if left is not None and is_left and left.state is AgentLegState.BRIDGED:
            self.free_agent(left)
        agent.lead_leg = lead
        lead.agent_leg, lead.held_by = agent, None
        if self.stuck_bridge():
            agent.state = AgentLegState.STUCK
            return
        agent.state = AgentLegState.BRIDGING
        lead.state = LeadLegState.BRIDGING
        self.agenda.after(self.plan.bridge_after.draw(self._bridges), self._bridged, agent, lead)

    def _bridged(self, agent: AgentLeg, lead: LeadLeg) -> None:
        agent_lives = self.agents.get(agent.leg_id) is agent
        if not agent_lives or agent.lead_leg is not lead:
            return
        if agent.state is not AgentLegState.BRIDGING or lead.agent_leg is not agent:
            return
        if not self._lives(lead):
            agent.lead_leg = None
            self._repark(agent)
            return
        agent.state = AgentLegState.BRIDGED
        lead.state = LeadLegState.BRIDGED
        self.hooks.note(LegsJoined(call_id=lead.call_id, leg_id=agent.leg_id))
        self.hooks.emit(CallBridged(call_id=lead.call_id, leg_id=agent.leg_id))
        self.hooks.joined(lead, agent)

    def park_leg(self, leg_id: LegId, *, call_id: CallId | None = None) -> None:
        """`uuid_park` of an agent's leg: a lead it was bridged to is hung up. One that talks on
        `call_id` is found so and left."""
        agent = self.agents.get(leg_id)
        if agent is None or agent.state is AgentLegState.CONNECTING:
            return
        lead = agent.lead_leg
        is_bridged = agent.state is AgentLegState.BRIDGED
        if is_bridged and lead is not None and lead.call_id == call_id:
            self.hooks.emit(CallBridged(call_id=lead.call_id, leg_id=leg_id))
            return
        was_bridged = agent.state is AgentLegState.BRIDGED
        agent.lead_leg = None
        if lead is not None and lead.agent_leg is agent:
            lead.agent_leg = None
            if was_bridged and self._lives(lead):
                self._end(lead, Outcome.FAILED, "NORMAL_CLEARING")
        agent.state = AgentLegState.PARKED
        self.hooks.emit(AgentParked(agent_id=agent.agent_id, leg_id=agent.leg_id))

    # An agent's leg.

    def nail_up(self, agent_id: AgentId, leg_id: LegId, *, answer_after: float) -> None:
        """`originate` to an agent's phone, which answers by itself after that many seconds."""
        leg = AgentLeg(leg_id, agent_id)
        self.agents[leg_id] = leg
        self.agenda.after(answer_after, self._nailed_up, leg)

    def _nailed_up(self, leg: AgentLeg) -> None:
        if self.agents.get(leg.leg_id) is leg:
            leg.state = AgentLegState.PARKED
            self.hooks.emit(AgentParked(agent_id=leg.agent_id, leg_id=leg.leg_id))

    def end_leg(self, leg_id: LegId, cause: str) -> None:
        """An agent's leg ends; a lead bridged to it is hung up, one half-way there now and then."""
        agent = self.agents.pop(leg_id, None)
        if agent is None:
            return
        self.hooks.emit(AgentLegEnded(agent_id=agent.agent_id, leg_id=leg_id, cause=cause))
        if self.beside is not None:
            self.beside.agent_leg_ended(leg_id)
        lead = agent.lead_leg
        if lead is None or not self._lives(lead) or lead.agent_leg is not agent:
            return
        lead.agent_leg = None
        if agent.state is AgentLegState.BRIDGED:
            self._end(lead, Outcome.FAILED, "NORMAL_CLEARING")
        elif self._bridges.random() < 0.5:
            self._end(lead, Outcome.FAILED, "DESTINATION_OUT_OF_ORDER")

    def survey(self, command: Survey, *, asked_at: float) -> None:
        """Say which of these legs do not exist."""
        answer = SurveyAnswered(
            gone_calls=tuple(c for c in command.call_ids if c not in self.leads),
            gone_legs=tuple(n for n in command.leg_ids if not self._has_leg(n)),
            asked_at=asked_at,
        )
        self.hooks.emit(answer)

    def _has_leg(self, leg_id: LegId) -> bool:
        return leg_id in self.agents or (self.beside is not None and self.beside.has(leg_id))

    def die(self) -> None:
        """The switch's process ends: every leg is gone and nobody says so."""
        for call_id in list(self.leads):
            del self.leads[call_id]
            self.hooks.note(CallGone(call_id=call_id))
        self.agents.clear()
        if self.beside is not None:
            self.beside.die()
