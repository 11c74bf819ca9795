"""Reviews: scored exactly, final once, answered and answered back, blind in a calibration."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from campaigns.store.errors import StoreError
from campaigns.store.quality_figures import QualityPeriod
from campaigns.store.quality_rows import Mark, ReviewRow
from campaigns.store.recording_search import FoundRecording
from campaigns.store.store import Store
from tests.support.heard_calls import YES, Heard, add_listener, heard_floor
from tests.support.stored import NOW

PERIOD = QualityPeriod(since=NOW - timedelta(days=1), until=NOW + timedelta(days=1))


@pytest.fixture
async def heard(store: Store) -> Heard:
    return await heard_floor(store)


async def recording(store: Store, heard: Heard, index: int) -> FoundRecording:
    row = await store.quality.recordings.get(heard.file(index))
    assert isinstance(row, FoundRecording)
    return row


async def review(
    store: Store, heard: Heard, index: int, listener: str = "leyla", *, is_final: bool = True,
    **answers: str,
) -> ReviewRow:  # fmt: skip
    listener_id = heard.listeners[listener]
    row = await store.quality.reviews.start(
        await recording(store, heard, index), heard.card, listener_id=listener_id, now=NOW
    )
    return await store.quality.reviews.save(
        row.id, listener_id=listener_id, answers=YES | answers, remark="Well done.",
        marks=[Mark(second=12.5, item="greeting", text="clear")], is_final=is_final,
        by=f"user {listener}", now=NOW,
    )  # fmt: skip


async def test_a_final_review_has_its_exact_score_and_cannot_be_written_over(
    store: Store, heard: Heard
) -> None:
    done = await review(store, heard, 0, listening="2")
    # 80 applied (objections did not), 60 earned but for 25 * 1/4 of listening: 61.25 of 80.
    assert done.score_ratio == Decimal("0.765625")
    assert (done.has_passed, done.is_final, done.agent) == (False, True, "Aysel")
    assert done.marks == (Mark(second=12.5, item="greeting", text="clear"),)
    with pytest.raises(StoreError, match="is final"):
        await review(store, heard, 0)
    assert [each.id for each in await store.quality.reviews.of_agent(done.agent_id)] == [done.id]
    zero = await review(store, heard, 1, recording_notice="no")
    assert (zero.score_ratio, zero.has_passed, zero.fatal) == (0, False, ("recording_notice",))
    lines = await store.audit.lines("review ")
    assert [line.action for line in lines] == ["review final", "review final"]


async def test_a_draft_is_kept_and_nobody_elses(store: Store, heard: Heard) -> None:
    draft = await review(store, heard, 0, is_final=False)
    assert await store.quality.reviews.of_agent(draft.agent_id) == []
    assert [each.id for each in await store.quality.reviews.drafts(draft.listener_id)] == [draft.id]
    with pytest.raises(StoreError, match="another listener's"):
        await store.quality.reviews.save(
            draft.id, listener_id=heard.listeners["orkhan"], answers={}, marks=(), remark="",
            is_final=False, by="user orkhan", now=NOW,
        )  # fmt: skip
    with pytest.raises(StoreError, match="no answer yet: right_person"):
        await store.quality.reviews.save(
            draft.id, listener_id=draft.listener_id, marks=(), remark="", is_final=True, by="x",
            answers={key: value for key, value in YES.items() if key != "right_person"}, now=NOW,
        )  # fmt: skip


async def test_an_agent_disputes_and_the_listener_changes_with_the_old_score_kept(
    store: Store, heard: Heard
) -> None:
    done = await review(store, heard, 0, terms="no")
    assert done.has_passed is False
    agent = await add_listener(store, "aysel", role="agent", agent_id=done.agent_id)
    say = store.quality.reviews.say
    with pytest.raises(StoreError, match="Say why"):
        await say(done.id, user_id=agent, is_agent=True, kind="dispute", words=" ", by="a", now=NOW)
    with pytest.raises(StoreError, match="'uphold' cannot be said here"):
        await say(done.id, user_id=agent, is_agent=True, kind="uphold", words="x", by="a", now=NOW)
    row = await say(
        done.id, user_id=agent, is_agent=True, kind="dispute", words="I read them at 0:31.",
        by="user aysel", now=NOW,
    )  # fmt: skip
    assert row.reaction == "disputed"
    listener = done.listener_id
    assert [each.id for each in await store.quality.reviews.disputed(listener)] == [done.id]
    row = await say(
        done.id, user_id=listener, is_agent=False, kind="change", words="True, I missed it.",
        by="user leyla", now=NOW,
    )  # fmt: skip
    assert (row.is_final, row.reaction) == (False, "settled")
    again = await review(store, heard, 0)
    assert (again.id, again.score_ratio, again.has_passed) == (done.id, 1, True)
    said = await store.quality.reviews.said(done.id)
    assert [(each.kind, each.is_agent) for each in said] == [("dispute", True), ("change", False)]
    assert said[1].before is not None
    assert said[1].before["answers"]["terms"] == "no"
    with pytest.raises(StoreError, match="has answered your dispute"):
        await say(done.id, user_id=agent, is_agent=True, kind="dispute", words="?", by="a", now=NOW)
    row = await say(done.id, user_id=agent, is_agent=True, kind="accept", words="", by="a", now=NOW)
    assert row.reaction == "accepted"


async def test_a_calibration_is_blind_until_all_are_done_and_judges_no_agent(
    store: Store, heard: Heard
) -> None:
    leyla, orkhan = heard.listeners["leyla"], heard.listeners["orkhan"]
    with pytest.raises(StoreError, match="at least two"):
        await store.quality.calibrations.open(
            await recording(store, heard, 0), heard.card, listeners=[leyla, leyla], by="x", now=NOW
        )
    await store.quality.calibrations.open(
        await recording(store, heard, 0), heard.card, listeners=[leyla, orkhan], by="x", now=NOW
    )
    with pytest.raises(StoreError, match="nobody would be blind"):
        await store.quality.calibrations.open(
            await recording(store, heard, 0), heard.card, listeners=[leyla, orkhan], by="x", now=NOW
        )
    first = await review(store, heard, 0, "leyla")
    reviews = store.quality.reviews
    assert await reviews.of_call(first.call_id, viewer_id=orkhan) == []
    assert [each.id for each in await store.quality.calibrations.list(orkhan)] == [1]
    assert await store.quality.calibrations.list(leyla) == []
    assert await store.quality.figures.between(PERIOD) == []
    await review(store, heard, 0, "orkhan", listening="3", greeting="no")
    assert len(await reviews.of_call(first.call_id, viewer_id=orkhan)) == 2
    assert await reviews.of_agent(first.agent_id) == []
    assert await store.quality.figures.by("agent", PERIOD) == []
    (pair,) = await store.quality.figures.between(PERIOD)
    assert (pair.first, pair.second, pair.calls) == ("leyla", "orkhan", 1)
    assert pair.agreement.equal_ratio == Fraction(5, 7)
    assert pair.about_applying == 1


async def test_figures_by_agent_item_and_week(store: Store, heard: Heard) -> None:
    await review(store, heard, 0)
    await review(store, heard, 2, listening="1", objections="5")
    await review(store, heard, 1, pressure="no")
    by_agent = {each.name: each for each in await store.quality.figures.by("agent", PERIOD)}
    assert by_agent["Aysel"].reviews == 2
    assert by_agent["Aysel"].mean_ratio == Decimal("0.875")
    assert by_agent["Aysel"].passed_ratio == Fraction(1, 2)
    assert (by_agent["Murad"].fatal, by_agent["Murad"].passed) == (1, 0)
    (team,) = await store.quality.figures.by("team", PERIOD)
    assert (team.name, team.reviews) == ("sales", 3)
    (week,) = await store.quality.figures.by("week", PERIOD, zone="Asia/Baku")
    assert str(week.name) == "2026-03-02"
    items = {each.key: each for each in await store.quality.figures.by_item(PERIOD)}
    assert items["listening"].mean_ratio == Fraction(2, 3)
    assert (items["listening"].worst, items["objections"].not_applicable) == (1, 2)
    assert items["pressure"].section == "Conversation"
    nobody = replace(PERIOD, agent_id=heard.agents["Murad"].id, until=NOW - timedelta(hours=1))
    assert await store.quality.figures.by("agent", nobody) == []


async def test_a_scorecard_of_another_client_and_a_change_of_card(
    store: Store, heard: Heard
) -> None:
    changed = replace(heard.card.card, pass_mark=Fraction(1, 2))
    row, is_new = await store.quality.scorecards.add(changed, by="test", now=NOW)
    assert (row.version, is_new) == (2, True)
    assert (await store.quality.scorecards.add(changed, by="test", now=NOW))[1] is False
    old = await store.quality.scorecards.get("telesales", version=1)
    assert old.card == heard.card.card
    # Begun by version 1, it stays by version 1.
    done = await review(store, heard, 0, listening="2")
    assert (done.version, done.has_passed) == (1, False)
    with pytest.raises(StoreError, match="Did you mean 'telesales'"):
        await store.quality.scorecards.get("telesale")
    with pytest.raises(StoreError, match="Choose one of theirs"):
        await store.quality.reviews.start(
            await recording(store, heard, 1),
            replace(heard.card, client_id=heard.card.client_id + 1),
            listener_id=heard.listeners["leyla"],
            now=NOW,
        )
