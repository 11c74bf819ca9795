"""Weekly samples: once, fair, split, replaced with a reason; and the command line's words."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from campaigns.quality.sampling import Candidate, draw
from campaigns.store.errors import StoreError
from campaigns.store.store import Store
from tests.support.cli import CommandLine, write_config
from tests.support.heard_calls import CARD, WEEK, Heard, add_call, heard_floor, run
from tests.support.stored import NOW


@pytest.fixture
async def heard(store: Store) -> Heard:
    return await heard_floor(store, calls=20)


async def test_a_week_is_drawn_once_for_each_agent_and_can_be_drawn_again_from_its_seed(
    store: Store, heard: Heard
) -> None:
    listeners = list(heard.listeners.values())
    samples = store.quality.samples
    done = await samples.draw(heard.card, WEEK, listeners=listeners, by="x", now=NOW)
    assert (done.agents, done.calls, done.agents_before, done.short) == (2, 10, 0, ())
    again = await samples.draw(heard.card, WEEK, listeners=listeners, by="x", now=NOW)
    assert (again.agents, again.calls, again.agents_before) == (0, 0, 2)
    opened = await samples.open()
    assert sorted(Counter(each.listener_id for each in opened).values()) == [5, 5]
    assert Counter((each.agent, each.stratum) for each in opened)["Aysel", "sales"] == 2
    for one in await samples.draws():
        (kept,) = await run(store, "SELECT eligible FROM quality_draw WHERE id = :id", id=one.id)
        candidates = [
            Candidate(call_id=call_id, kind=kind)
            for call_id, _, kind in (each.partition(" ") for each in kept.eligible)
        ]
        assert len(candidates) == one.eligible == 10
        assert {
            each.call_id for each in draw(heard.card.card.sample, candidates, seed=one.seed)
        } == {each.call_id for each in opened if each.agent == one.agent}
    (line,) = await store.audit.lines("scorecard telesales", by="x")
    assert line.action == "calls drawn for listening"


async def test_two_who_draw_at_once_draw_once(store: Store, heard: Heard) -> None:
    done = await asyncio.gather(
        *(store.quality.samples.draw(heard.card, WEEK, listeners=(), by="x", now=NOW)
          for _ in range(3))
    )  # fmt: skip
    assert sorted(each.calls for each in done) == [0, 0, 10]


async def test_only_calls_that_may_be_drawn_are_drawn(store: Store, heard: Heard) -> None:
    agent = await store.agents.add("Nino", "sales", "1009", by="test", now=NOW)
    at = NOW - timedelta(days=5)
    short = await add_call(store, heard, agent=agent.id, lead=1, at=at, seconds=29.0)
    this_week = await add_call(
        store, heard, agent=agent.id, lead=2, at=NOW - timedelta(hours=14), seconds=90
    )
    good = await add_call(store, heard, agent=agent.id, lead=3, at=at, seconds=31.0)
    done = await store.quality.samples.draw(heard.card, WEEK, listeners=(), by="x", now=NOW)
    assert done.short == ("Nino",)
    drawn = {each.call_id for each in await store.quality.samples.open() if each.agent == "Nino"}
    assert drawn == {good}, (short, this_week)


async def test_a_replaced_call_needs_a_reason_and_the_next_of_the_draw_takes_its_place(
    store: Store, heard: Heard
) -> None:
    samples = store.quality.samples
    await samples.draw(heard.card, WEEK, listeners=(), by="x", now=NOW)
    mine = [each for each in await samples.open() if each.agent == "Aysel"]
    with pytest.raises(StoreError, match="Say why"):
        await samples.replace(mine[0].id, reason=" ", by="x", now=NOW)
    for _ in range(5):
        new = await samples.replace(mine[0].id, reason="no sound", by="x", now=NOW)
        assert new is not None
        assert new.call_id not in {each.call_id for each in mine}
        mine = [new, *mine[1:]]
    assert await samples.replace(mine[0].id, reason="no sound", by="x", now=NOW) is None
    with pytest.raises(StoreError, match="is not open"):
        await samples.replace(mine[0].id, reason="no sound", by="x", now=NOW)
    actions = [line.action for line in await store.audit.lines("drawn call")]
    assert actions == ["drawn call replaced"] * 6


@pytest.mark.parametrize(
    ("week", "said"),
    [
        (WEEK + timedelta(days=1), "is no Monday. The week it is in begins on 2026-02-23"),
        (WEEK + timedelta(days=7), "as likely to be drawn"),
    ],
)
async def test_a_week_that_is_none_or_not_over_is_refused(
    store: Store, heard: Heard, week: object, said: str
) -> None:
    with pytest.raises(StoreError, match=said):
        await store.quality.samples.draw(heard.card, week, listeners=(), by="x", now=NOW)  # type: ignore[arg-type]


async def test_the_command_line_adds_draws_lists_replaces_and_finds(
    store: Store, heard: Heard, database_url: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    dialer = CommandLine(write_config(tmp_path, url=database_url), capsys)

    async def said(*words: str) -> str:
        done = await asyncio.to_thread(dialer, *words)
        assert done.status == 0, done.err
        return done.out

    assert "says the same; nothing was changed" in await said("scorecards", "add", str(CARD))
    assert "telesales" in await said("scorecards", "list")
    assert "Version 1, added" in await said("scorecards", "show", "telesales")
    drawn = await said("quality", "draw", "telesales", "--week", str(WEEK), "--listener", "leyla")
    assert "Week of 2026-02-23: 10 calls of 2 agents drawn." in drawn
    assert "2 agents had a draw already" in await said(
        "quality", "draw", "telesales", "--week", str(WEEK)
    )
    (first, *_) = await store.quality.samples.open()
    assert f"{first.id}" in await said("quality", "list", "--open")
    assert "Drawn in its place: number" in await said(
        "quality", "replace", str(first.id), "--reason", "the line was dead"
    )
    assert "2026-02-23  telesales" in await said("quality", "list")
    assert heard.file(3) in await said("recordings", "find", "--lead", "4")
    rest = await said("recordings", "find", "--limit", "4")
    place = rest.rsplit("--after ", 1)[1].strip()
    assert heard.file(15) in await said("recordings", "find", "--after", place, "--limit", "1")
