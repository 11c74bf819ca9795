"""How sure a share is that was counted in a sample."""

import math

Z_95 = 1.959963984540054
"""Half of 95 % of a normal distribution lies within so many standard deviations of its middle."""


def wilson(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """The interval in which a share probably lies; (0, 1) without any trial.

    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22:
    right also for small samples and shares near 0, where the usual formula is not.
    """
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    spread = z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    # At the ends the two are equal but for the last digits of a float.
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == trials else min(1.0, middle + half)
    return low, high
