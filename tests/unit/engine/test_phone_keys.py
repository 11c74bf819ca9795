"""What keys of a telephone mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.engine.events import CallBridged
from dialer.engine.ids import LegId
from dialer.engine.in_call_commands import DoByKeys, KeyMeaning, PlayTone, Tone
from dialer.engine.in_call_events import LegKeyPressed, PhoneKeysSet
from dialer.engine.phone_keys import DIGITS_MAX, GAP_SECONDS, KeyEntry, NotUnderstood, Said
from tests.support.engine_desk import TEAM, Desk

KEYS = "0123456789*#"


def meant(keys: str, *, is_talking: bool = False) -> list[Said | NotUnderstood]:
    entry = KeyEntry()
    found = [entry.press(key, is_talking=is_talking, now=100.0) for key in keys]
    return [one for one in found if one is not None]


@pytest.mark.parametrize(
    ("keys", "meaning", "number"),
    [
        ("1", KeyMeaning.READY, 0),
        ("2#", KeyMeaning.PAUSE, 0),
        ("22", KeyMeaning.PAUSE, 2),
        ("31#", KeyMeaning.RESULT, 1),
        ("312#", KeyMeaning.RESULT, 12),
        ("430#", KeyMeaning.CALLBACK_MINUTES, 30),
        ("52#", KeyMeaning.CALLBACK_HOURS, 2),
        ("0#", KeyMeaning.LOG_OUT, 0),
        ("3*1", KeyMeaning.READY, 0),
    ],
)
def test_the_key_map(keys: str, meaning: KeyMeaning, number: int) -> None:
    assert meant(keys) == [Said(meaning=meaning, number=number)]


@pytest.mark.parametrize("keys", ["6", "9", "#", "26", "3#", "30#", "31234", "01", "5##"])
def test_keys_without_a_meaning_are_said_to_have_none(keys: str) -> None:
    assert NotUnderstood() in meant(keys)


def test_in_a_talk_only_two_stars_in_a_row_mean_something() -> None:
    assert meant("1234567890#*1*", is_talking=True) == []
    assert meant("**", is_talking=True) == [Said(meaning=KeyMeaning.HANG_UP)]
    assert meant("****", is_talking=True) == [Said(meaning=KeyMeaning.HANG_UP)] * 2


def test_half_a_sequence_does_not_outlive_the_call_it_was_pressed_in() -> None:
    entry = KeyEntry()
    assert entry.press("*", is_talking=True, now=10.0) is None
    assert entry.press("1", is_talking=False, now=10.5) == Said(meaning=KeyMeaning.READY)
    assert entry.press("3", is_talking=False, now=11.0) is None
    assert entry.press("*", is_talking=True, now=11.5) is None
    assert entry.press("*", is_talking=True, now=12.0) == Said(meaning=KeyMeaning.HANG_UP)


def test_keys_far_apart_do_not_belong_together() -> None:
    entry = KeyEntry()
    assert entry.press("3", is_talking=False, now=10.0) is None
    said = entry.press("1", is_talking=False, now=10.0 + GAP_SECONDS + 0.1)
    assert said == Said(meaning=KeyMeaning.READY)


@given(
    st.lists(
        st.tuples(st.sampled_from(KEYS + "ABCD"), st.booleans(), st.floats(0.0, 20.0)), max_size=60
    )
)
def test_any_keys_leave_a_short_entry_and_two_stars_or_a_pause_begin_anew(
    presses: list[tuple[str, bool, float]],
) -> None:
    entry, now = KeyEntry(), 1000.0
    for key, is_talking, gap in presses:
        now += gap
        found = entry.press(key, is_talking=is_talking, now=now)
        assert len(entry.keys) <= DIGITS_MAX + 1
        if found is not None:
            assert entry.keys == ""
        if isinstance(found, Said):
            assert 0 <= found.number < 10**DIGITS_MAX
            assert is_talking == (found.meaning is KeyMeaning.HANG_UP)
    now += GAP_SECONDS + 1.0
    assert entry.press("1", is_talking=False, now=now) == Said(meaning=KeyMeaning.READY)


def press(desk: Desk, keys: str) -> None:
    for key in keys:
        desk.feed(LegKeyPressed(leg_id=LegId("leg-1"), key=key))


def test_an_agent_is_understood_and_told_when_not() -> None:
    desk = Desk()
    desk.agent(1)
    press(desk, "21")
    by_keys = desk.one(DoByKeys)
    assert (by_keys.agent_id, by_keys.meaning, by_keys.number) == (1, KeyMeaning.PAUSE, 1)
    press(desk, "8")
    assert desk.one(PlayTone) == PlayTone(leg_id=LegId("leg-1"), tone=Tone.REFUSED)
    press(desk, "")
    desk.feed(LegKeyPressed(leg_id=LegId("leg-9"), key="1"))
    assert len(desk.all(DoByKeys)) == 1


def test_a_team_that_does_not_work_by_keys_is_not_listened_to() -> None:
    desk = Desk()
    desk.agent(1)
    desk.feed(PhoneKeysSet(team_id=TEAM, is_on=False))
    press(desk, "18")
    assert desk.all(DoByKeys) == [] == desk.all(PlayTone)
    desk.feed(PhoneKeysSet(team_id=TEAM, is_on=True))
    press(desk, "1")
    assert desk.one(DoByKeys).meaning is KeyMeaning.READY


def test_what_is_pressed_for_the_far_end_means_nothing_here() -> None:
    desk = Desk()
    desk.agent(1)
    desk.leads(1)
    call_id = desk.answer(1)
    desk.feed(CallBridged(call_id=call_id, leg_id=LegId("leg-1")))
    press(desk, "1230#")
    assert desk.all(DoByKeys) == [] == desk.all(PlayTone)
    press(desk, "**")
    assert desk.one(DoByKeys).meaning is KeyMeaning.HANG_UP
