"""A service dials no campaign whose settings the law over its leads forbids."""

from dataclasses import replace
from pathlib import Path

from campaigns.campaign_spec import OnAbandon, Purpose
from campaigns.store.store import Store
from dialer.engine.ids import CampaignId
from dialer.engine.states import CampaignState
from dialer.service import Service
from tests.support.service_desk import (
    clock,
    fake_switch,
    running,
    settings_for,
    until,
)
from tests.support.stored import NOW, add_campaign, new_lead, phone


async def test_a_campaign_that_hangs_up_on_people_is_started_when_it_plays_the_message(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(
        store,
        leads=[new_lead(1, phone(1))],
        purpose=Purpose.MARKETING,
        on_abandon=OnAbandon.HANGUP,
    )

    async def start() -> tuple[bool, str]:
        request = await store.control.request(
            "campaign.start", {"campaign": campaign.name}, by="ann", now=NOW
        )
        answer = await store.control.wait(request, 20.0)
        assert answer is not None
        return answer.ok, answer.error

    async with fake_switch() as switch:
        service = Service(settings_for(tmp_path, switch.port, store.url), clock=clock())
        async with running(service):
            ok, error = await start()
            assert not ok
            assert "must hear a message" in error
            assert "64.1200(a)(7)" in error
            mended = replace(campaign.spec, on_abandon=OnAbandon.MESSAGE)
            await store.campaigns.create(mended, by="ann", now=NOW, replace=True)
            assert await start() == (True, "")
            # The settings are changed behind the service's back, and it looks again.
            await store.campaigns.create(campaign.spec, by="ann", now=NOW, replace=True)
            await service.parts.rules.look()
            await until(service, lambda: state_of(service, campaign.id) is CampaignState.PAUSED)
    assert (await store.campaigns.by_id(campaign.id)).state == "paused"
    lines = await store.audit.lines(count=5)
    assert any(line.by == "service: rules" for line in lines)


def state_of(service: Service, campaign_id: int) -> CampaignState:
    campaigns = {one.campaign_id: one.state for one in service.snapshot().campaigns}
    return campaigns[CampaignId(campaign_id)]
