"""How far two listeners agree on the same calls: share of equal answers, and weighted kappa.

Weighted kappa is J. Cohen's (1968), "Weighted kappa: nominal scale agreement with provision for
scaled disagreement or partial credit", Psychological Bulletin 70(4), 213-220, with squared
distances as weights of disagreement, which makes it an intraclass correlation (J. L. Fleiss and
J. Cohen, 1973, Educational and Psychological Measurement 33, 613-619):

    kappa = 1 - (sum of v_ij * o_ij) / (sum of v_ij * e_ij),   v_ij = (i - j)^2 / (k - 1)^2

o_ij is the share of calls which the first puts at i and the second at j, e_ij what chance alone
would give: the product of their own shares. 1 is full agreement, 0 is chance.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

Pair = tuple[Fraction, Fraction]
"""What two listeners gave to the same thing: shares of its weight, 0 to 1 in equal steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two listeners over the same answers."""

    count: int
    equal: int
    kappa: Fraction | None
    """None where chance alone would agree always: both gave one and the same answer throughout."""

    @property
    def equal_ratio(self) -> Fraction | None:
        """Share of equal answers; None without any."""
        return Fraction(self.equal, self.count) if self.count else None


def agreement(pairs: Sequence[Pair]) -> Agreement:
    """How far these pairs agree. Exact, and the same with the two listeners exchanged."""
    return Agreement(
        count=len(pairs),
        equal=sum(first == second for first, second in pairs),
        kappa=weighted_kappa(pairs),
    )


def weighted_kappa(pairs: Sequence[Pair]) -> Fraction | None:
    """Cohen's weighted kappa with squared weights; None when it is not defined."""
    count = len(pairs)
    if count == 0:
        return None
    observed = sum(((a - b) ** 2 for a, b in pairs), Fraction(0)) / count
    firsts, seconds = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(
        (
            times_a * times_b * (a - b) ** 2
            for a, times_a in firsts.items()
            for b, times_b in seconds.items()
        ),
        Fraction(0),
    ) / (count * count)
    return None if by_chance == 0 else 1 - observed / by_chance
