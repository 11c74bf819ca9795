"""Legs beside the two that talk: outside numbers and supervisors come and go, nobody is dropped."""

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import RecordCall, RecordDisposition, Survey
from dialer.engine.events import (
    AgentParked,
    CallAdopted,
    CallBridged,
    CallDisposed,
    CallEnded,
    SurveyAnswered,
)  # fmt: skip
from dialer.engine.ids import E164, AgentId, CallId, LegId
from dialer.engine.in_call_commands import (
    BridgeOutside,
    CallOutside,
    CallSupervisor,
    HangupSideLeg,
    HoldLead,
    SetSupervisorMode,
    TryPhone,
)
from dialer.engine.in_call_events import (
    CallHandedOver,
    LeadHeld,
    LeadTakenBack,
    OutsideCalled,
    OutsideDropped,
    OutsidePurpose,
    OutsideTakesOver,
    PhoneTried,
    SideLegBridged,
    SideLegEnded,
    SideLegUp,
    SupervisorAsked,
    SupervisorLeft,
    SupervisorMode,
)
from dialer.engine.states import AgentState
from dialer.engine.talks import LeadPlace
from dialer.errors import IllegalTransition
from tests.support.engine_desk import Desk, hopper_lead

A, B, CALL = AgentId(1), AgentId(2), CallId("call-1")
LEG_A, OUT, SUP = LegId("leg-1"), LegId("outside-1"), LegId("supervisor-1")
NUMBER = E164("+12025550177")


def talking() -> Desk:
    desk = Desk()
    desk.agent(1)
    desk.leads(1)
    desk.answer(1)
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG_A))
    desk.now += 5
    return desk


def calls_outside(desk: Desk, purpose: OutsidePurpose) -> None:
    desk.feed(OutsideCalled(agent_id=A, leg_id=OUT, number=NUMBER, purpose=purpose))


def lines_in_use(desk: Desk) -> int:
    return desk.snapshot.trunks[0].channels


def place(desk: Desk) -> LeadPlace | None:
    call = desk.call(1)
    assert call is not None
    return call.place


def test_a_lead_goes_to_an_outside_number_when_it_answers_and_the_agent_takes_the_next_call():
    desk = talking()
    calls_outside(desk, OutsidePurpose.TRANSFER)
    order = desk.one(CallOutside)
    assert (order.number, order.caller_id, order.three_way_with) == (NUMBER, "+12025550100", None)
    assert lines_in_use(desk) == 2
    assert place(desk) is LeadPlace.WITH_AGENT
    desk.feed(SideLegUp(leg_id=OUT))
    assert desk.one(BridgeOutside) == BridgeOutside(call_id=CALL, leg_id=OUT)
    desk.feed(AgentParked(agent_id=A, leg_id=LEG_A), SideLegBridged(call_id=CALL, leg_id=OUT))
    assert place(desk) is LeadPlace.OUTSIDE
    desk.feed(CallDisposed(agent_id=A, call_id=CALL, disposition="sale"))
    assert desk.one(RecordDisposition).agent_id == A
    assert desk.agent_state(1).state is AgentState.READY
    # The two go on without the agent, who is on another call when theirs ends.
    desk.leads(2)
    desk.answer(2)
    desk.feed(CallBridged(call_id=CallId("call-2"), leg_id=LEG_A))
    desk.now += 100
    desk.feed(SideLegEnded(leg_id=OUT, cause="NORMAL_CLEARING"))
    desk.feed(CallEnded(call_id=CALL, outcome=Outcome.FAILED, cause="NORMAL_CLEARING"))
    record = desk.one(RecordCall)
    assert (record.call_id, record.agent_id, record.ended_at) == (CALL, A, desk.now)
    assert desk.agent_state(1).state is AgentState.TALKING
    assert lines_in_use(desk) == 1


@pytest.mark.parametrize("purpose", list(OutsidePurpose))
def test_an_outside_number_that_does_not_answer_changes_nothing(purpose: OutsidePurpose):
    desk = talking()
    calls_outside(desk, purpose)
    desk.feed(SideLegEnded(leg_id=OUT, cause="USER_BUSY"))
    assert place(desk) is LeadPlace.WITH_AGENT
    assert lines_in_use(desk) == 1
    calls_outside(desk, purpose)
    assert len(desk.all(CallOutside)) == 2


def test_three_talk_then_the_third_leaves_or_the_agent_does():
    desk = talking()
    calls_outside(desk, OutsidePurpose.THREE_WAY)
    assert desk.one(CallOutside).three_way_with == LEG_A
    with pytest.raises(IllegalTransition, match="no outside party"):
        desk.feed(OutsideTakesOver(agent_id=A))
    desk.feed(SideLegUp(leg_id=OUT))
    assert desk.all(BridgeOutside) == []
    desk.feed(OutsideDropped(agent_id=A))
    assert desk.one(HangupSideLeg).leg_id == OUT
    desk.feed(OutsideTakesOver(agent_id=A), SideLegBridged(call_id=CALL, leg_id=OUT))
    assert desk.agent_state(1).state is AgentState.WRAP_UP


def test_an_outside_leg_that_dies_while_it_takes_over_gives_the_lead_back():
    desk = talking()
    calls_outside(desk, OutsidePurpose.TRANSFER)
    desk.feed(SideLegUp(leg_id=OUT), SideLegEnded(leg_id=OUT, cause="NORMAL_CLEARING"))
    assert place(desk) is LeadPlace.COMING_BACK
    desk.feed(CallBridged(call_id=CALL, leg_id=LEG_A))
    assert place(desk) is LeadPlace.WITH_AGENT


def test_a_bridge_to_outside_that_sticks_ends_the_outside_leg():
    desk = talking()
    calls_outside(desk, OutsidePurpose.TRANSFER)
    desk.feed(SideLegUp(leg_id=OUT))
    desk.wait(1.0)
    assert desk.one(HangupSideLeg).leg_id == OUT


def test_a_held_lead_whose_outside_leg_dies_goes_back_to_the_music():
    desk = talking()
    desk.feed(LeadHeld(agent_id=A), AgentParked(agent_id=A, leg_id=LEG_A))
    calls_outside(desk, OutsidePurpose.TRANSFER)
    desk.feed(SideLegUp(leg_id=OUT), SideLegEnded(leg_id=OUT, cause="NORMAL_CLEARING"))
    assert place(desk) is LeadPlace.HELD
    assert len(desk.all(HoldLead)) == 2


def test_one_outside_party_at_a_time_and_no_hand_over_meanwhile():
    desk = talking()
    desk.agent(2)
    calls_outside(desk, OutsidePurpose.THREE_WAY)
    with pytest.raises(IllegalTransition, match="already"):
        calls_outside(desk, OutsidePurpose.TRANSFER)
    with pytest.raises(IllegalTransition, match="end that leg first"):
        desk.feed(CallHandedOver(agent_id=A, to_agent=B))


def test_a_lead_who_hangs_up_takes_the_outside_leg_along_and_its_line_is_given_back():
    desk = talking()
    calls_outside(desk, OutsidePurpose.TRANSFER)
    desk.feed(CallEnded(call_id=CALL, outcome=Outcome.FAILED, cause="NORMAL_CLEARING"))
    assert desk.one(HangupSideLeg).leg_id == OUT
    # It is found gone by the survey when its end was never told.
    desk.wait(11.0)
    assert OUT in desk.all(Survey)[-1].leg_ids
    desk.feed(SurveyAnswered(gone_calls=(), gone_legs=(OUT,), asked_at=desk.now))
    assert lines_in_use(desk) == 0
    late = LegId("outside-late")
    desk.feed(SideLegUp(leg_id=late), SideLegEnded(leg_id=late, cause="NORMAL_CLEARING"))


def test_a_restart_finds_a_lead_on_hold_or_outside_and_interrupts_nobody():
    desk = Desk()
    desk.agent(1)
    adopted = {"originated_at": 900.0, "answered_at": 910.0, "bridged_at": 911.0}
    desk.feed(
        CallAdopted(lead=hopper_lead(1), leg_id=LEG_A, place=LeadPlace.HELD, **adopted),
        CallAdopted(lead=hopper_lead(2), leg_id=None, place=LeadPlace.OUTSIDE, **adopted),
    )
    desk.wait(60.0)
    assert place(desk) is LeadPlace.HELD
    assert desk.agent_state(1).state is AgentState.TALKING
    outside = desk.call(2)
    assert outside is not None
    assert outside.place is LeadPlace.OUTSIDE
    desk.feed(LeadTakenBack(agent_id=A), CallBridged(call_id=CALL, leg_id=LEG_A))
    assert place(desk) is LeadPlace.WITH_AGENT


def asks(desk: Desk, mode: SupervisorMode, leg: LegId = SUP, extension: str = "900") -> None:
    desk.feed(SupervisorAsked(agent_id=A, leg_id=leg, extension=extension, mode=mode))


def test_a_supervisor_listens_whispers_and_leaves_while_the_agent_goes_from_call_to_call():
    desk = talking()
    asks(desk, SupervisorMode.LISTEN)
    assert desk.one(CallSupervisor).target_leg_id == LEG_A
    desk.feed(SideLegUp(leg_id=SUP))
    asks(desk, SupervisorMode.WHISPER, LegId("not-needed"))
    assert desk.one(SetSupervisorMode) == SetSupervisorMode(leg_id=SUP, mode=SupervisorMode.WHISPER)
    desk.feed(CallEnded(call_id=CALL, outcome=Outcome.FAILED, cause="NORMAL_CLEARING"))
    assert [one.leg_id for one in desk.snapshot.supervisors] == [SUP]
    desk.feed(SupervisorLeft(extension="900"))
    assert desk.one(HangupSideLeg).leg_id == SUP
    desk.feed(SideLegEnded(leg_id=SUP, cause="NORMAL_CLEARING"))
    assert desk.snapshot.supervisors == ()
    with pytest.raises(IllegalTransition, match="listens to nobody"):
        desk.feed(SupervisorLeft(extension="900"))


def test_supervisors_are_refused_where_there_is_nothing_to_hear_and_beyond_a_handful():
    desk = talking()
    with pytest.raises(IllegalTransition, match="no line up"):
        desk.feed(
            SupervisorAsked(agent_id=B, leg_id=SUP, extension="900", mode=SupervisorMode.LISTEN)
        )
    for number in range(4):
        asks(desk, SupervisorMode.LISTEN, LegId(f"s{number}"), f"90{number}")
    with pytest.raises(IllegalTransition, match="already"):
        asks(desk, SupervisorMode.LISTEN, LegId("s9"), "909")
    desk.agent(2)
    with pytest.raises(IllegalTransition, match="somebody else"):
        desk.feed(
            SupervisorAsked(
                agent_id=B, leg_id=LegId("s9"), extension="900", mode=SupervisorMode.LISTEN
            )
        )


def test_a_phone_is_tested_while_its_agent_is_logged_out():
    desk = Desk()
    desk.feed(PhoneTried(agent_id=A, leg_id=LegId("test")))
    assert desk.one(TryPhone).agent_id == A
    desk.agent(1)
    with pytest.raises(IllegalTransition, match="log out first"):
        desk.feed(PhoneTried(agent_id=A, leg_id=LegId("test")))
