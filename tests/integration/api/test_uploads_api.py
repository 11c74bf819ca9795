"""A file of leads is running for as long as somebody reads it, and no longer."""

import asyncio

import psycopg
import pytest

from campaigns.store.database import driver_conninfo
from campaigns.store.lead_uploads import INTERRUPTED, SIGN_SECONDS_MAX
from campaigns.store.store import Store
from dialer.desk.api import lead_uploads
from tests.support.api_desk import app_of, asking, token
from tests.support.stored import NOW, add_campaign

FILE = {"file": ("list.csv", b"Phone\n+12025550150\n")}


def silence(store: Store, upload_id: int) -> None:
    """Nobody has given a sign for longer than is allowed."""
    with psycopg.connect(driver_conninfo(store.url), autocommit=True) as connection:
        connection.execute(
            "UPDATE lead_upload SET seen_at = seen_at - make_interval(secs => %s) WHERE id = %s",
            (SIGN_SECONDS_MAX + 1, upload_id),
        )


async def test_a_file_whose_dialer_is_gone_is_interrupted(store: Store) -> None:
    campaign = await add_campaign(store)
    begin = store.lead_uploads.begin
    left = await begin(campaign.id, file="a.csv", list_name="a", by="test", now=NOW)
    read = await begin(campaign.id, file="b.csv", list_name="b", by="test", now=NOW)
    ended = await begin(campaign.id, file="c.csv", list_name="c", by="test", now=NOW)
    await store.lead_uploads.end(ended, counts={"rows": 1}, error=None, rejects=None, now=NOW)
    for upload_id in (left, read, ended):
        silence(store, upload_id)
    await store.lead_uploads.seen(read)
    async with asking(app_of(store), await token(store)) as api:
        listed = (await api.get("/uploads")).json()["items"]
        assert {one["id"]: one["state"] for one in listed} == {
            left: "interrupted", read: "running", ended: "done",
        }  # fmt: skip
        said = (await api.get(f"/uploads/{left}")).json()
        assert said["error"] == INTERRUPTED and said["counts"] is None


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_a_reader_gives_signs_of_life_until_its_end(
    store: Store, monkeypatch: pytest.MonkeyPatch, is_stopped: bool
) -> None:
    await add_campaign(store)
    merging, seen, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()
    merge, note = store.leads.merge, store.lead_uploads.seen

    async def slowly(*args: object, **words: object) -> object:
        merging.set()
        await go_on.wait()
        return await merge(*args, **words)  # type: ignore[arg-type]

    async def noted(upload_id: int) -> None:
        if merging.is_set():
            silence(store, upload_id)
            await note(upload_id)
            seen.set()

    monkeypatch.setattr(store.leads, "merge", slowly)
    monkeypatch.setattr(store.lead_uploads, "seen", noted)
    monkeypatch.setattr(lead_uploads, "SIGN_SECONDS", 0.01)
    monkeypatch.setattr(lead_uploads, "WAIT_SECONDS", 0.0)
    app = app_of(store)
    async with asking(app, await token(store)) as api:
        begun = await api.post("/campaigns/spring/uploads", files=FILE)
        assert begun.status_code == 202, begun.text
        where = f"/uploads/{begun.json()['id']}"
        await seen.wait()
        (work,) = app.state.uploads
        if is_stopped:
            work.cancel()
        else:
            assert (await api.get(where)).json()["state"] == "running"
            go_on.set()
        await asyncio.wait({work})
        said = (await api.get(where)).json()
        go_on.set()
    if is_stopped:
        assert (said["state"], said["error"]) == ("failed", INTERRUPTED)
    else:
        assert (said["state"], said["counts"]["inserted"]) == ("done", 1)
