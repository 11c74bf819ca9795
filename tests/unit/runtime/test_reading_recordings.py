"""Verdicts, keys, beeps, questions and calls from outside, as the reader hands them on."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.outcomes import Verdict
from dialer.engine.events import (
    BeepHeard,
    CallParked,
    CallScreened,
    Event,
    KeyPressed,
    QuestionUnanswered,
)
from dialer.engine.ids import CallId
from dialer.runtime.switch_reader import Arrival, SwitchReader
from freeswitch.events import ChannelEvent, JobEvent, read_event
from freeswitch.framing import FrameReader
from freeswitch.messages import EventFormat, EventMessage
from tests.support import captures
from tests.support.hostile import ATTACKS

CALL = CallId("c0000000-0000-4000-8000-000000000001")


def event(**headers: str) -> ChannelEvent:
    body = json.dumps(headers, separators=(",", ":")).encode()
    found = read_event(EventMessage(body=body, format=EventFormat.JSON))
    assert isinstance(found, ChannelEvent)
    return found


def parked(**headers: str) -> ChannelEvent:
    named = {"Event-Name": "CHANNEL_PARK", "Unique-ID": CALL, "Answer-State": "answered"}
    return event(**named | headers)


def captured(name: str) -> list[Event]:
    """What the reader makes of a capture's first call."""
    messages, _ = FrameReader().receive(captures.received(name))
    reader = SwitchReader("dialer-1")
    found: list[Event] = []
    for message in messages:
        if not isinstance(message, EventMessage):
            continue
        one = read_event(message)
        if isinstance(one, ChannelEvent) and one.unique_id and not reader.calls:
            reader.expect_call(CallId(one.unique_id))
        if isinstance(one, ChannelEvent | JobEvent):
            found += reader.read(one)
    return found


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("amd_human_says_hello", Verdict.HUMAN),
        ("amd_machine_long_greeting", Verdict.MACHINE),
        ("amd_silence", Verdict.UNSURE),
    ],
)
def test_the_verdict_of_a_real_switch_is_told_once_before_the_park(
    name: str, verdict: Verdict
) -> None:
    told = [one for one in captured(name) if isinstance(one, CallScreened | CallParked)]
    assert isinstance(told[0], CallScreened)
    assert told[0].verdict is verdict
    assert [type(one) for one in told].count(CallScreened) == 1
    assert isinstance(told[1], CallParked)


def test_the_key_of_a_real_call_is_told() -> None:
    keys = [one for one in captured("abandoned_message_with_keypress_opt_out")
            if isinstance(one, KeyPressed)]  # fmt: skip
    assert [one.key for one in keys] == ["9"]


def test_a_later_park_says_no_verdict_again() -> None:
    reader = SwitchReader("dialer-1")
    reader.expect_call(CALL)
    heard = {"variable_detect_audio_timeout": "false", "variable_detect_silence_timeout": "true"}
    assert len(reader.read(parked(**heard))) == 2
    assert reader.read(parked(**heard)) == [CallParked(call_id=CALL)]


def test_the_park_after_a_question_names_it() -> None:
    reader = SwitchReader("dialer-1")
    reader.expect_call(CALL)
    told = reader.read(parked(variable_dialer_question="pleased"))
    assert told == [QuestionUnanswered(call_id=CALL, question="pleased")]


def test_a_beep_belongs_to_a_call_that_is_known() -> None:
    reader = SwitchReader("dialer-1")
    assert reader.hear_beep(CALL) == []
    reader.expect_call(CALL)
    assert reader.hear_beep(CALL) == [BeepHeard(call_id=CALL)]


@given(digit=st.text(max_size=3))
def test_only_the_keys_of_a_telephone_are_keys(digit: str) -> None:
    reader = SwitchReader("dialer-1")
    reader.expect_call(CALL)
    told = reader.read(event(**{"Event-Name": "DTMF", "Unique-ID": CALL, "DTMF-Digit": digit}))
    is_key = len(digit) == 1 and digit in "0123456789*#"
    assert told == ([KeyPressed(call_id=CALL, key=digit)] if is_key else [])


def arrivals_of(*events: ChannelEvent) -> list[Arrival]:
    reader = SwitchReader("dialer-1")
    found: list[Arrival] = []
    reader.on_arrival = found.append
    for one in events:
        assert reader.read(one) == []
    assert not reader.strangers
    return found


def test_a_call_from_outside_is_announced_when_our_dialplan_has_parked_it() -> None:
    inbound = parked(
        **{
            "variable_dialer_inbound": "true",
            "Caller-Caller-ID-Number": "+12025550123",
            "Caller-Destination-Number": "+12025550199",
        }
    )
    assert arrivals_of(inbound) == [
        Arrival(channel=CALL, caller_number="+12025550123", called_number="+12025550199")
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"variable_dialer_inbound": "false"},
        {"variable_dialer_inbound": "true", "Answer-State": "early"},
        {"variable_dialer_inbound": "true", "Event-Name": "CHANNEL_HANGUP_COMPLETE"},
    ],
)
def test_nothing_else_of_a_stranger_is_an_arrival(headers: dict[str, str]) -> None:
    assert arrivals_of(parked(**headers)) == []


@pytest.mark.parametrize("text", ATTACKS)
def test_what_a_far_side_says_of_itself_stays_text(text: str) -> None:
    """The desk parses it; here it is only carried, whatever it is."""
    inbound = parked(**{"variable_dialer_inbound": "true", "Caller-Caller-ID-Number": text})
    assert [one.channel for one in arrivals_of(inbound)] == [CALL]
