"""Conditions of a script: a small language, parsed into a tree and never handed to Python.

    answers.age >= 18 and fields.city in ["Baku", "Ganja"]
    not (answers.topics has "price") or quota_full

    condition = all-of { "or" all-of }          operand = name | number | "text" | 'text'
    all-of    = one { "and" one }               name    = answers.QUESTION | fields.COLUMN
    one       = "not" one | "(" condition ")"           | fields."A COLUMN" | a word of WORDS
              | operand [comparison]
    comparison = (== != < <= > >= has) operand | ["not"] "in" "[" operand { "," operand } "]"

A name that stands alone asks whether there is a value. Whether a condition holds may be unknown:
see `evaluate`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from campaigns.scripts.errors import BadExpression
from campaigns.scripts.values import Value, comparable, holds, is_equal, is_less

WORDS = ("name", "external_id", "list", "client", "campaign", "agent")
"""What is known of every call, beside the columns of its list."""
FLAG = "quota_full"
LENGTH_MAX = 1000
_DEPTH_MAX = 20
"""More than a person can follow; bounds the recursion here and in the browser."""
_COMPARISONS = ("==", "!=", "<=", ">=", "<", ">", "has")
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>-?[0-9]+(?:\.[0-9]+)?)(?![\w.])
  | (?P<text>"(?:[^"\\]|\\["\\])*"|'(?:[^'\\]|\\['\\])*')
  | (?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,|\.)
  | (?P<word>[^\W\d]\w*)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Name:
    """Something looked up: `kind` is answer, field, word or flag."""

    kind: str
    key: str

    def __str__(self) -> str:
        return {"answer": "answers.", "field": "fields."}.get(self.kind, "") + self.key


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out."""

    value: str | float


@dataclass(frozen=True, slots=True)
class Compare:
    """`sign` is one of == != < <= > >= has, or in, whose right side is several literals."""

    sign: str
    left: Name | Literal
    right: tuple[Name | Literal, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """There is a value."""

    name: Name


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class Joined:
    """`word` is "and" or "or"."""

    word: str
    parts: tuple["Expression", ...]


Expression = Compare | Given | Not | Joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What conditions and texts look at."""

    words: Mapping[str, str | None] = field(default_factory=dict)
    """By the names of `WORDS`, and "greeting" for texts."""
    fields: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    """By question, as they are stored."""
    quota_full: bool = False
    more_answers: bool = False
    """True before or within the interview: what is not answered is not known yet."""

    def look_up(self, name: Name) -> Value:
        """The value of a name; None when absent or empty."""
        match name.kind:
            case "answer":
                return comparable(self.answers.get(name.key))
            case "field":
                return self.fields.get(name.key) or None
            case _:
                return self.words.get(name.key) or None


def evaluate(expression: Expression, facts: Facts) -> bool | None:
    """Whether it holds; None when that hangs on a question that is still to be asked.

    With `more_answers` this is Kleene's logic of three values: true or unknown is true, false and
    unknown is false. Without, an absent answer compares as an absent column does: it is equal to
    nothing and less than nothing.
    """
    match expression:
        case Joined(word=word, parts=parts):
            decisive = word == "or"
            found = [evaluate(part, facts) for part in parts]
            if decisive in found:
                return decisive
            return None if None in found else not decisive
        case Not(part=part):
            inner = evaluate(part, facts)
            return None if inner is None else not inner
        case Given(name=name):
            if name.kind == "flag":
                return facts.quota_full
            if _is_open(name, facts):
                return None
            return facts.look_up(name) is not None
        case Compare(sign=sign, left=left, right=right):
            if any(isinstance(each, Name) and _is_open(each, facts) for each in (left, *right)):
                return None
            return _compare(sign, _value(left, facts), [_value(each, facts) for each in right])


def _is_open(name: Name, facts: Facts) -> bool:
    return facts.more_answers and name.kind == "answer" and facts.answers.get(name.key) is None


def _value(operand: Name | Literal, facts: Facts) -> Value:
    return operand.value if isinstance(operand, Literal) else facts.look_up(operand)


def _compare(sign: str, left: Value, right: list[Value]) -> bool:
    first = right[0]
    match sign:
        case "==":
            return is_equal(left, first)
        case "!=":
            return not is_equal(left, first)
        case "<":
            return is_less(left, first)
        case ">":
            return is_less(first, left)
        case "<=":
            return is_less(left, first) or is_equal(left, first)
        case ">=":
            return is_less(first, left) or is_equal(left, first)
        case "has":
            return holds(left, first)
        case _:
            return any(is_equal(left, each) for each in right)


def names_in(expression: Expression) -> Iterator[Name]:
    """Every name it looks up."""
    match expression:
        case Joined(parts=parts):
            for part in parts:
                yield from names_in(part)
        case Not(part=part):
            yield from names_in(part)
        case Given(name=name):
            yield name
        case Compare(left=left, right=right):
            yield from (each for each in (left, *right) if isinstance(each, Name))


def compares_in(expression: Expression) -> Iterator[Compare]:
    """Every comparison in it."""
    match expression:
        case Joined(parts=parts):
            for part in parts:
                yield from compares_in(part)
        case Not(part=part):
            yield from compares_in(part)
        case Compare():
            yield expression
        case Given():
            pass


def as_json(expression: Expression) -> list[Any]:
    """The tree for the browser: the first item says what it is."""
    match expression:
        case Joined(word=word, parts=parts):
            return [word, *(as_json(part) for part in parts)]
        case Not(part=part):
            return ["not", as_json(part)]
        case Given(name=name):
            return ["given", [name.kind, name.key]]
        case Compare(sign=sign, left=left, right=right):
            return [sign, *(_operand_json(each) for each in (left, *right))]


def _operand_json(operand: Name | Literal) -> list[Any]:
    if isinstance(operand, Literal):
        return ["value", operand.value]
    return [operand.kind, operand.key]


def parse_expression(text: str) -> Expression:
    """Read a condition. Raises BadExpression."""
    if len(text) > LENGTH_MAX:
        raise BadExpression(
            f"the condition has {len(text):,} characters; {LENGTH_MAX:,} are allowed"
        )
    reader = _Reader(text)
    found = reader.any_of(0)
    if reader.peek() is not None:
        raise reader.error("and, or, or the end of the condition")
    return found


class _Reader:
    """One pass over the tokens."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if found is None:
                rest = text[at:].strip()
                hint = "; equal is written ==" if rest.startswith("=") else ""
                raise BadExpression(f'in "{text}", "{rest[:20]}" cannot be read{hint}')
            kind = str(found.lastgroup)
            self._tokens.append((kind, found[kind]))
            at = found.end()
        self._at = 0

    def peek(self) -> str | None:
        """The next token."""
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def error(self, allowed: str) -> BadExpression:
        """An error at the next token."""
        token = self.peek()
        where = "at its end" if token is None else f'before "{token}"'
        return BadExpression(f'in "{self._text}", {where}, there must be {allowed}')

    def _take(self, *wanted: str) -> str | None:
        token = self.peek()
        if token is None or token not in wanted or self._tokens[self._at][0] == "text":
            return None
        self._at += 1
        return token

    def any_of(self, depth: int) -> Expression:
        """Parts joined by `or`."""
        if depth > _DEPTH_MAX:
            raise BadExpression(f'"{self._text[:40]}..." is nested more than {_DEPTH_MAX} deep')
        parts = [self._all_of(depth)]
        while self._take("or"):
            parts.append(self._all_of(depth))
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def _all_of(self, depth: int) -> Expression:
        parts = [self._one(depth)]
        while self._take("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def _one(self, depth: int) -> Expression:
        if depth > _DEPTH_MAX:
            raise BadExpression(f'"{self._text[:40]}..." is nested more than {_DEPTH_MAX} deep')
        if self._take("not"):
            return Not(self._one(depth + 1))
        if self._take("("):
            inner = self.any_of(depth + 1)
            if not self._take(")"):
                raise self.error('a closing ")"')
            return inner
        left = self._operand()
        if isinstance(left, Name) and left.kind == "flag":
            return Given(left)
        sign = self._take(*_COMPARISONS)
        if sign is not None:
            return Compare(sign, left, (self._operand(),))
        if self._take("in"):
            return Compare("in", left, self._several())
        if self._take("not"):
            if not self._take("in"):
                raise self.error('"in" after "not"')
            return Not(Compare("in", left, self._several()))
        if isinstance(left, Literal):
            raise self.error("a comparison: ==, !=, <, <=, >, >=, has or in")
        return Given(left)

    def _several(self) -> tuple[Name | Literal, ...]:
        if not self._take("["):
            raise self.error('a list such as ["yes", "maybe"]')
        found = [self._operand()]
        while self._take(","):
            found.append(self._operand())
        if not self._take("]"):
            raise self.error('a closing "]"')
        return tuple(found)

    def _operand(self) -> Name | Literal:
        if self._at >= len(self._tokens):
            raise self.error("a name or a value")
        kind, token = self._tokens[self._at]
        self._at += 1
        match kind:
            case "number":
                return Literal(float(token))
            case "text":
                return Literal(re.sub(r"\\(.)", r"\1", token[1:-1]))
            case "word" if token == FLAG:
                return Name("flag", token)
            case "word" if token in WORDS:
                return Name("word", token)
            case "word" if token in ("answers", "fields"):
                return self._dotted(token.removesuffix("s"))
        self._at -= 1
        known = ", ".join(("answers.QUESTION", "fields.COLUMN", *WORDS, FLAG))
        hint = f'; text stands in quotation marks, "{token}"' if kind == "word" else ""
        raise self.error(f"one of {known}, a number or a text{hint}")

    def _dotted(self, kind: str) -> Name:
        word = f"{kind}s"
        if not self._take(".") or self._at >= len(self._tokens):
            raise self.error(f'a dot and a name after "{word}", such as {word}.city')
        found, token = self._tokens[self._at]
        if found not in ("word", "text") or (found == "text" and kind == "answer"):
            raise self.error(f'a name after "{word}."')
        self._at += 1
        return Name(kind, token[1:-1] if found == "text" else token)
