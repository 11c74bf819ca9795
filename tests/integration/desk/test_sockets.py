"""WebSockets of pages: opened for who is signed in, from our own pages, and closed with the
session."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from campaigns.roles import Role
from campaigns.store.store import Store
from dialer.desk import guards
from dialer.desk.app import build_app
from dialer.desk.guards import ends_with_session, socket_person
from dialer.desk.server import web_server
from tests.support.browser import PASSWORD
from tests.support.desk_client import DeskClient
from tests.support.stored import NOW


@pytest.fixture
async def server(store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """host:port of a desk with one WebSocket more, for supervisors, which says their name."""
    monkeypatch.setattr(guards, "SESSION_LOOK_SECONDS", 0.01)
    await store.users.add("boss", Role.SUPERVISOR, PASSWORD, by="test", now=NOW)
    await store.users.add("ear", Role.QUALITY, PASSWORD, by="test", now=NOW)
    app = build_app(store, lambda: NOW)

    @app.websocket("/live")
    async def live(websocket: WebSocket) -> None:
        person = await socket_person(websocket, Role.SUPERVISOR)
        await websocket.accept()
        async with ends_with_session(websocket):
            await websocket.send_text(person.name)
            async for _ in websocket.iter_text():
                pass

    async with web_server(app, host="127.0.0.1", port=0) as (host, port):
        yield f"{host}:{port}"


async def cookie_of(server: str, name: str) -> str:
    async with httpx.AsyncClient(base_url=f"http://{server}") as http:
        client = DeskClient(http, url=f"http://{server}")
        assert (await client.sign_in(name)).status_code == 303
        return f"dialer={http.cookies['dialer']}"


async def test_a_socket_lives_as_long_as_its_session(server: str, store: Store) -> None:
    headers = {"Cookie": await cookie_of(server, "boss")}
    async with connect(
        f"ws://{server}/live", origin=f"http://{server}", additional_headers=headers
    ) as socket:
        assert await socket.recv() == "boss"
        await store.users.disable("boss", by="test", now=NOW)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None and closed.value.rcvd.code == guards.SIGNED_OUT


@pytest.mark.parametrize(
    ("name", "origin"),
    [("boss", "http://elsewhere.example"), ("boss", None), ("ear", "ours"), ("", "ours")],
    ids=["another origin", "no origin", "another role", "nobody"],
)
async def test_others_get_none(server: str, name: str, origin: str | None) -> None:
    headers = {"Cookie": await cookie_of(server, name)} if name else {}
    ours = f"http://{server}" if origin == "ours" else origin
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://{server}/live", origin=ours, additional_headers=headers):
            pass
    assert refused.value.response.status_code == 403
