"""How the answers to one question are distributed, with the interval each share has by chance."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.intervals import Z_95, wilson
from campaigns.scripts.questions import Kind, Measure, Question
from campaigns.scripts.texts import Blank
from campaigns.scripts.values import NO_ANSWER, comparable
from campaigns.surveys.interviews import Interview, is_forgotten

WORDS_SHOWN = 20
"""Of texts, those said most often; a file of all answers has the rest."""
BANDS_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One answer. The ratio and its interval of 95 % are of those who answered."""

    code: str
    label: str
    count: int
    ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """Of numbers and scales; `low` and `high` are the interval of 95 % of the mean."""

    value: float
    low: float
    high: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """NPS, from -1 to 1, or CSAT, from 0 to 1, with its interval of 95 %."""

    measure: Measure
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The answers to one question."""

    question: str
    text: str
    kind: Kind
    answered: int
    no_answer: int
    shares: tuple[Share, ...]
    """Of a question with several answers they may sum to more than 1."""
    mean: Mean | None = None
    score: Score | None = None


def distribution_of(question: Question, interviews: Iterable[Interview]) -> Distribution:
    """Count the answers of interviews to a question."""
    answers = [each.answers[question.id] for each in interviews if question.id in each.answers]
    words = [comparable(answer) for answer in answers]
    asked = [answer for answer, word in zip(answers, words, strict=True) if word != NO_ANSWER]
    numbers = [float(each) for each in asked if isinstance(each, int | float)]
    is_scale = question.kind is Kind.SCALE
    return Distribution(
        question=question.id,
        text=text_of(question),
        kind=question.kind,
        answered=len(asked),
        no_answer=len(answers) - len(asked),
        shares=tuple(_shares(question, asked)),
        mean=mean_of(numbers) if numbers and (is_scale or question.kind is Kind.NUMBER) else None,
        score=score_of(question.measure, numbers) if question.measure and numbers else None,
    )


def text_of(question: Question) -> str:
    """The question in one line, names in braces."""
    parts = [f"{{{each}}}" if isinstance(each, Blank) else each for each in question.text]
    return " ".join("".join(parts).split())


def categories_of(question: Question, answers: Sequence[Any]) -> list[tuple[str, str]]:
    """Code and label of what the answers fall into, in the order in which they are shown."""
    match question.kind:
        case Kind.SINGLE | Kind.MULTIPLE:
            found = [(each.code, each.label) for each in question.choices]
            known = {code for code, _ in found}
            seen = {code for answer in answers for code in codes_of(question, answer)}
            # An older version may have had choices that this one has not.
            return found + [(c, question.label_of(c)) for c in sorted(seen - known)]
        case Kind.SCALE:
            low, high = int(question.low or 0), int(question.high or 0)
            return [(str(point), str(point)) for point in range(low, high + 1)]
        case _:
            counted = Counter(code for each in answers for code in codes_of(question, each))
            if question.kind is Kind.NUMBER and len(counted) > BANDS_MAX:
                return []
            return [(code, code) for code, _ in counted.most_common(WORDS_SHOWN)]


def codes_of(question: Question, answer: Any) -> list[str]:
    """The categories one answer falls into; several for a question with several answers."""
    if is_forgotten(answer):
        return ["(forgotten)"]
    found = comparable(answer)
    if isinstance(found, tuple):
        return list(found)
    if found is None:
        return []
    return [found if isinstance(found, str) else f"{found:.15g}"]


def _shares(question: Question, answers: Sequence[Any]) -> Iterable[Share]:
    counted = Counter(code for each in answers for code in set(codes_of(question, each)))
    for code, label in categories_of(question, answers):
        count = counted[code]
        low, high = wilson(count, len(answers))
        ratio = count / len(answers) if answers else 0.0
        yield Share(code=code, label=label, count=count, ratio=ratio, low=low, high=high)


def mean_of(numbers: Sequence[float]) -> Mean:
    """The mean and its interval by the normal distribution, from one number on."""
    size = len(numbers)
    mean = math.fsum(numbers) / size
    spread = math.fsum((each - mean) ** 2 for each in numbers) / (size - 1) if size > 1 else 0.0
    half = Z_95 * math.sqrt(spread / size)
    return Mean(
        value=mean, low=mean - half, high=mean + half, least=min(numbers), most=max(numbers)
    )


def score_of(measure: Measure, numbers: Sequence[float]) -> Score:
    """NPS or CSAT.

    NPS is a mean of +1, 0 and -1, so its variance is (p + d) - (p - d)^2, with the shares of
    promoters and detractors; the interval is the normal one, cut at the ends of the scale. CSAT is
    a share, with Wilson's.
    """
    size = len(numbers)
    if measure is Measure.CSAT:
        content = sum(each >= 4 for each in numbers)
        low, high = wilson(content, size)
        return Score(measure=measure, value=content / size, low=low, high=high)
    promoters = sum(each >= 9 for each in numbers) / size
    detractors = sum(each <= 6 for each in numbers) / size
    value = promoters - detractors
    half = Z_95 * math.sqrt(max(0.0, promoters + detractors - value * value) / size)
    return Score(
        measure=measure, value=value, low=max(-1.0, value - half), high=min(1.0, value + half)
    )
