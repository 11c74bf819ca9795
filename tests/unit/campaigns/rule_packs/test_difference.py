"""The words about a changed law."""

import shutil
from pathlib import Path

from campaigns import rule_packs
from campaigns.rule_packs import load_packs
from campaigns.rule_packs.difference import ChangeKind, difference

_DATA = Path(rule_packs.__file__).with_name("data")


def _copy(to: Path, **edits: tuple[str, str]) -> Path:
    shutil.copytree(_DATA, to)
    for pack, (old, new) in edits.items():
        path = to / f"{pack}.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return to


def test_equal_directories_differ_in_nothing(tmp_path: Path) -> None:
    assert difference(_DATA, _copy(tmp_path / "same")) == ()


def test_a_changed_number_is_named_with_both_values(tmp_path: Path) -> None:
    changed = _copy(tmp_path / "new", canada=("limit_ratio = 0.05", "limit_ratio = 0.03"))
    (change,) = difference(_DATA, changed)
    assert (change.kind, change.rule_id, change.pack) == (
        ChangeKind.CHANGED,
        "ca-ledger",
        "canada",
    )
    assert change.details["limit_ratio"] == ("0.05", "0.03")


def test_a_new_end_date_is_a_change(tmp_path: Path) -> None:
    changed = _copy(
        tmp_path / "new",
        france=(
            "effective_from = 2026-08-11",
            "effective_from = 2026-08-11\neffective_to = 2027-01-01",
        ),
    )
    (change,) = difference(_DATA, changed)
    assert change.details == {"effective_to": ("None", "2027-01-01")}


def test_rules_that_came_and_went_are_named(tmp_path: Path) -> None:
    smaller = _copy(tmp_path / "old")
    (smaller / "turkey.toml").unlink()
    added = difference(smaller, _DATA)
    removed = difference(_DATA, smaller)
    turkish = {rule.id for rule in load_packs().by_id["turkey"].rules}
    assert {each.rule_id for each in added} == turkish
    assert {each.kind for each in added} == {ChangeKind.ADDED}
    assert {each.rule_id for each in removed} == turkish
    assert {each.kind for each in removed} == {ChangeKind.REMOVED}
