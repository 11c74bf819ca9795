"""'Why has this customer not been called since Monday?', by the command line alone."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from campaigns.attempt_limits import AttemptLimit, Window
from campaigns.outcomes import Outcome
from campaigns.store.refused_tries import KEPT, delete_old
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store
from tests.support.cli import CommandLine, Said, write_config
from tests.support.explained import rows
from tests.support.stored import (
    NOW,
    OWNER,
    add_campaign,
    attempt_on,
    dial,
    new_lead,
    phone,
    result_of,
)

Say = Callable[..., Awaitable[Said]]
DAY = timedelta(days=1)
ONCE_A_WEEK = AttemptLimit(
    most=1,
    window=Window(kind="rolling", length=168),
    unit="number",
    counts="attempts",
    scope="centre",
    citation="the client's contract, page 3",
)


@pytest.fixture
def say(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    dialer = CommandLine(write_config(tmp_path, url=database_url), capsys)
    return lambda *words: asyncio.to_thread(dialer, *words)


async def called_once(store: Store) -> CampaignRow:
    """A lead that was called on Monday, and a rule that lets it be called once a week."""
    campaign = await add_campaign(store, leads=1, limits=(ONCE_A_WEEK,))
    (attempt,) = await dial(store, campaign)
    await store.attempts.settle([result_of(attempt.call_id, Outcome.NO_ANSWER)], now=NOW)
    return campaign


async def test_tries_that_a_rule_refused_are_part_of_the_history(store: Store, say: Say) -> None:
    campaign = await called_once(store)
    tuesday = NOW + DAY
    (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=tuesday)
    (verdict,) = await store.attempts.write([attempt_on(lead, campaign)], now=tuesday)
    assert verdict.refused == "attempt_limit"

    said = await say("leads", "why", lead.number, "--since", "2026-03-01")

    assert said.status == 0, said.err
    assert "1 call, and 1 try that a rule forbade (attempt limit 1)." in said.out
    assert "not called: attempt limit: 1 of 1 attempts in 168 hours" in said.out
    assert "[the client's contract, page 3]" in said.out
    assert "no answer, NO_ANSWER" in said.out
    later = await say("leads", "why", lead.number, "--since", "2026-03-03", "--json")
    (why,) = later.json()
    assert [each["what"] for each in why["history"]] == ["not called"]
    empty = await say("leads", "why", lead.number, "--since", "2026-03-20")
    assert "no call, and no try that a rule forbade." in empty.out
    assert "Nothing since then." in empty.out


async def test_a_number_that_a_list_forbids_in_the_hopper_is_remembered_too(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    await store.do_not_call.add(
        phone(1).number, list_name="house", by="ann", how="asked on Sunday", now=NOW
    )
    assert await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW) == []
    (lead_id,) = await store.explain.leads_exactly("1", numbers=[])
    why = await store.explain.lead(lead_id, now=NOW)
    (refused,) = [each for each in why.history if each.what == "not called"]
    assert "by ann: asked on Sunday" in refused.text


async def test_what_is_wrong_with_who_asks_is_no_fact_about_the_lead(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW)
    stranger = replace(attempt_on(lead, campaign), owner="worker-2")
    (verdict,) = await store.attempts.write([stranger], now=NOW)
    assert verdict.refused == "not_leased"
    assert await rows(store, "SELECT * FROM refused_try") == []


async def test_stops_of_the_campaign_stand_in_the_history(store: Store, say: Say) -> None:
    campaign = await called_once(store)
    await store.campaigns.set_state(campaign.id, "running", by="ann", now=NOW + DAY)
    await store.campaigns.set_state(campaign.id, "paused", by="ben", now=NOW + 2 * DAY)
    said = await say("leads", "why", "1", "--since", "2026-03-03")
    assert "campaign: running, by ann" in said.out
    assert "campaign: paused, by ben" in said.out


async def test_a_customer_is_found_by_whatever_is_at_hand(store: Store, say: Say) -> None:
    rows = [new_lead(1, phone(1)), new_lead(2, phone(2), phone(3))]
    await add_campaign(store, leads=[replace(each, external_id=f"C{n}") for n, each in
                                     enumerate(rows, start=1)])  # fmt: skip
    assert (await say("leads", "find", "C2", "--json")).json()[0]["name"] == "Lead 2"
    found = (await say("leads", "find", "0000003", "--json")).json()
    assert [each["external_id"] for each in found] == ["C2"]
    assert len((await say("leads", "find", "lead", "--json")).json()) == 2
    # A per cent sign is no wildcard.
    assert "No lead has 'L%d'" in (await say("leads", "find", "L%d")).err
    assert "Lead 2" in (await say("leads", "why", "C2")).out
    missing = await say("leads", "why", "Smith")
    assert missing.status == 2
    assert "dialer leads find 'Smith'" in missing.err


async def test_a_number_may_be_written_as_people_write_it(store: Store, say: Say) -> None:
    number = replace(phone(1), number="+12125550142")
    await add_campaign(store, leads=[new_lead(1, number)])
    for text in ("(212) 555-0142", "212 555 0142", "2125550142", "+1 212 555 0142"):
        said = await say("leads", "why", text)
        assert said.status == 0, said.err
        assert "+12125550142" in said.out


async def test_refused_tries_are_kept_for_a_quarter_and_go_with_the_person(
    store: Store, say: Say
) -> None:
    campaign = await called_once(store)
    (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW + DAY)
    await store.attempts.write([attempt_on(lead, campaign)], now=NOW + DAY)
    dossier = await store.privacy.dossier(lead.number, now=NOW + DAY)
    assert [each["code"] for each in dossier["refused_tries"]] == ["attempt_limit"]
    assert await delete_old(store.explain._engine, NOW + KEPT) == 0
    assert await delete_old(store.explain._engine, NOW + 2 * DAY + KEPT) == 1
    (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW + 8 * DAY) or [lead]
    await store.do_not_call.add(lead.number, list_name="x", by="t", how="h", now=NOW + 8 * DAY)
    await store.attempts.write([attempt_on(lead, campaign)], now=NOW + 8 * DAY)
    assert len(await rows(store, "SELECT * FROM refused_try")) == 1
    assert (await say("leads", "forget", lead.number, "--yes")).status == 0
    assert await rows(store, "SELECT * FROM refused_try") == []
