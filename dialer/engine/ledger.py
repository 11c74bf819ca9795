"""Abandonment ledgers of one campaign: live answers and abandonments by legal window.

A call belongs to the window that was open when it was counted, so every answered call is in exactly
one entry of each ledger (law 3), and the store can recompute each from the attempts alone. A window
whose end has passed starts again at zero at once; the runtime then says when the new one ends.
"""

from dataclasses import dataclass, field

from dialer.engine.events import LedgerOpened
from dialer.engine.ids import LedgerName
from dialer.engine.snapshot import LedgerSnapshot
from dialer.pacing.view import LedgerView


@dataclass(slots=True)
class Window:
    """The open window of one ledger."""

    ledger: LedgerName
    limit_ratio: float
    opened_at: float
    ends_at: float | None
    live_answers: int = 0
    abandoned: int = 0

    def roll(self, now: float) -> None:
        """The window is over: count from zero until told when the next one ends."""
        self.opened_at = now
        self.ends_at = None
        self.live_answers = 0
        self.abandoned = 0


@dataclass(slots=True)
class Ledgers:
    """All ledgers of one campaign."""

    windows: dict[LedgerName, Window] = field(default_factory=dict)

    def open(self, event: LedgerOpened, *, now: float) -> None:
        """Take the window's end and limit, and add what the store already holds for it."""
        window = self.windows.get(event.ledger)
        if window is None:
            window = Window(event.ledger, event.limit_ratio, now, event.ends_at)
            self.windows[event.ledger] = window
        window.limit_ratio = event.limit_ratio
        window.ends_at = event.ends_at
        window.live_answers += event.live_answers
        window.abandoned += event.abandoned

    def count_live(self) -> None:
        """A person answered."""
        for window in self.windows.values():
            window.live_answers += 1

    def count_abandoned(self, *, counted_at: float) -> None:
        """The live answer counted at that instant is abandoned."""
        for window in self._holding(counted_at):
            window.abandoned += 1

    def withdraw(self, *, counted_at: float, is_abandoned: bool) -> None:
        """It was no person after all: take the answer, and its abandonment, out again."""
        for window in self._holding(counted_at):
            window.live_answers -= 1
            window.abandoned -= is_abandoned
            assert window.live_answers >= window.abandoned >= 0, window

    def _holding(self, counted_at: float) -> list[Window]:
        return [w for w in self.windows.values() if w.opened_at <= counted_at]

    def views(self, *, share_ratio: float) -> list[LedgerView]:
        """As the pacer sees them, of a campaign with this share of its team's launches."""
        return [
            LedgerView(
                name=w.ledger,
                limit_ratio=w.limit_ratio,
                live_answers=w.live_answers,
                abandoned=w.abandoned,
                ends_at=w.ends_at,
                share_ratio=share_ratio,
            )
            for w in self.windows.values()
        ]

    def snapshots(self) -> tuple[LedgerSnapshot, ...]:
        """As everybody else sees them."""
        return tuple(
            LedgerSnapshot(
                ledger=w.ledger,
                limit_ratio=w.limit_ratio,
                live_answers=w.live_answers,
                abandoned=w.abandoned,
                ends_at=w.ends_at,
            )
            for w in self.windows.values()
        )
