"""The client's view in a real browser: readable by a screen reader, and within the screen."""

from playwright.async_api import expect

from campaigns.roles import Role
from tests.support.browser import DeskServer, SignedIn, must_be_accessible, screenshot
from tests.support.client_work import worked
from tests.support.stored import add_campaign


async def test_a_client_reads_its_campaign_and_its_bill(
    desk_server: DeskServer, signed_in: SignedIn
) -> None:
    store = desk_server.store
    row = await add_campaign(store, leads=40, name="spring", client="Acme")
    other = await add_campaign(store, leads=1, name="secret", client="Rival")
    await worked(store, row, sales=5, refusals=8)
    page = await signed_in(Role.CLIENT)
    await expect(page.get_by_role("heading", name="Campaigns")).to_be_visible()
    await must_be_accessible(page)
    await page.get_by_role("link", name="spring").click()
    await expect(page.get_by_role("heading", name="Why people said no")).to_be_visible()
    await expect(page.get_by_role("cell", name="Not interested").first).to_be_visible()
    await must_be_accessible(page)
    await screenshot(page, "client-campaign")
    await page.get_by_role("navigation", name="Where this is").get_by_role("link").click()
    await page.get_by_role("link", name="Usage and bill").click()
    await expect(page.get_by_role("cell", name="Agent hours")).to_be_visible()
    await must_be_accessible(page)
    await screenshot(page, "client-usage")
    await expect(page.get_by_text("secret")).to_have_count(0)
    found = await page.request.get(f"{desk_server.url}/client/campaigns/{other.id}")
    assert found.status == 404
