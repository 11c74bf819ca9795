"""Issabel (formerly Elastix) call centre: count who is nearly done, divide by the answer rate.

From Predictor.class.php and CampaignProcess.class.php of IssabelFoundation/callcenter. Every 3 s:
free agents, and those busy for whom 1 - exp(-(elapsed + mean answer time) ÷ mean talk) is at least
the service level .97, less callers who wait and calls that ring. If anything is left, it is divided
by the share of calls answered in the last half hour, not below .2. Nothing looks at abandonment.
"""

import math

from benchmarks.pacing.peers.measured import Measured
from dialer.pacing.view import Decision, Limit, Observation, PacingView

DECIDE_SECONDS = 3.0
SERVICE_LEVEL = 0.97
ANSWER_RATIO_MIN = 0.2


class Issabel:
    """The predictor with its defaults and overcommit on."""

    def __init__(self) -> None:
        self._measured = Measured()
        self._decide_at = 0.0

    def decide(self, view: PacingView) -> Decision:
        """Agents who are or will be free without a call, divided by the answer rate."""
        if view.now < self._decide_at:
            return Decision(count=0, bound_by=Limit.RATIO)
        self._decide_at = view.now + DECIDE_SECONDS
        in_flight = len(view.in_flight_ages)
        answer = self._measured.answer_seconds.value
        talk = self._measured.talk_seconds.value
        nearly_done = sum(
            1.0 - math.exp(-(elapsed + answer) / talk) >= SERVICE_LEVEL
            for elapsed in view.talking_seconds
        )
        wanted = view.ready + nearly_done - view.waiting - in_flight
        if wanted <= 0:
            return Decision(count=0, bound_by=Limit.RATIO)
        ratio = self._measured.answer_ratio(view.now, in_flight=in_flight, start=1.0)
        count = int(wanted / max(ANSWER_RATIO_MIN, ratio) + 0.5)
        return Decision(count=min(view.room, count), bound_by=Limit.RATIO)

    def observe(self, observation: Observation) -> None:
        """Measure answer time, talk and answer rate."""
        self._measured.observe(observation)
