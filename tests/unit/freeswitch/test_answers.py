import pytest

from freeswitch.answers import (
    error_text,
    is_ok,
    is_refused,
    read_channels,
    read_dump,
    read_gateway,
)
from freeswitch.errors import CommandRefused, MalformedEvent
from freeswitch.framing import FrameReader
from freeswitch.messages import ApiResponse
from tests.support import captures

AGENT = "a0000000-0000-4000-8000-000000000001"
LEAD = "c0000000-0000-4000-8000-000000000042"


@pytest.fixture(scope="module")
def answers() -> list[str]:
    """What a real switch answered about live channels and gateways."""
    messages, _ = FrameReader().receive(captures.received("snapshot_of_live_channels"))
    return [message.text for message in messages if isinstance(message, ApiResponse)]


def test_channels_of_a_real_switch(answers: list[str]) -> None:
    rows = read_channels(next(text for text in answers if text.startswith('{"row_count"')))
    assert [row.uuid for row in rows] == [AGENT, LEAD]
    assert rows[0].created_at == 1795291096
    assert (rows[1].state, rows[1].call_state) == ("CS_CONSUME_MEDIA", "RINGING")


def test_no_channels_come_without_rows() -> None:
    assert read_channels('{"row_count": 0}\n') == ()


@pytest.mark.parametrize(
    "text", ["-ERR SQL disabled, no data available!\n", "", "[]", '{"rows": 7}']
)
def test_an_answer_that_is_no_list_of_channels_is_told(text: str) -> None:
    with pytest.raises(CommandRefused, match="show channels"):
        read_channels(text)


def test_a_dump_tells_who_talks_to_whom_since_when(answers: list[str]) -> None:
    dump = read_dump(next(text for text in answers if "CHANNEL_DATA" in text))
    assert dump is not None
    assert dump.unique_id == LEAD
    assert dump.bridged_to == AGENT
    assert dump.is_answered
    assert dump.created_at == pytest.approx(1795291096.460672)
    assert dump.answered_at == pytest.approx(1795291097.460701)
    assert dump.bridged_at == pytest.approx(1795291097.540673)


def test_a_dump_of_a_channel_that_is_gone_is_none() -> None:
    assert read_dump("-ERR No such channel!\n") is None
    with pytest.raises(MalformedEvent):
        read_dump("nonsense")


def test_an_unanswered_leg_has_no_time_of_answer() -> None:
    dump = read_dump('{"Event-Name":"CHANNEL_DATA","Caller-Channel-Answered-Time":"0"}')
    assert dump is not None
    assert dump.answered_at is None
    assert dump.bridged_to is None


def test_a_gateway_of_a_real_switch(answers: list[str]) -> None:
    gateways = [read_gateway(text) for text in answers if "Profile" in text and "Realm" in text]
    assert [(g.name, g.state, g.status, g.is_up) for g in gateways if g is not None] == [
        ("pstn", "NOREG", "UP", True)
    ]
    assert read_gateway("Invalid Gateway!\n") is None


def test_ok_and_refused() -> None:
    assert is_ok("+OK c0\n")
    assert not is_ok("-ERR NO_ANSWER\n")
    assert is_refused("-USAGE: <uuid>\n")
    assert error_text("-ERR NO_ANSWER\n") == "NO_ANSWER"
