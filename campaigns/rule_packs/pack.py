"""One rule pack: the rules of a place, and the cases that show them."""

from dataclasses import dataclass
from datetime import date

from campaigns.jurisdictions import Jurisdiction
from campaigns.rule_packs.examples import Example
from campaigns.rule_packs.rules import Rule

DEFAULT_PACK = "default"
"""Id of the pack for countries that no other pack names."""


class PackError(ValueError):
    """A rule pack that cannot be used, or one that does not exist; one sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The rules of one file."""

    id: str
    title: str
    file: str
    checked_on: date
    """When somebody last compared it with its sources."""
    note: str
    jurisdictions: tuple[Jurisdiction, ...]
    """Empty for the default and for what holds everywhere."""
    is_everywhere: bool
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...]

    @property
    def countries(self) -> frozenset[str]:
        """The countries it names."""
        return frozenset(each.country for each in self.jurisdictions)
