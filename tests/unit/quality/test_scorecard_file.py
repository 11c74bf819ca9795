"""Scorecard files: read, written back the same, and refused with the key and the way out."""

import tomllib
from pathlib import Path

import pytest

from campaigns.quality.scorecard_file import (
    ScorecardFileError,
    parse_scorecard,
    read_scorecard_file,
    scorecard_document,
)
from campaigns.quality.scorecards import Fatal

EXAMPLE = Path(__file__).parents[3] / "examples" / "scorecards" / "telesales.toml"
SMALL = """
name = "small"
client = "Acme"
title = "Small"
pass_mark = 80
[sample]
calls_per_week = 2
[[sections]]
name = "One"
[[sections.items]]
key = "a"
text = "Said a"
"""


def test_the_example_is_a_whole_scorecard() -> None:
    card = read_scorecard_file(EXAMPLE)
    assert sum(item.weight for item in card.items) == 100
    assert {item.key for item in card.items if item.fatal is Fatal.FAIL} == {"pressure", "terms"}
    assert [each.calls for each in card.sample.strata] == [2, 1]
    assert parse_scorecard(scorecard_document(card), source="again") == card


@pytest.mark.parametrize(
    ("changed", "to", "said"),
    [
        ("pass_mark = 80", "", "pass_mark: is missing"),
        ("pass_mark = 80", "pass_mark = 101", "pass_mark: is 101; it must be a whole number"),
        ('name = "small"', 'name = "Not so"', 'name: is "Not so"; it must be 1 to 64 of a-z'),
        ('text = "Said a"', 'text = "Said a"\nwieght = 3', 'did you mean "weight"?'),
        ('text = "Said a"', 'text = "a"\nscale = "yes"', 'scale: is "yes"; it must be one of'),
        ('text = "Said a"', 'text = "a"\nweight = 0', "has weight 0 in every item"),
        ('key = "a"', 'key = "A b"', "sections[1].items[1].key"),
        ('[[sections.items]]\nkey = "a"\ntext = "Said a"', "", "has no items"),
        (
            "calls_per_week = 2",
            'calls_per_week = 2\n[[sample.strata]]\nname = "s"\nkinds = ["sale"]\ncalls = 3',
            "want 3 calls together; calls_per_week is 2",
        ),
        (
            "calls_per_week = 2",
            'calls_per_week = 2\n[[sample.strata]]\nname = "s"\nkinds = ["sold"]',
            "it must be a list of kinds of dispositions: sale",
        ),
        ("calls_per_week = 2", 'time_zone = "Lisbon"', "it must be a time zone such as"),
    ],
)
def test_a_mistake_is_told_with_its_key_and_what_is_allowed(
    changed: str, to: str, said: str
) -> None:
    text = SMALL.replace(changed, to)
    assert text != SMALL
    with pytest.raises(ScorecardFileError) as error:
        parse_scorecard(tomllib.loads(text), source="small.toml")
    assert str(error.value).startswith("small.toml: ")
    assert said in str(error.value)


def test_an_item_twice_is_refused_over_all_sections() -> None:
    text = SMALL + '[[sections]]\nname = "Two"\n[[sections.items]]\nkey = "a"\ntext = "b"\n'
    with pytest.raises(ScorecardFileError, match='has the key "a" twice'):
        parse_scorecard(tomllib.loads(text), source="small.toml")
