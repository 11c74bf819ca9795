"""Whole files on a do-not-call list: all at once, replaced or added to, and never half."""

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from campaigns.do_not_call_files import digest_of, read_numbers
from campaigns.store.do_not_call import CHECK, ListScope
from campaigns.store.do_not_call_import import ImportedList
from campaigns.store.errors import StoreError
from campaigns.store.lead_writes import as_json
from campaigns.store.privacy_words import FORGOTTEN_LIST, number_hash
from campaigns.store.store import Store
from tests.support.stored import NOW, add_campaign, number

DAY = timedelta(days=1)


async def load(
    store: Store, *lines: str, replace: bool = True, age: timedelta = DAY, name: str = "file"
) -> ImportedList:
    return await store.do_not_call.import_numbers(
        read_numbers([line.encode() for line in lines], None),
        list_name=name,
        replace=replace,
        by="ann",
        how="in a file",
        as_of=NOW - age,
        now=NOW,
    )


async def names(store: Store, index: int) -> list[str]:
    return [hit.list_name for hit in await store.do_not_call.check(number(index))]


async def test_plain_numbers_hashes_and_prefixes_of_a_file_all_forbid(store: Store) -> None:
    done = await load(store, number(1), number_hash(number(2)), number(1), "+155500003*")
    assert (done.numbers, done.prefixes, done.total) == (2, 1, 2)
    assert [await names(store, index) for index in (1, 2, 3, 300)] == [
        ["file"], ["file"], [], ["file"]
    ]  # fmt: skip
    (hit,) = await store.do_not_call.check(number(2))
    assert (hit.added_by, hit.added_at, hit.list_kind) == ("ann", NOW - DAY, "centre")


async def test_a_newer_file_takes_the_place_of_the_last_one_and_leaves_other_entries(
    store: Store,
) -> None:
    await load(store, number(1), number(2))
    await store.do_not_call.add(number(9), list_name="file", by="t", how="t", now=NOW)
    done = await load(store, number(2), number(3), age=timedelta())
    assert done.total == 2
    assert [await names(store, index) for index in (1, 2, 3, 9)] == [
        [], ["file"], ["file"], ["file"]
    ]  # fmt: skip
    with pytest.raises(StoreError, match="holds a newer one of 2026-03-02"):
        await load(store, number(4))
    assert await names(store, 4) == []


async def test_a_file_can_be_added_to_what_is_there(store: Store) -> None:
    await load(store, number(1))
    done = await load(store, number(1), number(2), replace=False)
    assert done.total == 2
    assert [await names(store, index) for index in (1, 2)] == [["file"], ["file"]]


async def test_the_list_of_forgotten_people_cannot_be_replaced(store: Store) -> None:
    await load(store, number(1), replace=False, name=FORGOTTEN_LIST)
    with pytest.raises(StoreError, match="cannot be replaced"):
        await load(store, number(2), name=FORGOTTEN_LIST)
    assert await names(store, 1) == [FORGOTTEN_LIST]


async def test_the_lists_say_for_whom_they_hold_and_how_old_they_are(store: Store) -> None:
    await add_campaign(store)
    await load(store, number(1), number(2))
    await store.do_not_call.add(
        number(3), list_name="acme", by="t", how="t", now=NOW,
        scope=ListScope(kind="client", client="Acme"),
    )  # fmt: skip
    acme, file = await store.do_not_call.lists()
    assert (acme.kind, acme.client, acme.entry_count, acme.imported_at) == (
        "client", "Acme", 1, None
    )  # fmt: skip
    assert (file.kind, file.hash_count, file.imported_at) == ("centre", 2, NOW - DAY)


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (ListScope(kind="national"), "needs its country"),
        (ListScope(kind="client", client="Nobody"), "no client 'Nobody'"),
        (ListScope(kind="national", region="US"), "of another kind and has entries"),
    ],
)
async def test_a_list_is_not_turned_into_one_that_holds_for_fewer_calls(
    store: Store, scope: ListScope, said: str
) -> None:
    await store.do_not_call.add(number(1), list_name="all", by="t", how="t", now=NOW)
    with pytest.raises(StoreError, match=said):
        await store.do_not_call.add(
            number(2), list_name="all", by="t", how="t", now=NOW, scope=scope
        )


def test_a_check_never_reads_an_imported_file_whole_not_even_without_statistics(
    database_url: str,
) -> None:
    """By the planner's own account, right after the import and before anybody runs ANALYZE."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO do_not_call_list (name, created_at) VALUES ('file', now())")
        )
        connection.execute(
            text("INSERT INTO do_not_call_hash SELECT i, 1, 0 FROM generate_series(1, 100000) AS i")
        )
        asked = as_json([{"number": number(i), "digest": digest_of(number(i))} for i in range(200)])
        plan = "\n".join(
            connection.execute(text(f"EXPLAIN (ANALYZE) {CHECK}"), {"asked": asked}).scalars()
        )
    engine.dispose()
    assert "pk_do_not_call_hash" in plan
    assert "Seq Scan on do_not_call_hash" not in plan
