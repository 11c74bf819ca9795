"""The command line against a test's own database."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dialer.cli.main import run

CAMPAIGN = """
name = "spring"
client = "Acme"
team = "sales"
region = "US"
caller_id = "+12025550100"
trunks = ["main"]
calling_hours = ["daily 00:00-24:00"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command said, and how it ended."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """Its answer read as JSON."""
        return json.loads(self.out)


class CommandLine:
    """Runs commands in this process, with the settings file of the test."""

    def __init__(self, config: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.config = config
        self._capture = capture

    def __call__(self, *words: str) -> Said:
        return self.bare("--config", str(self.config), *words)

    def bare(self, *words: str) -> Said:
        """Without the settings file."""
        self._capture.readouterr()
        status = run(list(words))
        out, err = self._capture.readouterr()
        return Said(status=status, out=out, err=err)


def write_config(folder: Path, *, url: str | None = None, more: str = "") -> Path:
    """A settings file; without a URL the embedded PostgreSQL is meant."""
    path = folder / "dialer.toml"
    database = f"[database]\nurl = {json.dumps(url)}\n" if url is not None else ""
    path.write_text(f'home = "home"\n{database}{more}', encoding="utf-8")
    return path


def write_campaign(folder: Path, text: str = CAMPAIGN) -> Path:
    """A campaign file."""
    path = folder / "spring.toml"
    path.write_text(text, encoding="utf-8")
    return path


def lines_of(text: str) -> Sequence[str]:
    """The lines that say something."""
    return [line for line in text.splitlines() if line.strip()]
