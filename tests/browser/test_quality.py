"""Quality in a real browser: find, play in ranges, seek, score by keyboard; the agent answers."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, Response, expect

from campaigns.roles import Role
from campaigns.store.quality_rows import Mark
from campaigns.store.store import Store
from dialer.desk.quality.sound_files import RecordingFolder
from tests.support.browser import DeskServer, SignedIn, must_be_accessible, screenshot
from tests.support.heard_calls import WEEK, YES, Heard, add_call, heard_floor, write_sound
from tests.support.stored import NOW

SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The calls, and the one that can be heard."""

    heard: Heard
    file: str


@pytest.fixture
async def floor(desk_server: DeskServer, store: Store, tmp_path: Path) -> Floor:
    """Calls of two agents; one of Aysel's has a file, with card data masked from 0:20 to 0:30."""
    heard = await heard_floor(store, calls=8)
    at = NOW - timedelta(days=2)
    call = await add_call(
        store, heard, agent=heard.agents["Aysel"].id, lead=1, at=at, seconds=SECONDS,
        disposition="sale", masked=[(at + timedelta(seconds=20), at + timedelta(seconds=30))],
    )  # fmt: skip
    await store.quality.marks.put(
        [(call, at + timedelta(seconds=40), "hold"), (call, at + timedelta(seconds=45), "resume")]
    )
    folder = tmp_path / "recordings"
    write_sound(folder, f"{call}-1", seconds=SECONDS, masks=[(20.0, 30.0)])
    desk_server.app.state.recording_folder = RecordingFolder(folder=folder)
    return Floor(heard=heard, file=f"{call}-1")


async def position(page: Page) -> int:
    return int(await page.get_by_role("slider").get_attribute("aria-valuenow") or 0)


async def test_a_listener_finds_a_recording_and_plays_it_as_one_listening(
    signed_in: SignedIn, floor: Floor, store: Store
) -> None:
    page = await signed_in(Role.QUALITY)
    await page.get_by_role("link", name="Recordings", exact=True).click()
    await page.locator("[name=agent]").select_option("Aysel")
    await page.locator("[name=disposition]").select_option("sale")
    await page.get_by_label("At least, seconds").fill("50")
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_test_id("found")).to_have_count(1)
    await must_be_accessible(page)
    await page.get_by_label("At least, seconds").fill("")
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_test_id("found")).to_have_count(2)
    await screenshot(page, "quality-search")
    await page.get_by_test_id("found").first.get_by_role("link").click()

    answers: list[Response] = []
    page.on("response", lambda said: answers.append(said) if "/listenings/" in said.url else None)
    await expect(page.locator("[data-drawn=yes]")).to_be_visible()
    await expect(page.locator("[data-mark=mask]")).to_contain_text("0:30 Masked")
    await expect(page.locator("[data-mark=hold]")).to_contain_text("0:45 On hold")
    assert await _heights(page) == [True, True, False]
    await must_be_accessible(page)

    await page.locator("body").press("Space")
    await expect(page.get_by_role("button", name="Pause")).to_be_visible()
    slider = page.get_by_role("slider")
    await expect(slider).not_to_have_attribute("aria-valuenow", "0")
    box = await slider.bounding_box()
    assert box is not None
    await slider.click(position={"x": box["width"] * 0.75, "y": 40})
    # It plays on from there.
    await expect(slider).to_have_attribute("aria-valuenow", re.compile("4[6-9]|5[0-9]"))
    await page.get_by_role("button", name="Pause").click()
    await slider.focus()
    await slider.press("Home")
    await slider.press("ArrowRight")
    await slider.press("l")
    assert await position(page) == 15
    await slider.press("j")
    assert await position(page) == 5
    await page.locator("[data-mark=mask] button").click()
    assert await position(page) == 20
    await page.get_by_label("Speed").select_option("1.5")
    assert await page.evaluate("document.querySelector('audio').playbackRate") == 1.5
    mute = page.get_by_role("button", name="Mute the lead")
    await mute.click()
    await expect(mute).to_have_attribute("aria-pressed", "true")
    assert answers
    assert {one.status for one in answers} == {206}
    lines = await store.audit.lines(f"recording {floor.file}", by="user the-quality")
    assert sorted(line.action for line in lines) == [
        "recording listened to",
        "recording looked at",
    ]


async def test_a_call_is_scored_by_keyboard_and_nothing_typed_is_lost(
    desk_server: DeskServer, signed_in: SignedIn, floor: Floor, store: Store
) -> None:
    page = await signed_in(Role.QUALITY)
    await page.goto(f"{desk_server.url}/quality/recordings/{floor.file}")
    await page.get_by_role("button", name="Begin").click()
    await expect(page.locator("[data-drawn=yes]")).to_be_visible()
    total = page.locator("[data-total]")
    for key in ("y", "y", "n", "4", "0"):
        await page.keyboard.press(key)
    await expect(total).to_have_text("67.5 %")
    await page.get_by_role("slider").press("l")
    await page.keyboard.press("c")
    await page.keyboard.type("Did not ask for the person by name")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Make it final").click()
    await expect(page.get_by_text("3 items have no answer yet.")).to_be_visible()
    await must_be_accessible(page)
    for key in ("y", "y", "y"):
        await page.keyboard.press(key)
    await expect(total).to_have_text("79.7 %")
    await page.keyboard.press("ArrowUp")
    await screenshot(page, "quality-scoring")
    # What was typed is there after a reload, without a word of "save".
    await expect(page.locator("[data-saved]")).to_have_text("Saved")
    await page.reload()
    await expect(total).to_have_text("79.7 %")
    await page.get_by_role("button", name="Make it final").click()
    review = page.get_by_test_id("review")
    await expect(review).to_contain_text("failed")
    await expect(review).to_contain_text("Did not ask for the person by name")
    (row,) = await store.quality.reviews.of_agent(floor.heard.agents["Aysel"].id)
    assert (row.answers["right_person"], row.marks[0].second) == ("no", 10.0)
    assert row.marks[0].item == "pressure"


async def test_scores_reach_the_agent_who_answers_and_is_answered(
    desk_server: DeskServer, signed_in: SignedIn, floor: Floor, store: Store
) -> None:
    await desk_server.account(Role.QUALITY)
    listener = await store.users.get("the-quality")
    await store.quality.samples.draw(
        floor.heard.card, WEEK, listeners=[listener.id], by="test", now=NOW
    )
    page = await signed_in(Role.QUALITY)
    await expect(page.get_by_test_id("sample")).to_have_count(9)
    await page.get_by_text("Replace").first.click()
    await page.get_by_label("Why it cannot be used").first.fill("a wrong connection")
    await must_be_accessible(page)
    await screenshot(page, "quality-inbox")
    await page.goto(f"{desk_server.url}/quality/recordings/{floor.file}")
    await page.get_by_role("button", name="Begin").click()
    review_id = int(page.url.rpartition("=")[2])
    await expect(page.locator("[data-saved]")).to_have_text("Saved")
    await _final(store, review_id, listener.id)

    agent = await signed_in(Role.AGENT, name="Aysel")
    await agent.goto(f"{desk_server.url}/my-reviews")
    await expect(agent.get_by_text("new", exact=True)).to_be_visible()
    await must_be_accessible(agent)
    await agent.get_by_role("table").get_by_role("link").click()
    await expect(agent.locator("[data-drawn=yes]")).to_be_visible()
    await agent.get_by_role("button", name="0:31", exact=True).click()
    assert await position(agent) == 31
    await must_be_accessible(agent)
    await screenshot(agent, "my-review")
    await agent.get_by_label("Your answer").fill("I read the terms, from 0:31 on.")
    await agent.get_by_role("button", name="I see it differently").click()
    await expect(agent.get_by_text("I read the terms, from 0:31 on.")).to_be_visible()

    await page.goto(f"{desk_server.url}/quality")
    await page.get_by_role("link", name="Aysel").first.click()
    await page.get_by_label("Your answer to the agent").fill("The right to withdraw was left out.")
    await page.get_by_role("button", name="The score stands").click()
    await expect(page.get_by_text("upheld")).to_be_visible()
    await must_be_accessible(page)
    await agent.reload()
    await expect(agent.get_by_text("The right to withdraw was left out.")).to_be_visible()
    await agent.get_by_role("button", name="I accept it").click()
    await expect(agent.get_by_role("button", name="I accept it")).to_have_count(0)

    await page.goto(f"{desk_server.url}/quality/reports")
    await expect(page.get_by_test_id("report-agent")).to_contain_text("Aysel")
    await must_be_accessible(page)
    await screenshot(page, "quality-reports")


async def _final(store: Store, review_id: int, listener_id: int) -> None:
    await store.quality.reviews.save(
        review_id, listener_id=listener_id, answers=YES | {"terms": "no"}, remark="",
        marks=[Mark(second=31.0, item="terms", text="Only the rate was read.")],
        is_final=True, by="user the-quality", now=NOW,
    )  # fmt: skip


async def _heights(page: Page) -> list[bool]:
    """Whether something is drawn in the lead's voice, the agent's, and in the masked stretch."""
    drawn: list[bool] = await page.evaluate(
        """() => {
          const canvas = document.querySelector("canvas");
          const pen = canvas.getContext("2d");
          const {width, height} = canvas;
          const any = (x, y, w, h) => {
            const at = pen.getImageData(x * width, y * height, w * width, h * height).data;
            for (let i = 3; i < at.length; i += 4) if (at[i] > 200) return true;
            return false;
          };
          return [
            any(0.02, 0.05, 0.28, 0.1), any(0.02, 0.85, 0.28, 0.1), any(0.36, 0.05, 0.12, 0.1),
          ];
        }"""
    )
    return drawn
