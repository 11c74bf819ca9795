"""What the demo says at its end, from the database and not from its own screen."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from rich.table import Table

from campaigns.reports.figures import Figures
from dialer.demo.plan import Plan
from dialer.demo.shift import ShiftResult

LAG_SECONDS = 3.0
"""By the demo's clock. A person who finds no agent hears the message after two seconds, so whoever
was connected later than this was kept waiting by the machine, not by the pacing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One line of `--json`; shares 0..1, times in seconds."""

    agents: int
    hours: float
    speed: float
    seed: int
    pacing: str
    attempts: int
    live_answers: int
    connected: int
    abandoned: int
    abandonment_ratio: float
    abandonment_limit_ratio: float
    utilisation_ratio: float
    sales: int
    leads: int
    leads_attempted: int
    answer_to_bridge_p50_seconds: float | None
    answer_to_bridge_p99_seconds: float | None
    ended_early: bool

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def summarise(plan: Plan, result: ShiftResult, figures: Figures, *, start_at: float) -> Summary:
    """Counts from the database; utilisation from the floor at the moment the hours were over."""
    bridges = figures.time_to_agent
    return Summary(
        agents=plan.agents,
        hours=round((result.at_end.at - start_at) / 3600, 4),
        speed=plan.speed,
        seed=plan.seed,
        pacing=plan.pacing.value,
        attempts=figures.attempts,
        live_answers=figures.live_answers,
        connected=figures.handled,
        abandoned=figures.abandoned,
        abandonment_ratio=figures.abandoned / max(1, figures.live_answers),
        abandonment_limit_ratio=result.at_end.campaigns[0].ledgers[0].limit_ratio,
        utilisation_ratio=result.at_end.teams[0].utilisation_ratio,
        sales=figures.sales,
        leads=figures.list.leads,
        leads_attempted=figures.list.leads_attempted,
        answer_to_bridge_p50_seconds=bridges.p50 if bridges.count else None,
        answer_to_bridge_p99_seconds=bridges.p99 if bridges.count else None,
        ended_early=result.ended_early,
    )


def as_table(summary: Summary, *, start_at: float) -> Table:
    """For people."""
    day = datetime.fromtimestamp(start_at, UTC)
    table = Table(
        title=f"{round(summary.hours, 2):g} hours with {summary.agents} agents, {day:%A %d %B %Y}",
        show_header=False, box=None, padding=(0, 3), title_justify="left", title_style="bold",
    )  # fmt: skip
    table.add_column(style="dim")
    table.add_column(justify="right", style="bold")
    table.add_column(style="dim")
    p50, p99 = summary.answer_to_bridge_p50_seconds, summary.answer_to_bridge_p99_seconds
    for row in (
        ("utilisation", f"{summary.utilisation_ratio:.1%}", "talk and wrap-up of time at work"),
        (
            "abandoned", f"{summary.abandonment_ratio:.2%}",
            f"{summary.abandoned} of {summary.live_answers:,} live answers, "
            f"at most {summary.abandonment_limit_ratio:.1%} allowed",
        ),
        ("attempts", f"{summary.attempts:,}", f"on {summary.leads_attempted:,} leads"),
        ("connected", f"{summary.connected:,}", "people who spoke with an agent, and machines"),
        (
            "answer to agent", "none" if p50 is None else f"{p50:.2f} s",
            "median" if p99 is None else f"median; 99 % within {p99:.2f} s",
        ),
        ("sales", f"{summary.sales:,}", ""),
        ("pacing", summary.pacing, ""),
    ):  # fmt: skip
        table.add_row(*row)
    return table


def lag_words(summary: Summary) -> str | None:
    """What to do when the machine was too slow for the demo's clock; None when it kept up."""
    p99 = summary.answer_to_bridge_p99_seconds
    if p99 is None or p99 <= LAG_SECONDS:
        return None
    speed, hours = max(1.0, summary.speed // 3), max(0.1, round(summary.hours / 3, 1))
    return (
        f"This machine was too busy for a clock {summary.speed:g} times as fast: 2 seconds of the "
        f"demo are {2000 / summary.speed:.0f} ms of yours, and 1 answer in 100 waited {p99:.1f} s "
        "or more for an agent. Abandoned calls above are partly its doing. Close what else runs, "
        f"or give it time: dialer demo --speed {speed:g} --hours {hours:g}"
    )
