"""A browser made of nothing but HTTP: keeps cookies, sends forms as pages of ours do."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from tests.support.browser import PASSWORD

PAGE = {"Accept": "text/html"}
URL = "http://dialer"


class DeskClient:
    """One visitor of the application."""

    def __init__(self, http: httpx.AsyncClient, *, url: str = URL) -> None:
        self.http = http
        self.url = url
        self.csrf = ""

    async def get(self, path: str, **options: object) -> httpx.Response:
        """A page, as a browser goes to one."""
        return await self.http.get(path, headers=PAGE, **options)  # type: ignore[arg-type]

    async def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """Through the form; the CSRF token of the session is kept for `post`."""
        page = await self.get("/signin")
        form = re.search(r'name="form" value="([^"]+)"', page.text)
        assert form is not None, page.text
        fields = {"form": form[1], "name": name, "password": password, "next": "/"}
        said = await self.http.post("/signin", data=fields, headers=PAGE | {"Origin": self.url})
        if said.status_code == 303:
            account = await self.get("/account")
            found = re.search(r'<meta name="csrf" content="([^"]+)"', account.text)
            assert found is not None, account.text
            self.csrf = found[1]
        return said

    async def post(self, path: str, fields: dict[str, object] | None = None) -> httpx.Response:
        """A form of a page of ours."""
        return await self.http.post(
            path, data={"csrf": self.csrf} | (fields or {}), headers=PAGE | {"Origin": self.url}
        )

    async def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        """What a page's script asks: JSON, with the token in its header."""
        headers = {"Origin": self.url, "X-CSRF-Token": self.csrf, "Accept": "application/json"}
        return await self.http.request(method, path, json=body, headers=headers)


@asynccontextmanager
async def visiting(app: FastAPI, *, address: str = "192.0.2.1") -> AsyncIterator[DeskClient]:
    """A visitor from that address."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 40_000))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as http:
        yield DeskClient(http)
