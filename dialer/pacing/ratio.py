"""Ratio: a fixed number of lines for each ready agent, inside the legal limits."""

from dialer.pacing.memory import Memory
from dialer.pacing.outlook import Outlook
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import Decision, Limit, Observation, PacingView


class RatioPacer:
    """round(ratio · ready) lines, less those that ring or wait; behind the wall like any pacer."""

    def __init__(self, settings: PacingSettings) -> None:
        self._ratio = settings.ratio
        self._memory = Memory(settings)

    def decide(self, view: PacingView) -> Decision:
        """Lines missing from the ratio, at most `view.room`, as far as the ledgers bear them."""
        in_flight = len(view.in_flight_ages)
        lines = int(self._ratio * view.ready + 0.5)
        wanted = max(0, lines - in_flight - view.waiting)
        count = min(wanted, view.room)
        bound_by = view.room_limit if count < wanted else Limit.RATIO
        if view.agents == 0:
            bound_by = Limit.NO_AGENTS
        covered = max(0, view.ready - in_flight - view.waiting)
        if count > covered and view.ledgers:
            permitted = self._permitted(view, covered, count)
            if permitted < count:
                count, bound_by = permitted, Limit.WALL
        return Decision(
            count=count,
            bound_by=bound_by,
            ready=view.ready,
            waiting=view.waiting,
            in_flight=in_flight,
        )

    def _permitted(self, view: PacingView, covered: int, wanted: int) -> int:
        estimates = self._memory.estimates
        estimates.refresh(view)
        allowance = self._memory.wall.allowance(view, estimates)
        outlook = Outlook(view, estimates)
        outlook.launch(covered)
        uncovered = len(view.in_flight_ages) + view.waiting - view.ready + covered
        for count in range(covered, wanted):
            outlook.launch()
            uncovered += 1
            if not allowance.permits(outlook, uncovered=uncovered):
                return count
        return wanted

    def observe(self, observation: Observation) -> None:
        """Learn what the wall needs to know, and the rest for a switch to predictive."""
        self._memory.observe(observation)

    def save(self) -> str:
        """All it has learnt."""
        return self._memory.save()

    def restore(self, state: str) -> str | None:
        """Go on from what any pacer saved; why not, otherwise."""
        return self._memory.restore(state)
