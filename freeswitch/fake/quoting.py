"""The four passes FreeSWITCH makes over an originate string, each with its own quoting.

1. the whole argument is split on spaces (`separate_string_blank_delim`, switch_utils.c);
2. `<…>`, `{…}` and `[…]` blocks are cut off by plain bracket counting (`switch_find_end_paren`);
3. a block is split on commas, or on X when it starts `^^X` (`switch_event_create_brackets`,
switch_event.c);
4. each item is split on `=`, and dropped when its value holds `${` (switch_channel.c).
Quotes and backslash escapes are processed anew in passes 1, 3 and 4, so a value quoted once loses
its quotes before its commas are looked at.
"""

from dataclasses import dataclass

_DECODED = {"n": "\n", "r": "\r", "t": "\t", "s": " ", "'": "'", '"': '"', "\\": "\\"}


class UsageError(ValueError):
    """The text cannot be taken apart; the switch would answer with -USAGE."""


def clean(token: str, delimiter: str) -> str:
    """Take quotes away and decode escapes, as `cleanup_separated_string` does; outer spaces go too.

    With a delimiter other than a space, only the delimiter and quotes may be escaped there besides
    the letters n, r, t and s.
    """
    out: list[str] = []
    kept = 0  # trailing spaces before this length are part of the value
    quoted = False
    text = token.lstrip(" ")
    position = 0
    while position < len(text):
        char = text[position]
        following = text[position + 1] if position + 1 < len(text) else ""
        if char == "\\" and following:
            decoded = _DECODED.get(following)
            if decoded is None and following == delimiter:
                decoded = following
            if decoded is not None:
                out.append(decoded)
                kept = len(out)
                position += 2
                continue
        if char == "'" and (quoted or "'" in text[position + 1 :]):
            quoted = not quoted
            kept = len(out) if not quoted else kept
        else:
            out.append(char)
            if char != " " or quoted:
                kept = len(out)
        position += 1
    return "".join(out[:kept])


def split(text: str, delimiter: str, limit: int = 0) -> list[str]:
    """Split outside single quotes and escapes, cleaning each piece; `limit` pieces at most (0:
    any).

    >>> split("a,'b,c',d", ",")
    ['a', 'b,c', 'd']
    """
    pieces: list[str] = []
    start = position = 0
    quoted = False
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 2
            continue
        if char == "'" and (quoted or "'" in text[position + 1 :]):
            quoted = not quoted
        elif char == delimiter and not quoted and (not limit or len(pieces) < limit - 1):
            pieces.append(clean(text[start:position], delimiter))
            start = position + 1
        position += 1
    pieces.append(clean(text[start:], delimiter))
    return pieces


def split_blank(text: str) -> list[str]:
    """Pass 1: split on runs of spaces, outside quotes and with escapes; quotes are removed."""
    pieces: list[str] = []
    position = 0
    while position < len(text):
        while position < len(text) and text[position] == " ":
            position += 1
        start = position
        quoted = False
        while position < len(text) and (quoted or text[position] != " "):
            if text[position] == "\\":
                position += 1
            elif text[position] == "'":
                quoted = not quoted
            position += 1
        if start < len(text):
            pieces.append(clean(text[start:position], " "))
    return pieces


def cut_block(text: str, opening: str, closing: str) -> tuple[str, str]:
    """Pass 2: the inside of the block that opens the text, and what follows it.

    Raises `UsageError` when the bracket never closes.
    """
    depth = 0
    for position, char in enumerate(text):
        if char == opening:
            depth += 1
        elif char == closing:
            depth -= 1
            if depth == 0:
                return text[1:position], text[position + 1 :]
    raise UsageError(f"no closing {closing} in {text!r}")


def block_variables(block: str) -> dict[str, str]:
    """Passes 3 and 4: the variables of one block, in order; items without `=` are dropped."""
    delimiter = ","
    if block.startswith("^^") and len(block) > 2:
        delimiter, block = block[2], block[3:]
    found: dict[str, str] = {}
    for item in split(block, delimiter):
        if "=" not in item:
            continue
        name, value = split(item, "=", limit=2)
        if name and "${" not in value:
            found[name] = value
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginateArgument:
    """An originate string apart. `application` is `&app(args)`, an extension or inline text."""

    variables: dict[str, str]
    endpoint: str
    application: str
    dialplan: str
    timeout_seconds: int


def parse_originate(argument: str) -> OriginateArgument:
    """Take the argument of `originate` apart (`originate_function`, mod_commands.c).

    Raises `UsageError` where the switch would answer -USAGE.
    """
    tokens = split_blank(argument)
    if not 2 <= len(tokens) <= 7:
        raise UsageError(f"{len(tokens)} words where originate takes 2 to 7")
    dial_string = tokens[0]
    variables: dict[str, str] = {}
    for opening, closing in (("<", ">"), ("{", "}"), ("[", "]")):
        while dial_string.startswith(opening):
            block, dial_string = cut_block(dial_string, opening, closing)
            variables.update(block_variables(block))
            dial_string = dial_string.lstrip(" ")
    timeout = tokens[6] if len(tokens) > 6 else ""
    return OriginateArgument(
        variables=variables,
        endpoint=dial_string,
        application=tokens[1],
        dialplan=tokens[2] if len(tokens) > 2 else "",
        timeout_seconds=int(timeout) if timeout.isdigit() and timeout != "0" else 60,
    )
