"""Leases of teams, do-not-call lists and snapshots."""

import asyncio
from datetime import timedelta

import pytest

from campaigns.store.errors import StoreError
from campaigns.store.store import Store
from tests.support.stored import NOW, add_campaign, number


async def test_one_of_many_gets_the_lease_and_tokens_only_grow(store: Store) -> None:
    team = (await add_campaign(store)).team_id
    owners = [f"worker-{index}" for index in range(6)]
    tokens = await asyncio.gather(*(store.leases.acquire(team, owner, 60) for owner in owners))
    (holder,) = [owner for owner, token in zip(owners, tokens, strict=True) if token == 1]
    assert sorted(tokens, key=str) == [1] + [None] * 5
    assert await store.leases.acquire(team, holder, 60) == 2
    assert not await store.leases.renew(team, holder, 1, 60)
    assert await store.leases.renew(team, holder, 2, 60)
    await store.leases.release(team, holder, 1)
    assert await store.leases.renew(team, holder, 2, 60)
    await store.leases.release(team, holder, 2)
    assert await store.leases.acquire(team, "next", 60) == 3


async def test_an_expired_lease_can_be_taken_and_not_renewed(store: Store) -> None:
    team = (await add_campaign(store)).team_id
    assert await store.leases.acquire(team, "slept", 0) == 1
    assert not await store.leases.renew(team, "slept", 1, 60)
    assert await store.leases.acquire(team, "awake", 60) == 2
    assert await store.leases.acquire(team, "slept", 60) is None


async def test_do_not_call_finds_numbers_and_prefixes_and_keeps_the_first_wish(
    store: Store,
) -> None:
    add = store.do_not_call.add
    assert await add(number(1), list_name="own", by="ann", how="phone", now=NOW)
    later = NOW + timedelta(days=1)
    assert not await add(number(1), list_name="own", by="bob", how="mail", now=later)
    assert await add(number(1), list_name="national", by="bob", how="file", now=later)
    assert await add("+1900", list_name="own", by="bob", how="rule", now=NOW, is_prefix=True)
    assert await add("+19005", list_name="own", by="bob", how="rule", now=NOW, is_prefix=True)
    hits = await store.do_not_call.check(number(1))
    assert [(hit.list_name, hit.added_by, hit.added_at) for hit in hits] == [
        ("national", "bob", later),
        ("own", "ann", NOW),
    ]
    hits = await store.do_not_call.check("+19005550100")
    assert [(hit.number, hit.is_prefix) for hit in hits] == [("+1900", True), ("+19005", True)]
    for allowed in (number(2), "+1901555010", number(1) + "0", number(1)[:-1]):
        assert await store.do_not_call.check(allowed) == []


@pytest.mark.parametrize(
    "wrong", ["12025550100", "+1 202", "+123", "+1234567890123456", "+१२३४५६७"]
)
async def test_do_not_call_takes_whole_numbers_in_e164_only(store: Store, wrong: str) -> None:
    with pytest.raises(StoreError, match=r"not a whole number such as \+12025550100"):
        await store.do_not_call.add(wrong, list_name="own", by="ann", how="phone", now=NOW)


async def test_the_latest_snapshot_of_each_service_is_kept(store: Store) -> None:
    for minute, service in enumerate(["one", "two", "one"]):
        await store.snapshots.write(service, {"n": minute}, NOW + timedelta(minutes=minute))
    assert await store.snapshots.latest() == [
        ("one", {"n": 2}, NOW + timedelta(minutes=2)),
        ("two", {"n": 1}, NOW + timedelta(minutes=1)),
    ]
