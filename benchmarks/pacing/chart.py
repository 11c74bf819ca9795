"""Utilisation against abandonment, one panel a world, the limit as a line."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
# Text stays text and ids do not change from run to run: the committed chart is small and diffs.
matplotlib.rcParams["svg.fonttype"] = "none"
matplotlib.rcParams["svg.hashsalt"] = "pacing"

from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

from benchmarks.pacing.cells import LIMIT_RATIO, Cell  # noqa: E402
from benchmarks.pacing.contenders import BY_LABEL, CONTENDERS, RULE  # noqa: E402

MARKERS = "osD^v<>PXhp"
ABANDONMENT_MAX = 0.06
"""Beyond twice the law nobody may dial; such points stand at the right edge, with their figure."""


def draw(cells: Sequence[Cell], frontiers: dict[tuple[str, int], list[tuple[float, float]]],
         file: Path) -> None:  # fmt: skip
    """Write the chart in the format that the file's suffix says."""
    columns = list(dict.fromkeys((cell.world.name, cell.world.agents) for cell in cells))
    rows = -(-len(columns) // 3)
    across = min(3, len(columns))
    legend_lines = -(-(len({cell.label for cell in cells}) + 1) // across)
    legend_inches = 0.3 + 0.17 * legend_lines
    figure, panels = plt.subplots(
        rows, across, figsize=(4.2 * across, 3.4 * rows + legend_inches), squeeze=False
    )
    try:
        for panel, column in zip(panels.flat, columns, strict=False):
            here = [c for c in cells if (c.world.name, c.world.agents) == column]
            _panel(panel, column, here, frontiers.get(column, []))
        for panel in list(panels.flat)[len(columns) :]:
            panel.set_visible(False)
        handles, labels = panels.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="lower center", ncol=across, fontsize=8, frameon=False)
        figure.tight_layout(rect=(0.0, legend_inches / (3.4 * rows + legend_inches), 1.0, 1.0))
        figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None, dpi=110)
    finally:
        plt.close(figure)


def _panel(
    panel: Axes,
    column: tuple[str, int],
    cells: Sequence[Cell],
    frontier: Sequence[tuple[float, float]],
) -> None:
    panel.set_title(f"world {column[0]}, {column[1]} agents", fontsize=10)
    panel.axvline(LIMIT_RATIO * 100.0, color="0.8", linewidth=1.0)
    if frontier:
        panel.plot(
            [100.0 * limit for limit, _ in frontier],
            [best for _, best in frontier],
            color="black",
            linewidth=1.2,
            label="limit (exponential durations)",
        )
    order = {contender.label: index for index, contender in enumerate(CONTENDERS)}
    for cell in cells:
        index = order[cell.label]
        is_rule = BY_LABEL[cell.label].is_ours
        across = 100.0 * min(ABANDONMENT_MAX, cell.abandonment)
        if cell.abandonment > ABANDONMENT_MAX:
            panel.annotate(
                f"{100.0 * cell.abandonment:.0f} %",
                (across, cell.utilisation.mean),
                textcoords="offset points",
                xytext=(-4, 5),
                fontsize=7,
                ha="right",
            )
        panel.plot(
            [across],
            [cell.utilisation.mean],
            linestyle="none",
            marker="*" if is_rule else MARKERS[index % len(MARKERS)],
            markersize=13 if is_rule else 6,
            color=("crimson" if cell.label == RULE else "orange") if is_rule else f"C{index % 10}",
            label=cell.label + ("*" if BY_LABEL[cell.label].is_tuned else ""),
        )
    panel.set_xlim(-0.2, 100.0 * ABANDONMENT_MAX + 0.2)
    panel.set_xlabel("abandoned ÷ live answers, %", fontsize=8)
    panel.set_ylabel("utilisation", fontsize=8)
    panel.tick_params(labelsize=8)
