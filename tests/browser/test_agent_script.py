"""An agent is walked through the campaign's script while the lead is on the line."""

from datetime import UTC, datetime

from playwright.async_api import expect

from tests.support.agent_floor import PATIENCE, AgentFloor, AgentPage, card_is_there, must_be, press
from tests.support.browser import must_be_accessible, screenshot
from tests.support.service_desk import START_AT
from tests.support.stored_scripts import put_in_force

SCRIPT = """
script = "offer"
title = "An offer"

[[steps]]
id = "offer"
title = "The offer"
text = "Good day {name|there}, is the weather fine in {fields.city|your town}?"
[[steps.questions]]
id = "interest"
text = "Would that be something for you?"
kind = "single"
choices = ["Yes", "No"]
[[steps.branches]]
when = "answers.interest == 'yes'"
to = "sold"

[[steps]]
id = "why"
next = "refused"
[[steps.questions]]
id = "why"
text = "May I ask why?"
kind = "text"

[[ends]]
id = "sold"
title = "Sold"
result = "complete"
disposition = "sale"

[[ends]]
id = "refused"
result = "refused"
disposition = "no_interest"
"""


async def test_the_script_of_a_call_is_walked_and_suggests_its_result(
    agent_floor: AgentFloor, agent_page: AgentPage
) -> None:
    begin = datetime.fromtimestamp(START_AT - 60, UTC)
    await put_in_force(agent_floor.store, agent_floor.campaign, SCRIPT, now=begin)
    page = await agent_page()
    await must_be(page, "Logged out")
    await press(page, "l")
    await must_be(page, "Paused")
    await press(page, "r")
    name = await card_is_there(page)
    script = page.locator("#script")
    said = f"Good day {name}, is the weather fine in Albany?"
    await expect(script).to_contain_text(said, timeout=PATIENCE)
    await expect(script.get_by_role("radio", name="Yes")).to_be_focused(timeout=PATIENCE)
    await must_be_accessible(page)
    await press(page, "2", "Enter")
    await expect(script.get_by_label("May I ask why?")).to_be_focused(timeout=PATIENCE)
    await page.keyboard.type("too dear")
    await page.reload()
    await expect(script.get_by_label("May I ask why?")).to_have_value("too dear", timeout=PATIENCE)
    await press(page, "PageUp", "1", "Enter")
    await expect(script).to_contain_text("This is the end of the script.", timeout=PATIENCE)
    await expect(page.locator("#results [aria-pressed=true]")).to_have_text(
        "1Sale", timeout=PATIENCE
    )
    (interview,) = await agent_floor.store.surveys.interviews(agent_floor.campaign.id)
    assert interview.answers == {"interest": "yes"}
    await press(page, "x")
    await must_be(page, "Wrap-up")
    await screenshot(page, "agent-script")
