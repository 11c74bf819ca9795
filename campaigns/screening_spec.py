"""What a manager decides about machines, surveys by keys, and people who call back."""

import enum
from dataclasses import dataclass


@enum.unique
class OnMachine(enum.StrEnum):
    """What is done when the classifier hears a machine; the dialer's words."""

    HANGUP = "hangup"
    MESSAGE = "message"
    CONNECT = "connect"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningSpec:
    """How the greeting classifier is used. Durations in seconds, shares 0..1.

    Whoever has begun to speak and made no pause of `pause_seconds` within `greeting_seconds` is a
    machine; a pause within that time makes a person; nothing at all for `silence_seconds` is
    unsure, and treated as a person. The defaults rather let machines through than take people for
    one; what they do is measured by `python -m benchmarks.greetings`.
    """

    on_machine: OnMachine = OnMachine.HANGUP
    sample_ratio: float = 0.05
    """Share of the machines that agents get all the same, to measure the classifier's mistakes."""
    message: str = "machine"
    """Id of the recording left after the beep."""
    seconds_max: float = 1.8
    """From the answer; without a verdict by then it is a person."""
    silence_seconds: float = 1.0
    greeting_seconds: float = 1.1
    pause_seconds: float = 0.2
    level: int = 600
    """What counts as sound: FreeSWITCH's energy score of a frame."""
    beep_seconds_max: float = 40.0
    """How long a machine may talk before the message is spoken to it all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyQuestion:
    """One question of a recorded survey. Its recording has its code as its name."""

    code: str
    keys: tuple[tuple[str, str | None], ...]
    """Each key that answers it, and the code of the next question, or None at the end."""
    text: str = ""
    """What the recording says, for people who read answers."""
