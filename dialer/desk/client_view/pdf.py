"""The report as a PDF: title, figures, a chart over time, tables with bars. Drawn, not printed.

The letters are DejaVu Sans, which comes with matplotlib and has Latin, Cyrillic and Georgian.
"""

import importlib.util
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from fpdf import FPDF

from dialer.desk.client_view.charts import ColumnChart
from dialer.desk.client_view.sections import Section, written
from dialer.desk.formats import Formats
from dialer.desk.words import Words

_ACCENT, _SOFT, _PALE, _GOOD = (29, 95, 191), (84, 96, 111), (214, 224, 238), (23, 105, 58)
_SERIES = {"attempts": _PALE, "contacts": _ACCENT, "sales": _GOOD}
_LINE = 6.0
_BAR_WIDTH = 42.0
_ROWS_MAX = 400
"""A table longer than that is for the spreadsheet; the PDF says so."""


def _fonts() -> Path:
    """Where they are. The package itself, a second's import, is not needed."""
    found = importlib.util.find_spec("matplotlib")
    assert found is not None and found.submodule_search_locations, "matplotlib is a dependency"
    return Path(next(iter(found.submodule_search_locations))) / "mpl-data" / "fonts" / "ttf"


class _Document(FPDF):
    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self.set_auto_page_break(auto=True, margin=18)
        self.set_margins(16, 16)
        fonts = _fonts()
        self.add_font("text", "", fonts / "DejaVuSans.ttf")
        self.add_font("text", "B", fonts / "DejaVuSans-Bold.ttf")
        self._foot = foot

    def footer(self) -> None:
        """Page number, and when it was made."""
        self.set_y(-13)
        self.set_font("text", size=8)
        self.set_text_color(*_SOFT)
        self.cell(0, 6, f"{self._foot}   {self.page_no()}", align="C")
        self.set_text_color(0, 0, 0)


def report_pdf(
    *,
    title: str,
    subtitle: str,
    chart: ColumnChart | None,
    series: dict[str, str],
    sections: Sequence[Section],
    formats: Formats,
    words: Words,
    now: datetime,
) -> bytes:
    """The document. Blocks, half a second and more: call it in a thread."""
    made = words("Made %(when)s", when=formats.moment(now))
    pdf = _Document(foot=f"{title}  \N{MIDDLE DOT}  {made}  \N{MIDDLE DOT}")
    pdf.set_title(title)
    pdf.set_lang(formats.language)
    pdf.add_page()
    pdf.set_font("text", "B", 18)
    pdf.multi_cell(0, 9, title, new_x="LMARGIN", new_y="NEXT", align="L")
    pdf.set_font("text", size=10)
    pdf.set_text_color(*_SOFT)
    pdf.multi_cell(0, 6, subtitle, new_x="LMARGIN", new_y="NEXT", align="L")
    pdf.set_text_color(0, 0, 0)
    pdf.ln(3)
    if chart is not None:
        _draw(pdf, chart, series)
    for section in sections:
        _table(pdf, section, formats, words)
    return bytes(pdf.output())


def _draw(pdf: _Document, chart: ColumnChart, series: dict[str, str]) -> None:
    """The columns, in the page's width."""
    scale = pdf.epw / chart.width
    left, top = pdf.l_margin, pdf.get_y() + 8
    pdf.set_font("text", size=8)
    x = left
    for key, name in series.items():
        pdf.set_fill_color(*_SERIES[key])
        pdf.rect(x, top - 6, 3, 3, style="F")
        pdf.set_xy(x + 4, top - 7)
        pdf.cell(30, 5, name)
        x += 12 + pdf.get_string_width(name)
    pdf.set_draw_color(*_PALE)
    pdf.set_font("text", size=6.5)
    for y, text in chart.lines:
        pdf.line(left + chart.left * scale, top + y * scale, left + pdf.epw, top + y * scale)
        pdf.set_xy(left, top + y * scale - 2)
        pdf.cell(chart.left * scale - 1, 4, text, align="R")
    for bar in chart.bars:
        if bar.height > 0:
            pdf.set_fill_color(*_SERIES[bar.series])
            pdf.rect(
                left + bar.x * scale,
                top + bar.y * scale,
                max(bar.width * scale, 0.2),
                bar.height * scale,
                style="F",
            )
    for x_at, text in chart.labels:
        pdf.set_xy(left + x_at * scale - 12, top + (chart.height - 24) * scale)
        pdf.cell(24, 4, text, align="C")
    pdf.set_xy(pdf.l_margin, top + chart.height * scale + 3)


def _table(pdf: _Document, section: Section, formats: Formats, words: Words) -> None:
    if pdf.get_y() > pdf.h - 60:
        pdf.add_page()
    pdf.set_font("text", "B", 12)
    pdf.cell(0, 9, section.title, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("text", size=9)
    if not section.rows:
        pdf.set_text_color(*_SOFT)
        pdf.multi_cell(0, 6, section.empty or "\N{EN DASH}", new_x="LMARGIN", new_y="NEXT")
        pdf.set_text_color(0, 0, 0)
        pdf.ln(3)
        return
    widths = _widths(pdf, section)
    _row(pdf, [each.heading for each in section.columns], widths, section, style="B")
    for row in section.rows[:_ROWS_MAX]:
        cells = [
            written(cell, column.kind, formats)
            for cell, column in zip(row, section.columns, strict=True)
        ]
        _row(pdf, cells, widths, section, bar=section.share_of_most(row))
    if len(section.rows) > _ROWS_MAX:
        text = words("and %(num)s more rows, which the spreadsheet has",
                     num=len(section.rows) - _ROWS_MAX)  # fmt: skip
        pdf.cell(0, _LINE, text, new_x="LMARGIN", new_y="NEXT")
    if section.total:
        total = [
            written(cell, column.kind, formats)
            for cell, column in zip(section.total, section.columns, strict=True)
        ]
        _row(pdf, total, widths, section, style="B")
    pdf.set_font("text", size=7.5)
    pdf.set_text_color(*_SOFT)
    for note in section.notes:
        pdf.multi_cell(0, 4.4, note, new_x="LMARGIN", new_y="NEXT", align="L")
    pdf.set_text_color(0, 0, 0)
    pdf.ln(4)


def _widths(pdf: _Document, section: Section) -> list[float]:
    """Words get twice the room of numbers; a bar has its own."""
    room = pdf.epw - (_BAR_WIDTH if section.bars is not None else 0)
    parts = [1.0 if column.is_number else 2.0 for column in section.columns]
    return [room * part / sum(parts) for part in parts]


def _row(
    pdf: _Document,
    cells: Sequence[str],
    widths: Sequence[float],
    section: Section,
    *,
    style: str = "",
    bar: float = 0.0,
) -> None:
    pdf.set_font("text", style, 9)
    if pdf.get_y() + _LINE > pdf.page_break_trigger:
        pdf.add_page()
    y = pdf.get_y()
    for text, width, column in zip(cells, widths, section.columns, strict=True):
        align = "R" if column.is_number else "L"
        pdf.cell(width, _LINE, _fitting(pdf, text, width - 2), align=align)
    if bar:
        pdf.set_fill_color(*_ACCENT)
        x = pdf.l_margin + sum(widths) + 3
        pdf.rect(x, y + 1.6, (_BAR_WIDTH - 3) * bar, _LINE - 3.2, style="F")
    pdf.set_draw_color(*_PALE)
    pdf.line(pdf.l_margin, y + _LINE, pdf.l_margin + pdf.epw, y + _LINE)
    pdf.set_xy(pdf.l_margin, y + _LINE)


def _fitting(pdf: _Document, text: str, width: float) -> str:
    """The text, cut with an ellipsis where it is too long for its column."""
    if pdf.get_string_width(text) <= width:
        return text
    while text and pdf.get_string_width(text + "\N{HORIZONTAL ELLIPSIS}") > width:
        text = text[:-1]
    return text + "\N{HORIZONTAL ELLIPSIS}"
