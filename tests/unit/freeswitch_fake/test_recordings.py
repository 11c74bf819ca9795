"""Beeps, keys, questions and calls from outside, as a real 1.10.12 told of them."""

import wave
from array import array
from pathlib import Path

import pytest

from freeswitch import prompts
from freeswitch.fake import Behaviour, Result, SwitchSettings
from freeswitch.fake.sound_files import write_call
from tests.support.raw_esl import VirtualEsl

LEAD = "c0000000-0000-4000-8000-000000000001"
AGENT = "agent-1"


class OneNumber:
    """Everybody answers at once and does the same."""

    def __init__(self, **plan: object) -> None:
        self.plan = plan

    def answer_for(self, number: str, now: float) -> Behaviour:
        del number, now
        return Behaviour(result=Result.ANSWERED, **self.plan)  # type: ignore[arg-type]


def answered(modules: frozenset[str] | None = None, **plan: object) -> VirtualEsl:
    settings = SwitchSettings(
        sound_seconds={"machine.wav": 3.0, "q1.wav": 2.0},
        **({} if modules is None else {"modules": modules}),
    )
    esl = VirtualEsl(network=OneNumber(**plan), settings=settings)
    esl.originate(LEAD, "+12025550123")
    esl.advance(0.2)
    assert esl.names_of(LEAD)[-1] == "CHANNEL_PARK"
    return esl


def test_a_beep_is_told_of_when_it_sounds() -> None:
    esl = answered(beep_seconds=9.0)
    call = prompts.wait_for_beep(
        LEAD, seconds=30, file_id="machine", directory="/s", hears_beeps=True
    )
    esl.api(call.text)
    esl.advance(8.0)
    assert [one["Event-Subclass"] for one in esl.events("CUSTOM")] == ["avmd::start"]
    esl.advance(1.0)
    beep = esl.events("CUSTOM")[-1]
    assert (beep["Event-Subclass"], beep["Unique-ID"]) == ("avmd::beep", LEAD)
    assert beep["Beep-Status"] == "DETECTED"
    esl.api(prompts.leave_message(LEAD, file_id="machine", directory="/s").text)
    esl.advance(5.0)
    assert esl.events("CUSTOM")[-1]["Event-Subclass"] == "avmd::stop"
    played = esl.event("PLAYBACK_STOP", LEAD)
    assert (played["Playback-File-Path"], played["Playback-Status"]) == ("/s/machine.wav", "done")
    assert esl.names_of(LEAD)[-1] == "CHANNEL_DESTROY"


def test_without_a_beep_the_message_is_spoken_in_the_end() -> None:
    esl = answered()
    call = prompts.wait_for_beep(
        LEAD, seconds=5, file_id="machine", directory="/s", hears_beeps=True
    )
    esl.api(call.text)
    esl.advance(4.9)
    assert esl.events("PLAYBACK_START") == []
    esl.advance(4.0)
    assert esl.event("PLAYBACK_STOP", LEAD)["Playback-Status"] == "done"
    assert esl.names_of(LEAD)[-1] == "CHANNEL_DESTROY"


def test_without_the_detector_a_long_pause_is_the_end_of_the_greeting() -> None:
    esl = answered(modules=frozenset(), speech=((0.1, 4.0),))
    assert esl.api("module_exists mod_avmd") == "false"
    call = prompts.wait_for_beep(
        LEAD, seconds=30, file_id="machine", directory="/s", hears_beeps=False
    )
    esl.api(call.text)
    esl.advance(4.5)
    assert esl.events("PLAYBACK_START") == []
    esl.advance(3.0)
    assert len(esl.events("PLAYBACK_START")) == 1


def test_the_detector_hears_nothing_on_the_wrong_side() -> None:
    esl = answered(beep_seconds=2.0)
    esl.api(f"uuid_transfer {LEAD} 'm:^:avmd_start:inbound_channel=1^sleep:9000^park' inline")
    esl.advance(5.0)
    assert esl.events("CUSTOM") == []


def test_a_question_parks_with_its_name_when_no_key_comes() -> None:
    esl = answered()
    esl.api(prompts.ask(LEAD, question="q1", directory="/s", keys="12").text)
    esl.advance(20.0)
    park = esl.events("CHANNEL_PARK", LEAD)[-1]
    assert (park["variable_dialer_question"], park["variable_read_result"]) == ("q1", "failure")


@pytest.mark.parametrize("key", ["1", "2"])
def test_a_key_is_told_of_at_once_and_leaves_time_to_act(key: str) -> None:
    esl = answered(keys=((1.0, key),))
    esl.api(prompts.ask(LEAD, question="q1", directory="/s", keys="12").text)
    esl.advance(1.0)
    assert esl.event("DTMF", LEAD)["DTMF-Digit"] == key
    parks = len(esl.events("CHANNEL_PARK", LEAD))
    esl.advance(0.7)
    assert len(esl.events("CHANNEL_PARK", LEAD)) == parks
    esl.advance(0.5)
    assert len(esl.events("CHANNEL_PARK", LEAD)) == parks + 1


def test_a_call_from_outside_is_answered_and_parked_and_may_be_bridged() -> None:
    esl = VirtualEsl(settings=SwitchSettings(fault_commands=True))
    esl.agent(AGENT)
    caller = esl.api("fake call +12025550123 +12025550199").split()[1]
    esl.advance(0.1)
    assert esl.names_of(caller) == [
        "CHANNEL_CREATE", "CHANNEL_EXECUTE_COMPLETE", "CHANNEL_ANSWER", "CHANNEL_EXECUTE_COMPLETE",
        "CHANNEL_PARK",
    ]  # fmt: skip
    park = esl.event("CHANNEL_PARK", caller)
    assert (park["Call-Direction"], park["Answer-State"]) == ("inbound", "answered")
    assert park["variable_dialer_inbound"] == "true"
    assert park["Caller-Caller-ID-Number"] == "+12025550123"
    assert park["Caller-Destination-Number"] == "+12025550199"
    esl.api(prompts.ring_to(caller).text)
    esl.advance(2.0)
    assert esl.api(f"uuid_bridge {AGENT} {caller}") == f"+OK {caller}\n"
    esl.advance(0.2)
    assert esl.event("CHANNEL_BRIDGE")["Bridge-B-Unique-ID"] == caller
    esl.api(f"uuid_kill {caller}")
    esl.advance(0.2)
    assert esl.names_of(AGENT)[-1] == "CHANNEL_PARK"


def test_a_recorded_call_is_a_stereo_file_silent_where_it_was_masked(tmp_path: Path) -> None:
    file = tmp_path / f"{LEAD}-1.wav"
    esl = VirtualEsl(network=OneNumber(), settings=SwitchSettings(recordings_folder=tmp_path))
    esl.originate(LEAD, "+12025550123")
    esl.advance(0.2)
    assert esl.api(f"uuid_record {LEAD} start {file}") == "+OK Success\n"
    esl.advance(10)
    esl.api(f"uuid_record {LEAD} mask {file}")
    esl.advance(4)
    esl.api(f"uuid_record {LEAD} unmask {file}")
    esl.advance(26)
    esl.api(f"uuid_record {LEAD} stop {file}")
    told = esl.events("RECORD_STOP")[-1]
    with wave.open(str(file), "rb") as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getsampwidth()) == (2, 8000, 2)
        assert sound.getnframes() == int(told["variable_record_samples"]) == 40 * 8000
        values = array("h", sound.readframes(sound.getnframes()))
    lead, agent = values[0::2], values[1::2]
    assert max(lead) > 3000
    assert max(agent) > 3000
    # They take turns: at no instant are both heard.
    assert not any(a and b for a, b in zip(lead, agent, strict=True))
    masked = slice(round(10.04 * 8000), round(13.96 * 8000))
    assert not any(lead[masked])
    assert not any(agent[masked])


def test_nothing_is_written_outside_the_folder_of_recordings(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is outside"):
        write_call(
            tmp_path / "a" / ".." / ".." / "x.wav",
            started_at=0, ended_at=1, masks=(), folder=tmp_path,
        )  # fmt: skip
