"""Utilisation and abandonment of each pacer in small worlds of agents and calls.

    python benchmarks/pacing_worlds.py --world demo --seeds 100
    python benchmarks/pacing_worlds.py --world a --agents 5 10 20 --seeds 4 --mode predictive

A heap of events drives `Pacer.decide` and `Pacer.observe`: no engine, no switch, no latency.
Talk and wrap-up are lognormal, answers take 3 s + Gamma(2, 4 s), 15 % of failures come within 1 to
4 s and the rest at the ring timeout; an answer without an agent after 2 s is abandoned.
"""

import argparse
import heapq
import math
import multiprocessing
import random
import statistics
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from dialer.pacing.pacers import create
from dialer.pacing.settings import DialMode, PacingSettings, Wall
from dialer.pacing.view import (
    Answered,
    Launched,
    LedgerView,
    Limit,
    LiveAnswerSettled,
    Pacer,
    PacingView,
    SetUpFailed,
    TalkEnded,
    WrapUpEnded,
)

TOLERANCE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One scenario; durations in seconds."""

    name: str
    talk_mean: float
    talk_cv: float
    wrap_mean: float
    wrap_cv: float = 0.5
    probability: Callable[[float], float]
    ring_timeout: float = 25.0
    hours: float = 10.0
    agents: int = 10
    tick: float = 0.25
    with_ledger: bool = True
    with_end: bool = True


def _day_curve(hours: float) -> float:
    return 0.30 + 0.08 * math.sin(2.0 * math.pi * hours / 2.0)


def _alternating(hours: float) -> float:
    return 0.15 if int(hours * 2.0) % 2 == 0 else 0.45


WORLDS = {
    "demo": World(
        name="demo", talk_mean=258.0, talk_cv=1.0, wrap_mean=20.0, probability=_day_curve,
        ring_timeout=24.0, hours=2.0, agents=20,
    ),
    "a": World(name="a", talk_mean=90.0, talk_cv=0.9, wrap_mean=30.0, probability=lambda _: 0.30),
    "b": World(name="b", talk_mean=45.0, talk_cv=1.0, wrap_mean=15.0, probability=lambda _: 0.10),
    "c": World(name="c", talk_mean=180.0, talk_cv=0.7, wrap_mean=20.0, probability=lambda _: 0.50),
    "drift": World(name="drift", talk_mean=90.0, talk_cv=0.9, wrap_mean=30.0,
        probability=_alternating),
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Result:
    """What one run came to."""

    utilisation: float
    live: int
    abandoned: int
    worst: float
    launched: int
    decisions: int
    cpu_seconds: float
    bounds: Counter[str] = field(default_factory=Counter)

    @property
    def abandonment(self) -> float:
        return self.abandoned / self.live if self.live else 0.0


class Run:
    """One world, one pacer, one seed."""

    def __init__(self, world: World, pacer: Pacer, seed: int) -> None:
        self.world, self.pacer = world, pacer
        self.random = random.Random(seed)
        self.now = 0.0
        self.end = world.hours * 3600.0
        self.heap: list[tuple[float, int, str, int]] = []
        self.sequence = 0
        self.ready: deque[int] = deque(range(world.agents))
        self.ready_since = dict.fromkeys(range(world.agents), 0.0)
        self.ready_seconds = 0.0
        self.talking: dict[int, float] = {}
        self.wrapping: dict[int, float] = {}
        self.in_flight: dict[int, float] = {}
        self.waiting: dict[int, float] = {}
        self.live = self.abandoned = self.launched = self.decisions = 0
        self.worst = 0.0
        self.decide_seconds = 0.0
        self.bounds: Counter[str] = Counter()

    def at(self, when: float, what: str, who: int) -> None:
        self.sequence += 1
        heapq.heappush(self.heap, (when, self.sequence, what, who))

    def lognormal(self, mean: float, cv: float) -> float:
        variance = math.log(1.0 + cv * cv)
        return self.random.lognormvariate(math.log(mean) - variance / 2.0, math.sqrt(variance))

    def go(self) -> Result:
        self.at(0.0, "tick", 0)
        handlers = {
            "tick": self.tick, "answer": self.answer, "fail": self.fail,
            "abandon": self.abandon, "talked": self.talked, "wrapped": self.wrapped,
        }  # fmt: skip
        while self.heap and self.heap[0][0] < self.end:
            self.now, _, what, who = heapq.heappop(self.heap)
            if handlers[what](who):
                self.decide()
        self.now = self.end
        idle = self.ready_seconds + sum(self.end - self.ready_since[a] for a in self.ready)
        return Result(
            utilisation=1.0 - idle / (self.end * self.world.agents),
            live=self.live,
            abandoned=self.abandoned,
            worst=self.worst,
            launched=self.launched,
            decisions=self.decisions,
            cpu_seconds=self.decide_seconds,
            bounds=self.bounds,
        )

    def tick(self, _: int) -> bool:
        self.at(self.now + self.world.tick, "tick", 0)
        return True

    def answer(self, call: int) -> bool:
        launched_at = self.in_flight.pop(call)
        self.pacer.observe(Answered(at=self.now, age_seconds=self.now - launched_at))
        if self.ready:
            self.connect(self.ready.popleft())
        else:
            self.waiting[call] = self.now
            self.at(self.now + TOLERANCE, "abandon", call)
        return True

    def connect(self, agent: int) -> None:
        self.ready_seconds += self.now - self.ready_since.pop(agent)
        self.talking[agent] = self.now
        talk = self.lognormal(self.world.talk_mean, self.world.talk_cv)
        self.at(self.now + talk, "talked", agent)
        self.settle(is_abandoned=False)

    def settle(self, *, is_abandoned: bool) -> None:
        self.live += 1
        self.abandoned += is_abandoned
        self.worst = max(self.worst, self.abandoned / self.live)
        self.pacer.observe(LiveAnswerSettled(at=self.now, is_abandoned=is_abandoned))

    def fail(self, call: int) -> bool:
        launched_at = self.in_flight.pop(call)
        self.pacer.observe(SetUpFailed(at=self.now, age_seconds=self.now - launched_at))
        return True

    def abandon(self, call: int) -> bool:
        if self.waiting.pop(call, None) is None:
            return False
        self.settle(is_abandoned=True)
        return True

    def talked(self, agent: int) -> bool:
        self.pacer.observe(TalkEnded(at=self.now, seconds=self.now - self.talking.pop(agent)))
        self.wrapping[agent] = self.now
        wrap = self.lognormal(self.world.wrap_mean, self.world.wrap_cv)
        self.at(self.now + wrap, "wrapped", agent)
        return True

    def wrapped(self, agent: int) -> bool:
        self.pacer.observe(WrapUpEnded(at=self.now, seconds=self.now - self.wrapping.pop(agent)))
        self.ready_since[agent] = self.now
        if self.waiting:
            del self.waiting[next(iter(self.waiting))]
            self.connect(agent)
        else:
            self.ready.append(agent)
        return True

    def decide(self) -> None:
        now, world = self.now, self.world
        ledger = LedgerView(
            name="day", limit_ratio=0.03, live_answers=self.live, abandoned=self.abandoned,
            ends_at=None,
        )  # fmt: skip
        view = PacingView(
            now=now,
            ready=len(self.ready),
            waiting=len(self.waiting),
            in_flight_ages=[now - at for at in self.in_flight.values()],
            talking_seconds=[now - at for at in self.talking.values()],
            wrap_up_seconds=[now - at for at in self.wrapping.values()],
            wrap_up_seconds_max=3600.0,
            tolerance_seconds=TOLERANCE,
            ledgers=(ledger,) if world.with_ledger else (),
            ends_at=self.end if world.with_end else None,
            room=1000,
            room_limit=Limit.TRUNK,
        )
        started = time.process_time()
        decision = self.pacer.decide(view)
        self.decide_seconds += time.process_time() - started
        self.decisions += 1
        self.bounds[decision.bound_by.value] += 1
        for _ in range(decision.count):
            self.launch()

    def launch(self) -> None:
        self.launched += 1
        self.in_flight[self.launched] = self.now
        self.pacer.observe(Launched(at=self.now))
        draw = self.random
        if draw.random() < self.world.probability(self.now / 3600.0):
            self.at(self.now + 3.0 + draw.gammavariate(2.0, 4.0), "answer", self.launched)
        elif draw.random() < 0.15:
            self.at(self.now + draw.uniform(1.0, 4.0), "fail", self.launched)
        else:
            self.at(self.now + self.world.ring_timeout, "fail", self.launched)


def run(job: tuple[str, dict[str, float], PacingSettings, int]) -> Result:
    """One job of the pool; worlds hold functions and travel by name."""
    name, changes, settings, seed = job
    world = replace(WORLDS[name], **changes)  # type: ignore[arg-type]
    return Run(world, create(settings), seed).go()


def show(label: str, results: list[Result]) -> None:
    """One line: means over seeds, spread, and the worst."""
    use = [r.utilisation for r in results]
    ratio = [r.abandonment for r in results]
    pooled = sum(r.abandoned for r in results) / max(1, sum(r.live for r in results))
    over = sum(r > 0.03 for r in ratio)
    error = statistics.stdev(use) / math.sqrt(len(use)) if len(use) > 1 else float("nan")
    micros = 1e6 * sum(r.cpu_seconds for r in results) / sum(r.decisions for r in results)
    bounds: Counter[str] = sum((r.bounds for r in results), Counter())
    total = sum(bounds.values())
    shares = " ".join(f"{k}={v / total:.2f}" for k, v in bounds.most_common(5))
    print(
        f"{label:28s} utilisation {statistics.mean(use):.4f} ±{error:.4f} min {min(use):.3f}  "
        f"abandoned {pooled:.4f} max {max(ratio):.4f} over-limit {over}/{len(ratio)}  "
        f"live {statistics.mean(r.live for r in results):.0f}  {micros:.0f} µs/decision  {shares}",
        flush=True,
    )


def main() -> None:
    """Run worlds from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--world", choices=sorted(WORLDS), default="demo")
    parser.add_argument("--agents", type=int, nargs="*")
    parser.add_argument("--hours", type=float)
    parser.add_argument("--tick", type=float)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--mode", type=DialMode, default=DialMode.PREDICTIVE)
    parser.add_argument("--ratio", type=float, default=1.5)
    parser.add_argument("--target", type=float, default=0.028)
    parser.add_argument("--wall", choices=["none", *Wall], default="forecast")
    parser.add_argument("--no-end", action="store_true", help="the pacer is not told when it ends")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    settings = PacingSettings(
        mode=given.mode,
        ratio=given.ratio,
        target_ratio=given.target,
        wall=Wall.FORECAST if given.wall == "none" else Wall(given.wall),
    )
    for agents in given.agents or [WORLDS[given.world].agents]:
        changes = {
            "agents": agents,
            "with_ledger": given.wall != "none",
            "with_end": not given.no_end,
        }
        changes |= {k: v for k in ("hours", "tick") if (v := getattr(given, k)) is not None}
        seeds = range(given.first_seed, given.first_seed + given.seeds)
        jobs = [(given.world, changes, settings, seed) for seed in seeds]
        with multiprocessing.Pool(given.jobs) as pool:
            results = pool.map(run, jobs, chunksize=1)
        show(f"{given.world} n={agents} {given.mode} wall={given.wall}", results)


if __name__ == "__main__":
    main()
