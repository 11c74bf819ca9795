"""What a campaign says of recording."""

import enum
from dataclasses import dataclass


@enum.unique
class RecordingPolicy(enum.StrEnum):
    """When calls are recorded. Many laws ask for the consent of both sides (California Penal Code
    632), others for a notice; which one holds is for the campaign to know."""

    OFF = "off"
    NOTICE = "notice"
    """From the bridge on; the lead hears a notice as the agent comes."""
    CONSENT = "consent"
    """The lead is asked, and recorded once they have pressed the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingConfig:
    """How calls of a campaign are recorded."""

    policy: RecordingPolicy = RecordingPolicy.OFF
    consent_key: str = "1"
    consent_seconds: float = 15.0
    """How long after the question the key is taken for an answer to it."""
