"""The answers of `dialer simulate` as tables, and as one JSON document."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from dialer.cli.simulate_ask import Asked, Basis
from dialer.cli.simulate_words import between_days, clock, percent
from dialer.simulation import report
from dialer.simulation.report import TITLES, Interval, written
from dialer.simulation.runner import Result
from dialer.simulation.scenario import Scenario
from dialer.simulation.staffing import Size, Staffing

COMPARED = (
    "attempts", "connected", "utilisation_ratio", "abandonment_ratio", "connected_per_agent_hour",
    "wait_mean_seconds", "wait_p95_seconds", "leads_never_called", "leads_left",
)  # fmt: skip
"""What tables of several sizes or changes show."""


def title_of(scenario: Scenario, days: int) -> str:
    """What was simulated."""
    span = (
        f"{scenario.hours:.3g} h"
        if scenario.days == 1
        else (f"{scenario.days} days of {scenario.hours:.3g} h")
    )
    many = "1 simulated day" if days == 1 else f"{days} simulated days"
    return f"{scenario.name}: {scenario.agents} agents, {span}, {scenario.pacing.mode}, {many}"


def print_figures(console: Console, scenario: Scenario, results: Sequence[Result]) -> None:
    """Every figure of one team with its interval."""
    table = Table(title=title_of(scenario, len(results)))
    table.add_column("figure")
    table.add_column("value" if len(results) == 1 else "mean", justify="right")
    if len(results) > 1:
        table.add_column("95 % interval of the mean", justify="right")
        table.add_column("least and most", justify="right")
    for row in report.rows(results):
        if row[1] != "none":
            table.add_row(*(row if len(results) > 1 else row[:2]))
    console.print(table)


def print_sizes(console: Console, asked: Asked, found: Staffing) -> None:
    """What was simulated to find how many agents are needed."""
    scenario = asked.scenario
    by = clock(scenario.ends_at - scenario.start_at, scenario)
    table = Table(title=f"{scenario.name}: {scenario.list_size:,} leads by {by}")
    table.add_column("agents", justify="right")
    for heading in ("finished", "9 days in 10", "busy", "abandoned"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("enough")
    for size in found.sizes:
        mean = size.finish_mean_seconds
        table.add_row(
            str(size.agents),
            "later" if mean is None else clock(mean, scenario),
            between_days(size, scenario, joint="-"),
            spoken(size.results, "utilisation_ratio"),
            spoken(size.results, "abandonment_ratio"),
            _verdict(size),
            style="bold" if size.agents == found.agents else None,
        )
    console.print(table)


def _verdict(size: Size) -> str:
    if size.is_enough:
        return "yes"
    return "no: abandons" if size.is_in_time else "no: late"


def spoken(results: Sequence[Result], name: str) -> str:
    """A mean and half of its interval's width, or the one day's figure."""
    values = [getattr(result.figures, name) for result in results]
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return "none"
    if len(known) == 1:
        return written(name, known[0])
    found = report.interval(known)
    half = found.high - found.mean
    if name.endswith("_ratio"):
        return f"{100.0 * found.mean:.1f} ± {100.0 * half:.1f} %"
    if name.endswith("_seconds") or name == "connected_per_agent_hour":
        return f"{found.mean:.1f} ± {half:.1f}" + (" s" if name.endswith("_seconds") else "")
    return f"{found.mean:,.0f} ± {half:,.0f}"


def print_comparison(
    console: Console, title: str, columns: Sequence[tuple[str, Sequence[Result]]]
) -> None:
    """Figures of several teams side by side, each with half of its 95 % interval."""
    table = Table(title=title, caption="mean ± half of its 95 % interval")
    table.add_column("figure")
    for heading, _ in columns:
        table.add_column(heading, justify="right")
    for name in COMPARED:
        table.add_row(TITLES[name], *(spoken(results, name) for _, results in columns))
    console.print(table)


def print_differences(
    console: Console, text: str, before: Sequence[Result], after: Sequence[Result],
    differences: Mapping[str, Interval],
) -> None:  # fmt: skip
    """What a change made of each figure, on the same seeds."""
    table = Table(title=f"what if {text}", caption=f"the same {len(before)} days with and without")
    for heading in ("figure", "now", "then"):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    table.add_column("difference", justify="right")
    table.add_column("95 % interval", justify="right")
    table.add_column("")
    for name in COMPARED:
        difference = differences.get(name)
        if difference is None:
            continue
        is_sure = difference.low > 0.0 or difference.high < 0.0
        table.add_row(
            TITLES[name],
            spoken(before, name),
            spoken(after, name),
            _signed(name, difference.mean),
            f"{_signed(name, difference.low)} to {_signed(name, difference.high)}",
            "" if is_sure else "may be chance",
        )
    console.print(table)


def _signed(name: str, value: float) -> str:
    sign = "+" if value >= 0.0 else "-"
    if name.endswith("_ratio"):
        return f"{sign}{100.0 * abs(value):.2f} pts"
    return sign + written(name, abs(value))


def print_basis(console: Console, basis: Sequence[Basis]) -> None:
    """What the answer rests on."""
    if not basis:
        return
    table = Table(title="this rests on", show_header=False, box=None, title_justify="left")
    for one in basis:
        table.add_row(one.what, one.value, one.source)
    console.print(table)


def as_data(scenario: Scenario, results: Sequence[Result]) -> dict[str, Any]:
    """One team's days."""
    data: dict[str, Any] = {
        "scenario": scenario.name,
        "agents": scenario.agents,
        "hours": scenario.hours,
        "days": scenario.days,
        "pacing": str(scenario.pacing.mode),
        "seeds": [result.seed for result in results],
        "runs": [{"seed": r.seed, "digest": r.digest, **asdict(r.figures)} for r in results],
    }
    if len(results) > 1:
        data["intervals"] = {name: asdict(i) for name, i in report.over_seeds(results).items()}
    return data


def staffing_data(asked: Asked, found: Staffing, sentence: str) -> dict[str, Any]:
    """How many agents are needed."""
    scenario = asked.scenario
    return {
        "answer": sentence,
        "agents": found.agents,
        "agents_at_least": found.at_least,
        "guess": found.guess,
        "goal": str(asked.goal),
        "limit_ratio": asked.limit_ratio,
        "finish_by_seconds": scenario.ends_at - scenario.start_at,
        "leads": scenario.list_size,
        "sizes": [
            {
                "agents": size.agents,
                "is_enough": size.is_enough,
                "is_in_time": size.is_in_time,
                "in_time_ratio": size.in_time_ratio,
                "finish_mean_seconds": size.finish_mean_seconds,
                "finish_low_seconds": size.finish_low_seconds,
                "finish_high_seconds": size.finish_high_seconds,
                "abandonment_ratio": size.abandonment_ratio,
                **{
                    key: value
                    for key, value in as_data(asked.scenario, size.results).items()
                    if key in ("seeds", "runs", "intervals")
                },
            }
            for size in found.sizes
        ],
    }


def basis_data(basis: Sequence[Basis]) -> list[dict[str, str]]:
    """What the answer rests on."""
    return [asdict(one) for one in basis]


def summary(scenario: Scenario, results: Sequence[Result]) -> str:
    """One sentence on one team's days."""
    found = report.over_seeds(results) if len(results) > 1 else {}
    if not found:
        figures = results[0].figures
        return (
            f"{scenario.agents} agents: {percent(figures.utilisation_ratio)} busy, "
            f"{percent(figures.abandonment_ratio)} abandoned on this one day."
        )
    busy, abandoned = found["utilisation_ratio"], found["abandonment_ratio"]
    return (
        f"{scenario.agents} agents are busy {percent(busy.mean)} of their time "
        f"({percent(busy.low)} to {percent(busy.high)}), {percent(abandoned.mean)} of answered "
        f"calls are abandoned ({percent(max(0.0, abandoned.low))} to {percent(abandoned.high)})."
    )
