"""What all auditors are: they watch, keep a model of their own, and say what broke a rule."""

from collections.abc import Sequence
from typing import NoReturn

from dialer.engine.commands import Command
from dialer.engine.events import Event
from dialer.engine.snapshot import Snapshot
from dialer.simulation.facts import Fact
from dialer.simulation.plan import WorldPlan
from dialer.simulation.ports import LastLook, Violation


class Auditor:
    """Watches one rule. Each method does nothing until an auditor says otherwise.

    An auditor never asks the engine: it sees the events that went in, the commands that came out
    and what truly happened, and compares its own model with the snapshot where one is due.
    """

    name = "auditor"

    def __init__(self, plan: WorldPlan) -> None:
        self.plan = plan

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """The engine handled `event`, or a deadline when it is None, and gave these commands."""

    def fact(self, now: float, fact: Fact) -> None:
        """This truly happened."""

    def look(self, now: float, snapshot: Snapshot) -> None:
        """The engine's snapshot, every few seconds."""

    def finish(self, last: LastLook) -> None:
        """The world has drained, or should have."""

    def fail(self, now: float, text: str) -> NoReturn:
        """The rule is broken."""
        raise Violation(self.name, f"{now - self.plan.start_at:.3f} s in: {text}")
