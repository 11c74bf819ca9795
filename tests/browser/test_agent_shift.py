"""An agent's whole shift, by keyboard alone, in a real browser on the real service."""

from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.async_api import Page, expect

from campaigns.callbacks import CallbackState
from campaigns.store.rows import ControlRequest
from dialer.engine.states import AgentState
from tests.support.agent_floor import (
    PATIENCE,
    AgentFloor,
    AgentPage,
    card_is_there,
    must_be,
    press,
)
from tests.support.browser import must_be_accessible, screenshot
from tests.support.service_desk import attempts_of, until

CALLS = 10


async def take_call(page: Page) -> str:
    """The next call, up to the record on the screen: the lead's name."""
    name = await card_is_there(page)
    await expect(page.locator("#note")).to_be_visible(timeout=PATIENCE)
    return name


async def finish(page: Page, key: str) -> None:
    """Hang up and say the result by its key."""
    await press(page, "x")
    await must_be(page, "Wrap-up")
    await press(page, key)


async def write_note(page: Page, text: str) -> None:
    """By keyboard: into the field, and out of it again."""
    await press(page, "n")
    await page.keyboard.type(text)
    await press(page, "Escape")


async def log_in(page: Page) -> None:
    await must_be(page, "Logged out")
    await press(page, "l")
    await must_be(page, "Paused")
    await press(page, "r")


async def promise_for_this_minute(floor: AgentFloor, page: Page) -> None:
    """Result "call back later", for a moment that has just come by the lead's clock."""
    await press(page, "3")
    dialog = page.locator("#dialog")
    await expect(dialog).to_contain_text("Call back", timeout=PATIENCE)
    there = datetime.fromtimestamp(floor.service.clock.now(), ZoneInfo("America/New_York"))
    await dialog.locator('input[type="date"]').fill(f"{there:%Y-%m-%d}")
    await dialog.locator('input[type="time"]').fill(f"{there:%H:%M}")
    await expect(dialog).to_contain_text("the call is made at once", timeout=PATIENCE)
    await must_be_accessible(page)
    await screenshot(page, "agent-callback")
    await dialog.get_by_role("button", name="Promise the call").press("Enter")


async def first_call_and_callback(floor: AgentFloor, page: Page) -> int:
    """Everything that is known stands there; the callback is kept. How many calls it took."""
    name = await take_call(page)
    card, past = page.locator("#card"), page.locator("#past")
    await expect(card).to_contain_text("Savings account")
    await expect(card).to_contain_text(f"Good day {name}, this is anna from Acme")
    await expect(past).to_contain_text("The first contact.")
    assert (await page.title()).startswith(f"● {name}")
    await must_be_accessible(page)
    await write_note(page, "Wants a larger account next year.")
    await expect(page.locator("#saved")).to_have_text("Saved", timeout=PATIENCE)
    await screenshot(page, "agent-call")
    await press(page, "x")
    await must_be(page, "Wrap-up")
    await screenshot(page, "agent-wrap-up")
    await promise_for_this_minute(floor, page)
    others = 0
    while await take_call(page) != name:
        # A lead that was being called already comes first.
        others += 1
        await finish(page, "2")
    await expect(past).to_contain_text("Wants a larger account next year.", timeout=PATIENCE)
    await expect(past).to_contain_text("Call back later")
    await screenshot(page, "agent-history")
    await finish(page, "1")
    return 2 + others


async def hand_over_in_writing(floor: AgentFloor, page: Page) -> None:
    """An interested lead, for the client's specialist."""
    await take_call(page)
    await write_note(page, "Asks for a mortgage of 200,000.")
    await press(page, "s")
    dialog = page.locator("#dialog")
    await expect(dialog).to_contain_text("Message to Branch office", timeout=PATIENCE)
    await must_be_accessible(page)
    await screenshot(page, "agent-hand-over")
    await press(page, "4")
    await expect(page.locator(".toasts")).to_contain_text("Handed over", timeout=PATIENCE)
    (handed,) = await floor.store.hand_overs.since(0)
    assert (handed.specialist, handed.note) == ("Branch office", "Asks for a mortgage of 200,000.")
    await finish(page, "8")


async def lose_the_line(floor: AgentFloor, page: Page) -> None:
    """In mid-call: what is typed meanwhile is kept, and the call goes on."""
    await take_call(page)
    await page.context.set_offline(True)
    await expect(page.locator("#offline")).to_be_visible(timeout=PATIENCE)
    await write_note(page, "Typed without a line.")
    await screenshot(page, "agent-offline")
    await page.context.set_offline(False)
    await expect(page.locator("#offline")).to_be_hidden(timeout=PATIENCE)
    await expect(page.locator("#saved")).to_have_text("Saved", timeout=PATIENCE)
    await must_be(page, "Talking")
    # The browser's console calls a lost line an error.
    floor.wrong.clear()
    (agent,) = await floor.store.agents.list()
    call = next(c for c in floor.service.snapshot().calls if c.agent_id == agent.id)
    note = await floor.store.notes.get(call.call_id, agent.id)
    assert note.body == "Typed without a line."
    await finish(page, "2")


async def pause_after_a_call(page: Page) -> None:
    """Asked for while they talk; it comes after the call."""
    await take_call(page)
    await press(page, "p")
    await expect(page.locator("#dialog")).to_contain_text("coaching", timeout=PATIENCE)
    await press(page, "2")
    more = page.locator("#state-more")
    await expect(more).to_contain_text("pause after this call", timeout=PATIENCE)
    await finish(page, "2")
    await must_be(page, "Paused")
    await expect(more).to_contain_text("lunch")
    await must_be_accessible(page)
    await screenshot(page, "agent-pause")
    await press(page, "r")


async def test_a_whole_shift(agent_floor: AgentFloor, agent_page: AgentPage) -> None:
    page = await agent_page()
    await log_in(page)
    taken = await first_call_and_callback(agent_floor, page)
    await hand_over_in_writing(agent_floor, page)
    await lose_the_line(agent_floor, page)
    await pause_after_a_call(page)
    for _ in range(CALLS - taken - 4):
        await take_call(page)
        await finish(page, "2")
    await take_call(page)
    await press(page, "l")
    more = page.locator("#state-more")
    await expect(more).to_contain_text("log-out after this call", timeout=PATIENCE)
    await finish(page, "8")
    await must_be(page, "Logged out")
    await press(page, "v")
    await expect(page.locator("#dialog")).to_contain_text("Calls I promised", timeout=PATIENCE)
    await screenshot(page, "agent-day")
    await agent_floor.service.parts.records.wait_until_written()
    found = await attempts_of(agent_floor.store)
    connected = [one for one in found if one.outcome == "connected"]
    assert len(connected) == CALLS
    assert all(one.disposition is not None for one in connected)
    (kept,) = await agent_floor.store.callbacks.list(states=(CallbackState.KEPT,))
    assert kept.agent_name == "anna"


async def test_a_reload_and_a_second_tab_show_the_same_call(
    agent_floor: AgentFloor, agent_page: AgentPage
) -> None:
    page = await agent_page()
    await log_in(page)
    name = await take_call(page)
    await write_note(page, "half a sen")
    await page.reload()
    assert await take_call(page) == name
    await expect(page.locator("#note")).to_have_value("half a sen", timeout=PATIENCE)
    # A supervisor's words stand on the screen until they are put away.
    words = {"agent": "anna", "text": "Please mind the recording."}
    asked = ControlRequest(id=0, kind="agent.message", args=words, by="boss")
    assert (await agent_floor.service.parts.control.handle(asked))[0]
    await expect(page.locator("#messages")).to_contain_text("mind the recording", timeout=PATIENCE)
    await page.locator("#messages").get_by_role("button", name="Read").press("Enter")
    await expect(page.locator("#messages")).to_be_empty(timeout=PATIENCE)
    second = await page.context.new_page()
    await second.goto(page.url)
    assert await take_call(second) == name
    await write_note(second, "tence")
    await expect(page.locator("#note")).to_have_value("half a sentence", timeout=PATIENCE)
    # A result chosen while they speak is said when the call is over, though nobody presses.
    await press(page, "1")
    await expect(second.locator("#results [aria-pressed=true]")).to_have_text(
        "1Sale", timeout=PATIENCE
    )
    await press(second, "h")
    await expect(page.locator("#state-more")).to_contain_text("on hold", timeout=PATIENCE)
    await press(page, "h")
    await expect(page.locator("#state-more")).not_to_contain_text("on hold", timeout=PATIENCE)
    await press(page, "m")
    await expect(page.locator("#state-more")).to_contain_text("silent", timeout=PATIENCE)
    await agent_floor.lead_hangs_up()
    await must_be(page, "Wrap-up")
    await must_be(second, "Wrap-up")
    await expect(page.locator("#countdown")).to_be_visible()
    await press(second, "p", "1")
    more = page.locator("#state-more")
    await expect(more).to_contain_text("pause after this call", timeout=PATIENCE)
    await press(page, "Enter")
    await must_be(second, "Paused")
    await agent_floor.service.parts.records.wait_until_written()
    (attempt,) = [one for one in await attempts_of(agent_floor.store) if one.outcome == "connected"]
    assert attempt.disposition == "sale"
    agents = agent_floor.service.snapshot().agents
    assert [one.state for one in agents] == [AgentState.PAUSED]


async def test_a_specialist_joins_by_telephone_and_is_written_down_when_they_are_there(
    agent_floor: AgentFloor, agent_page: AgentPage
) -> None:
    page = await agent_page()
    await log_in(page)
    await take_call(page)
    await write_note(page, "Wants a mortgage.")
    await press(page, "s")
    dialog = page.locator("#dialog")
    await dialog.get_by_role("button", name="Call Mortgages to join us").press("Enter")
    await expect(page.locator("#state-more")).to_contain_text("with +12025550177", timeout=PATIENCE)
    await expect(page.locator(".toasts")).to_contain_text("Handed over", timeout=PATIENCE)
    (handed,) = await agent_floor.store.hand_overs.since(0)
    assert (handed.specialist, str(handed.way)) == ("Mortgages", "three_way")
    await press(page, "z")
    await must_be(page, "Wrap-up")
    await until(
        agent_floor.service,
        lambda: [str(one.place) for one in agent_floor.service.snapshot().calls] == ["outside"],
    )


async def test_a_colleague_takes_a_call_over_and_reads_what_was_written_in_it(
    agent_floor: AgentFloor, agent_page: AgentPage
) -> None:
    anna, ben = await agent_page(), await agent_page("ben")
    await log_in(anna)
    name = await take_call(anna)
    await must_be(ben, "Logged out")
    await press(ben, "l")
    await must_be(ben, "Paused")
    # No new calls: the one colleague who is free is free for this lead.
    words = {"campaign": agent_floor.campaign.name}
    asked = ControlRequest(id=0, kind="campaign.pause", args=words, by="boss")
    assert (await agent_floor.service.parts.control.handle(asked))[0]
    await press(ben, "r")
    await must_be(ben, "Ready")
    await write_note(anna, "Wants to speak with a man.")
    await press(anna, "t")
    await anna.locator("#dialog").get_by_role("button", name="ben").press("Enter")
    assert await take_call(ben) == name
    await must_be(anna, "Wrap-up")
    past = ben.locator("#past")
    await expect(past).to_contain_text("In this call", timeout=PATIENCE)
    await expect(past).to_contain_text("Wants to speak with a man.")
    await finish(ben, "2")
    await must_be(ben, "Ready")
    # Who signs out is logged out.
    await ben.get_by_role("button", name="Sign out").press("Enter")
    await ben.wait_for_url(lambda url: "/signin" in url)
    await until(
        agent_floor.service,
        lambda: [one.name for one in agent_floor.service.snapshot().agents] == ["anna"],
    )
