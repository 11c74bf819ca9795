"""A client hears its recordings where the contract says so, and every listening is written down."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from campaigns.roles import Role
from campaigns.store.store import Store
from dialer.desk.app import build_app
from tests.support.browser import PASSWORD
from tests.support.desk_client import DeskClient, visiting
from tests.support.heard_calls import Heard, heard_floor, write_sound
from tests.support.stored import NOW, add_campaign


@pytest.fixture
async def heard(store: Store, tmp_path: Path) -> Heard:
    floor = await heard_floor(store, calls=3)
    write_sound(tmp_path / "recordings", floor.file(0), seconds=40.0)
    return floor


@pytest.fixture
async def client(store: Store, heard: Heard, tmp_path: Path) -> AsyncIterator[DeskClient]:
    await store.users.add(
        "theirs", Role.CLIENT, PASSWORD, client=heard.campaign.client, by="test", now=NOW
    )
    app = build_app(
        store, lambda: NOW, wall=lambda: datetime.now(UTC), recordings=tmp_path / "recordings"
    )
    async with visiting(app) as visitor:
        assert (await visitor.sign_in("theirs")).status_code == 303
        yield visitor


async def test_recordings_are_there_once_the_contract_says_so(
    client: DeskClient, heard: Heard, store: Store
) -> None:
    base = f"/client/campaigns/{heard.campaign.id}"
    file = f"{base}/recordings/{heard.file(0)}"
    for path in (f"{base}/recordings", file, f"{file}/waveform"):
        assert (await client.get(path)).status_code == 404, path
    assert (await client.ask("POST", f"{file}/listening")).status_code == 404
    assert "/recordings" not in (await client.get(base)).text

    await store.clients.agree(heard.campaign.client, hears_recordings=True, by="test", now=NOW)
    assert f"{base}/recordings" in (await client.get(base)).text
    listed = await client.get(f"{base}/recordings")
    assert listed.text.count(f'href="{base}/recordings/') == 3
    assert not any(name in listed.text for name in heard.agents), "agents' names are not told"
    page = await client.get(file)
    assert page.status_code == 200 and not any(name in page.text for name in heard.agents)
    absent = await client.get(f"{base}/recordings/{heard.file(1)}")
    assert "cannot be heard at the moment" in absent.text and ".wav" not in absent.text
    begun = await client.ask("POST", f"{file}/listening")
    sound = await client.http.get(begun.json()["sound"])
    assert sound.status_code == 200 and sound.content.startswith(b"RIFF")
    lines = await store.audit.lines(f"recording {heard.file(0)}")
    assert [(line.action, line.by) for line in lines] == [
        ("recording listened to", "user theirs"),
        ("recording looked at", "user theirs"),
    ]


async def test_a_recording_of_another_campaign_is_not_there(
    client: DeskClient, heard: Heard, store: Store
) -> None:
    await store.clients.agree(heard.campaign.client, hears_recordings=True, by="test", now=NOW)
    mine = await add_campaign(store, name="other", client=heard.campaign.client)
    foreign = await add_campaign(store, name="foreign", client="Bolt")
    for campaign in (mine, foreign):
        path = f"/client/campaigns/{campaign.id}/recordings/{heard.file(0)}"
        assert (await client.get(path)).status_code == 404
    # The contract of one campaign holds for it instead of the client's.
    await store.clients.agree(
        heard.campaign.client,
        campaign=heard.campaign.name,
        hears_recordings=False,
        by="test",
        now=NOW,
    )
    gone = await client.get(f"/client/campaigns/{heard.campaign.id}/recordings")
    assert gone.status_code == 404
