"""Windows of the abandonment ledgers."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from campaigns.ledgers import CallCounts, Formula, LedgerRule, LedgerWindow
from dialer.engine.events import LedgerOpened
from dialer.engine.ids import CampaignId, LedgerName
from dialer.engine.ledger import Ledgers as EngineLedgers
from dialer.runtime.ledgers import CAMPAIGN_LEDGER, DAY_LEDGER, LedgerRules, Ledgers, day_window

NEW_YORK = ZoneInfo("America/New_York")
ONE = CampaignId(1)


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_a_day_is_from_midnight_to_midnight_where_the_campaign_is() -> None:
    begins, ends = day_window(at("2026-06-10T03:00:00+00:00"), NEW_YORK)
    assert begins == at("2026-06-09T00:00:00-04:00")
    assert ends == at("2026-06-10T00:00:00-04:00")


def test_the_days_of_the_clock_change_have_23_and_25_hours() -> None:
    begins, ends = day_window(at("2026-03-08T12:00:00-04:00"), NEW_YORK)
    assert (ends - begins) / 3600 == 23
    begins, ends = day_window(at("2026-11-01T12:00:00-05:00"), NEW_YORK)
    assert (ends - begins) / 3600 == 25


async def test_ledgers_open_with_what_the_store_holds_and_roll_over_with_nothing() -> None:
    asked: list[tuple[datetime, datetime]] = []

    async def counts(
        campaign: CampaignId, formula: Formula, since: datetime, until: datetime
    ) -> CallCounts:
        asked.append((since, until))
        first = len(asked) == 1
        return CallCounts(live_answers=40 if first else 10, abandoned=1 if first else 0)

    ledgers = Ledgers(counts)
    now = at("2026-06-10T16:00:00+00:00")
    rules = LedgerRules(limit_ratio=0.03, zone=NEW_YORK, since=at("2026-06-01T00:00:00+00:00"))
    campaign, day = await ledgers.restore(ONE, rules, now=now)
    assert asked == [
        (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 10, 16, tzinfo=UTC)),
        (datetime(2026, 6, 10, 4, tzinfo=UTC), datetime(2026, 6, 10, 16, tzinfo=UTC)),
    ]
    assert (campaign.ledger, campaign.live_answers, campaign.abandoned) == (CAMPAIGN_LEDGER, 40, 1)
    assert campaign.ends_at is None
    assert (day.ledger, day.live_answers, day.abandoned) == (DAY_LEDGER, 10, 0)
    assert day.ends_at == at("2026-06-11T00:00:00-04:00")
    rolled = ledgers.roll_over(ONE, DAY_LEDGER, now=day.ends_at)
    assert (rolled.live_answers, rolled.abandoned) == (0, 0)
    assert rolled.ends_at == at("2026-06-12T00:00:00-04:00")
    assert rolled.limit_ratio == 0.03
    assert len(asked) == 2


# ---- what the packs ask for ---------------------------------------------------------------------
def pack_rule(window: LedgerWindow, *, limit_ratio: float = 0.05) -> LedgerRule:
    return LedgerRule(
        name=f"xx_{window.value}",
        regime="xx",
        title="A test",
        formula=Formula.LIVE_ANSWERS,
        window=window,
        limit_ratio=limit_ratio,
        citation="none",
    )


def rules_with(*windows: LedgerWindow) -> LedgerRules:
    return LedgerRules(
        limit_ratio=0.03,
        zone=NEW_YORK,
        since=at("2026-06-01T09:30:00+00:00"),
        packs=tuple(pack_rule(window) for window in windows),
    )


class Store:
    """Answers every question with one live answer for each hour asked about."""

    def __init__(self) -> None:
        self.asked: list[tuple[datetime, datetime]] = []

    async def counts(
        self, campaign: CampaignId, formula: Formula, since: datetime, until: datetime
    ) -> CallCounts:
        self.asked.append((since, until))
        hours = round((until - since).total_seconds() / 3600)
        return CallCounts(live_answers=hours, abandoned=1)


async def test_a_month_and_a_block_end_where_their_law_says() -> None:
    ledgers = Ledgers(Store().counts)
    now = at("2026-07-15T16:00:00+00:00")
    opened = await ledgers.restore(
        ONE, rules_with(LedgerWindow.CALENDAR_MONTH, LedgerWindow.BLOCK_30_DAYS), now=now
    )
    _, _, month, block = opened
    assert month.ends_at == at("2026-08-01T00:00:00-04:00")
    # From midnight of the first in New York, four hours behind UTC.
    assert month.live_answers == 14 * 24 + 12
    # The second block of thirty days: 1 July, half past nine, to 31 July.
    assert block.ends_at == at("2026-07-31T09:30:00+00:00")
    assert {one.limit_ratio for one in opened} == {0.03}
    rolled = ledgers.roll_over(ONE, block.ledger, now=block.ends_at)
    assert (rolled.live_answers, rolled.abandoned) == (0, 0)
    assert rolled.ends_at == at("2026-08-30T09:30:00+00:00")


async def test_a_rolling_window_is_opened_again_at_each_full_hour_with_its_past() -> None:
    store = Store()
    ledgers = Ledgers(store.counts)
    now = at("2026-07-15T16:20:00+00:00")
    opened = await ledgers.restore(ONE, rules_with(LedgerWindow.ROLLING_24H), now=now)
    rolling = opened[-1]
    assert rolling.ends_at == at("2026-07-15T17:00:00+00:00")
    assert (rolling.live_answers, rolling.abandoned) == (24, 1)
    posted: asyncio.Queue[LedgerOpened] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(ledgers.run(posted.put_nowait))
        rolled = ledgers.roll_over(ONE, rolling.ledger, now=rolling.ends_at)
        # At once with nothing, so that the engine has a window; then what the store holds.
        assert (rolled.live_answers, rolled.ends_at) == (0, at("2026-07-15T18:00:00+00:00"))
        past = await posted.get()
        serving.cancel()
    assert store.asked[-1] == (
        datetime(2026, 7, 14, 17, tzinfo=UTC),
        datetime(2026, 7, 15, 17, tzinfo=UTC),
    )
    assert (past.ledger, past.live_answers, past.ends_at) == (rolling.ledger, 24, rolled.ends_at)


async def test_the_engine_holds_the_last_day_after_a_rolling_window_was_opened_again() -> None:
    store = Store()
    ledgers = Ledgers(store.counts)
    now = at("2026-07-15T16:20:00+00:00")
    engine = EngineLedgers()
    for event in await ledgers.restore(ONE, rules_with(LedgerWindow.ROLLING_24H), now=now):
        engine.open(event, now=now)
    window = engine.windows[LedgerName("xx_rolling_24h")]
    engine.count_live()
    assert window.live_answers == 25
    assert window.ends_at is not None
    hour = window.ends_at
    window.roll(hour)
    engine.open(ledgers.roll_over(ONE, window.ledger, now=hour), now=hour)
    engine.count_live()
    past = await ledgers.past_of(ONE, window.ledger, opened_at=hour)
    engine.open(past, now=hour + 1)
    assert (window.live_answers, window.abandoned) == (25, 1)


async def test_a_changed_limit_holds_for_every_ledger_but_lifts_no_packs_own() -> None:
    ledgers = Ledgers(Store().counts)
    rules = LedgerRules(
        limit_ratio=0.02,
        zone=NEW_YORK,
        since=at("2026-06-01T00:00:00+00:00"),
        packs=(pack_rule(LedgerWindow.CALENDAR_MONTH, limit_ratio=0.01),),
    )
    now = at("2026-07-15T16:20:00+00:00")
    await ledgers.restore(ONE, rules, now=now)
    opened = await ledgers.refresh(ONE, replace(rules, limit_ratio=0.03), now=now)
    # The pack's own is lower still, and as it was.
    assert [(one.ledger, one.limit_ratio) for one in opened] == [
        (CAMPAIGN_LEDGER, 0.03), (DAY_LEDGER, 0.03),
    ]  # fmt: skip
    assert [(one.live_answers, one.abandoned) for one in opened] == [(0, 0)] * 2


async def test_what_the_packs_ask_for_is_read_when_the_campaign_opens() -> None:
    async def packs(campaign: CampaignId) -> tuple[LedgerRule, ...]:
        assert campaign == ONE
        return (pack_rule(LedgerWindow.CALENDAR_MONTH),)

    ledgers = Ledgers(Store().counts, packs)
    rules = LedgerRules(limit_ratio=0.03, zone=NEW_YORK, since=at("2026-06-01T00:00:00+00:00"))
    opened = await ledgers.restore(ONE, rules, now=at("2026-07-15T16:20:00+00:00"))
    assert [one.ledger for one in opened] == ["campaign", "day", "xx_calendar_month"]


async def test_leads_of_another_country_open_their_account_with_its_past() -> None:
    wanted = [pack_rule(LedgerWindow.CALENDAR_MONTH)]

    async def packs(campaign: CampaignId) -> tuple[LedgerRule, ...]:
        return tuple(wanted)

    ledgers = Ledgers(Store().counts, packs)
    rules = LedgerRules(limit_ratio=0.03, zone=NEW_YORK, since=at("2026-06-01T00:00:00+00:00"))
    now = at("2026-07-15T16:20:00+00:00")
    await ledgers.restore(ONE, rules, now=now)
    assert await ledgers.refresh(ONE, rules, now=now) == ()

    wanted[:] = [pack_rule(LedgerWindow.ROLLING_24H, limit_ratio=0.0)]
    (opened,) = await ledgers.refresh(ONE, rules, now=now)

    assert (opened.ledger, opened.limit_ratio) == ("xx_rolling_24h", 0.0)
    assert (opened.live_answers, opened.abandoned) == (24, 1)
    # The month that nobody asks for any more is still kept, and rolls over.
    rolled = ledgers.roll_over(ONE, LedgerName("xx_calendar_month"), now=now)
    assert rolled.ends_at == at("2026-08-01T00:00:00-04:00")
