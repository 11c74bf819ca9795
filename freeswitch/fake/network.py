"""The public network as the fake switch meets it: what becomes of a call to a number.

A `Network` is asked once for each call and answers with a `Behaviour`: when the far end first
responds, how long it rings, who answers, what they do. `LabNetwork` is the scripted number plan
with which the recordings of a real switch were made; `freeswitch.fake.statistical` draws from
seeded distributions.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Result(StrEnum):
    """How a call ends its ringing, as the far end sees it."""

    ANSWERED = "answered"
    REFUSED = "refused"
    """A final SIP failure; `Behaviour.cause` says which."""
    NO_ANSWER = "no_answer"
    """Rings until we give up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One call as its far end will play it.

    `set_up_seconds` runs from INVITE to the first response, `ring_seconds` from there to the
    answer or the refusal. `talk_seconds` runs from the answer until the far end hangs up; None
    means never. `speech` are (from, to) seconds after the answer in which somebody talks; `keys`
    are (seconds after the answer, digit). `holds` puts us on hold before hanging up.
    """

    result: Result
    set_up_seconds: float = 0.001
    ring_seconds: float = 0.0
    rings: bool = True
    early_media: bool = False
    cause: str = "NORMAL_CLEARING"
    talk_seconds: float | None = None
    speech: tuple[tuple[float, float], ...] = ()
    keys: tuple[tuple[float, str], ...] = ()
    holds: bool = False
    machine: bool = False
    beep_seconds: float | None = None
    """After the answer: when a machine says its beep."""


class Network(Protocol):
    """Where calls go. Asked exactly once for each call placed."""

    def answer_for(self, number: str, now: float) -> Behaviour:
        """What becomes of this call to this number, placed at virtual instant `now`."""


def agent_phone(answer_seconds: float) -> Behaviour:
    """A phone that answers after so many seconds and never hangs up by itself."""
    return Behaviour(result=Result.ANSWERED, ring_seconds=answer_seconds, rings=answer_seconds > 0)


def refused(cause: str, *, after_seconds: float = 0.0, rings: bool = False) -> Behaviour:
    """A far end that ends the call with this cause before anybody answers."""
    return Behaviour(result=Result.REFUSED, cause=cause, ring_seconds=after_seconds, rings=rings)


class LabNetwork:
    """The number plan of the recordings.

    1RTT rings R seconds and talks TT; 2 busy; 3 never answers; 4 unallocated; 5 rejected; 6 network
    failure; 7 early media, then no answer; 8 a voicemail greeting; 9 a person's hello; 01 presses
    9; 02 sends no 18x; agent… answers at once.
    """

    def answer_for(self, number: str, now: float) -> Behaviour:
        """The scripted behaviour of this number; anything unknown is unallocated."""
        del now
        plan = {
            "2": refused("USER_BUSY"),
            "3": Behaviour(result=Result.NO_ANSWER),
            "4": refused("UNALLOCATED_NUMBER"),
            "5": refused("CALL_REJECTED"),
            "6": refused("NORMAL_TEMPORARY_FAILURE"),
            "7": Behaviour(
                result=Result.REFUSED, cause="NO_ANSWER", early_media=True, ring_seconds=12.0
            ),
            "8": _answered(1.0, talk_seconds=22.0, speech=((0.02, 11.0),)),
            "9": _answered(1.0, talk_seconds=21.0, speech=((0.02, 0.4),)),
        }
        if number.startswith("agent"):
            return agent_phone(0.0)
        if number.startswith("01"):
            return _answered(0.5, talk_seconds=8.5, keys=((2.72, "9"),))
        if number.startswith("02"):
            return Behaviour(result=Result.NO_ANSWER, rings=False)
        if number.startswith("1") and len(number) >= 4 and number[:4].isdigit():
            return _answered(float(number[1]), talk_seconds=float(number[2:4]))
        return plan.get(number[:1], refused("UNALLOCATED_NUMBER"))


def _answered(
    ring_seconds: float,
    *,
    talk_seconds: float,
    speech: tuple[tuple[float, float], ...] = (),
    keys: tuple[tuple[float, str], ...] = (),
) -> Behaviour:
    return Behaviour(
        result=Result.ANSWERED,
        ring_seconds=ring_seconds,
        talk_seconds=talk_seconds,
        speech=speech,
        keys=keys,
    )
