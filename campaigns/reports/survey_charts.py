"""The charts of survey results: the answers to each question, with what chance leaves of them."""

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.ticker import PercentFormatter

from campaigns.reports.canvas import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    STYLE,
    new_figure,
    to_svg,
)
from campaigns.reports.charts import Chart
from campaigns.scripts.questions import Measure
from campaigns.surveys.distributions import Distribution, Score
from campaigns.surveys.results import Results

LABEL_CHARS_MAX = 40


def draw_survey_charts(results: Results) -> tuple[Chart, ...]:
    """A chart for each question that has answers, and one of the quotas. Takes a second; blocks."""
    with mpl.rc_context(STYLE):
        drawn = [_answers(each) for each in results.distributions if each.answered and each.shares]
        if results.cells:
            drawn.append(_quotas(results))
    return tuple(drawn)


def _answers(found: Distribution) -> Chart:
    shares = found.shares[::-1]
    figure = new_figure(0.7 + 0.32 * len(shares))
    axes = figure.subplots()
    labels = [_short(each.label) for each in shares]
    ratios = [each.ratio for each in shares]
    below = [each.ratio - each.low for each in shares]
    above = [each.high - each.ratio for each in shares]
    # Positions, not labels: two long labels may be cut to the same words.
    axes.barh(
        range(len(shares)), ratios, xerr=[below, above], color=_colours(found), height=0.72,
        ecolor=INK, error_kw={"linewidth": 1, "capsize": 3},
    )  # fmt: skip
    axes.set_yticks(range(len(shares)), labels)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(visible=False)
    most = max(found.shares, key=lambda each: each.ratio)
    said = f"{found.answered:,} answers. Most often: {most.label}, {most.ratio:.1%}."
    if found.score is not None:
        said += f" {_score_words(found.score)}"
    return Chart(
        key=f"question-{found.question}",
        title=found.text,
        svg=to_svg(figure, prefix=f"q-{found.question}"),
        summary=said,
    )


def _colours(found: Distribution) -> Sequence[str]:
    """From the last share to the first, as they are drawn."""
    if found.score is None or found.score.measure is not Measure.NPS:
        return [BLUE] * len(found.shares)
    return [
        GREEN if int(each.code) >= 9 else AMBER if int(each.code) >= 7 else ORANGE
        for each in found.shares[::-1]
    ]


def _score_words(score: Score) -> str:
    if score.measure is Measure.NPS:
        low, high = 100 * score.low, 100 * score.high
        return f"NPS {100 * score.value:+.0f}, probably between {low:+.0f} and {high:+.0f}."
    return f"CSAT {score.value:.1%}, probably between {score.low:.1%} and {score.high:.1%}."


def _quotas(results: Results) -> Chart:
    cells = results.cells[::-1]
    figure = new_figure(0.7 + 0.32 * len(cells))
    axes = figure.subplots()
    at = range(len(cells))
    axes.barh(at, [each.target for each in cells], color=GREY, height=0.72, alpha=0.4)
    axes.barh(
        at,
        [min(each.interviews, each.target) for each in cells],
        color=[GREEN if each.is_full else BLUE for each in cells],
        height=0.72,
    )
    axes.set_yticks(at, [_short(each.name) for each in cells])
    axes.grid(visible=False)
    full = sum(each.is_full for each in cells)
    return Chart(
        key="quotas",
        title="Quotas",
        svg=to_svg(figure, prefix="quotas"),
        summary=f"{full} of {len(cells)} quotas are full.",
    )


def _short(label: str) -> str:
    return label if len(label) <= LABEL_CHARS_MAX else f"{label[: LABEL_CHARS_MAX - 1]}…"
