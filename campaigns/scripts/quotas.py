"""Which cells a person is in, and whether they can still count.

Until a question is asked its answer is not known, and then neither is whether somebody is in a cell
that looks at it. Only what is certain keeps anybody from being called.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from campaigns.scripts.expressions import Facts, evaluate
from campaigns.scripts.script import Outside, Quota, Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How a quota stands in a campaign."""

    name: str
    target: int
    interviews: int

    @property
    def is_full(self) -> bool:
        """No more are wanted."""
        return self.interviews >= self.target


def cells_of(script: Script, facts: Facts) -> tuple[str, ...]:
    """The cells a finished interview counts towards."""
    known = replace(facts, more_answers=False)
    return tuple(each.name for each in script.quotas if evaluate(each.when, known))


def is_full(script: Script, facts: Facts, full: Collection[str]) -> bool:
    """True when an interview with this person can no longer count, whatever they will answer."""
    return why_full(script.quotas, script.outside_quotas, facts, full) is not None


def why_full(
    quotas: Collection[Quota], outside: Outside, facts: Facts, full: Collection[str]
) -> str | None:
    """A sentence on why they can no longer count; None when they still may.

    They are in a cell that is full for certain; or, where only interviews in a cell are wanted,
    there is no open cell that they could be in.
    """
    if not quotas:
        return None
    so_far = replace(facts, more_answers=True)
    is_possible = False
    for quota in quotas:
        holds = evaluate(quota.when, so_far)
        if quota.name in full:
            if holds:
                return f"Quota '{quota.name}' has its {quota.target:,} interviews."
        elif holds is not False:
            is_possible = True
    if outside is Outside.STOP and not is_possible:
        return "No quota that is still open is for this person."
    return None
