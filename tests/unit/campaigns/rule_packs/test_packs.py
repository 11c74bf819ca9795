"""Which rules apply where, and pack files that cannot be used."""

from datetime import date
from pathlib import Path

import pytest

from campaigns import rule_packs
from campaigns.campaign_spec import Purpose
from campaigns.jurisdictions import Jurisdiction
from campaigns.ledgers import Formula
from campaigns.number_plans import PhoneKind
from campaigns.rule_packs import Applied, Mark, PackError, load_packs, packs_from
from campaigns.rule_packs.reading import read_pack
from campaigns.rule_packs.reading_rules import RULE_KINDS

_PACKS = load_packs()
_TODAY = date(2026, 11, 21)
_DOCUMENT = Path(rule_packs.__file__).parents[2] / "docs" / "rule-packs.md"


def _applied(
    where: str,
    *,
    purpose: Purpose = Purpose.MARKETING,
    kind: PhoneKind | None = PhoneKind.FIXED,
    on: date = _TODAY,
    extra: tuple[str, ...] = (),
) -> Applied:
    return _PACKS.applicable(where, purpose=purpose, number_kind=kind, on=on, extra=extra)


def _ids(applied: Applied) -> set[str]:
    return {rule.id for rule in applied.rules}


def test_every_call_rings_fifteen_seconds_wherever_it_goes() -> None:
    for where in ("US-NY", "GB", "AZ", "KZ", ""):
        for purpose in Purpose:
            assert _applied(where, purpose=purpose).ring_seconds_min >= 15.0


def test_a_state_has_its_own_rules_and_the_federal_ones_but_not_its_neighbours() -> None:
    ids = _ids(_applied("US-FL"))
    assert {"us-hours", "us-fl-hours", "us-fl-calls"} <= ids
    assert not ids & {"us-al-hours", "us-ok-calls"}


def test_an_unknown_state_has_the_rules_of_every_state() -> None:
    ids = _ids(_applied("US"))
    states = {rule.id for rule in _PACKS.by_id["us-states"].rules}
    assert states <= ids


def test_a_country_without_a_pack_has_the_default_and_one_with_a_pack_has_not() -> None:
    assert "default-hours" in _ids(_applied("KZ"))
    assert "default-hours" not in _ids(_applied("GB"))
    assert {"default-hours", "uk-hours"} <= _ids(_applied("GB,KZ"))


def test_nowhere_known_has_every_rule_of_the_purpose() -> None:
    ids = _ids(_applied("", kind=None))
    assert {"us-hours", "fr-hours", "default-hours", "tr-consent"} <= ids


def test_a_pack_asked_for_applies_whatever_the_number_says() -> None:
    ids = _ids(_applied("AZ", extra=("uk",)))
    assert {"az-hours", "uk-hours", "uk-after-abandoned"} <= ids


def test_a_pack_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(PackError, match=r'no rule pack "usa"; the packs are .*us-federal'):
        _applied("AZ", extra=("usa",))


def test_a_range_that_may_be_mobile_counts_as_mobile() -> None:
    assert _applied("US-NY", kind=PhoneKind.MOBILE).progressive_only is not None
    assert _applied("US-NY", kind=PhoneKind.FIXED_OR_MOBILE).progressive_only is not None
    assert _applied("US-NY", kind=None).progressive_only is not None
    assert _applied("US-NY", kind=PhoneKind.FIXED).progressive_only is None


def test_the_same_question_has_the_same_answer_object() -> None:
    one = _applied("US-FL,US-NY")
    places = [Jurisdiction.parse("US-NY"), Jurisdiction.parse("US-FL")]
    two = _PACKS.applicable(places, purpose="marketing", number_kind="fixed", on=_TODAY)
    assert one is two


def test_of_two_consents_the_registry_decides() -> None:
    consent = _applied("GE,TR").consent_required
    assert consent is not None
    assert (consent.id, consent.registry) == ("tr-consent", "iys")
    assert {each.id for each in _applied("GE,TR").consents} == {
        "tr-consent",
        "ge-consent",
        "ge-consent-written",
    }


def test_a_written_consent_is_stricter_than_any() -> None:
    consent = _applied("GE").consent_required
    assert consent is not None
    assert consent.is_written


def test_national_lists_and_how_old_a_copy_may_be() -> None:
    days = {each.name: each.stale_days for each in _applied("US-NY,GB,CA,AU").national_lists}
    assert days == {"us-dnc": 31, "uk-tps": 28, "uk-ctps": 28, "ca-dncl": 31, "au-dncr": 30}


def test_a_call_with_an_operator_reserved_need_not_wait_after_an_abandoned_one() -> None:
    applied = _applied("GB")
    assert {each.after for each in applied.cool_downs} == {"abandoned", "machine"}
    assert applied.cool_downs_with_operator == ()


def test_records_are_kept_as_long_as_the_strictest_asks() -> None:
    assert _applied("CA").records_days_min == 1096
    assert _applied("CA,US-NY").records_days_min == 1827
    assert _applied("GB").records_days_min == 0


def test_the_uk_limit_is_nought_until_signed_and_was_three_percent_before_2017() -> None:
    now = {(each.limit_ratio, each.limit_ratio_signed) for each in _applied("GB").ledgers}
    before = {each.limit_ratio for each in _applied("GB", on=date(2017, 2, 28)).ledgers}
    assert (now, before) == ({(0.0, 0.03)}, {0.03})


def test_every_ledger_names_a_formula_there_is() -> None:
    for where in ("US", "GB", "CA", "FR", "DE", "TR", "AU", "AZ", "GE", "KZ"):
        ledgers = _applied(where).ledgers
        assert ledgers
        for each in ledgers:
            assert each.formula in {formula.value for formula in Formula}


def test_a_message_starts_within_two_seconds_and_the_fcc_wants_an_opt_out() -> None:
    applied = _applied("US-NY")
    assert applied.message_seconds_max == 2.0
    assert any("opt-out" in text for rule in applied.messages for text in rule.must_have)


def test_everywhere_a_notice_comes_before_a_recording() -> None:
    for where in ("US-NY", "GB", "CA", "FR", "DE", "TR", "AU", "AZ", "GE", "KZ"):
        assert _applied(where).recordings


def test_rules_that_must_be_starred_are() -> None:
    starred = {rule.id for rule in _PACKS.rules.values() if rule.mark is Mark.STARRED}
    assert {
        "us-ri-hours",
        "us-md-calls",
        "au-hours-research",
        "au-national-list",
        "us-mobile-progressive",
        "us-message",
    } <= starred
    assert _PACKS.rules["us-fl-hours"].mark_for(Purpose.MARKETING) is Mark.LAW
    assert _PACKS.rules["us-fl-hours"].mark_for(Purpose.NON_PROFIT) is Mark.STARRED


def test_no_hours_are_encoded_for_pennsylvania() -> None:
    assert _ids(_applied("US-PA")) == _ids(_applied("US-NY"))


_PACK = """
id = "test"
title = "Test"
jurisdictions = ["KZ"]
checked_on = 2026-01-01
[[rules]]
id = "test-hours"
kind = "hours"
summary = "Nine to five."
citation = "A law"
mark = "law"
hours = ["daily 09:00-17:00"]
[[examples]]
because = "Night"
at = 2026-06-09T03:00:00+05:00
zones = ["Asia/Almaty"]
expect = "closed"
reason = "test-hours"
"""


def test_a_small_pack_is_read_and_applies() -> None:
    packs = packs_from([read_pack(_PACK, "test.toml")])
    applied = packs.applicable("KZ", purpose="survey", number_kind=None, on=_TODAY)
    assert {rule.id for rule in applied.rules} == {"test-hours"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title =", "titel =", r"title: is missing"),
        ('citation = "A law"', "", r"rules\[1\]\.citation: is missing"),
        ('mark = "law"', "", r"rules\[1\]\.mark: is missing; it must be one of law"),
        ('mark = "law"', 'mark = "maybe"', r'mark: is "maybe"; it must be one of'),
        ('kind = "hours"', 'kind = "hour"', r'kind: is "hour"; it must be one of hours'),
        ('hours = ["daily 09:00-17:00"]', 'hours = ["daily 9-5"]', r"is not hours like"),
        ('hours = ["daily', 'holiday = "closed"\nhours = ["daily', r"holiday: is not a known key"),
        ('hours = ["daily', 'holidays = "shut"\nhours = ["daily', r"one of as_usual, closed"),
        (
            'hours = ["daily',
            'holiday_calendars = ["XX"]\nhours = ["daily',
            r'holds "XX", which the holidays library does not have',
        ),
        ('["KZ"]', '["Kazakhstan"]', r"is no jurisdiction"),
        ('["KZ"]', "[]", r"name countries or states"),
        (
            'mark = "law"',
            'mark = "law"\neffective_from = 2026-02-01\neffective_to = 2026-01-31',
            r"before the rule begins",
        ),
        ('mark = "law"', 'mark = "law"\npurposes = ["sales"]', r'holds "sales"'),
        ('mark = "law"', 'mark = "law"\neffective_from = "now"', r"must be a date without quotes"),
        ("+05:00", "", r"must be an instant with its offset"),
        ('expect = "closed"', "", r"expect: is missing"),
        ('id = "test-hours"', 'id = "Test Hours"', r"small letters, digits and dashes"),
        ("[[rules]]", "[[rules", r"is not valid TOML"),
    ],
)
def test_a_pack_file_with_a_mistake_is_refused_saying_where(
    old: str, new: str, message: str
) -> None:
    assert old in _PACK
    with pytest.raises(PackError, match=message) as caught:
        read_pack(_PACK.replace(old, new, 1), "test.toml")
    assert str(caught.value).startswith("test.toml: ")


def test_two_packs_may_not_share_an_id_or_a_rule() -> None:
    pack = read_pack(_PACK, "one.toml")
    other = read_pack(_PACK.replace('id = "test"', 'id = "other"'), "two.toml")
    with pytest.raises(PackError, match='id "test" is used by another pack'):
        packs_from([pack, pack])
    with pytest.raises(PackError, match=r'rule "test-hours" is in one\.toml too'):
        packs_from([pack, other])


def test_an_example_may_not_name_a_rule_there_is_not() -> None:
    pack = read_pack(_PACK.replace('reason = "test-hours"', 'reason = "gone"'), "test.toml")
    with pytest.raises(PackError, match='example 1 names the rule "gone", which no pack has'):
        packs_from([pack])


def test_a_directory_without_packs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="holds no rule packs"):
        load_packs(tmp_path)


def test_the_document_names_every_pack_and_every_starred_rule() -> None:
    text = _DOCUMENT.read_text(encoding="utf-8")
    starred = [rule.id for rule in _PACKS.rules.values() if rule.mark is Mark.STARRED]
    missing = [name for name in (*_PACKS.by_id, *starred) if f"`{name}`" not in text]
    assert missing == []


def test_the_document_names_every_kind_of_rule() -> None:
    text = _DOCUMENT.read_text(encoding="utf-8")
    assert [kind for kind in RULE_KINDS if f"| `{kind}` |" not in text] == []
