"""The quoting of originate strings, as measured on a real switch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freeswitch.fake.applications import parse_inline
from freeswitch.fake.quoting import (
    UsageError,
    block_variables,
    cut_block,
    parse_originate,
    split,
    split_blank,
)


@pytest.mark.parametrize(
    ("block", "variables"),
    [
        ("{^^:a=1:name=Doe,John:x=1}", {"a": "1", "name": "Doe,John", "x": "1"}),
        (r"{name=Doe\,John}", {"name": "Doe,John"}),
        ("{name='Doe, John',b=1}", {"name": "Doe", "b": "1"}),
        ("{n=O'Brien,c=D'Arcy,b=1}", {"n": "OBrien", "c": "DArcy", "b": "1"}),
        (r"{quote=\'x\'}", {"quote": "x"}),
        (
            r"{run=sched_hangup\s+7200\sALLOTTED_TIMEOUT}",
            {"run": "sched_hangup +7200 ALLOTTED_TIMEOUT"},
        ),
        (r"{codecs=PCMU\,PCMA}", {"codecs": "PCMU,PCMA"}),
        ("{note=^^:a=1:b}", {"note": "^^:a=1:b"}),
        ("{name=ƏliyevMərkəzi}", {"name": "ƏliyevMərkəzi"}),
        ("{a=1}{b=2}", {"a": "1", "b": "2"}),
        ("{a=1}[b=2]", {"a": "1", "b": "2"}),
        ("{bad=${system},good=1}", {"good": "1"}),
        ("{nothing,good=1}", {"good": "1"}),
    ],
)
def test_variables_survive_the_passes_as_on_the_real_switch(
    block: str, variables: dict[str, str]
) -> None:
    assert parse_originate(f"{block}sofia/gateway/pstn/100 &park()").variables == variables


def test_an_unbalanced_quote_swallows_the_rest() -> None:
    with pytest.raises(UsageError, match="2 to 7"):
        parse_originate("{name=O'Brien}sofia/gateway/pstn/100 &park()")


def test_a_block_that_never_closes_is_refused() -> None:
    with pytest.raises(UsageError, match="no closing }"):
        parse_originate("{a=1 &park()")


def test_the_application_and_its_dialplan_are_words_of_their_own() -> None:
    wanted = parse_originate("{a=1}sofia/gateway/g/9 'detect_audio:300 3 2000,park' inline")
    assert (wanted.endpoint, wanted.dialplan) == ("sofia/gateway/g/9", "inline")
    assert parse_inline(wanted.application) == [("detect_audio", "300 3 2000"), ("park", "")]


def test_the_positional_timeout_is_sixty_seconds_unless_given() -> None:
    assert parse_originate("x &park()").timeout_seconds == 60
    assert parse_originate("x &park() XML default name number 25").timeout_seconds == 25


def test_an_inline_dialplan_may_name_another_separator() -> None:
    assert parse_inline("m:^:set:a=1,2^park") == [("set", "a=1,2"), ("park", "")]


def test_a_nested_block_ends_at_its_own_bracket() -> None:
    assert cut_block("{a={b}}rest", "{", "}") == ("a={b}", "rest")


@given(st.text(max_size=60))
def test_any_text_is_either_taken_apart_or_refused(text: str) -> None:
    try:
        wanted = parse_originate(text)
    except UsageError:
        return
    assert wanted.endpoint == wanted.endpoint.lstrip(" ")


_PLAIN = st.text(alphabet="abcXYZ019._+:/@-", min_size=1, max_size=8)


@given(st.dictionaries(_PLAIN, _PLAIN, max_size=5))
def test_values_of_the_safe_alphabet_come_through_unchanged(variables: dict[str, str]) -> None:
    block = ",".join(f"{name}={value}" for name, value in variables.items())
    assert block_variables(block) == variables
    assert parse_originate(f"{{{block}}}user/1 &park()").variables == variables


@given(st.lists(_PLAIN, min_size=1, max_size=6))
def test_words_without_quotes_are_split_at_every_delimiter(words: list[str]) -> None:
    assert split(",".join(words), ",") == words
    assert split_blank("  ".join(words)) == words
