"""The abandonment ledgers of a campaign: which windows there are, and where each begins and ends.

`campaign` runs from the campaign's first start and never closes (16 CFR 310.4(b)(4)(i) counts by
campaign). `day` is a calendar day where the campaign is, from midnight to midnight, as Ofcom's
policy on persistent misuse counts. Besides these there is one for each account that the rule packs
of the campaign's leads ask for: 30-day blocks, calendar months, 24 hours.

**Rolling windows.** The engine counts in windows that end. So a window of the last 24 hours, say,
is opened to the next full hour with what the store holds of the 24 hours before, and again at each
full hour: at any moment it holds at least the last 24 hours, and up to 25. A call that was answered
before the hour and settled after it is missing until the next hour, when it is read with the rest.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.ledgers import (
    NO_ESTIMATE,
    CallCounts,
    FalsePositives,
    Formula,
    LedgerRule,
    LedgerWindow,
    own_rules,
    stretch_at,
    wall_counts,
)
from dialer.engine.commands import RecordCall
from dialer.engine.events import LedgerOpened
from dialer.engine.ids import CampaignId, LedgerName
from dialer.runtime.instants import to_datetime, to_unix
from dialer.runtime.ledger_corrections import OFCOM, Corrections

CAMPAIGN_LEDGER = LedgerName("campaign")
DAY_LEDGER = LedgerName("day")
_HOUR = timedelta(hours=1)

Counts = Callable[[CampaignId, Formula, datetime, datetime], Awaitable[CallCounts]]
"""What the formula needs of the attempts answered from one instant until before the other."""
Packs = Callable[[CampaignId], Awaitable[Sequence[LedgerRule]]]
"""The accounts that the rule packs of the campaign's leads ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRules:
    """What one campaign's ledgers follow."""

    limit_ratio: float
    zone: ZoneInfo
    since: float
    """Unix seconds of the campaign's first start."""
    packs: tuple[LedgerRule, ...] = ()
    """What the rule packs of its leads add to the campaign's own two."""
    false_positives: FalsePositives = NO_ESTIMATE
    """Of the campaign's classifier, for the regulators who count them."""

    @property
    def all(self) -> tuple[LedgerRule, ...]:
        """The campaign's own first; `dialer status` shows them in this order."""
        own = [
            rule
            for rule in own_rules(self.limit_ratio)
            if rule.name in (CAMPAIGN_LEDGER, DAY_LEDGER)
        ]
        names = {rule.name for rule in own}
        return (
            *own,
            *(
                replace(rule, limit_ratio=min(rule.limit_ratio, self.limit_ratio))
                for rule in self.packs
                if rule.name not in names
            ),
        )


def day_window(at: float, zone: ZoneInfo) -> tuple[float, float]:
    """The calendar day of `zone` that holds the instant `at`: its beginning, and the next one's."""
    day = stretch_at(
        LedgerWindow.CALENDAR_DAY, to_datetime(at), started_at=to_datetime(at), zone=zone
    )
    assert day.ends_at is not None, "a day ends"
    return to_unix(day.begins_at), to_unix(day.ends_at)


def open_window(
    window: LedgerWindow, *, now: float, since: float, zone: ZoneInfo
) -> tuple[float, float | None]:
    """From where the window open at `now` counts, and when the engine has to open the next one.

    A rolling window counts from its whole length ago and is opened again at the next full hour.
    """
    at = to_datetime(now)
    if window.rolling is not None:
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return to_unix(at - window.rolling), to_unix(hour + _HOUR)
    stretch = stretch_at(window, at, started_at=to_datetime(since), zone=zone)
    ends_at = None if stretch.ends_at is None else to_unix(stretch.ends_at)
    return to_unix(stretch.begins_at), ends_at


class Ledgers:
    """Opens ledgers: with what the store holds at start, with zero when a window rolls over."""

    def __init__(self, counts: Counts, packs: Packs | None = None) -> None:
        self._counts = counts
        self._packs = packs
        self._rules: dict[CampaignId, LedgerRules] = {}
        self._corrections: dict[tuple[CampaignId, LedgerName], Corrections] = {}
        """Of the ledgers whose regulator counts what the engine does not."""
        self._asked: dict[tuple[CampaignId, LedgerName], float] = {}
        """Rolling windows whose past has to be read, and the instant they were opened at. At most
        one entry a ledger: an hour is far longer than a read."""
        self._has_asked = asyncio.Event()

    async def restore(
        self, campaign_id: CampaignId, rules: LedgerRules, *, now: float
    ) -> tuple[LedgerOpened, ...]:
        """Open a campaign's ledgers for the first time in this process, and only then.

        The engine adds these counts to its own.
        """
        self._rules[campaign_id] = rules = await self._with_packs(campaign_id, rules)
        return tuple([await self._restored(campaign_id, rule, now=now) for rule in rules.all])

    async def refresh(
        self, campaign_id: CampaignId, rules: LedgerRules, *, now: float
    ) -> tuple[LedgerOpened, ...]:
        """What has changed since: an account that leads of another country ask for is opened with
        its past, and other limits hold at once. An account nobody asks for any more stays until the
        process ends; it can only be too careful."""
        before = self._rules[campaign_id]
        known = {rule.name: rule for rule in before.all}
        rules = await self._with_packs(campaign_id, rules)
        asked = {rule.name for rule in rules.packs}
        kept = tuple(rule for rule in before.packs if rule.name not in asked)
        rules = replace(rules, packs=(*rules.packs, *kept))
        self._rules[campaign_id] = rules
        opened = []
        for rule in rules.all:
            if rule.name not in known:
                opened.append(await self._restored(campaign_id, rule, now=now))
            elif rule.limit_ratio != known[rule.name].limit_ratio:
                opened.append(self._opened(campaign_id, rule, now=now))
        return tuple(opened)

    def roll_over(self, campaign_id: CampaignId, ledger: LedgerName, *, now: float) -> LedgerOpened:
        """The next window of a ledger whose window is over.

        Its counts are zero: the engine has counted from zero since the roll-over, so anything that
        happened since would be counted twice. What a rolling window holds from before is read by
        `run` and added in an event of its own.
        """
        rule = self._rule(campaign_id, ledger)
        if rule.window.rolling is not None:
            self._asked[campaign_id, ledger] = now
            self._has_asked.set()
        self._correct(campaign_id, rule, opened_at=now)
        return self._opened(campaign_id, rule, now=now)

    def note(self, record: RecordCall, *, now: float) -> tuple[LedgerOpened, ...]:
        """What a call that has ended adds to ledgers beside what the engine counted."""
        events = []
        for (campaign_id, ledger), corrections in self._corrections.items():
            if campaign_id != record.campaign_id:
                continue
            live_answers, abandoned = corrections.of(record)
            if live_answers or abandoned:
                opened = self._opened(campaign_id, self._rule(campaign_id, ledger), now=now)
                events.append(replace(opened, live_answers=live_answers, abandoned=abandoned))
        return tuple(events)

    async def run(self, post: Callable[[LedgerOpened], None]) -> None:
        """Read the past of windows that were opened without it, and tell the engine. Never ends."""
        while True:
            await self._has_asked.wait()
            self._has_asked.clear()
            asked, self._asked = self._asked, {}
            for (campaign_id, ledger), opened_at in asked.items():
                post(await self.past_of(campaign_id, ledger, opened_at=opened_at))

    async def past_of(
        self, campaign_id: CampaignId, ledger: LedgerName, *, opened_at: float
    ) -> LedgerOpened:
        """What the store holds of a window from before the instant it was opened at."""
        rule = self._rule(campaign_id, ledger)
        return await self._with_past(campaign_id, rule, now=opened_at)

    async def _with_packs(self, campaign_id: CampaignId, rules: LedgerRules) -> LedgerRules:
        if self._packs is None:
            return rules
        return replace(rules, packs=tuple(await self._packs(campaign_id)))

    async def _restored(
        self, campaign_id: CampaignId, rule: LedgerRule, *, now: float
    ) -> LedgerOpened:
        # From before the read, so that a call which ends meanwhile is missed by neither.
        self._correct(campaign_id, rule, opened_at=now)
        return await self._with_past(campaign_id, rule, now=now)

    async def _with_past(
        self, campaign_id: CampaignId, rule: LedgerRule, *, now: float
    ) -> LedgerOpened:
        rules = self._rules[campaign_id]
        since, _ = open_window(rule.window, now=now, since=rules.since, zone=rules.zone)
        counts = await self._counts(campaign_id, rule.formula, to_datetime(since), to_datetime(now))
        live_answers, abandoned = wall_counts(rule.formula, counts, rules.false_positives)
        return replace(
            self._opened(campaign_id, rule, now=now),
            live_answers=live_answers,
            abandoned=abandoned,
        )

    def _correct(self, campaign_id: CampaignId, rule: LedgerRule, *, opened_at: float) -> None:
        if rule.formula in OFCOM:
            self._corrections[campaign_id, LedgerName(rule.name)] = Corrections(
                opened_at=opened_at,
                false_positives=self._rules[campaign_id].false_positives,
            )

    def _rule(self, campaign_id: CampaignId, ledger: LedgerName) -> LedgerRule:
        return {rule.name: rule for rule in self._rules[campaign_id].all}[ledger]

    def _opened(self, campaign_id: CampaignId, rule: LedgerRule, *, now: float) -> LedgerOpened:
        rules = self._rules[campaign_id]
        _, ends_at = open_window(rule.window, now=now, since=rules.since, zone=rules.zone)
        return LedgerOpened(
            campaign_id=campaign_id,
            ledger=LedgerName(rule.name),
            limit_ratio=rule.limit_ratio,
            ends_at=ends_at,
        )
