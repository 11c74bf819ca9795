import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freeswitch.errors import MalformedEvent
from freeswitch.events import (
    ChannelDetails,
    ChannelEvent,
    CustomEvent,
    Greeting,
    HeartbeatEvent,
    JobEvent,
    SwitchEvent,
    event_name,
    is_named,
    read_details,
    read_event,
)
from freeswitch.messages import EventFormat, EventMessage
from freeswitch.plain_events import parse_plain_event


def as_json(body: str | bytes) -> EventMessage:
    raw = body if isinstance(body, bytes) else body.encode()
    return EventMessage(format=EventFormat.JSON, body=raw)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("CHANNEL_ANSWER", ChannelEvent),
        ("CHANNEL_PARK", ChannelDetails),
        ("CHANNEL_HANGUP_COMPLETE", ChannelDetails),
        ("DTMF", ChannelEvent),
        ("PLAYBACK_STOP", ChannelEvent),
        ("BACKGROUND_JOB", JobEvent),
        ("HEARTBEAT", HeartbeatEvent),
        ("CUSTOM", CustomEvent),
        ("SHUTDOWN", SwitchEvent),
    ],
)
def test_the_name_decides_the_family(name: str, family: type[SwitchEvent]) -> None:
    message = as_json(json.dumps({"Event-Name": name, "Core-UUID": "c"}, separators=(",", ":")))
    assert type(read_event(message)) is family
    assert event_name(message) == name


def test_a_heartbeat_is_read_as_numbers() -> None:
    event = read_event(
        as_json(
            '{"Event-Name":"HEARTBEAT","Event-Date-Timestamp":"1795291051040675",'
            '"Session-Count":"2","Max-Sessions":"5000","Session-Per-Sec":"999",'
            '"Session-Per-Sec-Last":"0","Session-Per-Sec-Max":"1","Idle-CPU":"97.633333"}'
        )
    )
    assert event == HeartbeatEvent(
        name="HEARTBEAT",
        timestamp_us=1795291051040675,
        session_count=2,
        sessions_max=5000,
        sessions_per_second_left=999,
        sessions_per_second_last=0,
        sessions_per_second_max=1,
        idle_cpu_percent=97.633333,
    )
    assert event.occurred_at == pytest.approx(1795291051.040675)


def test_a_gateway_and_a_ping_are_custom_events() -> None:
    gateway = read_event(
        as_json(
            '{"Event-Name":"CUSTOM","Event-Subclass":"sofia::gateway_state","Gateway":"pstn",'
            '"State":"NOREG","Ping-Status":"DOWN"}'
        )
    )
    assert isinstance(gateway, CustomEvent)
    assert (gateway.subclass, gateway.gateway) == ("sofia::gateway_state", "pstn")
    assert gateway.ping_status == "DOWN"
    ping = read_event(
        as_json(
            '{"Event-Name":"CUSTOM","Event-Subclass":"dialer::ping","Dialer-ID":"d1",'
            '"Ping-Sequence":"41"}'
        )
    )
    assert isinstance(ping, CustomEvent)
    assert (ping.dialer_id, ping.ping_sequence) == ("d1", 41)


def test_an_event_of_sendevent_is_known_though_its_name_comes_late() -> None:
    message = as_json(
        '{"Event-Subclass":"dialer::ping","Dialer-ID":"d1","Ping-Sequence":"41",'
        '"Event-Name":"CUSTOM","Core-UUID":"c"}'
    )
    assert is_named(message, b"CUSTOM")
    assert not is_named(message, b"BACKGROUND_JOB")
    assert read_event(message) == CustomEvent(
        name="CUSTOM",
        core_uuid="c",
        subclass="dialer::ping",
        dialer_id="d1",
        ping_sequence=41,
    )


def test_a_value_cannot_pass_for_the_name() -> None:
    forged = json.dumps({"x": '"Event-Name":"BACKGROUND_JOB"', "Event-Name": "CUSTOM"})
    message = as_json(forged.replace(": ", ":"))
    assert not is_named(message, b"BACKGROUND_JOB")


def test_bytes_that_are_no_utf8_do_not_hide_the_rest() -> None:
    body = (
        b'{"Event-Name":"CHANNEL_PARK","Unique-ID":"c0","variable_dialer_call":"\xff\xfe",'
        b'"variable_sip_term_status":"200"}'
    )
    event = read_event(as_json(body))
    assert isinstance(event, ChannelDetails)
    assert (event.unique_id, event.sip_status) == ("c0", "200")
    assert event.dialer_call == "\ufffd\ufffd"


def test_bytes_that_are_no_utf8_in_a_header_nobody_reads_cost_nothing() -> None:
    body = b'{"Event-Name":"CHANNEL_PARK","variable_sip_from_display":"\xc7\xff","Unique-ID":"c0"}'
    event = read_event(as_json(body))
    assert isinstance(event, ChannelDetails)
    assert event.unique_id == "c0"


def test_of_doubled_keys_the_last_counts_on_both_ways() -> None:
    doubled = (
        '{"Event-Name":"CHANNEL_HANGUP_COMPLETE","Hangup-Cause":"NONE","Hangup-Cause":"USER_BUSY"'
    )
    fast = read_event(as_json(doubled + "}"))
    slow = read_event(as_json(doubled.encode() + b',"variable_dialer_id":"\xff"}'))
    assert isinstance(fast, ChannelDetails)
    assert isinstance(slow, ChannelDetails)
    assert fast.hangup_cause == slow.hangup_cause == "USER_BUSY"


def test_an_array_variable_is_read_as_the_plain_encoding_writes_it() -> None:
    event = read_details(
        as_json('{"Event-Name":"CHANNEL_PARK","variable_opt_out":["9","9"],"Unique-ID":"c0"}')
    )
    assert event.opt_out == "ARRAY::9|:9"
    assert event.unique_id == "c0"


def test_a_number_that_is_none_is_left_out_and_the_rest_is_read() -> None:
    event = read_event(
        as_json('{"Event-Name":"HEARTBEAT","Session-Count":"many","Max-Sessions":"5000"}')
    )
    assert isinstance(event, HeartbeatEvent)
    assert (event.session_count, event.sessions_max) == (None, 5000)


def test_half_a_surrogate_pair_can_still_be_written() -> None:
    event = read_details(
        as_json(b'{"Event-Name":"CHANNEL_PARK","variable_dialer_call":"a\\ud83d","Unique-ID":"c"}')
    )
    assert event.unique_id == "c"
    assert event.dialer_call is not None
    event.dialer_call.encode()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"Event-Name":7}', b"[" * 100_000, b"\xff"],
)
def test_a_body_that_is_no_event_is_malformed_and_nothing_else(body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        read_event(as_json(body))


def test_xml_is_never_asked_for() -> None:
    with pytest.raises(MalformedEvent, match="subscribe to JSON"):
        read_event(EventMessage(format=EventFormat.XML, body=b"<event/>"))


HALF_AN_EVENT = b'{"Event-Name":"CHANNEL_PARK","Unique-ID":"'


@settings(max_examples=150)
@given(
    st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda t: HALF_AN_EVENT + t)),
    st.sampled_from([EventFormat.JSON, EventFormat.PLAIN]),
)
def test_any_body_gives_an_event_or_malformed(body: bytes, event_format: EventFormat) -> None:
    try:
        event = read_event(EventMessage(format=event_format, body=body))
    except MalformedEvent:
        return
    assert isinstance(event, SwitchEvent)
    assert event.name


@given(
    st.dictionaries(
        st.sampled_from(
            ["Unique-ID", "Answer-State", "Hangup-Cause", "variable_opt_out", "variable_x"]
        ),
        st.one_of(st.text(max_size=8), st.lists(st.text(max_size=4), max_size=3), st.integers()),
    )
)
def test_reading_fast_and_reading_slowly_agree(headers: dict[str, object]) -> None:
    body = {"Event-Name": "CHANNEL_PARK", **headers}
    fast = read_event(as_json(json.dumps(body, separators=(",", ":"))))
    # A space behind the colon is not how the switch writes, so the name is not found at once.
    slow = read_event(as_json(json.dumps(body)))
    assert fast == slow


def test_no_greeting_before_both_detectors_have_spoken() -> None:
    half = as_json('{"Event-Name":"CHANNEL_PARK","variable_detect_audio_timeout":"false"}')
    assert read_details(half).greeting is None
    both = as_json(
        '{"Event-Name":"CHANNEL_PARK","variable_detect_audio_timeout":"false",'
        '"variable_detect_silence_timeout":"true"}'
    )
    assert read_details(both).greeting is Greeting.MACHINE


def test_plain_values_are_unquoted_one_by_one() -> None:
    body = (
        b"Event-Name: CHANNEL_PARK\nvariable_a: x%0AUnique-ID%3A%20forged\n"
        b"Unique-ID: c0\nvariable_b: _undef_\nvariable_c: ARRAY%3A%3Aone|%3Atwo\n"
        b"variable_d: %C3%A7a%C4%9Fr%C9%99\nvariable_e: 100%25 %41%zz\n\n"
    )
    assert parse_plain_event(body) == {
        "Event-Name": "CHANNEL_PARK",
        "variable_a": "x\nUnique-ID: forged",
        "Unique-ID": "c0",
        "variable_c": ["one", "two"],
        "variable_d": "çağrə",
        # FreeSWITCH leaves a value's own %41 as it is, so reading it cannot but lose it.
        "variable_e": "100% A%zz",
    }


def test_a_plain_body_is_raw_and_as_long_as_it_says() -> None:
    body = b"Event-Name: BACKGROUND_JOB\nContent-Length: 9\n\n+OK %41\n\nrest"
    assert parse_plain_event(body)["_body"] == "+OK %41\n\n"
