"""What the law wants is decided in the transaction of the attempt, each rule with its code."""

import asyncio
import os
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from campaigns.attempt_limits import AttemptLimit, Window
from campaigns.campaign_spec import Purpose
from campaigns.consents import Consent
from campaigns.do_not_call_files import read_numbers
from campaigns.outcomes import Outcome
from campaigns.store.do_not_call import ListScope, lock_number
from campaigns.store.rows import CampaignRow, LeasedLead, NewPhone
from campaigns.store.store import Store
from tests.support.stored import (
    NOW,
    OWNER,
    add_campaign,
    attempt_on,
    dial,
    new_lead,
    number,
    phone,
    result_of,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def at_most(most: int, hours: int, **changes: str) -> AttemptLimit:
    values = {"unit": "number", "counts": "attempts", "scope": "centre", "citation": "contract 7"}
    window = Window(kind="rolling", length=hours)
    return AttemptLimit(most=most, window=window, **values | changes)  # type: ignore[arg-type]


async def lease(store: Store, campaign: CampaignRow, now: datetime = NOW) -> LeasedLead:
    (lead,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=now)
    return lead


async def refusal(
    store: Store, campaign: CampaignRow, lead: LeasedLead, now: datetime = NOW
) -> tuple[str | None, str]:
    (verdict,) = await store.attempts.write([attempt_on(lead, campaign)], now=now)
    return verdict.refused, verdict.rule


async def import_list(
    store: Store, name: str, lines: list[str], at: datetime, **scope: str
) -> None:
    await store.do_not_call.import_numbers(
        read_numbers([line.encode() for line in lines], None),
        list_name=name,
        replace=True,
        by="test",
        how="file",
        as_of=at,
        now=at,
        scope=ListScope(**scope),  # type: ignore[arg-type]
    )


async def test_an_opt_out_while_leads_are_in_the_hopper_refuses_their_write(store: Store) -> None:
    campaign = await add_campaign(store, leads=20)
    leads = await store.leads.lease(campaign.id, 20, owner=OWNER, now=NOW)
    out = {lead.number for lead in leads[::2]}
    for each in sorted(out):
        await store.do_not_call.add(each, list_name="desk", by="ann", how="asked", now=NOW)
    verdicts = await store.attempts.write([attempt_on(lead, campaign) for lead in leads], now=NOW)
    refused = {
        lead.number
        for lead, verdict in zip(leads, verdicts, strict=True)
        if verdict.refused == "do_not_call"
    }
    assert refused == out
    assert sum(verdict.refused is None for verdict in verdicts) == 10
    assert "list 'desk'" in verdicts[0].rule
    assert "by ann: asked" in verdicts[0].rule


async def test_an_opt_out_and_an_attempt_on_its_number_wait_for_each_other(
    store: Store, database_url: str
) -> None:
    """Nothing can be written between the verdict on a number and the commit of its opt-out."""
    campaign = await add_campaign(store, leads=1)
    lead = await lease(store, campaign)
    engine = create_async_engine(store.url)
    async with engine.connect() as connection:
        await lock_number(connection, lead.number)
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(refusal(store, campaign, lead))
            waiting = text(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            )
            # Bounded by the test's own time limit: the writer comes to the lock, or it is broken.
            while not (await connection.execute(waiting)).scalar_one():
                assert not writing.done()
            await connection.execute(
                text(
                    "WITH made AS (INSERT INTO do_not_call_list (name, created_at)"
                    " VALUES ('desk', now()) RETURNING id)"
                    " INSERT INTO do_not_call_entry (list_id, number, is_prefix, added_by, how,"
                    " added_at) SELECT id, :number, false, 'ann', 'asked', now() FROM made"
                ),
                {"number": lead.number},
            )
            await connection.commit()
    await engine.dispose()
    assert writing.result()[0] == "do_not_call"


async def test_an_opt_out_after_the_launch_lets_that_call_be_and_no_other_follows(
    store: Store,
) -> None:
    """The attempt is on disk and the phone rings: what was dialled cannot be undialled."""
    campaign = await add_campaign(store, leads=1)
    (attempt,) = await dial(store, campaign)
    await store.do_not_call.add(attempt.number, list_name="desk", by="ann", how="asked", now=NOW)

    settled = result_of(attempt.call_id, Outcome.NO_ANSWER)
    await store.attempts.settle([settled], now=NOW)

    later = NOW + timedelta(days=2)
    assert await store.leads.lease(campaign.id, 1, owner=OWNER, now=later) == []
    lead = await store.leads.get(attempt.lead_id)
    assert [phone.state for phone in lead.phones] == ["do_not_call"]
    assert lead.state == "invalid"


async def test_a_limit_moves_the_lead_to_the_instant_it_next_becomes_callable(store: Store) -> None:
    first = await add_campaign(store, leads=1, name="first")
    second = await add_campaign(store, leads=1, name="second", limits=(at_most(1, 5),))
    (attempt,) = await dial(store, first)
    await store.attempts.settle([result_of(attempt.call_id, Outcome.BUSY)], now=NOW)
    lead = await lease(store, second)
    code, rule = await refusal(store, second, lead)
    assert (code, "1 of 1 attempts" in rule, "contract 7" in rule) == ("attempt_limit", True, True)
    assert (await store.leads.get(lead.lead_id)).next_call_at == NOW + 5 * HOUR
    again = await lease(store, second, NOW + 5 * HOUR)
    assert await refusal(store, second, again, NOW + 5 * HOUR) == (None, "")


async def test_a_limit_that_ends_at_night_moves_the_lead_to_the_morning(store: Store) -> None:
    first = await add_campaign(store, leads=1, name="first")
    second = await add_campaign(store, leads=1, name="second", limits=(at_most(1, 12),))
    (attempt,) = await dial(store, first)
    await store.attempts.settle([result_of(attempt.call_id, Outcome.BUSY)], now=NOW)
    lead = await lease(store, second)
    assert (await refusal(store, second, lead))[0] == "attempt_limit"
    # Twelve hours after ten in the morning in New York it is ten in the evening there.
    moved = (await store.leads.get(lead.lead_id)).next_call_at
    assert moved == datetime(2026, 3, 3, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unit", "code"), [("number", None), ("lead", "attempt_limit"), ("client", "attempt_limit")]
)
async def test_a_person_with_two_numbers_is_one_person(
    store: Store, unit: str, code: str | None
) -> None:
    limit = at_most(1, 24, unit=unit, scope="client")
    first = await add_campaign(store, leads=[new_lead(1, phone(1))], name="first")
    both = [new_lead(1, phone(2), phone(1))]
    second = await add_campaign(store, leads=both, name="second", limits=(limit,))
    (attempt,) = await dial(store, first)
    await store.attempts.settle([result_of(attempt.call_id, Outcome.BUSY)], now=NOW)
    lead = await lease(store, second)
    assert lead.number == number(2)
    assert (await refusal(store, second, lead))[0] == code


def british(index: int = 1) -> NewPhone:
    return NewPhone(
        number=f"+4477009000{index:02d}",
        kind="mobile",
        time_zones=("Europe/London",),
        region="GB",
    )


async def test_after_an_abandoned_call_the_number_is_left_alone_for_72_hours(store: Store) -> None:
    campaign = await add_campaign(store, leads=[new_lead(1, british())])
    (attempt,) = await dial(store, campaign)
    result = result_of(attempt.call_id, Outcome.ABANDONED)
    await store.attempts.settle([result], now=NOW)
    other = await add_campaign(store, leads=[new_lead(1, british())], name="other")
    lead = await lease(store, other, NOW + HOUR)
    code, rule = await refusal(store, other, lead, NOW + HOUR)
    assert (code, "'abandoned'" in rule) == ("cool_down", True)
    moved = (await store.leads.get(lead.lead_id)).next_call_at
    assert moved == result.ended_at + timedelta(hours=72)


async def test_marketing_in_the_united_states_needs_a_fresh_national_list(store: Store) -> None:
    campaign = await add_campaign(store, leads=3, purpose=Purpose.MARKETING)
    assert await store.leads.lease(campaign.id, 3, owner=OWNER, now=NOW) == []
    national = {"kind": "national", "region": "US"}
    await import_list(store, "us-dnc", [number(1)], NOW - DAY, **national)
    leads = await store.leads.lease(campaign.id, 3, owner=OWNER, now=NOW)
    assert {lead.number for lead in leads} == {number(2), number(3)}
    assert (await refusal(store, campaign, leads[0]))[0] is None
    # The lease was taken while the list was fresh; the attempt is written when it is not.
    late = NOW + timedelta(days=31)
    stale = attempt_on(leads[1], campaign, callable_until=late + DAY)
    (verdict,) = await store.attempts.write([stale], now=late)
    assert verdict.refused == "list_stale"
    assert "us-dnc" in verdict.rule
    assert (await store.leads.get(leads[1].lead_id)).next_call_at == late + HOUR
    assert await store.leads.lease(campaign.id, 3, owner=OWNER, now=late + 2 * HOUR) == []


async def test_a_list_holds_for_the_centre_its_client_its_campaign_or_who_names_it(
    store: Store,
) -> None:
    acme = await add_campaign(store, leads=1, name="acme")
    zeta = await add_campaign(store, leads=1, name="zeta", client="Zeta")
    for name, scope in (
        ("clients", ListScope(kind="client", client="Acme")),
        ("campaigns", ListScope(kind="campaign", campaign="zeta")),
    ):
        index = "1" if name == "clients" else "2"
        await store.do_not_call.add(
            number(int(index)), list_name=name, by="t", how="t", now=NOW, scope=scope
        )
    await store.leads.merge(zeta.id, "more", [new_lead(2)], duplicates="merge", now=NOW)
    assert await store.leads.lease(acme.id, 5, owner=OWNER, now=NOW) == []
    (lead,) = await store.leads.lease(zeta.id, 5, owner=OWNER, now=NOW)
    assert lead.number == number(1)
    assert (await refusal(store, zeta, lead))[0] is None
    naming = await add_campaign(
        store, leads=3, name="naming", client="Omega", do_not_call_lists=("clients", "campaigns")
    )
    left = await store.leads.lease(naming.id, 5, owner=OWNER, now=NOW)
    assert {lead.number for lead in left} == {number(3)}
    typo = await add_campaign(store, leads=1, name="typo", do_not_call_lists=("client",))
    assert await store.leads.lease(typo.id, 5, owner=OWNER, now=NOW) == []


async def test_a_call_that_needs_a_consent_is_made_only_while_one_is_in_force(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=1, consent_required=True)
    lead = await lease(store, campaign)
    assert (await refusal(store, campaign, lead))[0] == "no_consent"
    assert await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW) == []
    given = Consent(
        number=number(1), client="Acme", purpose="service", given_at=NOW, source="form", proof="a"
    )
    assert await store.consents.add(given, by="ann", now=NOW)
    lead = await lease(store, campaign)
    assert await store.consents.withdraw(number(1), client="Acme", by="ann", now=NOW) == 1
    assert (await refusal(store, campaign, lead))[0] == "no_consent"
    assert not await store.consents.add(given, by="ann", now=NOW)
    (kept,) = await store.consents.check(number(1))
    assert kept.withdrawn_at == NOW


async def test_the_next_number_of_a_lead_may_have_the_consent(store: Store) -> None:
    rows = [new_lead(1, phone(1), phone(2))]
    campaign = await add_campaign(store, leads=rows, consent_required=True)
    given = Consent(
        number=number(2), client="Acme", purpose="any", given_at=NOW, source="form", proof="a"
    )
    await store.consents.add(given, by="ann", now=NOW)
    assert (await refusal(store, campaign, await lease(store, campaign)))[0] == "no_consent"
    lead = await lease(store, campaign)
    assert lead.number == number(2)
    assert await refusal(store, campaign, lead) == (None, "")


async def test_turkey_asks_its_registry_at_dial_time(database_url: str, tmp_path: Path) -> None:
    turkish = NewPhone(
        number="+905321234567", kind="mobile", time_zones=("Europe/Istanbul",), region="TR"
    )
    noon = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
    registry = tmp_path / "registries" / "iys.csv"
    registry.parent.mkdir()
    async with await Store.open(database_url, directory=tmp_path) as store:
        campaign = await add_campaign(
            store, leads=[new_lead(1, turkish)], purpose=Purpose.MARKETING
        )
        given = Consent(
            number=turkish.number, client="Acme", purpose="marketing", given_at=NOW,
            source="form", proof="a",
        )  # fmt: skip
        await store.consents.add(given, by="ann", now=NOW)
        lead = await lease(store, campaign, noon)
        code, rule = await refusal(store, campaign, lead, noon)
        assert (code, "cannot be read" in rule) == ("registry_refused", True)
        registry.write_text("0532 123 45 67\n")
        later = noon + DAY
        os.utime(registry, (later.timestamp(), later.timestamp()))
        lead = await lease(store, campaign, later)
        assert await refusal(store, campaign, lead, later) == (None, "")


async def test_two_writers_for_one_person_are_never_both_within_a_limit(store: Store) -> None:
    """Different numbers of one person, so no unique key helps: the locks on numbers do."""
    limit = at_most(1, 24, unit="client", scope="client")
    people = range(10)
    left = [new_lead(i, phone(2 * i), phone(2 * i + 1)) for i in people]
    right = [new_lead(i, phone(2 * i + 1), phone(2 * i)) for i in people]
    campaigns = [
        await add_campaign(store, leads=left, name="left", limits=(limit,)),
        await add_campaign(store, leads=right, name="right", limits=(limit,)),
    ]
    batches = [
        [
            attempt_on(lead, campaign, call_id=str(uuid.uuid4()))
            for lead in await store.leads.lease(campaign.id, 10, owner=OWNER, now=NOW)
        ]
        for campaign in campaigns
    ]
    found = await asyncio.gather(*(store.attempts.write(batch, now=NOW) for batch in batches))
    refused = [verdict.refused for verdicts in found for verdict in verdicts]
    assert sorted(map(str, refused)) == ["None"] * 10 + ["attempt_limit"] * 10


async def test_an_address_in_another_state_adds_its_law(store: Store, database_url: str) -> None:
    rows = [
        new_lead(1, NewPhone(number="+12125550101", kind="fixed_or_mobile",
                             time_zones=("America/New_York",), region="US"), zip="33101"),
    ]  # fmt: skip
    await add_campaign(store, leads=rows)
    rows = [new_lead(2, phone(2)), new_lead(3, phone(3))]
    campaign = await add_campaign(store, leads=rows, name="second")
    more = [new_lead(2, phone(2), state="Florida")]
    await store.leads.merge(campaign.id, "first", more, duplicates="merge", now=NOW)
    engine = create_async_engine(store.url)
    async with engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT lead.jurisdictions, phone.jurisdictions FROM lead JOIN lead_phone AS phone"
                " ON phone.lead_id = lead.id ORDER BY lead.id"
            )
        )
        keys = found.all()
        noted = set(
            (await connection.execute(text("SELECT jurisdictions FROM hopper_key"))).scalars()
        )
    await engine.dispose()
    assert [tuple(row) for row in keys] == [("US-FL,US-NY",) * 2, ("US-FL",) * 2, ("US",) * 2]
    assert noted == {"US-FL,US-NY", "US-FL", "US"}


async def test_a_mobile_of_the_united_states_is_covered_by_an_agent_unless_it_consented(
    store: Store,
) -> None:
    fixed = NewPhone(number=number(3), kind="fixed", time_zones=("America/New_York",), region="US")
    campaign = await add_campaign(store, leads=[new_lead(1), new_lead(2), new_lead(3, fixed)])
    given = Consent(
        number=number(2), client="Acme", purpose="service", given_at=NOW, source="form", proof="a"
    )
    await store.consents.add(given, by="ann", now=NOW)
    leads = await store.leads.lease(campaign.id, 3, owner=OWNER, now=NOW)
    assert {lead.number: lead.covered_only for lead in leads} == {
        number(1): True, number(2): False, number(3): False
    }  # fmt: skip
