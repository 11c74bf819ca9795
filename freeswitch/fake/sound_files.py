"""Files of recorded calls: stereo WAV as FreeSWITCH writes it, with two made-up voices.

Left is what the lead says, right what the agent does (RECORD_STEREO on the lead's leg). The two
take turns, and who speaks when follows from the file's name alone, so that a file is the same on
every machine. Nothing is synthesised for each call: a file is put together from 20 ms frames.
"""

import math
import random
import struct
import wave
from collections.abc import Sequence
from functools import cache
from pathlib import Path

SAMPLES_PER_SECOND = 8000
FRAME_SAMPLES = 160
"""20 ms, the switch's own frame."""
FRAMES_PER_SECOND = SAMPLES_PER_SECOND // FRAME_SAMPLES
FRAME_BYTES = FRAME_SAMPLES * 4
_VOICE_FRAMES = 150
"""Three seconds of each voice, over and over."""
_LEAD_HERTZ, _AGENT_HERTZ = 205.0, 118.0
_SYLLABLES_PER_SECOND = 4.1
_LOUDEST = 9000.0
_TURN_SECONDS = (1.2, 6.5)
_PAUSE_SECONDS = (0.15, 0.9)

Masks = Sequence[tuple[float, float | None]]


def frames_between(started_at: float, ended_at: float) -> int:
    """Whole frames of 20 ms in a stretch of virtual seconds."""
    return max(0, round((ended_at - started_at) * FRAMES_PER_SECOND))


def write_call(
    path: Path, *, started_at: float, ended_at: float, masks: Masks, folder: Path
) -> None:
    """Write the file of one recording, silent in `masks`. Instants are virtual seconds.

    Raises ValueError for a path outside `folder`, OSError for a disk that is full.
    """
    if path.parent.resolve() != folder.resolve():
        raise ValueError(f"{path} is outside {folder}")
    sounds = []
    for index, who in enumerate(_speakers(path.name, frames_between(started_at, ended_at))):
        at = started_at + index / FRAMES_PER_SECOND
        is_masked = any(since <= at and (until is None or at < until) for since, until in masks)
        sounds.append(_frame("" if is_masked else who, index % _VOICE_FRAMES))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLES_PER_SECOND)
        file.writeframes(b"".join(sounds))


def _speakers(name: str, frames: int) -> list[str]:
    """Who speaks in each frame: "agent", "lead", or nobody. The agent begins."""
    turns = random.Random(name)  # noqa: S311 - the same for the same name is wanted
    found: list[str] = []
    who = "agent"
    while len(found) < frames:
        found += [who] * round(turns.uniform(*_TURN_SECONDS) * FRAMES_PER_SECOND)
        found += [""] * round(turns.uniform(*_PAUSE_SECONDS) * FRAMES_PER_SECOND)
        who = "lead" if who == "agent" else "agent"
    return found[:frames]


@cache
def _frame(who: str, index: int) -> bytes:
    silence = [0] * FRAME_SAMPLES
    lead = _voice(_LEAD_HERTZ, index) if who == "lead" else silence
    agent = _voice(_AGENT_HERTZ, index) if who == "agent" else silence
    pairs = [value for pair in zip(lead, agent, strict=True) for value in pair]
    return struct.pack(f"<{len(pairs)}h", *pairs)


def _voice(hertz: float, index: int) -> list[int]:
    """A hum with the overtones of a vowel, which swells with each syllable."""
    samples = []
    for sample in range(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES):
        at = sample / SAMPLES_PER_SECOND
        glide = hertz * (1 + 0.04 * math.sin(2 * math.pi * at / 3))
        tone = sum(
            strength * math.sin(2 * math.pi * glide * overtone * at)
            for overtone, strength in ((1, 0.5), (2, 0.25), (3, 0.15), (5, 0.1))
        )
        swell = math.sin(math.pi * _SYLLABLES_PER_SECOND * at) ** 2
        samples.append(round(_LOUDEST * swell * tone))
    return samples
