"""VICIdial's adaptive methods: a dial level that creeps after the agents who wait.

From the VICIdial manual (dial method ADAPT_*) and AST_VDadapt.pl. Every 15 s the level L is
multiplied by 1 + x, x being (ready - waiting calls) ÷ agents, both averaged over the 15 s, and kept
in 1 .. its maximum (3 by default). When more than 50 live answers were counted since midnight and
more than the limit of them were dropped, the hard limit sets L to 1, average halves it, and tapered
multiplies it with the hours and minutes left of the shift, read as a number, ÷ 1,000. More than 20
calls in the last minute of which more than half were dropped: L is halved, whatever the method.
"""

import enum
from collections import deque
from dataclasses import dataclass

from benchmarks.pacing.peers.ratio import LAUNCH_SECONDS, missing_lines
from dialer.pacing.view import Decision, Limit, LiveAnswerSettled, Observation, PacingView

ADAPT_SECONDS = 15.0
SAMPLE_SECONDS = 1.0
LEVEL_MIN = 1.0
CALLS_MIN = 50
MINUTE_CALLS = 20
MINUTE_DROPS_RATIO = 0.5


@enum.unique
class Method(enum.StrEnum):
    HARD = "hard"
    AVERAGE = "average"
    TAPERED = "tapered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptive:
    """What a VICIdial administrator sets."""

    method: Method = Method.AVERAGE
    level_max: float = 3.0
    drop_limit_ratio: float = 0.03
    intensity: float = 1.0
    """Factor on x; the manual's adaptive intensity, 0 % there is 1 here."""
    target: float = 0.0
    """Agents who should wait (dial level difference target): subtracted from those who do."""
    is_available_only: bool = False


class VicidialAdaptive:
    """The level, its drops since midnight and the drops of the last minute."""

    def __init__(self, settings: Adaptive) -> None:
        self._settings = settings
        self.level = LEVEL_MIN
        """Lines for each agent, now."""
        self._sample_at = self._launch_at = 0.0
        self._adapt_at = ADAPT_SECONDS
        self._surplus = 0.0
        self._agents = 0.0
        self._live = self._dropped = 0
        self._minute: deque[tuple[float, bool]] = deque()
        self._day_ends_at: float | None = None

    def decide(self, view: PacingView) -> Decision:
        """Sample each second, adapt every 15 s, launch every 2.5 s."""
        self._start_day(view)
        if view.now >= self._sample_at:
            self._sample_at = view.now + SAMPLE_SECONDS
            # The service counts agents who talk or are ready; one who wraps up is paused.
            self._surplus += view.ready - view.waiting - self._settings.target
            self._agents += view.ready + len(view.talking_seconds)
        if view.now >= self._adapt_at:
            self._adapt_at = view.now + ADAPT_SECONDS
            self._adapt(view)
        if view.now < self._launch_at:
            return Decision(count=0, bound_by=Limit.RATIO)
        self._launch_at = view.now + LAUNCH_SECONDS
        only = self._settings.is_available_only
        count = missing_lines(view, self.level, is_available_only=only)
        return Decision(count=min(view.room, count), bound_by=Limit.RATIO)

    def _start_day(self, view: PacingView) -> None:
        if view.ends_at != self._day_ends_at:
            self._day_ends_at = view.ends_at
            self._live = self._dropped = 0

    def _adapt(self, view: PacingView) -> None:
        settings = self._settings
        if self._agents > 0.0:
            self.level *= 1.0 + settings.intensity * self._surplus / self._agents
        self._surplus = self._agents = 0.0
        self.level = min(settings.level_max, max(LEVEL_MIN, self.level))
        if self._live > CALLS_MIN and self._dropped > settings.drop_limit_ratio * self._live:
            self.level *= self._penalty(view)
        while self._minute and self._minute[0][0] < view.now - 60.0:
            self._minute.popleft()
        drops = sum(is_dropped for _, is_dropped in self._minute)
        if len(self._minute) > MINUTE_CALLS and drops > MINUTE_DROPS_RATIO * len(self._minute):
            self.level /= 2.0
        self.level = max(LEVEL_MIN, self.level)

    def _penalty(self, view: PacingView) -> float:
        match self._settings.method:
            case Method.HARD:
                return LEVEL_MIN / self.level
            case Method.AVERAGE:
                return 0.5
            case Method.TAPERED:
                minutes = int((view.ends_at - view.now) / 60.0) if view.ends_at else 0
                clock = 100 * (minutes // 60) + minutes % 60
                return clock / 1000.0

    def observe(self, observation: Observation) -> None:
        """Count live answers and drops."""
        if isinstance(observation, LiveAnswerSettled):
            self._live += 1
            self._dropped += observation.is_abandoned
            self._minute.append((observation.at, observation.is_abandoned))
