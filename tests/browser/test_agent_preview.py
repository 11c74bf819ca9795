"""Preview, keys that can be switched off, and the result of the call before."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from campaigns.campaign_spec import PacingMode
from campaigns.store.store import Store
from tests.support.agent_floor import (
    PATIENCE,
    AgentFloor,
    card_is_there,
    floor_for_agents,
    must_be,
    press,
)
from tests.support.browser import must_be_accessible, screenshot
from tests.support.service_desk import attempts_of


@pytest.fixture
async def preview_floor(store: Store, tmp_path: Path) -> AsyncIterator[AgentFloor]:
    async with floor_for_agents(store, tmp_path, pacing_mode=PacingMode.PREVIEW) as floor:
        yield floor
        assert not floor.wrong, floor.wrong


async def shown(page: Page) -> str:
    """The lead that may be dialled: their name."""
    await expect(page.locator("#actions")).to_contain_text("Dial", timeout=PATIENCE)
    name = page.locator("#card h2")
    await name.wait_for(timeout=PATIENCE)
    return await name.inner_text()


async def test_an_agent_looks_skips_dials_and_corrects_a_result(
    preview_floor: AgentFloor, browser: Browser
) -> None:
    async with AsyncExitStack() as stack:
        page = await preview_floor.page(browser, stack)
        await must_be(page, "Logged out")
        await press(page, "l")
        await must_be(page, "Paused")
        # Keys can be switched off, and on again with the mouse or Tab.
        await press(page, "?")
        keys = page.get_by_label("One key for each action")
        await keys.uncheck()
        await press(page, "Escape", "r")
        await page.get_by_role("button", name="Keys").press("Enter")
        await must_be_accessible(page)
        await keys.check()
        await press(page, "Escape")
        await must_be(page, "Paused")
        await press(page, "r")
        first = await shown(page)
        await expect(page.locator("#countdown")).to_be_visible()
        await screenshot(page, "agent-preview")
        await must_be_accessible(page)
        await press(page, "z")
        name = page.locator("#card h2")
        await expect(name).not_to_have_text(first, timeout=PATIENCE)
        second = await shown(page)
        await press(page, "d")
        assert await card_is_there(page) == second
        await expect(page.locator("#note")).to_be_visible(timeout=PATIENCE)
        await press(page, "p", "1")
        more = page.locator("#state-more")
        await expect(more).to_contain_text("pause after this call", timeout=PATIENCE)
        await press(page, "x")
        await must_be(page, "Wrap-up")
        await press(page, "8")
        await must_be(page, "Paused")
        await page.get_by_role("button", name="Correct its result").press("Enter")
        await press(page, "1")
        await expect(page.locator("#dialog")).to_be_hidden(timeout=PATIENCE)
        await preview_floor.service.parts.records.wait_until_written()
        found = await attempts_of(preview_floor.store)
        assert [one.disposition for one in found] == ["sale"]
