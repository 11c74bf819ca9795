"""Every route of the desk refuses strangers; what does not is a short list."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from campaigns.roles import Role
from campaigns.store.store import Store
from dialer.desk.app import build_app
from dialer.desk.routes import routes_of
from tests.support.browser import PASSWORD
from tests.support.desk_client import visiting
from tests.support.stored import NOW

PUBLIC = {
    "/signin",
    "/static",
    "/words/{language}.json",
    "/favicon.ico",
    "/api/v1/openapi.json",
}
"""What a stranger may ask for. Nothing here tells of calls, leads or people."""


@pytest.fixture
def app(store: Store) -> FastAPI:
    return build_app(store, lambda: NOW, switch_password="of-the-switch")


def guards_in(dependant: Dependant) -> Iterator[object]:
    for each in dependant.dependencies:
        if getattr(each.call, "is_guard", False):
            yield each.call
        yield from guards_in(each)


def guarded(app: FastAPI, kind: type[BaseRoute]) -> list[Any]:
    """The routes of that kind which are not public."""
    return [
        route
        for route in routes_of(app)
        if isinstance(getattr(route, "original_route", route), kind) and route.path not in PUBLIC
    ]


def test_every_http_route_has_a_guard(app: FastAPI) -> None:
    bare = [
        f"{sorted(route.methods)} {route.path}"
        for route in guarded(app, Route)
        if not list(guards_in(route.dependant))
    ]
    assert bare == [], "give each of these person_for, acting_person or token_for"
    assert guarded(app, Mount) == []
    assert len(guarded(app, Route)) > 10, "the walk does not see the routes"


async def test_strangers_are_turned_away_from_every_route(app: FastAPI) -> None:
    async with visiting(app) as stranger:
        for route in guarded(app, Route):
            path = re.sub(r"\{[^}]*\}", "1", route.path)
            for method in route.methods:
                said = await stranger.http.request(method, path)
                assert said.status_code in (401, 403), f"{method} {path}: {said.status_code}"


async def test_whatever_changes_something_wants_the_token_of_the_session(
    app: FastAPI, store: Store
) -> None:
    await store.users.add("root", Role.ADMINISTRATOR, PASSWORD, by="test", now=NOW)
    async with visiting(app) as admin:
        await admin.sign_in("root")
        for route in guarded(app, Route):
            if route.path.startswith(("/api/", "/switch/")):
                continue
            path = re.sub(r"\{[^}]*\}", "1", route.path)
            for method in set(route.methods) - {"GET", "HEAD"}:
                said = await admin.http.request(method, path)
                assert said.status_code == 403, f"{method} {path}: {said.status_code}"


async def test_every_websocket_is_closed_on_strangers_and_on_other_origins(
    app: FastAPI, store: Store
) -> None:
    await store.users.add("root", Role.ADMINISTRATOR, PASSWORD, by="test", now=NOW)
    async with visiting(app) as admin:
        await admin.sign_in("root")
        cookie = f"dialer={admin.http.cookies['dialer']}"
    for route in guarded(app, WebSocketRoute):
        path = re.sub(r"\{[^}]*\}", "1", route.path)
        for headers in (
            {"origin": "http://dialer"},
            {"origin": "http://elsewhere", "cookie": cookie},
            {"cookie": cookie},
        ):
            assert await first_word(app, path, headers) == "websocket.close", (path, headers)


async def first_word(app: FastAPI, path: str, headers: dict[str, str]) -> str:
    """The type of the first message the application answers a WebSocket with."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect" if not sent else "websocket.disconnect", "code": 1000}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "ws",
        "query_string": b"",
        "headers": [(b"host", b"dialer")]
        + [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 40_000),
        "server": ("dialer", 80),
        "subprotocols": [],
        "state": {},
    }
    await app(scope, receive, send)
    return str(sent[0]["type"])


async def test_every_answer_has_the_security_headers_that_of_a_fault_too(
    app: FastAPI, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.users.add("root", Role.ADMINISTRATOR, PASSWORD, by="test", now=NOW)

    async def broken(*_: object, **__: object) -> list[object]:
        raise RuntimeError("the secret inside")

    async with visiting(app) as visitor:
        answers = [await visitor.get(path) for path in ("/signin", "/none", "/static/desk.css")]
        assert "no-store" in answers[0].headers["Cache-Control"]
        await visitor.sign_in("root")
        answers.append(await visitor.get("/none"))
        monkeypatch.setattr(store.users, "list", broken)
        answers.append(await visitor.get("/admin/users"))
    assert [said.status_code for said in answers] == [200, 404, 200, 404, 500]
    assert "secret" not in answers[-1].text and "<main" in answers[-1].text
    for said in answers:
        policy = said.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert said.headers["X-Content-Type-Options"] == "nosniff"
        assert "Strict-Transport-Security" not in said.headers


async def test_behind_tls_browsers_are_told_to_keep_to_it(store: Store) -> None:
    app = build_app(store, lambda: NOW, public_url="https://desk.example")
    async with visiting(app) as visitor:
        said = await visitor.get("/signin")
    assert said.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Secure" in said.headers["set-cookie"]


async def test_pages_hold_no_script_or_style_of_their_own(store: Store) -> None:
    """The policy would refuse it in the browser; here it is found at once."""
    from dialer.desk.rendering import _HERE  # the templates are a part of the page

    for file in sorted((_HERE / "templates").rglob("*.j2")):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", text), file
