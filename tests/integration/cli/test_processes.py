"""The program itself, as processes that share an embedded database from different folders."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.cli import write_campaign, write_config

ROOT = Path(__file__).parents[3]


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
    tmp_path: Path,
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
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
