"""Preview: the agent sees the record first and asks for the call; nothing is launched unasked."""

from dialer.pacing.memory import Memory
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import Decision, Limit, Observation, PacingView


class PreviewPacer:
    """Never launches by itself: every call is started by the agent who will take it."""

    def __init__(self, settings: PacingSettings) -> None:
        self._memory = Memory(settings)

    def decide(self, view: PacingView) -> Decision:
        """Always a count of 0."""
        return Decision(
            count=0,
            bound_by=Limit.ONE_TO_ONE if view.agents else Limit.NO_AGENTS,
            ready=view.ready,
            waiting=view.waiting,
            in_flight=len(view.in_flight_ages),
        )

    def observe(self, observation: Observation) -> None:
        """Learn for a switch to another mode."""
        self._memory.observe(observation)

    def save(self) -> str:
        """All it has learnt."""
        return self._memory.save()

    def restore(self, state: str) -> str | None:
        """Go on from what any pacer saved; why not, otherwise."""
        return self._memory.restore(state)
