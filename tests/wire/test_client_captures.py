"""Every capture of a real switch, cut every way a socket can cut it, gives the same messages."""

import json

import pytest

from freeswitch import commands
from freeswitch.events import (
    ChannelDetails,
    ChannelEvent,
    Greeting,
    JobEvent,
    parse_json_headers,
    read_details,
    read_event,
)
from freeswitch.framing import FrameReader
from freeswitch.messages import ApiResponse, AuthRequest, EventMessage, Message
from freeswitch.protocol import Answer, EslProtocol
from tests.support import captures, esl_frames


def frames(data: bytes, step: int | None = None) -> list[Message]:
    reader = FrameReader()
    messages: list[Message] = []
    for start in range(0, len(data), step or len(data)):
        found, reason = reader.receive(data[start : start + (step or len(data))])
        assert reason is None
        messages += found
    assert reader.pending_bytes == 0
    return messages


def events(name: str) -> list[EventMessage]:
    return [m for m in frames(captures.received(name)) if isinstance(m, EventMessage)]


@pytest.mark.parametrize("name", captures.names())
def test_whole_byte_by_byte_and_with_trailing_bytes(name: str) -> None:
    data = captures.received(name)
    whole = frames(data)
    assert whole[0] == AuthRequest()
    assert frames(data, 1) == whole
    assert frames(data, 1449) == whole
    reader = FrameReader()
    with_trailing, reason = reader.receive(data + b"Content-Type: api/res")
    assert (with_trailing, reason, reader.pending_bytes) == (whole, None, 21)
    assert reader.receive(b"ponse\nContent-Length: 1\n\nx")[0][0] != whole[-1]


@pytest.mark.parametrize("name", captures.names())
def test_what_is_framed_is_all_that_was_sent(name: str) -> None:
    data = captures.received(name)
    assert b"".join(esl_frames.encode(message) for message in frames(data)) == data


@pytest.mark.parametrize("name", captures.names())
def test_every_command_has_its_answer(name: str) -> None:
    protocol = EslProtocol()
    answers = []
    sent = 0
    for chunk in captures.load(name):
        if chunk.direction == "out":
            # The pairing is under test, not the text: some captured commands are deliberate
            # nonsense that `Command` would refuse.
            protocol.send(commands.api(commands.status()))
            sent += 1
        elif chunk.direction == "in":
            answers += [m for m in protocol.receive(chunk.data) if isinstance(m, Answer)]
    shut_down_while_answering = name == "switch_shuts_down_with_calls_up"
    assert len(answers) == sent - shut_down_while_answering
    assert protocol.unanswered_count == int(shut_down_while_answering)


@pytest.mark.parametrize("name", captures.names())
def test_every_event_reads_as_json_reads_it(name: str) -> None:
    for message in events(name):
        if message.format != "json":
            continue
        expected = json.loads(message.body.decode("utf-8", "replace"))
        event = read_event(message)
        assert event.name == expected["Event-Name"]
        assert event.core_uuid == expected["Core-UUID"]
        assert event.timestamp_us == int(expected["Event-Date-Timestamp"])
        if isinstance(event, ChannelEvent):
            assert event.unique_id == expected["Unique-ID"]
            assert event.answer_state == expected["Answer-State"]
            assert event.hangup_cause == expected.get("Hangup-Cause")
            details = read_details(message)
            assert details.hangup_disposition == expected.get("variable_sip_hangup_disposition")
            assert details.sip_status == expected.get("variable_sip_term_status")
            assert details.park_timeout == expected.get("variable_park_timeout")
        if isinstance(event, JobEvent):
            assert event.job_uuid == expected["Job-UUID"]
            assert event.body == expected["_body"]


def test_plain_events_read_as_the_json_ones_do() -> None:
    names = [read_event(message).name for message in events("answered_call_as_plain_events")]
    assert names[0] == "CHANNEL_CREATE"
    assert {"CHANNEL_ANSWER", "CHANNEL_PARK", "CHANNEL_HANGUP_COMPLETE"} <= set(names)
    job = next(
        event
        for event in map(read_event, events("answered_call_as_plain_events"))
        if isinstance(event, JobEvent)
    )
    assert job.body == "+OK c0000000-0000-4000-8000-000000000044\n"
    details = [
        event
        for event in map(read_event, events("answered_call_as_plain_events"))
        if isinstance(event, ChannelDetails)
    ]
    assert {event.unique_id for event in details} == {"c0000000-0000-4000-8000-000000000044"}
    assert details[-1].hangup_disposition == "recv_bye"


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("amd_human_says_hello", Greeting.PERSON),
        ("amd_machine_long_greeting", Greeting.MACHINE),
        ("amd_silence", Greeting.SILENCE),
        ("connected_lead_hangs_up_agent_parks_again", None),
    ],
)
def test_the_greeting_stands_in_the_park(name: str, greeting: Greeting | None) -> None:
    parks = [e for e in map(read_event, events(name)) if e.name == "CHANNEL_PARK"]
    assert {e.greeting for e in parks if isinstance(e, ChannelDetails)} == {greeting}


def test_awkward_values_come_out_whole() -> None:
    headers = [parse_json_headers(message.body) for message in events("awkward_variable_values")]
    answered = next(h for h in headers if h["Event-Name"] == "CHANNEL_ANSWER")
    assert answered["variable_name"] == "Əliyev"
    assert answered["variable_note"] == "^^:a=1:b"
    job = next(h for h in headers if h["Event-Name"] == "BACKGROUND_JOB")
    # A literal %41 stays as it is: JSON values are not URL-encoded.
    assert "Orxan %41 50%25'" in str(job["Job-Command-Arg"])
    said = frames(captures.received("awkward_variable_values"))
    assert 'çağr\u0131 mərkəzi & "x"' in [m.text for m in said if isinstance(m, ApiResponse)]


def test_the_key_that_opts_out_is_in_the_events() -> None:
    found = [read_event(m) for m in events("abandoned_message_with_keypress_opt_out")]
    assert [e.dtmf_digit for e in found if e.name == "DTMF" and isinstance(e, ChannelEvent)] == [
        "9"
    ]
    ended = [e for e in found if e.name == "CHANNEL_HANGUP_COMPLETE"]
    assert [e.opt_out for e in ended if isinstance(e, ChannelDetails)] == ["9"]


def test_a_recording_tells_its_path_and_length() -> None:
    stops = [e for e in map(read_event, events("recording_stereo")) if e.name == "RECORD_STOP"]
    assert len(stops) == 1
    stop = stops[0]
    assert isinstance(stop, ChannelDetails)
    assert stop.record_path is not None
    assert stop.record_path.endswith("/c0000000-0000-4000-8000-000000000041.wav")
    assert stop.record_ms is not None
    assert stop.record_ms > 0
