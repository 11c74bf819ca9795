"""How every chart looks, and how it becomes SVG that stands inside a page.

Colours are those of Okabe and Ito, which people with any colour blindness tell apart
(https://jfly.uni-koeln.de/color/), in an order whose greys differ too, for black-and-white print.
"""

import io
import re
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
SKY, AMBER, PURPLE = "#56B4E9", "#E69F00", "#CC79A7"
PALE, GREY, INK = "#D5DCE4", "#8794A1", "#22303C"
_GRID = "#E6EAEE"
_WIDTH_INCHES = 9.2
_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
_LABELS_MAX = 12
"""Labels under an axis that can be read side by side."""

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "dialer",
    "font.size": 10,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": _GRID,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "ytick.left": False,
    "text.color": INK,
    "legend.frameon": False,
    "patch.linewidth": 0,
}
"""Text stays text: it can be searched, read aloud and set in the page's own letters."""


def new_figure(height_inches: float) -> Figure:
    """An empty figure across the page. Call it and draw inside `mpl.rc_context(STYLE)`."""
    return Figure(figsize=(_WIDTH_INCHES, height_inches), layout="constrained", facecolor="none")


def to_svg(figure: Figure, *, prefix: str) -> str:
    """The figure as an `<svg>` element, the same for the same data.

    `prefix` keeps its ids apart from those of the page's other charts.
    """
    FigureCanvasSVG(figure)
    buffer = io.StringIO()
    figure.savefig(
        buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', text)
    text = re.sub(r"'DejaVu Sans'(?:, [^;\"]*)?", _FONTS, text)
    # The page sets the width; the viewBox keeps the shape.
    return re.sub(r'<svg ([^>]*?)width="[^"]*"', r"<svg \1", text, count=1).replace(
        "<svg ", '<svg aria-hidden="true" focusable="false" ', 1
    )


def label_bins(axes: Axes, labels: Sequence[str]) -> None:
    """Write some of the bins' labels under them, evenly, never so many that they touch."""
    step = -(-len(labels) // _LABELS_MAX)
    ticks = range(0, len(labels), step)
    axes.set_xticks([tick - 0.5 for tick in ticks], [labels[tick] for tick in ticks])
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.tick_params(axis="x", length=3)


def legend_above(axes: Axes, *, columns: int) -> None:
    """The legend over the plot, where it hides nothing."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2, handlelength=1.2
    )
