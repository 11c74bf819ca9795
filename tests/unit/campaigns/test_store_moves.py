"""Where a lead goes after an attempt."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.outcomes import Outcome
from campaigns.retry_rules import RetryRules
from campaigns.store.lead_merge import zone_key
from campaigns.store.lead_moves import Move, Phone, leave_phone, move_after, phone_after
from tests.support.stored import NOW, campaign_spec

SPEC = campaign_spec()


def phones(*valid: bool) -> list[Phone]:
    return [
        Phone(
            id=100 + position, position=position, time_zones=f"Zone/{position}", is_valid=is_valid
        )
        for position, is_valid in enumerate(valid, start=1)
    ]


def after(
    outcome: Outcome, *, code: str | None = None, tries: int = 1, called: int = 1, of: int = 2
) -> Move:
    numbers = phones(*[True] * of)
    return move_after(
        spec=SPEC,
        outcome=outcome,
        disposition=None if code is None else SPEC.disposition(code),
        tries=tries,
        ended_at=NOW,
        phones=numbers,
        called=numbers[called - 1],
    )


@pytest.mark.parametrize(
    ("valid", "position", "expected"),
    [
        ((True, True, True), 1, 2),
        ((True, True, True), 3, 1),
        ((True, False, True), 1, 3),
        ((True, False, False), 1, 1),
        ((False, False), 1, None),
        ((), 0, None),
    ],
)
def test_numbers_take_turns_and_invalid_ones_are_stepped_over(
    valid: tuple[bool, ...], position: int, expected: int | None
) -> None:
    found = phone_after(phones(*valid), position)
    assert (None if found is None else found.position) == expected


def test_a_busy_number_is_called_again_itself() -> None:
    move = after(Outcome.BUSY)
    assert (move.state, move.next_call_at) == ("callable", NOW + timedelta(minutes=10))
    assert move.phone is not None
    assert move.phone.position == 1


def test_an_unanswered_number_hands_over_to_the_next() -> None:
    move = after(Outcome.NO_ANSWER, called=2)
    assert move.phone is not None
    assert (move.phone.position, move.spoils_phone) == (1, False)


def test_an_invalid_number_is_spoilt_and_the_next_is_called_at_once() -> None:
    move = after(Outcome.INVALID_NUMBER)
    assert move.phone is not None
    assert (move.phone.position, move.next_call_at, move.spoils_phone) == (2, NOW, True)


def test_a_lead_without_another_number_is_invalid() -> None:
    move = after(Outcome.INVALID_NUMBER, of=1)
    assert (move.state, move.done_reason, move.spoils_phone) == ("invalid", "no number left", True)
    assert leave_phone(phones(True), phones(True)[0], at=NOW) == move


def test_the_last_try_finishes_the_lead_and_says_why() -> None:
    move = after(Outcome.NO_ANSWER, tries=RetryRules().attempts_max)
    assert (move.state, move.done_reason) == ("done", "no_answer")
    assert after(Outcome.CONGESTION, tries=RetryRules().attempts_max).state == "callable"


def test_the_agents_word_finishes_the_lead() -> None:
    assert after(Outcome.CONNECTED, code="sale").done_reason == "sale"
    assert after(Outcome.CONNECTED, code="callback").state == "callable"
    assert after(Outcome.CONNECTED, code="wrong_number").spoils_phone


@given(
    outcome=st.sampled_from(Outcome),
    code=st.none() | st.sampled_from([each.code for each in SPEC.dispositions]),
    tries=st.integers(0, 10),
    valid=st.lists(st.booleans(), min_size=1, max_size=4),
    data=st.data(),
)
def test_every_move_leads_to_a_valid_number_or_to_an_end(
    outcome: Outcome, code: str | None, tries: int, valid: list[bool], data: st.DataObject
) -> None:
    numbers = phones(*valid)
    called = data.draw(st.sampled_from(numbers))
    move = move_after(
        spec=SPEC,
        outcome=outcome,
        disposition=None if code is None else SPEC.disposition(code),
        tries=tries,
        ended_at=NOW,
        phones=numbers,
        called=called,
    )
    assert move.next_call_at >= NOW
    if move.state == "callable":
        assert move.phone is not None
        assert move.phone.is_valid or move.phone == called
        assert not (move.spoils_phone and move.phone == called)
        assert move.done_reason is None
    else:
        assert move.phone is None
        assert move.done_reason


@given(st.lists(st.sampled_from(["A/a", "B/b", "C/c"]), min_size=1))
def test_the_zone_key_forgets_order_and_repetition(zones: list[str]) -> None:
    assert zone_key(zones) == zone_key(reversed(zones)) == zone_key(zones * 2)
    assert zone_key(zones).split(",") == sorted(set(zones))
