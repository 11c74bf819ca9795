"""A client sees its own campaigns, as page and as files, and nothing of anybody else's."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from campaigns.roles import Role
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store
from dialer.desk.app import build_app
from tests.support.browser import PASSWORD
from tests.support.cli import CommandLine, write_config
from tests.support.client_work import worked
from tests.support.desk_client import DeskClient, visiting
from tests.support.stored import NOW, add_campaign

TARIFF = """
currency = "AZN"
per_attempt = "0.01"
per_minute = "0.60"
per_agent_hour = "10"
minute_step_seconds = 60
"""


@pytest.fixture
async def ours(store: Store) -> CampaignRow:
    row = await add_campaign(store, leads=9, name="spring", client="Acme")
    await worked(store, row, sales=2, refusals=1)
    return row


@pytest.fixture
async def theirs(store: Store) -> CampaignRow:
    row = await add_campaign(store, leads=5, name="secret", client="Bolt", team="others")
    await worked(store, row, sales=1, refusals=0)
    return row


class Present:
    """A clock that stands still until it is moved."""

    at: datetime = NOW


@pytest.fixture
def present() -> Present:
    return Present()


@pytest.fixture
async def client(
    store: Store, ours: CampaignRow, theirs: CampaignRow, present: Present
) -> AsyncIterator[DeskClient]:
    del ours, theirs
    await store.users.add(
        "acme", Role.CLIENT, PASSWORD, client="Acme", zone="Asia/Baku", by="test", now=NOW
    )
    app = build_app(store, lambda: present.at, wall=lambda: NOW)
    async with visiting(app) as visitor:
        assert (await visitor.sign_in("acme")).status_code == 303
        yield visitor


async def test_a_client_sees_its_own_campaigns_and_404_for_others(
    client: DeskClient, ours: CampaignRow, theirs: CampaignRow
) -> None:
    listed = await client.get("/client")
    assert "spring" in listed.text and "secret" not in listed.text and "Bolt" not in listed.text
    page = await client.get(f"/client/campaigns/{ours.id}")
    assert page.status_code == 200
    for path in ("", "/results.csv", "/report.xlsx", "/report.pdf", "/usage.csv"):
        mine = await client.get(f"/client/campaigns/{ours.id}{path}")
        other = await client.get(f"/client/campaigns/{theirs.id}{path}")
        absent = await client.get(f"/client/campaigns/999999{path}")
        assert (mine.status_code, other.status_code, absent.status_code) == (200, 404, 404), path
        # Nobody learns that there is a campaign of that number.
        assert other.text == absent.text
    assert (await client.get("/client/usage?client=Bolt")).status_code == 404
    assert (await client.get("/board")).status_code == 404
    assert (await client.get("/admin/users")).status_code == 404


async def test_the_figures_are_those_of_the_attempts(client: DeskClient, ours: CampaignRow) -> None:
    page = await client.get(f"/client/campaigns/{ours.id}")
    figures = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+?)\s*(?:<|$)", page.text))
    assert figures == {
        "Leads left": "6", "Attempts": "4", "Contacts": "3", "Sales": "2",
        "Sales of contacts": "66.7%",
    }  # fmt: skip
    said = await client.get(f"/client/campaigns/{ours.id}/refusals.csv")
    rows = list(csv.reader(io.StringIO(said.text.removeprefix("\ufeff"))))
    assert rows[1:] == [["Not interested", "1", "1.0", "0.333333"]]
    before = await client.get(f"/client/campaigns/{ours.id}?from=2026-02-01&to=2026-02-02")
    assert "No attempt was made in this period." in before.text
    wrong = await client.get(f"/client/campaigns/{ours.id}?from=2026-02-30")
    assert wrong.status_code == 422 and "one of the calendar" in wrong.text


async def test_a_running_campaign_says_when_it_will_be_finished(
    client: DeskClient, store: Store, present: Present
) -> None:
    row = await add_campaign(store, leads=60, name="long", client="Acme")
    await store.campaigns.set_state(row.id, "running", by="test", now=NOW)
    await worked(store, row, sales=0, refusals=20)
    path = f"/client/campaigns/{row.id}"
    first = await client.get(path)
    assert "Finished at this pace" not in first.text, "less than a day says nothing"
    present.at = NOW + timedelta(days=2)
    page = await client.get(path)
    days = re.search(r'class="days">([^<]+)<', page.text)
    # Twenty of sixty leads in less than three days: forty more take four days to eight.
    assert days is not None and days[1] == "Mar 8, 2026 \N{EN DASH} Mar 12, 2026", days
    await store.campaigns.set_state(row.id, "paused", by="test", now=NOW)
    assert "Finished at this pace" not in (await client.get(path)).text


async def test_the_bill_is_exact_on_the_page_in_files_and_on_the_command_line(
    client: DeskClient, store: Store
) -> None:
    await store.clients.agree("Acme", tariff=TARIFF, by="test", now=NOW)
    month = "from=2026-03-01&to=2026-03-31"
    page = await client.get(f"/client/usage?{month}")
    day = timedelta(days=1)
    usage = await store.clients.usage("Acme", NOW - day, NOW + day, now=NOW)
    (used,) = usage.campaigns
    assert (used.counts.attempts, used.counts.contacts, used.counts.talk_seconds) == (4, 3, 180)
    # Twenty minutes ready and thirty talking; the pause is not billed.
    assert used.counts.agent_seconds == 50 * 60
    (total,) = usage.totals
    assert total.net == Decimal("0.04") + Decimal("1.80") + Decimal("8.30")
    assert "10.14\N{NO-BREAK SPACE}AZN" in page.text
    sheet = load_workbook(io.BytesIO((await client.get(f"/client/usage?{month}&as=xlsx")).content))
    amounts = [
        row[4] for row in sheet.worksheets[1].iter_rows(min_row=2, max_row=5, values_only=True)
    ]
    assert [round(each, 2) for each in amounts if each is not None] == [0.04, 1.80, 8.30]


async def test_files_open_and_say_the_same_in_the_readers_language(
    client: DeskClient, store: Store, ours: CampaignRow
) -> None:
    await store.users.set_place("acme", language="ka", zone=None, by="test", now=NOW)
    book = load_workbook(
        io.BytesIO((await client.get(f"/client/campaigns/{ours.id}/report.xlsx")).content)
    )
    results = book.worksheets[2]
    assert [cell.value for cell in results[2]][:1] == ["Sale"] and results["C2"].value == 2
    said = await client.get(f"/client/campaigns/{ours.id}/report.pdf")
    assert said.headers["Content-Type"] == "application/pdf"
    assert said.headers["Content-Disposition"] == 'attachment; filename="spring.pdf"'
    assert said.content.startswith(b"%PDF-") and len(said.content) > 10_000


async def test_supervisors_see_all_clients_and_agents_none(
    store: Store, theirs: CampaignRow
) -> None:
    await store.users.add("boss", Role.SUPERVISOR, PASSWORD, by="test", now=NOW)
    await store.users.add("lead", Role.QUALITY, PASSWORD, by="test", now=NOW)
    app = build_app(store, lambda: NOW)
    async with visiting(app) as boss, visiting(app) as listener:
        await boss.sign_in("boss")
        assert "secret" in (await boss.get("/client")).text
        assert (await boss.get(f"/client/campaigns/{theirs.id}")).status_code == 200
        await listener.sign_in("lead")
        assert (await listener.get("/client")).status_code == 404


async def test_contracts_are_agreed_and_bills_written_from_the_command_line(
    store: Store,
    ours: CampaignRow,
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dialer = CommandLine(write_config(tmp_path, url=database_url), capsys)
    file = tmp_path / "acme.toml"
    file.write_text(TARIFF)
    agreed = await asyncio.to_thread(
        dialer, "clients", "agree", "Acme", "--campaign", ours.name, "--tariff", str(file)
    )
    assert agreed.status == 0 and "AZN: 0.01 attempts" in agreed.out
    said = await asyncio.to_thread(
        dialer, "usage", "Acme", "--from", "2026-03-02", "--to", "2026-03-02", "--json"
    )
    assert said.json()["totals"][0]["net"] == "10.14"
    shown = await asyncio.to_thread(dialer, "usage", "Acme", "--from", "2026-03-02")
    assert "To pay: 10.14 AZN (10.14 and VAT 0.00)" in shown.out
    file.write_text('currency = "AZN"\nper_hour = "1"')
    wrong = await asyncio.to_thread(dialer, "clients", "agree", "Acme", "--tariff", str(file))
    assert wrong.status == 1 and "There is no 'per_hour' in a tariff" in wrong.err
    unknown = await asyncio.to_thread(
        dialer, "clients", "agree", "Acme", "--campaign", "sprig", "--recordings", "yes"
    )
    assert "Did you mean 'spring'?" in unknown.err
    await store.clients.agree("Acme", hears_recordings=True, by="test", now=NOW)
    contract = await store.clients.contract_of("Acme", ours.name)
    assert contract is not None and not contract.hears_recordings, "its own contract holds"
