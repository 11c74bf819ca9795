"""Message: recordings need no agents, so the lines and the calls a second are the only measure."""

from dialer.pacing.view import Decision, Observation, PacingView


class LinesPacer:
    """Launches whatever there is room for."""

    def __init__(self) -> None:
        self._kept = ""

    def decide(self, view: PacingView) -> Decision:
        """All the room there is."""
        return Decision(
            count=view.room,
            bound_by=view.room_limit,
            waiting=view.waiting,
            in_flight=len(view.in_flight_ages),
        )

    def observe(self, observation: Observation) -> None:
        """Nothing to learn: nobody waits for an agent."""

    def save(self) -> str:
        """What a pacer before it had learnt, untouched."""
        return self._kept

    def restore(self, state: str) -> str | None:
        """Keep it for the pacer after it."""
        self._kept = state
        return None
