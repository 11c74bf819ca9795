"""What the peers measure for themselves: plain means and shares, as their descriptions say."""

from collections import deque

from dialer.pacing.view import (
    Answered,
    Launched,
    LiveAnswerSettled,
    Observation,
    TalkEnded,
    WrapUpEnded,
)

PRIOR_WEIGHT = 10.0
"""Observations that a starting value is worth: every real system is configured with one."""


class Mean:
    """A running mean that starts at a configured value."""

    def __init__(self, start: float) -> None:
        self._sum, self._count = start * PRIOR_WEIGHT, PRIOR_WEIGHT

    def add(self, value: float) -> None:
        """One more value."""
        self._sum += value
        self._count += 1.0

    @property
    def value(self) -> float:
        """The mean so far."""
        return self._sum / self._count


class Recent:
    """How many happened in the last so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._times: deque[float] = deque()

    def add(self, at: float) -> None:
        """One happened."""
        self._times.append(at)

    def count(self, now: float) -> int:
        """Those not older than the window."""
        while self._times and self._times[0] < now - self._seconds:
            self._times.popleft()
        return len(self._times)


class Measured:
    """Means of everything, and the share of calls answered in the last half hour."""

    def __init__(self) -> None:
        self.answer_seconds = Mean(10.0)
        self.talk_seconds = Mean(90.0)
        self.wrap_up_seconds = Mean(20.0)
        self._launches = Recent(1800.0)
        self._answers = Recent(1800.0)
        self.live = 0
        self.abandoned = 0

    def observe(self, observation: Observation) -> None:
        """Count it."""
        match observation:
            case Launched(at=at):
                self._launches.add(at)
            case Answered(at=at, age_seconds=age):
                self._answers.add(at)
                self.answer_seconds.add(age)
            case TalkEnded(seconds=seconds):
                self.talk_seconds.add(seconds)
            case WrapUpEnded(seconds=seconds):
                self.wrap_up_seconds.add(seconds)
            case LiveAnswerSettled(is_abandoned=is_abandoned):
                self.live += 1
                self.abandoned += is_abandoned
            case _:
                # Failures follow from launches and answers; whatever else our own pacers may come
                # to learn from, these rules know nothing of it.
                pass

    def answer_ratio(self, now: float, *, in_flight: int, start: float) -> float:
        """Answered ÷ ended calls of the last half hour; `start` until there are a few."""
        ended = self._launches.count(now) - in_flight
        answers = self._answers.count(now)
        return (answers + PRIOR_WEIGHT * start) / (max(ended, answers) + PRIOR_WEIGHT)
