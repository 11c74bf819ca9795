"""The windows abandonment is counted over, and what is in them, from the attempts alone."""

from datetime import datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from campaigns.reports.figures import LedgerFigures
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store

BLOCK = timedelta(days=30)
"""16 CFR 310.4(b)(4)(i): each successive 30-day period, or portion of one; never rolling."""
_DAYS_SHOWN_MAX = 31
"""A month of days is what a table bears; a longer period shows its last month."""
_FAR = timedelta(days=3650)


async def read_ledgers(
    store: Store,
    campaign: CampaignRow,
    *,
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
    now: datetime,
) -> tuple[LedgerFigures, ...]:
    """The campaign as a whole, its 30-day blocks and the days that touch [since, until)."""
    begin = min(campaign.started_at or campaign.created_at, since)
    whole = await store.reports.ledgers(campaign.id, (begin, max(now, until) + _FAR))
    found = [
        LedgerFigures(
            name="Whole campaign",
            begins_at=begin,
            ends_at=None,
            live_answers=whole[0].live_answers,
            abandoned=whole[0].abandoned,
        )
    ]
    blocks = _blocks(begin, until)
    for number, ledger in enumerate(await _between(store, campaign, blocks), start=1):
        if ledger.ends_at is not None and ledger.ends_at > since:
            found.append(_named(ledger, f"30-day block {number}"))
    days = _days(since, until, zone)
    for ledger in await _between(store, campaign, days):
        local = ledger.begins_at.astimezone(zone)
        found.append(_named(ledger, f"{local:%A} {local.day} {local:%b}"))
    return tuple(found)


async def _between(
    store: Store, campaign: CampaignRow, edges: list[datetime]
) -> list[LedgerFigures]:
    counts = await store.reports.ledgers(campaign.id, edges)
    return [
        LedgerFigures(
            name="",
            begins_at=begins_at,
            ends_at=ends_at,
            live_answers=count.live_answers,
            abandoned=count.abandoned,
        )
        for (begins_at, ends_at), count in zip(pairwise(edges), counts, strict=True)
    ]


def _named(ledger: LedgerFigures, name: str) -> LedgerFigures:
    return LedgerFigures(
        name=name,
        begins_at=ledger.begins_at,
        ends_at=ledger.ends_at,
        live_answers=ledger.live_answers,
        abandoned=ledger.abandoned,
    )


def _blocks(begin: datetime, until: datetime) -> list[datetime]:
    count = max(1, -(-(until - begin) // BLOCK))
    return [begin + BLOCK * number for number in range(count + 1)]


def _days(since: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """Local midnights around the period, at most the last `_DAYS_SHOWN_MAX` days of it."""
    # The instant before the end: a period that ends at midnight has no part of the next day.
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    first = max(since.astimezone(zone).date(), last - timedelta(days=_DAYS_SHOWN_MAX - 1))
    dates = [first + timedelta(days=n) for n in range((last - first).days + 2)]
    return [datetime.combine(date, time(), zone) for date in dates]
