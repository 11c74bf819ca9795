"""What follows an attempt at a lead: another after a rest, or none any more."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from campaigns.outcomes import Outcome
from campaigns.retry_rules import RetryRules


class RetryLaw(Protocol):
    """A campaign's word on when a lead is called again."""

    @property
    def tries_max(self) -> int:
        """Attempts a lead is worth; those that failed in the network are not counted."""
        ...

    @property
    def shortest_rest_seconds(self) -> float:
        """After an attempt that nobody answered; for reckoning how soon a list can end."""
        ...

    def again_at(self, outcome: Outcome, *, tries: int, ended_at: float) -> float | None:
        """When the lead may be called again; None when it is finished. `tries` counts this one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SameRest:
    """The same rest after every attempt without a conversation."""

    tries_max: int
    rest_seconds: float

    @property
    def shortest_rest_seconds(self) -> float:
        """The rest."""
        return self.rest_seconds

    def again_at(self, outcome: Outcome, *, tries: int, ended_at: float) -> float | None:
        """A conversation and a number that does not exist end the lead, as do all its tries."""
        if outcome in (Outcome.CONNECTED, Outcome.INVALID_NUMBER) or tries >= self.tries_max:
            return None
        return ended_at + self.rest_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRest:
    """The retry rules of a real campaign, for leads with one number.

    Every conversation ends the lead: what agents will say of a call that was not made yet nobody
    knows. The parts of the day among which attempts may rotate are left out.
    """

    rules: RetryRules

    @property
    def tries_max(self) -> int:
        """By the campaign's own limit."""
        unreached = self.rules.not_reached_max
        limit = self.rules.attempts_max
        return limit if unreached is None else min(limit, unreached)

    @property
    def shortest_rest_seconds(self) -> float:
        """The rest after an attempt that rang and was not answered."""
        again = self.again_at(Outcome.NO_ANSWER, tries=0, ended_at=0.0)
        return 0.0 if again is None else again

    def again_at(self, outcome: Outcome, *, tries: int, ended_at: float) -> float | None:
        """As the rules say."""
        if outcome is Outcome.CONNECTED or tries >= self.tries_max:
            return None
        at = datetime.fromtimestamp(ended_at, UTC)
        again = self.rules.after(outcome, None, tries=tries, ended_at=at).call_again_at
        # None is a number that is never called again, and the simulated lead has no other.
        return None if again is None else again.timestamp()
