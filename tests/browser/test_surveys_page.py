"""The surveys page: results, files, and nothing of other clients."""

import csv
import io

from openpyxl import load_workbook
from playwright.async_api import expect

from campaigns.roles import Role
from tests.support.browser import DeskServer, SignedIn, must_be_accessible, screenshot
from tests.support.stored import add_campaign
from tests.support.stored_scripts import call_next, interview, person, put_in_force

WAY = ["opening", "age", "score"]


async def fill(desk: DeskServer, interviews: int) -> int:
    """A campaign of Acme with that many interviews, and one of another client."""
    rows = [person(i, "F", "Baku" if i % 2 else "Ganja") for i in range(1, interviews + 2)]
    campaign = await add_campaign(desk.store, leads=rows)
    await put_in_force(desk.store, campaign)
    for index in range(interviews):
        call_id = await call_next(desk.store, campaign)
        await interview(
            desk.store, call_id, "done", WAY, age=20 + index, nps=(9, 3, 7)[index % 3],
            **({"why": "=1+1"} if index % 3 == 1 else {}),
        )  # fmt: skip
    return campaign.id


async def test_a_client_reads_its_results_and_gets_404_for_others(
    desk_server: DeskServer, signed_in: SignedIn
) -> None:
    mine = await fill(desk_server, 3)
    other = await add_campaign(desk_server.store, name="secret", client="Rival", leads=1)
    page = await signed_in(Role.CLIENT)
    await page.goto(f"{desk_server.url}/surveys")
    await must_be_accessible(page)
    await page.get_by_role("link", name="spring", exact=True).click()
    await expect(page.get_by_text("Would you recommend us?").first).to_be_visible()
    await expect(page.get_by_text("NPS 0").first).to_be_visible()
    await expect(page.get_by_role("heading", name="Following the script")).to_have_count(0)
    await must_be_accessible(page)
    await screenshot(page, "surveys")
    for address in (f"/surveys/{other.id}", f"/surveys/{other.id}/answers.csv", "/surveys/999"):
        answer = await page.request.get(f"{desk_server.url}{address}")
        assert answer.status == 404, address
    answer = await page.request.get(f"{desk_server.url}/surveys/{mine}/answers.csv?every=true")
    rows = list(csv.DictReader(io.StringIO((await answer.body()).decode("utf-8-sig"))))
    assert [row["why"] for row in rows if row["why"]] == ["'=1+1"]
    assert "agent" not in rows[0]
    assert len(rows) == 3


async def test_a_supervisor_crosses_a_question_with_a_column(
    desk_server: DeskServer, signed_in: SignedIn
) -> None:
    mine = await fill(desk_server, 4)
    page = await signed_in(Role.SUPERVISOR)
    await page.goto(f"{desk_server.url}/surveys/{mine}")
    await page.locator("select[name=row]").select_option("nps")
    await page.locator("select[name=by]").select_option("fields.city")
    await page.locator("#cross").get_by_role("button", name="Show").click()
    await expect(page.get_by_role("columnheader", name="Ganja")).to_be_visible()
    await expect(page.get_by_text("Too few interviews in some cells")).to_be_visible()
    await expect(page.get_by_role("heading", name="Following the script")).to_be_visible()
    await must_be_accessible(page)
    answer = await page.request.get(f"{desk_server.url}/surveys/{mine}/answers.xlsx")
    sheet = load_workbook(io.BytesIO(await answer.body()), read_only=True)["answers"]
    assert [cell.value for cell in next(sheet.iter_rows())][:3] == [
        "call_id", "began_at", "external_id",
    ]  # fmt: skip
    wrong = await page.request.get(f"{desk_server.url}/surveys/{mine}?since=tomorrow")
    assert wrong.status == 422


async def test_an_agent_has_no_such_page(desk_server: DeskServer, signed_in: SignedIn) -> None:
    await add_campaign(desk_server.store, leads=1)
    page = await signed_in(Role.AGENT)
    answer = await page.request.get(f"{desk_server.url}/surveys")
    assert answer.status == 404
