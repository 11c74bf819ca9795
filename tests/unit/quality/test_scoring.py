"""Scores: exact, renormalised over what applied, and undone by a fatal item."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.quality.scorecards import NOT_APPLICABLE, Fatal, Item, Scale, Scorecard, Section
from campaigns.quality.scoring import BadAnswers, check_answers, missing, percent, score


def card(*items: Item, pass_mark: Fraction = Fraction(8, 10)) -> Scorecard:
    sections = tuple(Section(name=f"s{i}", items=(item,)) for i, item in enumerate(items))
    return Scorecard(name="c", client="Acme", title="C", pass_mark=pass_mark, sections=sections)


items = st.builds(
    Item,
    key=st.just("?"),
    text=st.just("?"),
    scale=st.sampled_from(Scale),
    weight=st.integers(0, 1000),
    fatal=st.sampled_from(Fatal),
    may_not_apply=st.just(True),
)


@st.composite
def answered(draw: st.DrawFn) -> tuple[Scorecard, dict[str, str]]:
    found = [
        Item(
            key=f"i{index}", text="?", scale=each.scale, weight=each.weight, fatal=each.fatal,
            may_not_apply=True,
        )
        for index, each in enumerate(draw(st.lists(items, min_size=1, max_size=12)))
    ]  # fmt: skip
    whole = card(*found, pass_mark=Fraction(draw(st.integers(0, 100)), 100))
    return whole, {each.key: draw(st.sampled_from(each.answers)) for each in found}


@given(answered())
def test_the_total_is_the_mean_of_what_applied_by_weight(
    given_: tuple[Scorecard, dict[str, str]],
) -> None:
    whole, answers = given_
    done = score(whole, answers)
    # The same in whole numbers: a yes is 4 quarters of its weight, a 2 is one.
    quarters = {"no": 0, "yes": 4, "1": 0, "2": 1, "3": 2, "4": 3, "5": 4}
    applied = [i for i in whole.items if answers[i.key] != NOT_APPLICABLE]
    weights = sum(i.weight for i in applied)
    earned = sum(i.weight * quarters[answers[i.key]] for i in applied)
    assert done.earned == (None if weights == 0 else Fraction(earned, 4 * weights))
    assert done.total is None or 0 <= done.total <= 1


@given(answered())
def test_an_item_that_does_not_apply_changes_nothing_as_if_it_were_not_there(
    given_: tuple[Scorecard, dict[str, str]],
) -> None:
    whole, answers = given_
    left = [i for i in whole.items if answers[i.key] != NOT_APPLICABLE]
    if left:
        smaller = score(
            card(*left, pass_mark=whole.pass_mark), {i.key: answers[i.key] for i in left}
        )
        done = score(whole, answers)
        assert (done.total, done.has_passed, done.fatal) == (
            smaller.total, smaller.has_passed, smaller.fatal,
        )  # fmt: skip


@given(answered())
def test_a_fatal_item_answered_with_the_worst_fails_the_call_and_nothing_else_does(
    given_: tuple[Scorecard, dict[str, str]],
) -> None:
    whole, answers = given_
    done = score(whole, answers)
    fatal = {
        i.key: i.fatal
        for i in whole.items
        if i.fatal is not Fatal.NO and answers[i.key] in {"no", "1"}
    }
    assert set(done.fatal) == set(fatal)
    if Fatal.ZERO in fatal.values():
        assert done.total == 0
    else:
        assert done.total == done.earned
    if fatal:
        assert done.has_passed is False
    elif done.total is None:
        assert done.has_passed is None
    else:
        assert done.has_passed is (done.total >= whole.pass_mark)


@given(answered(), st.integers(1, 7))
def test_weights_times_a_number_give_the_same_total(
    given_: tuple[Scorecard, dict[str, str]], times: int
) -> None:
    whole, answers = given_
    scaled = card(
        *(
            Item(key=i.key, text=i.text, scale=i.scale, weight=i.weight * times, fatal=i.fatal,
                 may_not_apply=True)
            for i in whole.items
        ),
        pass_mark=whole.pass_mark,
    )  # fmt: skip
    assert score(scaled, answers) == score(whole, answers)


def test_the_pass_mark_itself_passes_where_a_float_would_not_know() -> None:
    thirds = [Item(key=f"i{n}", text="?", weight=7) for n in range(10)]
    answers = {f"i{n}": "yes" if n < 7 else "no" for n in range(10)}
    assert score(card(*thirds, pass_mark=Fraction(70, 100)), answers).has_passed is True
    assert score(card(*thirds, pass_mark=Fraction(71, 100)), answers).has_passed is False


def test_a_draft_tells_what_is_missing_and_scores_what_is_there() -> None:
    whole = card(Item(key="a", text="?", weight=3), Item(key="b", text="?", weight=1))
    assert [each.key for each in missing(whole, {"a": "yes"})] == ["b"]
    assert score(whole, {"a": "yes"}).total == 1


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"x": "yes"}, "The scorecard 'c' has no item 'x'."),
        ({"a": "3"}, "'3' is no answer to 'a'; it takes no, yes."),
        ({"a": "na"}, "'na' is no answer to 'a'; it takes no, yes."),
    ],
)
def test_answers_that_the_card_does_not_take_are_refused(
    answers: dict[str, str], sentence: str
) -> None:
    with pytest.raises(BadAnswers) as error:
        check_answers(card(Item(key="a", text="?")), answers)
    assert str(error.value) == sentence


def test_percent_is_rounded_for_people_only() -> None:
    assert percent(Fraction(2, 3)) == Decimal("66.7")
    assert percent(Fraction(1, 1)) == Decimal("100.0")
    assert percent(Fraction(7995, 10_000)) == Decimal("80.0")
    assert percent(None) is None
