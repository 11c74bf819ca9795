"""Promised calls in the engine: their agent is kept for them, they are called one to one."""

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import Originate, RecordCallback, ReturnLeads, ShowLead
from dialer.engine.events import (
    AgentLegEnded,
    AgentParked,
    AgentPaused,
    AgentReadied,
    AttemptRefused,
    CallbackCancelled,
    CallbackDue,
    CallBridged,
    CallEnded,
    CampaignPaused,
    DrainRequested,
    Promise,
)
from dialer.engine.ids import AgentId, CallbackId, CallId, LegId
from dialer.engine.states import AgentState, CallbackState, CallState
from dialer.pacing.settings import DialMode
from tests.support.engine_desk import CAMPAIGN, TEAM, Desk, hopper_lead

LEAD = 900


def promise(desk: Desk, *, after: float = 200.0, agent: int | None = 1, **terms: object) -> float:
    """Lead 900 is promised a call in `after` seconds; the engine is told. The instant."""
    due_at = desk.now + after
    values: dict[str, object] = {
        "callback_id": CallbackId(5),
        "agent_id": None if agent is None else AgentId(agent),
        "due_at": due_at,
        "tolerance_seconds": 30.0,
        "agent_wait_seconds": 60.0,
        "falls_to_team": True,
    }
    until = terms.pop("callable_until", 1e12)
    lead = hopper_lead(LEAD, callable_until=until)  # type: ignore[arg-type]
    desk.feed(CallbackDue(lead=lead, promise=Promise(**values | terms)))  # type: ignore[arg-type]
    return due_at


def launched(desk: Desk) -> list[int]:
    return [int(c.lead.lead_id) for c in desk.all(Originate)]


def talk(desk: Desk, number: int, leg: int) -> None:
    call_id = desk.answer(number)
    desk.feed(CallBridged(call_id=call_id, leg_id=LegId(f"leg-{leg}")))


def hang_up(desk: Desk, number: int) -> None:
    call_id = CallId(f"call-{number}")
    desk.feed(CallEnded(call_id=call_id, outcome=Outcome.CONNECTED, cause="NORMAL_CLEARING"))


def end(desk: Desk) -> RecordCallback:
    return desk.one(RecordCallback)


def test_a_promised_call_is_made_at_its_moment_by_its_agent_and_kept() -> None:
    desk = Desk()
    desk.agent(2)
    desk.agent(1)
    due_at = promise(desk)

    desk.wait(199.9)
    assert launched(desk) == []
    desk.wait(0.1)

    assert launched(desk) == [LEAD] and desk.now == due_at
    assert desk.agent_state(1).state is AgentState.RESERVED
    assert desk.one(ShowLead).agent_id == 1
    talk(desk, LEAD, leg=1)
    assert (end(desk).state, end(desk).agent_id) == (CallbackState.KEPT, 1)
    assert end(desk).call_id == f"call-{LEAD}"


def test_an_agent_is_given_no_other_lead_once_their_promise_is_near() -> None:
    desk = Desk()
    desk.agent(1)
    promise(desk, after=200)

    desk.leads(1)
    assert launched(desk) == [1]
    desk.feed(CallEnded(call_id=CallId("call-1"), outcome=Outcome.BUSY, cause="USER_BUSY"))
    # Reserved for 60 s, and out of the pacer's view for a ring time before.
    desk.wait(112)
    desk.leads(2)

    assert launched(desk) == [1]
    desk.wait(88)
    assert launched(desk) == [1, LEAD]


def test_agents_without_a_promise_go_on_meanwhile() -> None:
    desk = Desk()
    desk.agent(1)
    desk.agent(2)
    promise(desk, after=30)

    desk.leads(1, 2)

    assert launched(desk) == [1]
    talk(desk, 1, leg=2)
    assert desk.agent_state(2).state is AgentState.TALKING
    assert desk.agent_state(1).state is AgentState.READY


def test_a_promise_at_short_notice_does_not_leave_a_ringing_call_in_silence() -> None:
    desk = Desk()
    desk.agent(1)
    desk.leads(1)
    desk.ring(1)
    promise(desk, after=5)
    desk.wait(6)

    assert launched(desk) == [1]
    talk(desk, 1, leg=1)
    assert desk.agent_state(1).state is AgentState.TALKING
    hang_up(desk, 1)
    desk.feed(AgentReadied(agent_id=AgentId(1)))

    assert launched(desk)[-1:] != [LEAD]
    desk.feed(AgentParked(agent_id=AgentId(1), leg_id=LegId("leg-1")))
    assert launched(desk) == [1, LEAD]


def test_after_the_wait_it_falls_to_the_team_and_is_late() -> None:
    desk = Desk()
    desk.agent(1, ready=False)
    desk.agent(2)
    promise(desk, after=0)

    desk.wait(59)
    assert launched(desk) == []
    desk.wait(2)

    assert launched(desk) == [LEAD]
    talk(desk, LEAD, leg=2)
    assert (end(desk).state, end(desk).reason, end(desk).agent_id) == (
        CallbackState.LATE,
        "after_tolerance",
        2,
    )


def test_a_colleague_within_the_tolerance_is_late_too() -> None:
    desk = Desk()
    desk.agent(1, ready=False)
    desk.agent(2)
    promise(desk, after=0, agent_wait_seconds=5.0)
    desk.wait(6)
    talk(desk, LEAD, leg=2)

    assert (end(desk).state, end(desk).reason) == (CallbackState.LATE, "colleague")


def test_with_the_retry_as_fallback_it_is_missed_and_the_lead_given_back() -> None:
    desk = Desk()
    desk.agent(1, ready=False)
    desk.agent(2)
    promise(desk, after=0, falls_to_team=False)
    desk.wait(61)

    assert launched(desk) == []
    assert (end(desk).state, end(desk).reason) == (CallbackState.MISSED, "agent_not_free")
    assert [lead.lead_id for lead in desk.one(ReturnLeads).leads] == [LEAD]


def test_a_promise_of_the_team_takes_the_agent_idle_longest_and_counts_one_out() -> None:
    desk = Desk()
    desk.agent(1)
    desk.now += 1
    desk.agent(2)
    promise(desk, after=50, agent=None)
    desk.leads(1, 2)

    assert launched(desk) == [1], "one of the two ready agents is counted out"
    talk(desk, 1, leg=1)
    desk.wait(50)
    assert launched(desk) == [1, LEAD]
    talk(desk, LEAD, leg=2)
    assert end(desk).state is CallbackState.KEPT


@pytest.mark.parametrize("mode", [DialMode.PREVIEW, DialMode.PREDICTIVE, DialMode.RATIO])
def test_promises_are_kept_in_every_dial_mode(mode: DialMode) -> None:
    desk = Desk(mode=mode)
    desk.agent(1)
    promise(desk, after=10)
    desk.wait(10)

    assert launched(desk) == [LEAD]


def test_nobody_answers_and_the_promise_is_missed_by_that_word() -> None:
    desk = Desk()
    desk.agent(1)
    promise(desk, after=0)
    desk.ring(LEAD)
    no_answer = CallEnded(
        call_id=CallId(f"call-{LEAD}"), outcome=Outcome.NO_ANSWER, cause="NO_ANSWER"
    )
    desk.feed(no_answer)

    assert (end(desk).state, end(desk).reason) == (CallbackState.MISSED, "no_answer")
    assert desk.agent_state(1).state is AgentState.READY


def test_the_law_refuses_the_attempt_and_the_promise_is_missed() -> None:
    desk = Desk()
    desk.agent(1)
    promise(desk, after=0)
    desk.feed(AttemptRefused(call_id=CallId(f"call-{LEAD}"), reason="do_not_call"))

    assert (end(desk).state, end(desk).reason) == (CallbackState.MISSED, "do_not_call")
    assert desk.agent_state(1).state is AgentState.READY


def test_a_database_that_does_not_answer_gives_the_promise_back_to_the_store() -> None:
    desk = Desk()
    desk.agent(1)
    promise(desk, after=0)
    desk.feed(AttemptRefused(call_id=CallId(f"call-{LEAD}"), reason="The database is away."))

    assert end(desk).state is CallbackState.OPEN
    assert desk.agent_state(1).state is AgentState.READY


def test_outside_the_calling_hours_nothing_is_launched() -> None:
    desk = Desk()
    desk.agent(1)
    promise(desk, after=10, callable_until=desk.now + 10)
    desk.wait(11)

    assert launched(desk) == []
    assert (end(desk).state, end(desk).reason) == (CallbackState.MISSED, "outside_calling_hours")


@pytest.mark.parametrize("word", [CampaignPaused(campaign_id=CAMPAIGN), DrainRequested()])
def test_when_dialling_stops_promises_go_back_to_the_store(word: object) -> None:
    desk = Desk()
    desk.agent(1)
    promise(desk, after=30)
    desk.feed(word)  # type: ignore[arg-type]

    assert end(desk).state is CallbackState.OPEN
    assert desk.one(ReturnLeads).leads[0].lead_id == LEAD
    assert desk.snapshot.campaigns[0].callbacks_due == 0


def test_a_promise_taken_back_sets_its_agent_free() -> None:
    desk = Desk()
    desk.agent(1)
    promise(desk, after=30)
    desk.leads(1)
    assert launched(desk) == []
    desk.feed(CallbackCancelled(callback_id=CallbackId(5), reason="asked"))

    assert end(desk).state is CallbackState.CANCELLED
    assert launched(desk) == [1]


def test_an_agent_whose_phone_is_lost_while_it_rings_leaves_the_answer_to_the_team() -> None:
    desk = Desk()
    desk.agent(1)
    desk.agent(2)
    promise(desk, after=0)
    desk.ring(LEAD)
    leg = LegId("leg-1")
    desk.feed(AgentLegEnded(agent_id=AgentId(1), leg_id=leg, cause="MEDIA_TIMEOUT"))
    talk(desk, LEAD, leg=2)

    assert (end(desk).state, end(desk).reason) == (CallbackState.LATE, "colleague")


def test_a_pause_while_it_rings_takes_effect_after_the_call() -> None:
    desk = Desk()
    desk.agent(1)
    promise(desk, after=0)
    desk.feed(AgentPaused(agent_id=AgentId(1), reason="lunch"))
    talk(desk, LEAD, leg=1)

    call = desk.call(LEAD)
    assert call is not None and call.state is CallState.CONNECTED
    assert end(desk).state is CallbackState.KEPT


def test_a_promise_told_twice_is_one() -> None:
    desk = Desk()
    desk.agent(1)
    promise(desk, after=0)
    promise(desk, after=0)

    assert launched(desk) == [LEAD]


def test_promised_calls_teach_the_pacer_nothing_about_answers() -> None:
    desk = Desk(mode=DialMode.PREDICTIVE)
    desk.agent(1)
    seen: list[str] = []
    pacer = desk.engine._floor.teams[TEAM].pacer
    observe = pacer.observe
    pacer.observe = lambda what: (seen.append(type(what).__name__), observe(what))[1]  # type: ignore[method-assign]
    promise(desk, after=0)
    talk(desk, LEAD, leg=1)

    assert seen == ["LiveAnswerSettled"]
