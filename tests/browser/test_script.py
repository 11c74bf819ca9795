"""An agent is walked through a script by keyboard, in a real browser, over a real store."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from campaigns.dispositions import Disposition, DispositionKind
from tests.support.browser import DeskServer, must_be_accessible, new_context, screenshot, watch
from tests.support.mounted_script import MountedScript
from tests.support.scripted_talk import EXAMPLES
from tests.support.stored import add_campaign
from tests.support.stored_scripts import call_next, person, put_in_force


def _said(code: str, kind: DispositionKind) -> Disposition:
    return Disposition(code=code, label=code, kind=kind, is_final=True)


DISPOSITIONS = (
    _said("interview", DispositionKind.SALE),
    _said("callback", DispositionKind.CALLBACK),
    _said("refusal", DispositionKind.REFUSAL),
    _said("do_not_call", DispositionKind.DO_NOT_CALL),
    _said("not_eligible", DispositionKind.OTHER),
    _said("quota_full", DispositionKind.OTHER),
)


@pytest.fixture
async def survey(browser: Browser, desk_server: DeskServer) -> AsyncIterator[MountedScript]:
    """The example survey in a call to a woman in Baku."""
    store = desk_server.store
    campaign = await add_campaign(store, leads=[person(1, "F")], dispositions=DISPOSITIONS)
    source = (EXAMPLES / "service_survey.toml").read_text(encoding="utf-8")
    await put_in_force(store, campaign, source)
    context = await new_context(browser)
    page = await context.new_page()
    wrong: list[str] = []
    watch(page, wrong)
    call_id = await call_next(store, campaign)
    mounted = MountedScript(page=page, store=store, call_id=call_id, url=desk_server.url)
    await mounted.open()
    yield mounted
    await context.close()
    assert not wrong, wrong


async def test_a_survey_with_branches_is_answered_by_keyboard_alone(survey: MountedScript) -> None:
    page = survey.page
    await expect(page.get_by_text("May I speak with Lead 1?")).to_be_visible()
    await expect(page.get_by_role("radio", name="Yes")).to_be_focused()
    await must_be_accessible(page)
    await survey.press("Enter")
    await expect(page.get_by_text("An answer is needed here.")).to_be_visible()
    await survey.press("1", "Enter")
    await expect(page.get_by_role("textbox", name="How old are you?")).to_be_focused()
    await page.keyboard.type("340")
    await survey.press("Enter")
    await expect(page.get_by_text("Between: 0 … 120")).to_be_visible()
    await survey.press("Backspace", "Enter")
    # The promoter's way: ten has a key of its own, and the next question takes the next key.
    await expect(page.get_by_role("heading", name="Recommendation")).to_be_visible()
    await survey.press("t", "5", "Enter")
    await expect(page.get_by_role("heading", name="What went well")).to_be_visible()
    # Back, and the other way.
    await page.keyboard.press("PageUp")
    await expect(page.get_by_role("heading", name="Recommendation")).to_be_visible()
    await survey.press("3", "Enter")
    await expect(page.get_by_role("heading", name="What went wrong")).to_be_visible()
    await screenshot(page, "script")
    await survey.press("1", "5")
    await expect(page.get_by_label("Other, in words")).to_be_focused()
    await page.keyboard.type("no parking 2")
    await survey.press("Tab", "2", "Enter")
    await expect(page.get_by_role("heading", name="Ways to reach us")).to_be_visible()
    await survey.press("3", "Enter")
    await expect(page.get_by_role("heading", name="May we call again?")).to_be_visible()
    await survey.press("1", "Enter")
    await expect(page.get_by_text("This is the end of the script.")).to_be_visible()
    await must_be_accessible(page)
    await survey.ended("done")
    assert survey.finished is not None
    assert (survey.finished.disposition, survey.finished.cells) == (
        "interview", ("women 18-44 in Baku",),
    )  # fmt: skip
    assert await survey.answers() == {
        "takes_part": "yes", "age": 34, "nps": 3, "csat": 5,
        "wrong": ["waiting_time", {"other": "no parking 2"}], "wants_help": "no",
        "channels": ["app"], "may_call_again": "yes",
    }  # fmt: skip
    visits = [each.step for each in await survey.store.scripts.visits_of_call(survey.call_id)]
    assert visits[:5] == ["opening", "age", "scores", "what_went_well", "scores"]


async def test_after_a_reload_in_the_middle_everything_is_there(survey: MountedScript) -> None:
    page = survey.page
    await survey.press("1", "Enter")
    await page.keyboard.type("61")
    await survey.press("Enter", "9")
    await expect(page.get_by_role("radio", name="9", exact=False).first).to_be_checked()
    await survey.all_saved()
    await survey.mount()
    await expect(page.get_by_role("heading", name="Recommendation")).to_be_visible()
    await expect(page.locator("fieldset").first.get_by_role("radio").nth(9)).to_be_checked()
    assert (await survey.answers())["age"] == 61
    # What was typed and not sent is taken when the agent goes on.
    await survey.press("4", "Enter")
    await expect(page.get_by_role("textbox", name="That is good to hear.")).to_be_focused()
    await page.keyboard.type("Quick")
    await survey.press("Enter")
    await expect(page.get_by_role("heading", name="Ways to reach us")).to_be_visible()
    await survey.all_saved()
    assert (await survey.answers())["well"] == "Quick"


async def test_an_objection_is_opened_answered_and_closed(survey: MountedScript) -> None:
    page = survey.page
    await survey.press("1", "Enter", "PageUp")
    await survey.press("?")
    await expect(page.get_by_role("button", name="How long does it take?")).to_be_focused()
    await survey.press("p")
    await expect(page.get_by_text("Acme does not learn who said what.")).to_be_visible()
    await must_be_accessible(page)
    await survey.press("Escape")
    await expect(page.locator(".script-objections")).to_be_hidden()
    await expect(page.get_by_role("radio", name="Yes")).to_be_focused()
    await survey.press("?", "s", "Enter")
    await expect(page.get_by_text("When may we call again?")).to_be_visible()
    await survey.ended("later")
    assert survey.finished is not None and survey.finished.disposition == "callback"


async def test_an_answer_that_could_not_be_saved_is_told_of_and_sent_again(
    survey: MountedScript,
) -> None:
    page = survey.page
    survey.fails = True
    await survey.press("1")
    await expect(page.get_by_text("Not saved yet:")).to_be_visible()
    assert await page.evaluate("window.view.unsaved()") == ["takes_part"]
    survey.fails = False
    await survey.press("Enter")
    await expect(page.get_by_role("textbox", name="How old are you?")).to_be_focused()
    await survey.all_saved()
    assert await survey.answers() == {"takes_part": "yes"}


async def test_a_quota_that_fills_in_the_middle_leads_to_the_polite_end(
    survey: MountedScript,
) -> None:
    page = survey.page
    await survey.press("1", "Enter")
    names = [each.name for each in await survey.store.quotas.status(1)]
    await page.evaluate("names => window.view.update({ full: names })", names)
    await expect(page.get_by_text("There are enough interviews like this one")).to_be_visible()
    await page.keyboard.type("50")
    await survey.press("Enter")
    await expect(
        page.get_by_role("heading", name="Enough interviews of this group")
    ).to_be_visible()
    await survey.ended("enough")
    assert survey.finished is not None and survey.finished.result == "quota_full"
