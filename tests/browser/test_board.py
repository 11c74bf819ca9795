"""The supervisors' board in a real browser, over a service that runs on the fake switch."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from campaigns.roles import Role
from campaigns.store.store import Store
from dialer.engine.states import AgentState
from tests.integration.runtime.test_in_call import FakeFarEnds, desk_on_a_fake
from tests.support.browser import (
    PASSWORD,
    must_be_accessible,
    new_context,
    screenshot,
    sign_in,
    watch,
)
from tests.support.stored import add_campaign
from tests.support.talk_desk import TalkDesk, ready

SERVED = {"web.enabled": True, "web.port": 0, "web.zone": "UTC", "alarms.pause_seconds": 1}


async def account(store: Store, name: str, role: Role) -> str:
    await store.users.add(
        name, role, PASSWORD, language="en", zone="UTC", by="test", now=datetime.now(UTC)
    )
    return name


@asynccontextmanager
async def supervised(
    browser: Browser, store: Store, home: Path
) -> AsyncIterator[tuple[TalkDesk, FakeFarEnds, Page]]:
    """Two agents of `sales` who may take calls, a team `night`, and a supervisor at the board."""
    await add_campaign(store, name="autumn", team="night", leads=3)
    await account(store, "nigar", Role.SUPERVISOR)
    wrong: list[str] = []
    async with desk_on_a_fake(store, home, settings=SERVED) as (desk, far):
        await desk.ask("agent.login", agent="anna")
        service = desk.service
        assert service.web_url is not None
        night = await store.teams.get("night")
        await service.parts.feed.ensure_team(night.id, night.name, None)  # type: ignore[arg-type]
        context = await new_context(browser)
        page = await context.new_page()
        watch(page, wrong)
        await sign_in(page, service.web_url, "nigar")
        try:
            yield desk, far, page
        finally:
            await context.close()
    # A refusal is an answer as any other, but Chromium calls its status an error.
    assert not [one for one in wrong if "409 (Conflict)" not in one], wrong


def tile(page: Page, name: str) -> Locator:
    return page.locator(".agent", has=page.locator("strong", has_text=name))


def team(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


async def picture(page: Page, name: str) -> None:
    await page.evaluate(
        "() => { scrollTo(0, 0); document.querySelector('.toasts').replaceChildren(); }"
    )
    await screenshot(page, name)


async def press(page: Page, where: Locator, keys: str = "Enter") -> None:
    await where.focus()
    await page.keyboard.press(keys)


async def test_a_supervisor_listens_and_lowers_the_target(
    browser: Browser, store: Store, tmp_path: Path
) -> None:
    async with supervised(browser, store, tmp_path) as (desk, _, page):
        await expect(page).to_have_url(f"{desk.service.web_url}/board")
        await ready(desk, "anna", "ben")
        await desk.talks("anna")
        talking = team(page, "sales").locator(".lane.talking")
        await expect(talking.locator(".agent", has_text="anna")).to_contain_text("talking")
        await must_be_accessible(page)

        # By keyboard alone: the agent, the telephone's number, and the first of the buttons.
        await press(page, tile(page, "anna"))
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("anna: talking for")
        await must_be_accessible(page)
        await page.get_by_label("Your telephone").fill("1900")
        await press(page, dialog.get_by_role("button", name="Listen", exact=True))
        await expect(page.locator(".toasts")).to_contain_text("Phone 1900 listens to anna.")
        await desk.until(lambda: [s.is_up for s in desk.service.snapshot().supervisors] == [True])
        await press(page, dialog.get_by_role("button", name="Whisper"))
        await page.keyboard.press("Escape")
        await expect(tile(page, "anna")).to_contain_text("1900 whispers")

        # A phone can hear one agent at a time: the refusal is shown as the service says it.
        await press(page, tile(page, "ben"))
        await expect(dialog.get_by_label("Your telephone")).to_have_value("1900")
        await press(page, dialog.get_by_role("button", name="Listen", exact=True))
        await expect(dialog.get_by_role("alert")).to_contain_text(
            "Phone 1900 listens to somebody else already; let it leave first."
        )
        await press(page, dialog.get_by_role("button", name="Stop listening"))
        await desk.until(lambda: not desk.service.snapshot().supervisors)
        await expect(tile(page, "anna")).not_to_contain_text("1900")

        await expect(team(page, "sales").locator("header").first).to_contain_text("target 2.8%")
        await press(page, team(page, "sales").get_by_role("button", name="Change the pace"))
        await expect(dialog).to_contain_text(
            "Limit: ledger 'campaign' of campaign 'spring' allows at most 3.00% of live answers"
        )
        target = dialog.get_by_label("Target")
        await expect(target).to_have_attribute("max", "3")
        await screenshot(page, "board-pace")
        await target.fill("1.5")
        await page.keyboard.press("Enter")
        await expect(team(page, "sales").locator("header").first).to_contain_text("target 1.5%")
        done = page.locator("#deeds")
        await expect(done).to_contain_text("nigar: sales is paced predictive, and aims at 1.50%")
        await picture(page, "board")
        sales = next(t for t in desk.service.snapshot().teams if t.name == "sales")
        assert sales.target_ratio == 0.015
        lines = {line.action: line for line in await store.audit.lines("team sales")}
        assert lines["team.pacing"].by == "user nigar"
        heard = [line.action for line in await store.audit.lines("agent anna")]
        assert {"call listen", "call whisper"} <= set(heard)


async def test_a_supervisor_moves_and_messages_an_agent_and_sees_to_an_alarm(
    browser: Browser, store: Store, tmp_path: Path
) -> None:
    async with supervised(browser, store, tmp_path) as (desk, far, page):
        await ready(desk, "anna")
        await desk.talks("anna")
        dialog = page.get_by_role("dialog")
        await press(page, tile(page, "anna"))
        await page.get_by_label("Message").fill("Please speak slower.")
        await press(page, dialog.get_by_role("button", name="Send", exact=True))
        await expect(page.locator(".toasts")).to_contain_text("A message went to anna.")
        (message,) = await store.messages.unread(int(desk.agent("anna").agent_id))
        assert (message.text, message.sent_by) == ("Please speak slower.", "user nigar")

        await press(page, tile(page, "anna"))
        await dialog.get_by_label("Another team").select_option("night")
        await press(page, dialog.get_by_role("button", name="Move"))
        await expect(tile(page, "anna")).to_contain_text("moves to night")
        await far.lead_hangs_up(desk.talk("anna"))
        await desk.state("anna", AgentState.WRAP_UP)
        await desk.ask("agent.ready", agent="anna")
        await expect(team(page, "night").locator(".lane.ready .agent")).to_contain_text("anna")

        # Ben has been paused for longer than the one second that this floor allows.
        alarm = page.locator(".alarm", has_text="ben has been paused for")
        await expect(alarm).to_contain_text("warning")
        await press(page, alarm.get_by_role("button", name="Seen"))
        await expect(alarm).to_contain_text("seen by nigar at")
        assert "alarm seen" in {line.action for line in await store.audit.lines("alarm")}
        await picture(page, "board-alarm")

        await press(page, tile(page, "ben"))
        await press(page, dialog.get_by_role("button", name="Log out"))
        await expect(dialog).to_contain_text("Log ben out?")
        await press(page, dialog.get_by_role("button", name="Log out"))
        await expect(tile(page, "ben")).to_have_count(0)
        await expect(alarm).to_have_count(0)

        spring = team(page, "sales").locator(".campaign", has_text="spring")
        await press(page, spring.get_by_role("button", name="Pause"))
        await press(page, dialog.get_by_role("button", name="Pause"))
        await expect(spring.locator(".badge")).to_have_text("paused")
        assert (await store.campaigns.get("spring")).state == "paused"
        await press(page, spring.get_by_role("button", name="Why?"))
        await expect(dialog).to_contain_text("spring is not dialling:")
        await expect(dialog.locator("li").first).to_contain_text("paused")
        await page.keyboard.press("Escape")

        await page.goto(f"{desk.service.web_url}/board?wall=1")
        await expect(page.locator(".wall-team", has_text="night")).to_contain_text("ready")
        await expect(page.locator(".wall-team button")).to_have_count(0)
        await must_be_accessible(page)
        await screenshot(page, "wallboard")
