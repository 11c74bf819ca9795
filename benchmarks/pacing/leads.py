"""What more information and one more action are worth: per-lead probabilities, choice, cancelling.

    python -m benchmarks.pacing.leads --seeds 6 --agents 5,10

Half of the leads answer with probability .1, half with .5. The pacer is told nothing (it pools
them), or each lead's probability for the calls in flight, or also those of the leads next in line,
so that it may choose a less likely one. The hopper is refilled as the list comes, so a kind that is
preferred now is missed later: over a day the same list is dialled. Then worlds A and B, where the
pacer may end calls that have rung for 18 seconds. Differences are paired: the same seeds.
"""

import argparse
import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.pacing.floor import Day, Decider, Floor, Timing
from benchmarks.pacing.worlds import WORLDS, A, World
from dialer.pacing.pacers import create
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import Cancelled, Decision, PacingView
from dialer.simulation.report import interval

HOPPER = 200
"""Leads in line, as many as launching looks through for one that is less likely to answer."""
KINDS = (0.1, 0.5)
CANCEL_SECONDS = 18.0
TIMING = Timing(interval_seconds=0.5, patient_seconds=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the pacer may know and do beyond counting."""

    kinds: tuple[float, ...] = ()
    """Answer probabilities of the kinds of leads, equally frequent; none for the world's own."""
    is_kind_known: bool = False
    may_choose: bool = False
    cancel_after_seconds: float | None = None


class LeadFloor(Floor):
    """A floor whose leads are not all alike, and whose calls may be cancelled."""

    def __init__(self, world: World, pacer: Decider, seed: int, means: Means) -> None:
        super().__init__(world, pacer, TIMING, seed)
        self._means = means
        self._leads = random.Random(f"{seed} leads")
        self._hopper: deque[float] = deque()
        self._lead_probability: dict[int, float] = {}
        self._next_probability_max: float | None = None

    def _known_probabilities(self) -> Sequence[float | None]:
        if not self._means.is_kind_known:
            return ()
        return [self._lead_probability[call] for call in self._in_flight]

    def _view(self) -> PacingView:
        view = super()._view()
        means = self._means
        if means.may_choose:
            self._fill()
            view = replace(view, hopper_probabilities=sorted(set(self._hopper), reverse=True))
        if means.cancel_after_seconds is not None:
            view = replace(
                view,
                in_flight_rung=view.in_flight_ages,
                cancel_after_seconds=means.cancel_after_seconds,
            )
        return view

    def _carry_out(self, decision: Decision) -> None:
        in_flight = list(self._in_flight)
        for place in decision.cancel:
            launched_at = self._in_flight.pop(in_flight[place])
            self._day.cancelled += 1
            self._pacer.observe(Cancelled(at=self._now, age_seconds=self._now - launched_at))
        for number in range(decision.count):
            is_last = number + 1 == decision.count
            self._next_probability_max = decision.probability_max if is_last else None
            self._launch()

    def _probability_of(self, call: int) -> float:
        if not self._means.kinds:
            return super()._probability_of(call)
        self._fill()
        place = 0
        if self._next_probability_max is not None:
            bound = self._next_probability_max + 1e-9
            place = next(i for i, probability in enumerate(self._hopper) if probability <= bound)
        probability = self._hopper[place]
        del self._hopper[place]
        self._lead_probability[call] = probability
        return probability

    def _fill(self) -> None:
        while len(self._hopper) < HOPPER:
            self._hopper.append(self._leads.choice(self._means.kinds))


def play(world: World, means: Means, seed: int) -> list[Day]:
    """All days of one seed."""
    settings = PacingSettings(cancel_after_seconds=means.cancel_after_seconds)
    return LeadFloor(world, create(settings), seed, means).run()


STUDIES: tuple[tuple[str, World, tuple[tuple[str, Means], ...]], ...] = (
    (
        "leads of .1 and .5",
        A,
        (
            ("pooled", Means(kinds=KINDS)),
            ("known, used in B", Means(kinds=KINDS, is_kind_known=True)),
            ("known, and chosen", Means(kinds=KINDS, is_kind_known=True, may_choose=True)),
        ),
    ),
    *(
        (
            f"world {name}",
            WORLDS[name],
            (
                ("every call rings out", Means()),
                ("cancelled after 18 s", Means(cancel_after_seconds=CANCEL_SECONDS)),
            ),
        )
        for name in ("A", "B")
    ),
)
"""Title, world, and what is compared with the first of each."""


def rows(agents: int, seeds: Sequence[int], only: str = "") -> Iterator[str]:
    """Markdown rows of the studies whose title holds `only`, at one team size."""
    for title, world, variants in STUDIES:
        if only not in title:
            continue
        first: list[float] = []
        for label, means in variants:
            played = [play(replace(world, agents=agents), means, seed) for seed in seeds]
            days = [day for run in played for day in run]
            used = [sum(day.utilisation for day in run) / len(run) for run in played]
            first = first or used
            gains = interval([ours - theirs for ours, theirs in zip(used, first, strict=True)])
            lost = sum(day.abandoned for day in days) / max(1, sum(day.live for day in days))
            gain = f"{gains.mean:+.4f} ±{gains.high - gains.mean:.4f}" if used != first else ""
            cancelled = sum(day.cancelled for day in days) / sum(day.launched for day in days)
            yield (
                f"| {title} | {agents} | {label} | {sum(used) / len(used):.4f} | "
                f"{100.0 * lost:.2f} % | {gain} | {100.0 * cancelled:.1f} % |"
            )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pacing.leads")
    parser.add_argument("--seeds", type=int, default=6, help="days of 10 hours, at least 2")
    parser.add_argument("--agents", default="5,10", help="team sizes, separated by commas")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--only", default="", help="a part of the studies' titles")
    given = parser.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    print("| study | agents | | utilisation | abandoned | gain, 95 % | calls cancelled |")
    print("|---|---|---|---|---|---|---|")
    for agents in given.agents.split(","):
        for line in rows(int(agents), seeds, given.only):
            print(line, flush=True)


if __name__ == "__main__":
    main()
