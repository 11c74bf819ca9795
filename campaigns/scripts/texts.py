"""Texts of a script with the record filled in: `Good day, {name|you}, how is {fields.city}?`

A name in braces is looked up as in a condition; what follows a bar is said when there is nothing.
`{{` and `}}` are braces. A text becomes pieces, each said to be text, a value, or missing, so that
a screen can show which words come from the record and nobody has to trust them as markup.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from campaigns.scripts.errors import BadText
from campaigns.scripts.expressions import WORDS, Facts, Name

GREETING = "greeting"


@dataclass(frozen=True, slots=True)
class Blank:
    """A name in a text, and what is said when it has no value; None when nothing was given."""

    name: Name
    fallback: str | None

    def __str__(self) -> str:
        return str(self.name)


Parts = tuple[str | Blank, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of rendered text: `kind` is text, value, fallback or missing."""

    kind: str
    text: str


def parse_text(text: str) -> Parts:
    """Read a text. Raises BadText."""
    parts: list[str | Blank] = []
    plain = ""
    at = 0
    while at < len(text):
        two = text[at : at + 2]
        if two in ("{{", "}}"):
            plain += two[0]
            at += 2
        elif text[at] == "{":
            end = text.find("}", at)
            if end < 0:
                raise BadText(
                    f'"{text[at : at + 30]}" has no closing brace; a brace is written {{{{'
                )
            if plain:
                parts.append(plain)
                plain = ""
            parts.append(_blank(text[at + 1 : end]))
            at = end + 1
        elif text[at] == "}":
            raise BadText("a closing brace has no opening one; a brace is written }}")
        else:
            plain += text[at]
            at += 1
    if plain:
        parts.append(plain)
    return tuple(parts)


def _blank(inner: str) -> Blank:
    written, bar, fallback = inner.partition("|")
    written = written.strip()
    kind, dot, key = written.partition(".")
    if dot and kind in ("fields", "answers") and key.strip():
        name = Name(kind.removesuffix("s"), key.strip().strip('"'))
    elif written in (*WORDS, GREETING):
        name = Name("word", written)
    else:
        known = ", ".join(("fields.COLUMN", "answers.QUESTION", *WORDS, GREETING))
        raise BadText(f'"{{{inner}}}" is no known name; the names are {known}')
    return Blank(name, fallback.strip() if bar else None)


def blanks(parts: Parts) -> Iterator[Blank]:
    """The names in a text."""
    yield from (part for part in parts if isinstance(part, Blank))


def render(
    parts: Parts, facts: Facts, answer_words: Callable[[str], str | None]
) -> tuple[Piece, ...]:
    """The text with everything filled in. `answer_words` gives an answer as a person reads it."""
    pieces = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(Piece("text", part))
            continue
        if part.name.kind == "answer":
            found = answer_words(part.name.key)
        else:
            value = facts.look_up(part.name)
            found = None if value is None else str(value)
        if found is not None:
            pieces.append(Piece("value", found))
        elif part.fallback is not None:
            pieces.append(Piece("fallback", part.fallback))
        else:
            pieces.append(Piece("missing", str(part)))
    return tuple(pieces)


def plain(pieces: tuple[Piece, ...]) -> str:
    """As one line of text; what is missing stands in brackets."""
    return "".join(f"[{each.text}]" if each.kind == "missing" else each.text for each in pieces)


def as_json(parts: Parts) -> list[Any]:
    """The parts for the browser: texts, and [kind, key, fallback]."""
    return [
        part if isinstance(part, str) else [part.name.kind, part.name.key, part.fallback]
        for part in parts
    ]
