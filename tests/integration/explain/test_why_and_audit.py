"""`dialer campaign why` and `dialer audit` as a person types them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaigns.store.privacy_words import number_hash
from campaigns.store.store import Store
from tests.support.cli import CAMPAIGN, CommandLine, Said, write_campaign, write_config

TRUNK = '[[trunks]]\nname = "main"\nchannels_max = 10\ncalls_per_second = 5\n'
SERVICE = CAMPAIGN + 'purpose = "service"\n'
Say = Callable[..., Awaitable[Said]]


@pytest.fixture
def say(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    dialer = CommandLine(write_config(tmp_path, url=database_url, more=TRUNK), capsys)
    return lambda *words: asyncio.to_thread(dialer, *words)


async def test_why_a_new_campaign_does_not_dial_from_the_first_cause_to_the_last(
    say: Say, tmp_path: Path
) -> None:
    await say("campaign", "create", str(write_campaign(tmp_path, SERVICE)))
    said = await say("campaign", "why", "spring", "--json")
    assert said.status == 0, said.err
    found = said.json()
    assert [each["code"] for each in found["causes"]] == [
        "campaign_draft", "no_service", "no_agents", "no_leads",
    ]  # fmt: skip
    assert found["is_blocked"] is True
    told = (await say("campaign", "why", "spring")).out
    assert told.splitlines()[0] == "'spring' is not dialling:"
    assert "  1. Campaign 'spring' has never been started.\n     -> dialer campaign start" in told


async def test_why_a_running_campaign_does_not_dial_changes_as_things_are_mended(
    store: Store, say: Say, tmp_path: Path
) -> None:
    await say("campaign", "create", str(write_campaign(tmp_path, SERVICE)))
    await say("agents", "add", "anna", "--team", "sales", "--extension", "1001")
    row = await store.campaigns.get("spring")
    await store.campaigns.set_state(row.id, "running", by="t", now=datetime.now(UTC))
    body: dict[str, object] = {
        "state": "running",
        "switch": {"is_connected": False, "error": "connection refused"},
        "database": {"is_up": True},
        "teams": [],
        "campaigns": [{"campaign_id": row.id, "state": "running"}],
        "trunks": [{"trunk_id": "main", "is_up": True, "channels": 0, "channels_max": 10}],
    }
    await store.snapshots.write("dialer-1", body, datetime.now(UTC))
    found = (await say("campaign", "why", "spring", "--json")).json()["causes"]
    assert [each["code"] for each in found] == ["switch_down", "agents_logged_out", "no_leads"]
    assert "connection refused" in found[0]["text"]


async def test_every_change_of_a_campaign_is_in_the_audit_log_with_before_and_after(
    say: Say, tmp_path: Path
) -> None:
    await say("campaign", "create", str(write_campaign(tmp_path, SERVICE)))
    file = write_campaign(tmp_path, SERVICE + "weight = 2.0\n")
    assert (await say("campaign", "create", str(file), "--replace")).status == 0
    assert (await say("campaign", "create", str(file), "--replace")).status == 0
    lines = (await say("audit", "spring", "--json")).json()
    assert [line["action"] for line in lines] == ["campaign settings", "campaign created"]
    assert lines[0]["details"] == {"before": {"weight": 1.0}, "after": {"weight": 2.0}}
    told = await say("audit", "spring", "--since", "1h")
    assert "weight: 1.0 -> 2.0" in told.out
    assert (await say("audit", "winter")).out == "Nothing of that is in the audit log.\n"


async def test_lists_accounts_and_numbers_are_in_the_audit_log_and_numbers_only_by_hash(
    say: Say, tmp_path: Path
) -> None:
    await say("campaign", "create", str(write_campaign(tmp_path, SERVICE)))
    await say("agents", "add", "anna", "--team", "sales", "--extension", "1001")
    await say("dnc", "add", "+12025550199", "--reason", "by letter")
    leads = tmp_path / "list.csv"
    leads.write_text("phone,name\n(202) 555-0101,Ann\n", encoding="utf-8")
    await say("leads", "import", "spring", str(leads))
    await say("leads", "export", "spring", str(tmp_path / "out.csv"))
    lines = (await say("audit", "--json")).json()
    assert [line["action"] for line in reversed(lines)] == [
        "campaign created", "agent added", "phone password made", "do-not-call added",
        "leads imported", "leads exported",
    ]  # fmt: skip
    assert "2025550199" not in str(lines)
    of_number = (await say("audit", "+12025550199", "--json")).json()
    assert [line["action"] for line in of_number] == ["do-not-call added"]
    assert of_number[0]["details"]["number_hash"] == number_hash("+12025550199")
    imported = next(line for line in lines if line["action"] == "leads imported")
    assert imported["details"]["new"] == 1


async def test_the_audit_log_is_cut_by_time_person_and_count(store: Store, say: Say) -> None:
    now = datetime.now(UTC)
    for index, by in enumerate(("bo", "al", "bo")):
        await store.audit.add(
            by=by, action=f"a{index}", subject="x_y", details={}, now=now - timedelta(days=index)
        )
    assert [line.action for line in await store.audit.lines(by="bo")] == ["a0", "a2"]
    assert [line.action for line in await store.audit.lines(count=1)] == ["a0"]
    two_days = now - timedelta(hours=30)
    assert [line.action for line in await store.audit.lines(since=two_days)] == ["a0", "a1"]
    # A name's underscore is itself, and not any letter.
    assert len(await store.audit.lines("x_y")) == 3
    assert await store.audit.lines("x%y") == []
    wrong = await say("audit", "--since", "yesterday")
    assert wrong.status == 2
    assert "--since is 'yesterday'" in wrong.err
