"""Conditions and texts: what can be written, what it means, and what is said of mistakes."""

import pytest

from campaigns.scripts.errors import BadExpression, BadText
from campaigns.scripts.expressions import Facts, evaluate, parse_expression
from campaigns.scripts.texts import parse_text, plain, render

FACTS = Facts(
    words={"name": "Leyla", "client": "Acme"},
    fields={"city": "Baku", "age": " 34 ", "Postal code": "AZ1000", "since": "2024-05-01"},
    answers={
        "topics": ["price", {"other": "speed"}],
        "bank": {"other": "Mine"},
        "nps": 9,
        "refused": {"no_answer": True},
        "day": "2026-03-01",
    },
    quota_full=True,
)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("fields.city == 'Baku'", True),
        ('fields.city != "Baku"', False),
        ("fields.age >= 34 and fields.age < 35", True),
        ("fields.age == 34", True),
        ("fields.age == '34'", False),
        ('fields."Postal code" == "AZ1000"', True),
        ("fields.nothing == ''", False),
        ("fields.nothing != 'x'", True),
        ("fields.nothing < 5 or fields.nothing >= 5", False),
        ("fields.nothing", False),
        ("fields.city", True),
        ("fields.since < '2025-01-01'", True),
        ("fields.city < 'Zagreb'", False),
        ("answers.topics has 'price'", True),
        ("answers.topics has 'other' and not (answers.topics has 'speed')", True),
        ("answers.bank == 'other'", True),
        ("answers.nps in [9, 10]", True),
        ("answers.nps not in [9, 10]", False),
        ("answers.refused == 'no_answer'", True),
        ("answers.refused <= 6", False),
        ("answers.day > '2026-02-28'", True),
        ("answers.unasked", False),
        ("quota_full and client == 'Acme'", True),
        ("fields.city == 'Ganja' or fields.city == 'Baku' and answers.nps == 9", True),
        ("not fields.city == 'Baku'", False),
    ],
)
def test_a_condition_says_of_a_call(condition: str, expected: bool) -> None:
    assert evaluate(parse_expression(condition), FACTS) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("answers.unasked == 1", None),
        ("fields.city == 'Ganja' and answers.unasked == 1", False),
        ("fields.city == 'Baku' or answers.unasked == 1", True),
        ("not (answers.unasked has 'x')", None),
        ("answers.unasked", None),
        ("answers.nps == 9", True),
    ],
)
def test_what_hangs_on_a_question_still_to_be_asked_is_not_known(
    condition: str, expected: bool | None
) -> None:
    facts = Facts(fields=FACTS.fields, answers=FACTS.answers, more_answers=True)
    assert evaluate(parse_expression(condition), facts) is expected


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("fields.city = 'Baku'", "equal is written =="),
        ("city == 'Baku'", 'text stands in quotation marks, "city"'),
        ("answers.age >", "at its end, there must be a name or a value"),
        ("answers.age > 3 answers.age", 'before "answers", there must be and, or'),
        ("'Baku'", "there must be a comparison"),
        ("(answers.age > 3", 'a closing "\\)"'),
        ("answers.age in 3", 'a list such as \\["yes"'),
        ("answers", "a dot and a name"),
        ("__import__('os').system('x')", "cannot be read|there must be one of"),
        ("not " * 30 + "quota_full", "nested more than 20 deep"),
        ("answers.a == 1 or " * 80 + "quota_full", "1,000 are allowed"),
    ],
)
def test_a_condition_that_cannot_be_read_says_where_and_what_is_allowed(
    condition: str, said: str
) -> None:
    with pytest.raises(BadExpression, match=said):
        parse_expression(condition)


def test_a_text_is_filled_in_as_data_with_what_is_missing_marked() -> None:
    parts = parse_text("{{{name}}}: {fields.city}, {fields.street|your street}, {fields.x}.")
    pieces = render(parts, FACTS, lambda key: None)
    assert [(each.kind, each.text) for each in pieces] == [
        ("text", "{"), ("value", "Leyla"), ("text", "}: "), ("value", "Baku"), ("text", ", "),
        ("fallback", "your street"), ("text", ", "), ("missing", "fields.x"), ("text", "."),
    ]  # fmt: skip
    assert plain(pieces).endswith("your street, [fields.x].")


@pytest.mark.parametrize("text", ["Hello {name", "Hello name}", "Hello {nme}", "{fields.}"])
def test_a_text_with_braces_that_mean_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadText):
        parse_text(text)
