"""Trying random worlds: every auditor on every world, and what to do when one speaks up."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from dialer.engine.commands import Command
from dialer.engine.engine import Engine
from dialer.engine.events import Event
from dialer.engine.snapshot import Snapshot
from dialer.simulation import checkers, swarm
from dialer.simulation.facts import Fact
from dialer.simulation.plan import WorldPlan
from dialer.simulation.ports import LastLook, MakeEngine, Observer, Violation
from dialer.simulation.world import World

TRACE_LENGTH = 60
"""Steps and facts shown with a failure: a few seconds of a small team."""


class Trace:
    """The last things that happened."""

    def __init__(self, start_at: float, *, about: str | None = None) -> None:
        self.start_at = start_at
        self.about = about
        """Keep only lines that contain this text (a call, a leg), or all of them."""
        self.lines: deque[str] = deque(maxlen=TRACE_LENGTH)

    def _keep(self, now: float, line: str) -> None:
        if self.about is None or self.about in line:
            self.lines.append(f"{now - self.start_at:9.3f}  {line}")

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """One line for the event, one for each command."""
        if event is not None:
            self._keep(now, f"> {event}")
        elif commands:
            self._keep(now, "> deadline")
        for command in commands:
            self._keep(now, f"    < {command}")

    def fact(self, now: float, fact: Fact) -> None:
        """One line."""
        self._keep(now, f"  = {fact}")

    def look(self, now: float, snapshot: Snapshot) -> None:
        """Nothing happened."""

    def finish(self, last: LastLook) -> None:
        """Nothing happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A world in which a rule was broken."""

    seed: int
    auditor: str
    text: str
    trace: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(
            (
                f"seed {self.seed}: {self.text}",
                f"again: python -m dialer.simulation --world {self.seed}",
                *self.trace,
            )
        )


def try_world(
    seed: int,
    *,
    make_engine: MakeEngine = Engine,
    plan: WorldPlan | None = None,
    is_write_ahead: bool = True,
    about: str | None = None,
) -> Failure | None:
    """Run one random world under all auditors. None when none had anything to say.

    `is_write_ahead=False` breaks the world itself: originates go out before they are on disk.
    """
    plan = plan or swarm.plan_of(seed)
    trace = Trace(plan.start_at, about=about)
    observers: list[Observer] = [trace, *checkers.all_of(plan)]
    world = World(plan, seed, make_engine=make_engine, observers=observers)
    world.is_write_ahead = is_write_ahead
    try:
        world.run()
    except Violation as violation:
        return Failure(
            seed=seed,
            auditor=violation.auditor,
            text=str(violation),
            trace=tuple(trace.lines),
        )
    return None
