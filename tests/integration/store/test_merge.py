"""Merging lead lists: idempotent, one number one lead, and nothing overwritten."""

import asyncio
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.outcomes import Outcome
from campaigns.store.errors import UnknownCampaign
from campaigns.store.rows import MergeReport, NewLead
from campaigns.store.store import Store
from tests.support.stored import (
    NOW,
    OWNER,
    add_campaign,
    campaign_spec,
    dial,
    new_lead,
    number,
    phone,
    result_of,
)


def statuses(report: MergeReport) -> list[str]:
    return [row.status for row in report.rows]


async def merge(
    store: Store, campaign_id: int, *rows: NewLead, duplicates: str = "merge"
) -> MergeReport:
    return await store.leads.merge(
        campaign_id,
        "first",
        rows,
        duplicates="refuse" if duplicates == "refuse" else "merge",
        now=NOW,
    )


@pytest.mark.parametrize("duplicates", ["merge", "refuse"])
async def test_the_same_rows_again_change_nothing(store: Store, duplicates: str) -> None:
    campaign = await add_campaign(store)
    rows = [new_lead(i, phone(i), phone(1000 + i), city="Oslo") for i in range(50)]
    first = await merge(store, campaign.id, *rows, duplicates=duplicates)
    before = [lead async for lead in store.leads.export(campaign.id)]
    again = await merge(store, campaign.id, *rows, duplicates=duplicates)
    assert (first.inserted, again.unchanged) == (50, 50)
    assert [row.lead_id for row in first.rows] == [row.lead_id for row in again.rows]
    assert [lead async for lead in store.leads.export(campaign.id)] == before


async def test_a_row_fills_gaps_and_overwrites_nothing(store: Store) -> None:
    campaign = await add_campaign(store)
    bare = NewLead(row_number=1, numbers=(phone(1),), fields={"city": "Oslo", "vat": ""})
    full = new_lead(7, phone(1), phone(2), city="Bergen", vat="NO1")
    first = await merge(store, campaign.id, bare)
    report = await merge(store, campaign.id, full)
    assert statuses(report) == ["merged"]
    assert report.rows[0].lead_id == first.rows[0].lead_id
    record = await store.leads.get(first.rows[0].lead_id or 0)
    assert (record.external_id, record.name) == ("7", "Lead 7")
    assert record.fields == {"city": "Oslo", "vat": "NO1"}
    assert [each.number for each in record.phones] == [number(1), number(2)]
    assert statuses(await merge(store, campaign.id, full)) == ["unchanged"]


async def test_refused_duplicates_leave_the_lead_alone(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    other = new_lead(2, phone(1))
    report = await merge(store, campaign.id, other, duplicates="refuse")
    assert statuses(report) == ["refused"]
    assert report.rows[0].lead_id is not None
    assert (await store.leads.get(report.rows[0].lead_id)).external_id == "1"


async def test_rows_of_one_batch_meet_each_other(store: Store) -> None:
    campaign = await add_campaign(store)
    rows = (
        new_lead(1, phone(1)),
        NewLead(row_number=2, numbers=(phone(1), phone(2))),
        NewLead(row_number=3, numbers=(phone(2),)),
        NewLead(row_number=4, numbers=()),
    )
    report = await merge(store, campaign.id, *rows)
    assert statuses(report) == ["inserted", "merged", "unchanged", "refused"]
    assert len({row.lead_id for row in report.rows[:3]}) == 1
    assert statuses(await merge(store, campaign.id, *rows)) == ["unchanged"] * 3 + ["refused"]


async def test_a_number_of_two_leads_stays_where_it_was(store: Store) -> None:
    campaign = await add_campaign(store, leads=2)
    both = NewLead(row_number=3, external_id="2", numbers=(phone(1), phone(3)))
    report = await merge(store, campaign.id, both)
    record = await store.leads.get(report.rows[0].lead_id or 0)
    assert [each.number for each in record.phones] == [number(2), number(3)]


async def test_campaigns_do_not_see_each_others_leads(store: Store) -> None:
    await add_campaign(store, leads=5)
    other = await add_campaign(store, name="autumn")
    assert (await merge(store, other.id, new_lead(1))).inserted == 1


async def test_any_text_comes_back_as_it_was_but_for_nul(store: Store) -> None:
    campaign = await add_campaign(store)
    odd = 'tab\t newline\n return\r back\\slash \\N \\. "quoted" \x1f \u2028 İğşü 漢字 \x07'
    row = NewLead(
        row_number=1,
        external_id=odd,
        name=f"\\N{odd}\0",
        numbers=(phone(1),),
        fields={odd: odd, "literal": "\\u0000", "nul\0": "a\0b"},
    )
    report = await merge(store, campaign.id, row)
    record = await store.leads.get(report.rows[0].lead_id or 0)
    assert (record.external_id, record.name) == (odd, f"\\N{odd}")
    assert record.fields == {odd: odd, "literal": "\\u0000", "nul": "ab"}


async def test_a_new_number_revives_a_lead_whose_numbers_had_failed(store: Store) -> None:
    campaign = await add_campaign(store, leads=1)
    (attempt,) = await dial(store, campaign)
    await store.attempts.settle([result_of(attempt.call_id, Outcome.INVALID_NUMBER)], now=NOW)
    assert (await store.leads.counts(campaign.id, NOW)).invalid == 1
    report = await merge(store, campaign.id, new_lead(1, phone(1), phone(2, "Europe/Oslo")))
    assert statuses(report) == ["merged"]
    (leased,) = await store.leads.lease(campaign.id, 5, owner=OWNER, now=NOW)
    assert (leased.number, leased.time_zones) == (number(2), ("Europe/Oslo",))


async def test_importers_at_once_make_no_lead_twice(store: Store) -> None:
    campaign = await add_campaign(store)
    rows = [new_lead(i) for i in range(200)]
    reports = await asyncio.gather(
        *(merge(store, campaign.id, *rows[start:], *rows[:start]) for start in (0, 50, 100))
    )
    assert sorted(report.inserted for report in reports) == [0, 0, 200]
    assert (await store.leads.counts(campaign.id, NOW)).total == 200


async def test_merging_into_no_campaign_is_refused(store: Store) -> None:
    with pytest.raises(UnknownCampaign, match="no campaign number 99"):
        await merge(store, 99, new_lead(1))


_NAMES = itertools.count()
SMALL = st.builds(
    NewLead,
    row_number=st.integers(1, 9),
    external_id=st.none() | st.sampled_from("abc"),
    name=st.none() | st.sampled_from(["Ann", "Bob"]),
    numbers=st.lists(st.integers(1, 5), max_size=3).map(lambda ns: tuple(phone(n) for n in ns)),
    fields=st.dictionaries(st.sampled_from("xy"), st.sampled_from(["", "1", "2"]), max_size=2),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(SMALL, max_size=8), cut=st.integers(0, 8), refuse=st.booleans())
async def test_any_rows_in_any_batches_are_idempotent_and_keep_numbers_apart(
    store: Store, rows: list[NewLead], cut: int, refuse: bool
) -> None:
    rule = "refuse" if refuse else "merge"
    campaign = await store.campaigns.create(campaign_spec(f"c{next(_NAMES)}"), by="t", now=NOW)
    await merge(store, campaign.id, *rows[:cut], duplicates=rule)
    await merge(store, campaign.id, *rows[cut:], duplicates=rule)
    before = [lead async for lead in store.leads.export(campaign.id)]
    again = await merge(store, campaign.id, *rows, duplicates=rule)
    assert (again.inserted, again.merged) == (0, 0)
    assert [lead async for lead in store.leads.export(campaign.id)] == before
    numbers = [each for lead in before for each in lead.numbers]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= {each.number for row in rows for each in row.numbers}
