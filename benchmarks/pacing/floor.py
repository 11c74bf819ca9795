"""One floor of agents in virtual time: a heap of events drives one pacer, day after day.

Talk and wrap-up are lognormal, answers take 3 s + Gamma(shape 2, scale 4 s), 15 % of failures come
within 1 to 4 s and the rest at the ring timeout; an answer without an agent within the tolerance is
abandoned. There is no engine, no switch and no latency here: pacers are compared, nothing else.
"""

import heapq
import math
import random
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.pacing.worlds import World
from dialer.pacing.view import (
    Answered,
    Decision,
    Launched,
    LedgerView,
    Limit,
    LiveAnswerSettled,
    Observation,
    PacingView,
    SetUpFailed,
    TalkEnded,
    WrapUpEnded,
)

NIGHT_SECONDS = 14.0 * 3600.0
"""From the end of one day to the start of the next; longer than any call."""
TIMED_EVERY = 61
"""One decision in so many is timed: on a virtual machine reading the clock can cost as much as
deciding. A prime, so that no rhythm of the world is sampled at its beat."""
FAR_ABOVE = 8.0
"""B ÷ θ from which it takes B some seconds to come down without an event. Nearer to 1 the pause is
shorter, in proportion to the logarithm."""
LOG_FAR_ABOVE = math.log(FAR_ABOVE)
LINES = 1000
"""More lines than any pacer here ever asks for."""


class Decider(Protocol):
    """What the floor needs of a pacer: our own have more."""

    def decide(self, view: PacingView) -> Decision:
        """How many calls to launch now."""
        ...

    def observe(self, observation: Observation) -> None:
        """Learn from what happened."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a pacer is asked: so often, and after each event or not."""

    interval_seconds: float = 0.25
    is_asked_at_events: bool = True
    patient_seconds: float | None = None
    """When given, the clock asks again only after up to so long while B is far above its price.
    That may delay a launch a little: a rule is never better for it."""


@dataclass(slots=True, kw_only=True)
class Day:
    """What one day came to."""

    seed: int
    number: int
    agent_seconds: float
    ready_seconds: float = 0.0
    live: int = 0
    abandoned: int = 0
    launched: int = 0
    cancelled: int = 0
    decisions: int = 0
    decide_seconds: float = 0.0
    """CPU time spent in `decide`, extrapolated from a sample."""
    bounds: dict[str, int] = field(default_factory=dict)
    """Decisions by the limit that bound."""

    @property
    def utilisation(self) -> float:
        """Talk and wrap-up as a share of the time at work."""
        return 1.0 - self.ready_seconds / self.agent_seconds

    @property
    def abandonment(self) -> float:
        """Abandoned ÷ live answers."""
        return self.abandoned / self.live if self.live else 0.0


class Floor:
    """One world, one pacer, one seed."""

    def __init__(self, world: World, pacer: Decider, timing: Timing, seed: int) -> None:
        self._world, self._pacer, self._timing, self._seed = world, pacer, timing, seed
        # A stream for each matter: two pacers on one seed meet the same people at first.
        self._set_ups = random.Random(f"{seed} set-ups")
        self._talks = random.Random(f"{seed} talks")
        self._now = self._starts_at = self._ends_at = 0.0
        self._heap: list[tuple[float, int, str, int]] = []
        self._sequence = 0
        self._calls = 0
        self._ready: deque[int] = deque()
        self._ready_since: dict[int, float] = {}
        self._talking: dict[int, float] = {}
        self._wrapping: dict[int, float] = {}
        self._in_flight: dict[int, float] = {}
        self._waiting: dict[int, float] = {}
        self._bounds: Counter[str] = Counter()
        self._day = Day(seed=seed, number=0, agent_seconds=0.0)
        self._window_ends_at = 0.0
        self._live_before = self._abandoned_before = 0
        """Of the window's earlier days."""
        self._handlers = {
            "tick": self._tick, "answer": self._answer, "fail": self._fail,
            "abandon": self._abandon, "talked": self._talked, "wrapped": self._wrapped,
        }  # fmt: skip

    def run(self) -> list[Day]:
        """All days of the world."""
        return [self._run_day(number) for number in range(self._world.days)]

    def _run_day(self, number: int) -> Day:
        world = self._world
        seconds = world.hours * 3600.0
        self._starts_at = self._now = number * (seconds + NIGHT_SECONDS)
        self._ends_at = self._starts_at + seconds
        self._open_ledger(number)
        self._day = Day(seed=self._seed, number=number, agent_seconds=seconds * world.agents)
        self._bounds = Counter()
        self._ready = deque(range(world.agents))
        self._ready_since = dict.fromkeys(self._ready, self._now)
        self._at(self._now, "tick", 0)
        heap, handlers, at_events = self._heap, self._handlers, self._timing.is_asked_at_events
        while heap:
            self._now, _, what, who = heapq.heappop(heap)
            is_asked = handlers[what](who)
            if self._now < self._ends_at:
                if what == "tick":
                    self._at(self._now + self._pause(self._decide()), "tick", 0)
                elif is_asked and at_events:
                    self._decide()
        for since in self._ready_since.values():
            self._day.ready_seconds += max(0.0, self._ends_at - since)
        self._day.bounds = dict(self._bounds)
        return self._day

    def _open_ledger(self, number: int) -> None:
        window = self._world.window_days
        if number % window:
            self._live_before += self._day.live
            self._abandoned_before += self._day.abandoned
            return
        self._live_before = self._abandoned_before = 0
        self._window_ends_at = self._starts_at + 86_400.0 * window

    def _at(self, when: float, what: str, who: int) -> None:
        self._sequence += 1
        heapq.heappush(self._heap, (when, self._sequence, what, who))

    def _tick(self, _: int) -> bool:
        return True

    def _pause(self, decision: Decision) -> float:
        patient, blocking, price = self._timing.patient_seconds, decision.blocking, decision.price
        least = self._timing.interval_seconds
        if patient is None or not blocking or not price or blocking <= price:
            return least
        return min(patient, max(least, patient * math.log(blocking / price) / LOG_FAR_ABOVE))

    def _answer(self, call: int) -> bool:
        launched_at = self._in_flight.pop(call, None)
        if launched_at is None:
            return False
        self._pacer.observe(Answered(at=self._now, age_seconds=self._now - launched_at))
        if self._ready:
            self._connect(self._ready.popleft())
        else:
            self._waiting[call] = self._now
            self._at(self._now + self._world.tolerance_seconds, "abandon", call)
        return True

    def _connect(self, agent: int) -> None:
        since = self._ready_since.pop(agent)
        self._day.ready_seconds += max(0.0, min(self._now, self._ends_at) - since)
        self._talking[agent] = self._now
        talk = self._lognormal(self._world.talk_seconds, self._world.talk_cv)
        self._at(self._now + talk, "talked", agent)
        self._settle(is_abandoned=False)

    def _settle(self, *, is_abandoned: bool) -> None:
        self._day.live += 1
        self._day.abandoned += is_abandoned
        self._pacer.observe(LiveAnswerSettled(at=self._now, is_abandoned=is_abandoned))

    def _fail(self, call: int) -> bool:
        launched_at = self._in_flight.pop(call, None)
        if launched_at is None:
            return False
        self._pacer.observe(SetUpFailed(at=self._now, age_seconds=self._now - launched_at))
        return True

    def _abandon(self, call: int) -> bool:
        if self._waiting.pop(call, None) is None:
            return False
        self._settle(is_abandoned=True)
        return True

    def _talked(self, agent: int) -> bool:
        seconds = self._now - self._talking.pop(agent)
        self._pacer.observe(TalkEnded(at=self._now, seconds=seconds))
        self._wrapping[agent] = self._now
        wrap_up = self._lognormal(self._world.wrap_up_seconds, self._world.wrap_up_cv)
        self._at(self._now + wrap_up, "wrapped", agent)
        return True

    def _wrapped(self, agent: int) -> bool:
        seconds = self._now - self._wrapping.pop(agent)
        self._pacer.observe(WrapUpEnded(at=self._now, seconds=seconds))
        self._ready_since[agent] = self._now
        if self._waiting:
            del self._waiting[next(iter(self._waiting))]
            self._connect(agent)
        else:
            self._ready.append(agent)
        return True

    def _lognormal(self, mean: float, cv: float) -> float:
        variance = math.log(1.0 + cv * cv)
        return self._talks.lognormvariate(math.log(mean) - variance / 2.0, math.sqrt(variance))

    def _view(self) -> PacingView:
        now, world, day = self._now, self._world, self._day
        ledger = LedgerView(
            name="day",
            limit_ratio=world.limit_ratio,
            live_answers=self._live_before + day.live,
            abandoned=self._abandoned_before + day.abandoned,
            ends_at=self._window_ends_at,
        )
        left = None if world.leads is None else world.leads - day.launched
        return PacingView(
            now=now,
            ready=len(self._ready),
            waiting=len(self._waiting),
            in_flight_ages=[now - at for at in self._in_flight.values()],
            in_flight_probabilities=self._known_probabilities(),
            talking_seconds=[now - at for at in self._talking.values()],
            wrap_up_seconds=[now - at for at in self._wrapping.values()],
            wrap_up_seconds_max=3600.0,
            tolerance_seconds=world.tolerance_seconds,
            ledgers=(ledger,) if world.has_ledger else (),
            ends_at=self._ends_at,
            leads_left=left,
            room=LINES if left is None else min(LINES, left),
            room_limit=Limit.TRUNK if left is None else Limit.HOPPER_EMPTY,
        )

    def _decide(self) -> Decision:
        view = self._view()
        self._day.decisions += 1
        if self._day.decisions % TIMED_EVERY:
            decision = self._pacer.decide(view)
        else:
            started = time.process_time()
            decision = self._pacer.decide(view)
            self._day.decide_seconds += TIMED_EVERY * (time.process_time() - started)
        self._bounds[decision.bound_by.value] += 1
        self._carry_out(decision)
        return decision

    def _carry_out(self, decision: Decision) -> None:
        for _ in range(decision.count):
            self._launch()

    def _launch(self) -> None:
        draw, now = self._set_ups, self._now
        self._calls += 1
        call = self._calls
        self._day.launched += 1
        self._in_flight[call] = now
        self._pacer.observe(Launched(at=now))
        if draw.random() < self._probability_of(call):
            self._at(now + 3.0 + draw.gammavariate(2.0, 4.0), "answer", call)
        elif draw.random() < 0.15:
            self._at(now + draw.uniform(1.0, 4.0), "fail", call)
        else:
            self._at(now + self._world.ring_timeout_seconds, "fail", call)

    def _probability_of(self, call: int) -> float:
        return self._world.probability(self._now - self._starts_at)

    def _known_probabilities(self) -> Sequence[float | None]:
        return ()
