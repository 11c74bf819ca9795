"""A campaign's leads, each counted once, under the first reason for which it is not callable now.

"First" here is the order of `REASONS`: what no waiting mends comes before what mends itself. The
gate itself asks for the calling hours before the do-not-call lists; at night it would so give every
lead the same reason, and the count would say nothing. The verdicts are the gate's, unchanged.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class Verdict(Protocol):
    """What one rule says of one number, as campaigns/store/gate.py gives it."""

    @property
    def code(self) -> str:
        """Stable code."""

    @property
    def is_allowed(self) -> bool:
        """The rule lets the call be made."""

    @property
    def citation(self) -> str:
        """The law, list or setting."""

    @property
    def text(self) -> str:
        """A sentence with the values."""

    @property
    def allowed_at(self) -> datetime | None:
        """When this rule next allows; None for never, or nobody knows."""


REASONS: Mapping[str, str] = {
    "do_not_call": "on do-not-call",
    "no_number": "without a number that can be called",
    "registry_refused": "refused by the consent registry",
    "no_consent": "without consent",
    "list_stale": "held back: a required do-not-call list is stale or missing",
    "attempts_max": "had all their attempts",
    "quota_full": "in a quota that is full",
    "attempt_limit": "over an attempt limit",
    "cool_down": "in a cool-down",
    "number_on_call": "number on a call of another lead",
    "other_rule": "refused by another rule",
    "callback": "promised a call later",
    "waiting": "waiting for a retry",
    "outside_calling_hours": "outside their calling hours",
    "in_hand": "in the dialer's hands",
    "done": "done",
}
"""Why a lead is not callable now, in the order in which they are told; with the words for it."""
_PASSING = ("callback", "waiting", "outside_calling_hours")
"""Reasons that a clock mends by itself; the gate's other refusals come before them."""

_TOLD_WHOLE = ("list_stale",)
"""Reasons whose sentence is the same for all leads, and names what the citation does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """Part of a reason: a list, a rule with its citation, an outcome."""

    text: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Leads that are not callable now for one reason."""

    code: str
    text: str
    count: int
    details: tuple[Detail, ...]
    """Most first; a lead may stand under several of them."""
    next_at: datetime | None
    """When the first of them becomes callable, as far as clocks decide it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """All leads of a campaign: `total` = `callable_now` + the counts of `reasons`."""

    campaign: str
    as_of: datetime
    total: int
    callable_now: int
    reasons: tuple[Reason, ...]
    """Without those that hold for nobody."""
    unknown_zone: int
    """Leads not done whose number could be in several time zones; counted above as well."""
    covered_only: tuple[Detail, ...]
    """Leads callable now or in time that the law lets be called only while a free agent covers the
    call, by rule; counted above as well."""
    first_opens_at: datetime | None
    """`as_of` when leads are callable now, else the first instant at which one will be."""

    def count(self, code: str) -> int:
        """Leads under one reason."""
        return next((each.count for each in self.reasons if each.code == code), 0)


@dataclass(slots=True)
class Tally:
    """Counts leads one by one into a Preflight."""

    counts: Counter[str] = field(default_factory=Counter)
    details: dict[str, Counter[str]] = field(default_factory=dict)
    next_at: dict[str, datetime] = field(default_factory=dict)
    callable_now: int = 0
    unknown_zone: int = 0
    covered_only: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        code: str,
        details: Iterable[str] = (),
        *,
        next_at: datetime | None = None,
        count: int = 1,
    ) -> None:
        """Count leads under `code`."""
        self.counts[code] += count
        parts = self.details.setdefault(code, Counter())
        for text in details:
            parts[text] += count
        if next_at is not None:
            self.next_at[code] = min(next_at, self.next_at.get(code, next_at))

    def add_callable(
        self,
        verdicts: Sequence[Verdict],
        *,
        due_at: datetime,
        callback_at: datetime | None,
        now: datetime,
        covered_only: str | None = None,
    ) -> None:
        """Count a lead in state `callable` by the verdicts on the number it would be called on;
        those that allow the call make no difference.

        `covered_only` is the citation of a rule that wants a free agent for each call.
        """
        refused = [each for each in verdicts if not each.is_allowed]
        next_at = next_callable_at(refused, due_at=due_at, callback_at=callback_at, now=now)
        if covered_only is not None and next_at is not None:
            self.covered_only[covered_only] += 1
        codes = {each.code if each.code in REASONS else "other_rule" for each in refused}
        if callback_at is not None:
            codes.add("callback")
        elif due_at > now:
            codes.add("waiting")
        if not codes:
            self.callable_now += 1
            return
        code = next(each for each in REASONS if each in codes)
        own = {
            each.text if each.code in _TOLD_WHOLE else each.citation or each.text
            for each in refused
            if (each.code if each.code in REASONS else "other_rule") == code
        }
        self.add(code, sorted(own) if code not in _PASSING else (), next_at=next_at)

    def name_dates(self, lists: Mapping[str, datetime | None]) -> None:
        """Add to each do-not-call list among the details the day its last file was true."""
        dated = {
            f"list '{name}'": f"list '{name}' of {at:%Y-%m-%d}"
            for name, at in lists.items()
            if at is not None
        }
        parts = self.details.get("do_not_call", Counter())
        self.details["do_not_call"] = Counter(
            {dated.get(text, text): count for text, count in parts.items()}
        )

    def preflight(self, campaign: str, *, now: datetime) -> Preflight:
        """The sums."""
        first = now if self.callable_now else min(self.next_at.values(), default=None)
        return Preflight(
            campaign=campaign,
            as_of=now,
            total=self.callable_now + sum(self.counts.values()),
            callable_now=self.callable_now,
            reasons=tuple(
                Reason(
                    code=code,
                    text=text,
                    count=self.counts[code],
                    details=tuple(
                        Detail(text=part, count=count)
                        for part, count in self.details[code].most_common()
                    ),
                    next_at=self.next_at.get(code),
                )
                for code, text in REASONS.items()
                if self.counts[code]
            ),
            unknown_zone=self.unknown_zone,
            covered_only=tuple(
                Detail(text=text, count=count) for text, count in self.covered_only.most_common()
            ),
            first_opens_at=first,
        )


def next_callable_at(
    refused: Iterable[Verdict],
    *,
    due_at: datetime,
    callback_at: datetime | None,
    now: datetime,
) -> datetime | None:
    """The first instant at which all that refuses now has ended; None when something never does.

    One rule's end may fall into another's refusal (a cool-down that ends at night): the caller who
    needs the exact instant asks the gate again at the answer.
    """
    latest = max(now, due_at, *([] if callback_at is None else [callback_at]))
    for each in refused:
        if each.allowed_at is None:
            return None
        latest = max(latest, each.allowed_at)
    return latest
