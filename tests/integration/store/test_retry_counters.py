"""Counters of a lead: not reached and unfinished, each attempt once, whatever is corrected."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from campaigns.day_parts import parse_day_parts
from campaigns.dispositions import DEFAULT_DISPOSITIONS, Disposition, DispositionKind
from campaigns.outcomes import Outcome
from campaigns.retry_rules import Refinement, RetryRules
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store
from tests.support.stored import NOW, add_campaign, dial, new_lead, phone, result_of

MINUTE = timedelta(minutes=1)
FAST = {
    Outcome.NO_ANSWER: timedelta(minutes=1),
    Outcome.BUSY: timedelta(minutes=1),
}
BROKEN_OFF = Disposition(
    code="broken_off", label="Broken off", kind=DispositionKind.UNFINISHED, is_final=False
)


def rules(**changes: Any) -> RetryRules:
    usual = RetryRules()
    return replace(usual, outcome_waits=usual.outcome_waits | FAST, attempts_max=50, **changes)


async def lead_of(store: Store, campaign: CampaignRow) -> Any:
    async with store._engine.connect() as connection:
        found = await connection.execute(
            text("SELECT * FROM lead WHERE campaign_id = :id"), {"id": campaign.id}
        )
        return found.one()


async def counters(store: Store, campaign: CampaignRow) -> tuple[int, int, int]:
    lead = await lead_of(store, campaign)
    return lead.tries, lead.not_reached, lead.unfinished


async def call(
    store: Store,
    campaign: CampaignRow,
    outcome: Outcome,
    *,
    at: datetime,
    disposition: str | None = None,
) -> str:
    (attempt,) = await dial(store, campaign, now=at)
    await store.attempts.settle([result_of(attempt.call_id, outcome, at=at)], now=at + MINUTE)
    if disposition is not None:
        agents = await store.agents.list()
        agent = agents[0] if agents else await store.agents.add(
            "Ada", team="sales", extension="1001", by="test", now=NOW
        )  # fmt: skip
        await store.attempts.dispose(attempt.call_id, agent.id, disposition, now=at + MINUTE)
    return attempt.call_id


async def survey(store: Store, retry: RetryRules, **changes: Any) -> CampaignRow:
    return await add_campaign(
        store, leads=1, retry=retry, dispositions=(*DEFAULT_DISPOSITIONS, BROKEN_OFF), **changes
    )


async def test_not_reached_and_unfinished_are_counted_apart(store: Store) -> None:
    campaign = await survey(store, rules())
    await call(store, campaign, Outcome.NO_ANSWER, at=NOW)
    assert await counters(store, campaign) == (1, 1, 0)
    at = NOW + timedelta(hours=1)
    await call(store, campaign, Outcome.CONNECTED, at=at, disposition="broken_off")
    assert await counters(store, campaign) == (2, 1, 1)
    at += timedelta(days=2)
    await call(store, campaign, Outcome.CONGESTION, at=at)
    assert await counters(store, campaign) == (2, 1, 1)


async def test_the_agents_word_moves_an_attempt_from_one_counter_to_the_other(
    store: Store,
) -> None:
    campaign = await survey(store, rules())
    call_id = await call(store, campaign, Outcome.CONNECTED, at=NOW)
    assert await counters(store, campaign) == (1, 0, 1)
    agent = await store.agents.add("Ada", team="sales", extension="1", by="test", now=NOW)
    for _ in range(2):
        await store.attempts.dispose(call_id, agent.id, "machine", now=NOW + 2 * MINUTE)
        assert await counters(store, campaign) == (1, 1, 0)
    await store.attempts.dispose(call_id, agent.id, "callback", now=NOW + 3 * MINUTE)
    assert await counters(store, campaign) == (1, 0, 0)


async def test_a_result_sent_twice_and_one_corrected_count_once(store: Store) -> None:
    campaign = await survey(store, rules())
    (attempt,) = await dial(store, campaign, now=NOW)
    for outcome in (Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.CONGESTION, Outcome.NO_ANSWER):
        await store.attempts.settle([result_of(attempt.call_id, outcome)], now=NOW + MINUTE)
    assert await counters(store, campaign) == (1, 1, 0)


@pytest.mark.parametrize(
    ("retry", "calls"),
    [
        (rules(not_reached_max=3), 3),
        (rules(refinements={"no_answer": Refinement(give_up_after=2)}), 2),
    ],
)
async def test_a_lead_is_given_up_when_its_counter_is_full(
    store: Store, retry: RetryRules, calls: int
) -> None:
    campaign = await survey(store, retry)
    for number in range(calls):
        assert (await lead_of(store, campaign)).state == "callable"
        at = NOW + timedelta(hours=number)
        await call(store, campaign, Outcome.NO_ANSWER, at=at)
    lead = await lead_of(store, campaign)
    assert (lead.state, lead.done_reason) == ("done", "no_answer")


async def test_waits_grow_with_repetitions_of_the_same_kind_only(store: Store) -> None:
    campaign = await survey(store, rules(refinements={"no_answer": Refinement(growth=3.0)}))
    waits = []
    for number, outcome in enumerate(
        [Outcome.NO_ANSWER, Outcome.NO_ANSWER, Outcome.BUSY, Outcome.NO_ANSWER]
    ):
        at = NOW + timedelta(hours=number)
        await call(store, campaign, outcome, at=at)
        ended_at = at + timedelta(seconds=25)
        waits.append(((await lead_of(store, campaign)).next_call_at - ended_at) / MINUTE)
    assert waits == [1, 3, 1, 9]


async def test_a_lead_tried_in_the_morning_comes_in_the_afternoon(store: Store) -> None:
    parts = parse_day_parts(["08:00-12:00", "13:00-17:00", "17:00-21:00"])
    campaign = await survey(store, rules(day_parts=parts))
    await call(store, campaign, Outcome.NO_ANSWER, at=NOW)
    lead = await lead_of(store, campaign)
    assert lead.next_call_at == datetime(2026, 3, 2, 13, tzinfo=ZoneInfo("America/New_York"))


async def test_the_part_of_the_day_is_that_of_the_number_called_next(store: Store) -> None:
    parts = parse_day_parts(["08:00-12:00", "13:00-17:00", "17:00-21:00"])
    leads = [new_lead(1, phone(1), phone(2, "America/Los_Angeles"))]
    campaign = await add_campaign(store, leads=leads, retry=rules(day_parts=parts))
    await call(store, campaign, Outcome.NO_ANSWER, at=NOW + timedelta(hours=2))
    lead = await lead_of(store, campaign)
    # At nine in the morning of California, where the second number is.
    assert lead.next_position == 2
    assert lead.next_call_at == datetime(2026, 3, 2, 13, tzinfo=ZoneInfo("America/Los_Angeles"))
