"""Scripts in the store: versions, which holds for a call, answers, forgetting."""

import json
from datetime import timedelta

import pytest

from campaigns.campaign_spec import Retention
from campaigns.scripts.errors import BadAnswer, ScriptError
from campaigns.store.errors import StoreError, UnknownAttempt, UnknownScript
from campaigns.store.screening import ReturnCall
from campaigns.store.store import Store
from tests.support.scripted_talk import SMALL
from tests.support.stored import NOW, add_campaign, new_lead, number
from tests.support.stored_scripts import call_next, interview, no_call, person, put_in_force

LATER = NOW + timedelta(hours=1)
WAY = ["opening", "age", "score"]


async def test_versions_are_kept_and_the_same_text_again_is_the_same_version(store: Store) -> None:
    first, is_new = await store.scripts.add(SMALL, by="test", now=NOW)
    assert (first.number, is_new) == (1, True)
    assert (await store.scripts.add(SMALL, by="test", now=NOW))[1] is False
    changed = SMALL.replace("How old?", "How old are you?")
    second, _ = await store.scripts.add(changed, by="test", now=LATER)
    assert [each.number for each in await store.scripts.versions("small")] == [2, 1]
    assert (await store.scripts.get("small", 1)).source == SMALL
    assert (await store.scripts.get("small")).hash == second.hash
    with pytest.raises(UnknownScript, match=r"has no version 7\. See `dialer scripts versions"):
        await store.scripts.get("small", 7)
    with pytest.raises(UnknownScript, match="Did you mean 'small'"):
        await store.scripts.get("smal")
    with pytest.raises(ScriptError, match=r"the script: title is missing"):
        await store.scripts.add(SMALL.replace("title =", "titel ="), by="test", now=NOW)


async def test_each_call_uses_the_version_in_force_at_its_start(store: Store) -> None:
    campaign = await add_campaign(store, leads=[person(1, "F"), person(2, "M")])
    before = await call_next(store, campaign)
    await put_in_force(store, campaign, now=NOW + timedelta(minutes=1))
    old = await call_next(store, campaign, now=NOW + timedelta(minutes=2))
    changed = SMALL.replace("How old?", "And your age?")
    await put_in_force(store, campaign, changed, now=NOW + timedelta(minutes=3))
    assert await store.scripts.open_call(before, agent_id=None, now=LATER) is None
    sheet = await store.scripts.open_call(old, agent_id=None, now=LATER)
    assert sheet is not None and sheet.version.number == 1
    current = await store.scripts.for_campaign(campaign.id)
    assert current is not None and current.number == 2
    assert await store.scripts.for_campaign(campaign.id, at=NOW) is None
    with pytest.raises(UnknownAttempt):
        await store.scripts.open_call(no_call(), agent_id=None, now=NOW)
    assert [a.number for a in await store.scripts.assignments(campaign.id)] == [2, 1]
    (row,) = await store.scripts.list()
    assert row.campaigns == ("spring (2)",)


async def test_a_script_that_does_not_fit_the_campaign_is_not_assigned(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    version, _ = await store.scripts.add(SMALL, by="test", now=NOW)
    with pytest.raises(ScriptError, match=r"is no column of the lists of campaign spring"):
        await store.scripts.assign(campaign.id, version.id, by="test", now=NOW)
    assert await store.scripts.for_campaign(campaign.id) is None
    empty = await add_campaign(store, name="empty")
    findings = await store.scripts.assign(empty.id, version.id, by="test", now=NOW)
    assert [each.code for each in findings] == ["no_list"]
    rows = [person(9, "F"), *(new_lead(index) for index in range(10, 620))]
    sparse = await add_campaign(store, name="sparse", leads=rows[::-1])
    assert await store.scripts.assign(sparse.id, version.id, by="test", now=NOW) == ()


async def test_answers_are_stored_once_and_a_changed_one_keeps_what_it_replaced(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=[person(1, "F")])
    await put_in_force(store, campaign)
    call_id = await call_next(store, campaign)
    with pytest.raises(StoreError, match="No script was opened"):
        await store.scripts.put_answer(call_id, "age", 30, agent_id=None, now=NOW)
    await store.scripts.open_call(call_id, agent_id=None, now=NOW)
    for value in (30, 30, 31):
        await store.scripts.put_answer(call_id, "age", value, seconds=3, agent_id=None, now=NOW)
    with pytest.raises(BadAnswer):
        await store.scripts.put_answer(call_id, "age", 300, agent_id=None, now=NOW)
    with pytest.raises(StoreError, match="no question 'agee'; it has age, nps, why"):
        await store.scripts.put_answer(call_id, "agee", 3, agent_id=None, now=NOW)
    (answer,) = await store.scripts.answers_of_call(call_id)
    assert (answer.step, answer.value, answer.seconds) == ("age", 31, 3.0)
    every = await store.scripts.answers_of_call(call_id, with_replaced=True)
    assert [(each.value, each.replaced_at is None) for each in every] == [(30, False), (31, True)]
    await store.scripts.put_trail(call_id, ["opening"])
    sheet = await store.scripts.open_call(call_id, agent_id=None, now=NOW)
    assert sheet is not None
    assert (sheet.stand().place, dict(sheet.answers)) == ("age", {"age": 31})
    assert json.loads(json.dumps(sheet.as_json()))["words"]["name"] == "Lead 1"


async def test_an_end_must_follow_from_the_answers_and_sets_aside_what_is_off_the_way(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=[person(1, "F")])
    await put_in_force(store, campaign)
    call_id = await call_next(store, campaign)
    with pytest.raises(
        StoreError, match=r"do not lead to the end 'done' but to 'score'\. It waits"
    ):
        await interview(store, call_id, "done", WAY, age=30)
    done = await interview(store, call_id, "done", WAY, age=30, nps=3, why="slow")
    assert (done.result, done.disposition, done.cells) == ("complete", "sale", ("women in Baku",))
    assert await interview(store, call_id, "done", WAY) == done
    young = await interview(store, call_id, "young", ["opening", "age"], age=12)
    assert (young.result, young.cells) == ("screened_out", ())
    assert [a.question for a in await store.scripts.answers_of_call(call_id)] == ["age"]
    assert [cell.interviews for cell in await store.quotas.status(campaign.id)] == [0, 0]


async def test_nobody_is_asked_twice(store: Store) -> None:
    campaign = await add_campaign(store, leads=[person(1, "F")])
    await put_in_force(store, campaign)
    first = await call_next(store, campaign)
    await store.scripts.open_call(first, agent_id=None, now=NOW)
    await store.scripts.put_answer(first, "age", 30, agent_id=None, now=NOW)
    second = await call_next(store, campaign, now=NOW + timedelta(days=2))
    sheet = await store.scripts.open_call(second, agent_id=None, now=NOW)
    assert sheet is not None and sheet.lead_id is not None
    assert (dict(sheet.answers), dict(sheet.earlier)) == ({}, {"age": 30})
    (known,) = await store.scripts.earlier_answers(sheet.lead_id, before=second)
    assert (known.question, known.call_id) == ("age", first)
    preview = await store.scripts.sheet_of_lead(sheet.lead_id)
    assert preview is not None and preview.earlier == {"age": 30}
    stricter = SMALL.replace("max = 120", "max = 29")
    await put_in_force(store, campaign, stricter)
    preview = await store.scripts.sheet_of_lead(sheet.lead_id)
    assert preview is not None and preview.earlier == {}


async def test_somebody_who_called_back_is_walked_through_it_too(store: Store) -> None:
    campaign = await add_campaign(store, leads=[person(1, "F")])
    await put_in_force(store, campaign)
    call = ReturnCall(
        call_id=no_call(),
        campaign_id=campaign.id,
        lead_id=None,
        number=number(9),
        arrived_at=NOW,
        ended_at=LATER,
    )
    await store.screening.record_returns([call])
    sheet = await store.scripts.open_call(call.call_id, agent_id=None, now=NOW)
    assert sheet is not None and (sheet.lead_id, sheet.fields) == (None, {})
    await interview(store, call.call_id, "done", WAY, age=30, nps=1, why="My name is Bond")
    await store.privacy.forget(number(9), by="test", now=LATER)
    values = {a.question: a.value for a in await store.scripts.answers_of_call(call.call_id)}
    assert values == {"age": 30, "nps": 1, "why": {"forgotten": True}}


async def test_a_forgotten_person_leaves_no_words_and_the_dossier_shows_them_before(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=[person(1, "F")])
    await put_in_force(store, campaign)
    call_id = await call_next(store, campaign)
    await interview(store, call_id, "done", WAY, age=30, nps=3, why="I am Leyla")
    await store.scripts.put_answer(call_id, "why", "I am Leyla M.", agent_id=None, now=NOW)
    dossier = await store.privacy.dossier(number(1), now=NOW)
    assert [a["value"] for a in dossier["script_answers"]] == [
        30, 3, "I am Leyla", "I am Leyla M.",
    ]  # fmt: skip
    assert [c["result"] for c in dossier["script_calls"]] == ["complete"]
    await store.privacy.forget(number(1), by="test", now=LATER)
    after = await store.scripts.answers_of_call(call_id, with_replaced=True)
    assert [a.value for a in after] == [30, 3, {"forgotten": True}]


async def test_retention_takes_the_answers_with_the_call(store: Store) -> None:
    campaign = await add_campaign(
        store, leads=[person(1, "F")], retention=Retention(leads_days=10, attempts_days=10)
    )
    await put_in_force(store, campaign)
    call_id = await call_next(store, campaign)
    await interview(store, call_id, "done", WAY, age=30, nps=9)
    far = NOW + timedelta(days=3000)
    (row,) = await store.privacy.retain(by="test", now=far)
    assert row.attempts == 1
    assert await store.scripts.answers_of_call(call_id) == []
    assert await store.scripts.sheet(call_id) is None
