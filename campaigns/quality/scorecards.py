"""Scorecards: what a client wants to hear in a call, and how much each thing weighs.

A scorecard belongs to one client. It is never changed, only followed by a newer version: a score
says which version it was given by.
"""

import enum
from dataclasses import dataclass
from fractions import Fraction

NOT_APPLICABLE = "na"
"""The answer "did not come up in this call"."""


@enum.unique
class Scale(enum.StrEnum):
    """How an item is answered."""

    YES_NO = "yes_no"
    ONE_TO_FIVE = "one_to_five"

    @property
    def answers(self) -> tuple[str, ...]:
        """What may be answered, the worst first."""
        return ("no", "yes") if self is Scale.YES_NO else ("1", "2", "3", "4", "5")

    def share(self, answer: str) -> Fraction:
        """Which part of the weight an answer earns, 0 to 1 in equal steps. Raises ValueError."""
        return Fraction(self.answers.index(answer), len(self.answers) - 1)


@enum.unique
class Fatal(enum.StrEnum):
    """What the worst answer to an item does to the whole call."""

    NO = "no"
    ZERO = "zero"
    """The total is 0."""
    FAIL = "fail"
    """The total stays and the call has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to listen for."""

    key: str
    """Names it in reports, over all versions."""
    text: str
    hint: str = ""
    """What counts as which answer."""
    scale: Scale = Scale.YES_NO
    weight: int = 1
    """0 for an item that is only noted, or only fatal."""
    fatal: Fatal = Fatal.NO
    may_not_apply: bool = False

    @property
    def answers(self) -> tuple[str, ...]:
        """All that may be answered."""
        return (*self.scale.answers, NOT_APPLICABLE) if self.may_not_apply else self.scale.answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Items that belong together, such as the opening of a call."""

    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A kind of call of which some are always drawn."""

    name: str
    kinds: tuple[str, ...]
    """Kinds of dispositions (campaigns/dispositions.py)."""
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRule:
    """How many calls of each agent are listened to each week, and which may be drawn."""

    calls_per_week: int = 0
    """0 draws nothing: calls are then chosen by search alone."""
    seconds_min: int = 30
    time_zone: str = "UTC"
    """Whose Monday a week begins with."""
    strata: tuple[Stratum, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """One version of a scorecard."""

    name: str
    client: str
    title: str
    pass_mark: Fraction
    """The share of the total that passes, 0 to 1."""
    sections: tuple[Section, ...]
    sample: SampleRule = SampleRule()

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of all sections, in order."""
        return tuple(item for section in self.sections for item in section.items)

    def item(self, key: str) -> Item | None:
        """The item of that key."""
        return next((item for item in self.items if item.key == key), None)
