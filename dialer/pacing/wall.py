"""The legal limits as a wall in front of uncovered calls, those beyond the ready agents.

    A + U <= ε (H + U + H_ahead)        A abandoned, H live answers so far, U still in flight

An uncovered call starts only while this holds in every ledger. `strict` counts every uncovered
call in flight as U and nothing as H_ahead. Each of them settles as one more A and H, as one more H,
or as neither, and all three keep the inequality; covered calls only add to H. So the ratio is never
above the limit, for any pacer and any sequence, as long as a promised agent takes the call.
`forecast` lets U be a high quantile of abandonments in flight and H_ahead a lower bound of the
answers that one-to-one dialling still brings: the window ends below the limit.
"""

import math
from collections import deque
from dataclasses import dataclass

from dialer.pacing.estimates import Estimates
from dialer.pacing.outlook import Outlook
from dialer.pacing.saved import Reader, Saved, SavedStateError
from dialer.pacing.settings import Wall
from dialer.pacing.view import LedgerView, Limit, LiveAnswerSettled, PacingView

SURPRISE_MAX = 2e-5
"""Chance that more calls in flight are abandoned than `forecast` allows for. The question returns
with every ring time, two hundred times in an hour and a half, and while a window has too few
answers to bear one abandonment each of them counts: one in two hundred and fifty such windows is at
risk."""
AHEAD_SHARE = 0.5
"""Of the answers one-to-one dialling is expected to bring, what `forecast` relies on: the rate of
answers may halve for the rest of the window ..."""
AHEAD_DEVIATIONS = 2.0
"""... and then so many deviations of a Poisson count fewer may come. Of two hundred expected that
leaves eighty, of sixteen none: a short window has to have earned what it abandons."""
LOOK_AHEAD_SECONDS = 3600.0
"""How far ahead to count when nobody has said when dialling stops."""
SETTLE_SECONDS = 92.0
"""Longest ring in the estimators' tables and the tolerance: a call launched now has settled."""
BURN_FACTOR = 2.0
BURN_FLOOR = 3.0
"""In any hour at most 3 + twice the limit's share, so that a saved-up budget is spent slowly."""
BURN_MINUTES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What the wall lets happen now; without ledgers, anything."""

    mode: Wall
    count: int | None
    """Uncovered calls (strict) or abandonments (forecast) still bearable; -1 is over the limit."""

    def permits(self, outlook: Outlook, *, uncovered: int) -> bool:
        """May the uncovered call start that `outlook` and `uncovered` already include?"""
        if self.count is None:
            return True
        if self.count < 0:
            return False
        if uncovered <= self.count:
            return True
        if self.mode is Wall.STRICT:
            return False
        return outlook.more_abandoned_than(self.count) <= SURPRISE_MAX


class LedgerWall:
    """The wall of one team, with its memory of the last hour."""

    def __init__(self, mode: Wall) -> None:
        self._mode = mode
        self._minutes: deque[list[int]] = deque()
        self._live_hour = 0
        self._abandoned_hour = 0

    def settle(self, settled: LiveAnswerSettled) -> None:
        """Remember one live answer for the burn rate."""
        minute = int(settled.at // 60.0)
        self._forget_before(minute - BURN_MINUTES)
        self._live_hour += 1
        self._abandoned_hour += settled.is_abandoned
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0, 0])
        self._minutes[-1][1] += 1
        self._minutes[-1][2] += settled.is_abandoned

    def allowance(self, view: PacingView, estimates: Estimates) -> Allowance:
        """The narrowest ledger's allowance."""
        if not view.ledgers:
            return Allowance(mode=self._mode, count=None)
        if self._mode is Wall.STRICT:
            counts = [strictly_bearable(ledger, now=view.now) for ledger in view.ledgers]
        else:
            rate = one_to_one_rate(view, estimates)
            self._forget_before(int(view.now // 60.0) - BURN_MINUTES)
            hourly = max(float(self._live_hour), 3600.0 * rate)
            counts = [
                min(
                    bearable(ledger, answers_ahead(view, ledger, rate, estimates)),
                    _unburnt(ledger, hourly, self._abandoned_hour),
                )
                for ledger in view.ledgers
            ]
        return Allowance(mode=self._mode, count=min(counts))

    def to_state(self) -> Saved:
        """The last hour by minute, as rows of minute, live answers and abandoned."""
        return {"minutes": [value for row in self._minutes for value in row]}

    def take_state(self, state: Reader) -> None:
        """Go on from what `to_state` gave; raises SavedStateError."""
        values = [int(value) for value in state.numbers("minutes", most=3 * (BURN_MINUTES + 2))]
        if len(values) % 3:
            raise SavedStateError("state.wall.minutes is not made of rows of three")
        self._minutes = deque([values[i : i + 3] for i in range(0, len(values), 3)])
        self._live_hour = sum(row[1] for row in self._minutes)
        self._abandoned_hour = sum(row[2] for row in self._minutes)

    def _forget_before(self, minute: int) -> None:
        while self._minutes and self._minutes[0][0] < minute:
            _, live, abandoned = self._minutes.popleft()
            self._live_hour -= live
            self._abandoned_hour -= abandoned


def bearable(ledger: LedgerView, answers: float = 0.0) -> int:
    """Largest U with A + U <= ε (H + U + answers); -1 when not even 0."""
    limit = ledger.limit_ratio
    if limit >= 1.0:
        # Everything may be abandoned; the largest count any team could reach stands for no limit.
        return 1_000_000
    earned = limit * (ledger.live_answers + answers) - ledger.abandoned
    count = math.floor(earned / (1.0 - limit) + 1e-9)
    return max(-1, count)


def strictly_bearable(ledger: LedgerView, *, now: float) -> int:
    """`bearable` from what has happened alone.

    A call that may settle in the ledger's next window finds it empty, where nothing is bearable.
    """
    count = bearable(ledger)
    # Division may have rounded up to a whole number; the law's own inequality has the last word.
    while count >= 0 and ledger.abandoned + count > math.floor(
        ledger.limit_ratio * (ledger.live_answers + count)
    ):
        count -= 1
    if ledger.ends_at is not None and now + SETTLE_SECONDS >= ledger.ends_at:
        return min(count, 0)
    return count


def one_to_one_rate(view: PacingView, estimates: Estimates) -> float:
    """Live answers a second if these agents were dialled for one to one."""
    p = estimates.answer_probability_mean()
    set_up = p * estimates.set_up.answer_mean + (1.0 - p) * estimates.set_up.failure_mean
    return view.agents / (estimates.talk.mean + estimates.wrap_up.mean + set_up / p)


def answers_ahead(view: PacingView, ledger: LedgerView, rate: float, estimates: Estimates) -> float:
    """A lower bound of live answers still to come in this window."""
    relied = expected_ahead(view, ledger, rate, estimates) * AHEAD_SHARE
    return max(0.0, relied - AHEAD_DEVIATIONS * math.sqrt(relied))


def expected_ahead(
    view: PacingView, ledger: LedgerView, rate: float, estimates: Estimates
) -> float:
    """Live answers still to come in this window at this rate a second."""
    ends = [view.now + LOOK_AHEAD_SECONDS if view.ends_at is None else view.ends_at]
    if ledger.ends_at is not None:
        ends.append(ledger.ends_at)
    expected = rate * ledger.share_ratio * max(0.0, min(ends) - view.now)
    if view.leads_left is not None:
        expected = min(expected, estimates.answer_probability_mean() * view.leads_left)
    elif view.ends_at is None and view.room_limit is Limit.HOPPER_EMPTY and view.room < view.agents:
        # The hopper cannot even serve every agent once: the list may be over.
        expected = 0.0
    return expected


def _unburnt(ledger: LedgerView, answers_hour: float, abandoned_hour: int) -> int:
    return math.floor(BURN_FLOOR + BURN_FACTOR * ledger.limit_ratio * answers_hour - abandoned_hour)
