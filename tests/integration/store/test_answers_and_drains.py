"""Answers noted while calls are up, and switches taken out of use."""

from datetime import timedelta

from campaigns.outcomes import Outcome
from campaigns.store.rows import AnswerNote
from campaigns.store.store import Store
from tests.support.stored import NOW, add_campaign, dial, result_of


async def test_an_answer_and_a_bridge_stand_in_an_open_attempt_and_move_nothing(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=1)
    agent = await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    (attempt,) = await dial(store, campaign)
    answered = AnswerNote(call_id=attempt.call_id, answered_at=NOW, bridged_at=None, agent_id=None)
    await store.attempts.note_answers([answered])
    row = await store.attempts.get(attempt.call_id)
    assert (row.answered_at, row.bridged_at, row.ended_at) == (NOW, None, None)
    bridged_at = NOW + timedelta(seconds=1)
    bridged = AnswerNote(
        call_id=attempt.call_id, answered_at=NOW, bridged_at=bridged_at, agent_id=agent.id
    )
    await store.attempts.note_answers([bridged])
    (row,) = await store.attempts.unfinished(campaign.team_id)
    assert (row.bridged_at, row.agent_id, row.outcome) == (bridged_at, agent.id, None)
    assert (await store.attempts.ledger_counts(campaign.id, None, None)).live_answers == 0


async def test_a_note_that_comes_after_the_end_changes_nothing(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    (attempt,) = await dial(store, campaign)
    result = result_of(attempt.call_id, Outcome.CONNECTED)
    await store.attempts.settle([result], now=NOW)
    late = AnswerNote(
        call_id=attempt.call_id,
        answered_at=NOW + timedelta(hours=1),
        bridged_at=None,
        agent_id=None,
    )
    await store.attempts.note_answers([late])
    row = await store.attempts.get(attempt.call_id)
    assert (row.answered_at, row.bridged_at) == (result.answered_at, result.bridged_at)


async def test_a_switch_is_drained_once_and_undrained_once_and_both_are_audited(
    store: Store,
) -> None:
    drains = store.switch_drains
    assert await drains.drain("east", by="anna", now=NOW)
    assert not await drains.drain("east", by="ben", now=NOW)
    assert await drains.draining() == {"east"}
    assert await drains.undrain("east", by="ben", now=NOW)
    assert not await drains.undrain("east", by="ben", now=NOW)
    assert await drains.draining() == frozenset()
    lines = await store.audit.lines("east")
    assert [(line.by, line.action) for line in lines] == [
        ("ben", "switch.undrain"),
        ("anna", "switch.drain"),
    ]
