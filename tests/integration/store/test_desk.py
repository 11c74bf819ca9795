"""What the agent's screen reads and writes: cards, notes, hand-overs, the day."""

from datetime import datetime, timedelta

import pytest

from campaigns.callbacks import read_local
from campaigns.calling_hours import CallingHours
from campaigns.desk_spec import DeskSpec
from campaigns.outcomes import Outcome
from campaigns.store.errors import StoreError
from campaigns.store.hand_overs import HandOverWay, NewHandOver
from campaigns.store.notes import BODY_LENGTH_MAX
from campaigns.store.rows import AgentRow, AgentStateChange, CampaignRow
from campaigns.store.store import Store
from tests.support.stored import (
    NOW,
    add_campaign,
    dial,
    new_lead,
    number,
    phone,
    result_of,
)


async def talked(
    store: Store,
    campaign: CampaignRow,
    agent: AgentRow,
    *,
    said: str = "no_interest",
    at: datetime = NOW,
) -> tuple[str, int]:
    """A conversation that is over: its call and its lead."""
    (attempt,) = await dial(store, campaign, now=at)
    result = result_of(attempt.call_id, Outcome.CONNECTED, at=at, agent_id=agent.id)
    await store.attempts.settle([result], now=at)
    await store.attempts.dispose(attempt.call_id, agent.id, said, now=at + timedelta(seconds=80))
    return attempt.call_id, attempt.lead_id


async def agents(store: Store, *names: str) -> list[AgentRow]:
    return [
        await store.agents.add(name, "sales", f"10{index:02d}", by="test", now=NOW)
        for index, name in enumerate(names)
    ]


async def test_a_card_tells_what_earlier_agents_wrote_and_heard(store: Store) -> None:
    campaign = await add_campaign(
        store,
        leads=[new_lead(1, phone(1, "Asia/Baku"), contract="77-A")],
        desk=DeskSpec(greeting="Hello {name}"),
    )
    anna, ben = await agents(store, "anna", "ben")
    call_id, lead_id = await talked(store, campaign, anna, said="other")
    await store.notes.write(call_id, anna.id, "wants it blue", version=0, now=NOW)
    await store.notes.write(call_id, ben.id, "called by Anna before", version=0, now=NOW)
    promised = NOW.replace(tzinfo=None) + timedelta(days=1)
    await store.callbacks.promise(lead_id, promised, by="anna", now=NOW, agent_id=anna.id)
    card = await store.lead_cards.read(lead_id)
    assert (card.name, card.client, card.fields) == ("Lead 1", "Acme", {"contract": "77-A"})
    assert card.spec.desk.greeting == "Hello {name}"
    assert card.time_zones == ["Asia/Baku"]
    (contact,) = card.contacts
    assert (contact["agent"], contact["label"], contact["talk_seconds"]) == ("anna", "Other", 59.8)
    assert [one["body"] for one in contact["notes"]] == ["wants it blue", "called by Anna before"]
    (callback,) = card.callbacks
    assert (callback["agent"], callback["state"]) == ("anna", "open")


async def test_a_card_knows_the_person_from_the_clients_other_campaigns_and_from_no_other_client(
    store: Store,
) -> None:
    spring = await add_campaign(store, leads=1)
    autumn = await add_campaign(store, name="autumn", leads=1)
    rival = await add_campaign(store, name="rival", client="Rival", leads=1)
    (anna,) = await agents(store, "anna")
    first, _ = await talked(store, spring, anna)
    await store.notes.write(first, anna.id, "has two cats", version=0, now=NOW)
    later = NOW + timedelta(days=3)
    foreign, _ = await talked(store, rival, anna, at=later)
    await store.notes.write(foreign, anna.id, "a secret of the rival", version=0, now=later)
    (lease,) = await store.leads.lease(autumn.id, 1, owner="w", now=later)
    card = await store.lead_cards.read(lease.lead_id)
    assert [one["campaign"] for one in card.contacts] == ["spring"]
    assert card.contacts[0]["notes"][0]["body"] == "has two cats"


async def test_nothing_typed_is_lost_when_two_write(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    (anna,) = await agents(store, "anna")
    call_id, _ = await talked(store, campaign, anna)
    first = await store.notes.write(call_id, anna.id, "wants", version=0, now=NOW)
    assert (first.body, first.version) == ("wants", 1)
    grown = await store.notes.write(call_id, anna.id, "wants blue", version=1, now=NOW)
    again = await store.notes.write(call_id, anna.id, "wants blue", version=1, now=NOW)
    assert (grown.version, again.version) == (2, 2)
    # Another tab, or one whose line was down, which never saw "blue".
    other = await store.notes.write(call_id, anna.id, "ring after six", version=1, now=NOW)
    assert other.body == "wants blue\nring after six"
    assert (await store.notes.get(call_id, anna.id)).version == 3
    with pytest.raises(StoreError, match="at most 20000 are kept"):
        await store.notes.write(call_id, anna.id, "x" * (BODY_LENGTH_MAX + 1), version=3, now=NOW)
    nobody = "00000000-0000-0000-0000-000000000000"
    with pytest.raises(StoreError, match="There is no call"):
        await store.notes.write(nobody, anna.id, "x", version=0, now=NOW)


async def test_a_hand_over_tells_the_specialist_everything_and_is_read_in_order(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=[new_lead(1, contract="77-A")])
    (anna,) = await agents(store, "anna")
    call_id, lead_id = await talked(store, campaign, anna)
    new = NewHandOver(
        call_id=call_id,
        agent_id=anna.id,
        specialist="Loans",
        number="+12025550177",
        way=HandOverWay.MESSAGE,
        note="wants a loan of 10,000",
    )
    row = await store.hand_overs.add(new, by="anna", now=NOW)
    assert (row.client, row.lead_id, row.lead_number) == ("Acme", lead_id, number(1))
    assert (row.fields, row.note) == ({"contract": "77-A"}, "wants a loan of 10,000")
    assert [one.id for one in await store.hand_overs.since(0, client="Acme")] == [row.id]
    assert await store.hand_overs.since(row.id) == []
    assert await store.hand_overs.since(0, client="Rival") == []
    lines = await store.audit.lines(subject=f"call {call_id}")
    assert "lead handed over" in {one.action for one in lines}


async def test_what_agents_wrote_is_in_the_dossier_and_forgotten_with_the_person(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=1)
    (anna,) = await agents(store, "anna")
    call_id, lead_id = await talked(store, campaign, anna, said="other")
    await store.notes.write(call_id, anna.id, "lives at 5 High Street", version=0, now=NOW)
    await store.hand_overs.add(
        NewHandOver(
            call_id=call_id,
            agent_id=anna.id,
            specialist="Loans",
            number=None,
            way=HandOverWay.MESSAGE,
            note="call him at 5 High Street",
        ),
        by="anna",
        now=NOW,
    )
    dossier = await store.privacy.dossier(number(1), now=NOW)
    assert dossier["notes"][0]["body"] == "lives at 5 High Street"
    assert dossier["hand_overs"][0]["specialist"] == "Loans"
    await store.privacy.forget(number(1), by="test", now=NOW)
    assert (await store.notes.get(call_id, anna.id)).body == ""
    (row,) = await store.hand_overs.since(0)
    assert (row.note, row.lead_name) == ("", None)
    assert "High Street" not in str(await store.lead_cards.read(lead_id))


async def test_a_day_counts_calls_sales_time_and_promises(store: Store) -> None:
    campaign = await add_campaign(store, leads=3)
    anna, ben = await agents(store, "anna", "ben")
    await talked(store, campaign, anna, said="sale")
    _, lead_id = await talked(store, campaign, anna, said="callback")
    await talked(store, campaign, ben, said="sale")
    due = NOW.replace(tzinfo=None) + timedelta(hours=1)
    await store.callbacks.promise(
        lead_id, due, by="anna", now=NOW, agent_id=anna.id, zone="UTC", note="after lunch"
    )
    states = [
        ("logged_out", "ready", 0),
        ("ready", "talking", 30),
        ("talking", "wrap_up", 90),
        ("wrap_up", "paused", 100),
    ]
    await store.agents.record_states(
        [
            AgentStateChange(
                agent_id=anna.id,
                team_id=anna.team_id,
                state=before,
                since=NOW,
                new_state=after,
                at=NOW + timedelta(seconds=seconds),
            )
            for before, after, seconds in states
        ],
        NOW,
    )
    midnight = NOW.replace(hour=0)
    day = await store.agent_days.read(
        anna.id,
        since=midnight,
        until=midnight + timedelta(days=1),
        now=NOW + timedelta(seconds=150),
    )
    assert (day.calls, day.sales, day.hand_overs) == (2, 1, 0)
    assert day.seconds == {"ready": 30.0, "talking": 60.0, "wrap_up": 10.0, "paused": 50.0}
    assert (day.callbacks_due, day.callbacks_kept, day.callbacks_missed) == (1, 0, 0)
    assert [one.note for one in day.due] == ["after lunch"]


async def test_a_moment_is_judged_before_it_is_promised(store: Store) -> None:
    campaign = await add_campaign(
        store,
        leads=[new_lead(1, phone(1, "America/New_York"))],
        calling_hours=CallingHours.parse(["mon-fri 09:00-18:00"]),
    )
    (lease,) = await store.leads.lease(campaign.id, 1, owner="w", now=NOW)
    good = await store.callbacks.check(lease.lead_id, read_local("2026-03-03 10:00"), now=NOW)
    assert (good.zone, good.advice.warning) == ("America/New_York", None)
    late = await store.callbacks.check(lease.lead_id, read_local("2026-03-03 23:00"), now=NOW)
    assert late.advice.is_closed
    assert late.advice.proposed_at is not None
    assert late.advice.proposed_at.isoformat() == "2026-03-04T14:00:00+00:00"
    assert await store.callbacks.list() == []
