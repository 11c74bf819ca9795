"""How surely the forecast wall ends a window under its limit: many windows, a world for each.

    python -m benchmarks.pacing.windows --windows 2000 --processes 2 --cache /tmp/windows

Teams of 3 to 50 agents, talk of one minute to five, answer rates that wander and jump, half of
the lists ending before the shift does. Every window is one shift of one campaign with a pacer that
knows nothing yet, and a ledger of 24 hours. A window has failed when it ends above the limit.
"""

import argparse
import json
import math
import multiprocessing
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.pacing.cells import fingerprint
from benchmarks.pacing.floor import Day, Floor, Timing
from benchmarks.pacing.worlds import World
from dialer.pacing.pacers import create
from dialer.pacing.settings import PacingSettings

AGENTS = (3, 50)
TALK_SECONDS = (60.0, 300.0)
WRAP_UP_SECONDS = (5.0, 45.0)
PROBABILITY = (0.08, 0.6)
HOURS = (0.25, 2.0)
"""Short ones are the hard ones: few answers to make up for what was abandoned, little learnt."""
PERIOD_SECONDS = 600.0
WANDER = 0.15
"""Standard deviation of the log odds of an answer from one ten minutes to the next."""
JUMP_RATIO = 0.04
JUMP = 1.0
"""One in 25 of them jumps by a deviation of 1: from .2 to .4, say. Once in four hours."""
EARLY_RATIO = 0.5
"""Share of lists that end early."""
TIMING = Timing(interval_seconds=0.5, patient_seconds=3.0)
WORST = 10
"""Windows shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A world and how it ended."""

    world: World
    day: Day

    @property
    def is_above(self) -> bool:
        """Ended above the limit; whole numbers, so that exactly 3 % is not above."""
        return self.day.abandoned > self.world.limit_ratio * self.day.live + 1e-9

    def text(self) -> str:
        """One line for who wants to play it again."""
        world, day = self.world, self.day
        rates = [f"{p:.2f}" for p in world.probabilities[:6]]
        ranked = sorted(day.bounds.items(), key=lambda item: -item[1])[:4]
        total = max(1, day.decisions)
        return (
            f"seed {day.seed}: {100.0 * day.abandonment:.2f} % ({day.abandoned} of {day.live}), "
            f"{world.agents} agents, {world.hours:.1f} h, talk {world.talk_seconds:.0f} s, "
            f"list {world.leads or 'endless'} ({day.launched} called), "
            f"answer rate {' '.join(rates)} ..., utilisation {day.utilisation:.2f}, "
            + " ".join(f"{name} {count / total:.2f}" for name, count in ranked)
        )


def world_of(seed: int) -> World:
    """The world of a window."""
    draw = random.Random(f"{seed} window")
    agents = round(_between(draw, AGENTS))
    talk = _between(draw, TALK_SECONDS)
    wrap_up = _between(draw, WRAP_UP_SECONDS)
    hours = _between(draw, HOURS)
    odds = _log_odds(_between(draw, PROBABILITY))
    path = []
    for _ in range(math.ceil(hours * 3600.0 / PERIOD_SECONDS)):
        odds += draw.gauss(0.0, JUMP if draw.random() < JUMP_RATIO else WANDER)
        odds = min(_log_odds(PROBABILITY[1]), max(_log_odds(PROBABILITY[0]), odds))
        path.append(1.0 / (1.0 + math.exp(-odds)))
    mean = sum(path) / len(path)
    bears = agents * hours * 3600.0 / (talk + wrap_up) / mean
    leads = round(bears * draw.uniform(0.1, 0.9)) if draw.random() < EARLY_RATIO else None
    return World(
        name=f"window {seed}",
        agents=agents,
        talk_seconds=talk,
        talk_cv=draw.uniform(0.5, 1.3),
        wrap_up_seconds=wrap_up,
        probabilities=tuple(path),
        period_seconds=PERIOD_SECONDS,
        hours=hours,
        leads=leads,
    )


def _between(draw: random.Random, bounds: tuple[float, float]) -> float:
    low, high = bounds
    return low * math.exp(draw.random() * math.log(high / low))


def _log_odds(p: float) -> float:
    return math.log(p / (1.0 - p))


def play(seed: int) -> Window:
    """One window."""
    world = world_of(seed)
    [day] = Floor(world, create(PacingSettings()), TIMING, seed).run()
    return Window(world=world, day=day)


def upper_bound(failed: int, count: int) -> float:
    """The 97.5 % upper bound of a share (Wilson 1927) with `failed` of `count`."""
    z = 1.96
    share = failed / count
    middle = share + z * z / (2.0 * count)
    spread = z * math.sqrt(share * (1.0 - share) / count + z * z / (4.0 * count * count))
    return (middle + spread) / (1.0 + z * z / count)


def report(windows: Sequence[Window]) -> str:
    """Markdown: the share above the limit, and the worst windows."""
    failed = sum(window.is_above for window in windows)
    live = sum(window.day.live for window in windows)
    abandoned = sum(window.day.abandoned for window in windows)
    worst = sorted(windows, key=lambda window: -window.day.abandonment)[:WORST]
    lines = [
        f"{failed} of {len(windows)} windows ended above the limit: "
        f"{100.0 * failed / len(windows):.2f} %, at most "
        f"{100.0 * upper_bound(failed, len(windows)):.2f} % with 97.5 % confidence.",
        f"Over all of them {100.0 * abandoned / max(1, live):.2f} % of {live} live answers were "
        "abandoned.",
        "",
        "| windows | number | above | abandoned |",
        "|---|---|---|---|",
        *_rows(windows),
        "",
        "The worst:",
        "",
        *(f"- {window.text()}" for window in worst),
    ]
    return "\n".join(lines)


def _rows(windows: Sequence[Window]) -> Iterator[str]:
    groups = (
        ("3 to 7 agents", [w for w in windows if w.world.agents < 8]),
        ("8 to 19 agents", [w for w in windows if 8 <= w.world.agents < 20]),
        ("20 to 50 agents", [w for w in windows if w.world.agents >= 20]),
        ("list ends early", [w for w in windows if w.world.leads is not None]),
        ("list does not end", [w for w in windows if w.world.leads is None]),
    )
    for title, group in groups:
        if group:
            live = max(1, sum(window.day.live for window in group))
            ratio = 100.0 * sum(window.day.abandoned for window in group) / live
            above = sum(window.is_above for window in group)
            yield f"| {title} | {len(group)} | {above} | {ratio:.2f} % |"


def main() -> None:
    """Play windows, say how many ended above the limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pacing.windows")
    parser.add_argument("--windows", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--cache", type=Path, help="folder of windows that still hold")
    given = parser.parse_args()
    seeds = list(range(given.first_seed, given.first_seed + given.windows))
    folder = given.cache / fingerprint(is_ours=True)[:12] if given.cache else None
    known = _read(folder) if folder else {}
    missing = [seed for seed in seeds if seed not in known]
    for done, window in enumerate(_play_all(missing, given.processes), start=1):
        known[window.day.seed] = window.day
        if folder:
            (folder / f"{window.day.seed}.json").write_text(json.dumps(asdict(window.day)))
        if window.is_above or done % 50 == 0:
            print(f"{done} of {len(missing)}: {window.text()}", file=sys.stderr, flush=True)
    print(report([Window(world=world_of(seed), day=known[seed]) for seed in seeds]))


def _play_all(seeds: Sequence[int], processes: int) -> Iterator[Window]:
    if processes == 1:
        yield from map(play, seeds)
        return
    with multiprocessing.Pool(processes) as pool:
        yield from pool.imap_unordered(play, seeds, chunksize=1)


def _read(folder: Path) -> dict[int, Day]:
    folder.mkdir(parents=True, exist_ok=True)
    days = (Day(**json.loads(file.read_text())) for file in folder.glob("*.json"))
    return {day.seed: day for day in days}


if __name__ == "__main__":
    main()
