"""Patterns that a text answer must match, in what Python and browsers read alike.

Letters and classes, `\\d` and `\\w` (of ASCII), groups, alternatives and repetition. A group is not
repeated: a pattern can then not be written that takes a processor hours over a short text (Cox,
"Regular Expression Matching Can Be Simple And Fast", 2007, on backtracking).
"""

import re

from campaigns.scripts.questions import Pattern

LENGTH_MAX = 200
_TOKEN = re.compile(
    r"(?P<escape>\\[dw^$\\.*+?()\[\]{}|/])|(?P<set>\[\^?(?:\\[dw^$\\.*+?()\[\]{}|/-]|[^\\\[\]])+\])"
    r"|(?P<open>\((?:\?:)?)|(?P<close>\))|(?P<repeat>[*+?]|\{[0-9]{1,3}(?:,(?:[0-9]{1,3})?)?\})"
    r"|(?P<dot>\.)|(?P<bar>\|)|(?P<plain>[^\\\[\](){}*+?.|^$])",
    re.DOTALL,
)
_NOT_A_LINE_END = "[^\n\r\u2028\u2029]"


def read_pattern(source: str, hint: str = "") -> Pattern:
    """Read a pattern. Raises ValueError with what is wrong."""
    if len(source) > LENGTH_MAX:
        raise ValueError(f"has {len(source)} characters; {LENGTH_MAX} are allowed")
    python, at, before = "", 0, ""
    while at < len(source):
        found = _TOKEN.match(source, at)
        if found is None:
            raise ValueError(f'cannot be read from "{source[at : at + 10]}" on')
        kind = str(found.lastgroup)
        if kind == "repeat" and before not in ("escape", "set", "dot", "plain"):
            raise ValueError(
                f'repeats ("{found[0]}") what cannot be repeated: only a letter or a class can be'
            )
        if kind == "set" and any(two in found[0] for two in ("--", "&&", "||", "~~")):
            raise ValueError(f'cannot be read alike everywhere: "{found[0]}"')
        python += _NOT_A_LINE_END if kind == "dot" else found[0]
        at, before = found.end(), kind
    try:
        return Pattern(source=source, python=re.compile(python, re.ASCII), hint=hint)
    except re.error as error:
        raise ValueError(f"cannot be read: {error}") from error
