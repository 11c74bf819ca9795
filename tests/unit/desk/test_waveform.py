"""Waveforms: both voices apart, masks silent, bounded, and a sentence for what is no sound."""

import wave
from pathlib import Path

import numpy as np
import pytest

from dialer.desk.quality.waveform import POINTS_MAX, BadSound, read_waveform
from tests.support.heard_calls import write_sound


def written(path: Path, samples: "np.ndarray", *, channels: int, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())
    return path


def test_a_call_is_drawn_in_two_voices_and_is_silent_where_it_was_masked(tmp_path: Path) -> None:
    path = write_sound(tmp_path, "a-1", seconds=100.0, masks=[(40.0, 60.0)])
    found = read_waveform(path)
    assert found.seconds == 100.0
    assert len(found.lead) == len(found.agent) == POINTS_MAX
    assert not any(found.lead[401:599])
    assert not any(found.agent[401:599])
    assert max(found.lead[:400]) > 40
    assert max(found.agent[600:]) > 40
    assert found.lead != found.agent


def test_one_loud_sample_in_a_long_call_is_seen(tmp_path: Path) -> None:
    samples = np.zeros((8000 * 600, 2), dtype="<i2")
    samples[8000 * 300 + 7, 1] = -32768
    found = read_waveform(written(tmp_path / "a.wav", samples, channels=2))
    assert not any(found.lead)
    assert [index for index, each in enumerate(found.agent) if each] == [500]
    assert found.agent[500] == 255


def test_one_channel_of_eight_bits_and_fewer_samples_than_points(tmp_path: Path) -> None:
    samples = np.array([128, 0, 255, 128], dtype=np.uint8)
    found = read_waveform(written(tmp_path / "a.wav", samples, channels=1, width=1))
    assert (list(found.lead), found.agent) == ([0, 255, 254, 0], b"")


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "no WAV file"), (b"RIFF....WAVEjunk", "no WAV file")]
)
def test_what_is_no_sound_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(BadSound, match=said):
        read_waveform(path)
    empty = written(path, np.zeros(0, dtype="<i2"), channels=2)
    with pytest.raises(BadSound, match="holds no sound"):
        read_waveform(empty)
