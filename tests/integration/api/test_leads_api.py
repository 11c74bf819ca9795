"""A program pushes leads in, finds them again, changes and withdraws them."""

import gzip
from collections.abc import AsyncIterator

import httpx
import pytest

from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store
from campaigns.store.tokens import Scope
from tests.support.api_desk import app_of, asking, token
from tests.support.stored import NOW, OWNER, add_campaign, attempt_on

ADA = {"external_id": "C-1", "name": "Ada", "numbers": ["+12025550100"], "fields": {"city": "X"}}


@pytest.fixture
async def campaign(store: Store) -> CampaignRow:
    return await add_campaign(store)


@pytest.fixture
async def api(store: Store, campaign: CampaignRow) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(app_of(store), await token(store, client=campaign.client)) as client:
        yield client


async def add(api: httpx.AsyncClient, *leads: dict[str, object]) -> dict[str, object]:
    said = await api.post("/campaigns/spring/leads", json={"list": "crm", "leads": leads})
    assert said.status_code == 200, said.text
    body: dict[str, object] = said.json()
    return body


async def test_leads_that_were_pushed_are_callable_at_once_and_again_changes_nothing(
    api: httpx.AsyncClient, store: Store, campaign: CampaignRow
) -> None:
    bad = {"external_id": "C-3", "numbers": ["12"]}
    half = {"external_id": "C-2", "numbers": ["(202) 555-0101", "0"], "priority": 5}
    said = await add(api, ADA, half, bad)
    assert (said["inserted"], said["rejected"]) == (2, 1)
    ada, two, three = said["leads"]  # type: ignore[misc]
    assert (ada["status"], ada["problems"]) == ("inserted", [])
    assert two["lead_id"] and "numbers[1]" in two["problems"][0]
    assert (three["status"], three["lead_id"]) == ("rejected", None)
    leased = await store.leads.lease(campaign.id, 5, owner=OWNER, now=NOW)
    assert [each.lead_id for each in leased] == [two["lead_id"], ada["lead_id"]]

    again = await add(api, ADA, half)
    assert (again["unchanged"], again["inserted"]) == (2, 0)
    (line,) = await store.audit.lines("campaign spring", count=1)
    assert line.action == "leads imported" and line.by.startswith("token crm")


async def test_a_lead_is_found_by_number_by_external_id_and_page_by_page(
    api: httpx.AsyncClient,
) -> None:
    await add(
        api, *({"external_id": f"E{i}", "numbers": [f"+1202555{i:04d}"]} for i in range(100, 107))
    )
    by_number = (
        await api.get("/leads", params={"number": "(202) 555-0103", "region": "US"})
    ).json()
    assert [lead["external_id"] for lead in by_number["items"]] == ["E103"]
    by_id = (await api.get("/leads", params={"external_id": "E105"})).json()
    assert by_id["items"][0]["phones"][0]["number"] == "+12025550105"

    seen, where = [], "/leads?limit=3"
    while where:
        page = (await api.get(where.removeprefix("/api/v1"))).json()
        seen += [lead["external_id"] for lead in page["items"]]
        where = page["next"]
    assert seen == [f"E{i}" for i in range(100, 107)]
    for cursor in ("x", "WzFd!", "W10", "WyJhIl0"):
        assert (await api.get("/leads", params={"cursor": cursor})).status_code == 422


async def test_two_writers_do_not_lose_each_others_changes(api: httpx.AsyncClient) -> None:
    lead_id = (await add(api, ADA))["leads"][0]["lead_id"]  # type: ignore[index]
    path = f"/leads/{lead_id}"
    read = await api.get(path)
    first = await api.patch(path, json={"priority": 7, "fields": {"city": None, "note": "vip"}})
    assert first.json()["fields"] == {"note": "vip"} and first.json()["priority"] == 7
    late = await api.patch(path, json={"name": "Eve"}, headers={"If-Match": read.headers["ETag"]})
    assert late.status_code == 412 and "changed since you read it" in late.json()["detail"]
    retried = await api.patch(
        path, json={"name": "Eve"}, headers={"If-Match": first.headers["ETag"]}
    )
    assert retried.json()["name"] == "Eve"
    await add(api, {"external_id": "C-9", "numbers": ["+12025550109"]})
    taken = await api.patch(path, json={"external_id": "C-9"})
    assert taken.status_code == 422 and "another lead with external id" in taken.json()["detail"]


async def test_a_new_priority_is_seen_by_the_hopper(
    api: httpx.AsyncClient, store: Store, campaign: CampaignRow
) -> None:
    said = await add(api, ADA, {"external_id": "C-2", "numbers": ["+12025550102"]})
    second = said["leads"][1]["lead_id"]  # type: ignore[index]
    await api.patch(f"/leads/{second}", json={"priority": 900})
    (leased,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW)
    assert leased.lead_id == second


async def test_a_withdrawn_lead_is_not_called_even_out_of_a_hopper_that_has_it(
    api: httpx.AsyncClient, store: Store, campaign: CampaignRow
) -> None:
    await add(api, ADA)
    (leased,) = await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW)
    said = await api.post(f"/leads/{leased.lead_id}/withdraw")
    assert (said.json()["state"], said.json()["done_reason"]) == ("done", "withdrawn")
    (verdict,) = await store.attempts.write([attempt_on(leased, campaign)], now=NOW)
    assert verdict.refused == "not_leased"
    assert (await api.post(f"/leads/{leased.lead_id}/restore")).json()["state"] == "callable"
    assert len(await store.leads.lease(campaign.id, 1, owner=OWNER, now=NOW)) == 1


async def test_why_a_lead_is_called_or_not_has_each_rule_with_its_citation(
    api: httpx.AsyncClient, store: Store
) -> None:
    lead_id = (await add(api, ADA))["leads"][0]["lead_id"]  # type: ignore[index]
    await store.do_not_call.add("+12025550100", list_name="x", by="t", how="t", now=NOW)
    why = (await api.get(f"/leads/{lead_id}/why")).json()
    assert "do-not-call" in why["answer"].lower()
    refused = [one for one in why["phones"][0]["verdicts"] if not one["is_allowed"]]
    assert [one["code"] for one in refused] == ["do_not_call"] and refused[0]["citation"]


async def test_a_file_is_imported_like_at_the_command_line_with_its_rejects(
    api: httpx.AsyncClient, store: Store, campaign: CampaignRow
) -> None:
    text = "Phone,Name,City\n" + "".join(f"+1202555{i:04d},N{i},Baku\n" for i in range(500))
    text += "12,Bad,Ganja\n"
    said = await api.post(
        "/campaigns/spring/uploads",
        files={"file": ("../../leads.csv.gz", gzip.compress(text.encode()))},
        data={"list": "march"},
    )
    assert said.status_code == 201, said.text
    upload = said.json()
    assert upload["file"] == "leads.csv.gz" and upload["state"] == "done"
    assert (upload["counts"]["inserted"], upload["counts"]["rejected"]) == (500, 1)
    rejects = await api.get(upload["rejects"].removeprefix("/api/v1"))
    assert rejects.headers["Content-Type"].startswith("text/csv")
    assert "12,Bad,Ganja" in rejects.text and "too few digits" in rejects.text
    assert (await store.leads.counts(campaign.id, NOW)).total == 500
    listed = (await api.get("/uploads")).json()["items"]
    assert [one["id"] for one in listed] == [upload["id"]]

    broken = await api.post(
        "/campaigns/spring/uploads", files={"file": ("x.xlsx", b"no workbook at all")}
    )
    assert broken.json()["state"] == "failed" and broken.json()["error"]
    odd = await api.post("/campaigns/spring/uploads", files={"file": ("x.exe", b"MZ")})
    assert odd.status_code == 422


async def test_a_token_does_only_what_its_scopes_say(store: Store, campaign: CampaignRow) -> None:
    headers = await token(store, client=campaign.client, scopes=[Scope.LEADS_READ])
    async with asking(app_of(store), headers) as reader:
        assert (await reader.get("/leads")).status_code == 200
        said = await reader.post("/campaigns/spring/leads", json={"list": "x", "leads": [ADA]})
        assert said.status_code == 403 and "leads:write" in said.json()["detail"]
