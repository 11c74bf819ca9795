"""Charts of simulated days: how the day goes, and what more agents would bring."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from campaigns.reports.canvas import AMBER, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, STYLE
from dialer.cli.simulate_ask import Asked
from dialer.cli.simulate_days import Compared
from dialer.errors import UsageError
from dialer.simulation import report
from dialer.simulation.moments import clock_text, zone_of
from dialer.simulation.runner import Result
from dialer.simulation.scenario import Scenario
from dialer.simulation.staffing import Staffing
from dialer.simulation.timeline import SLICE_SECONDS, Slice

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY, GREY)
_INCHES = (9.2, 8.4)


def draw_days(path: Path, done: Compared) -> None:
    """The day by quarters of an hour: utilisation, abandonment and conversations of each team."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=_INCHES, layout="constrained", facecolor="white")
        panels = figure.subplots(3, 1, sharex=True)
        first = done.columns[0][1]
        figure.suptitle(
            f"{first.name}: {len(done.columns[0][2])} simulated days", x=0.01, ha="left"
        )
        for (label, scenario, results), colour in zip(done.columns, _cycle(done), strict=True):
            _draw_line(panels[0], scenario, results, _utilisation, colour, label)
            _draw_line(panels[1], scenario, results, _abandonment, colour, label)
            _draw_line(panels[2], scenario, results, _connected, colour, label)
        titles = ("utilisation", "abandoned so far", "conversations in a quarter of an hour")
        for panel, title in zip(panels, titles, strict=True):
            panel.set_title(title, loc="left", fontsize=10)
            panel.set_ylim(bottom=0.0)
        for panel in panels[:2]:
            panel.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        panels[1].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
        panels[1].axhline(_limit(first), color=GREY, linestyle="--", linewidth=1.0)
        panels[0].legend(loc="lower right", ncols=3)
        _say_clock(panels[2], first)
        _save(figure, path)


def draw_staffing(path: Path, asked: Asked, found: Staffing) -> None:
    """When the list is finished, utilisation and abandonment, by number of agents."""
    scenario = asked.scenario
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=_INCHES, layout="constrained", facecolor="white")
        panels = figure.subplots(3, 1, sharex=True)
        figure.suptitle(f"{scenario.name}: {scenario.list_size:,} leads", x=0.01, ha="left")
        by = scenario.ends_at
        panels[0].axhline(by, color=GREY, linestyle="--", linewidth=1.0)
        for size in found.sizes:
            colour = GREEN if size.is_enough else ORANGE
            if size.finish_mean_seconds is not None:
                low, mean, high = (
                    scenario.start_at + (seconds or 0.0)
                    for seconds in (
                        size.finish_low_seconds, size.finish_mean_seconds, size.finish_high_seconds,
                    )
                )  # fmt: skip
                error = [[mean - low], [high - mean]]
                panels[0].errorbar([size.agents], [mean], yerr=error, fmt="o", color=colour)
            for panel, name in zip(
                panels[1:], ("utilisation_ratio", "abandonment_ratio"), strict=True
            ):
                values = [getattr(result.figures, name) for result in size.results]
                mean = fmean(values)
                half = 0.0
                if len(values) > 1:
                    interval = report.interval(values)
                    half = interval.high - interval.mean
                panel.errorbar([size.agents], [mean], yerr=[half], fmt="o", color=colour)
        panels[2].axhline(asked.limit_ratio, color=GREY, linestyle="--", linewidth=1.0)
        panels[0].yaxis.set_major_formatter(
            FuncFormatter(
                lambda at, _: clock_text(at, zone=scenario.zone, same_day_as=scenario.start_at)
            )
        )
        for panel, title in zip(
            panels,
            ("list finished (nine days in ten)", "utilisation", "abandonment"),
            strict=True,
        ):
            panel.set_title(title, loc="left", fontsize=10)
        for panel in panels[1:]:
            panel.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
        panels[2].set_ylim(bottom=0.0)
        panels[2].set_xlabel("agents; green: enough")
        panels[2].xaxis.set_major_locator(MaxNLocator(integer=True))
        _save(figure, path)


def _cycle(done: Compared) -> list[str]:
    return [_COLOURS[n % len(_COLOURS)] for n in range(len(done.columns))]


def _limit(scenario: Scenario) -> float:
    limits = [ledger.limit_ratio for c in scenario.campaigns for ledger in c.ledgers]
    return min(limits, default=scenario.ledger.limit_ratio)


def _draw_line(
    panel: Axes,
    scenario: Scenario,
    results: Sequence[Result],
    value: Callable[[Sequence[Slice], int], float | None],
    colour: str,
    label: str,
) -> None:
    """The mean of the days, and between their least and most a pale band."""
    count = max(len(result.slices) for result in results)
    at: list[float] = []
    rows: list[list[float]] = []
    for number in range(count):
        values = [value(r.slices, number) for r in results if number < len(r.slices)]
        known = [each for each in values if each is not None]
        if known:
            at.append(scenario.start_at + (number + 0.5) * SLICE_SECONDS)
            rows.append(known)
    panel.plot(at, [fmean(row) for row in rows], color=colour, label=label, linewidth=1.6)
    low, high = [min(row) for row in rows], [max(row) for row in rows]
    panel.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0.0)


def _utilisation(slices: Sequence[Slice], number: int) -> float | None:
    one = slices[number]
    return one.busy_seconds / one.worked_seconds if one.worked_seconds > 0 else None


def _abandonment(slices: Sequence[Slice], number: int) -> float | None:
    live = sum(one.live_answers for one in slices[: number + 1])
    return sum(one.abandoned for one in slices[: number + 1]) / live if live else None


def _connected(slices: Sequence[Slice], number: int) -> float | None:
    return float(slices[number].connected)


def _say_clock(panel: Axes, scenario: Scenario) -> None:
    clock = zone_of(scenario.zone)
    pattern = "%H:%M" if scenario.days == 1 else "%a %H:%M"
    panel.xaxis.set_major_formatter(
        FuncFormatter(
            lambda at, _: f"{datetime.fromtimestamp(at, UTC).astimezone(clock):{pattern}}"
        )
    )
    panel.xaxis.set_major_locator(MaxNLocator(nbins=10, steps=[1, 1.8, 3.6, 7.2, 9, 10]))


def _save(figure: Figure, path: Path) -> None:
    """The same bytes for the same data. Raises UsageError where the file cannot be written."""
    is_svg = path.suffix.lower() == ".svg"
    FigureCanvasSVG(figure) if is_svg else FigureCanvasAgg(figure)
    metadata = {"Date": None, "Creator": None} if is_svg else {"Software": None}
    try:
        figure.savefig(path, format="svg" if is_svg else "png", dpi=110, metadata=metadata)
    except OSError as error:
        raise UsageError(
            f"--chart {path}: cannot be written ({error.strerror}); name another place."
        ) from error
