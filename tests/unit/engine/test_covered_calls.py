"""What holds for a call that may only be made while a ready agent covers it, once it is made."""

import dataclasses

from campaigns.outcomes import Outcome
from dialer.engine.commands import Bridge, Originate, PlayMessage, RecordCall
from dialer.engine.events import (
    AgentPaused,
    CallBridged,
    CallEnded,
    LeadsLeased,
)
from dialer.engine.ids import AgentId
from tests.support.engine_desk import CAMPAIGN, Desk, hopper_lead


def launched_covered(desk: Desk) -> None:
    lead = dataclasses.replace(hopper_lead(1), covered_only=True)
    desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=(lead,), asked=1))
    assert desk.one(Originate).lead.covered_only


def test_the_agent_it_was_launched_for_takes_it() -> None:
    desk = Desk()
    desk.agent(1)
    launched_covered(desk)
    desk.answer(1)
    assert desk.one(Bridge).call_id == "call-1"


def test_when_that_agent_left_meanwhile_the_person_is_not_left_in_silence() -> None:
    """The launch is covered; a person who leaves their desk while it rings cannot be brought back.

    Then the message is played: silence would be worse for who answered. It counts as abandoned.
    """
    desk = Desk()
    desk.agent(1)
    launched_covered(desk)
    desk.feed(AgentPaused(agent_id=AgentId(1), reason="break"))
    call_id = desk.answer(1)
    desk.wait(2.0)
    assert desk.one(PlayMessage).call_id == call_id
    desk.feed(CallEnded(call_id=call_id, outcome=Outcome.ABANDONED, cause="NORMAL_CLEARING"))
    assert [record.is_abandoned for record in desk.all(RecordCall)] == [True]


def test_an_agent_who_comes_back_in_the_legal_seconds_still_takes_it() -> None:
    desk = Desk()
    desk.agent(1)
    launched_covered(desk)
    desk.agent(2)
    desk.feed(AgentPaused(agent_id=AgentId(1), reason="break"))
    call_id = desk.answer(1)
    (bridge,) = desk.all(Bridge)
    desk.feed(CallBridged(call_id=call_id, leg_id=bridge.leg_id))
    assert bridge.leg_id == "leg-2"
    assert desk.all(PlayMessage) == []
