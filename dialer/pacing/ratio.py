"""Ratio: a fixed number of lines for each ready agent, inside the legal limits."""

from dialer.pacing.estimates import Estimates
from dialer.pacing.outlook import Outlook
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import Decision, Limit, LiveAnswerSettled, Observation, PacingView
from dialer.pacing.wall import LedgerWall


class RatioPacer:
    """round(ratio · ready) lines, less those that ring or wait; behind the wall like any pacer."""

    def __init__(self, settings: PacingSettings) -> None:
        self._ratio = settings.ratio
        self._wall = LedgerWall(settings.wall)
        self._estimates = Estimates(ring_seconds=settings.ring_seconds)

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
        self._estimates.refresh(view)
        allowance = self._wall.allowance(view, self._estimates)
        outlook = Outlook(view, self._estimates)
        outlook.launch(covered)
        uncovered = len(view.in_flight_ages) + view.waiting - view.ready + covered
        for count in range(covered, wanted):
            outlook.launch()
            uncovered += 1
            if not allowance.permits(outlook, uncovered=uncovered):
                return count
        return wanted

    def observe(self, observation: Observation) -> None:
        """Learn what the wall needs to know."""
        self._estimates.observe(observation)
        if isinstance(observation, LiveAnswerSettled):
            self._wall.settle(observation)
