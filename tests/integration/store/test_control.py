"""Requests reach the service, answers come back, and what nobody heard is not obeyed later."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from campaigns.store.control import NOT_RUNNING
from campaigns.store.database import driver_conninfo
from campaigns.store.errors import DatabaseUnavailable
from campaigns.store.rows import ControlAnswer, ControlRequest
from campaigns.store.store import Store
from tests.support.stored import NOW


async def first(requests: AsyncIterator[ControlRequest]) -> ControlRequest:
    async with asyncio.timeout(30):
        return await anext(requests)


async def test_a_request_is_answered_across_processes(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    async with await Store.open(database_url, directory=tmp_path, upgrade=False) as service:

        async def serve() -> ControlRequest:
            requests = service.control.listen()
            request = await first(requests)
            await service.control.answer(request.id, ok=True, answer={"calls": 3}, now=NOW)
            await requests.aclose()
            return request

        async with asyncio.TaskGroup() as group:
            serving = group.create_task(serve())
            request_id = await store.control.request("drain", {"x": 1}, by="ann", now=NOW)
            answer = await store.control.wait(request_id, 30)
    assert serving.result() == ControlRequest(id=request_id, kind="drain", args={"x": 1}, by="ann")
    assert answer == ControlAnswer(ok=True, answer={"calls": 3})


async def test_requests_left_over_are_given_to_the_next_listener(store: Store) -> None:
    ids = [await store.control.request("start", {"n": n}, by="ann", now=NOW) for n in range(3)]
    async with contextlib.aclosing(store.control.listen()) as requests:
        assert [(await first(requests)).id for _ in ids] == ids
    assert await store.control.answer(ids[0], ok=False, answer="no such campaign", now=NOW)
    assert not await store.control.answer(ids[0], ok=True, answer={}, now=NOW)
    answer = await store.control.wait(ids[0], 30)
    assert answer is not None
    assert (answer.ok, answer.error) == (False, "no such campaign")
    async with contextlib.aclosing(store.control.listen()) as requests:
        assert (await first(requests)).id == ids[1]


async def test_a_request_older_than_its_patience_is_not_obeyed(store: Store) -> None:
    old = await store.control.request("start", {}, by="ann", now=NOW, patience_seconds=0)
    new = await store.control.request("stop", {}, by="ann", now=NOW)
    async with contextlib.aclosing(store.control.listen()) as requests:
        assert (await first(requests)).id == new
    answer = await store.control.wait(old, 30)
    assert answer == ControlAnswer(ok=False, answer={"error": NOT_RUNNING})


async def test_waiting_ends_without_an_answer(store: Store) -> None:
    request_id = await store.control.request("start", {}, by="ann", now=NOW)
    assert await store.control.wait(request_id, 0.01) is None


async def test_a_lost_connection_is_one_exception_and_the_store_works_again(
    store: Store, database_url: str
) -> None:
    requests = store.control.listen()
    earlier = await store.control.request("start", {}, by="ann", now=NOW)
    assert (await first(requests)).id == earlier
    with psycopg.connect(driver_conninfo(database_url), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(DatabaseUnavailable, match="Check that it runs; then try again"):
        await first(requests)
    assert await store.teams.list() == []
    async with contextlib.aclosing(store.control.listen()) as again:
        assert (await first(again)).id == earlier
