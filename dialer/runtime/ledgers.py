"""The abandonment ledgers of a campaign: which windows there are, and where each begins and ends.

`campaign` runs from the campaign's first start and never closes (16 CFR 310.4(b)(4)(i) counts by
campaign). `day` is a calendar day where the campaign is, from midnight to midnight, as Ofcom's
policy on persistent misuse counts.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from dialer.engine.events import LedgerOpened
from dialer.engine.ids import CampaignId, LedgerName
from dialer.runtime.instants import to_datetime, to_unix

CAMPAIGN_LEDGER = LedgerName("campaign")
DAY_LEDGER = LedgerName("day")

Counts = Callable[[CampaignId, datetime, datetime], Awaitable[tuple[int, int]]]
"""(live answers, abandoned) of the attempts answered from one instant until before the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRules:
    """What one campaign's ledgers follow."""

    limit_ratio: float
    zone: ZoneInfo
    since: float
    """Unix seconds of the campaign's first start."""


def day_window(at: float, zone: ZoneInfo) -> tuple[float, float]:
    """The calendar day of `zone` that holds the instant `at`: its beginning, and the next one's."""
    date = to_datetime(at).astimezone(zone).date()
    first = datetime.combine(date, time(), tzinfo=zone)
    after = datetime.combine(date + timedelta(days=1), time(), tzinfo=zone)
    return to_unix(first), to_unix(after)


class Ledgers:
    """Opens ledgers: with what the store holds at start, with zero when a window rolls over."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._rules: dict[CampaignId, LedgerRules] = {}

    async def restore(
        self, campaign_id: CampaignId, rules: LedgerRules, *, now: float
    ) -> tuple[LedgerOpened, ...]:
        """Open a campaign's ledgers for the first time in this process, and only then.

        The engine adds these counts to its own.
        """
        self._rules[campaign_id] = rules
        day_begins, day_ends = day_window(now, rules.zone)
        windows = (
            (CAMPAIGN_LEDGER, min(rules.since, now), None),
            (DAY_LEDGER, day_begins, day_ends),
        )
        opened = []
        for ledger, since, ends_at in windows:
            live_answers, abandoned = await self._counts(
                campaign_id, to_datetime(since), to_datetime(now)
            )
            opened.append(
                LedgerOpened(
                    campaign_id=campaign_id,
                    ledger=ledger,
                    limit_ratio=rules.limit_ratio,
                    ends_at=ends_at,
                    live_answers=live_answers,
                    abandoned=abandoned,
                )
            )
        return tuple(opened)

    def roll_over(self, campaign_id: CampaignId, ledger: LedgerName, *, now: float) -> LedgerOpened:
        """The next window of a ledger whose window is over.

        Its counts are zero and nothing is read from the store: the engine has counted from zero
        since the roll-over, so anything added here would be counted twice.
        """
        rules = self._rules[campaign_id]
        ends_at = day_window(now, rules.zone)[1] if ledger == DAY_LEDGER else None
        return LedgerOpened(
            campaign_id=campaign_id, ledger=ledger, limit_ratio=rules.limit_ratio, ends_at=ends_at
        )

    def change_limit(
        self, campaign_id: CampaignId, limit_ratio: float, *, now: float
    ) -> tuple[LedgerOpened, ...]:
        """The same windows under another limit, after a campaign's settings changed."""
        rules = self._rules[campaign_id]
        self._rules[campaign_id] = LedgerRules(
            limit_ratio=limit_ratio, zone=rules.zone, since=rules.since
        )
        return tuple(
            self.roll_over(campaign_id, one, now=now) for one in (CAMPAIGN_LEDGER, DAY_LEDGER)
        )
