"""What changed between two sets of rule packs, in words for whoever releases them."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from campaigns.rule_packs.packs import Packs, load_packs
from campaigns.rule_packs.rules import Rule


@enum.unique
class ChangeKind(enum.StrEnum):
    """What happened to a rule."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One rule that is not as it was."""

    kind: ChangeKind
    rule_id: str
    pack: str
    """The pack it is in now, or was in when it was removed."""
    details: Mapping[str, tuple[str, str]]
    """For a changed rule: each field that differs, before and after, as text."""


def difference(before: Path, after: Path) -> tuple[Change, ...]:
    """What differs between two directories of pack files. Raises PackError for a broken one."""
    return compare(load_packs(before), load_packs(after))


def compare(before: Packs, after: Packs) -> tuple[Change, ...]:
    """Rules added, removed and changed, by id. Examples and notes are no rules: not compared."""
    old, new = before.rules, after.rules
    found = []
    for rule_id in sorted(old.keys() | new.keys()):
        if rule_id not in new:
            found.append(_change(ChangeKind.REMOVED, old[rule_id], {}))
        elif rule_id not in old:
            found.append(_change(ChangeKind.ADDED, new[rule_id], {}))
        elif old[rule_id] != new[rule_id]:
            details = _details(old[rule_id], new[rule_id])
            found.append(_change(ChangeKind.CHANGED, new[rule_id], details))
    return tuple(found)


def _change(kind: ChangeKind, rule: Rule, details: Mapping[str, tuple[str, str]]) -> Change:
    return Change(kind=kind, rule_id=rule.id, pack=rule.pack, details=details)


def _details(old: Rule, new: Rule) -> dict[str, tuple[str, str]]:
    if type(old) is not type(new):
        return {"kind": (type(old).__name__, type(new).__name__)}
    return {
        field.name: (_text(before), _text(after))
        for field in fields(old)
        if (before := getattr(old, field.name)) != (after := getattr(new, field.name))
    }


def _text(value: object) -> str:
    if isinstance(value, frozenset | tuple):
        parts = [_text(each) for each in value]
        return ", ".join(sorted(parts) if isinstance(value, frozenset) else parts)
    return str(value)
