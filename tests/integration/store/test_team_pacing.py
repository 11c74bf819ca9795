"""What a person set of a team's pacing, what its pacer has learnt, and leads put off."""

from datetime import timedelta

import pytest

from campaigns.store.errors import UnknownTeam
from campaigns.store.store import Store
from campaigns.store.team_pacing import STATE_MAX
from tests.support.stored import NOW, OWNER, add_campaign

BEFORE = {"mode": "predictive", "ratio": 1.5}


async def test_what_was_set_stays_until_it_is_taken_back_and_each_is_audited(store: Store) -> None:
    team = (await add_campaign(store)).team_id
    assert await store.team_pacing.settings(team) is None
    after = {"mode": "preview", "ratio": 1.5}
    await store.team_pacing.set(team, after, before=BEFORE, by="ann", now=NOW)
    assert await store.team_pacing.settings(team) == after
    more = {"mode": "ratio", "ratio": 2.0}
    later = NOW + timedelta(minutes=1)
    await store.team_pacing.set(team, more, before=after, by="bob", now=later)
    assert await store.team_pacing.settings(team) == more
    await store.team_pacing.reset(team, BEFORE, before=more, by="cid", now=later)
    assert await store.team_pacing.settings(team) is None
    lines = [one for one in await store.audit.lines("team sales") if "pacing" in one.action]
    assert [(one.by, one.action) for one in lines] == [
        ("cid", "team.pacing_reset"),
        ("bob", "team.pacing"),
        ("ann", "team.pacing"),
    ]
    assert lines[1].details == {
        "before": {"mode": "preview", "ratio": 1.5},
        "after": {"mode": "ratio", "ratio": 2.0},
    }


async def test_a_state_is_kept_by_the_holder_of_the_lease_alone(store: Store) -> None:
    team = (await add_campaign(store)).team_id
    token = await store.leases.acquire(team, OWNER, 60)
    assert token is not None
    save = store.team_pacing.save_state
    assert await store.team_pacing.state(team) is None
    assert await save(team, "learnt", owner=OWNER, token=token, now=NOW)
    assert await store.team_pacing.state(team) == "learnt"
    assert not await save(team, "stale", owner=OWNER, token=token - 1, now=NOW)
    assert not await save(team, "stranger", owner="other", token=token, now=NOW)
    assert await save(team, "more", owner=OWNER, token=token, now=NOW)
    assert await store.team_pacing.state(team) == "more"


async def test_a_state_beyond_any_pacers_size_is_refused(store: Store) -> None:
    team = (await add_campaign(store)).team_id
    with pytest.raises(ValueError, match="characters, over"):
        await store.team_pacing.save_state(
            team, "x" * (STATE_MAX + 1), owner=OWNER, token=1, now=NOW
        )


async def test_setting_a_team_that_is_not_there_changes_nothing(store: Store) -> None:
    with pytest.raises(UnknownTeam, match="no team number 999"):
        await store.team_pacing.set(999, BEFORE, before=BEFORE, by="ann", now=NOW)


async def test_a_lead_put_off_is_not_leased_before_its_time(store: Store) -> None:
    campaign = await add_campaign(store, leads=2)
    first, second = await store.leads.lease(campaign.id, 2, owner=OWNER, now=NOW, token=None)
    until = NOW + timedelta(hours=1)
    assert await store.leads.postpone(first.lead_id, owner=OWNER, until=until)
    assert not await store.leads.postpone(first.lead_id, owner=OWNER, until=until)
    await store.leads.release([second.lead_id], owner=OWNER)
    again = await store.leads.lease(campaign.id, 2, owner=OWNER, now=NOW, token=None)
    assert [lead.lead_id for lead in again] == [second.lead_id]
    then = await store.leads.lease(campaign.id, 2, owner=OWNER, now=until, token=None)
    assert [lead.lead_id for lead in then] == [first.lead_id]
