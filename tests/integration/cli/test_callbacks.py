"""Promised calls by the command line alone, without a running dialer."""

from pathlib import Path

import pytest

from tests.support.cli import CommandLine, write_campaign, write_config

LEADS = "external_id,phone,name\n1,(202) 555-0101,Ada\n"


@pytest.fixture
def dialer(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    command = CommandLine(write_config(tmp_path, url=database_url), capsys)
    assert command("campaign", "create", str(write_campaign(tmp_path))).status == 0
    leads = tmp_path / "list.csv"
    leads.write_text(LEADS, encoding="utf-8")
    assert command("leads", "import", "spring", str(leads)).status == 0
    return command


def test_a_call_is_promised_listed_and_taken_back(dialer: CommandLine) -> None:
    assert "No calls are promised." in dialer("callbacks", "list").out

    said = dialer("callbacks", "add", "1", "2027-01-13 15:00", "--note", "ask for Ada")
    assert said.status == 0, said.err
    assert "lead 1 is called 2027-01-13 15:00 (America/New_York) by the team." in said.out

    (row,) = dialer("callbacks", "list", "--json").json()
    assert (row["state"], row["note"]) == ("open", "ask for Ada")
    assert dialer("callbacks", "cancel", str(row["id"])).status == 0
    assert "cancelled" in dialer("callbacks", "list", "--settled").out
    again = dialer("callbacks", "cancel", str(row["id"]))
    assert again.status != 0 and "is cancelled already" in again.err


def test_a_closed_moment_is_moved_when_the_lead_agreed(dialer: CommandLine) -> None:
    add = ("callbacks", "add", "1", "2027-01-13 23:30")
    refused = dialer(*add)
    assert refused.status == 1
    assert "Nothing was promised." in refused.err
    assert "The next allowed moment is 2027-01-14 08:00" in refused.err
    moved = dialer(*add, "--or-next-open")
    assert moved.status == 0, moved.err
    assert "is called 2027-01-14 08:00" in moved.out
    assert "Moved:" in moved.out
    assert "two different things" in dialer(*add, "--or-next-open", "--anyway").err
    assert "Warning:" in dialer(*add, "--anyway").out


def test_what_cannot_be_promised_is_said_in_a_sentence(dialer: CommandLine) -> None:
    assert "Write it like 2026-11-22 15:00" in dialer("callbacks", "add", "1", "at three").err
    assert "no lead number 9" in dialer("callbacks", "add", "9", "2027-01-13 15:00").err
    assert "add --callback-at" in dialer("agents", "result", "a", "callback", "--for", "me").err
