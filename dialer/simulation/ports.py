"""What a world asks of an engine, and what it offers to those who watch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dialer.engine.commands import Command
from dialer.engine.config import EngineConfig
from dialer.engine.events import Event
from dialer.engine.snapshot import Snapshot
from dialer.simulation.facts import Fact


class EngineLike(Protocol):
    """The engine, or something that stands in for it (a canary)."""

    def handle(self, event: Event, *, now: float) -> list[Command]:
        """Something happened."""
        ...

    def next_deadline(self) -> float | None:
        """When to call again."""
        ...

    def handle_deadline(self, *, now: float) -> list[Command]:
        """Time passed."""
        ...

    def snapshot(self, *, now: float) -> Snapshot:
        """Everything at this instant."""
        ...


MakeEngine = Callable[[EngineConfig], EngineLike]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLook:
    """The world when everything has drained, for the auditors' final word."""

    now: float
    snapshot: Snapshot
    is_drained: bool
    live_calls: int
    """Lead legs that exist on the switch."""
    unfinished_attempts: int
    """Attempts on disk without an outcome."""
    leased_leads: int
    stranded_agents: tuple[str, ...]
    """Agents who mean to work, but whom the engine has not ready on a leg that exists."""
    seconds: float
    """How long draining took."""


class Observer(Protocol):
    """Watches a world. An auditor raises `Violation` from any of these."""

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """The engine handled `event`, or a deadline when it is None, and gave these commands."""
        ...

    def fact(self, now: float, fact: Fact) -> None:
        """This truly happened."""
        ...

    def look(self, now: float, snapshot: Snapshot) -> None:
        """The engine's snapshot, every few seconds."""
        ...

    def finish(self, last: LastLook) -> None:
        """The world has drained, or should have."""
        ...


class Violation(Exception):  # noqa: N818 - it is what the auditor found, not an error of the program
    """A rule was broken: which auditor says so, and what it saw."""

    def __init__(self, auditor: str, text: str) -> None:
        super().__init__(f"{auditor}: {text}")
        self.auditor = auditor
