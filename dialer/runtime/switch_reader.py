"""FreeSWITCH's events as events of the engine.

Theory. A call's channel has the call's id as its Unique-ID, an agent's leg likewise, and the job
that placed either has that id as its Job-UUID; so every event finds its subject by one look-up.
Order between the switch's threads is not fixed: BACKGROUND_JOB may come before or after
CHANNEL_HANGUP_COMPLETE (switch_ivr_originate.c). Rules, each found on 1.10.12:

- answered is CHANNEL_ANSWER, or a CHANNEL_PARK whose Answer-State says so; nothing else;
- the end is the first of CHANNEL_HANGUP, _HANGUP_COMPLETE and _DESTROY that tells the cause;
- BACKGROUND_JOB's -ERR is believed only when no channel was seen: then there was none;
- somebody who picks up and hangs up within a poll of 20 ms gets no CHANNEL_ANSWER: the BYE that
  ended the call tells that it had been answered;
- CHANNEL_DESTROY without anything before it comes from a gateway that is down; the job says why.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from campaigns.outcomes import Verdict
from dialer.engine.events import (
    AgentLegEnded,
    AgentParked,
    BeepHeard,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallParked,
    CallRinging,
    CallScreened,
    Event,
    KeyPressed,
    QuestionUnanswered,
)
from dialer.engine.ids import AgentId, CallId, LegId
from dialer.runtime.outcomes_by_cause import OUTCOMES_BY_CAUSE
from dialer.runtime.side_legs import SideLegs
from freeswitch.answers import error_text, is_refused
from freeswitch.causes import CauseClass, classify, is_route_failure
from freeswitch.events import ChannelDetails, ChannelEvent, Greeting, JobEvent

ENDED_MAX = 20_000
"""Ended calls and legs whose late events are known as such. Events are late by milliseconds; these
are minutes of the largest team."""
NO_CAUSE = "NONE"
KEYS = frozenset("0123456789*#")
VERDICTS: dict[Greeting, Verdict] = {
    Greeting.PERSON: Verdict.HUMAN,
    Greeting.MACHINE: Verdict.MACHINE,
    Greeting.SILENCE: Verdict.UNSURE,
}


@dataclass(slots=True)
class CallTrack:
    """What was seen of one call."""

    call_id: CallId
    job_id: str
    """Of the BACKGROUND_JOB that placed it; another for a second trunk than for the first."""
    is_rerouted: bool = False
    """A channel of the same id failed before: what still comes of it is passed over."""
    saw_channel: bool = False
    saw_progress: bool = False
    is_answered: bool = False
    is_screened: bool = False
    """The classifier's verdict was read; it stays on the channel for good."""
    placed_at: float | None = None
    """Loop time at which the switch took its originate; None before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A call from outside, answered and parked. The numbers are what the far side says."""

    channel: str
    caller_number: str
    called_number: str


@dataclass(slots=True)
class LegTrack:
    """What was seen of one agent's leg."""

    leg_id: LegId
    agent_id: AgentId
    saw_channel: bool = False


class SwitchReader:
    """Keeps a track of every leg we know and reads events against it."""

    def __init__(self, dialer_id: str) -> None:
        self.dialer_id = dialer_id
        self.calls: dict[str, CallTrack] = {}
        self.legs: dict[str, LegTrack] = {}
        self._jobs: dict[str, CallId] = {}
        """Calls by the job that rerouted them; other jobs have their call's own id."""
        self.sides = SideLegs()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._destroyed: OrderedDict[str, None] = OrderedDict()
        self.strangers: OrderedDict[str, None] = OrderedDict()
        """Channels that carry our dialer id and that nobody here knows, in order of appearance."""

        self.on_arrival: Callable[[Arrival], None] = lambda arrival: None
        """Told of calls from outside that our own dialplan has parked."""

    def expect_call(self, call_id: CallId) -> CallTrack:
        """From now on this call's events are read."""
        track = CallTrack(call_id, call_id)
        self.calls[call_id] = track
        self.strangers.pop(call_id, None)
        self._destroyed.pop(call_id, None)
        return track

    def expect_reroute(self, call_id: CallId, job_id: str) -> CallTrack:
        """The call goes out again, by another trunk: its first channel is gone."""
        track = self.expect_call(call_id)
        track.job_id, track.is_rerouted = job_id, True
        self._jobs[job_id] = call_id
        return track

    def was_destroyed(self, channel: str) -> bool:
        """True once the switch has let go of the id, and takes another channel of it."""
        return channel in self._destroyed

    def expect_leg(self, leg_id: LegId, agent_id: AgentId) -> LegTrack:
        """From now on this leg's events are read."""
        track = LegTrack(leg_id, agent_id)
        self.legs[leg_id] = track
        self.strangers.pop(leg_id, None)
        return track

    def forget(self, channel: str) -> None:
        """The call or leg is over by other knowledge: a survey, or another switch process."""
        track = self.calls.pop(channel, None)
        if track is not None:
            self._jobs.pop(track.job_id, None)
        self.legs.pop(channel, None)
        self.sides.forget(channel)
        self.strangers.pop(channel, None)
        self._ended[channel] = None
        if len(self._ended) > ENDED_MAX:
            self._ended.popitem(last=False)

    def knows(self, channel: str) -> bool:
        """True for a call or leg that is expected or seen and has not ended."""
        return channel in self.calls or channel in self.legs or channel in self.sides

    def forget_all(self) -> None:
        """Another switch process: every channel is gone."""
        for channel in [*self.calls, *self.legs]:
            self.forget(channel)
        self.sides.forget_all()
        self.strangers.clear()

    def read(self, event: ChannelEvent | JobEvent) -> list[Event]:
        """What this means for the engine; mostly nothing or one event."""
        found = self.sides.read(event, self.calls, self.legs)
        if found is not None:
            return found
        if isinstance(event, JobEvent):
            return self._read_job(event)
        if event.name == "CHANNEL_BRIDGE":
            return self._read_bridge(event)
        channel = event.unique_id or ""
        if event.name == "CHANNEL_DESTROY":
            self._destroyed[channel] = None
            if len(self._destroyed) > ENDED_MAX:
                self._destroyed.popitem(last=False)
        if (call := self.calls.get(channel)) is not None:
            return self._read_call(event, call)
        if (leg := self.legs.get(channel)) is not None:
            return self._read_leg(event, leg)
        self._read_stranger(event, channel)
        return []

    def _read_call(self, event: ChannelEvent, call: CallTrack) -> list[Event]:
        match event.name:
            case "CHANNEL_DESTROY" | "CHANNEL_HANGUP" | "CHANNEL_HANGUP_COMPLETE":
                return self._read_call_end(event, call)
            case "CHANNEL_PROGRESS" | "CHANNEL_PROGRESS_MEDIA":
                call.saw_progress = True
                found: list[Event] = [CallRinging(call_id=call.call_id)]
            case "CHANNEL_ANSWER":
                call.is_answered = True
                found = [CallAnswered(call_id=call.call_id)]
            case "CHANNEL_PARK" if event.is_answered:
                call.is_answered = True
                found = self._read_park(event, call)
            case "DTMF" if event.dtmf_digit in KEYS:
                found = [KeyPressed(call_id=call.call_id, key=event.dtmf_digit or "")]
            case _:
                found = []
        call.saw_channel = True
        return found

    def _read_park(self, event: ChannelEvent, call: CallTrack) -> list[Event]:
        """A lead's leg parks: after the answer, after a verdict, or after a question."""
        question = event.dialer_question if isinstance(event, ChannelDetails) else None
        if question is not None:
            return [QuestionUnanswered(call_id=call.call_id, question=question)]
        greeting = event.greeting if isinstance(event, ChannelDetails) else None
        if greeting is None or call.is_screened:
            return [CallParked(call_id=call.call_id)]
        call.is_screened = True
        verdict = VERDICTS[greeting]
        return [
            CallScreened(call_id=call.call_id, verdict=verdict),
            CallParked(call_id=call.call_id),
        ]

    def hear_beep(self, channel: str) -> list[Event]:
        """The beep detector of a machine's channel has spoken."""
        call = self.calls.get(channel)
        return [] if call is None else [BeepHeard(call_id=call.call_id)]

    def _read_call_end(self, event: ChannelEvent, call: CallTrack) -> list[Event]:
        is_destroy = event.name == "CHANNEL_DESTROY"
        if (is_destroy or call.is_rerouted) and not call.saw_channel:
            return []
        call.saw_channel = True
        cause = event.hangup_cause or NO_CAUSE
        cause_class = classify(
            cause,
            saw_channel=True,
            saw_progress=call.saw_progress,
            hangup_disposition=(
                event.hangup_disposition if isinstance(event, ChannelDetails) else None
            ),
        )
        if (
            event.name == "CHANNEL_HANGUP"
            and cause_class is CauseClass.ANSWERED_ENDED
            and not call.is_answered
        ):
            # How it ended is said only once SIP is through with it, in CHANNEL_HANGUP_COMPLETE.
            return []
        ended = self._end_call(call, cause_class, cause)
        if not call.is_answered and _was_picked_up(event):
            call.is_answered = True
            return [CallAnswered(call_id=call.call_id), *ended]
        return ended

    def _end_call(self, call: CallTrack, cause_class: CauseClass, cause: str) -> list[Event]:
        self.forget(call.call_id)
        outcome = OUTCOMES_BY_CAUSE[cause_class]
        failed = not call.is_answered and is_route_failure(cause, saw_progress=call.saw_progress)
        return [
            CallEnded(call_id=call.call_id, outcome=outcome, cause=cause, is_route_failure=failed)
        ]

    def _read_leg(self, event: ChannelEvent, leg: LegTrack) -> list[Event]:
        match event.name:
            case "CHANNEL_DESTROY" if not leg.saw_channel:
                return []
            case "CHANNEL_DESTROY" | "CHANNEL_HANGUP" | "CHANNEL_HANGUP_COMPLETE":
                return self._end_leg(leg, event.hangup_cause or NO_CAUSE)
            case "CHANNEL_PARK" if event.is_answered:
                leg.saw_channel = True
                return [AgentParked(agent_id=leg.agent_id, leg_id=leg.leg_id)]
            case _:
                leg.saw_channel = True
                return []

    def _end_leg(self, leg: LegTrack, cause: str) -> list[Event]:
        self.forget(leg.leg_id)
        return [AgentLegEnded(agent_id=leg.agent_id, leg_id=leg.leg_id, cause=cause)]

    def _read_bridge(self, event: ChannelEvent) -> list[Event]:
        """Which of the two is whose does not depend on who was named first."""
        sides = (event.bridge_a or "", event.bridge_b or "")
        call = next((self.calls[one] for one in sides if one in self.calls), None)
        leg = next((self.legs[one] for one in sides if one in self.legs), None)
        if call is None or leg is None:
            return []
        return [CallBridged(call_id=call.call_id, leg_id=leg.leg_id)]

    def _read_job(self, event: JobEvent) -> list[Event]:
        job, body = event.job_uuid or "", event.body or ""
        if not is_refused(body):
            return []
        cause = error_text(body)
        call = self.calls.get(self._jobs.get(job, job))
        if call is not None and call.job_id == job and not call.saw_channel:
            cause_class = classify(
                cause, saw_channel=False, saw_progress=False, hangup_disposition=None
            )
            return self._end_call(call, cause_class, cause)
        if (leg := self.legs.get(job)) is not None and not leg.saw_channel:
            return self._end_leg(leg, cause)
        return []

    def _read_stranger(self, event: ChannelEvent, channel: str) -> None:
        if isinstance(event, ChannelDetails) and event.dialer_inbound == "true":
            if event.name == "CHANNEL_PARK" and event.is_answered and channel not in self._ended:
                self.on_arrival(
                    Arrival(
                        channel=channel,
                        caller_number=event.caller_number or "",
                        called_number=event.called_number or "",
                    )
                )
            return
        if event.name in ("CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_DESTROY"):
            self.strangers.pop(channel, None)
            return
        # Only some events tell their variables, CHANNEL_PARK among them; a stranger that never
        # parks was never answered and ends by its originate_timeout.
        if isinstance(event, ChannelDetails) and event.dialer_id == self.dialer_id:
            self.note_stranger(channel)

    def note_stranger(self, channel: str) -> None:
        """This channel carries our name; it is a stranger unless we know it or knew it."""
        if channel and not self.knows(channel) and channel not in self._ended:
            self.strangers.setdefault(channel, None)
            if len(self.strangers) > ENDED_MAX:
                self.strangers.popitem(last=False)


def _was_picked_up(event: ChannelEvent) -> bool:
    """A BYE from the far end: only an answered call can have one (RFC 3261, section 15)."""
    return isinstance(event, ChannelDetails) and event.hangup_disposition == "recv_bye"
