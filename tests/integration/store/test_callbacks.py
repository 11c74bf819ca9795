"""Promised calls on disk: kept from the ordinary hopper, handed out in time, ended once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from campaigns.callbacks import CallbackState, WhenClosed, read_local
from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import CallbackFallback
from campaigns.outcomes import Outcome
from campaigns.store.callback_rows import CallbackEnd, DueCallback
from campaigns.store.callback_taking import TAKE
from campaigns.store.database import normal_url
from campaigns.store.errors import StoreError, UnknownLead
from campaigns.store.rows import CampaignRow, LeasedLead
from campaigns.store.store import Store
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

TOMORROW = NOW + timedelta(days=1)


async def lead_id_of(store: Store, campaign: CampaignRow) -> int:
    (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW)
    await store.leads.release([lead.lead_id], owner=OWNER)
    return lead.lead_id


async def promised(store: Store, due_at: datetime = TOMORROW, **changes: object) -> int:
    """A campaign with one lead, who is promised a call; the lead's id."""
    campaign = await add_campaign(store, leads=1, **changes)
    lead_id = await lead_id_of(store, campaign)
    await store.callbacks.promise(lead_id, due_at, by="anna", now=NOW)
    return lead_id


async def take(store: Store, now: datetime, *, in_hand: tuple[int, ...] = ()) -> list[DueCallback]:
    campaigns = [row.id for row in await store.campaigns.list()]
    until = now + timedelta(minutes=3)
    return list(
        await store.callbacks.take_due(
            campaigns, owner=OWNER, until=until, now=now, in_hand=in_hand
        )
    )


def leased(due: DueCallback) -> LeasedLead:
    return LeasedLead(
        lead_id=due.lead_id,
        phone_id=due.phone_id,
        number=due.number,
        time_zones=("America/New_York",),
        callable_until=due.callable_until,
        tries=0,
    )


async def state_of(store: Store, callback_id: int) -> tuple[str, str | None]:
    row = await store.callbacks.get(callback_id)
    return row.state, row.reason


async def test_a_moment_is_by_the_leads_clock_and_terms_are_the_campaigns(store: Store) -> None:
    campaign = await add_campaign(
        store, leads=1, callback_tolerance_seconds=90.0, callback_fallback=CallbackFallback.RETRY
    )
    lead_id = await lead_id_of(store, campaign)
    local = read_local("2026-03-03 15:00")

    made = await store.callbacks.promise(lead_id, local, by="anna", now=NOW, note="ask for Eve")

    row = made.callback
    assert row.due_at == datetime.fromisoformat("2026-03-03T20:00:00+00:00")
    assert (row.tolerance_seconds, row.fallback, row.note) == (90.0, "retry", "ask for Eve")
    assert (row.state, row.agent_name, made.warning) == ("open", None, None)


OFFICE = CallingHours.parse(["mon-fri 09:00-17:00"])
SATURDAY = read_local("2026-03-07 11:00")


async def test_a_moment_the_hours_forbid_is_refused_with_the_next_one(store: Store) -> None:
    campaign = await add_campaign(store, leads=1, calling_hours=OFFICE)
    lead_id = await lead_id_of(store, campaign)

    with pytest.raises(StoreError, match="next allowed moment is 2026-03-09 09:00") as refused:
        await store.callbacks.promise(lead_id, SATURDAY, by="anna", now=NOW)

    assert "--or-next-open" in str(refused.value)
    assert await store.callbacks.list() == []


async def test_who_agreed_is_promised_the_next_open_moment(store: Store) -> None:
    campaign = await add_campaign(store, leads=1, calling_hours=OFFICE)
    lead_id = await lead_id_of(store, campaign)

    made = await store.callbacks.promise(
        lead_id, SATURDAY, by="anna", now=NOW, when_closed=WhenClosed.NEXT_OPEN
    )

    monday = datetime(2026, 3, 9, 13, 0, tzinfo=UTC)
    assert (made.callback.due_at, made.proposed_at) == (monday, monday)
    (due,) = await take(store, monday)
    assert due.callable_until == monday + timedelta(hours=8)


async def test_a_closed_moment_can_be_promised_all_the_same(store: Store) -> None:
    campaign = await add_campaign(store, leads=1, calling_hours=OFFICE)
    lead_id = await lead_id_of(store, campaign)

    made = await store.callbacks.promise(
        lead_id, SATURDAY, by="anna", now=NOW, when_closed=WhenClosed.ANYWAY
    )

    assert made.warning is not None and "not allowed" in made.warning
    assert made.proposed_at is not None
    # And the dialer is told that nothing may be launched at that moment.
    (due,) = await take(store, made.callback.due_at - timedelta(minutes=1))
    assert due.callable_until == due.due_at


async def test_zones_that_differ_are_asked_for(store: Store) -> None:
    rows = [new_lead(1, phone(1, "America/Chicago", "America/New_York"))]
    campaign = await add_campaign(store, leads=rows)
    lead_id = await lead_id_of(store, campaign)
    local = read_local("2026-03-03 15:00")

    with pytest.raises(StoreError, match="--zone"):
        await store.callbacks.promise(lead_id, local, by="anna", now=NOW)
    made = await store.callbacks.promise(lead_id, local, by="anna", now=NOW, zone="America/Chicago")

    assert made.callback.due_at.hour == 21


async def test_only_known_leads_and_agents_of_the_team_can_be_promised(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    lead_id = await lead_id_of(store, campaign)
    other = await store.agents.add("bob", "support", "1009", by="test", now=NOW)

    with pytest.raises(UnknownLead):
        await store.callbacks.promise(999, TOMORROW, by="anna", now=NOW)
    with pytest.raises(StoreError, match="not of the team"):
        await store.callbacks.promise(lead_id, TOMORROW, by="anna", now=NOW, agent_id=other.id)


async def test_a_promised_lead_is_not_called_before_its_moment(store: Store) -> None:
    await promised(store)
    (campaign,) = await store.campaigns.list()

    for at in (NOW, NOW + timedelta(hours=12), TOMORROW):
        assert await store.leads.lease(campaign.id, 1, owner=OWNER, now=at) == []


async def test_a_disposition_after_the_promise_does_not_bring_the_lead_back_early(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=1)
    (attempt,) = await dial(store, campaign)
    agent = await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    await store.callbacks.promise(attempt.lead_id, TOMORROW, by="anna", now=NOW, agent_id=agent.id)

    await store.attempts.settle([result_of(attempt.call_id, Outcome.CONNECTED)], now=NOW)
    await store.attempts.dispose(attempt.call_id, agent.id, "callback", now=NOW)

    later = TOMORROW - timedelta(minutes=5)
    assert await store.leads.lease(campaign.id, 1, owner=OWNER, now=later) == []
    (due,) = await take(store, TOMORROW - timedelta(minutes=1))
    assert (due.lead_id, due.agent_id) == (attempt.lead_id, agent.id)


async def test_a_promise_is_handed_out_once_shortly_before_its_moment(store: Store) -> None:
    lead_id = await promised(store)

    assert await take(store, TOMORROW - timedelta(minutes=4)) == []
    (due,) = await take(store, TOMORROW - timedelta(minutes=3))

    assert due.lead_id == lead_id and due.falls_to_team
    assert await take(store, TOMORROW, in_hand=(due.id,)) == []
    assert (await state_of(store, due.id))[0] == "due"


async def test_two_processes_do_not_take_one_promise(store: Store) -> None:
    await promised(store)

    both = await asyncio.gather(take(store, TOMORROW), take(store, TOMORROW))

    assert sorted(len(one) for one in both) == [0, 1]


async def test_the_attempt_passes_the_gate_and_the_end_is_written_once(store: Store) -> None:
    await promised(store)
    (campaign,) = await store.campaigns.list()
    (due,) = await take(store, TOMORROW)
    attempt = attempt_on(leased(due), campaign, callback_id=due.id)

    (verdict,) = await store.attempts.write([attempt], now=TOMORROW)
    assert verdict.refused is None
    kept = CallbackEnd(
        id=due.id,
        state=CallbackState.KEPT,
        reason="connected",
        at=TOMORROW,
        call_id=attempt.call_id,
    )
    missed = CallbackEnd(id=due.id, state=CallbackState.MISSED, reason="late", at=TOMORROW)
    await store.callbacks.record([kept])
    await store.callbacks.record([missed, kept])

    assert await state_of(store, due.id) == ("kept", "connected")
    counts = await store.callbacks.counts([campaign.id], NOW, TOMORROW + timedelta(days=1))
    assert (counts.kept, counts.missed, counts.open) == (1, 0, 0)


async def test_a_promise_takes_the_lead_out_of_the_hopper_it_is_in(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    (in_hopper,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW)

    await store.callbacks.promise(in_hopper.lead_id, TOMORROW, by="anna", now=NOW)
    (verdict,) = await store.attempts.write([attempt_on(in_hopper, campaign)], now=NOW)

    assert verdict.refused == "not_leased"
    assert await store.leads.lease(campaign.id, 1, owner=OWNER, now=TOMORROW) == []
    (due,) = await take(store, TOMORROW)
    # What a hopper still holds from before may not use the lease of the promise either.
    (stale,) = await store.attempts.write([attempt_on(in_hopper, campaign)], now=TOMORROW)
    assert stale.refused == "callback"
    promised_one = attempt_on(leased(due), campaign, callback_id=due.id)
    (kept,) = await store.attempts.write([promised_one], now=TOMORROW)
    assert kept.refused is None


async def test_a_lead_who_did_not_answer_in_time_is_counted_apart(store: Store) -> None:
    """Our part of the promise was kept; a call that came too late is missed all the same."""
    campaign = await add_campaign(store, leads=2)
    for lead in await store.leads.lease(campaign.id, 2, owner=OWNER, now=NOW):
        await store.callbacks.promise(lead.lead_id, TOMORROW, by="anna", now=NOW)
    in_time, too_late = await take(store, TOMORROW)
    for due, at in ((in_time, TOMORROW), (too_late, TOMORROW + timedelta(minutes=6))):
        attempt = attempt_on(leased(due), campaign, callback_id=due.id)
        assert [v.refused for v in await store.attempts.write([attempt], now=at)] == [None]
        end = CallbackEnd(
            id=due.id, state=CallbackState.MISSED, reason="no_answer", at=at,
            call_id=attempt.call_id,
        )  # fmt: skip
        await store.callbacks.record([end])

    counts = await store.callbacks.counts([campaign.id], NOW, TOMORROW + timedelta(days=1))
    assert (counts.unanswered, counts.missed) == (1, 1)
    shown = {row.id: row.is_unanswered for row in await store.callbacks.list(states=["missed"])}
    assert shown == {in_time.id: True, too_late.id: False}


async def test_a_promise_given_back_is_handed_out_again(store: Store) -> None:
    await promised(store)
    (due,) = await take(store, TOMORROW)
    await store.leads.release([due.lead_id], owner=OWNER)
    back = CallbackEnd(id=due.id, state=CallbackState.OPEN, reason="not_dialling", at=TOMORROW)
    await store.callbacks.record([back])

    (again,) = await take(store, TOMORROW + timedelta(seconds=5))
    assert again.id == due.id


async def test_what_a_dead_process_had_in_hand_is_handed_out_again(store: Store) -> None:
    await promised(store)
    (due,) = await take(store, TOMORROW)
    await store.leads.release_all(OWNER)

    (again,) = await take(store, TOMORROW + timedelta(seconds=30))

    assert again.id == due.id
    assert (await store.callbacks.due_of([due.lead_id]))[due.lead_id].id == due.id


@pytest.mark.parametrize(
    ("outcome", "after_seconds", "end"),
    [
        (Outcome.CONNECTED, 0, ("kept", "connected")),
        (Outcome.CONNECTED, 400, ("late", "after_tolerance")),
        (Outcome.NO_ANSWER, 0, ("missed", "no_answer")),
    ],
)
async def test_an_attempt_whose_process_died_before_it_told_of_the_promise_settles_it(
    store: Store, outcome: Outcome, after_seconds: int, end: tuple[str, str]
) -> None:
    await promised(store)
    (campaign,) = await store.campaigns.list()
    (due,) = await take(store, TOMORROW)
    attempt = attempt_on(leased(due), campaign, callback_id=due.id)
    at = TOMORROW + timedelta(seconds=after_seconds)
    (verdict,) = await store.attempts.write([attempt], now=at)
    assert verdict.refused is None
    assert await take(store, at) == [], "while the call lives it is nobody's else"

    await store.attempts.settle([result_of(attempt.call_id, outcome, at=at)], now=at)
    assert await take(store, at + timedelta(seconds=90)) == []

    assert await state_of(store, due.id) == end
    assert (await store.callbacks.get(due.id)).call_id == attempt.call_id


async def test_a_promise_nobody_dialled_lapses_and_the_lead_is_callable_again(
    store: Store,
) -> None:
    await promised(store)
    (campaign,) = await store.campaigns.list()
    (row,) = await store.callbacks.list()
    assert await store.callbacks.lapse(TOMORROW) == 0
    over = TOMORROW + timedelta(seconds=300 + 1200 + 1)

    assert await store.callbacks.lapse(over) == 1

    assert await state_of(store, row.id) == ("missed", "nobody_dialled")
    assert len(await store.leads.lease(campaign.id, 1, owner=OWNER, now=over)) == 1


async def test_a_cancelled_promise_frees_its_lead_at_once(store: Store) -> None:
    await promised(store)
    (campaign,) = await store.campaigns.list()
    (row,) = await store.callbacks.list()

    assert await store.callbacks.cancel(row.id, by="boss", now=NOW)

    assert await state_of(store, row.id) == ("cancelled", "cancelled by boss")
    assert len(await store.leads.lease(campaign.id, 1, owner=OWNER, now=TOMORROW)) == 1
    with pytest.raises(StoreError, match="is cancelled already"):
        await store.callbacks.cancel(row.id, by="boss", now=NOW)


async def test_one_that_a_dialer_has_in_hand_is_not_cancelled_behind_its_back(
    store: Store,
) -> None:
    await promised(store)
    (due,) = await take(store, TOMORROW)

    assert not await store.callbacks.cancel(due.id, by="boss", now=TOMORROW)


async def test_a_new_promise_takes_the_place_of_the_last(store: Store) -> None:
    lead_id = await promised(store)
    later = TOMORROW + timedelta(hours=2)
    await store.callbacks.promise(lead_id, later, by="anna", now=NOW)

    rows = await store.callbacks.list(states=["open", "cancelled"])

    assert [(row.state, row.due_at) for row in rows] == [("cancelled", TOMORROW), ("open", later)]


async def test_a_lead_who_refuses_such_calls_is_promised_none(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    (attempt,) = await dial(store, campaign)
    agent = await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    await store.attempts.settle([result_of(attempt.call_id, Outcome.CONNECTED)], now=NOW)
    await store.attempts.dispose(attempt.call_id, agent.id, "refusal", now=NOW)

    with pytest.raises(StoreError, match="refusal"):
        await store.callbacks.promise(attempt.lead_id, TOMORROW, by="anna", now=NOW)


async def test_the_feed_reads_an_index_however_many_promises_are_behind_it(
    store: Store, database_url: str
) -> None:
    campaign = await add_campaign(store, leads=[new_lead(i) for i in range(1, 2001)])
    engine = create_engine(normal_url(database_url))
    with engine.begin() as c:
        c.execute(
            text(
                "INSERT INTO callback (lead_id, campaign_id, phone_id, due_at, tolerance_seconds,"
                " agent_wait_seconds, fallback, promised_by, promised_at, state, settled_at)"
                " SELECT lead.id, campaign_id, (SELECT id FROM lead_phone WHERE lead_id = lead.id),"
                " CAST(:now AS timestamptz) + lead.id * interval '1 hour', 300, 600, 'team', 'x',"
                " :now, CASE WHEN lead.id % 20 = 0 THEN 'open' ELSE 'kept' END,"
                " CASE WHEN lead.id % 20 = 0 THEN NULL ELSE CAST(:now AS timestamptz) END FROM lead"
            ),
            {"now": NOW},
        )
        c.execute(text("ANALYZE callback, lead, lead_phone"))
        values = {"until": TOMORROW, "campaigns": [campaign.id], "in_hand": [], "most": 200}
        plan = "\n".join(c.scalars(text(f"EXPLAIN {TAKE}"), values))

    engine.dispose()
    assert "ix_callback_due" in plan, plan
