"""What happens to a call, from its originate to its end."""

from campaigns.outcomes import Outcome
from dialer.engine import (
    agent_flow,
    agent_states,
    callback_flow,
    hanging_up,
    in_call,
    lead_chances,
    live_answers,
    matching,
    messages,
    rerouting,
    screening,
    strict_wall,
)  # fmt: skip
from dialer.engine.agents import Agent, LegState
from dialer.engine.calls import Call, is_expected
from dialer.engine.commands import Hangup, RecordAnswer
from dialer.engine.events import (
    BridgeRefused,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallOriginated,
    CallParked,
    CallRinging,
    CallScreened,
)  # fmt: skip
from dialer.engine.floor import Floor
from dialer.engine.ids import CallId
from dialer.engine.states import AgentState, CallState
from dialer.engine.timers import Due
from dialer.pacing.view import Answered, Cancelled, SetUpFailed, TalkEnded

PARK_OVERDUE_SECONDS = 0.5
"""PARK follows ANSWER by 20 ms; half a second later its event must have been lost."""
TALK_GRACE_SECONDS = 60.0
"""The switch ends a call at `talk_seconds_max` by itself; a minute later its word must be lost."""


def originated(floor: Floor, event: CallOriginated, now: float) -> None:
    """The attempt is on disk and on its way."""
    call = floor.calls.get(event.call_id)
    if call is None or not is_expected(event, call):
        return
    call.originated_at = now
    call.enter(CallState.ORIGINATING, now)
    ring_seconds = floor.campaigns[call.lead.campaign_id].config.ring_seconds
    at = now + ring_seconds + floor.config.originate_watchdog_seconds
    floor.timers.arm(Due.CALL_WATCH, call.lead.call_id, at=at)


def ringing(floor: Floor, event: CallRinging, now: float) -> None:
    """The far end is alerted."""
    call = floor.calls.get(event.call_id)
    if call is None or not is_expected(event, call):
        return
    call.ringing_at = now
    call.enter(CallState.RINGING, now)
    hanging_up.go_on(floor, call, now)


def answered(floor: Floor, event: CallAnswered, now: float) -> None:
    """A person answered, as far as anyone knows: the legal seconds start; an agent is sought."""
    call = _living(floor, event.call_id)
    if call is None or not is_expected(event, call):
        return
    _take_answer(floor, call, now)
    if screening.begin(floor, call, now):
        return
    floor.timers.arm(Due.PARK_OVERDUE, event.call_id, at=now + PARK_OVERDUE_SECONDS)
    matching.match(floor, floor.team_of(call), now)


def parked(floor: Floor, event: CallParked, now: float) -> None:
    """The lead leg may be bridged from now on."""
    call = _living(floor, event.call_id)
    if call is None or not is_expected(event, call):
        return
    if call.is_in_flight:
        _take_answer(floor, call, now)
    elif call.state is CallState.SCREENING:
        # The switch has stopped listening and its verdict was lost.
        screening.give_up(floor, call, now)
    leg_is_parked(floor, call, now)
    matching.match(floor, floor.team_of(call), now)


def leg_is_parked(floor: Floor, call: Call, now: float) -> None:
    """Go on from ANSWERED: bridge to the agent reserved already, or wait for one."""
    floor.timers.disarm(Due.PARK_OVERDUE, call.lead.call_id)
    call.is_parked = True
    if call.agent_id is not None:
        matching.bridge(floor, call, floor.agents[call.agent_id], now)
    elif floor.campaigns[call.lead.campaign_id].config.survey:
        messages.begin_survey(floor, call, now)
    else:
        call.enter(CallState.WAITING, now)


def screened(floor: Floor, event: CallScreened, now: float) -> None:
    """The classifier spoke, and the leg is parked."""
    call = _living(floor, event.call_id)
    if call is None or not is_expected(event, call):
        return
    if call.is_machine:
        return  # told twice, and being seen to
    if call.is_in_flight:
        _take_answer(floor, call, now)
    if screening.is_dealt_with(floor, call, event.verdict, now):
        return
    if not call.is_parked:
        leg_is_parked(floor, call, now)
    matching.match(floor, floor.team_of(call), now)


def verdict_overdue(floor: Floor, call_id: CallId, now: float) -> None:
    """The time for a verdict is over. A leg the switch still listens to can be bridged as well."""
    call = floor.calls[call_id]
    if call.state is CallState.SCREENING:
        screening.give_up(floor, call, now)
        leg_is_parked(floor, call, now)
        matching.match(floor, floor.team_of(call), now)


def bridged(floor: Floor, event: CallBridged, now: float) -> None:
    """Lead and agent hear each other."""
    if in_call.bridged(floor, event, now):
        return
    call = _living(floor, event.call_id)
    if call is not None and call.state is CallState.WAITING:
        matching.take_back(floor, call, event.leg_id, now)
    if call is None or not is_expected(event, call):
        return
    assert call.agent_id is not None and call.answered_at is not None, call
    agent = floor.agents[call.agent_id]
    if agent.leg_id != event.leg_id:
        return  # an earlier bridge that was given up already
    # A late PARK of the leg may have said otherwise a moment ago.
    agent.leg, agent.leg_changed_at = LegState.BUSY, now
    for due in (Due.LEGAL_SECONDS, Due.CALL_WATCH, Due.RETURN_WAIT):
        floor.timers.disarm(due, event.call_id)
    call.bridged_at = now
    call.enter(CallState.CONNECTED, now)
    _note_answer(floor, call)
    if now - call.answered_at > call.tolerance_seconds:
        live_answers.abandon(floor, call, now)
    elif not call.is_abandoned:
        live_answers.serve(floor, call, now)
    floor.campaigns[call.lead.campaign_id].connected += not call.is_inbound
    agent_states.enter(floor, agent, AgentState.TALKING, now)
    callback_flow.bridged(floor, call, now)
    in_call.begin(floor, call, now)
    at = now + floor.config.talk_seconds_max + TALK_GRACE_SECONDS
    floor.timers.arm(Due.CALL_WATCH, event.call_id, at=at)


def bridge_refused(floor: Floor, event: BridgeRefused, now: float) -> None:
    """One of the legs is gone; which, will be told. The agent's leg was left as it was."""
    if in_call.bridge_refused(floor, event, now):
        return
    agent = floor.legs.get(event.leg_id)
    if agent is None or agent.bridged_to != event.call_id:
        return  # of an earlier bridge; the leg has been on another since
    call = floor.calls.get(event.call_id)
    if call is None or call.agent_id != agent.agent_id:
        # The lead's end came first, and took the reservation back already.
        if agent.leg is LegState.BUSY and agent.state not in _HOLDS_A_LEG:
            agent_flow.leg_still_parked(floor, agent, now)
        return
    if not is_expected(event, call):
        return
    call.refused_legs += (event.leg_id,)
    call.enter(CallState.WAITING, now)
    _let_go(floor, call, agent, now)
    agent_flow.leg_still_parked(floor, agent, now)
    if call.is_abandoned:
        live_answers.legal_seconds_over(floor, event.call_id, now)
        return
    matching.match(floor, floor.team_of(call), now)


_HOLDS_A_LEG = frozenset({AgentState.RESERVED, AgentState.TALKING})


def ended(floor: Floor, event: CallEnded, now: float, *, ended_at: float | None = None) -> None:
    """The lead leg is gone, or never came to be: find the outcome, record it, free the agent."""
    call = floor.calls.get(event.call_id)
    if call is None or not is_expected(event, call):
        return
    if event.is_route_failure and rerouting.try_next(floor, call, now):
        return
    call.cause = event.cause
    ended_at = event.ended_at if ended_at is None else ended_at
    finish(floor, call, _outcome(floor, call, event, now), now, ended_at=ended_at)


def finish(
    floor: Floor, call: Call, outcome: Outcome, now: float, *, ended_at: float | None = None
) -> None:
    """Close the call with this outcome. `ended_at` is when it truly ended, if not now."""
    call_id = call.lead.call_id
    was = call.state
    team = floor.team_of(call)
    agent = floor.agents.get(call.agent_id) if call.agent_id is not None else None
    if call.is_in_flight and call.is_paced:
        age_seconds = now - call.launched_at
        if call.cancelled_at is None:
            failed = SetUpFailed(at=now, age_seconds=age_seconds, route=call.route)
            team.pacer.observe(failed)
            lead_chances.learn(floor, call, is_answered=False)
        else:
            cancelled = Cancelled(at=now, age_seconds=age_seconds, route=call.route)
            team.pacer.observe(cancelled)
    call.outcome, call.ended_at = outcome, _end_of(call, ended_at, now)
    call.enter(CallState.ENDED, now)
    for due in (
        Due.LEGAL_SECONDS, Due.PARK_OVERDUE, Due.CALL_WATCH, Due.SCREENING, Due.RETURN_WAIT,
        Due.BEEP,
    ):  # fmt: skip
        floor.timers.disarm(due, call_id)
    hanging_up.withdraw(floor, call)
    del floor.calls[call_id]
    if floor.numbers.get(call.lead.number) == call_id:
        del floor.numbers[call.lead.number]
    team.in_flight.pop(call_id, None)
    team.unserved.pop(call_id, None)
    floor.trunks[call.trunk_id].release()
    live_answers.record(floor, call)
    callback_flow.ended(floor, call, outcome, now)
    in_call.end(floor, call, now)
    floor.touch(team.config.team_id)
    if agent is None or agent.call is not call or agent.state is AgentState.WRAP_UP:
        return
    if was is CallState.CONNECTED:
        assert call.bridged_at is not None or call.answered_at is not None
        talked = max(0.0, call.ended_at - agent.since)
        team.pacer.observe(TalkEnded(at=now, seconds=talked, agent_id=agent.agent_id))
        if agent.leg is LegState.BUSY:
            agent_flow.expect_park(floor, agent, now)
        agent_flow.start_wrap_up(floor, agent, now)
    else:
        _let_go(floor, call, agent, now)
        if agent.leg is LegState.BUSY:
            agent_flow.expect_park(floor, agent, now)


def _end_of(call: Call, ended_at: float | None, now: float) -> float:
    """Not before anything else that is known of the call."""
    if ended_at is None:
        return now
    known = (call.launched_at, call.originated_at, call.ringing_at, call.answered_at,
             call.bridged_at)  # fmt: skip
    return min(now, max(ended_at, *(at for at in known if at is not None)))


def park_overdue(floor: Floor, call_id: CallId, now: float) -> None:
    """The event of the lead leg's parking was lost: go on without it."""
    call = floor.calls[call_id]
    if call.state is CallState.ANSWERED:
        leg_is_parked(floor, call, now)
        matching.match(floor, floor.team_of(call), now)


def watch(floor: Floor, call_id: CallId, now: float) -> None:
    """The call should have moved by now."""
    call = floor.calls[call_id]
    if call.state is CallState.BRIDGING:
        _bridge_overdue(floor, call, now)
        return
    # Rang, talked or played beyond its time, or a hang-up without effect: end it (again). The
    # survey finds out when it is gone already.
    floor.say(Hangup(call_id=call_id, cause="ALLOTTED_TIMEOUT"))
    floor.timers.arm(Due.CALL_WATCH, call_id, at=now + live_answers.WATCH_AGAIN_SECONDS)


def _bridge_overdue(floor: Floor, call: Call, now: float) -> None:
    """Neither BRIDGE nor the lead's end in a second: the agent goes back, the call waits again."""
    assert call.agent_id is not None, call
    agent = floor.agents[call.agent_id]
    if agent.leg_id is not None:
        call.refused_legs += (agent.leg_id,)
    call.enter(CallState.WAITING, now)
    _let_go(floor, call, agent, now)
    if agent.leg is LegState.BUSY:
        agent.leg_changed_at = now
        agent_flow.leg_overdue(floor, agent.agent_id, now)
    if call.is_abandoned:
        live_answers.legal_seconds_over(floor, call.lead.call_id, now)
    else:
        matching.match(floor, floor.team_of(call), now)


def _take_answer(floor: Floor, call: Call, now: float) -> None:
    call_id = call.lead.call_id
    team = floor.team_of(call)
    floor.timers.disarm(Due.CALL_WATCH, call_id)
    hanging_up.withdraw(floor, call)
    team.in_flight.pop(call_id, None)
    if call.agent_id is None:
        team.unserved[call_id] = call
    call.answered_at = now
    call.enter(CallState.ANSWERED, now)
    _note_answer(floor, call)
    live_answers.take(floor, call, now)
    if call.is_paced:
        age_seconds = now - call.launched_at
        team.pacer.observe(Answered(at=now, age_seconds=age_seconds, route=call.route))
        lead_chances.learn(floor, call, is_answered=True)
    floor.timers.arm(Due.LEGAL_SECONDS, call_id, at=now + call.tolerance_seconds)
    floor.touch(team.config.team_id)


def _note_answer(floor: Floor, call: Call) -> None:
    assert call.answered_at is not None, call
    if call.is_inbound:
        return
    floor.say(
        RecordAnswer(
            call_id=call.lead.call_id,
            answered_at=call.answered_at,
            bridged_at=call.bridged_at,
            agent_id=None if call.bridged_at is None else call.agent_id,
        )
    )


def _living(floor: Floor, call_id: CallId) -> Call | None:
    """The call, or None: then a leg lives that nobody knows, and must not be left in silence."""
    call = floor.calls.get(call_id)
    if call is None:
        floor.say(Hangup(call_id=call_id, cause="NORMAL_CLEARING"))
    return call


def _let_go(floor: Floor, call: Call, agent: Agent, now: float) -> None:
    """Take the reservation back. The agent goes where their wishes lead, to the end of the line."""
    floor.timers.disarm(Due.CALL_WATCH, call.lead.call_id)
    if call.state is not CallState.ENDED:
        call.agent_id = None
        floor.team_of(call).unserved[call.lead.call_id] = call
        agent_flow.let_go(floor, agent, now)
        return
    agent_flow.settle(floor, agent, now)


def _outcome(floor: Floor, call: Call, event: CallEnded, now: float) -> Outcome:
    """What the end of the call means in the state it met."""
    if call.is_machine:
        return Outcome.CONNECTED if call.state is CallState.CONNECTED else Outcome.MACHINE
    match call.state:
        case CallState.PLANNED | CallState.ORIGINATING | CallState.RINGING:
            return event.outcome
        case CallState.CONNECTED:
            return Outcome.CONNECTED
        case CallState.ABANDONED:
            return Outcome.ABANDONED
        case CallState.PLAYING:
            return Outcome.MESSAGE
        case (
            CallState.ANSWERED | CallState.SCREENING | CallState.WAITING | CallState.BRIDGING
            | CallState.ENDED
        ):  # fmt: skip
            if (
                call.agent_id is None
                and not screening.is_covered(floor, call)
                and not strict_wall.is_refused_by_lead(floor, call)
            ):
                # The lead gave up before the legal seconds were over. The strict choice: abandoned.
                live_answers.abandon(floor, call, now)
            if call.is_abandoned:
                return Outcome.ABANDONED
            live_answers.serve(floor, call, now)
            return Outcome.HUNG_UP_EARLY
