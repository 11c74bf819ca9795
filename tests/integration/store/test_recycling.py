"""Recycling: what the preview says is what is done, and nobody who said no comes back."""

import random
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from campaigns.outcomes import Outcome
from campaigns.retry_rules import RetryRules
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store
from tests.support.stored import NOW, OWNER, add_campaign, dial, new_lead, phone, result_of

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ONCE = RetryRules(attempts_max=1)
WEEK_LATER = NOW + 7 * DAY


async def states(store: Store, campaign: CampaignRow) -> list[Any]:
    async with store._engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT state, tries, not_reached, unfinished, recycled_at, last_call_id,"
                " next_call_at, done_reason, next_position"
                " FROM lead WHERE campaign_id = :id ORDER BY id"
            ),
            {"id": campaign.id},
        )
        return list(found)


async def ended(store: Store, campaign: CampaignRow, outcomes: list[Outcome]) -> list[str]:
    attempts = await dial(store, campaign, len(outcomes))
    await store.attempts.settle(
        [result_of(a.call_id, o) for a, o in zip(attempts, outcomes, strict=True)],
        now=NOW + MINUTE,
    )
    return [attempt.call_id for attempt in attempts]


async def test_recycled_leads_are_called_again_and_their_counters_begin_anew(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=3, retry=ONCE)
    await ended(store, campaign, [Outcome.NO_ANSWER, Outcome.BUSY, Outcome.NO_ANSWER])
    assert await store.leads.lease(campaign.id, 9, owner=OWNER, now=WEEK_LATER) == []
    found = await store.recycling.recycle(
        campaign.id, [Outcome.NO_ANSWER], older_than=3 * DAY, by="test", now=WEEK_LATER
    )
    assert (found.leads, dict(found.by_outcome), dict(found.by_state)) == (
        2,
        {"no_answer": 2},
        {"done": 2},
    )
    leads = await states(store, campaign)
    assert [lead.state for lead in leads] == ["callable", "done", "callable"]
    assert (leads[0].tries, leads[0].not_reached, leads[0].recycled_at) == (0, 0, WEEK_LATER)
    assert leads[0].done_reason is None
    leased = await store.leads.lease(campaign.id, 9, owner=OWNER, now=WEEK_LATER)
    assert len(leased) == 2


async def test_the_preview_is_what_recycling_does(store: Store) -> None:
    rng = random.Random(7)
    campaign = await add_campaign(store, leads=40, retry=RetryRules(attempts_max=2))
    wanted = [Outcome.NO_ANSWER, Outcome.MACHINE]
    for day in range(4):
        leased = await store.leads.lease(campaign.id, 15, owner=OWNER, now=NOW + day * DAY)
        await store.leads.release([lead.lead_id for lead in leased], owner=OWNER)
        attempts = await dial(store, campaign, len(leased), now=NOW + day * DAY)
        kinds = [*wanted, Outcome.BUSY, Outcome.CONNECTED, Outcome.INVALID_NUMBER]
        results = [
            result_of(each.call_id, rng.choice(kinds), at=NOW + day * DAY) for each in attempts
        ]
        await store.attempts.settle(results, now=NOW + day * DAY + 2 * MINUTE)
    now = NOW + 4 * DAY
    for older_than in (10 * DAY, 2 * DAY, 1 * DAY, MINUTE):
        shown = await store.recycling.preview(campaign.id, wanted, older_than=older_than, now=now)
        again = await store.recycling.preview(campaign.id, wanted, older_than=older_than, now=now)
        assert shown == again
        done = await store.recycling.recycle(
            campaign.id, wanted, older_than=older_than, by="test", now=now
        )
        assert done == shown
        left = await store.recycling.preview(campaign.id, wanted, older_than=older_than, now=now)
        assert left.leads == 0
    counted = [lead for lead in await states(store, campaign) if lead.recycled_at is not None]
    assert counted
    assert all((lead.state, lead.next_call_at) == ("callable", now) for lead in counted)


async def test_nobody_who_refused_bought_or_waits_for_a_callback_is_recycled(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=4)
    agent = await store.agents.add("Ada", team="sales", extension="1", by="test", now=NOW)
    calls = await ended(store, campaign, [Outcome.CONNECTED] * 4)
    for call_id, code in zip(calls, ("refusal", "sale", "callback", "other"), strict=True):
        await store.attempts.dispose(call_id, agent.id, code, now=NOW + 2 * MINUTE)
    shown = await store.recycling.preview(
        campaign.id, list(Outcome), older_than=MINUTE, now=NOW + timedelta(hours=1)
    )
    assert shown.leads == 1
    assert dict(shown.by_state) == {"callable": 1}


async def test_leads_on_the_line_and_in_a_hopper_are_left_alone(store: Store) -> None:
    campaign = await add_campaign(store, leads=2)
    await ended(store, campaign, [Outcome.NO_ANSWER, Outcome.NO_ANSWER])
    later = NOW + DAY
    (on_line,) = await dial(store, campaign, 1, now=later)
    (in_hopper,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=later)
    assert on_line.lead_id != in_hopper.lead_id
    found = await store.recycling.recycle(
        campaign.id, [Outcome.NO_ANSWER], older_than=MINUTE, by="test", now=later
    )
    assert found.leads == 0


async def test_a_late_correction_of_the_old_attempt_moves_a_recycled_lead_no_more(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=1, retry=ONCE)
    (call_id,) = await ended(store, campaign, [Outcome.UNKNOWN])
    await store.recycling.recycle(
        campaign.id, [Outcome.UNKNOWN], older_than=DAY, by="test", now=WEEK_LATER
    )
    await store.attempts.settle([result_of(call_id, Outcome.CONGESTION)], now=WEEK_LATER + MINUTE)
    (lead,) = await states(store, campaign)
    assert (lead.state, lead.tries, lead.next_call_at) == ("callable", 0, WEEK_LATER)


async def test_a_number_that_went_bad_is_passed_over(store: Store) -> None:
    leads = [new_lead(1, phone(1), phone(2))]
    campaign = await add_campaign(store, leads=leads, retry=RetryRules(attempts_max=2))
    await ended(store, campaign, [Outcome.INVALID_NUMBER])
    attempts = await dial(store, campaign, 1, now=NOW + DAY)
    await store.attempts.settle(
        [result_of(attempts[0].call_id, Outcome.NO_ANSWER, at=NOW + DAY)], now=NOW + DAY + MINUTE
    )
    (before,) = await states(store, campaign)
    assert before.state == "done"
    await store.recycling.recycle(
        campaign.id, [Outcome.NO_ANSWER], older_than=DAY, by="test", now=WEEK_LATER
    )
    (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=WEEK_LATER)
    assert lead.number == attempts[0].number


async def test_recycling_stands_in_the_audit_log(store: Store) -> None:
    campaign = await add_campaign(store, leads=1, retry=ONCE)
    await ended(store, campaign, [Outcome.NO_ANSWER])
    await store.recycling.recycle(
        campaign.id, [Outcome.NO_ANSWER], older_than=DAY, by="kim", now=WEEK_LATER
    )
    async with store._engine.connect() as connection:
        row = (
            await connection.execute(text("SELECT * FROM audit_log WHERE action = 'leads.recycle'"))
        ).one()
    assert row.by == "kim"
    assert row.details["leads"] == {"no_answer": 1}
