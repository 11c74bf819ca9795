"""The score of a call, from the answers to a scorecard. Exact: no float decides who has passed.

An item earns its weight times the share of its answer. What did not apply leaves the sum on both
sides, so the other items weigh more. total = earned ÷ weights of what applied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from campaigns.quality.scorecards import NOT_APPLICABLE, Fatal, Item, Scorecard


class BadAnswers(ValueError):  # noqa: N818 - the name is the sentence
    """Answers that the scorecard does not take; the text is one sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionScore:
    """One section by itself; fatal items do nothing here."""

    name: str
    total: Fraction | None
    """None when nothing of it applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What the answers come to."""

    total: Fraction | None
    """0 to 1; None when nothing that has a weight applied."""
    earned: Fraction | None
    """The total as it was before any fatal item."""
    has_passed: bool | None
    """None when there is no total and nothing was fatal."""
    fatal: tuple[str, ...]
    """Keys of the fatal items that were answered with the worst."""
    sections: tuple[SectionScore, ...]


def missing(card: Scorecard, answers: Mapping[str, str]) -> tuple[Item, ...]:
    """Items without an answer, in order."""
    return tuple(item for item in card.items if item.key not in answers)


def check_answers(card: Scorecard, answers: Mapping[str, str]) -> None:
    """Raise BadAnswers for an item that is not there or an answer that it does not take."""
    for key, answer in answers.items():
        item = card.item(key)
        if item is None:
            raise BadAnswers(f"The scorecard '{card.name}' has no item '{key}'.")
        if answer not in item.answers:
            raise BadAnswers(
                f"'{answer}' is no answer to '{key}'; it takes {', '.join(item.answers)}."
            )


def score(card: Scorecard, answers: Mapping[str, str]) -> Score:
    """The score of these answers; items without one count as not applicable, as in a draft.

    Raises BadAnswers.
    """
    check_answers(card, answers)
    earned = _ratio(card.items, answers)
    worst = {
        item.key: item.fatal
        for item in card.items
        if item.fatal is not Fatal.NO and answers.get(item.key) == item.scale.answers[0]
    }
    total = Fraction(0) if Fatal.ZERO in worst.values() else earned
    if worst:
        has_passed: bool | None = False
    else:
        has_passed = None if total is None else total >= card.pass_mark
    return Score(
        total=total,
        earned=earned,
        has_passed=has_passed,
        fatal=tuple(worst),
        sections=tuple(
            SectionScore(name=section.name, total=_ratio(section.items, answers))
            for section in card.sections
        ),
    )


def _ratio(items: Sequence[Item], answers: Mapping[str, str]) -> Fraction | None:
    applied = [item for item in items if answers.get(item.key, NOT_APPLICABLE) != NOT_APPLICABLE]
    weights = sum(item.weight for item in applied)
    if weights == 0:
        return None
    return sum(
        (item.weight * item.scale.share(answers[item.key]) for item in applied), Fraction(0)
    ) / Fraction(weights)


def percent(total: Fraction | None) -> Decimal | None:
    """For people: percent with one decimal, halves to the even digit. Nothing is decided by it."""
    if total is None:
        return None
    exact = Decimal(total.numerator * 100) / Decimal(total.denominator)
    return exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN)
