"""Time-outs, limits and routes of originate."""

import pytest

from freeswitch.fake import SwitchSettings
from tests.support.raw_esl import VirtualEsl

CALL = "call"


@pytest.mark.parametrize(("fraction", "fires_after"), [(0.0, 3.0), (0.25, 2.75), (0.9, 2.1)])
def test_originate_timeout_counts_whole_epoch_seconds(fraction: float, fires_after: float) -> None:
    esl = VirtualEsl(epoch=1_700_000_000.0 + fraction)
    esl.originate(CALL, "300", originate_timeout="3")
    esl.advance(5.0)
    assert esl.heard_at("CHANNEL_HANGUP") == pytest.approx(fires_after, abs=0.03)
    assert esl.jobs() == ["-ERR NO_ANSWER\n"]
    assert esl.event("CHANNEL_HANGUP_COMPLETE")["variable_sip_hangup_disposition"] == "send_cancel"


@pytest.mark.parametrize(
    ("number", "name", "cause"),
    [
        ("02", "leg_progress_timeout", "PROGRESS_TIMEOUT"),
        ("300", "progress_timeout", "PROGRESS_TIMEOUT"),
        ("300", "leg_timeout", "ALLOTTED_TIMEOUT"),
        ("700", "progress_timeout", "NO_ANSWER"),
        ("300", "leg_progress_timeout", "NO_ANSWER"),
    ],
)
def test_which_limit_ends_which_silence(number: str, name: str, cause: str) -> None:
    esl = VirtualEsl()
    esl.originate(CALL, number, **{name: "4", "originate_timeout": "30"})
    esl.advance(31.0)
    assert esl.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == cause


def test_without_ignore_early_media_a_ringing_leg_is_parked_early() -> None:
    esl = VirtualEsl()
    esl.originate(CALL, "700", ignore_early_media="false")
    esl.advance(1.0)
    assert esl.jobs() == [f"+OK {CALL}\n"]
    assert esl.event("CHANNEL_PARK")["Answer-State"] == "early"
    esl.advance(15.0)
    assert esl.names_of(CALL)[-1] == "CHANNEL_DESTROY"


def test_park_timeout_is_used_up_by_the_park_and_ends_the_call_with_its_cause() -> None:
    esl = VirtualEsl()
    esl.originate(CALL, "1060", park_timeout="15:ALLOTTED_TIMEOUT", park_after_bridge="true")
    esl.advance(1.0)
    parked = esl.event("CHANNEL_PARK")
    assert "variable_park_timeout" not in parked
    assert "variable_park_after_bridge" not in parked
    esl.advance(15.0)
    assert esl.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "ALLOTTED_TIMEOUT"


def test_sched_hangup_on_answer_ends_a_call_nobody_ended() -> None:
    esl = VirtualEsl()
    esl.originate(CALL, "1099", execute_on_answer="sched_hangup\\s+20\\sALLOTTED_TIMEOUT")
    esl.advance(21.0)
    assert esl.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "ALLOTTED_TIMEOUT"


def test_sched_hangup_by_command() -> None:
    esl = VirtualEsl()
    esl.agent(CALL)
    assert esl.api(f"sched_hangup +5 {CALL} NORMAL_CLEARING") == "+OK\n"
    assert esl.api("sched_hangup +5 nobody") == "-ERR No such channel!\n"
    esl.advance(5.1)
    assert esl.names_of(CALL)[-1] == "CHANNEL_DESTROY"


def test_a_sessions_per_second_limit_of_n_admits_one_less() -> None:
    esl = VirtualEsl()
    assert esl.api("fsctl sps 3") == "+OK sessions per second: 3\n"
    for turn in range(4):
        esl.originate(f"call-{turn}", "300")
    esl.advance(0.1)
    assert esl.jobs() == ["-ERR DESTINATION_OUT_OF_ORDER\n"] * 2
    esl.advance(1.0)
    esl.originate("call-5", "300")
    esl.advance(0.1)
    assert len(esl.jobs()) == 2


def test_max_sessions_spares_legs_without_throttle() -> None:
    esl = VirtualEsl(settings=SwitchSettings(max_sessions=1))
    esl.originate("one", "300")
    esl.originate("two", "300")
    esl.originate("three", "300", no_throttle_limits="true")
    esl.advance(0.1)
    assert esl.jobs() == ["-ERR DESTINATION_OUT_OF_ORDER\n"]
    assert esl.names_of("two") == []
    assert esl.names_of("three") == ["CHANNEL_CREATE", "CHANNEL_PROGRESS"]


def test_a_paused_switch_originates_nothing_until_resumed() -> None:
    esl = VirtualEsl()
    esl.api("fsctl pause")
    assert esl.api("fsctl pause_check") == "true"
    esl.originate(CALL, "300")
    esl.advance(0.1)
    assert (esl.jobs(), esl.names_of(CALL)) == (["-ERR DESTINATION_OUT_OF_ORDER\n"], [])
    esl.api("fsctl resume")
    esl.originate(CALL, "300")
    esl.advance(0.1)
    assert esl.names_of(CALL)[0] == "CHANNEL_CREATE"


@pytest.mark.parametrize(
    ("endpoint", "cause", "events"),
    [
        ("sofia/gateway/nope/1", "INVALID_GATEWAY", ["CHANNEL_DESTROY"]),
        ("sofia/gateway/dead/1", "GATEWAY_DOWN", ["CHANNEL_DESTROY"]),
        ("sofia/other/1@host", "INVALID_PROFILE", ["CHANNEL_DESTROY"]),
        ("sofia/lab/1001%host", "USER_NOT_REGISTERED", ["CHANNEL_DESTROY"]),
        ("user/1001@host", "SUBSCRIBER_ABSENT", []),
        ("nosuch/1", "CHAN_NOT_IMPLEMENTED", []),
    ],
)
def test_a_leg_that_cannot_be_routed_says_so(endpoint: str, cause: str, events: list[str]) -> None:
    settings = SwitchSettings(unregistered_extensions=frozenset({"1001"}))
    esl = VirtualEsl(settings=settings)
    esl.command(f"bgapi originate {{origination_uuid={CALL}}}{endpoint} &park()")
    esl.advance(0.1)
    assert esl.jobs() == [f"-ERR {cause}\n"]
    assert esl.names_of(CALL) == events
    assert esl.api(f"uuid_exists {CALL}") == "false"


def test_a_string_that_cannot_be_parsed_gets_the_usage() -> None:
    esl = VirtualEsl()
    esl.command("bgapi originate nonsense")
    esl.advance(0.1)
    assert esl.jobs()[0].startswith("-USAGE: <call url> <exten>|&<application_name>(<app_args>)")


def test_a_blocking_originate_holds_up_its_own_connection_only() -> None:
    esl = VirtualEsl()
    block = f"{{origination_uuid={CALL},ignore_early_media=true}}"
    line = f"api originate {block}sofia/gateway/pstn/1230 &park()"
    esl.listener.feed(line.encode() + b"\n\napi uuid_exists nobody\n\n")
    esl.advance(1.9)
    assert esl.names_of(CALL) == []
    esl.advance(0.5)
    assert [reply.body for reply in esl.replies[-2:]] == [b"+OK call\n", b"false"]
    assert esl.names_of(CALL)[-1] == "CHANNEL_PARK"


def test_an_agents_phone_rings_before_it_answers() -> None:
    esl = VirtualEsl(settings=SwitchSettings(agents_answer_seconds=2.0))
    esl.command(f"bgapi originate {{origination_uuid={CALL}}}user/1000@host &park()")
    esl.advance(3.0)
    assert esl.names_of(CALL) == [
        "CHANNEL_CREATE", "CHANNEL_PROGRESS", "CHANNEL_ANSWER", "CHANNEL_PARK",
    ]  # fmt: skip
    assert esl.heard_at("CHANNEL_ANSWER") == pytest.approx(2.0, abs=0.03)
    esl.advance(3600.0)
    assert esl.names_of(CALL)[-1] == "CHANNEL_PARK"
