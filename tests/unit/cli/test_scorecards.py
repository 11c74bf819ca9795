"""`dialer scorecards check`: what a card asks, or what is wrong with it."""

from pathlib import Path

import pytest

from dialer.cli.main import run

EXAMPLE = Path(__file__).parents[3] / "examples" / "scorecards" / "telesales.toml"


def test_a_good_card_is_told_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scorecards", "check", str(EXAMPLE)]) == 0
    said = capsys.readouterr().out
    assert "8 items, weight 100, passed at 80.0 %" in said
    assert "recording_notice     yes_no       weight   5, fatal: the call counts 0" in said
    assert "5 calls of at least 30 s (2 of sales, 1 of refusals, 2 of all)" in said


def test_a_bad_card_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "card.toml"
    file.write_text('name = "a"\n', encoding="utf-8")
    assert run(["scorecards", "check", str(file)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("Error: ")
    assert said.count("\n") == 1
    assert "client: is missing" in said
