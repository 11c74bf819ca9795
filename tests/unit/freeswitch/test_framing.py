import tracemalloc

import pytest

from freeswitch.framing import FrameReader
from freeswitch.messages import (
    ApiResponse,
    AuthRequest,
    CommandReply,
    DisconnectNotice,
    EventFormat,
    EventMessage,
    LogMessage,
    RudeRejection,
)
from tests.support import esl_frames


def read(data: bytes, reader: FrameReader | None = None) -> list[object]:
    messages, reason = (reader or FrameReader()).receive(data)
    assert reason is None
    return list(messages)


def refused(data: bytes, **limits: int) -> str:
    reader = FrameReader(**limits)
    _, reason = reader.receive(data)
    assert reason is not None
    assert reader.is_closed
    assert reader.receive(esl_frames.AUTH_REQUEST) == ([], None), "closed for good"
    return reason


def test_every_kind_of_frame_becomes_its_message() -> None:
    stream = b"".join(
        (
            esl_frames.AUTH_REQUEST,
            esl_frames.reply("+OK accepted"),
            esl_frames.reply("+OK Job-UUID: u", "Job-UUID: u"),
            esl_frames.api_response("+OK\n"),
            esl_frames.event('{"Event-Name":"HEARTBEAT"}'),
            esl_frames.event("Event-Name: HEARTBEAT\n\n", "plain"),
            b"Content-Type: log/data\nContent-Length: 3\nLog-Level: 7\nUser-Data: \n\nhi\n",
            esl_frames.RUDE_REJECTION,
            esl_frames.DISCONNECT_NOTICE,
        )
    )
    assert read(stream) == [
        AuthRequest(),
        CommandReply(text="+OK accepted"),
        CommandReply(text="+OK Job-UUID: u", headers=(("Job-UUID", "u"),)),
        ApiResponse(body=b"+OK\n"),
        EventMessage(format=EventFormat.JSON, body=b'{"Event-Name":"HEARTBEAT"}'),
        EventMessage(format=EventFormat.PLAIN, body=b"Event-Name: HEARTBEAT\n\n"),
        LogMessage(headers=(("Log-Level", "7"), ("User-Data", "")), body=b"hi\n"),
        RudeRejection(text="Access Denied, go away.\n"),
        DisconnectNotice(text=esl_frames.GOODBYE.decode()),
    ]


def test_a_disconnect_notice_that_lingers_says_for_how_long() -> None:
    frame = (
        b"Content-Type: text/disconnect-notice\nControlled-Session-UUID: c0\n"
        b"Content-Disposition: linger\nChannel-Name: sofia/lab/1130\nLinger-Time: 30\n"
        b"Content-Length: 0\n\n"
    )
    expected = DisconnectNotice(text="", controlled_uuid="c0", linger_seconds=30)
    assert read(frame + esl_frames.AUTH_REQUEST) == [expected, AuthRequest()]


def test_the_length_counts_bytes_not_characters() -> None:
    body = '{"Event-Name":"CUSTOM","x":"Əliyev çağrə 🙂"}'
    frames = esl_frames.event(body) + esl_frames.api_response("ç\n") + esl_frames.AUTH_REQUEST
    assert read(frames) == [
        EventMessage(format=EventFormat.JSON, body=body.encode()),
        ApiResponse(body="ç\n".encode()),
        AuthRequest(),
    ]


def test_an_escaped_line_feed_in_a_header_forges_nothing() -> None:
    body = b"Event-Name: CUSTOM\nvariable_x: a%0A%0AContent-Type: auth/request%0A%0A\n\n"
    frame = esl_frames.event(body, "plain")
    assert read(frame) == [EventMessage(format=EventFormat.PLAIN, body=body)]


def test_a_body_may_hold_whole_frames() -> None:
    body = esl_frames.AUTH_REQUEST + esl_frames.DISCONNECT_NOTICE
    assert read(esl_frames.api_response(body)) == [ApiResponse(body=body)]


def test_a_large_body_in_small_pieces_is_searched_and_copied_once() -> None:
    body = b"x" * 1_000_000 + b"\n\n" * 20_000
    frame = esl_frames.api_response(body)
    reader = FrameReader()
    tracemalloc.start()
    try:
        messages = [
            message
            for start in range(0, len(frame), 1000)
            for message in read(frame[start : start + 1000], reader)
        ]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert messages == [ApiResponse(body=body)]
    assert peak < 4 * len(body)
    assert reader.pending_bytes == 0


def test_headers_without_an_end_are_refused_at_the_limit() -> None:
    assert "longer than 100 bytes" in refused(b"x" * 101, header_bytes_max=100)
    assert read(b"x" * 100, FrameReader(header_bytes_max=100)) == []


def test_a_body_over_the_limit_is_refused_before_it_comes() -> None:
    reason = refused(b"Content-Type: api/response\nContent-Length: 11\n\n", body_bytes_max=10)
    assert "announces 11 bytes" in reason


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\nServer: nginx\n\n", "no 'Name: value'"),
        (b"SSH-2.0-OpenSSH_9.6\n\n", "no 'Name: value'"),
        (b"\n\n", "no 'Name: value'"),
        (b"Content-Type: text/html\n\n", "unknown Content-Type 'text/html'"),
        (b"Content-Length: 3\n\nabc", "unknown Content-Type 'None'"),
        (b"Content-Type: api/response\nContent-Length: -1\n\n", "Content-Length '-1'"),
        (b"Content-Type: api/response\nContent-Length: 1e3\n\n", "Content-Length '1e3'"),
        (b"Content-Type: api/response\nContent-Length: \xd9\xa3\n\n", "Content-Length"),
        (b"Content-Type: api/response\nContent-Length: 1\nContent-Length: 2\n\n", "'1, 2'"),
        (b"Content-Length: 9999999999\nContent-Type: text/event-json\n\n", "9999999999 bytes"),
    ],
)
def test_what_no_event_socket_sends_is_refused_with_a_reason(frame: bytes, reason: str) -> None:
    assert reason in refused(frame)


def test_messages_before_the_bad_frame_are_kept() -> None:
    messages, reason = FrameReader().receive(esl_frames.AUTH_REQUEST + b"nonsense\n\n")
    assert messages == [AuthRequest()]
    assert reason is not None


def test_an_event_with_its_headers_in_the_other_order_is_still_an_event() -> None:
    frame = b"Content-Type: text/event-json\nContent-Length: 2\n\n{}"
    assert read(frame) == [EventMessage(format=EventFormat.JSON, body=b"{}")]
