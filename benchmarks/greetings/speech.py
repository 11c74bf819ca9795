"""Greetings as sound: espeak-ng speaks, noise is added, and a machine beeps at the end."""

import asyncio
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.greetings.catalogue import NOISE, Greeting

RATE = 8000
"""Samples a second: what a telephone line carries."""
VOICE_LEVEL = 0.1
"""Root mean square of the voice where it speaks: a usual level of a call (-20 dBov)."""
AFTER_SECONDS = 6.0
"""A person listens for so long; a machine records."""
BEEP_SECONDS = 0.5
BEEP_HERTZ = 1000.0
Samples = NDArray[np.float64]


async def speak(greeting: Greeting, folder: Path, *, seed: int) -> Path:
    """Make the greeting's file. Raises RuntimeError when espeak-ng fails."""
    spoken = folder / f"{greeting.name}-voice.wav"
    process = await asyncio.create_subprocess_exec(
        "espeak-ng", "-v", greeting.voice, "-s", str(greeting.words_per_minute),
        "-p", str(greeting.pitch), "-w", str(spoken), greeting.text,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, error = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"espeak-ng -v {greeting.voice}: {error.decode(errors='replace')}")
    path = folder / f"{greeting.name}.wav"
    _write(path, _line(greeting, _read(spoken), np.random.default_rng(seed)))
    return path


def _line(greeting: Greeting, voice: Samples, dice: np.random.Generator) -> Samples:
    loud = voice[np.abs(voice) > 0.01]
    level = float(np.sqrt(np.mean(loud**2))) if loud.size else 1.0
    parts = [np.zeros(round(greeting.silence_seconds * RATE)), voice * (VOICE_LEVEL / level)]
    if greeting.is_machine:
        times = np.arange(round(BEEP_SECONDS * RATE)) / RATE
        parts += [np.zeros(RATE // 2), 0.3 * np.sin(2 * np.pi * BEEP_HERTZ * times)]
    parts.append(np.zeros(round(AFTER_SECONDS * RATE)))
    sound = np.concatenate(parts)
    noise: Samples = dice.standard_normal(sound.size) * NOISE[greeting.line]
    mixed: Samples = sound + noise
    return mixed


def _read(path: Path) -> Samples:
    """A mono file of 16 bits at the line's rate; what lies above its band is averaged away."""
    with wave.open(str(path), "rb") as file:
        rate = file.getframerate()
        data = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768.0
    width = max(1, round(rate / RATE))
    smooth = np.convolve(data, np.ones(width) / width, mode="same")
    at = np.arange(0.0, data.size, rate / RATE)
    heard: Samples = np.interp(at, np.arange(data.size), smooth)
    # espeak-ng leaves silence at both ends, which would count as the person's.
    spoken = np.flatnonzero(np.abs(heard) > 0.01)
    return heard[spoken[0] : spoken[-1] + 1] if spoken.size else heard


def _write(path: Path, sound: Samples) -> None:
    samples = (np.clip(sound, -1.0, 1.0) * 32767.0).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
