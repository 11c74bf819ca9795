"""Every example case written in a pack, as a test of its own."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.rule_packs import Mark, load_packs
from campaigns.rule_packs.examples import Example, Expect, judge

_PACKS = load_packs()
_CLOCK_CHANGES = {"open", "closed"}


def _name(example: Example) -> str:
    return f"{example.pack}: {example.because}"


@pytest.mark.parametrize("example", _PACKS.examples, ids=_name)
def test_example_case_of_a_pack_holds(example: Example) -> None:
    applied = _PACKS.applicable(
        example.jurisdictions,
        purpose=example.purpose,
        number_kind=example.number_kind,
        on=example.at.astimezone(UTC).date(),
    )
    verdict, rules = judge(example, applied)
    assert verdict is example.expect
    if example.reason is not None:
        assert example.reason in rules


_NEGATIVE = {
    Expect.OPEN,
    Expect.NO_CONSENT,
    Expect.NO_LIST,
    Expect.NOT_LIMITED,
    Expect.RESTED,
    Expect.NOT_PROGRESSIVE,
}


def test_every_example_that_forbids_something_names_the_rule() -> None:
    unnamed = [_name(e) for e in _PACKS.examples if e.expect not in _NEGATIVE and not e.reason]
    assert unnamed == []


def test_every_rule_for_hours_limits_cool_downs_consents_and_lists_has_an_example() -> None:
    shown = {example.reason for example in _PACKS.examples}
    kinds = {"Hours", "AttemptLimitRule", "CoolDownRule", "ConsentRequired", "NationalList"}
    bare = {
        rule.id
        for rule in _PACKS.rules.values()
        if type(rule).__name__ in kinds and rule.effective_to is None
    }
    assert bare - shown == set()


def test_hours_of_every_pack_with_summer_time_are_shown_around_a_clock_change() -> None:
    without = []
    for pack in _PACKS.by_id.values():
        zones = {zone for example in pack.examples for zone in example.zones}
        for example in pack.examples:
            if example.expect.value in _CLOCK_CHANGES and _is_near_clock_change(example):
                break
        else:
            if zones - {"America/Phoenix", "Europe/Istanbul", "Asia/Baku", "Asia/Tbilisi"}:
                without.append(pack.id)
    assert sorted(without) == ["everywhere"]


def _is_near_clock_change(example: Example) -> bool:
    return any(
        (example.at - timedelta(days=4)).astimezone(ZoneInfo(zone)).utcoffset()
        != (example.at + timedelta(days=4)).astimezone(ZoneInfo(zone)).utcoffset()
        for zone in example.zones
    )


def test_every_rule_is_cited_and_every_starred_rule_says_what_it_was_read_in() -> None:
    for rule in _PACKS.rules.values():
        assert rule.citation
        if rule.mark is Mark.STARRED:
            assert rule.source, rule.id
