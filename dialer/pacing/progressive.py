"""Progressive: one call for each ready agent, so that no answer can find nobody."""

from dialer.pacing.memory import Memory
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import Decision, Limit, Observation, PacingView


class ProgressivePacer:
    """Launches until every ready agent has a call on its way."""

    def __init__(self, settings: PacingSettings) -> None:
        self._memory = Memory(settings)

    def decide(self, view: PacingView) -> Decision:
        """Ready agents without a call, at most `view.room`."""
        wanted = max(0, view.ready - len(view.in_flight_ages) - view.waiting)
        count = min(wanted, view.room)
        if view.agents == 0:
            bound_by = Limit.NO_AGENTS
        elif count < wanted:
            bound_by = view.room_limit
        else:
            bound_by = Limit.ONE_TO_ONE
        return Decision(
            count=count,
            bound_by=bound_by,
            ready=view.ready,
            waiting=view.waiting,
            in_flight=len(view.in_flight_ages),
        )

    def observe(self, observation: Observation) -> None:
        """Learn for a switch to predictive: here the count follows from the agents alone."""
        self._memory.observe(observation)

    def save(self) -> str:
        """All it has learnt."""
        return self._memory.save()

    def restore(self, state: str) -> str | None:
        """Go on from what any pacer saved; why not, otherwise."""
        return self._memory.restore(state)
