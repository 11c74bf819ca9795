"""Runs one contender in one world over many seeds, and remembers what it has run before."""

import ast
import dataclasses
import hashlib
import json
import multiprocessing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.pacing.contenders import BY_LABEL, Contender
from benchmarks.pacing.floor import Day, Floor
from benchmarks.pacing.worlds import World
from dialer.simulation.report import Interval, interval

LIMIT_RATIO = 0.03
BAD_DAY_RATIO = 0.033
"""A day above this has missed its limit by more than chance at the last few calls explains."""
TUNING_SEED = 1_000_001
"""Settings are searched on other days than those they are judged on."""
MORNING_HOURS = 3.0
TUNING_DAYS = 2
FINALISTS = 6
"""Settings of a grid that go on from one short day to whole ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run: a contender's choice in a world on a seed."""

    world: World
    label: str
    choice: int
    seed: int


def run(job: Job) -> list[Day]:
    """Play it."""
    contender = BY_LABEL[job.label]
    pacer = contender.choices[job.choice].create()
    return Floor(job.world, pacer, contender.timing, job.seed).run()


class Runs:
    """A pool of processes and, when given, a folder of results that still hold."""

    def __init__(self, *, processes: int, cache: Path | None) -> None:
        self._processes = processes
        self._cache = cache
        if cache is not None:
            cache.mkdir(parents=True, exist_ok=True)
        self._prints = {ours: fingerprint(is_ours=ours) for ours in (False, True)}

    def all(self, jobs: Sequence[Job]) -> list[list[Day]]:
        """The days of each job, in order."""
        found = [self._read(job) for job in jobs]
        missing = [job for job, days in zip(jobs, found, strict=True) if days is None]
        fresh = iter(self._play(missing))
        done: list[list[Day]] = []
        for job, days in zip(jobs, found, strict=True):
            if days is None:
                days = next(fresh)
                self._write(job, days)
            done.append(days)
        return done

    def _play(self, jobs: Sequence[Job]) -> Iterable[list[Day]]:
        if self._processes == 1 or len(jobs) < 2:
            yield from map(run, jobs)
            return
        with multiprocessing.Pool(self._processes) as pool:
            yield from pool.imap(run, jobs, chunksize=1)

    def _path(self, job: Job) -> Path | None:
        if self._cache is None:
            return None
        contender = BY_LABEL[job.label]
        settings = contender.choices[job.choice].settings
        key = (repr(job.world), job.label, settings, job.seed, self._prints[contender.is_ours])
        return self._cache / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}.json"

    def _read(self, job: Job) -> list[Day] | None:
        path = self._path(job)
        if path is None or not path.exists():
            return None
        return [Day(**day) for day in json.loads(path.read_text())]

    def _write(self, job: Job, days: list[Day]) -> None:
        if path := self._path(job):
            path.write_text(json.dumps([dataclasses.asdict(day) for day in days]))


def fingerprint(*, is_ours: bool) -> str:
    """Of the source that a result depends on: results of older code are not taken up again."""
    here = Path(__file__).parent
    files = [here / "floor.py", here / "worlds.py"]
    if is_ours:
        files += sorted((here.parents[1] / "dialer" / "pacing").glob("*.py"))
    else:
        files += sorted((here / "peers").glob("*.py"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(_meaning(file.read_text()))
    return digest.hexdigest()


def _meaning(source: str) -> bytes:
    """The code without comments, layout and docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""
    return ast.dump(tree).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One contender in one world over all seeds and days."""

    world: World
    label: str
    settings: str
    utilisation: Interval
    abandonment: float
    """All abandoned ÷ all live answers."""
    days: tuple[Day, ...]

    @property
    def days_above(self) -> float:
        """Share of days whose abandonment was above 3.3 %."""
        return sum(day.abandonment > BAD_DAY_RATIO for day in self.days) / len(self.days)

    @property
    def microseconds(self) -> float:
        """CPU time of one decision."""
        decisions = sum(day.decisions for day in self.days)
        return 1e6 * sum(day.decide_seconds for day in self.days) / max(1, decisions)

    @property
    def bounds(self) -> dict[str, float]:
        """Share of decisions by the limit that bound, the most frequent first."""
        counts: dict[str, int] = {}
        for day in self.days:
            for name, count in day.bounds.items():
                counts[name] = counts.get(name, 0) + count
        total = sum(counts.values())
        ranked = sorted(counts.items(), key=lambda item: -item[1])
        return {name: count / total for name, count in ranked}


def tuned_choice(contender: Contender, world: World, runs: Runs, *, seeds: int) -> int:
    """The choice with the highest utilisation at no more than the limit, searched on other seeds.

    Choices in order of boldness are bisected; a grid is thinned out on short days first.
    """
    world = replace(world, days=min(TUNING_DAYS, world.days))
    choices = list(range(len(contender.choices)))
    if not contender.is_tuned:
        return 0
    if contender.is_ordered:
        return _boldest_lawful(contender, world, runs, seeds=seeds)
    morning = replace(world, days=1, hours=min(MORNING_HOURS, world.hours))
    mornings = _trials(contender, choices, morning, runs, seeds=1)
    # A short day says 3 % with a wide error: one that says 4 % may well be lawful.
    finalists = sorted(choices, key=lambda choice: mornings[choice].merit(LIMIT_RATIO + 0.01))
    trials = _trials(contender, finalists[-FINALISTS:], world, runs, seeds=seeds)
    return max(trials, key=lambda choice: trials[choice].merit(LIMIT_RATIO))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    utilisation: float
    abandonment: float

    def merit(self, limit: float) -> tuple[bool, float]:
        """Lawful before unlawful; then by utilisation, or by how little is abandoned."""
        is_lawful = self.abandonment <= limit
        return is_lawful, self.utilisation if is_lawful else -self.abandonment


def _trials(
    contender: Contender, choices: Sequence[int], world: World, runs: Runs, *, seeds: int
) -> dict[int, _Trial]:
    jobs = [
        Job(world=world, label=contender.label, choice=choice, seed=TUNING_SEED + seed)
        for choice in choices
        for seed in range(seeds)
    ]
    played = runs.all(jobs)
    trials = {}
    for index, choice in enumerate(choices):
        days = [day for run_ in played[index * seeds : (index + 1) * seeds] for day in run_]
        trials[choice] = _Trial(utilisation=_utilisation(days), abandonment=_abandonment(days))
    return trials


def _boldest_lawful(contender: Contender, world: World, runs: Runs, *, seeds: int) -> int:
    low, high = 0, len(contender.choices)
    while high - low > 1:  # Halves each time: at most ten rounds for any list of choices here.
        middle = (low + high) // 2
        trial = _trials(contender, [middle], world, runs, seeds=seeds)[middle]
        if trial.abandonment <= LIMIT_RATIO:
            low = middle
        else:
            high = middle
    return low


def cell(contender: Contender, world: World, runs: Runs, *, seeds: int, tuning_seeds: int) -> Cell:
    """Tune if need be, then play every seed."""
    choice = tuned_choice(contender, world, runs, seeds=tuning_seeds)
    jobs = [
        Job(world=world, label=contender.label, choice=choice, seed=seed)
        for seed in range(1, seeds + 1)
    ]
    played = runs.all(jobs)
    days = tuple(day for days in played for day in days)
    return Cell(
        world=world,
        label=contender.label,
        settings=contender.choices[choice].settings,
        utilisation=interval([day.utilisation for day in days]),
        abandonment=_abandonment(days),
        days=days,
    )


def _utilisation(days: Sequence[Day]) -> float:
    return 1.0 - sum(d.ready_seconds for d in days) / sum(d.agent_seconds for d in days)


def _abandonment(days: Sequence[Day]) -> float:
    return sum(day.abandoned for day in days) / max(1, sum(day.live for day in days))
