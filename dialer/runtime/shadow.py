"""Another pacer beside the recorded one: what it would have launched on the same day.

Theory. The engine is driven by the recorded decisions, so that the day goes as it went; at each of
them the other pacer is asked too. Its calls are not the recorded ones, so its view is corrected:
launches it is ahead by are in flight for it as well, until the record catches up or their ring time
is over; the newest recorded calls it is behind by are not. Who would have answered a call that was
not made, and when, nobody knows: agents are as busy as they were. So the counts say what differs
and when, and not what the day would have brought; that is what `dialer simulate --what-if` is for.
"""

from collections import deque
from dataclasses import dataclass, field, replace

from dialer.pacing import pacers
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import Decision, Observation, PacingView
from dialer.pacing.view import Pacer as PacerLike

QUARTER_SECONDS = 900.0
DIFFERENCES_MAX = 1000
"""Single decisions kept for a person to look at; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """One decision on which the two differ."""

    at: float
    recorded: int
    other: int
    recorded_limit: str
    other_limit: str


@dataclass(slots=True)
class Quarter:
    """A quarter of an hour."""

    begins_at: float
    recorded: int = 0
    other: int = 0
    decisions: int = 0
    differ: int = 0


@dataclass(slots=True)
class Comparison:
    """All teams together, by quarter of an hour."""

    quarters: dict[float, Quarter] = field(default_factory=dict)
    first: list[Otherwise] = field(default_factory=list)
    expired: int = 0
    """Calls of the other pacer whose ring time ended before the record made them."""

    def note(self, at: float, recorded: Decision, other: Decision) -> None:
        """One decision of each."""
        begins_at = at - at % QUARTER_SECONDS
        quarter = self.quarters.setdefault(begins_at, Quarter(begins_at))
        quarter.recorded += recorded.count
        quarter.other += other.count
        quarter.decisions += 1
        if recorded.count == other.count:
            return
        quarter.differ += 1
        if len(self.first) < DIFFERENCES_MAX:
            self.first.append(
                Otherwise(
                    at=at,
                    recorded=recorded.count,
                    other=other.count,
                    recorded_limit=recorded.bound_by.value,
                    other_limit=other.bound_by.value,
                )
            )


class ShadowedPacer:
    """Decides as recorded, and asks another what it would do."""

    def __init__(
        self, recorded: PacingSettings, other: PacingSettings, comparison: Comparison
    ) -> None:
        self._recorded = pacers.create(recorded)
        self._other = pacers.create(other)
        self._ring_seconds = other.ring_seconds
        self._comparison = comparison
        self._ahead: deque[float] = deque()
        """Launched by the other and not yet in the record, and when; bounded by their ring time."""
        self._behind = 0
        """Recorded calls in flight that the other has not launched yet."""

    def decide(self, view: PacingView) -> Decision:
        """The recorded pacer's decision."""
        decision = self._recorded.decide(view)
        while self._ahead and view.now - self._ahead[0] > self._ring_seconds:
            self._ahead.popleft()
            self._comparison.expired += 1
        other = self._other.decide(self._as_other_sees(view))
        self._comparison.note(view.now, decision, other)
        self._settle(decision.count, other.count, view.now)
        return decision

    def _as_other_sees(self, view: PacingView) -> PacingView:
        ages = list(view.in_flight_ages)
        # Those it has not launched and that are answered or over meanwhile, it never will.
        self._behind = min(self._behind, len(ages))
        known, routes = list(view.in_flight_probabilities), list(view.in_flight_routes)
        if self._behind:
            ages, known = ages[: -self._behind], known[: -self._behind]
            routes = routes[: -self._behind]
        phantoms = [view.now - at for at in self._ahead]
        merged = sorted(ages + phantoms, reverse=True)
        # Beside merged ages the probabilities and routes would stand beside the wrong calls.
        return replace(
            view,
            in_flight_ages=merged,
            in_flight_probabilities=() if phantoms else known,
            in_flight_routes=() if phantoms else routes,
            room=view.room + self._behind,
        )

    def _settle(self, recorded: int, other: int, now: float) -> None:
        """Count who is ahead: a call both have launched is the same call."""
        caught_up = min(self._behind, other)
        self._behind -= caught_up
        for _ in range(other - caught_up):
            self._ahead.append(now)
        for _ in range(recorded):
            if self._ahead:
                self._ahead.popleft()
            else:
                self._behind += 1

    def observe(self, observation: Observation) -> None:
        """Both learn from what happened."""
        self._recorded.observe(observation)
        self._other.observe(observation)

    def save(self) -> str:
        """The recorded pacer's memory."""
        return self._recorded.save()

    def restore(self, state: str) -> str | None:
        """Both begin with what was learnt, as far as the other can use it."""
        self._other.restore(state)
        return self._recorded.restore(state)


def _conforms(pacer: ShadowedPacer) -> PacerLike:
    return pacer
