"""`dialer switch list`, `drain` and `undrain`, against a real database."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from campaigns.store.store import Store
from tests.support.cli import CommandLine, lines_of, write_config

TWO = """
[[switches]]
name = "east"
host = "10.0.0.5"
teams = ["sales"]

[[switches]]
name = "west"
host = "10.0.0.6"
port = 8022
"""


@pytest.fixture
def two(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(write_config(tmp_path, url=database_url, more=TWO), capsys)


async def say(url: str, folder: Path, switches: list[dict[str, object]]) -> None:
    """A running service says how its switches are."""
    async with await Store.open(url, directory=folder, upgrade=False) as store:
        await store.snapshots.write("dialer-1", {"switches": switches}, datetime.now(UTC))


def test_a_drained_switch_is_shown_with_what_is_still_on_it(
    two: CommandLine, database_url: str, tmp_path: Path
) -> None:
    said = two("switch", "drain", "east")
    assert said.status == 0
    assert said.out == "Switch 'east' is taken out of use. Its agents move to west.\n"
    assert "was out of use already" in two("switch", "drain", "east").out
    east = {"switch_id": "east", "is_connected": True, "is_draining": True, "calls": 3, "legs": 2}
    west = {"switch_id": "west", "is_connected": False, "is_draining": False, "calls": 0, "legs": 0}
    asyncio.run(say(database_url, tmp_path, [east, west]))
    rows = {row["switch"]: row for row in two("switch", "list", "--json").json()}
    assert (rows["east"]["is_draining"], rows["east"]["calls"], rows["east"]["agents"]) == (
        True, 3, 2,
    )  # fmt: skip
    assert rows["west"]["is_connected"] is False
    lines = lines_of(two("switch", "list").out)
    assert "connected, draining" in lines[1] and "sales" in lines[1]
    assert "10.0.0.6:8022" in lines[2] and "not in reach" in lines[2]


def test_an_empty_drained_switch_is_called_drained_and_can_be_put_back(
    two: CommandLine, database_url: str, tmp_path: Path
) -> None:
    two("switch", "drain", "east")
    east = {"switch_id": "east", "is_connected": True, "is_draining": True, "calls": 0, "legs": 0}
    asyncio.run(say(database_url, tmp_path, [east]))
    assert "connected, drained" in two("switch", "list").out
    assert two("switch", "undrain", "east").out == "Switch 'east' is in use again.\n"
    assert "drain" not in two("switch", "list").out.splitlines()[1]


def test_a_switch_that_is_not_in_the_settings_is_refused_with_the_names_there_are(
    two: CommandLine,
) -> None:
    said = two("switch", "drain", "north")
    assert said.status != 0
    assert "There is no switch 'north' in the settings. There is east, west." in said.err


def test_draining_the_only_switch_says_that_nothing_is_dialled(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = CommandLine(write_config(tmp_path, url=database_url), capsys)
    assert (
        "nothing is dialled until `dialer switch undrain`" in one("switch", "drain", "switch").out
    )
