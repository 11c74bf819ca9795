import pytest

from freeswitch import commands
from freeswitch.errors import ConnectionLost, ProtocolError
from freeswitch.messages import ApiResponse, AuthRequest, CommandReply
from freeswitch.protocol import TICKETS_MAX, Answer, EslProtocol
from tests.support import esl_frames


def test_replies_answer_commands_in_order_with_events_between() -> None:
    protocol = EslProtocol()
    _, first = protocol.send(commands.subscribe(["HEARTBEAT"]))
    wire, second = protocol.send(commands.api(commands.status()))
    assert wire == b"api status\n\n"
    incoming = protocol.receive(
        esl_frames.reply("+OK event listener enabled json")
        + esl_frames.event("{}")
        + esl_frames.api_response("UP 0 years")
    )
    assert incoming[0] == Answer(first, CommandReply(text="+OK event listener enabled json"))
    assert incoming[2] == Answer(second, ApiResponse(body=b"UP 0 years"))
    assert protocol.unanswered_count == 0


def test_an_api_without_permission_is_answered_by_a_command_reply() -> None:
    protocol = EslProtocol()
    _, ticket = protocol.send(commands.api(commands.status()))
    refusal = esl_frames.reply("-ERR permission denied")
    assert protocol.receive(refusal) == [
        Answer(ticket, CommandReply(text="-ERR permission denied"))
    ]


def test_a_waiter_that_gave_up_leaves_its_place_behind() -> None:
    protocol = EslProtocol()
    _, slow = protocol.send(commands.api(commands.status()))
    _, quick = protocol.send(commands.api(commands.version()))
    protocol.abandon(slow)
    assert protocol.receive(esl_frames.api_response("status")) == []
    answered = protocol.receive(esl_frames.api_response("version"))
    assert answered == [Answer(quick, ApiResponse(body=b"version"))]
    protocol.abandon(quick)
    assert protocol.unanswered_count == 0


def test_a_reply_nobody_asked_for_closes_the_protocol() -> None:
    protocol = EslProtocol()
    with pytest.raises(ProtocolError, match="no command asked for") as caught:
        protocol.receive(esl_frames.AUTH_REQUEST + esl_frames.reply("+OK"))
    assert caught.value.complete == (AuthRequest(),)
    assert protocol.is_closed
    assert protocol.receive(esl_frames.AUTH_REQUEST) == []
    with pytest.raises(ConnectionLost, match=r"'api status' was not sent"):
        protocol.send(commands.api(commands.status()))


def test_an_answer_before_the_bad_bytes_is_still_told() -> None:
    protocol = EslProtocol()
    _, ticket = protocol.send(commands.api(commands.status()))
    with pytest.raises(ProtocolError, match="check that this host and port") as caught:
        protocol.receive(esl_frames.api_response("UP") + b"garbage\n\n")
    assert caught.value.complete == (Answer(ticket, ApiResponse(body=b"UP")),)


def test_closing_tells_who_still_waits() -> None:
    protocol = EslProtocol()
    _, first = protocol.send(commands.api(commands.status()))
    _, second = protocol.send(commands.api(commands.status()))
    protocol.abandon(first)
    assert protocol.close() == [second]


def test_unanswered_commands_are_bounded() -> None:
    protocol = EslProtocol()
    for _ in range(TICKETS_MAX):
        protocol.send(commands.api(commands.status()))
    with pytest.raises(ConnectionLost, match=f"{TICKETS_MAX} commands are unanswered"):
        protocol.send(commands.api(commands.status()))
