"""Text cells that a spreadsheet must not take for formulas.

A cell of a customer's file or an agent's remark that begins with = + - @ or a control character is
run as a formula when a person opens the file in a spreadsheet program, and formulas can start
programs and send data away (OWASP, "CSV Injection"). An apostrophe before it makes it text. Numbers
are harmless and left alone.
"""

import re

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?[\d ().-]*\d[\d ().,-]*")
"""Digits and punctuation only: telephone numbers and negative amounts. Also what looks like 1-2
sums it up to a number at worst."""


def guarded(cell: str) -> str:
    """The cell with an apostrophe before it if a spreadsheet might take it for a formula."""
    if cell.startswith(_DANGEROUS) and _NUMBER.fullmatch(cell) is None:
        return "'" + cell
    return cell


def unguarded(cell: str) -> str:
    """The reverse of `guarded`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_DANGEROUS) else cell
