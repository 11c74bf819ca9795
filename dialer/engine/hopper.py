"""Leads in hand: leased from the store, checked again when taken, asked for before they run out."""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from dialer.engine.events import HopperLead
from dialer.pacing.lead_probability import at_odds

HOPPER_MIN = 10
"""Asking for fewer leads at a time costs more than it saves."""
HOPPER_MAX = 2000
"""Leads in hand cannot be had by another process and age; 2000 is a minute of a very large team."""

LOOKED_AT_MAX = 200
"""Leads looked through for a fitting answer probability; some minutes' worth of an ordinary team,
so that no lead is passed over for long."""


@dataclass(slots=True)
class Hopper:
    """The queue of one campaign."""

    leads: deque[HopperLead] = field(default_factory=deque)
    covered_only: int = 0
    """How many of them need a ready agent each."""
    is_asking: bool = False
    is_short: bool = False
    """The store gave fewer leads than asked for: what is in hand is all there is now."""
    _rate: float = 0.0
    """Launches a second, forgotten with a time constant of a minute."""
    _rated_at: float = 0.0

    def put(self, leads: Iterable[HopperLead]) -> None:
        """Leads arrive, best first."""
        for lead in leads:
            self.leads.append(lead)
            self.covered_only += lead.covered_only

    def take(
        self, now: float, *, is_covered: bool = True
    ) -> tuple[HopperLead | None, list[HopperLead]]:
        """The next lead whose calling hours are open at `now`, and those found closed before it.

        Without a ready agent for its answer, leads that need one are left where they are. What is
        taken may still be given back: `note_launch` tells of what was used.
        """
        closed: list[HopperLead] = []
        if not is_covered and self.covered_only:
            return self._take_uncovered(now, closed)
        while self.leads:
            lead = self.leads.popleft()
            self.covered_only -= lead.covered_only
            if lead.callable_until > now:
                return lead, closed
            closed.append(lead)
        return None, closed

    def _take_uncovered(
        self, now: float, closed: list[HopperLead]
    ) -> tuple[HopperLead | None, list[HopperLead]]:
        """The next lead that needs no agent to be ready; those before it keep their places."""
        if self.covered_only == len(self.leads):
            return None, closed
        kept: list[HopperLead] = []
        found: HopperLead | None = None
        while self.leads and found is None:
            lead = self.leads.popleft()
            if lead.covered_only:
                kept.append(lead)
            elif lead.callable_until > now:
                found = lead
            else:
                closed.append(lead)
        self.leads.extendleft(reversed(kept))
        return found, closed

    def probabilities(self, level: float | None) -> set[float]:
        """The answer probabilities of the leads next in line; empty while none are known.

        `level` is the pooled one, which the odds of leads are against; None while there is none.
        """
        if not self.leads:
            return set()
        first = self.leads[0]
        if first.answer_probability is None and (first.answer_odds is None or level is None):
            return set()
        kinds = {
            (lead.answer_odds, lead.answer_probability)
            for lead in islice(self.leads, LOOKED_AT_MAX)
        }
        known = (_chance(odds, probability, level) for odds, probability in kinds)
        return {p for p in known if p is not None}

    def bring_forward(
        self, now: float, *, probability_max: float, level: float | None = None
    ) -> bool:
        """Put the first lead so unlikely to answer at the head; False when there is none."""
        for place, lead in enumerate(islice(self.leads, LOOKED_AT_MAX)):
            known = _chance(lead.answer_odds, lead.answer_probability, level)
            if known is None or known > probability_max or lead.covered_only:
                continue
            if lead.callable_until > now:
                del self.leads[place]
                self.leads.appendleft(lead)
                return True
        return False

    def take_all(self) -> tuple[HopperLead, ...]:
        """Empty the hopper, to give the leads back."""
        leads = tuple(self.leads)
        self.leads.clear()
        self.covered_only = 0
        return leads

    def wanted(self, *, agents: int, seconds: float, now: float) -> int:
        """How many leads to ask for now; 0 while half of the target is still in hand."""
        self._decay(now)
        busy_floor = 3 * agents
        target = max(HOPPER_MIN, busy_floor, math.ceil(1.5 * self._rate * seconds))
        target = min(HOPPER_MAX, target)
        if self.is_asking or 2 * len(self.leads) > target:
            return 0
        return target - len(self.leads)

    def note_launch(self, now: float) -> None:
        """A lead was used. What is given back is no measure of how fast leads are needed: a list
        whose numbers are all on live calls would be asked for ever more, and be handed about."""
        self._decay(now)
        self._rate += 1.0 / 60.0

    def _decay(self, now: float) -> None:
        self._rate *= math.exp(-max(0.0, now - self._rated_at) / 60.0)
        self._rated_at = max(now, self._rated_at)


def _chance(odds: float | None, probability: float | None, level: float | None) -> float | None:
    return probability if odds is None or level is None else at_odds(level, odds)
