"""What the example list knows of each of its people: how long they talked, and whether they bought.

The list is real (41,188 people called by a Portuguese bank); its numbers are made up. The demo's
public network plays each person with the talk time of their own row, and their agent records a sale
where the row says that the person subscribed.
"""

import csv
import gzip
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dialer.errors import SettingsError

TALK_SECONDS_MIN = 4.0
"""A person who picks up says at least a word; the list has a few rows of 0 seconds."""
MACHINE_SECONDS = 7.0
"""How long an agent listens to a greeting before they hang up on it."""


@dataclass(frozen=True, slots=True)
class Person:
    """One number of the list, and what happens when somebody answers it."""

    number: str
    talk_seconds: float
    buys: bool
    is_machine: bool


def read_people(path: Path, *, machine_ratio: float, seed: int) -> dict[str, Person]:
    """All people of the list by number.

    `machine_ratio` of the numbers answer with a machine, drawn by `seed`. Raises SettingsError when
    the file is not the example list.
    """
    try:
        draw = random.Random(seed)  # noqa: S311 - a simulation, not a secret
        return {p.number: p for p in _people(path, draw, machine_ratio)}
    except (OSError, KeyError, ValueError) as error:
        raise SettingsError(
            f"the demo's list {path} cannot be read: {error}. "
            "Run the demo in a complete checkout: the list is examples/bank_telesales/."
        ) from error


def _people(path: Path, draw: random.Random, machine_ratio: float) -> Iterator[Person]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            is_machine = draw.random() < machine_ratio
            talk_seconds = max(TALK_SECONDS_MIN, float(row["last_talk_seconds"]))
            yield Person(
                number=_e164(row["phone"]),
                talk_seconds=MACHINE_SECONDS if is_machine else talk_seconds,
                buys=row["subscribed"] == "yes" and not is_machine,
                is_machine=is_machine,
            )


def _e164(text: str) -> str:
    """The list writes North American numbers as (212) 555-0123."""
    digits = "".join(c for c in text if c.isdigit())
    if len(digits) != 10:
        raise ValueError(f"{text!r} is not a number of ten digits")
    return f"+1{digits}"


def write_numbers_file(people: Mapping[str, Person], path: Path) -> None:
    """The fake switch's script: one JSON line for each number."""
    with path.open("w", encoding="ascii") as lines:
        for person in people.values():
            line = {
                "number": person.number,
                "talk_seconds": person.talk_seconds,
                "machine": person.is_machine,
            }
            lines.write(json.dumps(line) + "\n")
