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

from campaigns.ledgers import LedgerRule, LedgerWindow, own_rules, stretch_at
from dialer.engine.events import LedgerOpened
from dialer.engine.ids import CampaignId, LedgerName
from dialer.runtime.instants import to_datetime, to_unix

CAMPAIGN_LEDGER = LedgerName("campaign")
DAY_LEDGER = LedgerName("day")
_HOUR = timedelta(hours=1)

Counts = Callable[[CampaignId, datetime, datetime], Awaitable[tuple[int, int]]]
"""(live answers, abandoned) of the attempts answered from one instant until before the other."""
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
        if self._packs is not None:
            rules = replace(rules, packs=tuple(await self._packs(campaign_id)))
        self._rules[campaign_id] = rules
        opened = []
        for rule in rules.all:
            since, ends_at = open_window(rule.window, now=now, since=rules.since, zone=rules.zone)
            live_answers, abandoned = await self._counts(
                campaign_id, to_datetime(since), to_datetime(now)
            )
            opened.append(
                LedgerOpened(
                    campaign_id=campaign_id,
                    ledger=LedgerName(rule.name),
                    limit_ratio=rule.limit_ratio,
                    ends_at=ends_at,
                    live_answers=live_answers,
                    abandoned=abandoned,
                )
            )
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
        return self._opened(campaign_id, rule, now=now)

    def change_limit(
        self, campaign_id: CampaignId, limit_ratio: float, *, now: float
    ) -> tuple[LedgerOpened, ...]:
        """The same windows under another limit, after a campaign's settings changed.

        Which windows there are is decided once for a process: leads of another country, or a
        signed limit, count from its next start on.
        """
        self._rules[campaign_id] = replace(self._rules[campaign_id], limit_ratio=limit_ratio)
        return tuple(
            self._opened(campaign_id, rule, now=now) for rule in self._rules[campaign_id].all
        )

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
        rules = self._rules[campaign_id]
        rule = self._rule(campaign_id, ledger)
        since, _ = open_window(rule.window, now=opened_at, since=rules.since, zone=rules.zone)
        live_answers, abandoned = await self._counts(
            campaign_id, to_datetime(since), to_datetime(opened_at)
        )
        return replace(
            self._opened(campaign_id, rule, now=opened_at),
            live_answers=live_answers,
            abandoned=abandoned,
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
