"""When a list will be finished: a plain estimate with an interval, and never without its basis.

The leads left, divided by the leads that were finished for each hour of an agent's work today. That
holds while the rest of the list is like what was called today; the interval only says how far
chance may have carried today's count (Poisson, the exact limits of Garwood 1936 by the
approximation of Wilson and Hilferty 1931). Leads that the rules put off to other days come later
than this says; `dialer simulate --campaign --finish-by` reckons with them.
"""

from dataclasses import dataclass

FINISHED_MIN = 10
"""With fewer finished leads the interval would be wider than a factor of three."""
_Z = 1.2815515655446004
"""80 % of a normal distribution lies within so many standard deviations of its middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishBasis:
    """What the estimate rests on: today's figures of one campaign."""

    leads_left: int
    finished: int
    """Leads that today's attempts finished."""
    agent_hours: float
    """Work on this campaign today: ready, talking and wrapping up."""
    agents: float
    """Who works on it now; a share of the team where several campaigns feed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedFinish:
    """The estimate: hours of agents' work, and hours of dialling with those who work now."""

    basis: FinishBasis
    agent_hours: tuple[float, float]
    """From, to: an 80 % interval."""
    dialling_hours: tuple[float, float] | None
    """The same by the agents at work; None while there is nobody."""

    @property
    def per_agent_hour(self) -> float:
        """Leads finished for each hour of an agent's work."""
        return self.basis.finished / self.basis.agent_hours


def expected_finish(basis: FinishBasis) -> ExpectedFinish | None:
    """The estimate; None while too little was finished today to give one."""
    if basis.leads_left == 0 or basis.finished < FINISHED_MIN or basis.agent_hours <= 0:
        return None
    low, high = _poisson_limits(basis.finished)
    hours = (
        basis.leads_left * basis.agent_hours / high,
        basis.leads_left * basis.agent_hours / low,
    )
    dialling = None
    if basis.agents > 0:
        dialling = hours[0] / basis.agents, hours[1] / basis.agents
    return ExpectedFinish(basis=basis, agent_hours=hours, dialling_hours=dialling)


def _poisson_limits(count: int) -> tuple[float, float]:
    """The 80 % limits of the mean of which `count` was seen; `count` is at least 1."""
    upper = count + 1
    return (
        count * (1 - 1 / (9 * count) - _Z / (3 * count**0.5)) ** 3,
        upper * (1 - 1 / (9 * upper) + _Z / (3 * upper**0.5)) ** 3,
    )
