"""Windows of the abandonment ledgers."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dialer.engine.ids import CampaignId
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

    async def counts(campaign: CampaignId, since: datetime, until: datetime) -> tuple[int, int]:
        asked.append((since, until))
        return (40, 1) if len(asked) == 1 else (10, 0)

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
