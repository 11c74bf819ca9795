"""Abandonment as each regulator counts it: formulas, windows, and the rules that join the two.

The counts come from attempts alone (campaigns/store/ledgers.py); nothing here is stored. There is
never one rate: the same calls give one figure a regime, and each regime has its own clock.
"""

import enum
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Protocol, assert_never
from zoneinfo import ZoneInfo

BLOCK = timedelta(days=30)
"""16 CFR 310.4(b)(4)(i): each successive 30-day period, or portion of one; never rolling."""
DAY = timedelta(hours=24)
OWN_REGIME = "campaign"
WINDOWS_MAX = 400
"""A year of days and a month: what a table bears. Longer periods lose their first windows."""


@enum.unique
class Formula(enum.StrEnum):
    """How numerator and denominator are made; rule packs name these."""

    US_FTC = "us_ftc"
    """16 CFR 310.4(b)(4)(i): abandoned ÷ all calls answered by a person."""
    US_FCC = "us_fcc"
    """47 CFR 64.1200(a)(7): abandoned ÷ telemarketing calls answered live, by a person."""
    UK_AMD = "uk_amd"
    """Ofcom's abandoned call rate where machines were detected."""
    UK_WITHOUT_AMD = "uk_without_amd"
    """Ofcom's abandoned call rate where they were not."""
    CANADA = "canada"
    """CRTC: abandoned ÷ calls answered, read strictly as answered by a person."""
    LIVE_ANSWERS = "live_answers"
    """Abandoned ÷ calls answered by a person, where no law names a formula."""

    def applies_to(self, counts: "CallCounts") -> bool:
        """False for the one of Ofcom's two forms that these calls were not made by.

        A window in which the classifier called any call a machine is one with detection.
        """
        match self:
            case Formula.UK_AMD:
                return counts.machine_verdicts > 0
            case Formula.UK_WITHOUT_AMD:
                return counts.machine_verdicts == 0
            case _:
                return True


@enum.unique
class LedgerWindow(enum.StrEnum):
    """The stretch of time a rate is made over."""

    CALENDAR_DAY = "calendar_day"
    ROLLING_24H = "rolling_24h"
    CALENDAR_MONTH = "calendar_month"
    BLOCK_30_DAYS = "block_30_days"
    ROLLING_30_DAYS = "rolling_30_days"
    CAMPAIGN = "campaign"

    @property
    def rolling(self) -> timedelta | None:
        """The length of a window that moves with the clock; None for those with fixed edges."""
        match self:
            case LedgerWindow.ROLLING_24H:
                return DAY
            case LedgerWindow.ROLLING_30_DAYS:
                return BLOCK
            case _:
                return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCounts:
    """What formulas are made of: calls answered in one window, each in one place."""

    live_answers: int = 0
    """Judged answered by a person, whatever came of it."""
    abandoned: int = 0
    """Of these, without an agent in the legal seconds; a call that got the message counts."""
    humans: int = 0
    """Of these, passed to an agent in time: Ofcom's h."""
    machines_to_agents: int = 0
    """Passed to an agent who heard a machine: Ofcom's m. Not among the live answers."""
    machine_verdicts: int = 0
    """Called a machine by the classifier, and no agent heard. Not among the live answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FalsePositives:
    """The share of the classifier's machines that were people, and how that is known.

    Ofcom wants it shown by testing; no figure is set in any rule.
    """

    ratio: float
    reason: str


NO_ESTIMATE = FalsePositives(
    ratio=1.0,
    reason="no estimate was given, so every machine verdict is taken for a person: the strictest "
    "reading. Test the classifier and state its share of false positives",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Both sides of one figure. Ofcom's numerator may be no whole number."""

    numerator: float
    denominator: float
    how: str
    """The form of the formula, in words."""

    @property
    def ratio(self) -> float | None:
        """None when there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else None


def live_answer_rate(counts: CallCounts) -> Rate:
    """Abandoned ÷ calls answered by a person; machines, busy and unanswered calls are not in it."""
    return Rate(
        numerator=counts.abandoned,
        denominator=counts.live_answers,
        how="abandoned / answered by a person",
    )


def ofcom_rate_without_amd(dropped: int, humans: int, machines: int) -> Rate:
    """D' = D - D m/(h + m), and the rate D'/(h + D').

    Without machine detection some of the dropped calls (D) were machines; as many in a hundred as
    among the calls that agents took (h people, m machines). Ofcom, Review of how we use our
    persistent misuse powers (December 2015), annex 5, from the statement of 2010. When agents took
    no call at all nothing is taken off.
    """
    taken = humans + machines
    people = dropped - dropped * machines / taken if taken else float(dropped)
    return Rate(
        numerator=people,
        denominator=humans + people,
        how="D' / (h + D'), D' = D - D*m/(h + m); no machine detection",
    )


def ofcom_rate_with_amd(
    dropped: int, humans: int, machine_verdicts: int, false_positives: FalsePositives
) -> Rate:
    """(D + F) ÷ (D + F + h), F the people whom the classifier took for machines.

    Ofcom, statement of policy on persistent misuse (2010): abandoned calls and a reasoned estimate
    of false positives, over those and the live calls passed to an operator.
    """
    lost = dropped + machine_verdicts * false_positives.ratio
    return Rate(
        numerator=lost,
        denominator=lost + humans,
        how=f"(D + F) / (D + F + h), F = {false_positives.ratio:g} of {machine_verdicts:,} machine "
        f"verdicts: {false_positives.reason}",
    )


def wall_counts(
    formula: Formula, counts: CallCounts, false_positives: FalsePositives
) -> tuple[int, int]:
    """(answered, abandoned) as whole calls whose share is never below the regime's figure: what
    the dialer goes by while it runs. Estimates are rounded up."""
    match formula:
        case Formula.UK_AMD | Formula.UK_WITHOUT_AMD:
            lost = counts.abandoned + math.ceil(counts.machine_verdicts * false_positives.ratio)
            return lost + counts.humans, lost
        case _:
            return counts.live_answers, counts.abandoned


def rate(formula: Formula, counts: CallCounts, false_positives: FalsePositives) -> Rate:
    """The figure of one regime."""
    match formula:
        case Formula.US_FTC | Formula.US_FCC | Formula.CANADA | Formula.LIVE_ANSWERS:
            return live_answer_rate(counts)
        case Formula.UK_AMD:
            return ofcom_rate_with_amd(
                counts.abandoned, counts.humans, counts.machine_verdicts, false_positives
            )
        case Formula.UK_WITHOUT_AMD:
            return ofcom_rate_without_amd(
                counts.abandoned, counts.humans, counts.machines_to_agents
            )
        case _:
            assert_never(formula)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRule:
    """One account of abandoned calls that has to be kept."""

    name: str
    """The id of the pack's rule, or the name of one of the campaign's own accounts."""
    regime: str
    """us, gb, ca or another country, or campaign."""
    title: str
    formula: Formula
    window: LedgerWindow
    limit_ratio: float
    citation: str


class PackLedger(Protocol):
    """What is read of a rule pack's AbandonmentLedger."""

    @property
    def id(self) -> str: ...
    @property
    def pack(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def citation(self) -> str: ...
    @property
    def formula(self) -> str: ...
    @property
    def limit_ratio(self) -> float: ...
    @property
    def limit_ratio_signed(self) -> float: ...
    @property
    def window(self) -> enum.StrEnum: ...


def rule_of(ledger: PackLedger, *, regime: str, limit_ratio: float, is_signed: bool) -> LedgerRule:
    """A pack's ledger for one campaign: its own limit where that is lower.

    `is_signed`: somebody took the responsibility for the pack's higher limit.
    """
    allowed = ledger.limit_ratio_signed if is_signed else ledger.limit_ratio
    return LedgerRule(
        name=ledger.id,
        regime=regime,
        title=ledger.summary,
        formula=Formula(ledger.formula),
        window=LedgerWindow(ledger.window.value),
        limit_ratio=min(allowed, limit_ratio),
        citation=ledger.citation,
    )


def own_rules(limit_ratio: float) -> tuple[LedgerRule, ...]:
    """The accounts every campaign has, whatever the law: the whole, the day, and a guard."""

    def rule(name: str, title: str, window: LedgerWindow, why: str) -> LedgerRule:
        return LedgerRule(
            name=name,
            regime=OWN_REGIME,
            title=title,
            formula=Formula.LIVE_ANSWERS,
            window=window,
            limit_ratio=limit_ratio,
            citation=why,
        )

    return (
        rule("campaign", "Whole campaign", LedgerWindow.CAMPAIGN, "16 CFR 310.4(b)(4)(i)"),
        rule("day", "Day", LedgerWindow.CALENDAR_DAY, "the campaign's own rule"),
        rule(
            "rolling_30_days",
            "Last 30 days",
            LedgerWindow.ROLLING_30_DAYS,
            "an internal guard, no law",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One window: [begins_at, ends_at). An open end is a window that never closes."""

    begins_at: datetime
    ends_at: datetime | None


def stretch_at(
    window: LedgerWindow, at: datetime, *, started_at: datetime, zone: ZoneInfo
) -> Stretch:
    """The window that holds `at`.

    Days and months are those of `zone`; blocks are counted from `started_at`, the campaign's first
    start, and an instant before it belongs to the first. A rolling window ends at `at`.
    """
    match window:
        case LedgerWindow.CAMPAIGN:
            return Stretch(begins_at=min(started_at, at), ends_at=None)
        case LedgerWindow.BLOCK_30_DAYS:
            number = max(0, (at - started_at) // BLOCK)
            begins_at = started_at + BLOCK * number
            return Stretch(begins_at=begins_at, ends_at=begins_at + BLOCK)
        case LedgerWindow.CALENDAR_DAY:
            date = at.astimezone(zone).date()
            return Stretch(
                begins_at=datetime.combine(date, time(), zone),
                ends_at=datetime.combine(date + timedelta(days=1), time(), zone),
            )
        case LedgerWindow.CALENDAR_MONTH:
            first = at.astimezone(zone).date().replace(day=1)
            following = (first + timedelta(days=31)).replace(day=1)
            return Stretch(
                begins_at=datetime.combine(first, time(), zone),
                ends_at=datetime.combine(following, time(), zone),
            )
        case LedgerWindow.ROLLING_24H:
            return Stretch(begins_at=at - DAY, ends_at=at)
        case LedgerWindow.ROLLING_30_DAYS:
            return Stretch(begins_at=at - BLOCK, ends_at=at)
        case _:
            assert_never(window)


def stretches(
    window: LedgerWindow,
    since: datetime,
    until: datetime,
    *,
    started_at: datetime,
    zone: ZoneInfo,
) -> tuple[Stretch, ...]:
    """The windows that touch [since, until), in order, at most the last `WINDOWS_MAX`.

    Of a rolling window there are infinitely many, so a period is told by its days for the 24 hours
    and by its last 30 days for the guard, each besides the window that ends at `until`.
    """
    if window is LedgerWindow.ROLLING_30_DAYS:
        return (stretch_at(window, until, started_at=started_at, zone=zone),)
    if window is LedgerWindow.ROLLING_24H:
        days = stretches(LedgerWindow.CALENDAR_DAY, since, until, started_at=started_at, zone=zone)
        return (*days, stretch_at(window, until, started_at=started_at, zone=zone))
    found: list[Stretch] = []
    # Backwards from the last, so that the bound leaves off the oldest.
    at = max(since, until - datetime.resolution)
    while len(found) < WINDOWS_MAX:
        one = stretch_at(window, at, started_at=started_at, zone=zone)
        found.append(one)
        if one.begins_at <= since or one.begins_at >= at + datetime.resolution:
            break
        at = one.begins_at - datetime.resolution
        if window is LedgerWindow.BLOCK_30_DAYS and at < started_at:
            break
    return tuple(reversed(found))


def unique(rules: Iterable[LedgerRule]) -> tuple[LedgerRule, ...]:
    """Each rule once, in the order they came."""
    return tuple({rule.name: rule for rule in rules}.values())


def walls(rules: Iterable[LedgerRule]) -> tuple[LedgerRule, ...]:
    """The accounts as the dialer keeps them while it runs, where they are a wall to run against.

    It counts live answers and abandoned ones by window (`wall_counts`); the exact formulas are made
    of the stored calls. So the rules of one regime and one window are one, named after both, with
    the lowest of their limits, and with Ofcom's formula where one has it: its share is the highest.
    """
    found: dict[str, LedgerRule] = {}
    for rule in rules:
        name = f"{rule.regime}_{rule.window.value}"
        known = found.get(name)
        limit = rule.limit_ratio if known is None else min(known.limit_ratio, rule.limit_ratio)
        chosen = rule if known is None or rule.formula is Formula.UK_AMD else known
        found[name] = replace(chosen, name=name, limit_ratio=limit)
    return tuple(found.values())
