"""The loudness of a recording, point by point, for drawing. Blocks: call it in a thread.

Each point is the loudest sample of its stretch, so that a click of 20 ms in an hour is still seen.
A file is read once, in stretches, whatever its length, and gives at most `POINTS_MAX` points.
"""

import wave
from pathlib import Path

import numpy as np

from campaigns.store.listening import Waveform

POINTS_MAX = 1000
"""About the pixels of the player; two kilobytes for a call of any length."""
_STRETCH_BYTES_MAX = 4_000_000
"""Read at once: two minutes of stereo. A longer stretch is read in parts."""


class BadSound(Exception):  # noqa: N818 - the name is the sentence
    """A file that cannot be drawn; the text says why."""


def read_waveform(path: Path) -> Waveform:
    """The waveform of a WAV file of 8- or 16-bit samples, one channel or two (lead, agent).

    Raises BadSound, and OSError when the file cannot be read.
    """
    try:
        with wave.open(str(path), "rb") as file:
            return _read(file, path.name)
    except (wave.Error, EOFError) as error:
        raise BadSound(f"{path.name} is no WAV file of plain samples: {error}") from error


def _read(file: wave.Wave_read, name: str) -> Waveform:
    channels, width, frames = file.getnchannels(), file.getsampwidth(), file.getnframes()
    if width not in (1, 2) or channels not in (1, 2):
        raise BadSound(
            f"{name} has {channels} channels of {8 * width} bits; one or two of 8 or 16 are drawn"
        )
    if frames == 0:
        raise BadSound(f"{name} holds no sound")
    points = min(POINTS_MAX, frames)
    edges = [frames * index // points for index in range(points + 1)]
    step = max(1, _STRETCH_BYTES_MAX // (channels * width))
    loudest = np.zeros((points, channels))
    for index in range(points):
        left = edges[index + 1] - edges[index]
        while left > 0:
            raw = file.readframes(min(left, step))
            if not raw:
                break
            samples = _samples(raw, width).reshape(-1, channels)
            loudest[index] = np.maximum(loudest[index], np.abs(samples).max(axis=0))
            left -= len(samples)
    scaled = np.minimum(255, np.ceil(loudest * 255)).astype(np.uint8)
    return Waveform(
        seconds=frames / file.getframerate(),
        lead=scaled[:, 0].tobytes(),
        agent=scaled[:, 1].tobytes() if channels == 2 else b"",
    )


def _samples(raw: bytes, width: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """-1 to 1. Eight bits are unsigned in WAV, sixteen are signed."""
    if width == 1:
        return (np.frombuffer(raw, dtype=np.uint8).astype(np.float64) - 128) / 128
    return np.frombuffer(raw, dtype="<i2").astype(np.float64) / 32768
