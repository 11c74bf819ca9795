"""Who heard what: telephones that sound a tone each, and the tones found in recordings."""

import wave
from collections.abc import Mapping
from pathlib import Path

import numpy as np

RATE = 8000
"""Samples a second of a telephone."""
QUIET = 150.0
"""Amplitude, of 32 768, below which nothing is heard."""
SMEAR_RATIO = 0.06
"""Beside the loudest tone, what is 24 dB below it is taken for its smear."""


def write_tone(path: Path, hertz: float, seconds: float) -> None:
    """A sound file with one tone."""
    instants = np.arange(int(RATE * seconds)) / RATE
    samples = (np.sin(2 * np.pi * hertz * instants) * 8000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def read_channels(path: Path) -> list[np.ndarray]:
    """The samples of each channel of a sound file."""
    with wave.open(str(path)) as file:
        count = file.getnchannels()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return [samples.reshape(-1, count)[:, index].astype(float) for index in range(count)]


def tones_in(
    samples: np.ndarray, tones: Mapping[str, float], *, start: float, seconds: float
) -> set[str]:
    """The names of the tones (in hertz) that are heard in that stretch."""
    part = samples[int(start * RATE) : int((start + seconds) * RATE)]
    assert len(part) > RATE // 4, f"only {len(part)} samples from {start:.2f} s on"
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)))) / len(part) * 4
    hertz = np.fft.rfftfreq(len(part), 1 / RATE)
    found = {
        name: float(spectrum[np.abs(hertz - wanted) < 8].max()) for name, wanted in tones.items()
    }
    # A frame that is missing or late, as on a busy machine, smears a loud tone over its neighbours.
    threshold = max(QUIET, SMEAR_RATIO * max(found.values()))
    return {name for name, amplitude in found.items() if amplitude > threshold}
