"""Recordings are found by everything a listener knows, page by page, by indexes alone."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from campaigns.store.recording_search import (
    GoneRecording,
    RecordingSearch,
    next_after,
    search_query,
)
from campaigns.store.store import Store
from tests.support.heard_calls import CLIENT, YES, Heard, heard_floor, run
from tests.support.stored import NOW, number


@pytest.fixture
async def heard(store: Store) -> Heard:
    return await heard_floor(store)


async def found(store: Store, heard: Heard, **wanted: Any) -> list[int]:
    rows = await store.quality.recordings.search(RecordingSearch(**wanted))
    return sorted(heard.calls.index(row.call_id) for row in rows)


async def test_each_filter_finds_what_it_says(store: Store, heard: Heard) -> None:
    everything = list(range(12))
    first = (await store.quality.recordings.search(RecordingSearch()))[-1]
    card, listener = heard.card, heard.listeners["leyla"]
    for index, answers in ((0, YES), (1, YES | {"greeting": "no"})):
        row = await store.quality.recordings.get(heard.file(index))
        assert row is not None
        assert not isinstance(row, GoneRecording)
        review = await store.quality.reviews.start(row, card, listener_id=listener, now=NOW)
        await store.quality.reviews.save(
            review.id, listener_id=listener, answers=answers, marks=(), remark="", is_final=True,
            by="user leyla", now=NOW,
        )  # fmt: skip
    assert await found(store, heard) == everything
    assert await found(store, heard, client=CLIENT) == everything
    assert await found(store, heard, client="Acme") == []
    assert await found(store, heard, client_id=heard.card.client_id) == everything
    assert await found(store, heard, client_id=heard.card.client_id + 1) == []
    assert await found(store, heard, campaign="spring", agent="Murad") == everything[1::2]
    assert await found(store, heard, team="sales", disposition="sale") == [0, 5, 10]
    assert await found(store, heard, outcome="abandoned") == []
    assert await found(store, heard, seconds_min=45, seconds_max=47) == [5, 6, 7]
    assert await found(
        store, heard, since=first.started_at + timedelta(hours=3),
        until=first.started_at + timedelta(hours=5),
    ) == [3, 4]  # fmt: skip
    assert await found(store, heard, number=number(4)) == [3]
    assert await found(store, heard, lead="4") == [3]
    assert await found(store, heard, lead=str(first.lead_id)) == [0]
    assert await found(store, heard, call_id=heard.calls[7]) == [7]
    assert await found(store, heard, is_reviewed=True) == [0, 1]
    assert await found(store, heard, is_reviewed=False) == everything[2:]
    assert await found(store, heard, score_max=Decimal("0.9")) == [1]
    assert await found(store, heard, score_min=Decimal(1)) == [0]


async def test_pages_follow_one_another_while_new_recordings_come(
    store: Store, heard: Heard
) -> None:
    seen: list[str] = []
    after = None
    for _ in range(9):
        rows = await store.quality.recordings.search(RecordingSearch(), after=after, most=5)
        seen += [row.call_id for row in rows]
        after = next_after(rows, 5)
        if after is None:
            break
        await run(
            store,
            "INSERT INTO recording (file_id, attempt_id, campaign_id, policy, consent, started_at,"
            " masked) SELECT gen_random_uuid()::text, gen_random_uuid(), :id, 'notice', 'notice',"
            " now(), '[]'",
            id=heard.campaign.id,
        )
    assert seen == list(reversed(heard.calls))


async def test_what_is_no_more_says_so_and_a_forgotten_person_is_not_heard(
    store: Store, heard: Heard
) -> None:
    await store.privacy.forget(number(1), by="test", now=NOW)
    row = await store.quality.recordings.get(heard.file(0))
    assert row is not None
    assert not isinstance(row, GoneRecording)
    assert row.is_forgotten
    with pytest.raises(Exception, match="was forgotten"):
        await store.quality.reviews.start(
            row, heard.card, listener_id=heard.listeners["leyla"], now=NOW
        )
    await store.recordings.removed([heard.file(0), heard.file(1)], by="test", now=NOW)
    gone = [await store.quality.recordings.get(heard.file(index)) for index in (0, 1)]
    assert [isinstance(each, GoneRecording) and each.reason for each in gone] == [
        "forgotten",
        "removed",
    ]
    assert await store.quality.recordings.get("never-was-1") is None


MANY = """
INSERT INTO recording (file_id, attempt_id, campaign_id, agent_id, policy, consent, started_at,
                       ended_at, seconds, masked)
SELECT n || '-1', gen_random_uuid(), :campaign, :agent + n % 2, 'notice', 'notice',
       CAST(:at AS timestamptz) - n * interval '1 minute', CAST(:at AS timestamptz), 60, '[]'
FROM generate_series(1, 20000) AS n
"""


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (RecordingSearch(), "ix_recording_started_at_file_id"),
        (RecordingSearch(campaign="spring"), "ix_recording_"),
        (RecordingSearch(agent="Aysel"), "ix_recording_"),
        (RecordingSearch(since=NOW - timedelta(hours=3)), "ix_recording_started_at_file_id"),
        (RecordingSearch(number=number(3)), "ix_recording_attempt_id"),
    ],
)
async def test_a_page_reads_about_a_page_by_an_index(
    store: Store, heard: Heard, wanted: RecordingSearch, index: str
) -> None:
    engine = create_engine(store.url)
    first = min(agent.id for agent in heard.agents.values())
    with engine.begin() as connection:
        connection.execute(text(MANY), {"campaign": heard.campaign.id, "agent": first, "at": NOW})
        connection.execute(text("ANALYZE"))
        query, values = search_query(
            replace(wanted), after=(NOW - timedelta(hours=1), "x"), most=50
        )
        (plan,) = connection.execute(
            text(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}"), values
        ).scalar_one()
    engine.dispose()
    scans = [one for one in _nodes(plan["Plan"]) if one.get("Relation Name") == "recording"]
    assert scans
    for scan in scans:
        assert str(scan.get("Index Name", scan["Node Type"])).startswith(index)
        read = scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)
        assert read * scan["Actual Loops"] <= 250


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan] + [each for child in plan.get("Plans", []) for each in _nodes(child)]
