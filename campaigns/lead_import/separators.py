"""Which character separates the cells of a text file."""

import csv
import io
from collections import Counter

from campaigns.lead_import.errors import BadFile

SEPARATORS = (",", ";", "\t", "|")
_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_ROWS = 100
"""Enough rows to see a habit; a line break inside a cell cuts a few of them wrongly."""


def separator_named(text: str) -> str:
    """The separator a person gave: the character itself, or tab, comma, semicolon, pipe."""
    separator = _NAMES.get(text.lower(), text)
    if (
        len(separator) != 1
        or separator in '"\r\n'
        or separator.isalnum()
        or not separator.isascii()
    ):
        raise BadFile(f'"{text}" cannot separate cells; give one of , ; tab |')
    return separator


def declared_separator(line: str) -> str | None:
    """Excel's own hint, a first line such as "sep=;"."""
    text = line.strip().strip('"')
    if text.lower().startswith("sep=") and len(text) == 5:
        return text[4]
    return "\t" if text.lower() == "sep=" and line.rstrip("\r\n").endswith("\t") else None


def separator_of(text: str) -> str:
    """The separator that cuts most rows of the sample into the same number of cells as the first
    row.

    A first row that none of them cuts is a table of one column; then a character that does not
    occur in the sample is chosen, so that several numbers in its cells stay together.
    """
    best, best_score = "", (0.0, 0)
    for separator in SEPARATORS:
        widths = _widths(text, separator)
        if not widths or widths[0] < 2:
            continue
        share = Counter(widths)[widths[0]] / len(widths)
        score = (round(share, 1), widths[0])
        if score > best_score:
            best, best_score = separator, score
    if best:
        return best
    return next((separator for separator in SEPARATORS if separator not in text), "\t")


def _widths(text: str, separator: str) -> list[int]:
    widths: list[int] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if any(cells):
                widths.append(len(cells))
            if len(widths) >= _ROWS:
                break
    except csv.Error:
        # A cell beyond the csv module's limit; what came before it is evidence enough.
        return widths
    return widths
