"""Questions, and what may be answered to them.

An answer is plain JSON: a single choice is the choice's code or `{"other": "words"}`, several
choices are a list of these, scales and numbers are numbers, a day is "2026-03-02", text is text.
`{"no_answer": true}` is the answer of who would not say. The browser checks by the same rules
(dialer/desk/static/script.js), and the store by these: nothing is stored that they refuse.
"""

import enum
import math
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from campaigns.scripts.errors import BadAnswer
from campaigns.scripts.expressions import Expression
from campaigns.scripts.texts import Parts
from campaigns.scripts.values import DAY, NO_ANSWER, OTHER, SPACES

TEXT_LENGTH_MAX = 2000
NUMBER_MAX = 1e12
"""Exact in a float with the decimals a question may ask for."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""PostgreSQL stores no NUL, and halves of surrogate pairs are no text."""


@enum.unique
class Kind(enum.StrEnum):
    """Kinds of questions."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    SCALE = "scale"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"


@enum.unique
class Measure(enum.StrEnum):
    """Scales that have a figure of their own."""

    NPS = "nps"
    """0 to 10: promoters (9 and 10) less detractors (0 to 6)."""
    CSAT = "csat"
    """1 to 5: the share of 4 and 5."""


SCALES = {Measure.NPS: (0, 10), Measure.CSAT: (1, 5)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer to choose. `code` is stored, `label` is read."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What a text must look like: as it was written, and for Python."""

    source: str
    python: re.Pattern[str]
    hint: str = ""
    """For people: such as "five digits"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of a step."""

    id: str
    text: Parts
    kind: Kind
    line: int = 0
    is_required: bool = True
    choices: tuple[Choice, ...] = ()
    has_other: bool = False
    exclusive: tuple[str, ...] = ()
    """Choices that stand alone: "none of these"."""
    low: float | None = None
    """Least number, or choices of a multiple; ends of a scale."""
    high: float | None = None
    low_label: str = ""
    high_label: str = ""
    decimals: int = 0
    first_day: date | None = None
    last_day: date | None = None
    length_max: int = TEXT_LENGTH_MAX
    pattern: Pattern | None = None
    measure: Measure | None = None
    allows_no_answer: bool = False
    asks_again: bool = False
    """Also of somebody who answered it in an earlier call."""
    when: Expression | None = None

    def label_of(self, code: str) -> str:
        """A choice as people read it."""
        found = next((each.label for each in self.choices if each.code == code), None)
        return found or {OTHER: "Other", NO_ANSWER: "No answer"}.get(code, code)

    def words_of(self, answer: Any) -> str:
        """An answer as people read it."""
        match answer:
            case {"other": str(words)}:
                return words
            case {"forgotten": True}:
                return "(forgotten)"
            case dict():
                return self.label_of(NO_ANSWER)
            case list() | tuple():
                return ", ".join(self.words_of(each) for each in answer)
            case str():
                return self.label_of(answer) if self.choices or self.has_other else answer
            case _:
                return f"{answer:.6f}".rstrip("0").rstrip(".")


def check_answer(question: Question, answer: Any) -> Any:
    """The answer as it is stored. Raises BadAnswer."""
    if isinstance(answer, dict) and NO_ANSWER in answer:
        if answer != {NO_ANSWER: True} or not question.allows_no_answer:
            raise BadAnswer("no_answer", "An answer is needed here.")
        return answer
    match question.kind:
        case Kind.SINGLE:
            return _choice(question, answer)
        case Kind.MULTIPLE:
            return _choices(question, answer)
        case Kind.SCALE | Kind.NUMBER:
            return _number(question, answer)
        case Kind.DATE:
            return _day(question, answer)
        case Kind.TEXT:
            return _text(question, answer)


def _choice(question: Question, answer: Any) -> Any:
    if isinstance(answer, dict):
        if not question.has_other or set(answer) != {OTHER}:
            raise BadAnswer("choice", "Choose one of the answers.")
        return {OTHER: _words(answer[OTHER], question.length_max)}
    if not isinstance(answer, str) or all(each.code != answer for each in question.choices):
        raise BadAnswer("choice", "Choose one of the answers.")
    return answer


def _choices(question: Question, answer: Any) -> list[Any]:
    if not isinstance(answer, list):
        raise BadAnswer("choice", "Choose from the answers.")
    found = [_choice(question, each) for each in answer]
    codes = [OTHER if isinstance(each, dict) else each for each in found]
    if len(set(codes)) != len(codes):
        raise BadAnswer("twice", "Each answer can be chosen once.")
    if len(codes) > 1 and set(codes) & set(question.exclusive):
        alone = next(code for code in codes if code in question.exclusive)
        raise BadAnswer("alone", f'"{question.label_of(alone)}" stands alone.')
    least = 1 if question.low is None else question.low
    if len(codes) < least and not set(codes) & set(question.exclusive):
        raise BadAnswer("too_few", f"Choose at least {least:.0f}.")
    if question.high is not None and len(codes) > question.high:
        raise BadAnswer("too_many", f"Choose at most {question.high:.0f}.")
    return found


def _number(question: Question, answer: Any) -> float:
    is_number = isinstance(answer, int | float) and not isinstance(answer, bool)
    if not is_number or not math.isfinite(answer) or abs(answer) > NUMBER_MAX:
        raise BadAnswer("number", "Write a number.")
    scaled = float(answer) * 10**question.decimals
    if math.floor(scaled + 0.5) != scaled:
        what = f"at most {question.decimals} decimals" if question.decimals else "a whole number"
        raise BadAnswer("decimals", f"Write {what}.")
    low, high = question.low, question.high
    if (low is not None and answer < low) or (high is not None and answer > high):
        raise BadAnswer("range", f"The number must be {_range(low, high)}.")
    whole = float(answer).is_integer()
    return int(answer) if whole else float(answer)


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"{high:.15g} or less"
    return f"{low:.15g} or more" if high is None else f"from {low:.15g} to {high:.15g}"


def _day(question: Question, answer: Any) -> str:
    if not isinstance(answer, str) or not DAY.fullmatch(answer):
        raise BadAnswer("day", "Write a day, such as 2026-03-31.")
    try:
        day = date.fromisoformat(answer)
    except ValueError:
        raise BadAnswer("day", "There is no such day.") from None
    first, last = question.first_day, question.last_day
    if (first is not None and day < first) or (last is not None and day > last):
        begin = "" if first is None else f" from {first}"
        end = "" if last is None else f" to {last}"
        raise BadAnswer("range", f"The day must be{begin}{end}.")
    return answer


def _text(question: Question, answer: Any) -> str:
    words = _words(answer, question.length_max)
    pattern = question.pattern
    if pattern is not None and not pattern.python.fullmatch(words):
        raise BadAnswer("pattern", f"This must be {pattern.hint or pattern.source}.")
    return words


def _words(answer: Any, length_max: int) -> str:
    words = answer.strip(SPACES) if isinstance(answer, str) else ""
    if not words:
        raise BadAnswer("empty", "Write an answer.")
    if len(words) > length_max:
        raise BadAnswer("length", f"Write at most {length_max:,} characters.")
    if _UNSTORABLE.search(words):
        raise BadAnswer("characters", "The text has characters that cannot be stored.")
    return words
