"""Answers are noted while other calls end: the two lanes write the same rows, in one order."""

import asyncio
from datetime import timedelta

from campaigns.outcomes import Outcome
from campaigns.store.rows import AnswerNote
from campaigns.store.store import Store
from tests.support.stored import NOW, add_campaign, dial, result_of

CALLS = 400


async def test_the_two_lanes_never_wait_for_each_other_in_a_circle(store: Store) -> None:
    """A deadlock would be raised by one of them."""
    campaign = await add_campaign(store, leads=CALLS)
    attempts = await dial(store, campaign, CALLS)
    answered_at = NOW + timedelta(seconds=7)
    notes = [
        AnswerNote(
            call_id=one.call_id, answered_at=answered_at, bridged_at=answered_at, agent_id=None
        )
        for one in attempts
    ]
    results = [result_of(one.call_id, Outcome.CONNECTED) for one in attempts]
    for begin in range(0, CALLS, 100):
        # The answers come in the opposite order, all at once with the ends.
        async with asyncio.TaskGroup() as group:
            group.create_task(
                store.attempts.note_answers(list(reversed(notes[begin : begin + 100])))
            )
            group.create_task(store.attempts.settle(results[begin : begin + 100], now=answered_at))
    row = await store.attempts.get(attempts[0].call_id)
    assert row is not None and row.outcome == Outcome.CONNECTED
