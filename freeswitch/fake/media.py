"""Sound in the fake switch: playing files, keys, and hearing whether somebody talks."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from freeswitch.fake.channels import Channel
from freeswitch.fake.clock import Timer
from freeswitch.fake.core import SwitchCore
from freeswitch.fake.settings import SwitchSettings

FRAME_SECONDS = 0.020

KNOWN_SOUNDS = {"sorry-we-missed-you.wav": 0.72, "vm.wav": 11.0, "hello.wav": 0.7}
"""Lengths of the sounds used in the recordings of a real switch."""


def sound_seconds(path: str, settings: SwitchSettings) -> float:
    """How long playing this path takes; streams say it themselves, and -1 is endless."""
    if path.startswith("silence_stream://"):
        milliseconds = int(re.sub(r"[^0-9-].*", "", path[len("silence_stream://") :]) or "0")
        return float("inf") if milliseconds < 0 else milliseconds / 1000
    if path.startswith("tone_stream://"):
        tones = re.findall(r"%\((\d+),(\d+)", path)
        loops = re.search(r"loops=(-?\d+)", path)
        times = int(loops[1]) if loops else 1
        once = sum(int(on) + int(off) for on, off in tones) / 1000
        return float("inf") if times < 0 else once * times
    name = PurePosixPath(path).name
    known = settings.sound_seconds.get(name, KNOWN_SOUNDS.get(name))
    return settings.default_sound_seconds if known is None else known


class Playback:
    """A sound being played to a channel (`switch_ivr_play_file`)."""

    def __init__(
        self, core: SwitchCore, channel: Channel, path: str, done: Callable[[], None]
    ) -> None:
        self._core = core
        self._channel = channel
        self._path = path
        self._started_at = core.now()
        self._timer: Timer | None = None
        core.emit_channel("PLAYBACK_START", channel, after={"Playback-File-Path": path})
        seconds = sound_seconds(path, core.settings)
        if seconds != float("inf"):
            self._timer = core.after(seconds, lambda: self._finish(done))

    def _finish(self, done: Callable[[], None]) -> None:
        self.stop("done")
        done()

    def stop(self, status: str) -> None:
        """End it, `done` or `break`."""
        if self._timer is not None:
            self._timer.cancel()
        milliseconds = int((self._core.now() - self._started_at) * 1000)
        self._channel.variables.update(
            {
                "playback_last_offset_pos": str(milliseconds * 8),
                "playback_seconds": str(milliseconds // 1000),
                "playback_ms": str(milliseconds),
                "playback_samples": str(milliseconds * 8),
            }
        )
        self._core.emit_channel(
            "PLAYBACK_STOP",
            self._channel,
            after={"Playback-File-Path": self._path, "Playback-Status": status},
        )


def press_key(core: SwitchCore, channel: Channel, digit: str, *, source: str) -> None:
    """A key arrives at the channel, from the far end (`RTP`) or by command (`APP`)."""
    if channel.is_down:
        return
    channel.digits += digit
    duration = "2080" if source == "RTP" else "2000"
    core.emit_channel(
        "DTMF",
        channel,
        after={"DTMF-Digit": digit, "DTMF-Duration": duration, "DTMF-Source": source},
    )


def first_run(
    channel: Channel, from_at: float, *, hits: int, talking: bool, timeout_seconds: float
) -> tuple[float, bool]:
    """When `hits` frames in a row of speech (or of silence) have been heard, and whether in time.

    Returns (instant, timed_out). `from_at` is a virtual instant; speech is the far end's.
    """
    needed = max(1, hits) * FRAME_SECONDS
    answered_at = channel.times.answered
    until = from_at + timeout_seconds
    stretches = [(answered_at + start, answered_at + end) for start, end in channel.far_end.speech]
    if not talking:
        edges = [from_at, *(edge for pair in stretches for edge in pair), float("inf")]
        stretches = list(zip(edges[::2], edges[1::2], strict=True))
    for start, end in stretches:
        begin = max(start, from_at)
        if end - begin >= needed:
            heard_at = begin + needed
            return (heard_at, False) if heard_at <= until else (until, True)
    return until, True
