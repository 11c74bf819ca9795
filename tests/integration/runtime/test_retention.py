"""A running service applies the campaigns' retention periods by itself."""

from datetime import datetime
from pathlib import Path

from campaigns.campaign_spec import Retention
from campaigns.store.store import Store
from dialer.runtime.clock import ScaledClock
from dialer.runtime.instants import to_unix
from dialer.service import Service
from tests.support.service_desk import SPEED, fake_switch, running, settings_for
from tests.support.stored import add_campaign


async def test_what_is_older_than_its_period_goes(store: Store, tmp_path: Path) -> None:
    await add_campaign(store, leads=3, retention=Retention(leads_days=90))
    await add_campaign(store, name="kept", leads=2)
    later = datetime.fromisoformat("2026-07-01T12:00:00+00:00")
    async with fake_switch() as switch:
        clock = ScaledClock(SPEED, to_unix(later))
        service = Service(settings_for(tmp_path, switch.port, store.url), clock=clock)
        async with running(service):
            assert await service._retain() > 0
    names = [
        lead.name
        for campaign in await store.campaigns.list()
        async for lead in store.leads.export(campaign.id)
    ]
    assert sorted(name or "" for name in names) == ["", "", "", "Lead 1", "Lead 2"]
    line = next(one for one in await store.audit.lines() if one.action == "retention applied")
    assert line.by == "service"
