"""The abandonment budget of a window: what to aim at, and how evenly it is being spent.

What is gained by abandoning is concave: the first tenth of a per cent buys more talk than the last.
So a budget is best spent at one constant price over the whole window, and the two mistakes are to
keep some of it and to meet the wall early and dial one to one for what is left of the day.
"""

import math
from dataclasses import dataclass

from dialer.pacing.estimates import Estimates
from dialer.pacing.view import PacingView
from dialer.pacing.wall import expected_ahead, one_to_one_rate

MARGIN_ANSWERS = 2.0
"""Aim so many abandoned answers below the limit of a whole window: the standard deviation of what
the closed loop leaves over or overspends is about 2.5 answers, whatever the size of the window."""
AIM_LEAST = 0.9
"""... but at no less than this share of the limit; in a small window the wall does the rest."""
ANSWERS_AHEAD_LEAST = 30.0
"""Fewer answers ahead than this are a matter of chance, not of steering."""
SPENT_SHARE_LEAST = 0.25
SPENT_SHARE_MOST = 4.0
STEERING = 0.5
"""The price moves with the square root of the budget left per answer: the abandoned share grows
nearly as the price, and half the correction leaves the other half to chance evening itself out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """How the price should be seen now."""

    aim_ratio: float
    """Abandoned ÷ live answers to aim at; at most the target."""
    price_factor: float
    """Above 1 while the window has budget to spare, below 1 when it is nearly spent."""


def spending(view: PacingView, estimates: Estimates, *, target_ratio: float) -> Spending:
    """Of the narrowest ledger; without ledgers the target itself and a factor of 1."""
    aim, factor = target_ratio, SPENT_SHARE_MOST
    if not view.ledgers:
        return Spending(aim_ratio=aim, price_factor=1.0)
    rate = one_to_one_rate(view, estimates)
    for ledger in view.ledgers:
        ahead = max(expected_ahead(view, ledger, rate, estimates), ANSWERS_AHEAD_LEAST)
        whole = ledger.live_answers + ahead
        limit = ledger.limit_ratio
        its_aim = min(target_ratio, max(AIM_LEAST * limit, limit - MARGIN_ANSWERS / whole))
        aim = min(aim, its_aim)
        if its_aim > 0.0:
            left = (its_aim * whole - ledger.abandoned) / (its_aim * ahead)
            factor = min(factor, left)
    factor = min(SPENT_SHARE_MOST, max(SPENT_SHARE_LEAST, factor))
    return Spending(aim_ratio=aim, price_factor=math.pow(factor, STEERING))
