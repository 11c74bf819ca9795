"""Campaigns, teams and agents: created once, found by name, every change audited."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from campaigns.campaign_spec import LeadOrder
from campaigns.store.errors import (
    DuplicateAgent,
    DuplicateCampaign,
    StoreError,
    UnknownAgent,
    UnknownCampaign,
    UnknownTeam,
)
from campaigns.store.rows import AgentStateChange
from campaigns.store.store import Store
from tests.support.stored import NOW, add_campaign, campaign_spec


def rows_of(url: str, query: str) -> Sequence[tuple[object, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


async def test_a_campaign_comes_back_with_the_spec_it_was_created_with(store: Store) -> None:
    spec = campaign_spec(trunks=("main", "reserve"), order=LeadOrder.DUE, weight=2.5)
    created = await store.campaigns.create(spec, by="ann", now=NOW)
    assert created == await store.campaigns.get("spring") == await store.campaigns.by_id(created.id)
    assert created.spec == spec
    assert (created.state, created.client, created.team_name) == ("draft", "Acme", "sales")
    assert (await store.teams.get("sales")).id == created.team_id


async def test_a_second_campaign_of_the_name_needs_replace(store: Store) -> None:
    first = await add_campaign(store, leads=3)
    with pytest.raises(DuplicateCampaign, match="'spring' already"):
        await add_campaign(store)
    changed = campaign_spec(team="night", ring_seconds=20.0)
    second = await store.campaigns.create(changed, by="ann", now=NOW, replace=True)
    assert (second.id, second.team_name, second.spec.ring_seconds) == (first.id, "night", 20.0)
    assert (await store.leads.counts(first.id, NOW)).total == 3


async def test_names_not_found_suggest_the_nearest(store: Store) -> None:
    await add_campaign(store)
    await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    with pytest.raises(UnknownCampaign, match=r"no campaign 'sprung'. Did you mean 'spring'\?"):
        await store.campaigns.get("sprung")
    with pytest.raises(UnknownAgent, match=r"Did you mean 'anna'\?"):
        await store.agents.get("ana")
    with pytest.raises(UnknownTeam, match="A team is made by"):
        await store.teams.get("xyz")


async def test_states_are_stamped_and_audited_once(store: Store, database_url: str) -> None:
    campaign = await add_campaign(store)
    later = NOW + timedelta(hours=1)
    for state, now in (
        ("running", NOW),
        ("running", later),
        ("paused", later),
        ("running", later),
        ("stopped", later),
    ):
        await store.campaigns.set_state(campaign.id, state, by="ann", now=now)
    row = await store.campaigns.get("spring")
    assert (row.state, row.started_at, row.stopped_at) == ("stopped", NOW, later)
    found = rows_of(
        database_url,
        "SELECT by, details ->> 'from', details ->> 'to' FROM audit_log"
        " WHERE action = 'campaign state' ORDER BY id",
    )
    assert found == [
        ("ann", "draft", "running"),
        ("ann", "running", "paused"),
        ("ann", "paused", "running"),
        ("ann", "running", "stopped"),
    ]
    with pytest.raises(StoreError, match="'asleep' is no state of a campaign; use draft"):
        await store.campaigns.set_state(campaign.id, "asleep", by="ann", now=NOW)


async def test_a_naive_instant_is_a_programmers_error(store: Store) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        await store.campaigns.create(
            campaign_spec(),
            by="x",
            now=datetime(2026, 1, 1),  # noqa: DTZ001 - on purpose
        )


async def test_agents_are_listed_by_team_and_not_added_twice(store: Store) -> None:
    bob = await store.agents.add("bob", "night", "1002", by="test", now=NOW)
    anna = await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    assert await store.agents.list() == [anna, bob]
    assert await store.agents.list("night") == [bob]
    assert (anna.state, anna.leg_id) == ("logged_out", None)
    with pytest.raises(DuplicateAgent, match="'bob' already"):
        await store.agents.add("bob", "sales", "1003", by="test", now=NOW)
    await store.agents.set_leg(bob.id, "leg-7")
    assert (await store.agents.get("bob")).leg_id == "leg-7"


async def test_an_agents_day_has_no_gap_and_no_overlap(store: Store, database_url: str) -> None:
    campaign = await add_campaign(store)
    anna = await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    words = ["connecting_leg", "paused", "ready", "reserved", "talking", "wrap_up", "ready"]
    # Reserved and talking begin at the same instant: a bridge may be that quick.
    seconds = [0, 2, 10, 30, 30, 90, 100]
    changes = [
        AgentStateChange(
            agent_id=anna.id,
            team_id=anna.team_id,
            state=before,
            since=NOW,
            new_state=word,
            at=NOW + timedelta(seconds=second),
            reason="login" if word == "paused" else None,
            campaign_id=campaign.id if before in ("reserved", "talking", "wrap_up") else None,
        )
        for before, word, second in zip(["logged_out", *words], words, seconds, strict=False)
    ]
    now = NOW + timedelta(minutes=5)
    for batch in (changes[:4], changes[:4], changes[2:6], changes[6:], changes):
        await store.agents.record_states(batch, now)
    found = rows_of(
        database_url,
        "SELECT state, reason, campaign_id IS NOT NULL,"
        " CAST(extract(epoch FROM ended_at - began_at) AS int) FROM agent_activity ORDER BY id",
    )
    assert found == [
        ("connecting_leg", None, False, 2),
        ("paused", "login", False, 8),
        ("ready", None, False, 20),
        ("reserved", None, True, 0),
        ("talking", None, True, 60),
        ("wrap_up", None, True, 10),
        ("ready", None, False, None),
    ]
    row = await store.agents.get("anna")
    assert (row.state, row.state_since, row.pause_reason) == (
        "ready",
        NOW + timedelta(seconds=100),
        None,
    )
