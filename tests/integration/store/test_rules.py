"""What the store says of the rules over a campaign and its leads."""

from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.campaign_spec import OnAbandon, Purpose, Retention
from campaigns.rule_packs.recording import RecordingMode
from campaigns.store.errors import UnknownCampaign, UnknownLead
from campaigns.store.rows import NewPhone
from campaigns.store.store import Store
from tests.support.stored import NOW, add_campaign, new_lead

BERLIN = NewPhone(number="+493012345678", kind="fixed", time_zones=("Europe/Berlin",))
NEW_YORK = NewPhone(number="+12125550142", kind="fixed", time_zones=("America/New_York",))


async def test_each_lead_is_recorded_by_the_law_of_its_number(store: Store) -> None:
    campaign = await add_campaign(
        store,
        leads=[new_lead(1, NEW_YORK, BERLIN)],
        retention=Retention(attempts_days=400),
    )
    (lead_id,) = await store.explain.leads_exactly("", numbers=[NEW_YORK.number])
    phones = {phone.number: phone.id for phone in (await store.leads.get(lead_id)).phones}

    async def mode(number: str) -> RecordingMode:
        found = await store.rules.recording_of_lead(lead_id, phones[number], now=NOW)
        return found.mode

    assert await mode(NEW_YORK.number) is RecordingMode.NOTICE
    assert await mode(BERLIN.number) is RecordingMode.CONSENT
    whole = await store.rules.recording_of_campaign(campaign.id, now=NOW)
    assert whole.mode is RecordingMode.CONSENT
    with pytest.raises(UnknownLead, match="no number of the id 99"):
        await store.rules.recording_of_lead(lead_id, 99, now=NOW)


async def test_a_campaign_without_a_retention_limit_does_not_record_in_germany(
    store: Store,
) -> None:
    campaign = await add_campaign(store, leads=[new_lead(1, BERLIN)])
    found = await store.rules.recording_of_campaign(campaign.id, now=NOW)
    assert found.mode is RecordingMode.OFF


async def test_settings_that_the_leads_law_forbids_are_unmet(store: Store) -> None:
    campaign = await add_campaign(
        store, leads=[new_lead(1, BERLIN)], on_abandon=OnAbandon.HANGUP, purpose=Purpose.MARKETING
    )
    assert await store.rules.unmet(campaign.id, now=NOW) == ()
    await store.leads.merge(
        campaign.id, "more", [new_lead(2, NEW_YORK)], duplicates="merge", now=NOW
    )
    (found,) = await store.rules.unmet(campaign.id, now=NOW + timedelta(minutes=1))
    assert found.code == "message_required"
    (must,) = await store.rules.message_musts(campaign.id, now=NOW)
    assert "64.1200" in must.citation
    mended = replace(campaign.spec, on_abandon=OnAbandon.MESSAGE)
    await store.campaigns.create(mended, by="test", now=NOW, replace=True)
    assert await store.rules.unmet(campaign.id, now=NOW) == ()
    with pytest.raises(UnknownCampaign):
        await store.rules.unmet(99, now=NOW)
