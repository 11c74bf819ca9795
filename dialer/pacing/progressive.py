"""Progressive: one call for each ready agent, so that no answer can find nobody."""

from dialer.pacing.view import Decision, Limit, Observation, PacingView


class ProgressivePacer:
    """Launches until every ready agent has a call on its way."""

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
        """Nothing to learn: the count follows from the agents alone."""
