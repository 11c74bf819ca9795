"""Refusals in the reader's language.

The engine, the service and the store refuse in English sentences, which the command line prints and
the log keeps. Here, at the desk's edge, such a sentence is found in `refusal_texts.TEXTS`, and said
again with its values in the language of the person who asked. Nothing is lost of one that is not
found: it is shown as it is, behind an introduction.
"""

import functools
import re
from collections.abc import Callable, Mapping

from dialer.desk.refusal_texts import DONE, PLACES, STATES, TEXTS, WHYS
from dialer.desk.words import N_, SOURCE, Words

_UNKNOWN = N_("The dialer answered: %(said)s")
_HOLE = re.compile(r"%\((\w+)\)s")


def said_in(words: Words, sentence: str) -> str:
    """An English refusal in that language; one that is not known stands behind an introduction."""
    said = _found(words, sentence)
    return words(_UNKNOWN, said=sentence) if said is None else said


def known_in(words: Words, sentence: str) -> str:
    """The same where the sentence may be in that language already: an unknown one stays as it is.

    A page's own text is looked up too, so one that is marked with N_ is translated.
    """
    said = _found(words, sentence)
    return words(sentence) if said is None and sentence else said or ""


def text_of(sentence: str) -> tuple[str, Mapping[str, str]] | None:
    """The text of the table that a sentence is made of, and its values; None for an unknown one."""
    # The control requests make sentences of what the engine says; elsewhere it is as it was said.
    whole = sentence[:1].upper() + sentence[1:]
    whole += "" if whole.endswith((".", "!", "?")) else "."
    for text, pattern in _patterns():
        fit = pattern.fullmatch(whole)
        if fit is not None:
            return text, fit.groupdict()
    return None


def _found(words: Words, sentence: str) -> str | None:
    if words.language == SOURCE:
        return sentence
    found = text_of(sentence)
    if found is None:
        return None
    text, values = found
    said = {name: _value(words, name, value) for name, value in values.items()}
    return words(text, **said) if said else words(text)


def _value(words: Words, name: str, value: str) -> str:
    """A value of a sentence: words of the dialer's own are translated, names and numbers stay."""
    in_language = _KINDS.get(name)
    return value if in_language is None else in_language(words, value)


def _one_of(table: Mapping[str, str]) -> Callable[[Words, str], str]:
    return lambda words, value: words(table[value]) if value in table else value


def _list(words: Words, value: str) -> str:
    # Commas need no word for "or", which stands elsewhere in other languages.
    return ", ".join(words(STATES[one]) if one in STATES else one for one in value.split(" or "))


_KINDS: dict[str, Callable[[Words, str], str]] = {
    "state": _one_of(STATES),
    "states": _list,
    "names": _list,
    "why": _one_of(WHYS),
    "place": _one_of(PLACES),
    "done": _one_of(DONE),
    "warning": known_in,
}


@functools.cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((text, _pattern(text)) for text in TEXTS)


def _pattern(text: str) -> re.Pattern[str]:
    """What sentences made of this text look like. Python quotes a name that holds ' with ", and a
    value that is missing not at all."""
    pieces = _HOLE.split(text)
    made = [
        f"(?P<{piece}>.*?)" if at % 2 else re.escape(piece).replace("'", "['\"]?")
        for at, piece in enumerate(pieces)
    ]
    return re.compile("".join(made), re.DOTALL)
