"""How long things take and how likely an answer is: the laws a world draws from."""

import math
import random
from dataclasses import dataclass
from typing import Protocol


class DurationLaw(Protocol):
    """A law of durations in seconds."""

    def draw(self, stream: random.Random) -> float:
        """One duration, 0 or more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform:
    """Any duration between the two bounds, equally likely."""

    low_seconds: float
    high_seconds: float

    def draw(self, stream: random.Random) -> float:
        """One duration."""
        return stream.uniform(self.low_seconds, self.high_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exponential:
    """Memoryless durations."""

    mean_seconds: float

    def draw(self, stream: random.Random) -> float:
        """One duration."""
        return stream.expovariate(1.0 / self.mean_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lognormal:
    """Durations by mean and coefficient of variation, cut at `seconds_max`.

    Call-centre service times are close to lognormal (Brown et al. 2005, JASA 100(469)).
    """

    mean_seconds: float
    cv: float
    seconds_max: float = 7200.0

    def draw(self, stream: random.Random) -> float:
        """One duration."""
        if self.cv <= 0.0:
            return min(self.mean_seconds, self.seconds_max)
        variance = math.log1p(self.cv * self.cv)
        mu = math.log(self.mean_seconds) - variance / 2.0
        return min(stream.lognormvariate(mu, math.sqrt(variance)), self.seconds_max)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftedGamma:
    """A fixed time and then a Gamma one: set-up through the network, then ringing."""

    shift_seconds: float
    shape: float
    scale_seconds: float

    def draw(self, stream: random.Random) -> float:
        """One duration."""
        return self.shift_seconds + stream.gammavariate(self.shape, self.scale_seconds)


@dataclass(frozen=True, slots=True)
class Empirical:
    """Durations that were measured: each draw is one of them."""

    seconds: tuple[float, ...]

    def draw(self, stream: random.Random) -> float:
        """One duration."""
        return stream.choice(self.seconds)


@dataclass(frozen=True, slots=True)
class Scaled:
    """Another law, every duration longer or shorter by the same factor."""

    law: DurationLaw
    factor: float

    def draw(self, stream: random.Random) -> float:
        """One duration."""
        return self.factor * self.law.draw(stream)


class AnswerLaw(Protocol):
    """The chance that an attempt is answered, as the day goes."""

    def at(self, seconds: float) -> float:
        """The chance for an attempt placed so many seconds after the start."""
        ...


@dataclass(frozen=True, slots=True)
class ConstantAnswer:
    """The same chance all day."""

    probability: float

    def at(self, seconds: float) -> float:
        """The chance."""
        return self.probability


@dataclass(frozen=True, slots=True)
class HourlyAnswer:
    """One chance for each hour from the start; the last one holds from then on."""

    probabilities: tuple[float, ...]

    def at(self, seconds: float) -> float:
        """The chance."""
        return self.probabilities[min(int(seconds // 3600.0), len(self.probabilities) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAnswer:
    """One chance for each hour of the clock, day after day."""

    probabilities: tuple[float, ...]
    """Twenty-four, from midnight on."""
    begins_seconds: float
    """From midnight to the start of the world, by the clock that is meant."""

    def at(self, seconds: float) -> float:
        """The chance."""
        return self.probabilities[int((self.begins_seconds + seconds) // 3600.0) % 24]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternatingAnswer:
    """Two chances that take turns, to see how a pacer follows."""

    low: float
    high: float
    period_seconds: float
    """How long each of them holds."""

    def at(self, seconds: float) -> float:
        """The chance."""
        return self.high if int(seconds // self.period_seconds) % 2 else self.low
