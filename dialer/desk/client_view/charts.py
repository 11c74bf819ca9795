"""Columns over time as an SVG of the page: geometry here, colours in the style sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.reports.figures import TimeBin

WIDTH, HEIGHT = 900.0, 240.0
_LEFT, _BOTTOM, _TOP = 46.0, 28.0, 10.0
_LABELS_MAX = 12
_SLOT_MAX = 80.0
"""A lone column does not fill the page."""
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One column of one series."""

    series: str
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChart:
    """What the template draws."""

    bars: tuple[Bar, ...]
    labels: tuple[tuple[float, str], ...]
    """(x, text) under the columns."""
    lines: tuple[tuple[float, str], ...]
    """(y, text) of the horizontal lines."""
    width: float = WIDTH
    height: float = HEIGHT
    left: float = _LEFT


def time_chart(
    bins: Sequence[TimeBin], labels: Sequence[str], names: dict[str, str]
) -> ColumnChart | None:
    """Attempts with the contacts in them, and sales in these, one column a bin; None without any.

    `names` are the series' names: attempts, contacts, sales.
    """
    most = max((each.attempts for each in bins), default=0)
    if not most:
        return None
    step = _round_step(most)
    top = step * -(-most // step)
    plot = HEIGHT - _BOTTOM - _TOP
    slot = (WIDTH - _LEFT) / len(bins)
    bars = []
    for index, each in enumerate(bins):
        for series, value, inset in (
            ("attempts", each.attempts, 0.1),
            ("contacts", each.contacts, 0.2),
            ("sales", each.sales, 0.3),
        ):
            height = plot * value / top
            width = min(slot, _SLOT_MAX) * (1 - 2 * inset)
            bars.append(
                Bar(
                    series=series,
                    x=round(_LEFT + slot * (index + 0.5) - width / 2, 2),
                    y=round(_TOP + plot - height, 2),
                    width=round(width, 2),
                    height=round(height, 2),
                    title=f"{labels[index]}: {names[series]} {value}",
                )
            )
    every = -(-len(bins) // _LABELS_MAX)
    return ColumnChart(
        bars=tuple(bars),
        labels=tuple(
            (round(_LEFT + slot * (index + 0.5), 2), labels[index])
            for index in range(0, len(bins), every)
        ),
        lines=tuple(
            (round(_TOP + plot * (1 - value / top), 2), f"{value:,}")
            for value in range(0, top + 1, step)
        ),
    )


def _round_step(most: int) -> int:
    """A round distance that makes two to five lines."""
    size = 1
    while True:
        for step in _STEPS:
            if most <= 4 * step * size:
                return step * size
        size *= 10
