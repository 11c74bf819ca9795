"""Signing in, the own account, and an administrator's pages, in a real browser."""

from playwright.async_api import Browser, expect

from campaigns.roles import Role
from tests.support.browser import (
    PASSWORD,
    DeskServer,
    SignedIn,
    must_be_accessible,
    new_context,
    screenshot,
    sign_in,
)


async def test_an_administrator_makes_an_account_whose_person_chooses_a_password(
    browser: Browser, desk_server: DeskServer, signed_in: SignedIn
) -> None:
    admin = await signed_in(Role.ADMINISTRATOR)
    await expect(admin.get_by_role("heading", name="People", exact=True)).to_be_visible()
    await admin.get_by_label("Name").fill("Leyla")
    await admin.get_by_label("Role").select_option("supervisor")
    await admin.get_by_label("Language").select_option("az")
    await admin.get_by_role("button", name="Make the account").click()
    first = await admin.get_by_test_id("password").inner_text()
    await must_be_accessible(admin)
    await admin.goto(f"{desk_server.url}/admin/users")
    await screenshot(admin, "people")
    await admin.get_by_role("link", name="Programs").click()
    await expect(admin.get_by_text("There are no tokens yet.")).to_be_visible()
    await must_be_accessible(admin)
    await screenshot(admin, "programs")

    theirs = await new_context(browser)
    page = await theirs.new_page()
    await sign_in(page, desk_server.url, "leyla", first)
    # Whatever page is asked for, a password of their own comes first.
    await page.goto(f"{desk_server.url}/")
    assert page.url == f"{desk_server.url}/account"
    assert await page.locator("html").get_attribute("lang") == "az"
    await page.locator("input[name=present]").fill(first)
    await page.locator("input[name=new]").fill(PASSWORD)
    await page.locator("input[name=again]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").first).to_be_visible()
    await must_be_accessible(page)
    await screenshot(page, "account")
    assert await desk_server.store.users.check("Leyla", PASSWORD) is not None
    await theirs.close()


async def test_a_wrong_password_says_so_and_keeps_the_name(
    browser: Browser, desk_server: DeskServer
) -> None:
    await desk_server.account(Role.SUPERVISOR)
    context = await new_context(browser)
    page = await context.new_page()
    await page.goto(f"{desk_server.url}/account")
    await expect(page).to_have_url(f"{desk_server.url}/signin?next=%2Faccount")
    await must_be_accessible(page)
    await screenshot(page, "sign-in")
    await page.get_by_label("Name").fill("the-supervisor")
    await page.get_by_label("Password").fill("not the password")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    assert await page.get_by_label("Name").input_value() == "the-supervisor"
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{desk_server.url}/account")
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.wait_for_url(f"{desk_server.url}/signin")
    await page.goto(f"{desk_server.url}/account")
    assert "/signin" in page.url
    await context.close()
