"""What a check says."""

import enum
from dataclasses import dataclass


@enum.unique
class Level(enum.StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    NOTE = "note"
    """Not wrong, but good to know; or it could not be checked from here."""
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. `fix` is what to do, empty when all is well."""

    name: str
    level: Level
    text: str
    fix: str = ""


def ok(name: str, text: str) -> Finding:
    """All is well."""
    return Finding(name=name, level=Level.OK, text=text)


def note(name: str, text: str, fix: str = "") -> Finding:
    """Not wrong."""
    return Finding(name=name, level=Level.NOTE, text=text, fix=fix)


def bad(name: str, text: str, fix: str) -> Finding:
    """Wrong, with what to do."""
    return Finding(name=name, level=Level.BAD, text=text, fix=fix)
