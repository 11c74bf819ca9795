"""Results come out in an order in which nothing is missed and no version comes twice."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from campaigns.outcomes import Outcome
from campaigns.store.results import Place, heal
from campaigns.store.screening import SurveyAnswer
from campaigns.store.store import Store
from tests.support.api_desk import app_of, asking, token
from tests.support.stored import NOW, add_campaign, dial, result_of


@pytest.fixture
async def api(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    await add_campaign(store)
    async with asking(app_of(store), await token(store, client="Acme")) as client:
        yield client


async def test_the_agents_word_after_the_end_is_a_new_version_of_the_same_result(
    api: httpx.AsyncClient, store: Store
) -> None:
    campaign = await add_campaign(store, leads=3, name="summer")
    agent = await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    first, second, _ = await dial(store, campaign, 3)
    await store.attempts.settle([result_of(first.call_id, Outcome.NO_ANSWER)], now=NOW)
    await store.attempts.settle(
        [result_of(second.call_id, Outcome.CONNECTED, agent_id=agent.id)], now=NOW
    )
    page = (await api.get("/results")).json()
    assert [one["call_id"] for one in page["items"]] == [first.call_id, second.call_id]
    assert page["has_more"] is False
    quiet = (await api.get(page["next"].removeprefix("/api/v1"))).json()
    assert quiet["items"] == [] and quiet["next_cursor"] == page["next_cursor"]

    await store.attempts.dispose(second.call_id, agent.id, "sale", now=NOW)
    await store.attempts.dispose(second.call_id, agent.id, "sale", now=NOW)
    await store.attempts.settle([result_of(first.call_id, Outcome.NO_ANSWER)], now=NOW)
    (changed,) = (await api.get(quiet["next"].removeprefix("/api/v1"))).json()["items"]
    assert (changed["call_id"], changed["disposition"]) == (second.call_id, "sale")
    assert changed["disposition_kind"] == "sale" and changed["agent"] == "anna"
    assert changed["version"] > page["items"][1]["version"]
    assert changed["talk_seconds"] == pytest.approx(59.8)
    one = (await api.get(f"/results/{second.call_id}")).json()
    assert one == changed


async def test_an_answer_that_comes_late_is_told_too(api: httpx.AsyncClient, store: Store) -> None:
    campaign = await add_campaign(store, leads=1, name="summer")
    (call,) = await dial(store, campaign)
    await store.attempts.settle([result_of(call.call_id, Outcome.MESSAGE)], now=NOW)
    page = (await api.get("/results")).json()
    await store.screening.answers(
        [SurveyAnswer(call_id=call.call_id, question="nps", key="9", answered_at=NOW)]
    )
    (changed,) = (await api.get(page["next"].removeprefix("/api/v1"))).json()["items"]
    assert [(one["question"], one["answer"]) for one in changed["answers"]] == [("nps", "9")]


async def test_a_reader_beside_many_writers_gets_each_call_once_and_none_less(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=240)
    calls = [each.call_id for each in await dial(store, campaign, 240)]
    order = random.Random(7)
    order.shuffle(calls)
    batches = [calls[start : start + 8] for start in range(0, len(calls), 8)]
    done = asyncio.Event()

    async def write(mine: list[list[str]]) -> None:
        for batch in mine:
            results = [result_of(call_id, Outcome.NO_ANSWER) for call_id in batch]
            await store.attempts.settle(results, now=NOW)

    async def read() -> list[str]:
        seen: list[str] = []
        place = Place()
        while True:
            is_last = done.is_set()
            page = await store.results.since([campaign.id], place, most=7)
            seen += [one["call_id"] for one in page.results]
            place = page.end
            if is_last and not page.has_more:
                return seen

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write(batches[start::4]) for start in range(4)))
    done.set()
    assert sorted(await reader) == sorted(calls)


async def test_what_an_unfinished_transaction_may_still_bring_is_waited_for(store: Store) -> None:
    campaign = await add_campaign(store, leads=2)
    first, second = await dial(store, campaign, 2)
    engine = store.results._engine
    async with engine.connect() as slow:
        # It began first, and is committed last.
        await slow.execute(
            text(
                "UPDATE attempt SET outcome = 'busy', cause = 'USER_BUSY', ended_at = :now"
                " WHERE id = CAST(:id AS uuid)"
            ),
            {"id": first.call_id, "now": NOW},
        )
        await store.attempts.settle([result_of(second.call_id, Outcome.NO_ANSWER)], now=NOW)
        early = await store.results.since([campaign.id], Place(), most=10)
        await slow.commit()
    later = await store.results.since([campaign.id], early.end, most=10)
    got = [one["call_id"] for one in (*early.results, *later.results)]
    assert got == [first.call_id, second.call_id]


async def test_after_a_restore_into_another_server_new_results_still_come_last(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=2)
    first, second = await dial(store, campaign, 2)
    await store.attempts.settle([result_of(first.call_id, Outcome.NO_ANSWER)], now=NOW)
    engine = store.results._engine
    async with engine.begin() as connection:
        # Transactions of the old server had much higher numbers.
        await connection.execute(text("ALTER TABLE attempt DISABLE TRIGGER stamp_changed"))
        await connection.execute(text("UPDATE attempt SET changed = 5000000000 WHERE changed > 0"))
        await connection.execute(text("ALTER TABLE attempt ENABLE TRIGGER stamp_changed"))
    await heal(engine)
    page = await store.results.since([campaign.id], Place(), most=10)
    assert [one["call_id"] for one in page.results] == [first.call_id]
    await heal(engine)
    await store.attempts.settle([result_of(second.call_id, Outcome.NO_ANSWER)], now=NOW)
    page = await store.results.since([campaign.id], page.end, most=10)
    assert [one["call_id"] for one in page.results] == [second.call_id]


async def test_a_forgotten_persons_results_come_again_without_their_number(
    api: httpx.AsyncClient, store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=1, name="summer")
    (call,) = await dial(store, campaign)
    await store.attempts.settle([result_of(call.call_id, Outcome.NO_ANSWER)], now=NOW)
    page = (await api.get("/results")).json()
    assert page["items"][0]["number"] == call.number
    await store.privacy.forget(call.number, by="test", now=NOW)
    (changed,) = (await api.get(page["next"].removeprefix("/api/v1"))).json()["items"]
    assert changed["number"] is None and changed["external_id"] is None
