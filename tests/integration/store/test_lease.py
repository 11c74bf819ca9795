"""The hopper: who is called next, by whom, and never by two at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, text

from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import LeadOrder
from campaigns.outcomes import Outcome
from campaigns.store.errors import LeaseLost, UnknownCampaign
from campaigns.store.hopper import LEASE, few_of
from campaigns.store.rows import LeadCounts
from campaigns.store.store import Store
from dialer.runtime.lead_features import features_of
from tests.support.stored import (
    NOW,
    OWNER,
    add_campaign,
    attempt_on,
    dial,
    new_lead,
    number,
    phone,
    result_of,
)

OFFICE = CallingHours.parse(["mon-fri 09:00-17:00"])


@pytest.fixture
async def other_store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """A second process's store on the same database."""
    async with await Store.open(database_url, directory=tmp_path, upgrade=False) as opened:
        yield opened


async def leased_numbers(store: Store, campaign_id: int, count: int) -> list[str]:
    leads = await store.leads.lease(campaign_id, count, owner=OWNER, now=NOW)
    return [lead.number for lead in leads]


async def test_the_order_is_priority_then_due_then_list(store: Store) -> None:
    rows = [new_lead(i, priority=5 if i == 4 else 0) for i in range(1, 6)]
    campaign = await add_campaign(store, leads=rows)
    expected = [number(i) for i in (4, 1, 2, 3, 5)]
    assert await leased_numbers(store, campaign.id, 3) == expected[:3]
    assert await leased_numbers(store, campaign.id, 9) == expected[3:]
    assert await leased_numbers(store, campaign.id, 9) == []


@pytest.mark.parametrize(("order", "first"), [(LeadOrder.LIST, 2), (LeadOrder.DUE, 1)])
async def test_the_campaign_chooses_fresh_leads_or_those_due_again(
    store: Store, order: LeadOrder, first: int
) -> None:
    campaign = await add_campaign(store, leads=2, order=order)
    (attempt,) = await dial(store, campaign)
    await store.attempts.settle([result_of(attempt.call_id, Outcome.BUSY)], now=NOW)
    later = NOW + timedelta(hours=1)
    leads = await store.leads.lease(campaign.id, 9, owner=OWNER, now=later)
    assert [lead.number for lead in leads] == [number(first), number(3 - first)]


async def test_only_leads_whose_every_zone_is_open_are_leased_until_it_closes(
    store: Store,
) -> None:
    # 15:00 UTC on a Monday: 10:00 in New York, 07:00 in Los Angeles, 16:00 in Oslo.
    rows = [
        new_lead(1, phone(1, "America/Los_Angeles")),
        new_lead(2, phone(2, "America/New_York")),
        new_lead(3, phone(3, "Europe/Oslo", "America/Los_Angeles")),
        new_lead(4, phone(4, "Europe/Oslo", "America/New_York")),
    ]
    campaign = await add_campaign(store, leads=rows, calling_hours=OFFICE)
    leads = await store.leads.lease(campaign.id, 9, owner=OWNER, now=NOW)
    assert [(lead.number, lead.callable_until) for lead in leads] == [
        (number(2), datetime(2026, 3, 2, 22, 0, tzinfo=UTC)),
        (number(4), datetime(2026, 3, 2, 16, 0, tzinfo=UTC)),
    ]
    assert leads[1].time_zones == ("America/New_York", "Europe/Oslo")
    evening = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
    assert [
        lead.number for lead in await store.leads.lease(campaign.id, 9, owner=OWNER, now=evening)
    ] == [number(1)]


async def test_two_processes_at_once_share_the_leads_and_never_one_of_them(
    store: Store, other_store: Store
) -> None:
    campaign = await add_campaign(store, leads=300)
    batches = await asyncio.gather(
        *(
            one.leads.lease(campaign.id, 20, owner=f"worker-{index}", now=NOW)
            for index, one in enumerate([store, other_store] * 8)
        )
    )
    taken = [lead.lead_id for batch in batches for lead in batch]
    assert len(taken) == len(set(taken)) == 300
    counts = await store.leads.counts(campaign.id, NOW)
    assert (counts.leased, counts.callable_now) == (300, 0)


async def test_leads_given_back_are_the_first_again(store: Store) -> None:
    campaign = await add_campaign(store, leads=3)
    leads = await store.leads.lease(campaign.id, 2, owner=OWNER, now=NOW)
    ids = [lead.lead_id for lead in leads]
    assert await store.leads.release(ids, owner="somebody else") == 0
    assert await store.leads.release(ids, owner=OWNER) == 2
    assert await store.leads.release(ids, owner=OWNER) == 0
    assert await store.leads.lease(campaign.id, 2, owner=OWNER, now=NOW) == leads


async def test_a_restart_gives_back_what_was_leased_but_not_what_is_being_dialled(
    store: Store, other_store: Store
) -> None:
    campaign = await add_campaign(store, leads=10)
    (attempt,) = await dial(store, campaign)
    await store.leads.lease(campaign.id, 4, owner=OWNER, now=NOW)
    await store.leads.lease(campaign.id, 2, owner="another", now=NOW)
    # The process is gone; another opens the same database under the same owner.
    assert await other_store.leads.release_all(OWNER) == 4
    (left,) = await other_store.attempts.unfinished(campaign.team_id)
    assert (left.call_id, left.time_zones) == (attempt.call_id, ("America/New_York",))
    await other_store.attempts.settle([result_of(left.call_id, Outcome.UNKNOWN)], now=NOW)
    assert await other_store.attempts.unfinished(campaign.team_id) == []
    assert await other_store.leads.release_team(campaign.team_id, keep_owner=OWNER) == 2
    again = await other_store.leads.lease(campaign.id, 99, owner=OWNER, now=NOW)
    assert len(again) == 9
    assert attempt.number not in {lead.number for lead in again}


async def test_numbers_on_a_do_not_call_list_are_passed_over_for_good(store: Store) -> None:
    rows = [new_lead(i) for i in range(1, 31)] + [new_lead(31, phone(31), phone(32))]
    campaign = await add_campaign(store, leads=rows)
    add = store.do_not_call.add
    for index in range(1, 30):
        await add(number(index), list_name="national", by="ann", how="import", now=NOW)
    await add(number(31), list_name="national", by="ann", how="letter", now=NOW)
    assert await leased_numbers(store, campaign.id, 2) == [number(30), number(32)]
    counts = await store.leads.counts(campaign.id, NOW)
    assert (counts.invalid, counts.leased, counts.attempted) == (29, 2, 0)


async def test_the_counts_add_up(store: Store) -> None:
    rows = [new_lead(i) for i in range(1, 9)] + [new_lead(9, phone(9, "Asia/Tokyo"))]
    campaign = await add_campaign(store, leads=rows, calling_hours=OFFICE)
    attempts = await dial(store, campaign, 4)
    outcomes = [Outcome.BUSY, Outcome.INVALID_NUMBER, Outcome.CONNECTED]
    results = [
        result_of(attempt.call_id, outcome)
        for attempt, outcome in zip(attempts, outcomes, strict=False)
    ]
    now = NOW + timedelta(minutes=2)
    await store.attempts.settle(results, now=now)
    agent = await store.agents.add("anna", "sales", "1", by="test", now=NOW)
    await store.attempts.dispose(attempts[2].call_id, agent.id, "sale", now=now)
    await store.leads.lease(campaign.id, 1, owner=OWNER, now=now)
    assert await store.leads.counts(campaign.id, now) == LeadCounts(
        total=9, callable_now=3, waiting=2, leased=1, dialling=1, done=1, invalid=1, attempted=4
    )


async def test_a_process_that_lost_the_teams_lease_gets_no_leads(store: Store) -> None:
    campaign = await add_campaign(store, leads=5)
    team = campaign.team_id
    token = await store.leases.acquire(team, OWNER, 60)
    assert token is not None
    assert len(await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW, token=token)) == 1
    with pytest.raises(LeaseLost, match="'worker-2' no longer holds the lease"):
        await store.leads.lease(campaign.id, 1, owner="worker-2", now=NOW)
    await store.leases.release(team, OWNER, token)
    newer = await store.leases.acquire(team, "worker-2", 60)
    assert newer == token + 1
    with pytest.raises(LeaseLost, match="must not dial any more"):
        await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW, token=token)
    with pytest.raises(UnknownCampaign, match="no campaign number 99"):
        await store.leads.lease(99, 1, owner=OWNER, now=NOW)


def test_the_hopper_reads_exactly_the_leads_it_takes_among_two_hundred_thousand(
    database_url: str,
) -> None:
    """By the planner's own account: index scans, and no row read to be thrown away."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        for statement in TWO_HUNDRED_THOUSAND:
            connection.execute(text(statement))
    with engine.begin() as connection:
        explained = connection.execute(
            text(f"EXPLAIN (ANALYZE, FORMAT JSON) {LEASE}"),
            {
                "campaign_id": 1,
                "open_zones": ["Zone/3", "Zone/5", "Zone/5"],
                "open_places": ["US-3", "US-5", "US-6"],
                "count": 50,
                "few": 50,
                "now": NOW,
                "owner": OWNER,
                "fresh_first": True,
            },
        ).scalar_one()
    engine.dispose()
    scans = [node for node in nodes(explained[0]["Plan"]) if node.get("Relation Name") == "lead"]
    assert {node["Node Type"] for node in scans} <= {
        "Index Scan",
        "Index Only Scan",
        "ModifyTable",
    }
    hopper = [node for node in scans if node.get("Index Name") == "ix_lead_hopper"]
    assert len(hopper) == 3
    for node in hopper:
        assert float(str(node["Actual Rows"])) * int(str(node["Actual Loops"])) <= 50 * 4
        assert node.get("Rows Removed by Filter", 0) == 0


def test_a_lease_reads_a_few_entries_of_each_zone_and_place_not_a_hopper_full_of_each(
    database_url: str,
) -> None:
    """A country has sixty keys of zone and place: sixty times five hundred entries are too many."""
    engine = create_engine(database_url)
    count, keys = 500, 10
    with engine.begin() as connection:
        for statement in TWO_HUNDRED_THOUSAND:
            connection.execute(text(statement))
    with engine.begin() as connection:
        explained = connection.execute(
            text(f"EXPLAIN (ANALYZE, FORMAT JSON) {LEASE}"),
            {
                "campaign_id": 1,
                "open_zones": [f"Zone/{number}" for number in range(keys)],
                "open_places": [f"US-{number}" for number in range(keys)],
                "count": count,
                "few": few_of(count, keys=keys),
                "now": NOW,
                "owner": OWNER,
                "fresh_first": True,
            },
        ).scalar_one()
    engine.dispose()
    hopper = [
        node for node in nodes(explained[0]["Plan"]) if node.get("Index Name") == "ix_lead_hopper"
    ]
    read = sum(float(str(n["Actual Rows"])) * int(str(n["Actual Loops"])) for n in hopper)
    # Twice the share of each key, the five hundred themselves, and once more to lock them.
    assert count <= read <= 5 * count < keys * count
    assert all(node.get("Rows Removed by Filter", 0) == 0 for node in hopper)


def nodes(plan: dict[str, object]) -> list[dict[str, object]]:
    """The plan's nodes, flat."""
    below = plan.get("Plans", [])
    assert isinstance(below, list)
    return [plan, *(node for each in below for node in nodes(each))]


TWO_HUNDRED_THOUSAND = (
    "INSERT INTO client (name, created_at) VALUES ('c', now())",
    "INSERT INTO team (name, created_at) VALUES ('t', now())",
    "INSERT INTO campaign (client_id, team_id, name, spec, created_at, updated_at)"
    " VALUES (1, 1, 'big', '{}', now(), now())",
    "INSERT INTO lead_list (campaign_id, name, created_at) VALUES (1, 'l', now())",
    # Half of the leads wait for their retry, at a higher priority than those that are due.
    "INSERT INTO lead (campaign_id, list_id, fields, priority, state, next_call_at, next_position,"
    " time_zones, jurisdictions, tries, is_fresh, created_at)"
    " SELECT 1, 1, '{}', mod(i, 2), 'callable',"
    f"   timestamptz '{NOW.isoformat()}' + (mod(i, 2) * 2 - 1) * interval '1 day', 1,"
    "   'Zone/' || mod(i, 10), 'US-' || mod(i, 10), 0, mod(i, 3) = 0, now()"
    " FROM generate_series(1, 200000) AS i",
    "INSERT INTO lead_phone (lead_id, campaign_id, position, number, kind, time_zones,"
    " jurisdictions) SELECT id, 1, 1, '+1555' || lpad(CAST(id AS text), 7, '0'), 'mobile',"
    "   time_zones, jurisdictions FROM lead",
    "INSERT INTO hopper_key (campaign_id, time_zones, jurisdictions, priority)"
    " SELECT DISTINCT 1, time_zones, jurisdictions, priority FROM lead",
    "ANALYZE",
)


async def test_a_lead_dialled_by_one_is_not_released_by_another(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW)
    (verdict,) = await store.attempts.write([attempt_on(lead, campaign)], now=NOW)
    assert verdict.refused is None
    assert await store.leads.release([lead.lead_id], owner=OWNER) == 0
    assert (await store.leads.counts(campaign.id, NOW)).dialling == 1


async def test_a_lease_tells_what_is_known_of_the_lead(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    (fresh,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW)
    assert (fresh.leased_at, fresh.last_outcome, fresh.tries) == (NOW, None, 0)
    attempt, hour, weekday, area, last, listed = features_of(fresh)
    local = NOW.astimezone(ZoneInfo("America/New_York"))
    assert (attempt, hour, weekday) == (1, local.hour, local.weekday())
    assert (area, last, listed) == (fresh.number[:5], "never", fresh.list_id)
    row = attempt_on(fresh, campaign, answer_probability=0.25)
    (verdict,) = await store.attempts.write([row], now=NOW)
    assert verdict.refused is None
    await store.attempts.settle([result_of(row.call_id, Outcome.BUSY)], now=NOW)
    later = NOW + timedelta(hours=1)
    (again,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=later)
    assert features_of(again)[0] == 2
    assert features_of(again)[4] == "busy"
