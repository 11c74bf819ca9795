"""Somebody runs the demo and takes a call in it, beside the simulated agents."""

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.browser import new_context, screenshot, sign_in, watch

PATIENCE = 90_000.0
"""Milliseconds, as Playwright counts: for the first call on a machine that is busy."""


@pytest.fixture
async def demo() -> AsyncIterator[asyncio.subprocess.Process]:
    """`dialer demo` for a visitor, four times as fast as they are meant to live. Its folder is not
    under tmp_path: PostgreSQL, as another user, must be able to walk there."""
    folder = Path(tempfile.mkdtemp(prefix="dialer-demo-"))
    os.chmod(folder, 0o755)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dialer", "demo", "--json", "--home", str(folder / "demo"),
        "--visit", "--speed", "4", "--agents", "2",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()
        shutil.rmtree(folder)


async def logins(demo: asyncio.subprocess.Process) -> tuple[str, dict[str, str]]:
    """What the demo says of its desk: the address, and passwords by name."""
    assert demo.stderr is not None
    said = ""
    while "Desk: client" not in said:
        line = (await demo.stderr.readline()).decode()
        assert line, f"the demo ended: {said}"
        said += line
    url = re.search(r"Desk: (http\S+)", said)
    assert url is not None, said
    return url[1], dict(re.findall(r"Desk: (agent|supervisor|client) +(\S+)", said))


@pytest.mark.timeout(240)
async def test_a_visitor_takes_a_call_sees_the_record_and_says_how_it_went(
    browser: Browser, demo: asyncio.subprocess.Process
) -> None:
    url, passwords = await logins(demo)
    wrong: list[str] = []
    context = await new_context(browser)
    page = await context.new_page()
    watch(page, wrong)
    await sign_in(page, url, "agent", passwords["agent"])
    assert page.url == f"{url}/agent"
    state = page.locator("#state-word")
    await expect(state).to_contain_text("Logged out", timeout=PATIENCE)
    await page.keyboard.press("l")
    await expect(state).to_contain_text("Paused", timeout=PATIENCE)
    await page.keyboard.press("r")
    await expect(state).to_contain_text("Talking", timeout=PATIENCE)
    await expect(page.locator("#card h2")).to_be_visible(timeout=PATIENCE)
    await screenshot(page, "demo-visitor")
    await page.keyboard.press("x")
    await expect(state).to_contain_text("Wrap-up", timeout=PATIENCE)
    await page.keyboard.press("2")
    await expect(state).to_have_text(re.compile("Ready|Talking"), timeout=PATIENCE)
    await context.close()
    assert not wrong, wrong
