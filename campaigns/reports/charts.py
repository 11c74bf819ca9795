"""The charts of a report, each an SVG with a sentence that says what it shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from zoneinfo import ZoneInfo

import matplotlib as mpl
from matplotlib.ticker import MaxNLocator, MultipleLocator, PercentFormatter

from campaigns.reports.canvas import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALE,
    SKY,
    STYLE,
    label_bins,
    legend_above,
    new_figure,
    to_svg,
)
from campaigns.reports.figures import TALK_BIN_SECONDS, AgentFigures, Figures, TimeBin
from campaigns.reports.kpis import agent_time
from campaigns.reports.periods import label_of
from campaigns.reports.words import outcome_label, step_name

AGENTS_MAX = 40
"""Bars one page holds; the table has everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart. `summary` tells in words what the picture shows, for those who do not see it."""

    key: str
    title: str
    svg: str
    summary: str


def draw_charts(figures: Figures, *, limit_ratio: float, zone: ZoneInfo) -> tuple[Chart, ...]:
    """All charts that have something to show, in the order of a report. Takes a second; blocks."""
    if not figures.attempts:
        return ()
    labels = [label_of(b.begins_at, b.ends_at, zone, length=figures.length) for b in figures.bins]
    step = step_name(figures.step)
    drawn: list[Callable[[], Chart | None]] = [
        lambda: _calls(figures.bins, labels, step),
        lambda: _utilisation(figures, labels, step, limit_ratio),
        lambda: _outcomes(figures),
        lambda: _talk(figures),
        lambda: _sales(figures.bins, labels, step),
        lambda: _agents(figures),
    ]
    with mpl.rc_context(STYLE):
        return tuple(chart for draw in drawn if (chart := draw()) is not None)


def _calls(bins: Sequence[TimeBin], labels: Sequence[str], step: str) -> Chart:
    figure = new_figure(3.1)
    axes = figure.subplots()
    at = range(len(bins))
    answered = [b.answered for b in bins]
    axes.bar(at, [b.attempts for b in bins], width=0.86, color=PALE, label="attempts")
    axes.bar(at, answered, width=0.86, color=SKY, label="answered")
    axes.bar(
        at, [b.live_answers for b in bins], width=0.86, color=BLUE, label="of these by a person"
    )
    axes.margins(y=0.08)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    label_bins(axes, labels)
    legend_above(axes, columns=3)
    busiest = max(range(len(bins)), key=lambda i: bins[i].attempts)
    return Chart(
        key="calls",
        title=f"Calls and answers, {step}",
        svg=to_svg(figure, prefix="calls"),
        summary=f"{sum(b.attempts for b in bins):,} attempts, {sum(answered):,} answered. "
        f"The busiest time began {labels[busiest]} with {bins[busiest].attempts:,} attempts.",
    )


def _utilisation(
    figures: Figures, labels: Sequence[str], step: str, limit_ratio: float
) -> Chart | None:
    figure = new_figure(4.0)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    at = list(range(len(figures.bins)))
    shares = [agent_time(dict(b.state_seconds)).utilisation_ratio for b in figures.bins]
    known = [i for i in at if shares[i] is not None]
    upper.plot(
        known,
        [shares[i] or 0.0 for i in known],
        color=GREEN,
        linewidth=2,
        marker="o",
        markersize=3.5,
    )
    upper.set_ylim(0, 1.02)
    upper.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    upper.set_title("Utilisation of agents", loc="left", fontsize=10)
    live = list(accumulate(b.live_answers for b in figures.bins))
    abandoned = list(accumulate(b.abandoned for b in figures.bins))
    ratios = [a / n if n else 0.0 for a, n in zip(abandoned, live, strict=True)]
    lower.plot(at, ratios, color=ORANGE, linewidth=2, marker="o", markersize=3.5)
    lower.axhline(limit_ratio, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    lower.annotate(
        f"limit {limit_ratio:.1%}", (1, limit_ratio), xycoords=("axes fraction", "data"),
        xytext=(4, 0), textcoords="offset points", va="center", fontsize=9,
    )  # fmt: skip
    lower.set_ylim(0, max(limit_ratio * 1.5, max(ratios) * 1.15))
    lower.yaxis.set_major_locator(MaxNLocator(4))
    lower.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    lower.set_title("Abandoned ÷ live answers, since the period began", loc="left", fontsize=10)
    label_bins(lower, labels)
    mean = agent_time(figures.state_seconds).utilisation_ratio
    said = (
        "no agents were logged in" if mean is None else f"agents were busy {mean:.1%} of the time"
    )
    return Chart(
        key="utilisation",
        title=f"Utilisation and abandonment, {step}",
        svg=to_svg(figure, prefix="utilisation"),
        summary=f"Over the period {said} and {ratios[-1]:.2%} of live answers were abandoned, "
        f"against a limit of {limit_ratio:.1%}.",
    )


def _outcomes(figures: Figures) -> Chart | None:
    ordered = sorted(figures.by_outcome.items(), key=lambda item: item[1])
    ordered = [(outcome, count) for outcome, count in ordered if count]
    if not ordered:
        return None
    figure = new_figure(0.7 + 0.32 * len(ordered))
    axes = figure.subplots()
    total = sum(count for _, count in ordered)
    colours = {"connected": BLUE, "abandoned": ORANGE}
    bars = axes.barh(
        [outcome_label(outcome) for outcome, _ in ordered],
        [count for _, count in ordered],
        color=[colours.get(outcome, GREY) for outcome, _ in ordered],
        height=0.72,
    )
    axes.bar_label(
        bars, [f"{count:,}  ({count / total:.1%})" for _, count in ordered], padding=4, fontsize=9
    )
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.margins(x=0.16)
    most, count = ordered[-1]
    return Chart(
        key="outcomes",
        title="How the attempts ended",
        svg=to_svg(figure, prefix="outcomes"),
        summary=f"Most often: {outcome_label(most).lower()}, {count:,} of {total:,}.",
    )


def _talk(figures: Figures) -> Chart | None:
    if not figures.talk.count:
        return None
    figure = new_figure(2.7)
    axes = figure.subplots()
    lows = [low / 60 for low, _ in figures.talk_histogram]
    width = TALK_BIN_SECONDS / 60
    axes.bar(
        lows, [n for _, n in figures.talk_histogram], width=width * 0.9, align="edge", color=BLUE
    )
    median, p95 = figures.talk.p50, figures.talk.p95
    for seconds, name in ((median, "median"), (p95, "95% under")):
        if seconds / 60 <= lows[-1]:
            axes.axvline(seconds / 60, color=INK, linewidth=1, linestyle=(0, (4, 3)))
            axes.annotate(
                f"{name} {_clock(seconds)}", (seconds / 60, 1), xycoords=("data", "axes fraction"),
                xytext=(4, -2), textcoords="offset points", va="top", fontsize=9,
            )  # fmt: skip
    axes.xaxis.set_major_locator(MultipleLocator(2))
    axes.set_xlabel("minutes of talk")
    axes.margins(y=0.08)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_xlim(0, lows[-1] + width)
    return Chart(
        key="talk",
        title="How long the conversations were",
        svg=to_svg(figure, prefix="talk"),
        summary=f"{figures.talk.count:,} calls with an agent; half were shorter than "
        f"{_clock(median)}, 95 of 100 shorter than {_clock(p95)}.",
    )


def _sales(bins: Sequence[TimeBin], labels: Sequence[str], step: str) -> Chart | None:
    sales = [b.sales for b in bins]
    if not sum(sales):
        return None
    best = max(range(len(bins)), key=sales.__getitem__)
    figure = new_figure(2.9)
    axes = figure.subplots()
    axes.bar(range(len(bins)), sales, width=0.86, color=GREEN, label="sales")
    axes.margins(y=0.08)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    total = axes.twinx()
    total.plot(
        range(len(bins)),
        list(accumulate(sales)),
        color=AMBER,
        linewidth=2,
        label="together (right scale)",
    )
    total.set_ylim(0, sum(sales) * 1.08)
    total.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    total.grid(visible=False)
    for each in (axes, total):
        each.tick_params(axis="y", length=0)
    handles = [h for each in (axes, total) for h in each.get_legend_handles_labels()[0]]
    label_bins(axes, labels)
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2,
        handlelength=1.2,
    )  # fmt: skip
    return Chart(
        key="sales",
        title=f"Sales, {step}",
        svg=to_svg(figure, prefix="sales"),
        summary=f"{sum(sales):,} sales. The best time began {labels[best]} with {sales[best]:,}.",
    )


def _agents(figures: Figures) -> Chart | None:
    at_work = [a for a in figures.agents if agent_time(dict(a.state_seconds)).logged_in > 0]
    if not at_work:
        return None
    shown = sorted(at_work, key=_talk_share)[-AGENTS_MAX:]
    figure = new_figure(0.9 + 0.24 * len(shown))
    axes = figure.subplots()
    left = [0.0] * len(shown)
    parts = (("talk", GREEN), ("wrap_up", AMBER), ("ready", SKY), ("paused", PALE))
    words = {"talk": "talking", "wrap_up": "wrapping up", "ready": "waiting", "paused": "paused"}
    for part, colour in parts:
        times = [agent_time(dict(a.state_seconds)) for a in shown]
        shares = [float(getattr(t, part)) / t.logged_in for t in times]
        axes.barh(
            [a.name for a in shown], shares, left=left, color=colour, height=0.78, label=words[part]
        )
        left = [a + b for a, b in zip(left, shares, strict=True)]
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(visible=False)
    axes.tick_params(axis="y", labelsize=9)
    axes.margins(y=0.01)
    legend_above(axes, columns=4)
    left_out = len(at_work) - len(shown)
    time = agent_time(figures.state_seconds)
    return Chart(
        key="agents",
        title="Where the agents' time went",
        svg=to_svg(figure, prefix="agents"),
        summary=f"{len(at_work)} agents, {time.logged_in / 3600:,.1f} hours logged in: "
        f"{time.talk / time.logged_in:.0%} talking, "
        f"{time.wrap_up / time.logged_in:.0%} wrapping up, "
        f"{time.ready / time.logged_in:.0%} waiting, {time.paused / time.logged_in:.0%} paused."
        + (f" {left_out} more agents are in the table only." if left_out else ""),
    )


def _talk_share(agent: AgentFigures) -> tuple[float, str]:
    time = agent_time(dict(agent.state_seconds))
    return time.talk / time.logged_in, agent.name


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min"
