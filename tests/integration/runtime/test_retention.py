"""A running service applies the campaigns' retention periods by itself."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from campaigns.campaign_spec import Retention
from campaigns.store.recordings import NewRecording
from campaigns.store.store import Store
from dialer.runtime.clock import ScaledClock
from dialer.runtime.instants import to_unix
from dialer.service import Service
from tests.support.explained import add_attempt, rows
from tests.support.service_desk import SPEED, fake_switch, running, settings_for
from tests.support.stored import NOW, add_campaign, number


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


async def test_recordings_of_forgotten_people_go_and_those_of_others_stay(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=2)
    ids = [row.id for row in await rows(store, "SELECT id FROM lead ORDER BY id")]
    calls = [await add_attempt(store, lead, ago=timedelta(hours=2)) for lead in ids]
    folder = tmp_path / "recordings"
    folder.mkdir()
    files = [folder / f"{call}-1.wav" for call in calls]
    for call, file in zip(calls, files, strict=True):
        file.write_bytes(b"RIFF")
        one = NewRecording(
            file_id=file.stem, call_id=call, campaign_id=campaign.id, agent_id=None,
            policy="notice", consent="notice", started_at=NOW, ended_at=NOW, seconds=1.0, masked=(),
        )  # fmt: skip
        await store.recordings.put([one])
    # As when the command that forgot them was stopped before it came to the file.
    await store.privacy.forget(number(1), by="bo", now=NOW)
    async with fake_switch() as switch:
        settings = settings_for(tmp_path, switch.port, store.url)
        settings = replace(settings, files=replace(settings.files, recordings=folder))
        service = Service(settings, clock=ScaledClock(SPEED, to_unix(NOW)))
        async with running(service):
            assert await service._retain() == 1
    assert [file.exists() for file in files] == [False, True]
    assert [row.call_id for row in await store.recordings.list()] == [calls[1]]
