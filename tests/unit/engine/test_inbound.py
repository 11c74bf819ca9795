"""People who call back: before all others, and in no ledger."""

from dataclasses import replace

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import (
    Bridge,
    Hangup,
    HoldReturn,
    PlayMessage,
    RecordCall,
    RecordDisposition,
    Recording,
    RecordReturn,
    ShowLead,
)
from dialer.engine.events import (
    AgentParked,
    AgentPaused,
    AgentReadied,
    CallBridged,
    CallDisposed,
    CallEnded,
    CallReturned,
    DrainRequested,
)
from dialer.engine.ids import AgentId, CallId, CampaignId, LegId
from dialer.engine.states import CallState
from tests.support.engine_desk import Desk, hopper_lead

BACK, LEG = CallId("back"), LegId("leg-1")


def returned(*, is_open: bool = True, number: int = 7) -> CallReturned:
    return CallReturned(lead=replace(hopper_lead(number), call_id=BACK), is_open=is_open)


def ended() -> CallEnded:
    return CallEnded(call_id=BACK, outcome=Outcome.UNKNOWN, cause="NORMAL_CLEARING")


def test_a_free_agent_gets_the_caller_with_their_record():
    desk = Desk()
    desk.agent()
    desk.feed(returned())
    shown = desk.one(ShowLead)
    assert (shown.call_id, shown.lead_id) == (BACK, 7)
    assert desk.one(Bridge) == Bridge(call_id=BACK, leg_id=LEG)
    desk.feed(CallBridged(call_id=BACK, leg_id=LEG))
    desk.now += 30
    desk.feed(ended(), AgentParked(agent_id=AgentId(1), leg_id=LEG))
    desk.feed(CallDisposed(agent_id=AgentId(1), call_id=BACK, disposition="sale"))
    assert desk.one(RecordDisposition).call_id == BACK
    record = desk.all(RecordReturn)[-1]
    assert (record.agent_id, record.number) == (1, "+12025550007")
    assert record.bridged_at is not None and record.ended_at is not None
    assert desk.all(RecordCall) == []
    campaign = desk.snapshot.campaigns[0]
    assert (campaign.live_answers, campaign.abandoned, campaign.ledgers[0].live_answers) == (
        0,
        0,
        0,
    )
    assert desk.snapshot.calls == () and desk.snapshot.trunks[0].channels == 0


def test_who_calls_back_goes_before_those_we_called():
    desk = Desk()
    desk.agent()
    desk.leads(1)
    desk.lose_leg()
    desk.answer(1)
    desk.feed(returned())
    assert desk.one(HoldReturn).call_id == BACK
    # Somebody else begins work, and two people wait for them.
    desk.agent(2)
    assert desk.one(Bridge).call_id == BACK


def test_a_caller_who_waits_takes_an_agent_from_the_pacers_view():
    desk = Desk()
    desk.agent(1)
    desk.agent(2)
    desk.feed(AgentPaused(agent_id=AgentId(1), reason="x"), returned())
    assert desk.one(Bridge).leg_id == "leg-2"
    desk.leads(1)
    assert desk.snapshot.campaigns[0].attempts == 0, "nobody is ready for it"


def test_nobody_in_time_means_the_message_and_no_abandonment():
    desk = Desk()
    desk.agent()
    desk.feed(AgentPaused(agent_id=AgentId(1), reason="lunch"), returned())
    desk.wait(19.9)
    assert desk.all(PlayMessage) == []
    desk.wait(0.2)
    assert desk.one(PlayMessage).recording is Recording.CALLED_BACK
    assert desk.snapshot.campaigns[0].abandoned == 0
    desk.feed(AgentReadied(agent_id=AgentId(1)))
    assert desk.all(Bridge) == []
    desk.feed(ended())
    record = desk.all(RecordReturn)[-1]
    assert record.message_at is not None and record.agent_id is None


@pytest.mark.parametrize("why", ["hours", "nobody", "draining"])
def test_out_of_hours_or_with_nobody_at_work_they_hear_the_message_at_once(why: str):
    desk = Desk()
    if why != "nobody":
        desk.agent()
    if why == "draining":
        desk.feed(DrainRequested())
    desk.feed(returned(is_open=why != "hours"))
    assert desk.one(PlayMessage).recording is Recording.CALLED_BACK
    assert desk.all(Bridge) == []


def test_a_caller_who_gives_up_frees_everything():
    desk = Desk()
    desk.agent()
    desk.feed(AgentPaused(agent_id=AgentId(1), reason="lunch"), returned(), ended())
    assert desk.snapshot.calls == () and desk.snapshot.trunks[0].channels == 0
    desk.wait(30.0)
    assert desk.all(PlayMessage) == []


def test_the_number_may_be_on_a_call_of_ours_at_that_moment():
    desk = Desk()
    desk.agent()
    desk.leads(7)
    desk.ring(7)
    desk.feed(returned(), ended())
    assert desk.call(7) is not None
    desk.feed(CallEnded(call_id=CallId("call-7"), outcome=Outcome.BUSY, cause="USER_BUSY"))
    assert desk.snapshot.calls == ()


def test_a_campaign_that_is_not_here_ends_the_call():
    desk = Desk()
    lead = replace(hopper_lead(7, campaign_id=CampaignId(99)), call_id=BACK)
    desk.feed(CallReturned(lead=lead, is_open=True))
    assert desk.one(Hangup).call_id == BACK


def test_told_twice_it_is_one_call():
    desk = Desk()
    desk.agent()
    desk.feed(returned())
    assert desk.feed(returned()) == []
    call = next(one for one in desk.snapshot.calls if one.call_id == BACK)
    assert call.state is CallState.BRIDGING
