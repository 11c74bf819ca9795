"""Recording what went into an engine and what came out: as a hash, or whole, to be replayed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from dialer.engine.commands import Command
from dialer.engine.config import EngineConfig
from dialer.engine.engine import Engine
from dialer.engine.events import Event
from dialer.engine.snapshot import Snapshot
from dialer.simulation.facts import Fact, ProcessKilled
from dialer.simulation.ports import LastLook, MakeEngine


@dataclass(frozen=True, slots=True)
class Step:
    """One turn of the engine: an event or, where it is None, a deadline; and the commands."""

    now: float
    event: Event | None
    commands: tuple[Command, ...]


class Recording:
    """The stream of (now, event, commands). `is_kept` keeps it whole, by life of the process."""

    def __init__(self, *, is_kept: bool = False) -> None:
        self.is_kept = is_kept
        self.lives: list[list[Step]] = [[]]
        self._hash = hashlib.sha256()
        # numpy's floats are no subclass msgspec knows; as Python floats they are the same number.
        self._encode = msgspec.msgpack.Encoder(enc_hook=float).encode

    @property
    def digest(self) -> str:
        """SHA-256 of the stream so far, in hexadecimal."""
        return self._hash.hexdigest()

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """Take one step in."""
        # Structures are encoded without their names, so the names go beside them.
        names = [type(event).__name__, *(type(c).__name__ for c in commands)]
        self._hash.update(self._encode((now, names, event, commands)))
        if self.is_kept:
            self.lives[-1].append(Step(now, event, tuple(commands)))

    def fact(self, now: float, fact: Fact) -> None:
        """A new process is a new engine."""
        if isinstance(fact, ProcessKilled):
            self.lives.append([])

    def look(self, now: float, snapshot: Snapshot) -> None:
        """Not part of the stream."""

    def finish(self, last: LastLook) -> None:
        """Not part of the stream."""


def first_difference(
    lives: Sequence[Sequence[Step]],
    config: EngineConfig,
    *,
    make_engine: MakeEngine = Engine,
) -> str | None:
    """Feed new engines the same inputs: where their commands first differ, None if nowhere."""
    for life, steps in enumerate(lives):
        engine = make_engine(config)
        for number, step in enumerate(steps):
            if step.event is None:
                commands = engine.handle_deadline(now=step.now)
            else:
                commands = engine.handle(step.event, now=step.now)
            if tuple(commands) != step.commands:
                return (
                    f"life {life}, step {number} at {step.now}: {step.event} led to "
                    f"{list(step.commands)}, and now to {commands}"
                )
    return None
