"""Recordings, keys and beeps: the commands of which each byte was run on a real 1.10.12."""

import pytest

from freeswitch import prompts
from freeswitch.errors import UnsafeValue

C = "c0000000-0000-4000-8000-000000000002"
SOUNDS = "/srv/sounds"


def test_a_question_waits_for_its_keys_then_parks_and_says_which_it_was() -> None:
    asked = prompts.ask(C, question="pleased", directory=SOUNDS, keys="129")
    assert asked.text == (
        f"uuid_transfer {C} 'set:dialer_question=pleased,play_and_get_digits:1 1 2 5000 # "
        f"{SOUNDS}/pleased.wav silence_stream://250 dialer_key [129],sleep:1000,park' inline"
    )


def test_a_beep_is_listened_for_on_the_far_ends_sound_with_few_threads() -> None:
    call = prompts.wait_for_beep(
        C, seconds=40, file_id="machine", directory=SOUNDS, hears_beeps=True
    )
    assert call.text == (
        f"uuid_transfer {C} 'm:^:avmd_start:inbound_channel=0,outbound_channel=1,detectors_n=4"
        f"^sleep:40000^avmd_stop^playback:{SOUNDS}/machine.wav^hangup:NORMAL_CLEARING' inline"
    )


def test_without_the_detector_a_pause_is_waited_for() -> None:
    call = prompts.wait_for_beep(
        C, seconds=40, file_id="machine", directory=SOUNDS, hears_beeps=False
    )
    assert call.text == (
        f"uuid_transfer {C} 'm:^:detect_silence:300 75 40000^sleep:1000"
        f"^playback:{SOUNDS}/machine.wav^hangup:NORMAL_CLEARING' inline"
    )


def test_a_message_begins_when_the_beep_is_over() -> None:
    left = prompts.leave_message(C, file_id="machine", directory=SOUNDS)
    assert left.text == (
        f"uuid_transfer {C} 'avmd_stop,sleep:1000,playback:{SOUNDS}/machine.wav,"
        "hangup:NORMAL_CLEARING' inline"
    )


@pytest.mark.parametrize("keys", ["", "11", "1a", "*", "1]", "1,2"])
def test_keys_are_different_digits(keys: str) -> None:
    with pytest.raises(UnsafeValue):
        prompts.ask(C, question="pleased", directory=SOUNDS, keys=keys)
