"""The program itself, as processes that share an embedded database from different folders."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import write_campaign, write_config

ROOT = Path(__file__).parents[3]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Not `tmp_path`: every pytest that starts takes the permissions off the folder above it, and
    PostgreSQL, which runs as another user for root, must be able to walk there."""
    with tempfile.TemporaryDirectory(prefix="dialer-test-") as folder:
        yield Path(folder)


def dialer(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from dialer.cli.main import main; main()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(ROOT), *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=90,
    )


def test_an_embedded_database_is_shared_between_folders_by_its_settings_file(
    open_folder: Path,
) -> None:
    here, there = open_folder / "here", open_folder / "there"
    here.mkdir()
    there.mkdir()
    config = write_config(here)
    early = dialer(there, "--config", str(config), "campaign", "list")
    assert early.returncode == 1
    assert early.stderr.startswith(
        f"Error: There is no database in {here / 'home'} yet. Run `dialer"
    )
    made = dialer(here, "db", "upgrade")
    assert made.returncode == 0, made.stderr
    assert made.stdout == "The database is ready.\n"
    file = write_campaign(here)
    created = dialer(there, "--config", "../here/dialer.toml", "campaign", "create", str(file))
    assert created.returncode == 0, created.stderr
    listed = dialer(here, "campaign", "list", "--json")
    assert [row["name"] for row in json.loads(listed.stdout)] == ["spring"]
    assert list(there.iterdir()) == []
