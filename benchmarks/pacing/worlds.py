"""The worlds in which pacers are compared: who answers, and how long people talk."""

import itertools
import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One scenario; durations in seconds, cv = standard deviation ÷ mean."""

    name: str
    agents: int
    talk_seconds: float
    talk_cv: float
    wrap_up_seconds: float
    wrap_up_cv: float = 0.5
    probabilities: tuple[float, ...] = (0.3,)
    """Chance that a call is answered, one period after the other, from the start of the day."""
    period_seconds: float = 1800.0
    ring_timeout_seconds: float = 25.0
    tolerance_seconds: float = 2.0
    hours: float = 10.0
    days: int = 1
    """Days of one run; the pacer keeps what it has learnt."""
    window_days: int = 1
    """Days of one window of the ledger, from its first morning on. The United States measure over
    the campaign, or over 30 days of a longer one (16 CFR 310.4(b)(4)(i)); Ofcom over 24 hours."""
    leads: int | None = None
    """Calls that a day's list bears; None for a list that does not end."""
    limit_ratio: float = 0.03
    has_ledger: bool = True

    def probability(self, seconds: float) -> float:
        """Chance of an answer for a call launched so long after the start of the day."""
        period = int(seconds / self.period_seconds)
        return self.probabilities[period % len(self.probabilities)]

    @property
    def handle_seconds(self) -> float:
        """Mean of talk and wrap-up together."""
        return self.talk_seconds + self.wrap_up_seconds


A = World(name="A", agents=10, talk_seconds=90.0, talk_cv=0.9, wrap_up_seconds=30.0)
B = World(
    name="B", agents=10, talk_seconds=45.0, talk_cv=1.0, wrap_up_seconds=15.0, probabilities=(0.1,)
)
C = World(
    name="C", agents=10, talk_seconds=180.0, talk_cv=0.7, wrap_up_seconds=20.0, probabilities=(0.5,)
)
D = World(
    name="D", agents=10, talk_seconds=240.0, talk_cv=0.9, wrap_up_seconds=60.0, probabilities=(0.2,)
)
DRIFT = replace(A, name="drift", probabilities=(0.15, 0.45))
"""World A, where the chance of an answer jumps between .15 and .45 every half hour."""

DEMO = World(
    name="demo",
    agents=20,
    talk_seconds=258.0,
    talk_cv=1.0,
    wrap_up_seconds=20.0,
    probabilities=tuple(0.30 + 0.08 * math.sin(math.pi * i / 12.0) for i in range(24)),
    period_seconds=300.0,
    ring_timeout_seconds=24.0,
    hours=2.0,
)
"""The floor of `dialer demo`: the chance of an answer swings about .3 once in two hours."""

WORLDS = {world.name: world for world in (A, B, C, D, DRIFT, DEMO)}
"""D is a long sale to few who answer; its means are those of the exact optima's scenario D."""

CELLS = {
    "A": (2, 5, 10, 20, 50),
    "B": (5, 10, 20),
    "C": (5, 10),
    "D": (10,),
    "drift": (5, 10, 20),
}
"""Worlds and team sizes of the whole table."""


def all_cells() -> list[World]:
    """Every world of the table at every team size."""
    return list(
        itertools.chain.from_iterable(
            (replace(WORLDS[name], agents=agents) for agents in sizes)
            for name, sizes in CELLS.items()
        )
    )
