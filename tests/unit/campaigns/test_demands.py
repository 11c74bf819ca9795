"""What a campaign's settings must meet of the law over its leads."""

from dataclasses import replace
from datetime import date

from campaigns.campaign_spec import OnAbandon, Purpose
from campaigns.demands import applied_in, message_musts, unmet
from campaigns.rule_packs.packs import load_packs
from campaigns.rule_packs.rules import RingFloor
from tests.support.stored import campaign_spec

TODAY = date(2026, 11, 21)
SPEC = campaign_spec(purpose=Purpose.MARKETING)


def codes(*places: str, **changes: object) -> list[str]:
    spec = replace(SPEC, **changes)  # type: ignore[arg-type]
    return [each.code for each in unmet(spec, applied_in(spec, places, load_packs(), on=TODAY))]


def test_a_campaign_with_the_ordinary_settings_meets_every_pack() -> None:
    assert codes("US-NY", "US-FL", "GB", "CA-ON", "FR", "DE", "TR", "AU-NSW", "KZ") == []


def test_hanging_up_on_people_is_forbidden_where_the_law_wants_a_message() -> None:
    assert codes("US-NY", on_abandon=OnAbandon.HANGUP) == ["message_required"]
    assert codes("FR", "GB", on_abandon=OnAbandon.HANGUP) == ["message_required"]
    # The rule of the United States is for telemarketing and non-profits.
    assert codes("US-NY", on_abandon=OnAbandon.HANGUP, purpose=Purpose.SURVEY) == []


def test_a_short_ring_and_a_late_message_are_told_of_with_the_rule() -> None:
    spec = replace(SPEC, ring_seconds=12.0, answer_tolerance_seconds=2.5)
    found = unmet(spec, applied_in(spec, ["US-NY"], load_packs(), on=TODAY))
    assert [each.code for each in found] == ["ring_too_short", "message_too_late"]
    assert "at least 15 seconds" in found[0].text
    assert "calls.ring_seconds is 12" in found[0].text
    assert all("CFR" in each.citation for each in found)


def test_before_there_are_leads_the_campaigns_own_country_is_asked() -> None:
    assert codes(on_abandon=OnAbandon.HANGUP) == ["message_required"]
    assert codes(on_abandon=OnAbandon.HANGUP, region="FR") == []
    # A place that is not known yet counts as the campaign's own.
    assert codes("", on_abandon=OnAbandon.HANGUP) == ["message_required"]


def test_people_are_told_what_the_message_must_say() -> None:
    (must,) = message_musts(applied_in(SPEC, ["US-NY"], load_packs(), on=TODAY))
    assert "that the call was for telemarketing purposes" in must.must_have
    assert "64.1200(a)(7)" in must.citation


def test_ending_calls_that_ring_must_leave_them_the_time_a_pack_asks_for() -> None:
    assert codes("US-NY", "GB", "DE", cancel_after_seconds=15.0) == []
    assert codes("US-NY", cancel_after_seconds=12.0) == ["cancel_too_early"]


def test_a_pack_may_forbid_to_end_calls_that_ring() -> None:
    (applied,) = applied_in(SPEC, ["KZ"], load_packs(), on=TODAY)
    rules = tuple(
        replace(rule, may_cancel_ringing=False) if isinstance(rule, RingFloor) else rule
        for rule in applied.rules
    )
    asking = replace(SPEC, cancel_after_seconds=20.0)
    (found,) = unmet(asking, [replace(applied, rules=rules)])
    assert found.code == "cancel_forbidden"
    assert "cancel_after_seconds is 20" in found.text
    assert unmet(SPEC, [replace(applied, rules=rules)]) == ()
