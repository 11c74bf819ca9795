"""What a campaign says of recording calls and of giving them to outside numbers."""

import enum
from dataclasses import dataclass


@enum.unique
class RecordingPolicy(enum.StrEnum):
    """Which calls are recorded."""

    OFF = "off"
    NOTICE = "notice"
    """All; the lead hears a notice as the agent comes."""
    CONSENT = "consent"
    """Those whose leads agree, by a key or by word of mouth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSpec:
    """The `[recording]` table."""

    policy: RecordingPolicy = RecordingPolicy.OFF
    notice: str = "recording_notice"
    """Id of the sound that says so, in the folder of sounds."""
    question: str = "recording_consent"
    """Id of the sound that asks for the key."""
    key: str = "1"
    answer_seconds: float = 15.0
    """How long after the question the key is an answer."""
