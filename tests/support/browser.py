"""A real Chromium for tests of pages, and the desk served to it.

`browser` starts it once for a test; `desk_server` serves the application over the test's store;
`signed_in(role)` gives a page of a person of that role. A missing Chromium raises in CI and skips
at home. Import the fixtures in a conftest.py: tests/browser/conftest.py does.
"""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    async_playwright,
    expect,
)

from campaigns.roles import Role
from campaigns.store.store import Store
from dialer.desk.app import build_app
from dialer.desk.server import web_server
from tests.support.stored import NOW

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
SCREEN = {"width": 1366, "height": 768}
PASSWORD = "correct horse battery"
CLIENT = "Acme"
TEAM = "sales"


@dataclass(slots=True, kw_only=True)
class DeskServer:
    """The application, served."""

    url: str
    app: FastAPI
    store: Store
    names: dict[str, str] = field(default_factory=dict)
    """Accounts that were made: their names by role."""

    async def account(self, role: Role, *, language: str = "en", name: str | None = None) -> str:
        """The name of an account of that role, made at the first need; the agent `anna` and the
        client company `Acme` come to be with it."""
        name = name or f"the-{role}"
        if name in self.names:
            return name
        agent = client = None
        if role is Role.AGENT:
            agent = "anna" if name == "the-agent" else name
            known = {each.name for each in await self.store.agents.list()}
            if agent not in known:
                await self.store.agents.add(agent, TEAM, f"1{len(known):03d}", by="test", now=NOW)
        if role is Role.CLIENT:
            client = CLIENT
            assert client in await self.store.clients.list(), "make a campaign of Acme first"
        await self.store.users.add(
            name,
            role,
            PASSWORD,
            agent=agent,
            client=client,
            language=language,
            zone="Europe/Berlin",
            by="test",
            now=datetime.now(UTC),
        )
        self.names[name] = name
        return name


@pytest.fixture
async def desk_server(store: Store) -> AsyncIterator[DeskServer]:
    """The desk over the test's store, with no service behind it: the dialer's clock stands at NOW,
    the wall's goes."""
    app = build_app(store, lambda: NOW, wall=lambda: datetime.now(UTC))
    async with web_server(app, host="127.0.0.1", port=0) as (host, port):
        yield DeskServer(url=f"http://{host}:{port}", app=app, store=store)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI"):
            raise RuntimeError("There is no Chromium; install it, or name it in CHROMIUM.")
        pytest.skip("no Chromium")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield started
        finally:
            await started.close()


SignedIn = Callable[..., Awaitable[Page]]


@pytest.fixture
async def signed_in(browser: Browser, desk_server: DeskServer) -> AsyncIterator[SignedIn]:
    """`await signed_in(Role.AGENT)`: a page of its own browser profile, signed in and at `/`.

    What the page's console calls an error, or loads in vain, fails the test at its end.
    """
    async with AsyncExitStack() as stack:
        wrong: list[str] = []

        async def open_page(role: Role, *, language: str = "en", name: str | None = None) -> Page:
            who = await desk_server.account(role, language=language, name=name)
            context = await new_context(browser)
            stack.push_async_callback(context.close)
            page = await context.new_page()
            watch(page, wrong)
            await sign_in(page, desk_server.url, who)
            return page

        yield open_page
        assert not wrong, wrong


async def new_context(browser: Browser) -> BrowserContext:
    """A browser profile of its own, on the smallest screen the desk is made for."""
    return await browser.new_context(viewport=SCREEN, locale="en-GB")  # type: ignore[arg-type]


def watch(page: Page, wrong: list[str]) -> None:
    """Note in `wrong` what the page's scripts say went wrong."""

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error":
            # A request that was refused is named only by where it was said.
            wrong.append(f"{page.url}: {said.text} ({said.location.get('url', '')})")

    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("console", hear)


async def sign_in(page: Page, url: str, name: str, password: str = PASSWORD) -> None:
    """Through the form, by keyboard alone."""
    await page.goto(f"{url}/signin")
    # The field takes the focus a moment after the page is there.
    await expect(page.locator("input[name=name]")).to_be_focused()
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await expect(page.locator("input[name=password]")).to_be_focused()
    await page.keyboard.type(password)
    await page.keyboard.press("Enter")
    await page.wait_for_url(lambda where: "/signin" not in where)


async def must_be_accessible(page: Page) -> None:
    """No serious finding of axe, and nothing beyond the right edge."""
    found = await Axe().run(page)
    grave = [
        f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert not grave, "\n".join(grave)
    await must_fit(page)


async def must_fit(page: Page) -> None:
    """Nothing lies beyond the right edge."""
    wider = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wider <= 0, f"{page.url} is {wider} pixels wider than the screen"


async def screenshot(page: Page, name: str) -> None:
    """Keep a picture for the docs, when SCREENSHOTS names a folder (docs/images, for a release)."""
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=False)
