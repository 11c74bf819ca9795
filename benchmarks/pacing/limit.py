"""The exact limit of any pacer, by linear programming.

Where talk, ring and patience are exponential, a team is a constrained Markov decision process
(Altman 1999, Constrained Markov Decision Processes, chapter 4): its state is (m agents busy or
callers waiting, r calls ringing), its only action to launch one more call. With x(s) the share of
time in a state and y(s) the rate of launches from it,

    maximise    sum x(s) min(m, n) / n
    subject to  inflow(s) + y(m, r-1) = x(s) out(s) + y(s)      balance of each state
                sum x = 1
                abandoned <= ε / (1 - ε) · served

A launch is an impulse: it takes no time, so y is not bound to x. No rule that sees only counts can
do better, whoever wrote it and however it was tuned; one that also sees elapsed times of other than
exponential durations can.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from benchmarks.pacing.worlds import World

Floats = NDArray[np.float64]

RINGING_FACTOR = 3.0
"""Ringing calls considered, as a multiple of those that would occupy every agent at once. The best
rule never rings nearly as many; the tests show that more change nothing."""
WAITING_MAX = 3
"""Callers who wait at one time, where there is a tolerance: a fourth within two seconds is rarer
than one in a million under a limit of 3 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A team and its calls; durations are means in seconds."""

    agents: int
    handle_seconds: float
    answer_probability: float
    ring_seconds: float
    limit_ratio: float = 0.03
    tolerance_seconds: float = 0.0
    """Mean patience of an answered person; exponential, 0 for none at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The best that can be done."""

    utilisation: float
    abandonment: float
    launch_until: tuple[int, ...]
    """By busy agents 0 .. n: the most ringing calls that the best rule lets occur (base stock)."""


SCENARIOS = {
    "A": Scenario(agents=10, handle_seconds=120.0, answer_probability=0.3, ring_seconds=15.0),
    "B": Scenario(agents=10, handle_seconds=60.0, answer_probability=0.1, ring_seconds=18.0),
    "C": Scenario(agents=10, handle_seconds=180.0, answer_probability=0.5, ring_seconds=12.0),
    "D": Scenario(agents=10, handle_seconds=300.0, answer_probability=0.2, ring_seconds=20.0),
}


class _Rows:
    """A sparse matrix under construction."""

    def __init__(self) -> None:
        self._data: list[float] = []
        self._at: tuple[list[int], list[int]] = ([], [])

    def add(self, row: int, column: int, value: float) -> None:
        self._data.append(value)
        self._at[0].append(row)
        self._at[1].append(column)

    def build(self, rows: int, columns: int) -> Any:
        return csr_array((self._data, self._at), shape=(rows, columns))


def exact(scenario: Scenario, *, ringing_max: int | None = None) -> Limit:
    """Solve the linear program; RuntimeError when HiGHS finds no optimum."""
    n, p = scenario.agents, scenario.answer_probability
    waiting = WAITING_MAX if scenario.tolerance_seconds > 0.0 else 0
    top = n + waiting
    # As many calls as give every agent an answer within one ring time is far beyond any lawful rule
    # for a large team; a small one needs room to gamble.
    ringing = ringing_max or math.ceil(RINGING_FACTOR * (3.0 + _ringing_mean(scenario)))
    width = ringing + 1
    states = (top + 1) * width
    balance = _Rows()
    abandoned: Floats = np.zeros(states)
    served: Floats = np.zeros(states)
    busy: Floats = np.zeros(states)
    for m in range(top + 1):
        for r in range(width):
            state = m * width + r
            busy[state] = min(m, n) / n
            for target, rate in _moves(scenario, m, r, top):
                # Every flow leaves one state and enters another: two entries of the balance.
                balance.add(state, state, -rate)
                balance.add(target[0] * width + target[1], state, rate)
            answers = r * p / scenario.ring_seconds
            if m >= top:
                abandoned[state] += answers
            if m > n:
                abandoned[state] += (m - n) / scenario.tolerance_seconds
            served[state] = min(m, n) / scenario.handle_seconds
            if r < ringing:
                balance.add(state, states + state, -1.0)
                balance.add(state + 1, states + state, 1.0)
    total = np.concatenate((np.ones(states), np.zeros(states)))
    price = scenario.limit_ratio / (1.0 - scenario.limit_ratio)
    found = linprog(
        -np.concatenate((busy, np.zeros(states))),
        A_ub=np.concatenate((abandoned - price * served, np.zeros(states)))[None, :],
        b_ub=[0.0],
        A_eq=_stacked(balance, total, states),
        b_eq=np.concatenate((np.zeros(states), [1.0])),
        bounds=(0.0, None),
        method="highs",
    )
    if found.status != 0:
        raise RuntimeError(f"HiGHS found no optimum for {scenario}: {found.message}")
    shares: Floats = found.x[:states]
    lost, kept = float(abandoned @ shares), float(served @ shares)
    return Limit(
        utilisation=float(busy @ shares),
        abandonment=lost / (lost + kept),
        launch_until=_base_stock(shares.reshape(top + 1, width)[: n + 1]),
    )


def _moves(scenario: Scenario, m: int, r: int, top: int) -> list[tuple[tuple[int, int], float]]:
    """Where a state goes by itself, and at which rate."""
    n, p = scenario.agents, scenario.answer_probability
    moves: list[tuple[tuple[int, int], float]] = []
    if r > 0:
        resolved = r / scenario.ring_seconds
        moves.append(((min(top, m + 1), r - 1), resolved * p))
        moves.append(((m, r - 1), resolved * (1.0 - p)))
    if m > 0:
        moves.append(((m - 1, r), min(m, n) / scenario.handle_seconds))
    if m > n:
        moves.append(((m - 1, r), (m - n) / scenario.tolerance_seconds))
    return moves


def _stacked(balance: _Rows, total: Floats, states: int) -> Any:
    for column in np.flatnonzero(total):
        balance.add(states, int(column), 1.0)
    return balance.build(states + 1, 2 * states)


def _ringing_mean(scenario: Scenario) -> float:
    """Calls that ring at one time when all agents are always busy."""
    per_second = scenario.agents / scenario.handle_seconds / scenario.answer_probability
    return per_second * scenario.ring_seconds + 1.0 / scenario.answer_probability


def _base_stock(shares: Floats) -> tuple[int, ...]:
    seen = shares > 1e-9
    return tuple(int(np.flatnonzero(row).max(initial=0)) for row in seen)


def progressive(scenario: Scenario) -> float:
    """Utilisation of one call for each ready agent, one after the other until one is answered."""
    idle = scenario.ring_seconds / scenario.answer_probability
    return scenario.handle_seconds / (scenario.handle_seconds + idle)


def approximate(scenario: Scenario) -> float:
    """The limit for large teams: answers ahead against agents, both nearly normal.

    Within a ring time come about m = 0.7 n · utilisation · ring ÷ handle time answers, with
    variance m (2 - p) and deviation s. The slack of k deviations that loses the share ε solves
    s (φ(k) - k (1 - Φ(k))) = m ε ÷ (1 - ε); what idles is s (φ(k) + k Φ(k)).
    """
    normal = NormalDist()
    n = scenario.agents
    rho = 1.0
    for _ in range(100):  # A contraction: it settles to 1e-9 in some twenty rounds.
        m = 0.7 * n * rho * scenario.ring_seconds / scenario.handle_seconds
        deviation = math.sqrt(m * (2.0 - scenario.answer_probability))
        lost = m * scenario.limit_ratio / (1.0 - scenario.limit_ratio) / deviation
        low, high = -8.0, 8.0
        for _ in range(60):  # Bisection to 16 · 2^-60.
            k = (low + high) / 2.0
            is_more = normal.pdf(k) - k * (1.0 - normal.cdf(k)) > lost
            low, high = (k, high) if is_more else (low, k)
        rho = 1.0 - deviation * (normal.pdf(low) + low * normal.cdf(low)) / n
    return rho


def frontier(scenario: Scenario, limits: Sequence[float]) -> list[tuple[float, float]]:
    """(abandonment, utilisation) of the best rule at each of these limits."""
    return [(limit, exact(replace(scenario, limit_ratio=limit)).utilisation) for limit in limits]


def of_world(world: World) -> Scenario:
    """The exponential scenario with a world's means; the four of the paper's table by name."""
    if world.name in SCENARIOS:
        scenario = SCENARIOS[world.name]
    else:
        raise ValueError(f"no exponential scenario is known for world {world.name!r}")
    return replace(scenario, agents=world.agents, tolerance_seconds=world.tolerance_seconds)
