"""Pages of quality over HTTP: who may, ranges of sound, one audit line a listening, exports."""

import base64
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from fastapi import FastAPI

from campaigns.roles import Role
from campaigns.store.store import Store
from dialer.desk.app import build_app
from dialer.desk.quality.sound_files import RecordingFolder
from tests.support.browser import PASSWORD
from tests.support.desk_client import DeskClient, visiting
from tests.support.heard_calls import YES, Heard, heard_floor, run, write_sound
from tests.support.stored import NOW, number


@pytest.fixture
async def heard(store: Store, tmp_path: Path) -> Heard:
    floor = await heard_floor(store, calls=4)
    write_sound(tmp_path / "recordings", floor.file(0), seconds=40.0)
    await store.users.add("nigar", Role.QUALITY, PASSWORD, by="test", now=NOW)
    return floor


@pytest.fixture
def app(store: Store, tmp_path: Path) -> FastAPI:
    return build_app(
        store, lambda: NOW, wall=lambda: datetime.now(UTC),
        recordings=tmp_path / "recordings",
    )  # fmt: skip


@pytest.fixture
async def nigar(app: FastAPI, heard: Heard) -> AsyncIterator[DeskClient]:
    async with visiting(app, address="198.51.100.7") as visitor:
        await visitor.sign_in("nigar")
        yield visitor


async def test_a_listening_is_one_line_of_the_log_whatever_ranges_it_takes(
    nigar: DeskClient, heard: Heard, store: Store, tmp_path: Path
) -> None:
    file = heard.file(0)
    page = await nigar.get(f"/quality/recordings/{file}")
    assert page.status_code == 200, page.text
    begun = await nigar.ask("POST", f"/quality/recordings/{file}/listening")
    sound = begun.json()["sound"]
    whole = (tmp_path / "recordings" / f"{file}.wav").read_bytes()
    for first, last in ((0, 99), (44, 1043), (len(whole) - 10, len(whole) - 1)):
        part = await nigar.http.get(sound, headers={"Range": f"bytes={first}-{last}"})
        assert part.status_code == 206
        assert part.content == whole[first : last + 1]
        assert part.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"
    assert (await nigar.http.get(sound)).content == whole
    beyond = await nigar.http.get(sound, headers={"Range": f"bytes={len(whole)}-"})
    assert beyond.status_code == 416
    lines = await store.audit.lines(f"recording {file}")
    assert [(line.action, line.by, line.details["address"]) for line in lines] == [
        ("recording listened to", "user nigar", "198.51.100.7"),
        ("recording looked at", "user nigar", "198.51.100.7"),
    ]
    assert [each.user for each in await store.quality.listening.listened(file)] == ["nigar"]


async def test_the_sound_is_for_the_one_who_pressed_play_and_only_for_a_shift(
    app: FastAPI, nigar: DeskClient, heard: Heard, store: Store
) -> None:
    begun = await nigar.ask("POST", f"/quality/recordings/{heard.file(0)}/listening")
    sound = begun.json()["sound"]
    await store.users.add("boss", Role.ADMINISTRATOR, PASSWORD, by="test", now=NOW)
    async with visiting(app) as other:
        assert (await other.http.get(sound)).status_code == 401
        await other.sign_in("boss")
        assert (await other.http.get(sound)).status_code == 404
    await run(store, "UPDATE recording_listening SET at = at - interval '9 hours'")
    assert (await nigar.http.get(sound)).status_code == 404
    for path in ("..%2f..%2fetc%2fpasswd", "x/../../secret", "%00"):
        assert (await nigar.http.get(f"/listenings/{path}")).status_code in (404, 422)
        assert (await nigar.get(f"/quality/recordings/{path}")).status_code in (404, 422)


async def test_the_waveform_is_read_once_and_kept(
    nigar: DeskClient, heard: Heard, tmp_path: Path
) -> None:
    path = f"/quality/recordings/{heard.file(0)}/waveform"
    first = (await nigar.http.get(path)).json()
    assert first["seconds"] == 40.0
    assert len(base64.b64decode(first["lead"])) == len(base64.b64decode(first["agent"])) == 1000
    file = tmp_path / "recordings" / f"{heard.file(0)}.wav"
    file.write_bytes(b"other")
    assert (await nigar.http.get(path)).json() == first
    other = tmp_path / "recordings" / f"{heard.file(1)}.wav"
    other.write_bytes(b"no sound")
    said = await nigar.http.get(f"/quality/recordings/{heard.file(1)}/waveform")
    assert said.status_code == 404
    assert "cannot be drawn" in said.json()["detail"]


async def test_a_recording_that_cannot_be_heard_says_why(
    app: FastAPI, nigar: DeskClient, heard: Heard, store: Store
) -> None:
    page = await nigar.get(f"/quality/recordings/{heard.file(1)}")
    assert "not there any more, though it should be" in page.text
    assert f"dialer recordings removed {heard.file(1)}" in page.text
    app.state.recording_folder = RecordingFolder(
        folder=Path("/srv/recordings"), elsewhere=("east",)
    )
    page = await nigar.get(f"/quality/recordings/{heard.file(1)}")
    assert f"/srv/recordings/{heard.file(1)}.wav" in page.text
    assert "· east" in page.text
    await store.privacy.forget(number(2), by="test", now=NOW)
    page = await nigar.get(f"/quality/recordings/{heard.file(1)}")
    assert "Nobody may listen to this call" in page.text
    refused = await nigar.ask("POST", f"/quality/recordings/{heard.file(1)}/listening")
    assert refused.status_code == 404
    await store.recordings.removed([heard.file(1)], by="test", now=NOW)
    page = await nigar.get(f"/quality/recordings/{heard.file(1)}")
    assert page.status_code == 410
    assert "The person was forgotten, and the recording with them." in page.text


async def test_roles_supervisors_read_agents_see_their_own_clients_nothing(
    app: FastAPI, nigar: DeskClient, heard: Heard, store: Store
) -> None:
    users = store.users
    await users.add("super", Role.SUPERVISOR, PASSWORD, by="test", now=NOW)
    await users.add("aysel", Role.AGENT, PASSWORD, agent="Aysel", by="test", now=NOW)
    await users.add("murad", Role.AGENT, PASSWORD, agent="Murad", by="test", now=NOW)
    await users.add("bank", Role.CLIENT, PASSWORD, client="Banco de Exemplo", by="test", now=NOW)
    file = heard.file(0)
    begun = await nigar.post(f"/quality/recordings/{file}/reviews", {"scorecard": heard.card.id})
    review = begun.headers["location"].rpartition("=")[2]
    written = {"answers": YES, "marks": [{"second": 3.2, "item": None, "text": "good"}],
               "remark": "", "is_final": True}  # fmt: skip
    said = await nigar.ask("PUT", f"/quality/reviews/{review}", written)
    assert said.json() == {
        "percent": "100.0", "has_passed": True, "fatal": [], "open": [], "is_final": True,
    }  # fmt: skip
    again = await nigar.ask("PUT", f"/quality/reviews/{review}", written)
    assert again.status_code == 422
    assert "is final" in again.json()["detail"]
    async with visiting(app) as one:
        await one.sign_in("super")
        assert (await one.get("/quality")).status_code == 200
        assert (await one.get(f"/quality/recordings/{file}")).status_code == 200
        assert (await one.get("/quality/reports")).status_code == 200
        refused = await one.post(
            f"/quality/recordings/{file}/reviews", {"scorecard": heard.card.id}
        )
        assert refused.status_code == 403
    for name, status in (("aysel", 200), ("murad", 404)):
        async with visiting(app) as one:
            await one.sign_in(name)
            assert (await one.get(f"/quality/recordings/{file}")).status_code == 404
            assert (await one.get(f"/my-reviews/{review}")).status_code == status
            heard_it = await one.ask("POST", f"/my-reviews/{review}/listening")
            assert heard_it.status_code == status
    async with visiting(app) as one:
        await one.sign_in("bank")
        for path in ("/quality", f"/quality/recordings/{file}", f"/my-reviews/{review}"):
            assert (await one.get(path)).status_code == 404


async def test_searches_and_reports_that_cannot_be_read_say_so(
    nigar: DeskClient, heard: Heard
) -> None:
    wrong = await nigar.get("/quality/recordings?shortest=long&since=yesterday&number=0044")
    assert wrong.status_code == 422
    assert "'long' is no number" in wrong.text.replace("&#39;", "'")
    assert "'yesterday' is no day" in wrong.text.replace("&#39;", "'")
    assert (
        await nigar.get("/quality/recordings?call=not-a-uuid&since=2026-01-01")
    ).status_code == 200
    assert (await nigar.get("/quality/recordings?after=x")).status_code == 422
    assert (
        await nigar.get("/quality/reports?since=2026-03-03&until=2026-03-01")
    ).status_code == 422
    assert (await nigar.get("/quality/reports/people.csv")).status_code == 404


async def test_reports_come_as_csv_and_as_a_workbook(
    nigar: DeskClient, heard: Heard, store: Store
) -> None:
    begun = await nigar.post(
        f"/quality/recordings/{heard.file(0)}/reviews", {"scorecard": heard.card.id}
    )
    review = begun.headers["location"].rpartition("=")[2]
    written = {"answers": YES | {"listening": "3"}, "marks": [], "remark": "", "is_final": True}
    await nigar.ask("PUT", f"/quality/reviews/{review}", written)
    by_agent = (await nigar.http.get("/quality/reports/agent.csv")).content.decode("utf-8-sig")
    assert by_agent.splitlines()[1] == "Aysel,1,0.84375,0.84375,1.0,0,0"
    book = openpyxl.load_workbook(
        io.BytesIO((await nigar.http.get("/quality/reports/all.xlsx")).content)
    )
    assert book.sheetnames == [
        "By agent", "By team", "Over time", "By listener", "By item", "Between listeners",
    ]  # fmt: skip
    items = list(book["By item"].values)
    assert items[4][:2] == ("telesales", "Conversation")
    assert items[4][3:] == (1, 0, 0.5, 0)
    later = (NOW + timedelta(days=2)).date()
    empty = await nigar.http.get(f"/quality/reports/agent.csv?since={later}&until={later}")
    assert len(empty.text.splitlines()) == 1
