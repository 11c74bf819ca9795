"""Commands about one channel, and the applications it may run."""

import json

import pytest

from freeswitch.fake import Behaviour, Result, SwitchSettings
from tests.support.raw_esl import VirtualEsl

LEAD, AGENT = "lead", "agent-1"


@pytest.fixture
def esl() -> VirtualEsl:
    esl = VirtualEsl(settings=SwitchSettings(sound_seconds={"short.wav": 2.0}))
    esl.originate(LEAD, "1060", presence_data="dialer-1", dialer_call="77")
    esl.advance(0.5)
    return esl


def test_variables_are_set_read_and_taken_away(esl: VirtualEsl) -> None:
    assert esl.api(f"uuid_setvar {LEAD} note a value with spaces") == "+OK\n"
    assert esl.api(f"uuid_getvar {LEAD} note") == "a value with spaces"
    assert esl.api(f"uuid_setvar_multi {LEAD} one=1;two=2") == "+OK\n"
    assert esl.api(f"uuid_getvar {LEAD} two") == "2"
    esl.api(f"uuid_setvar {LEAD} note")
    assert esl.api(f"uuid_getvar {LEAD} note") == "_undef_"
    assert esl.api("uuid_setvar nobody a b") == "-ERR No such channel!\n"


def test_a_dump_shows_the_variables_in_every_format(esl: VirtualEsl) -> None:
    assert json.loads(esl.api(f"uuid_dump {LEAD} json"))["variable_dialer_call"] == "77"
    assert "variable_dialer_call: 77\n" in esl.api(f"uuid_dump {LEAD}")
    assert "Caller-Channel-Name: sofia/lab/1060\n" in esl.api(f"uuid_dump {LEAD} plain")


def test_a_recording_says_how_long_it_was(esl: VirtualEsl) -> None:
    assert esl.api(f"uuid_record {LEAD} start /rec/a.wav") == "+OK Success\n"
    assert esl.api(f"uuid_record {LEAD} start /rec/a.wav") == "-ERR Cannot record session!\n"
    assert esl.api(f"uuid_record {LEAD} mask /rec/a.wav") == "+OK Success\n"
    assert esl.api(f"uuid_record {LEAD} mask /rec/b.wav") == "-ERR Cannot mask record session!\n"
    esl.advance(3.0)
    assert esl.api(f"uuid_record {LEAD} stop /rec/a.wav") == "+OK Success\n"
    esl.advance(0.1)
    stopped = esl.event("RECORD_STOP")
    assert (stopped["Record-File-Path"], stopped["variable_record_ms"]) == ("/rec/a.wav", "3000")
    assert esl.api(f"uuid_record {LEAD} stop all") == "-ERR Cannot stop record session!\n"


def test_a_message_is_played_and_then_the_call_ends(esl: VirtualEsl) -> None:
    esl.api(f"uuid_transfer {LEAD} 'playback:/s/short.wav,hangup:NORMAL_CLEARING' inline")
    esl.advance(3.0)
    assert esl.names_of(LEAD)[-7:] == [
        "PLAYBACK_START", "PLAYBACK_STOP", "CHANNEL_EXECUTE_COMPLETE", "CHANNEL_HANGUP",
        "CHANNEL_EXECUTE_COMPLETE", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_DESTROY",
    ]  # fmt: skip
    played = esl.heard_at("PLAYBACK_STOP") - esl.heard_at("PLAYBACK_START")
    assert played == pytest.approx(2.0, abs=0.03)


def test_a_lead_that_hangs_up_breaks_the_message_off(esl: VirtualEsl) -> None:
    esl.api(f"uuid_transfer {LEAD} 'm:^:playback:tone_stream://%(900,100,440);loops=-1' inline")
    esl.advance(1.0)
    esl.api(f"uuid_kill {LEAD}")
    esl.advance(0.1)
    assert esl.event("PLAYBACK_STOP")["Playback-Status"] == "break"


def test_a_prompt_nobody_answers_gives_up_after_its_tries(esl: VirtualEsl) -> None:
    prompt = "play_and_get_digits:1 1 2 1000 # /s/short.wav silence_stream://250 opt_out 9"
    esl.api(f"uuid_transfer {LEAD} '{prompt},park' inline")
    esl.advance(12.0)
    assert len(esl.events("PLAYBACK_START")) == 3
    done = esl.events("CHANNEL_EXECUTE_COMPLETE", LEAD)[-1]
    assert (done["Application"], done["variable_read_result"]) == ("play_and_get_digits", "failure")
    assert "variable_opt_out" not in done
    assert esl.names_of(LEAD)[-1] == "CHANNEL_PARK"


def test_a_wrong_key_is_asked_again_and_the_right_one_is_kept(esl: VirtualEsl) -> None:
    prompt = "play_and_get_digits:1 1 2 1000 # /s/short.wav silence_stream://250 opt_out 9"
    esl.api(f"uuid_transfer {LEAD} '{prompt},park' inline")
    esl.advance(1.0)
    assert esl.api(f"uuid_recv_dtmf {LEAD} 5") == f"+OK {LEAD} received DTMF 5.\n"
    esl.advance(1.0)
    esl.api(f"uuid_recv_dtmf {LEAD} 9")
    esl.advance(1.0)
    assert [event["DTMF-Digit"] for event in esl.events("DTMF")] == ["5", "9"]
    assert esl.api(f"uuid_getvar {LEAD} opt_out") == "9"


def test_a_broadcast_plays_beside_the_park(esl: VirtualEsl) -> None:
    assert esl.api(f"uuid_broadcast {LEAD} /s/short.wav aleg") == "+OK Message sent\n"
    esl.advance(3.0)
    assert esl.names_of(LEAD)[-3:] == [
        "PLAYBACK_START", "PLAYBACK_STOP", "CHANNEL_EXECUTE_COMPLETE",
    ]  # fmt: skip
    assert esl.event("PLAYBACK_STOP")["Playback-Status"] == "done"
    assert "CHANNEL_UNPARK" not in esl.names_of(LEAD)


def test_sendmsg_runs_an_application_and_carries_its_event_uuid(esl: VirtualEsl) -> None:
    lines = [
        "call-command: execute",
        "execute-app-name: set",
        "execute-app-arg: a=b",
        "event-uuid: e1",
    ]
    reply = esl.command(f"sendmsg {LEAD}\n" + "\n".join(lines))
    assert reply.header("Reply-Text") == "+OK"
    esl.advance(0.1)
    assert esl.event("CHANNEL_EXECUTE_COMPLETE")["Application-UUID"] == "e1"
    assert esl.api(f"uuid_getvar {LEAD} a") == "b"
    missing = esl.command("sendmsg nobody\ncall-command: hangup")
    assert missing.header("Reply-Text") == "-ERR invalid session id [nobody]"
    esl.command(f"sendmsg {LEAD}\ncall-command: hangup\nhangup-cause: USER_BUSY")
    esl.advance(0.1)
    assert esl.event("CHANNEL_HANGUP_COMPLETE")["Hangup-Cause"] == "USER_BUSY"


def test_show_lags_behind_the_events_and_searches_presence_data(esl: VirtualEsl) -> None:
    esl.originate("late", "300", presence_data="dialer-1")
    esl.advance(0.05)
    rows = json.loads(esl.api("show channels like dialer-1 as json"))
    assert [row["uuid"] for row in rows["rows"]] == [LEAD]
    esl.advance(1.0)
    assert json.loads(esl.api("show channels like dialer-1 as json"))["row_count"] == 2
    assert esl.api("show channels like nothing as json") == '{"row_count": 0}\n'
    assert esl.api("show channels count") == "\n2 total.\n"
    esl.api("hupall NORMAL_CLEARING presence_data dialer-1")
    esl.advance(1.0)
    assert esl.api("show calls as json") == '{"row_count": 0}\n'
    assert esl.api("show channels") == "\n0 total.\n"


def test_a_bridged_pair_is_one_call(esl: VirtualEsl) -> None:
    esl.agent(AGENT)
    esl.api(f"uuid_bridge {AGENT} {LEAD}")
    esl.advance(1.0)
    assert esl.api("show calls count") == "\n1 total.\n"
    row = json.loads(esl.api("show calls as json"))["rows"][0]
    assert (row["uuid"], row["b_uuid"]) == (AGENT, LEAD)


def test_hupall_takes_only_what_matches(esl: VirtualEsl) -> None:
    esl.agent(AGENT)
    said = esl.api("hupall NORMAL_CLEARING dialer_call 77")
    assert (
        said == "+OK hangup all channels matching [dialer_call]=[77] with cause: NORMAL_CLEARING\n"
    )
    esl.advance(0.5)
    assert esl.names_of(LEAD)[-1] == "CHANNEL_DESTROY"
    assert esl.names_of(AGENT)[-1] == "CHANNEL_PARK"


class _Speaking:
    def __init__(self, *speech: tuple[float, float]) -> None:
        self._speech = speech

    def answer_for(self, number: str, now: float) -> Behaviour:
        return Behaviour(result=Result.ANSWERED, rings=False, speech=self._speech)


@pytest.mark.parametrize(
    ("speech", "nobody_spoke", "went_on"),
    [
        (((0.3, 1.0),), "false", "false"),
        (((0.2, 12.0),), "false", "true"),
        ((), "true", "false"),
        (((0.3, 1.0), (1.4, 9.0)), "false", "true"),
    ],
)
def test_greetings_are_told_apart_by_speech_and_silence(
    speech: tuple[tuple[float, float], ...], nobody_spoke: str, went_on: str
) -> None:
    esl = VirtualEsl(network=_Speaking(*speech))
    esl.originate(LEAD, "1", "'detect_audio:300 3 2000,detect_silence:300 40 2200,park' inline")
    esl.advance(5.0)
    parked = esl.event("CHANNEL_PARK")
    assert parked["variable_detect_audio_timeout"] == nobody_spoke
    assert parked["variable_detect_silence_timeout"] == went_on
