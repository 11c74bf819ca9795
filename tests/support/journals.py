"""Journals recorded by the simulation: a whole session on disk in a second."""

import math
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from dialer.engine.commands import Command
from dialer.engine.events import Event
from dialer.engine.snapshot import Snapshot
from dialer.pacing.settings import PacingSettings
from dialer.runtime.journal import Journal
from dialer.simulation import swarm
from dialer.simulation.facts import Fact
from dialer.simulation.plan import FaultPlan, WorldPlan
from dialer.simulation.ports import LastLook
from dialer.simulation.world import World

FOR_EVER = 1e12
"""Simulated calling hours may never close; JSON has no infinity, and real ones always close."""


def _finite(value: Any) -> Any:
    """The same with every infinity as an instant far away."""
    if isinstance(value, float) and math.isinf(value):
        return FOR_EVER
    if isinstance(value, tuple):
        return tuple(_finite(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            one.name: _finite(getattr(value, one.name))
            for one in fields(value)
            if isinstance(getattr(value, one.name), float | tuple)
            or is_dataclass(getattr(value, one.name))
        }
        return replace(value, **changed)
    return value


class JournalObserver:
    """Writes every step of a simulated engine as the service writes its own."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.steps = 0

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        self.journal.append(now, _finite(event), [_finite(one) for one in commands])
        self.steps += 1

    def fact(self, now: float, fact: Fact) -> None:
        """Only what the engine saw and said is in a journal."""

    def look(self, now: float, snapshot: Snapshot) -> None:
        """Only what the engine saw and said is in a journal."""

    def finish(self, last: LastLook) -> None:
        self.journal.close()


def plan(*, seconds: float = 600.0, seed: int = 1, **pacing: object) -> WorldPlan:
    """A random world without faults, paced as said."""
    found = swarm.plan_of(seed)
    teams = tuple(
        replace(team, pacing=replace(PacingSettings(), **pacing))  # type: ignore[arg-type]
        for team in found.teams
    )
    # Without ledgers no wall keeps a pacer from what it wants.
    campaigns = tuple(replace(one, ledgers=()) for one in found.campaigns)
    return replace(found, seconds=seconds, teams=teams, campaigns=campaigns, faults=FaultPlan())


def record(
    folder: Path, found: WorldPlan, *, seed: int = 1, file_bytes_max: int = 10_000_000,
    files_max: int = 50,
) -> JournalObserver:  # fmt: skip
    """Run the world and keep its journal."""
    journal = Journal(
        folder,
        config=found.engine,
        started_at=found.start_at,
        file_bytes_max=file_bytes_max,
        files_max=files_max,
    )
    observer = JournalObserver(journal)
    World(found, seed, observers=[observer]).run()
    return observer
