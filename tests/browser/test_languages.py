"""Every page in every language: its words are that language's, and they fit the screen."""

import pytest
from playwright.async_api import expect

from campaigns.roles import LANGUAGES, Role
from dialer.desk.words import words_for
from tests.support.browser import DeskServer, SignedIn, must_be_accessible, must_fit
from tests.support.client_work import worked
from tests.support.stored import add_campaign

LONGEST = "ka"
"""Where words do not fit, things become scrollable and sit elsewhere: axe looks at these."""
PAGES = {
    Role.AGENT: ["/agent", "/my-reviews"],
    Role.SUPERVISOR: ["/board", "/surveys"],
    Role.QUALITY: ["/quality"],
    Role.CLIENT: ["/client", "/client/campaigns/{campaign}", "/client/usage"],
    Role.ADMINISTRATOR: ["/admin/users", "/account"],
}


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
async def test_pages_speak_the_readers_language(
    desk_server: DeskServer, signed_in: SignedIn, language: str
) -> None:
    store = desk_server.store
    row = await add_campaign(store, leads=20, name="spring", client="Acme")
    await worked(store, row, sales=3, refusals=2)
    _ = words_for(language)
    for role, paths in PAGES.items():
        page = await signed_in(role, language=language)
        for path in paths:
            found = await page.goto(desk_server.url + path.format(campaign=row.id))
            assert found is not None and found.ok, path
            await expect(page.locator("html")).to_have_attribute("lang", language)
            await expect(page.get_by_role("button", name=_("Sign out"))).to_be_visible()
            await must_fit(page)
            if language == LONGEST:
                await must_be_accessible(page)
