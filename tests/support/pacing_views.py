"""Views of a team for the rules of the pacing benchmark, which read only a few of their fields."""

from dialer.pacing.view import Limit, PacingView


def team_view(
    *,
    now: float = 0.0,
    ready: int = 0,
    waiting: int = 0,
    in_flight: int = 0,
    talking: tuple[float, ...] = (),
    wrapping: tuple[float, ...] = (),
    ends_at: float | None = 36_000.0,
) -> PacingView:
    """A team with lines to spare."""
    return PacingView(
        now=now,
        ready=ready,
        waiting=waiting,
        in_flight_ages=[1.0] * in_flight,
        talking_seconds=talking,
        wrap_up_seconds=wrapping,
        ends_at=ends_at,
        room=1000,
        room_limit=Limit.TRUNK,
    )
