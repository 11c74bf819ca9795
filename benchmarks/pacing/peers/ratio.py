"""VICIdial's fixed ratio: a dial level L, and every 2.5 seconds the lines that are missing from it.

From the VICIdial manual (auto dial level, available only tally) and AST_VDauto_dial.pl. Counting
all agents: round(L · (ready + talking)) - (ringing + waiting + talking). Counting the
available: round(L · ready) - ringing - waiting. An agent who wraps up is paused, not counted.
"""

from dialer.pacing.view import Decision, Limit, Observation, PacingView

LAUNCH_SECONDS = 2.5


def missing_lines(view: PacingView, level: float, *, is_available_only: bool) -> int:
    """Calls to launch so that the lines are what the level asks for; 0 or more."""
    in_flight = len(view.in_flight_ages)
    talking = len(view.talking_seconds)
    if is_available_only:
        return max(0, int(level * view.ready + 0.5) - in_flight - view.waiting)
    lines = int(level * (view.ready + talking) + 0.5)
    return max(0, lines - in_flight - view.waiting - talking)


class FixedRatio:
    """A dial level that nobody moves."""

    def __init__(self, level: float, *, is_available_only: bool) -> None:
        self._level = level
        self._is_available_only = is_available_only
        self._launch_at = 0.0

    def decide(self, view: PacingView) -> Decision:
        """The missing lines, every 2.5 seconds."""
        if view.now < self._launch_at:
            return Decision(count=0, bound_by=Limit.RATIO)
        self._launch_at = view.now + LAUNCH_SECONDS
        count = missing_lines(view, self._level, is_available_only=self._is_available_only)
        return Decision(count=min(view.room, count), bound_by=Limit.RATIO)

    def observe(self, observation: Observation) -> None:
        """Nothing to learn."""
