"""Recording by the campaign's policy, masked for card data, closed whatever happens."""

from dataclasses import replace

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import Command
from dialer.engine.events import CallBridged, CallEnded, KeyPressed
from dialer.engine.ids import AgentId, CallId, LegId
from dialer.engine.in_call_commands import (
    LeadSound,
    MaskRecording,
    PlayToLead,
    RecordRecording,
    StartRecording,
    StopRecording,
)
from dialer.engine.in_call_config import RecordingConfig, RecordingPolicy
from dialer.engine.in_call_events import (
    CallHandedOver,
    RecordingAsked,
    RecordingMasked,
    RecordingStopped,
)
from dialer.errors import IllegalTransition
from tests.support.engine_desk import Desk

A, CALL = AgentId(1), CallId("call-1")
FILE = "call-1-1"


def talking(policy: RecordingPolicy) -> Desk:
    campaign = replace(Desk().campaign, recording=RecordingConfig(policy=policy))
    desk = Desk(campaign=campaign)
    desk.agent(1)
    desk.leads(1)
    desk.answer(1)
    desk.feed(CallBridged(call_id=CALL, leg_id=LegId("leg-1")))
    desk.now += 5
    return desk


def lead_hangs_up(desk: Desk) -> list[Command]:
    return desk.feed(CallEnded(call_id=CALL, outcome=Outcome.FAILED, cause="NORMAL_CLEARING"))


def presses(desk: Desk, key: str) -> None:
    desk.feed(KeyPressed(call_id=CALL, key=key))


def test_without_a_policy_nothing_is_recorded_and_the_agent_cannot_begin_it():
    desk = talking(RecordingPolicy.OFF)
    with pytest.raises(IllegalTransition, match="does not record"):
        desk.feed(RecordingAsked(agent_id=A, is_on=True))
    lead_hangs_up(desk)
    assert desk.all(StartRecording) == [] == desk.all(RecordRecording)


def test_a_notice_is_played_and_the_call_recorded_from_the_bridge_to_its_end():
    desk = talking(RecordingPolicy.NOTICE)
    assert desk.one(PlayToLead).sound is LeadSound.NOTICE
    assert desk.one(StartRecording) == StartRecording(call_id=CALL, file_id=FILE)
    begun = desk.one(RecordRecording)
    assert (begun.consent, begun.ended_at, begun.policy) == ("notice", None, "notice")
    desk.now += 60
    lead_hangs_up(desk)
    ended = desk.all(RecordRecording)[-1]
    assert (ended.started_at, ended.ended_at) == (begun.started_at, desk.now)
    # The switch ended the file with the leg; it says how long it is a moment later.
    assert desk.all(StopRecording) == []
    desk.feed(RecordingStopped(file_id=FILE, seconds=64.98))
    assert desk.all(RecordRecording)[-1] == replace(ended, seconds=64.98)
    desk.feed(RecordingStopped(file_id=FILE, seconds=64.98))
    assert len(desk.all(RecordRecording)) == 3


def test_with_consent_only_the_key_begins_it():
    desk = talking(RecordingPolicy.CONSENT)
    assert desk.one(PlayToLead).sound is LeadSound.CONSENT
    presses(desk, "2")
    assert desk.all(StartRecording) == []
    presses(desk, "1")
    presses(desk, "1")
    assert desk.one(StartRecording).file_id == FILE
    assert desk.one(RecordRecording).consent == "key"


def test_a_key_that_comes_too_late_is_no_answer_to_the_question():
    desk = talking(RecordingPolicy.CONSENT)
    desk.wait(20.0)
    presses(desk, "1")
    assert desk.all(StartRecording) == []
    # By word of mouth the lead may still agree.
    desk.feed(RecordingAsked(agent_id=A, is_on=True))
    assert desk.one(RecordRecording).consent == "agent"


def test_a_lead_who_objects_is_no_longer_recorded_and_may_agree_again():
    desk = talking(RecordingPolicy.NOTICE)
    desk.feed(RecordingAsked(agent_id=A, is_on=False))
    assert desk.one(StopRecording).file_id == FILE
    with pytest.raises(IllegalTransition, match="not being recorded"):
        desk.feed(RecordingMasked(agent_id=A, is_masked=True))
    desk.feed(RecordingAsked(agent_id=A, is_on=True))
    assert [one.file_id for one in desk.all(StartRecording)] == [FILE, "call-1-2"]
    with pytest.raises(IllegalTransition, match="already"):
        desk.feed(RecordingAsked(agent_id=A, is_on=True))


def test_card_data_is_masked_and_when_is_written_down():
    desk = talking(RecordingPolicy.NOTICE)
    masked_at = desk.now
    desk.feed(RecordingMasked(agent_id=A, is_masked=True))
    desk.feed(RecordingMasked(agent_id=A, is_masked=True))
    call = desk.call(1)
    assert call is not None
    assert call.is_masked
    desk.now += 20
    desk.feed(RecordingMasked(agent_id=A, is_masked=False))
    assert [one.is_masked for one in desk.all(MaskRecording)] == [True, False]
    desk.now += 5
    again_at = desk.now
    desk.feed(RecordingMasked(agent_id=A, is_masked=True))
    desk.now += 7
    lead_hangs_up(desk)
    written = desk.all(RecordRecording)[-1].masked
    assert written == ((masked_at, masked_at + 20), (again_at, again_at + 7))


def test_a_recording_goes_on_with_the_colleague_who_takes_the_call_over():
    desk = talking(RecordingPolicy.NOTICE)
    desk.agent(2)
    desk.feed(CallHandedOver(agent_id=A, to_agent=AgentId(2)))
    desk.feed(CallBridged(call_id=CALL, leg_id=LegId("leg-2")))
    assert len(desk.all(StartRecording)) == 1
    desk.feed(RecordingMasked(agent_id=AgentId(2), is_masked=True))
    assert desk.one(MaskRecording).file_id == FILE


def test_a_file_that_ends_by_itself_is_closed():
    desk = talking(RecordingPolicy.NOTICE)
    desk.feed(RecordingStopped(file_id=FILE, seconds=3.0))
    call = desk.call(1)
    assert call is not None
    assert not call.is_recorded
    assert desk.all(RecordRecording)[-1].seconds == 3.0
