"""Every chance a decision needs, by elapsed time, so that a decision is one lookup.

One row for each quarter second of ringing, second of talk and half second of wrap-up; one column
for each check, a typical time to answer u of a fresh call. A ringing row holds P(answered by u),
the others P(still busy after u and the legal tolerance): the trials of outlook.py. The first block
of ringing rows is that of a fresh call's route; other routes have a block each, after the rest.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dialer.pacing.durations import Hazard
from dialer.pacing.set_up_times import CHECKS, STEPS_PER_SECOND, SetUpLaw

Floats = NDArray[np.float64]

RINGING_ROWS = 361
TALK_ROWS = 1801
"""Half an hour; a talk that is longer is read as one of half an hour."""
WRAP_UP_ROWS = 601
WRAP_UP_ROWS_PER_SECOND = 2
TALK_STEPS = 8
"""Parts in which the time ahead is cut to add up talk then wrap-up."""
_TALK_FROM = RINGING_ROWS
_WRAP_UP_FROM = RINGING_ROWS + TALK_ROWS
_ROUTES_FROM = _WRAP_UP_FROM + WRAP_UP_ROWS


class TrialTable:
    """Trial probabilities of ringing calls and busy agents."""

    def __init__(self) -> None:
        self._rows: Floats = np.zeros((_ROUTES_FROM, CHECKS))
        self.fresh: Floats = self._rows[0]
        """P(answered within each check) of a call launched now."""
        self.first_rows: dict[str, int] = {}
        """Where the ringing rows of each route begin."""

    def set_ringing(self, law: SetUpLaw, probability: float, route: str = "") -> None:
        """Fill the rows of a fresh call's route, and forget those of all others."""
        self._rows[:RINGING_ROWS] = law.answers_ahead(probability)
        self.fresh = self._rows[0]
        self.first_rows = {route: 0}

    def add_ringing(self, law: SetUpLaw, probability: float, route: str) -> None:
        """Fill the rows of calls in flight on another route."""
        first = _ROUTES_FROM + RINGING_ROWS * (len(self.first_rows) - 1)
        if first + RINGING_ROWS > len(self._rows):
            self._rows = np.concatenate((self._rows, np.zeros((RINGING_ROWS, CHECKS))))
            self.fresh = self._rows[0]
        self._rows[first : first + RINGING_ROWS] = law.answers_ahead(probability)
        self.first_rows[route] = first

    def set_busy(
        self,
        checks: Floats,
        talk: Hazard,
        wrap_up: Hazard,
        *,
        tolerance_seconds: float,
        wrap_up_seconds_max: float,
    ) -> None:
        """Fill the rows of agents who talk or wrap up."""
        ahead = checks + tolerance_seconds
        steps = np.linspace(0.0, 1.0, TALK_STEPS + 1)
        ends = ahead[:, None] * steps
        ended = talk.ended_within(talk.edges[None, :, None], ends[:, None, :])
        left = ahead[:, None] - (ends[:, 1:] + ends[:, :-1]) / 2.0
        wrapped = wrap_up.ended_within(np.zeros_like(left), left)
        wrapped = np.where(left >= wrap_up_seconds_max, 1.0, wrapped)
        free = (np.diff(ended, axis=2) * wrapped[:, None, :]).sum(axis=2)
        seconds = np.arange(TALK_ROWS, dtype=float)
        for column in range(CHECKS):
            rows = 1.0 - np.interp(seconds, talk.edges, free[column])
            self._rows[_TALK_FROM:_WRAP_UP_FROM, column] = rows
        elapsed = np.arange(WRAP_UP_ROWS)[:, None] / WRAP_UP_ROWS_PER_SECOND
        busy = 1.0 - wrap_up.ended_within(elapsed, ahead[None, :])
        busy[elapsed + ahead >= wrap_up_seconds_max] = 0.0
        self._rows[_WRAP_UP_FROM:_ROUTES_FROM] = busy

    def trials(
        self,
        in_flight_ages: Sequence[float],
        talking_seconds: Sequence[float],
        wrap_up_seconds: Sequence[float],
        first_rows: Sequence[int] = (),
    ) -> Floats:
        """The rows of these calls and agents in this order, shape (trials, checks).

        `first_rows` stand beside the calls, from `self.first_rows`; empty when all are alike.
        """
        # One array for all: for a large team the loop in Python would cost more than the law.
        rows = np.array((*in_flight_ages, *talking_seconds, *wrap_up_seconds), dtype=float)
        talks = len(in_flight_ages)
        wraps = talks + len(talking_seconds)
        rows[:talks] *= STEPS_PER_SECOND
        rows[wraps:] *= WRAP_UP_ROWS_PER_SECOND
        rows += 0.5
        np.maximum(rows, 0.0, out=rows)
        for part, most, first in (
            (rows[:talks], RINGING_ROWS - 1, 0),
            (rows[talks:wraps], TALK_ROWS - 1, _TALK_FROM),
            (rows[wraps:], WRAP_UP_ROWS - 1, _WRAP_UP_FROM),
        ):
            np.minimum(part, most, out=part)
            # Rounded down before the shift: a sum would round half a row up at times.
            np.floor(part, out=part)
            part += first
        if first_rows:
            rows[:talks] += first_rows
        return self._rows.take(rows.astype(np.intp), axis=0)


def ringing_row(age: float) -> int:
    """The row nearest to an age since launch."""
    return min(RINGING_ROWS - 1, max(0, int(age * STEPS_PER_SECOND + 0.5)))
