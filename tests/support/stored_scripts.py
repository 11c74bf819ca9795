"""Stored scripts for tests: one in force for a campaign, and interviews by it."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from campaigns.outcomes import Outcome
from campaigns.store.rows import CampaignRow, NewLead
from campaigns.store.script_rows import Finished, ScriptVersion
from campaigns.store.store import Store
from tests.support.scripted_talk import SMALL
from tests.support.stored import NOW, OWNER, attempt_on, new_lead, result_of


def person(index: int, sex: str, city: str = "Baku") -> NewLead:
    """A lead with the columns that the quotas of `SMALL` look at."""
    return new_lead(index, sex=sex, city=city)


async def put_in_force(
    store: Store, campaign: CampaignRow, source: str = SMALL, *, now: datetime = NOW
) -> ScriptVersion:
    """Store the script and assign it."""
    version, _ = await store.scripts.add(source, by="test", now=now)
    await store.scripts.assign(campaign.id, version.id, by="test", now=now)
    return version


async def call_next(store: Store, campaign: CampaignRow, *, now: datetime = NOW) -> str:
    """Call the next lead, who answers and talks; the call's id."""
    (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=now)
    attempt = attempt_on(lead, campaign)
    (verdict,) = await store.attempts.write([attempt], now=now)
    assert verdict.refused is None, verdict
    await store.attempts.settle([result_of(attempt.call_id, Outcome.CONNECTED, at=now)], now=now)
    return attempt.call_id


async def interview(
    store: Store, call_id: str, end: str, trail: list[str], *, now: datetime = NOW, **answers: Any
) -> Finished:
    """Give answers and come to an end."""
    assert await store.scripts.open_call(call_id, agent_id=None, now=now) is not None
    for index, step in enumerate(trail):
        await store.scripts.put_step(
            call_id, index, step, entered_at=now + timedelta(seconds=4 * index), seconds=4.0
        )
    for question, value in answers.items():
        await store.scripts.put_answer(call_id, question, value, agent_id=None, now=now)
    return await store.scripts.finish(call_id, end, trail=trail, now=now)


def no_call() -> str:
    """A call id that nobody has."""
    return str(uuid.uuid4())
