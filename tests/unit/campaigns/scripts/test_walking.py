"""The walk: every sequence of answers asks on or ends, and the trail is enough to come back."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.scripts.errors import BadAnswer
from campaigns.scripts.expressions import Facts
from campaigns.scripts.following import Visit, follow
from campaigns.scripts.patterns import read_pattern
from campaigns.scripts.questions import Choice, Kind, Question, check_answer
from campaigns.scripts.quotas import cells_of
from campaigns.scripts.script import End
from campaigns.scripts.texts import plain
from campaigns.scripts.walking import Walk
from tests.support.scripted_answers import any_talk
from tests.support.scripted_talk import call, example, small, walk_on


def test_a_walk_asks_in_turn_and_ends() -> None:
    stand = Walk(small()).stand(call(), ())
    assert plain(stand.text) == "Good day, Anar for Acme. Is this Leyla of Baku?"
    assert walk_on(small(), call()).asked[0].problem == "required"
    end = walk_on(small(), call(age=30, nps=10))
    assert (end.place, end.trail, end.progress) == ("done", ("opening", "age", "score"), 1.0)
    assert walk_on(small(), call(age=12)).place == "young"


def test_a_condition_shows_a_question_and_a_changed_answer_changes_the_way() -> None:
    assert [a.question.id for a in walk_on(small(), call(age=30)).asked] == ["nps"]
    walk = Walk(small())
    low = walk.stand(call(age=30, nps=3), ("opening", "age"))
    assert [each.question.id for each in low.asked] == ["nps", "why"]
    back = walk.stand(call(age=12, nps=3), ("opening", "age", "score"))
    assert (back.place, back.trail) == ("young", ("opening", "age"))


def test_what_was_answered_before_is_not_asked_again() -> None:
    talk = replace(call(), earlier={"age": 40})
    stand = walk_on(small(), talk)
    assert (stand.place, stand.skipped) == ("score", ("age",))
    survey = example("service_survey")
    again = replace(call(), earlier={"takes_part": "yes", "age": 40})
    stand = walk_on(survey, again)
    assert (stand.place, stand.asked[0].answer) == ("opening", None)


def test_an_objection_may_lead_elsewhere_and_nothing_else_may() -> None:
    walk = Walk(small())
    assert walk.stand(call(), ("opening", "age>young")).place == "young"
    assert walk.stand(call(), ("opening", "age>done")).place == "age"
    ((objection, text),) = walk.objections(call())
    assert (objection.to, plain(text)) == ("young", "It takes one minute, Leyla.")


def test_a_full_quota_brings_the_interview_to_its_polite_end() -> None:
    walk = Walk(small())
    talk = replace(call(age=30), full=frozenset(["women in Baku"]))
    stand = walk.stand(talk, ("opening", "age"))
    assert stand.quota_full and walk.leave(stand) == "score>enough"
    assert walk.stand(talk, (*stand.trail, walk.leave(stand))).place == "enough"
    men = replace(call(), fields={"sex": "M"}, full=frozenset(["grown men"]))
    assert not walk.stand(men, ()).quota_full
    assert walk.stand(replace(men, answers={"age": 30}), ()).quota_full


def test_where_only_cells_count_everybody_outside_of_open_ones_is_full() -> None:
    survey = example("service_survey")
    every = frozenset(each.name for each in survey.quotas)
    walk = Walk(survey)
    assert not walk.stand(call(), ()).quota_full
    assert walk.stand(replace(call(), full=every), ()).quota_full
    no_women = replace(call(), full=frozenset(n for n in every if n.startswith("women")))
    assert walk.stand(no_women, ()).quota_full
    facts = Facts(fields={"sex": "F", "city": "Baku"}, answers={"age": 44})
    assert cells_of(survey, facts) == ("women 18-44 in Baku",)


@pytest.mark.parametrize("name", ["term_deposit", "service_survey"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_answers_end_or_ask_on(name: str, data: st.DataObject) -> None:
    script = example(name)
    talk, trail = data.draw(any_talk(script))
    walk = Walk(script)
    stand = walk.stand(talk, trail)
    assert stand.trail == tuple(trail[: len(stand.trail)])
    assert walk.stand(talk, stand.trail).place == stand.place
    assert 0 <= stand.progress <= 1
    assert stand.is_end == isinstance(script.place(stand.place), End)
    assert stand.is_end or stand.may_go_on or any(each.problem for each in stand.asked)
    if stand.may_go_on:
        after = walk.stand(talk, (*stand.trail, walk.leave(stand)))
        assert len(after.trail) == len(stand.trail) + 1


def question(kind: Kind, **more: Any) -> Question:
    return Question(id="q", text=("?",), kind=kind, **more)


YES_NO = (Choice(code="yes", label="Yes"), Choice(code="no", label="No"))


@pytest.mark.parametrize(
    ("asked", "answer", "code"),
    [
        (question(Kind.SINGLE, choices=YES_NO), "maybe", "choice"),
        (question(Kind.SINGLE, choices=YES_NO), {"other": "x"}, "choice"),
        (question(Kind.SINGLE, choices=YES_NO, has_other=True), {"other": "  "}, "empty"),
        (question(Kind.MULTIPLE, choices=YES_NO), ["yes", "yes"], "twice"),
        (question(Kind.MULTIPLE, choices=YES_NO), [], "too_few"),
        (question(Kind.MULTIPLE, choices=YES_NO, high=1), ["yes", "no"], "too_many"),
        (question(Kind.MULTIPLE, choices=YES_NO, exclusive=("no",)), ["yes", "no"], "alone"),
        (question(Kind.SCALE, low=0, high=10), 11, "range"),
        (question(Kind.SCALE, low=0, high=10), True, "number"),
        (question(Kind.NUMBER), 1.5, "decimals"),
        (question(Kind.NUMBER), float("nan"), "number"),
        (question(Kind.DATE), "2026-02-30", "day"),
        (question(Kind.TEXT), "a\x00b", "characters"),
        (question(Kind.TEXT, length_max=3), "abcd", "length"),
        (question(Kind.TEXT, pattern=read_pattern("[0-9]{4}")), "12345", "pattern"),
        (question(Kind.TEXT), {"no_answer": True}, "no_answer"),
    ],
)
def test_what_a_question_does_not_allow_is_refused(asked: Question, answer: Any, code: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        check_answer(asked, answer)
    assert caught.value.code == code


def test_answers_are_stored_in_one_form() -> None:
    assert check_answer(question(Kind.NUMBER, decimals=2), 10.0) == 10
    assert check_answer(question(Kind.TEXT), " two \n") == "two"
    other = question(Kind.MULTIPLE, choices=YES_NO, has_other=True)
    assert check_answer(other, ["yes", {"other": " a "}]) == ["yes", {"other": "a"}]


@pytest.mark.parametrize("pattern", ["(a+)+", "[0-9", "a**", "(?=x)", "\\bx", "(a)\\1", "^a$"])
def test_patterns_that_a_browser_reads_otherwise_or_never_ends_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        read_pattern(pattern)


def test_following_a_script_is_measured() -> None:
    script = small()
    whole = follow(script, [Visit(step=s, seconds=5.0) for s in ("opening", "age", "score")])
    assert (whole.required, whole.required_seen, whole.is_in_order) == (1, 1, True)
    assert whole.coverage_ratio == 1.0
    half = follow(script, [Visit(step="opening", seconds=9.0), Visit(step="opening", seconds=None)])
    assert half.seconds == {"opening": 9.0}
    assert half.coverage_ratio == pytest.approx(1 / 2)
    jumped = follow(script, [Visit(step="score", seconds=1.0)])
    assert (jumped.required_seen, jumped.is_in_order) == (0, False)
    back = [Visit(step=s, seconds=1.0) for s in ("opening", "age", "opening", "age", "score")]
    assert follow(script, back).is_in_order
