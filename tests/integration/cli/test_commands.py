"""Commands against a real database, as a person types them."""

import asyncio
import csv
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from campaigns.store.rows import ControlRequest
from campaigns.store.store import Store
from dialer.cli import opened
from tests.support.cli import CAMPAIGN, CommandLine, Said, lines_of, write_campaign, write_config

LEADS = """phone,name,external_id,city,remark
(202) 555-0101,Ann,1,Boston,=1+1
202-555-0102,Bob,2,Lynn,
12,Cid,3,Salem,
"""


@pytest.fixture
def dialer(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(write_config(tmp_path, url=database_url), capsys)


@pytest.fixture
def spring(dialer: CommandLine, tmp_path: Path) -> CommandLine:
    """With a campaign."""
    assert dialer("campaign", "create", str(write_campaign(tmp_path))).status == 0
    return dialer


def write_leads(folder: Path, text: str = LEADS) -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_campaign_is_created_once_and_then_replaced(spring: CommandLine, tmp_path: Path) -> None:
    file = write_campaign(tmp_path, CAMPAIGN + "weight = 2.0\n")
    again = spring("campaign", "create", str(file))
    assert again.status == 1
    assert again.out == ""
    assert again.err.startswith("Error: There is a campaign 'spring' already.")
    assert spring("campaign", "create", str(file), "--replace").status == 0
    shown = spring("campaign", "show", "spring", "--json").json()
    assert (shown["client"], shown["team"], shown["state"]) == ("Acme", "sales", "draft")
    assert shown["leads"]["total"] == 0


def test_a_wrong_campaign_file_is_told_of_by_key_and_value(
    dialer: CommandLine, tmp_path: Path
) -> None:
    file = write_campaign(tmp_path, CAMPAIGN + "colour = 4\n")
    said = dialer("campaign", "create", str(file))
    assert said.status == 1
    assert len(lines_of(said.err)) == 1
    assert "colour" in said.err
    assert "spring.toml" in said.err


def test_lists_are_shown_as_tables_and_as_json(spring: CommandLine) -> None:
    assert [row["name"] for row in spring("campaign", "list", "--json").json()] == ["spring"]
    heading, row = lines_of(spring("campaign", "list").out)
    assert heading.split()[0] == "NAME"
    assert row.split()[:4] == ["spring", "Acme", "sales", "draft"]


def test_names_that_are_not_there_bring_near_ones(spring: CommandLine) -> None:
    spring("agents", "add", "anna", "--team", "sales", "--extension", "1001")
    for words, near in (
        (("campaign", "show", "sprng"), "'spring'"),
        (("campaign", "start", "sprng"), "'spring'"),
        (("leads", "export", "sprng", "x.csv"), "'spring'"),
        (("report", "sprng"), "'spring'"),
        (("agents", "login", "ana"), "'anna'"),
        (("agents", "list", "--team", "sale"), "'sales'"),
    ):
        said = spring(*words)
        assert said.status == 1, words
        assert f"Did you mean {near}?" in said.err, words


def test_an_import_says_what_became_of_every_row(spring: CommandLine, tmp_path: Path) -> None:
    file = write_leads(tmp_path)
    first = spring("leads", "import", "spring", str(file), "--list", "march")
    assert first.status == 0
    assert "3 rows" in first.out
    assert "2 new leads" in first.out
    assert "1 rejected" in first.out
    assert "list.csv.rejects.csv" in first.out
    assert first.err == ""  # no progress where nobody watches
    again = spring("leads", "import", "spring", str(file), "--list", "march", "--json").json()
    assert (again["rows"], again["unchanged"], again["inserted"]) == (3, 2, 0)


def test_a_dry_run_shows_the_columns_and_imports_nothing(
    spring: CommandLine, tmp_path: Path
) -> None:
    said = spring("leads", "import", "spring", str(write_leads(tmp_path)), "--dry-run")
    assert said.status == 0
    assert "2 of the first 3 rows can be imported" in said.out
    assert "line 4" in said.out
    assert spring("campaign", "show", "spring", "--json").json()["leads"]["total"] == 0


def test_bad_files_and_mappings_are_told_of(spring: CommandLine, tmp_path: Path) -> None:
    missing = spring("leads", "import", "spring", str(tmp_path / "none.csv"))
    assert missing.status == 1
    assert "none.csv" in missing.err
    mapped = spring(
        "leads", "import", "spring", str(write_leads(tmp_path)), "--map", "telephone=phone"
    )
    assert mapped.status == 1
    assert "role=column" in mapped.err


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_holds_every_lead_and_no_formula(
    spring: CommandLine, tmp_path: Path, ending: str
) -> None:
    spring("leads", "import", "spring", str(write_leads(tmp_path)))
    file = tmp_path / f"out.{ending}"
    said = spring("leads", "export", "spring", str(file))
    assert said.status == 0
    assert said.out.startswith("2 leads of 'spring' were written to")
    if ending == "csv":
        with file.open(encoding="utf-8-sig", newline="") as opened_file:
            table = list(csv.reader(opened_file))
    else:
        sheet = load_workbook(file).active
        assert sheet is not None
        table = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    leads = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    assert [lead["phone"] for lead in leads] == ["+12025550101", "+12025550102"]
    assert [lead["name"] for lead in leads] == ["Ann", "Bob"]
    assert leads[0]["remark"] == "'=1+1"
    assert leads[0]["city"] == "Boston"
    assert list(tmp_path.glob(".*unfinished")) == []


def test_an_export_refuses_an_ending_it_does_not_know(spring: CommandLine, tmp_path: Path) -> None:
    said = spring("leads", "export", "spring", str(tmp_path / "out.pdf"))
    assert said.status == 2
    assert "ends in '.pdf'. Name a file that ends in .csv or .xlsx." in said.err


def test_agents_are_added_and_listed(dialer: CommandLine) -> None:
    added = dialer("agents", "add", "anna", "--team", "sales", "--extension", "1001")
    assert "Team 'sales' is new." in added.out
    twice = dialer("agents", "add", "anna", "--team", "sales", "--extension", "1001")
    assert twice.status == 1
    assert "There is an agent 'anna' already" in twice.err
    unsafe = dialer("agents", "add", "bob", "--team", "sales", "--extension", "10 01;x")
    assert unsafe.status == 2
    assert "'10 01;x'" in unsafe.err
    [agent] = dialer("agents", "list", "--json").json()
    assert (agent["name"], agent["extension"], agent["state"]) == ("anna", "1001", "logged_out")


def test_numbers_and_prefixes_are_forbidden_and_found(dialer: CommandLine) -> None:
    assert dialer("dnc", "check", "+12025550100", "--json").json()["may_be_called"] is True
    dialer("dnc", "add", "(202) 555-0100", "--region", "us", "--reason", "a letter")
    dialer("dnc", "add", "+1 900*", "--list", "premium")
    found = dialer("dnc", "check", "+1 202 555 0100", "--json").json()
    assert found["may_be_called"] is False
    assert (found["entries"][0]["list_name"], found["entries"][0]["how"]) == (
        "internal",
        "a letter",
    )
    said = dialer("dnc", "check", "+19005550123")
    assert "+1900*" in said.out
    assert "premium" in said.out
    assert "was already on" in dialer("dnc", "add", "+1900*", "--list", "premium").out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "5550100"), "'5550100' is not a number with + and country code"),
        (("add", "1900*"), "The prefix '1900*' must begin with +"),
        (("check", "2025550100", "--region", "ZZ"), "--region is 'ZZ', which is no country"),
        (("check", "12", "--region", "US"), "The number '12' has too few digits"),
    ],
)
def test_what_is_no_number_is_told_of(
    dialer: CommandLine, words: tuple[str, ...], sentence: str
) -> None:
    said = dialer("dnc", *words)
    assert said.status == 2
    assert sentence in said.err


def test_without_a_service_a_request_says_so(
    spring: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "ANSWER_SECONDS_MAX", 0.05)
    said = spring("campaign", "start", "spring")
    assert said.status == 1
    assert "No running service answered" in said.err
    assert "Start one with `dialer run`" in said.err
    assert spring("campaign", "show", "spring", "--json").json()["state"] == "draft"


@asynccontextmanager
async def service(
    store: Store, answer: Callable[[ControlRequest], tuple[bool, dict[str, object]]]
) -> AsyncIterator[list[ControlRequest]]:
    """Answers requests as a running service would, and remembers them."""
    heard: list[ControlRequest] = []

    async def serve() -> None:
        async for request in store.control.listen():
            heard.append(request)
            ok, body = answer(request)
            await store.control.answer(request.id, ok=ok, answer=body, now=datetime.now(UTC))

    async with asyncio.TaskGroup() as group:
        task = group.create_task(serve())
        try:
            yield heard
        finally:
            task.cancel()


async def test_requests_reach_the_service_and_its_answers_are_printed(
    store: Store, dialer: CommandLine, tmp_path: Path
) -> None:
    def answer(request: ControlRequest) -> tuple[bool, dict[str, object]]:
        match request.kind:
            case "campaign.start":
                return True, {"campaign": "spring", "state": "running"}
            case "agent.dispose":
                return True, {
                    "agent": "anna",
                    "state": "wrap_up",
                    "call": "c",
                    "disposition": "sale",
                }
            case "agent.pause":
                return True, {"agent": "anna", "state": "paused"}
            case _:
                return False, {"error": "The switch is away."}

    def say(*words: str) -> Awaitable[Said]:
        return asyncio.to_thread(dialer, *words)

    await say("campaign", "create", str(write_campaign(tmp_path)))
    await say("agents", "add", "anna", "--team", "sales", "--extension", "1001")
    async with service(store, answer) as heard:
        started = await say("campaign", "start", "spring")
        assert (started.status, started.out) == (0, "Campaign 'spring' is running.\n")
        paused = await say("agents", "pause", "anna", "--reason", "lunch")
        assert paused.out == "Agent 'anna' is paused.\n"
        result = await say("agents", "result", "anna", "sale")
        assert result.out == "Agent 'anna' is wrapping up. The call is recorded as sale.\n"
        refused = await say("agents", "login", "anna")
        assert (refused.status, refused.err) == (1, "Error: The switch is away.\n")
    assert [(each.kind, each.args) for each in heard] == [
        ("campaign.start", {"campaign": "spring"}),
        ("agent.pause", {"agent": "anna", "reason": "lunch"}),
        ("agent.dispose", {"agent": "anna", "disposition": "sale"}),
        ("agent.login", {"agent": "anna"}),
    ]
    assert {each.by for each in heard} != {""}


async def test_status_tells_a_running_service_from_one_that_is_gone(
    store: Store, dialer: CommandLine
) -> None:
    never = await asyncio.to_thread(dialer, "status")
    assert never.status == 1
    assert "No service has ever run on this database" in never.out
    body: dict[str, object] = {"state": "running", "teams": [], "campaigns": [], "trunks": []}
    await store.snapshots.write("dialer-1", body, datetime.now(UTC))
    running = await asyncio.to_thread(dialer, "status", "--json")
    assert running.status == 0
    assert running.json()["services"][0]["is_running"] is True
    await store.snapshots.write("dialer-1", body, datetime.now(UTC) - timedelta(minutes=5))
    gone = await asyncio.to_thread(dialer, "status")
    assert gone.status == 1
    assert "'dialer-1' last spoke 5 min ago and is not running any more, or hangs." in gone.out
    await store.snapshots.write("dialer-1", body | {"state": "stopped"}, datetime.now(UTC))
    stopped = await asyncio.to_thread(dialer, "status")
    assert "stopped in order. Start it with `dialer run`." in stopped.out


def test_a_report_is_written_where_it_is_wanted(spring: CommandLine, tmp_path: Path) -> None:
    said = spring("report", "spring", "--out", str(tmp_path / "r"), "--json")
    assert said.status == 0
    answer = said.json()
    assert answer["attempts"] == 0
    assert Path(answer["files"]["html"]).is_file()
    assert {path.name for path in (tmp_path / "r").iterdir()} == {
        "report.html", "summary.csv", "by_hour.csv", "outcomes.csv", "dispositions.csv",
        "agents.csv", "attempts.csv",
    }  # fmt: skip
    words = ("--out", str(tmp_path / "r"), "--since", "2026-03-02", "--until", "2026-03-01")
    backwards = spring("report", "spring", *words)
    assert backwards.status == 1
    assert "not after its beginning" in backwards.err
    assert spring("report", "spring", "--since", "yesterday").status == 2
