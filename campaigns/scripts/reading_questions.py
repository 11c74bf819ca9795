"""The questions of a script file."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Protocol

from campaigns.campaign_table import Table, shown
from campaigns.scripts.expressions import Expression
from campaigns.scripts.patterns import read_pattern
from campaigns.scripts.questions import (
    NUMBER_MAX,
    SCALES,
    TEXT_LENGTH_MAX,
    Choice,
    Kind,
    Measure,
    Pattern,
    Question,
)
from campaigns.scripts.texts import Parts
from campaigns.scripts.values import NO_ANSWER, OTHER

ID_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,39}")
CHOICES_MAX = 60
SCALE_POINTS_MAX = 21
LABEL_LENGTH_MAX = 200


class _Prose(Protocol):
    def __call__(self, table: Table, key: str, *, is_required: bool = False) -> Parts: ...


def read_question(
    table: Table,
    line: int,
    *,
    prose: _Prose,
    condition: Callable[[Table, str], Expression | None],
) -> Question:
    """Read one question. Raises CampaignFileError."""
    if table.has("next"):
        raise table.error(
            "next",
            "belongs to the step, and TOML counts it to the question above; write it before the "
            "step's first [[steps.questions]]",
        )
    kind, measure = _kind(table)
    question = Question(
        id=table.text(
            "id",
            allowed="small letters, digits and _, beginning with a letter, such as satisfaction",
            check=lambda word: ID_PATTERN.fullmatch(word) is not None,
        ),
        text=prose(table, "text", is_required=True),
        kind=kind,
        measure=measure,
        line=line,
        is_required=table.flag("required") is not False,
        allows_no_answer=table.flag("no_answer") or False,
        asks_again=table.flag("ask_again") or False,
        when=condition(table, "when"),
        **_kind_of(table, kind, measure),
    )
    table.refuse_unknown_keys()
    return question


def _kind(table: Table) -> tuple[Kind, Measure | None]:
    word = table.take("kind")
    if word in tuple(Measure):
        return Kind.SCALE, Measure(word)
    if word not in tuple(Kind):
        words = ", ".join((*Kind, *Measure))
        said = "is missing" if word is None else f"is {shown(word)}"
        raise table.error("kind", f"{said}; it must be one of {words}")
    return Kind(word), None


def _kind_of(table: Table, kind: Kind, measure: Measure | None) -> dict[str, Any]:
    match kind:
        case Kind.SINGLE | Kind.MULTIPLE:
            return _choices(table, kind)
        case Kind.SCALE:
            return _scale(table, measure)
        case Kind.NUMBER:
            low, high = _bound(table, "min"), _bound(table, "max")
            if low is not None and high is not None and low > high:
                raise table.error("min", f"is {low:g}, which is over max, {high:g}; swap them")
            return {
                "low": low,
                "high": high,
                "decimals": table.whole("decimals", low=0, high=6) or 0,
            }
        case Kind.DATE:
            first, last = _day(table, "min"), _day(table, "max")
            if first is not None and last is not None and first > last:
                raise table.error("min", f"is {first}, which is after max, {last}; swap them")
            return {"first_day": first, "last_day": last}
        case Kind.TEXT:
            most = table.whole("max", low=1, high=TEXT_LENGTH_MAX) or TEXT_LENGTH_MAX
            return {"length_max": most, "pattern": _pattern(table)}


def _choices(table: Table, kind: Kind) -> dict[str, Any]:
    allowed = 'a list such as ["Yes", "No"], or [{ code = "yes", label = "Yes" }]'
    value = table.take("choices")
    if not isinstance(value, list) or not value or len(value) > CHOICES_MAX:
        said = "are missing" if value is None else f"are {shown(value)}"
        raise table.error("choices", f"{said}; they must be 1 to {CHOICES_MAX}, {allowed}")
    choices: list[Choice] = []
    for each in value:
        choice = _choice(each)
        if choice is None:
            raise table.error("choices", f"hold {shown(each)}; each is a text, or {allowed}")
        if any(choice.code == other.code for other in choices):
            raise table.error("choices", f'hold the code "{choice.code}" twice; give one another')
        choices.append(choice)
    codes = [choice.code for choice in choices]
    found: dict[str, Any] = {
        "choices": tuple(choices),
        "has_other": table.flag("other") or False,
        "length_max": 200,
    }
    if kind is Kind.MULTIPLE:
        exclusive = table.texts("exclusive", allowed="a list of codes of choices")
        for code in exclusive:
            if code not in codes:
                known = ", ".join(codes)
                raise table.error("exclusive", f'holds "{code}"; the codes are {known}')
        most = len(choices) + found["has_other"]
        low, high = table.whole("min", low=0, high=most), table.whole("max", low=1, high=most)
        if low is not None and high is not None and low > high:
            raise table.error("min", f"is {low}, which is over max, {high}; swap them")
        found |= {"exclusive": exclusive, "low": low, "high": high}
    return found


def _choice(value: object) -> Choice | None:
    match value:
        case str():
            # The code of a label is its letters and digits, in the letters it is written in.
            code = re.sub(r"\W+", "_", value.strip().lower()).strip("_")
            label = value.strip()
        case {"code": str(code), "label": str(label), **rest} if not rest:
            pass
        case Mapping():
            return None
        case _:
            return None
    is_good = bool(code) and re.fullmatch(r"\w{1,40}", code) and 0 < len(label) <= LABEL_LENGTH_MAX
    return Choice(code=code, label=label) if is_good and code not in (OTHER, NO_ANSWER) else None


def _scale(table: Table, measure: Measure | None) -> dict[str, Any]:
    if measure is not None:
        low, high = SCALES[measure]
    else:
        first, last = table.whole("min", low=-100, high=100), table.whole("max", low=-100, high=100)
        low, high = 1 if first is None else first, 5 if last is None else last
        if not low < high < low + SCALE_POINTS_MAX:
            raise table.error(
                "max", f"is {high} and min is {low}; a scale has 2 to {SCALE_POINTS_MAX} points"
            )
    return {
        "low": float(low),
        "high": float(high),
        "low_label": table.text("low_label", ""),
        "high_label": table.text("high_label", ""),
    }


def _bound(table: Table, key: str) -> float | None:
    if not table.has(key):
        return None
    return table.number(key, 0.0, low=-NUMBER_MAX, high=NUMBER_MAX)


def _day(table: Table, key: str) -> date | None:
    value = table.take(key)
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            value = str(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise table.error(key, f"is {shown(value)}; it must be a day, such as 2026-03-31")
    return value


def _pattern(table: Table) -> Pattern | None:
    source = table.take("pattern")
    hint = table.text("pattern_hint", "")
    if source is None:
        return None
    if not isinstance(source, str) or not source:
        raise table.error("pattern", f'is {shown(source)}; it must be a text such as "[0-9]{{5}}"')
    try:
        return read_pattern(source, hint)
    except ValueError as error:
        raise table.error(
            "pattern", f"{error}; see docs/scripts.md for what a pattern is"
        ) from error
