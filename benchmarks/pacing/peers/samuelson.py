"""Samuelson's regulation of arrivals (US patent 4,858,120, filed 1987; Interfaces 29(5), 1999).

Servers expected to be available are the ready ones and the busy ones whose expected remaining
service, mean - elapsed, is shorter than the mean transit time from launch to service; those who
queue are subtracted. Launches follow that number: divided by the measured ratio of services to
arrivals, less what is under way. Nothing looks at abandonment.
"""

from benchmarks.pacing.peers.measured import Measured
from dialer.pacing.view import Decision, Limit, Observation, PacingView

DECIDE_SECONDS = 1.0


class Samuelson:
    """Service is talk and wrap-up together, as the server is busy for both."""

    def __init__(self) -> None:
        self._measured = Measured()
        self._decide_at = 0.0

    def decide(self, view: PacingView) -> Decision:
        """Servers expected to be available ÷ answer ratio, less the calls under way."""
        if view.now < self._decide_at:
            return Decision(count=0, bound_by=Limit.RATIO)
        self._decide_at = view.now + DECIDE_SECONDS
        in_flight = len(view.in_flight_ages)
        talk = self._measured.talk_seconds.value
        wrap_up = self._measured.wrap_up_seconds.value
        transit = self._measured.answer_seconds.value
        soon = sum(talk + wrap_up - elapsed < transit for elapsed in view.talking_seconds)
        soon += sum(wrap_up - elapsed < transit for elapsed in view.wrap_up_seconds)
        expected = view.ready + soon - view.waiting
        ratio = self._measured.answer_ratio(view.now, in_flight=in_flight, start=0.5)
        count = max(0, int(expected / ratio + 0.5) - in_flight)
        return Decision(count=min(view.room, count), bound_by=Limit.RATIO)

    def observe(self, observation: Observation) -> None:
        """Measure service, transit and answer ratio."""
        self._measured.observe(observation)
