"""Quotas: counted from complete interviews, and nobody dialled who can no longer count."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from campaigns.scripts.expressions import Facts, evaluate, parse_expression
from campaigns.scripts.quotas import why_full
from campaigns.scripts.script import Outside, Quota
from campaigns.store import quotas as marking
from campaigns.store.quota_sql import no_longer_counts
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store
from dialer.runtime.quota_watch import QuotaWatch
from tests.support.scripted_talk import SMALL
from tests.support.stored import NOW, OWNER, add_campaign, attempt_on, new_lead
from tests.support.stored_scripts import call_next, interview, person, put_in_force

WAY = ["opening", "age", "score"]


async def fill_women(store: Store, campaign: CampaignRow, count: int = 2) -> None:
    for _ in range(count):
        call_id = await call_next(store, campaign)
        await interview(store, call_id, "done", WAY, age=30, nps=9)


async def states(store: Store, campaign: CampaignRow) -> dict[str, str]:
    return {
        each.external_id or "": each.done_reason or each.state
        async for each in store.leads.export(campaign.id)
    }


async def test_a_full_cell_is_refused_by_lease_and_gate_and_said_everywhere(store: Store) -> None:
    rows = [person(i, "F") for i in (1, 2, 3, 4)] + [person(5, "M"), person(6, "F", "Ganja")]
    campaign = await add_campaign(store, leads=rows)
    await put_in_force(store, campaign)
    (held,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW)
    await fill_women(store, campaign)
    # One that was in the hopper when the cell filled.
    (verdict,) = await store.attempts.write([attempt_on(held, campaign)], now=NOW)
    assert verdict.refused == "quota_full"
    assert "women in Baku' has its 2 interviews" in verdict.rule
    before = await store.explain.preflight(campaign.id, now=NOW)
    assert (before.count("quota_full"), before.callable_now) == (4, 2)
    leased = await store.leads.lease(campaign.id, 9, owner=OWNER, now=NOW)
    why = await store.explain.lead(held.lead_id, now=NOW)
    assert [v.code for v in why.phones[0].verdicts if not v.is_allowed] == ["quota_full"]
    assert [each.what for each in why.history if "quota full" in each.text] == ["not called"]
    assert len(leased) == 2
    await store.leads.release_all(OWNER)
    overview = await store.explain.overview(campaign.id, now=NOW)
    assert (overview.count("quota_full"), overview.callable_now) == (2, 2)


async def test_leads_leave_the_hopper_when_a_cell_fills_and_come_back_when_it_is_raised(
    store: Store,
) -> None:
    rows = [person(i, "F") for i in (1, 2, 3, 4)] + [person(5, "M"), person(6, "F", "Ganja")]
    campaign = await add_campaign(store, leads=rows)
    await put_in_force(store, campaign)
    await fill_women(store, campaign)
    watch = QuotaWatch(
        lambda ids: store.quotas.mark_changed(ids, now=NOW), campaigns=lambda: [campaign.id]
    )
    # Those who were interviewed would have been called once more.
    assert await watch.look() == 4
    assert await watch.look() == 0
    found = await states(store, campaign)
    assert {key for key, state in found.items() if state == "quota"} == {"1", "2", "3", "4"}
    await put_in_force(store, campaign, SMALL.replace("target = 2", "target = 3"))
    assert [(c.interviews, c.target) for c in await store.quotas.status(campaign.id)] == [
        (2, 3), (0, 1),
    ]  # fmt: skip
    assert await watch.look() == 4
    assert set((await states(store, campaign)).values()) >= {"callable"}
    await fill_women(store, campaign, 1)
    await store.scripts.assign(campaign.id, None, by="test", now=NOW + timedelta(minutes=1))
    await watch.look()
    assert "quota" not in (await states(store, campaign)).values()


async def test_a_lead_whose_cell_is_not_known_until_asked_stays_callable(store: Store) -> None:
    campaign = await add_campaign(store, leads=[person(i, "M") for i in (1, 2, 3)])
    await put_in_force(store, campaign)
    call_id = await call_next(store, campaign)
    done = await interview(store, call_id, "done", WAY, age=30, nps=9)
    assert done.cells == ("grown men",)
    assert await store.quotas.mark_changed([campaign.id], now=NOW) == 0
    # Another man says that he is grown, and the call breaks off: that is known now.
    second = await call_next(store, campaign)
    await store.scripts.open_call(second, agent_id=None, now=NOW)
    await store.scripts.put_answer(second, "age", 50, agent_id=None, now=NOW)
    sheet = await store.scripts.sheet(second)
    assert sheet is not None and sheet.stand().quota_full
    end = await store.scripts.finish(second, "enough", trail=["opening", "age>enough"], now=NOW)
    assert (end.result, end.cells) == ("quota_full", ())
    later = NOW + timedelta(days=3)
    leased = await store.leads.lease(campaign.id, 9, owner=OWNER, now=later)
    assert len(leased) == 1
    assert sorted((await states(store, campaign)).values()).count("quota") >= 1


async def test_interviews_that_end_at_once_in_two_processes_are_all_counted(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=[person(i, "F") for i in range(1, 7)])
    await put_in_force(store, campaign, SMALL.replace("target = 2", "target = 50"))
    calls = [await call_next(store, campaign) for _ in range(6)]
    async with await Store.open(database_url, directory=tmp_path, upgrade=False) as other:
        await asyncio.gather(
            *(
                interview(store if i % 2 else other, call_id, "done", WAY, age=30, nps=9)
                for i, call_id in enumerate(calls)
            )
        )
    assert (await store.quotas.status(campaign.id))[0].interviews == 6


async def test_a_changed_condition_is_counted_from_the_interviews_there_are(store: Store) -> None:
    campaign = await add_campaign(store, leads=[person(i, "F") for i in range(1, 4)])
    await put_in_force(store, campaign, SMALL.replace("target = 2", "target = 9"))
    for age in (20, 30, 40):
        call_id = await call_next(store, campaign)
        await interview(store, call_id, "done", WAY, age=age, nps=9)
    older = SMALL.replace("fields.city == 'Baku'\"", 'answers.age >= 30"')
    await put_in_force(store, campaign, older)
    assert (await store.quotas.status(campaign.id))[0].interviews == 2


BIG = (
    "INSERT INTO lead (campaign_id, list_id, fields, priority, state, done_reason, next_call_at,"
    " next_position, time_zones, jurisdictions, tries, is_fresh, created_at)"
    " SELECT campaign_id, list_id,"
    " CASE WHEN mod(i, 2) = 0 THEN fields ELSE CAST('{}' AS jsonb) END,"
    "   0, CASE WHEN mod(i, 50) = 0 THEN 'done' ELSE 'callable' END,"
    "   CASE WHEN mod(i, 50) = 0 THEN 'quota' END, next_call_at, 1, time_zones, jurisdictions, 0,"
    "   true, created_at FROM lead CROSS JOIN generate_series(1, 100000) AS i",
    "ANALYZE lead",
)


async def test_marking_reads_each_lead_once_by_its_key_and_reopening_those_marked_alone(
    store: Store, database_url: str
) -> None:
    campaign = await add_campaign(store, leads=[person(1, "F")])
    await put_in_force(store, campaign)
    script = (await store.scripts.get("small")).script
    condition, values = no_longer_counts(script.quotas, Outside.CALL, {"women in Baku"}, {})
    asked = values | {"campaign_id": campaign.id, "after": 0}
    engine = create_engine(database_url)
    plans = []
    with engine.begin() as connection:
        for statement in BIG:
            connection.execute(text(statement))
        for statement in (marking._MARK, marking._REOPEN):
            sql = f"EXPLAIN (FORMAT JSON) {statement.format(condition=condition)}"
            plans.append(connection.execute(text(sql), asked).scalar_one()[0]["Plan"])
        written = str(connection.execute(text("SELECT indexdef FROM pg_indexes WHERE indexname ="
                                              " 'ix_lead_hopper'")).scalar_one())  # fmt: skip
    engine.dispose()
    for plan, index in zip(plans, ("pk_lead", "ix_lead_quota"), strict=True):
        scans = [node for node in nodes(plan) if node.get("Relation Name") == "lead"]
        assert {n["Node Type"] for n in scans} <= {"Index Scan", "Index Only Scan", "ModifyTable"}
        assert index in {node.get("Index Name") for node in scans}
    assert "campaign_id, time_zones, jurisdictions, priority, is_fresh, next_call_at, id" in written


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for each in plan.get("Plans", []) for node in nodes(each))]


CONDITIONS = [
    "fields.city == 'Baku'", "fields.city != 'Baku'", "fields.age >= 30", "fields.age < 30",
    "fields.age == 30", "fields.age == '30'", "fields.day < '2026-01-01'", "fields.day",
    "fields.city in ['Baku', 30]", "fields.age <= fields.day", "answers.x == 1", "answers.x",
    "name == 'Lead 1'", "client == 'Acme'", "list == 'first'", "fields.age > ' 18 '",
    "fields.city has 'Baku'", "fields.day >= fields.day", "fields.city < 30",
]  # fmt: skip
VALUES = ["", "Baku", "30", " 30 ", "30.0", "-5", "2025-12-31", "2026-01-01", "1e3", "٣٠", "x'y:z"]
_condition = st.recursive(
    st.sampled_from(CONDITIONS),
    lambda inner: st.one_of(
        inner.map(lambda part: f"not ({part})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"
        ),
    ),
    max_leaves=4,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=_condition, second=_condition, full=st.sets(st.sampled_from(["a", "b"])),
       outside=st.sampled_from(Outside))  # fmt: skip
def test_the_database_judges_millions_as_the_gate_judges_one(
    judged_leads: Any, first: str, second: str, full: set[str], outside: Outside
) -> None:
    quotas = [
        Quota(name=name, when=parse_expression(when), target=1)
        for name, when in (("a", first), ("b", second))
    ]
    words: dict[str, str | None] = {"client": "Acme", "campaign": "spring"}
    condition, values = no_longer_counts(quotas, outside, full, words)
    found = judged_leads.execute(
        text(f"SELECT lead.name, lead.fields, {condition} AS is_full FROM lead"), values
    )
    for row in found:
        facts = Facts(words=words | {"name": row.name, "list": "first"}, fields=row.fields)
        expected = why_full(quotas, outside, facts, full) is not None
        assert (row.is_full, row.fields) == (expected, row.fields)


@pytest.fixture
def judged_leads(database_url: str, tmp_path: Path) -> Any:
    """A connection to a database with leads of every sort."""

    async def fill() -> None:
        async with await Store.open(database_url, directory=tmp_path, upgrade=False) as store:
            rows = [
                new_lead(index + 1, city=city, age=VALUES[(index * 7) % len(VALUES)], day=day)
                for index, (city, day) in enumerate((c, d) for c in VALUES for d in VALUES)
            ]
            await add_campaign(store, leads=rows)

    asyncio.run(fill())
    engine = create_engine(database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_unknown_is_what_both_agree_on() -> None:
    assert evaluate(parse_expression("answers.x == 1"), Facts(more_answers=True)) is None
