"""Recordings played to a lead's leg, keys waited for, and the beep of a machine listened for.

Each call is an inline dialplan that ends in a hang-up or a park by itself, so that nobody is left
in silence should we be gone. What each application does was seen on 1.10.12:

- `play_and_get_digits` lets a key end the sound (mod_dptools.c). The key comes as a DTMF event at
  once; the `sleep` behind it leaves time for what is to be done about it.
- `detect_silence` ends with a pause of so many frames of 20 ms, or after its time (mod_dptools.c).
- `avmd_start` finds a beep by its frequency and says `avmd::beep`. The far end's sound is what an
  outbound channel reads, hence `outbound_channel`; 36 threads a call by default, four are enough
  (mod_avmd.c). It may not be loaded, and an application that is not there hangs the call up: ask
  `module_exists` first.
"""

from freeswitch import values
from freeswitch.commands import Api
from freeswitch.errors import UnsafeValue

BEEP_MODULE = "mod_avmd"
BEEP_EVENT = "avmd::beep"
AFTER_KEY_MS = 1000
"""How long a pressed key has to take effect before the call ends by itself."""
AFTER_BEEP_MS = 1000
"""A beep is noticed while it sounds, and most last less than a second; machines record after it."""
PAUSE_FRAMES = 75
"""A pause of 1.5 s ends a greeting: longer than between its sentences."""
ASKED_TIMES = 2
"""A question that nobody answers is played once more."""
_RINGING = "tone_stream://%(2000,4000,440,480)"


def wait_for_key(
    lead_leg: str, *, file_id: str, directory: str, key: str, wait_seconds: int = 4
) -> Api:
    """Play a sound and wait a little; a key breaks it off. Then hang up.

    The automated opt-out of 47 CFR 64.1200(a)(7)(i)(B). The key comes as a DTMF event.
    """
    path = values.wav_path("message file", directory, file_id)
    wait_ms = values.integer("wait seconds", wait_seconds, 1, 30) * 1000
    digits = f"1 1 1 {wait_ms} # {path} silence_stream://250 opt_out {values.key('key', key)}"
    return _inline(
        lead_leg,
        f"play_and_get_digits:{digits},sleep:{AFTER_KEY_MS},hangup:NORMAL_CLEARING",
    )


def ask(lead_leg: str, *, question: str, directory: str, keys: str, wait_seconds: int = 5) -> Api:
    """Play a question and wait for one of its keys; then park, with `dialer_question` set.

    A key that means something comes as a DTMF event; any other lets the question play again.
    """
    path = values.wav_path("question file", directory, question)
    wait_ms = values.integer("wait seconds", wait_seconds, 1, 30) * 1000
    if not keys or len(set(keys)) != len(keys):
        raise UnsafeValue("keys", keys, "one key or more, none twice")
    for key in keys:
        values.key("keys", key)
    digits = f"1 1 {ASKED_TIMES} {wait_ms} # {path} silence_stream://250 dialer_key [{keys}]"
    name = values.name("question", question)
    return _inline(
        lead_leg,
        f"set:dialer_question={name},play_and_get_digits:{digits},sleep:{AFTER_KEY_MS},park",
    )


def wait_for_beep(
    lead_leg: str, *, seconds: int, file_id: str, directory: str, hears_beeps: bool
) -> Api:
    """Listen to a machine; leave the message by itself in the end, and hang up.

    With the beep detector an `avmd::beep` tells when; without it the first long pause is taken for
    the end of the greeting.
    """
    path = values.wav_path("message file", directory, file_id)
    wait_ms = values.integer("seconds", seconds, 1, 300) * 1000
    leave = f"playback:{path}^hangup:NORMAL_CLEARING"
    if hears_beeps:
        start = "avmd_start:inbound_channel=0,outbound_channel=1,detectors_n=4"
        steps = f"{start}^sleep:{wait_ms}^avmd_stop^{leave}"
    else:
        steps = f"detect_silence:300 {PAUSE_FRAMES} {wait_ms}^sleep:{AFTER_BEEP_MS}^{leave}"
    return _inline(lead_leg, f"m:^:{steps}")


def leave_message(lead_leg: str, *, file_id: str, directory: str) -> Api:
    """The beep sounds: once it is over, speak, and hang up."""
    path = values.wav_path("message file", directory, file_id)
    return _inline(
        lead_leg,
        f"avmd_stop,sleep:{AFTER_BEEP_MS},playback:{path},hangup:NORMAL_CLEARING",
    )


def ring_to(lead_leg: str) -> Api:
    """Let somebody who waits hear ringing, until a bridge or another command ends it."""
    return _inline(lead_leg, f"m:^:endless_playback:{_RINGING}")


def module_exists(module: str) -> Api:
    """Answers `true` or `false`."""
    return Api(f"module_exists {values.name('module', module)}")


def _inline(lead_leg: str, steps: str) -> Api:
    return Api(f"uuid_transfer {values.uuid('lead leg', lead_leg)} '{steps}' inline")
