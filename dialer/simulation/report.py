"""What several runs say together: a mean with its interval, never one number from many seeds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from dialer.simulation.figures import Figures
from dialer.simulation.runner import Result

_T_975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
"""97.5 % points of Student's t with 1 to 30 degrees of freedom; beyond, 1.96 is close enough."""

_T_95 = (
    6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796, 1.782, 1.771,
    1.761, 1.753, 1.746, 1.740, 1.734, 1.729, 1.725,
)  # fmt: skip
"""95 % points with 1 to 20 degrees of freedom; beyond, 1.7 is close enough and on the safe side."""

TITLES = {
    "attempts": "calls placed",
    "live_answers": "live answers",
    "connected": "conversations",
    "abandoned": "abandoned",
    "abandonment_ratio": "abandonment",
    "utilisation_ratio": "utilisation",
    "attempts_per_hour": "calls placed an hour",
    "connected_per_agent_hour": "conversations per agent and hour",
    "wait_mean_seconds": "agent's wait between calls, mean",
    "wait_p95_seconds": "agent's wait between calls, 95 %",
    "reach_mean_seconds": "lead's wait for the agent, mean",
    "reach_p95_seconds": "lead's wait for the agent, 95 %",
    "leads_never_called": "leads never called",
    "leads_left": "leads left to call",
    "finished_seconds": "list finished after",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure over several seeds: the mean, its 95 % interval, and the extremes."""

    mean: float
    low: float
    high: float
    least: float
    most: float


def interval(values: Sequence[float]) -> Interval:
    """The mean of independent runs with Student's interval. Needs two values."""
    count = len(values)
    mean = math.fsum(values) / count
    variance = math.fsum((v - mean) ** 2 for v in values) / (count - 1)
    t = _T_975[count - 2] if count - 2 < len(_T_975) else 1.96
    half = t * math.sqrt(variance / count)
    return Interval(
        mean=mean, low=mean - half, high=mean + half, least=min(values), most=max(values)
    )


def student_95(freedom: int) -> float:
    """The 95 % point of Student's t: what one side of nine days in ten reaches to."""
    return _T_95[freedom - 1] if freedom <= len(_T_95) else 1.7


def over_seeds(results: Sequence[Result]) -> dict[str, Interval]:
    """Each figure's interval; a figure that some run does not have is left out."""
    found: dict[str, Interval] = {}
    for name in figure_names():
        values = [getattr(result.figures, name) for result in results]
        if all(value is not None for value in values):
            mean = interval(values)
            # No figure is negative and no share above one, whatever Student's law allows.
            high = min(1.0, mean.high) if name.endswith("_ratio") else mean.high
            found[name] = replace(mean, low=max(0.0, mean.low), high=high)
    return found


def figure_names() -> tuple[str, ...]:
    """The figures in the order they are shown."""
    return tuple(f.name for f in fields(Figures))


def rows(results: Sequence[Result]) -> list[tuple[str, str, str, str]]:
    """Title, figure, 95 % interval, range. The last two are empty for a single seed."""
    if len(results) == 1:
        figures = results[0].figures
        return [
            (TITLES[name], written(name, getattr(figures, name)), "", "") for name in figure_names()
        ]
    table = []
    for name, found in over_seeds(results).items():
        between = f"{written(name, found.low)} to {written(name, found.high)}"
        extremes = f"{written(name, found.least)} to {written(name, found.most)}"
        table.append((TITLES[name], written(name, found.mean), between, extremes))
    return table


def written(name: str, value: float | None) -> str:
    """One figure as people read it: shares in percent, times in seconds."""
    if value is None:
        return "none"
    if name == "finished_seconds":
        return f"{int(value // 3600)} h {int(value % 3600 // 60):02d} min"
    if name.endswith("_ratio"):
        return f"{100.0 * value:.1f} %"
    if name.endswith("_seconds"):
        return f"{value:.2f} s" if name.startswith("reach") else f"{value:.1f} s"
    if name == "connected_per_agent_hour":
        return f"{value:.1f}"
    return f"{value:,.0f}"
