"""The rule with every law known and no wall: what the simulator's worlds allow at all.

    python -m benchmarks.pacing.known --world A --agents 5 --days 20

Nothing is estimated here: the chance of an answer and the laws of ringing, talk and wrap-up are the
world's own, and only the price follows what happens. What our pacer reaches less than this is what
it costs to learn and to stand behind a wall; what nobody can reach, this does not either.
"""

import argparse
import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.pacing.contenders import OURS
from benchmarks.pacing.floor import Floor
from benchmarks.pacing.worlds import WORLDS, World
from dialer.pacing.durations import Hazard
from dialer.pacing.outlook import Outlook
from dialer.pacing.price import Price
from dialer.pacing.set_up_times import EDGES, SetUpLaw
from dialer.pacing.trial_table import TrialTable
from dialer.pacing.view import Decision, Limit, LiveAnswerSettled, Observation, PacingView
from dialer.simulation.report import interval

Floats = NDArray[np.float64]

SPELL_EDGES: Floats = np.concatenate((np.arange(0.0, 600.0, 2.0), np.arange(600.0, 1801.0, 20.0)))


def set_up_law(world: World) -> SetUpLaw:
    """3 s + Gamma(2, 4 s) for answers; 15 % of failures within 1 to 4 s, the rest at the end."""
    beyond = np.maximum(0.0, EDGES - 3.0) / 4.0
    answered = 1.0 - (1.0 + beyond) * np.exp(-beyond)
    early = np.clip((EDGES - 1.0) / 3.0, 0.0, 1.0)
    failed = 0.15 * early + 0.85 * (world.ring_timeout_seconds <= EDGES)
    return SetUpLaw(EDGES, answered, failed)


def lognormal(mean: float, cv: float) -> Hazard:
    """Its cumulative hazard is minus the logarithm of its survival."""
    variance = math.log(1.0 + cv * cv)
    middle, spread = math.log(mean) - variance / 2.0, math.sqrt(2.0 * variance)
    beyond = [
        0.5 * math.erfc((math.log(edge) - middle) / spread) if edge > 0.0 else 1.0
        for edge in SPELL_EDGES
    ]
    return Hazard(SPELL_EDGES, -np.log(np.maximum(np.array(beyond), 1e-30)), mean)


class KnownLaws:
    """What `Outlook` asks of estimates, for a world whose chance of an answer does not change."""

    def __init__(self, world: World) -> None:
        if len(world.probabilities) != 1:
            raise ValueError(f"world {world.name} changes: give one with one answer probability")
        self.fresh_law = set_up_law(world)
        self._table = TrialTable()
        self._table.set_ringing(self.fresh_law, world.probabilities[0])
        self._table.set_busy(
            self.fresh_law.checks,
            lognormal(world.talk_seconds, world.talk_cv),
            lognormal(world.wrap_up_seconds, world.wrap_up_cv),
            tolerance_seconds=world.tolerance_seconds,
            wrap_up_seconds_max=3600.0,
        )
        self.fresh: Floats = self._table.fresh

    def trials(self, view: PacingView) -> Floats:
        """Ringing calls answered, then busy agents still busy, by each check."""
        return self._table.trials(view.in_flight_ages, view.talking_seconds, view.wrap_up_seconds)


class KnownPacer:
    """One more call iff B is at most the price; the price follows the abandoned answers."""

    def __init__(self, world: World, *, target_ratio: float) -> None:
        self._laws = KnownLaws(world)
        self._price = Price(target_ratio=target_ratio)

    def decide(self, view: PacingView) -> Decision:
        """Calls for the ready agents first, as the rule does."""
        covered = max(0, view.ready - len(view.in_flight_ages) - view.waiting)
        outlook = Outlook(view, self._laws)
        outlook.launch(covered)
        count, price = covered, self._price.value
        blocking = outlook.blocking()
        while blocking <= price and count < view.room:
            outlook.launch()
            count += 1
            blocking = outlook.blocking()
        return Decision(count=count, bound_by=Limit.PRICE, blocking=blocking, price=price)

    def observe(self, observation: Observation) -> None:
        """Only what was abandoned is news."""
        if isinstance(observation, LiveAnswerSettled):
            self._price.settle(is_abandoned=observation.is_abandoned)


def main() -> None:
    """Print utilisation and abandonment over days that follow one another."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pacing.known")
    parser.add_argument("--world", choices=sorted(WORLDS), default="A")
    parser.add_argument("--agents", type=int, default=5)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--target", type=float, default=0.03)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    world = replace(WORLDS[given.world], agents=given.agents, days=given.days)
    days = Floor(world, KnownPacer(world, target_ratio=given.target), OURS, given.seed).run()
    busy = interval([day.utilisation for day in days])
    lost = sum(day.abandoned for day in days) / sum(day.live for day in days)
    print(
        f"world {world.name}, {world.agents} agents, {len(days)} days: utilisation "
        f"{busy.mean:.4f} ±{busy.high - busy.mean:.4f} at {100.0 * lost:.2f} % abandoned"
    )


if __name__ == "__main__":
    main()
