"""A preflight's every number against a campaign counted by hand, and against the gate itself."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from campaigns.store import explain
from campaigns.store.rows import LeasedLead, NewLead, NewPhone, PhoneRow
from campaigns.store.store import Store
from dialer.cli import why
from tests.support.cli import CommandLine, write_config
from tests.support.explained import (
    CALLABLE,
    CLOSED,
    COOLING,
    COUNT,
    LEASED,
    LISTED,
    NO_CONSENT,
    OVER_LIMIT,
    PROMISED,
    SECOND_NUMBER,
    TWO_ZONES,
    WAITING,
    Explained,
    execute,
    explained_campaign,
)
from tests.support.stored import NOW, OWNER, add_campaign, attempt_on

BY_HAND = {
    "do_not_call": 1,
    "no_number": 1,
    "no_consent": 1,
    "attempts_max": 1,
    "attempt_limit": 1,
    "cool_down": 1,
    "number_on_call": 1,
    "callback": 1,
    "waiting": 1,
    "outside_calling_hours": 1,
    "in_hand": 1,
    "done": 1,
}


@pytest.fixture
async def spring(store: Store) -> Explained:
    return await explained_campaign(store)


@pytest.fixture
def dialer(
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> CommandLine:
    monkeypatch.setattr(why, "now", lambda: NOW)
    return CommandLine(write_config(tmp_path, url=database_url), capsys)


async def test_every_lead_is_counted_once_under_its_reason(store: Store, spring: Explained) -> None:
    found = await store.explain.preflight(spring.campaign.id, now=NOW)
    assert {each.code: each.count for each in found.reasons} == BY_HAND
    assert found.total == COUNT
    # The callable one, the one of two zones, and the one whose first number alone is listed.
    assert found.callable_now == 3 == COUNT - sum(BY_HAND.values())
    assert found.unknown_zone == 1
    assert found.first_opens_at == NOW


async def test_reasons_name_their_list_rule_and_instant(store: Store, spring: Explained) -> None:
    found = await store.explain.preflight(spring.campaign.id, now=NOW)
    reasons = {each.code: each for each in found.reasons}
    assert [each.text for each in reasons["do_not_call"].details] == ["list 'house' of 2026-03-01"]
    assert [each.text for each in reasons["attempt_limit"].details] == [
        "the client's contract, page 3"
    ]
    assert "Ofcom" in reasons["cool_down"].details[0].text
    assert [each.text for each in reasons["done"].details] == ["sale"]
    # Two attempts, three and two hours ago, of two in 24 hours: the older leaves first.
    assert reasons["attempt_limit"].next_at == NOW + timedelta(hours=21)
    assert reasons["cool_down"].next_at == NOW + timedelta(hours=42, seconds=30)
    assert reasons["waiting"].next_at == NOW + timedelta(hours=3)
    assert reasons["callback"].next_at == NOW + timedelta(hours=5)
    # Nine o'clock in Los Angeles is two hours away.
    assert reasons["outside_calling_hours"].next_at == NOW + timedelta(hours=2)
    assert reasons["no_consent"].next_at is None


async def test_the_preflight_is_what_writing_every_lead_would_answer(
    store: Store, spring: Explained
) -> None:
    """The hopper is filled by force and written: as many pass, and as many fail of each reason."""
    found = await store.explain.preflight(spring.campaign.id, now=NOW)
    await execute(
        store,
        "UPDATE lead SET state = 'leased', leased_by = :owner WHERE campaign_id = :id"
        " AND state = 'callable' AND next_call_at <= :now",
        owner=OWNER,
        id=spring.campaign.id,
        now=NOW,
    )
    codes: Counter[str | None] = Counter()
    for index, lead_id in spring.leads.items():
        record = await store.leads.get(lead_id)
        if record.state != "leased" or index in (LEASED, PROMISED):
            continue
        # The gate refuses the first number of this one and puts the lead on to its second.
        position = 1 if index == SECOND_NUMBER else 0
        called = record.phones[position]
        attempt = attempt_on(_leased(lead_id, called), spring.campaign)
        verdict = (await store.attempts.write([attempt], now=NOW))[0]
        codes[verdict.refused] += 1
    passing = {"waiting", "callback", "in_hand", "done", "no_number"}
    expected = Counter(
        {each.code: each.count for each in found.reasons if each.code not in passing}
    )
    assert codes.pop(None) == found.callable_now
    assert codes == expected


def _leased(lead_id: int, called: PhoneRow) -> LeasedLead:
    return LeasedLead(
        lead_id=lead_id,
        phone_id=called.id,
        number=called.number,
        time_zones=called.time_zones,
        callable_until=NOW + timedelta(hours=1),
        tries=0,
    )


async def test_a_stale_list_of_the_campaign_holds_back_all_its_leads(store: Store) -> None:
    campaign = await add_campaign(store, leads=3, do_not_call_lists=("partner",))
    await store.do_not_call.add("+19995550000", list_name="partner", by="t", how="x", now=NOW)
    await execute(
        store, "UPDATE do_not_call_list SET valid_until = :at", at=NOW - timedelta(days=1)
    )
    found = await store.explain.preflight(campaign.id, now=NOW)
    assert {each.code: each.count for each in found.reasons} == {"list_stale": 3}
    assert "list 'partner' is stale since 2026-03-01" in found.reasons[0].details[0].text
    dry = await store.explain.dry_hopper(campaign.id, now=NOW)
    assert dry is not None
    assert "3 held back: a required do-not-call list is stale" in dry
    assert found.first_opens_at is None


async def test_at_night_reasons_that_no_morning_mends_are_still_told_apart(
    store: Store, spring: Explained
) -> None:
    night = NOW + timedelta(hours=14)
    found = await store.explain.preflight(spring.campaign.id, now=night)
    counts = {each.code: each.count for each in found.reasons}
    assert (counts["do_not_call"], counts["no_consent"]) == (1, 1)
    assert found.callable_now == 0
    assert counts["outside_calling_hours"] >= 3
    # Nine in New York the next morning.
    assert found.first_opens_at == NOW + timedelta(hours=23)


async def test_the_command_shows_the_numbers_and_the_warnings(
    spring: Explained, dialer: CommandLine
) -> None:
    assert spring.campaign.name == "spring"
    said = await asyncio.to_thread(dialer, "campaign", "preflight", "spring")
    assert said.status == 0, said.err
    assert "of 15 leads" in said.out
    assert "         3  callable now" in said.out
    assert "1  list 'house' of 2026-03-01" in said.out
    assert "Trunk 'main' of the campaign is not in the settings." in said.out
    assert "Team 'sales' has no agents." in said.out
    assert "abandoned.wav" in said.out
    document = (await asyncio.to_thread(dialer, "campaign", "preflight", "spring", "--json")).json()
    assert document["callable_now"] == 3
    assert {each["code"]: each["count"] for each in document["reasons"]} == BY_HAND
    assert {each["code"] for each in document["warnings"]} == {
        "trunk_unknown", "no_agents", "message_missing", "no_service", "unknown_zone",
        "message_contents",
    }  # fmt: skip


async def test_a_list_about_to_go_stale_and_one_that_is_missing_are_warned_of(
    store: Store, dialer: CommandLine
) -> None:
    await add_campaign(store, leads=1, do_not_call_lists=("partner", "nowhere"))
    await store.do_not_call.add("+19995550000", list_name="partner", by="t", how="x", now=NOW)
    await execute(
        store, "UPDATE do_not_call_list SET valid_until = :at", at=NOW + timedelta(days=2)
    )
    said = await asyncio.to_thread(dialer, "campaign", "preflight", "spring")
    assert "Do-not-call list 'partner' goes stale at" in said.out
    assert "names the do-not-call list 'nowhere', and there is none" in said.out


async def test_why_a_lead_is_not_called_is_answered_by_rule_and_instant(
    store: Store, spring: Explained
) -> None:
    async def refused(index: int) -> dict[str, object]:
        found = await store.explain.lead(spring.leads[index], now=NOW)
        return {each.code: each.allowed_at for each in found.refusals}

    assert await refused(CALLABLE) == {}
    assert await refused(LISTED) == {"do_not_call": None}
    assert await refused(NO_CONSENT) == {"no_consent": None}
    assert await refused(OVER_LIMIT) == {"attempt_limit": NOW + timedelta(hours=21)}
    assert await refused(COOLING) == {"cool_down": NOW + timedelta(hours=42, seconds=30)}
    assert await refused(WAITING) == {}
    assert await refused(CLOSED) == {"outside_calling_hours": NOW + timedelta(hours=2)}
    assert await refused(TWO_ZONES) == {}
    assert await refused(SECOND_NUMBER) == {}


async def test_the_next_callable_instant_passes_every_rule_at_once(
    store: Store, spring: Explained
) -> None:
    over = await store.explain.lead(spring.leads[OVER_LIMIT], now=NOW)
    # The limit ends at seven in the morning, and the hours open at nine.
    assert over.next_callable_at == NOW + timedelta(hours=23)
    waiting = await store.explain.lead(spring.leads[WAITING], now=NOW)
    assert waiting.next_callable_at == NOW + timedelta(hours=3)
    listed = await store.explain.lead(spring.leads[LISTED], now=NOW)
    assert listed.next_callable_at is None


async def test_why_has_this_customer_not_been_called_since_monday(
    spring: Explained, dialer: CommandLine
) -> None:
    lead = str(spring.leads[OVER_LIMIT])
    said = await asyncio.to_thread(dialer, "leads", "why", lead)
    assert said.status == 0, said.err
    first = said.out.splitlines()[0]
    assert "2 of 2 attempts in 24 hours" in first
    assert "It becomes callable at Tue 2026-03-03" in first
    assert "But its campaign does not dial: Campaign 'spring' has never been started." in first
    assert "the client's contract, page 3" in said.out
    assert said.out.count("called: +15550000004: no answer") == 2
    assert "imported: with list 'first'" in said.out
    by_number = await asyncio.to_thread(dialer, "leads", "why", "+15550000004", "--json")
    assert by_number.json()[0]["lead_id"] == spring.leads[OVER_LIMIT]


async def test_a_number_nobody_has_says_whether_it_is_forbidden(
    spring: Explained, dialer: CommandLine
) -> None:
    assert spring.leads
    said = await asyncio.to_thread(dialer, "leads", "why", "+15559999999")
    assert said.status == 2
    assert "No campaign has a lead with the number +15559999999." in said.err


async def test_the_dry_hopper_is_told_with_its_reasons(store: Store, spring: Explained) -> None:
    assert await store.explain.dry_hopper(spring.campaign.id, now=NOW) is None
    said = await store.explain.dry_hopper(spring.campaign.id, now=NOW + timedelta(hours=14))
    assert said is not None
    assert said.startswith("The hopper is dry: of 15 leads, ")
    assert "outside their calling hours" in said


async def test_leads_that_need_a_free_agent_each_are_told_with_the_rule(
    store: Store, spring: Explained, dialer: CommandLine
) -> None:
    assert spring.leads
    # All leads of the campaign have a consent but one, and that one is not called at all.
    found = await store.explain.preflight(spring.campaign.id, now=NOW)
    assert found.covered_only == ()
    american = NewLead(
        row_number=1,
        numbers=(NewPhone(number="+12025550123", kind="mobile", time_zones=("America/New_York",)),),
    )
    await add_campaign(store, name="summer", leads=[american])
    said = await asyncio.to_thread(dialer, "campaign", "preflight", "summer")
    assert "One call for each free agent only: 1 (47 CFR 64.1200" in said.out
    assert "1 lead may be called only while a free agent covers the call" in said.out


async def test_of_a_very_large_campaign_why_counts_what_the_hopper_sees(
    store: Store, spring: Explained, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await store.explain.leads_now(spring.campaign.id, now=NOW)
    assert whole == await store.explain.preflight(spring.campaign.id, now=NOW)
    monkeypatch.setattr(explain, "_PREFLIGHT_MAX", COUNT - 1)
    seen = await store.explain.leads_now(spring.campaign.id, now=NOW)
    assert seen.total == COUNT
    counts = {each.code: each.count for each in seen.reasons}
    assert counts == {
        "no_number": 1, "outside_calling_hours": 1, "waiting": 1, "in_hand": 1, "done": 1,
    }  # fmt: skip
