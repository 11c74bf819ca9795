"""Attempts: refused with a reason, durable before the call, settled once whatever is sent twice."""

import asyncio
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from campaigns.calling_hours import CallingHours
from campaigns.outcomes import Outcome
from campaigns.retry_rules import RetryRules
from campaigns.store.attempt_write import TEXTS
from campaigns.store.errors import StoreError, UnknownAttempt
from campaigns.store.rows import CampaignRow, NewAttempt
from campaigns.store.store import Store
from tests.support.stored import (
    NOW,
    OWNER,
    add_campaign,
    attempt_on,
    campaign_spec,
    dial,
    new_lead,
    number,
    phone,
    result_of,
)

LATER = NOW + timedelta(minutes=5)


async def refusal(store: Store, attempt: NewAttempt, now: datetime = NOW) -> str | None:
    (verdict,) = await store.attempts.write([attempt], now=now)
    assert verdict.call_id == attempt.call_id
    assert verdict.text == ("" if verdict.refused is None else TEXTS[verdict.refused])
    return verdict.refused


async def leased_attempt(store: Store, **changes: object) -> tuple[CampaignRow, NewAttempt]:
    campaign = await add_campaign(store, leads=1, **changes)
    (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW)
    return campaign, attempt_on(lead, campaign)


async def test_a_written_attempt_is_there_for_every_other_process(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=2)
    attempts = await dial(store, campaign, 2)
    async with await Store.open(database_url, directory=tmp_path, upgrade=False) as other:
        rows = await other.attempts.unfinished(campaign.team_id)
    assert {row.call_id for row in rows} == {attempt.call_id for attempt in attempts}
    assert all(row.outcome is None and row.written_at == NOW for row in rows)


async def test_the_same_attempt_written_again_is_accepted_and_has_one_row(store: Store) -> None:
    campaign, attempt = await leased_attempt(store)
    assert [await refusal(store, attempt) for _ in range(3)] == [None] * 3
    assert len(await store.attempts.unfinished(campaign.team_id)) == 1
    await store.attempts.settle([result_of(attempt.call_id, Outcome.BUSY)], now=LATER)
    assert await refusal(store, attempt) == "already_ended"


async def test_a_lead_that_is_not_leased_by_the_owner_is_refused(store: Store) -> None:
    _, attempt = await leased_attempt(store)
    assert await refusal(store, replace(attempt, owner="thief")) == "not_leased"
    assert await refusal(store, attempt) is None
    again = replace(attempt, call_id=str(uuid.uuid4()))
    assert await refusal(store, again) == "not_leased"


async def test_one_lead_twice_in_a_batch_is_dialled_once(store: Store) -> None:
    _, attempt = await leased_attempt(store)
    twin = replace(attempt, call_id=str(uuid.uuid4()))
    verdicts = await store.attempts.write([attempt, twin], now=NOW)
    assert [verdict.refused for verdict in verdicts] == [None, "not_leased"]


@pytest.mark.parametrize("wrong", [{"number": number(9)}, {"phone_id": 999_999}])
async def test_a_number_that_is_not_the_leads_is_refused(
    store: Store, wrong: dict[str, object]
) -> None:
    _, attempt = await leased_attempt(store)
    assert await refusal(store, replace(attempt, **wrong)) == "wrong_phone"  # type: ignore[arg-type]


async def test_calling_hours_are_checked_by_the_lease_and_again_by_the_campaign(
    store: Store,
) -> None:
    campaign, attempt = await leased_attempt(store)
    closed_at = attempt.callable_until
    assert await refusal(store, attempt, closed_at) == "outside_calling_hours"
    opens_at = (await store.leads.get(attempt.lead_id)).next_call_at
    assert closed_at < opens_at < closed_at + timedelta(hours=24)
    assert await store.leads.lease(campaign.id, 1, owner=OWNER, now=closed_at) == []
    (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=opens_at)
    night = campaign_spec(calling_hours=CallingHours.parse(["daily 20:00-21:00"]))
    await store.campaigns.create(night, by="test", now=NOW, replace=True)
    assert await refusal(store, attempt_on(lead, campaign), opens_at) == "outside_calling_hours"
    counts = await store.leads.counts(campaign.id, opens_at)
    assert (counts.leased, counts.waiting) == (0, 1)


@pytest.mark.parametrize("entry", [number(1), "+1555", "+1"])
async def test_do_not_call_is_decided_in_the_transaction_of_the_attempt(
    store: Store, entry: str
) -> None:
    campaign, attempt = await leased_attempt(store)
    await store.do_not_call.add(
        entry, list_name="own", by="ann", how="phone", now=NOW, is_prefix=len(entry) < 8
    )
    assert await refusal(store, attempt) == "do_not_call"
    assert (await store.leads.counts(campaign.id, NOW)).invalid == 1
    assert await store.attempts.unfinished(campaign.team_id) == []


async def test_a_number_is_on_one_call_at_a_time_across_campaigns(store: Store) -> None:
    _, first = await leased_attempt(store)
    _, second = await leased_attempt(store, name="autumn", team="other")
    outcomes = await asyncio.gather(refusal(store, first), refusal(store, second))
    assert sorted(outcomes, key=str) == [None, "number_on_call"]


async def test_two_writers_of_many_numbers_never_dial_one_twice(store: Store) -> None:
    one = await add_campaign(store, leads=40)
    two = await add_campaign(store, leads=40, name="autumn")
    batches = []
    for campaign in (one, two):
        leads = await store.leads.lease(campaign.id, 40, owner=OWNER, now=NOW)
        batches.append([attempt_on(lead, campaign) for lead in leads])
    batches[1].reverse()
    verdicts = await asyncio.gather(*(store.attempts.write(batch, now=NOW) for batch in batches))
    accepted = [verdict for batch in verdicts for verdict in batch if verdict.refused is None]
    assert len(accepted) == 40
    rows = await store.attempts.unfinished(one.team_id)
    assert len({row.number for row in rows}) == len(rows) == 40


async def test_attempts_over_the_limit_are_refused_and_the_lead_is_done(store: Store) -> None:
    campaign, attempt = await leased_attempt(store, retry=RetryRules(attempts_max=3))
    await refusal(store, attempt)
    await store.attempts.settle([result_of(attempt.call_id, Outcome.BUSY)], now=LATER)
    later = NOW + timedelta(days=1)
    (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=later)
    assert lead.tries == 1
    stricter = campaign_spec(retry=RetryRules(attempts_max=1))
    await store.campaigns.create(stricter, by="test", now=NOW, replace=True)
    assert await refusal(store, attempt_on(lead, campaign), later) == "attempts_max"
    record = await store.leads.get(lead.lead_id)
    assert (record.state, record.done_reason) == ("done", "attempts_max")


async def test_a_lost_lease_stops_the_old_owner_at_once(store: Store) -> None:
    campaign, attempt = await leased_attempt(store)
    token = await store.leases.acquire(campaign.team_id, OWNER, 60)
    assert await refusal(store, replace(attempt, token=999)) == "lease_lost"
    assert token is not None
    await store.leases.release(campaign.team_id, OWNER, token)
    assert await refusal(store, replace(attempt, token=token)) == "lease_lost"
    assert await store.leases.acquire(campaign.team_id, "worker-2", 60) == token + 1
    assert await refusal(store, attempt) == "lease_lost"
    assert await store.attempts.unfinished(campaign.team_id) == []


@pytest.mark.parametrize(
    ("outcome", "again_after", "tries"),
    [
        (Outcome.BUSY, timedelta(minutes=10), 1),
        (Outcome.NO_ANSWER, timedelta(hours=4), 1),
        (Outcome.ABANDONED, timedelta(hours=72), 1),
        (Outcome.CONGESTION, timedelta(minutes=2), 0),
        (Outcome.SWITCH_LIMIT, timedelta(minutes=2), 0),
        (Outcome.UNKNOWN, timedelta(hours=4), 1),
    ],
)
async def test_a_settled_lead_waits_by_the_rule_of_its_outcome(
    store: Store, outcome: Outcome, again_after: timedelta, tries: int
) -> None:
    _, attempt = await leased_attempt(store)
    await refusal(store, attempt)
    result = result_of(attempt.call_id, outcome)
    for _ in range(3):
        assert await store.attempts.settle([result], now=LATER) == []
    record = await store.leads.get(attempt.lead_id)
    assert record.state == "callable"
    assert record.next_call_at == result.ended_at + again_after
    assert record.tries == tries
    assert record.attempts[0].outcome == outcome


async def test_results_without_a_row_are_named_and_the_others_written(store: Store) -> None:
    _, attempt = await leased_attempt(store)
    await refusal(store, attempt)
    stray = str(uuid.uuid4())
    results = [result_of(stray, Outcome.BUSY), result_of(attempt.call_id, Outcome.BUSY)]
    assert await store.attempts.settle(results, now=LATER) == [stray]
    assert (await store.attempts.get(attempt.call_id)).outcome == "busy"
    with pytest.raises(UnknownAttempt, match=stray):
        await store.attempts.get(stray)


async def test_an_invalid_number_makes_way_for_the_next_and_is_never_called_again(
    store: Store,
) -> None:
    rows = [new_lead(1, phone(1), phone(2, "Europe/Oslo"))]
    campaign = await add_campaign(store, leads=rows)
    (attempt,) = await dial(store, campaign)
    await store.attempts.settle([result_of(attempt.call_id, Outcome.INVALID_NUMBER)], now=LATER)
    (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=LATER)
    assert (lead.number, lead.time_zones) == (number(2), ("Europe/Oslo",))
    await store.attempts.write([attempt_on(lead, campaign)], now=LATER)
    record = await store.leads.get(lead.lead_id)
    last = result_of(record.attempts[0].call_id, Outcome.INVALID_NUMBER, at=LATER)
    await store.attempts.settle([last], now=LATER)
    record = await store.leads.get(lead.lead_id)
    assert (record.state, [each.state for each in record.phones]) == ("invalid", ["invalid"] * 2)


async def test_numbers_take_turns(store: Store) -> None:
    campaign = await add_campaign(store, leads=[new_lead(1, phone(1), phone(2), phone(3))])
    called, now = [], NOW
    for _ in range(4):
        (attempt,) = await dial(store, campaign, now=now)
        called.append(attempt.number)
        await store.attempts.settle(
            [result_of(attempt.call_id, Outcome.NO_ANSWER, at=now)], now=now
        )
        now += timedelta(days=1)
    assert called == [number(1), number(2), number(3), number(1)]


async def test_a_correction_of_facts_corrects_row_and_ledger_but_moves_no_lead(
    store: Store,
) -> None:
    campaign, attempt = await leased_attempt(store)
    await refusal(store, attempt)
    live = result_of(attempt.call_id, Outcome.ABANDONED)
    await store.attempts.settle([live], now=LATER)
    before = await store.leads.get(attempt.lead_id)
    ledger = await store.attempts.ledger_counts(campaign.id, None, None)
    assert (ledger.live_answers, ledger.abandoned) == (1, 1)
    await store.attempts.settle([replace(live, is_live=False, is_abandoned=False)], now=LATER)
    assert await store.attempts.ledger_counts(campaign.id, None, None) == (0, 0)
    after = await store.leads.get(attempt.lead_id)
    assert (after.next_call_at, after.tries) == (before.next_call_at, before.tries)


async def test_the_truth_after_a_crash_replaces_unknown(store: Store) -> None:
    _, attempt = await leased_attempt(store)
    await refusal(store, attempt)
    await store.attempts.settle([result_of(attempt.call_id, Outcome.UNKNOWN)], now=LATER)
    found = result_of(attempt.call_id, Outcome.CONGESTION)
    await store.attempts.settle([found], now=LATER)
    record = await store.leads.get(attempt.lead_id)
    assert (record.tries, record.next_call_at) == (0, found.ended_at + timedelta(minutes=2))


async def test_a_late_result_does_not_disturb_a_lead_that_is_being_called_again(
    store: Store,
) -> None:
    campaign, attempt = await leased_attempt(store)
    await refusal(store, attempt)
    await store.attempts.settle([result_of(attempt.call_id, Outcome.CONGESTION)], now=LATER)
    tomorrow = NOW + timedelta(days=1)
    await dial(store, campaign, now=tomorrow)
    await store.attempts.settle([result_of(attempt.call_id, Outcome.BUSY)], now=tomorrow)
    record = await store.leads.get(attempt.lead_id)
    assert (record.state, record.tries) == ("dialling", 1)


async def test_a_live_answer_whose_answer_was_missed_is_still_in_the_ledger(store: Store) -> None:
    campaign, attempt = await leased_attempt(store)
    await refusal(store, attempt)
    result = replace(
        result_of(attempt.call_id, Outcome.CONNECTED), answered_at=None, bridged_at=None
    )
    await store.attempts.settle([result], now=LATER)
    ended = result.ended_at
    counts = store.attempts.ledger_counts
    assert await counts(campaign.id, ended, ended + timedelta(seconds=1)) == (1, 0)
    assert await counts(campaign.id, None, ended) == (0, 0)


@pytest.mark.parametrize("dispose_first", [False, True])
@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        ("sale", "done", "sale"),
        ("do_not_call", "done", "do_not_call"),
        ("wrong_number", "invalid", "no number left"),
        ("callback", "callable", None),
        ("machine", "callable", None),
        (None, "callable", None),
    ],
)
async def test_a_disposition_takes_effect_before_or_after_the_end(
    store: Store, code: str | None, state: str, reason: str | None, *, dispose_first: bool
) -> None:
    campaign, attempt = await leased_attempt(store)
    anna = await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    await refusal(store, attempt)
    result = result_of(attempt.call_id, Outcome.CONNECTED, agent_id=anna.id)
    for step in (dispose_first, not dispose_first, True, False):
        if step:
            await store.attempts.dispose(attempt.call_id, anna.id, code, now=LATER)
        else:
            await store.attempts.settle([result], now=LATER)
    record = await store.leads.get(attempt.lead_id)
    assert (record.state, record.done_reason, record.tries) == (state, reason, 1)
    assert record.attempts[0].disposition == code
    ledger = await store.attempts.ledger_counts(campaign.id, None, None)
    assert ledger.live_answers == (0 if code == "machine" else 1)
    hits = await store.do_not_call.check(attempt.number)
    assert [(hit.list_name, hit.added_by) for hit in hits] == (
        [("agents", "anna")] if code == "do_not_call" else []
    )
    # Who, when and how: in the list's entry, and once in the audit log, without the number.
    lines = [line for line in await store.audit.lines() if line.action == "do-not-call added"]
    assert [(line.by, line.at, line.subject, line.details["how"]) for line in lines] == (
        [("anna", LATER, "do-not-call agents", f"asked on call {attempt.call_id}")]
        if code == "do_not_call"
        else []
    )
    assert attempt.number not in str(lines)


async def test_an_unknown_disposition_is_refused_with_the_known_ones(store: Store) -> None:
    _, attempt = await leased_attempt(store)
    await refusal(store, attempt)
    with pytest.raises(StoreError, match="no disposition 'sold'; it has sale, no_interest"):
        await store.attempts.dispose(attempt.call_id, 1, "sold", now=NOW)
    with pytest.raises(UnknownAttempt):
        await store.attempts.dispose(str(uuid.uuid4()), 1, "sale", now=NOW)
