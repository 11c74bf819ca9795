"""Tariffs are exact, and bills can be computed again from what stands on them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from campaigns.tariff import BadTariff, Tariff, read_tariff
from campaigns.usage import CampaignUsage, Usage, UsageCounts, priced, shares
from campaigns.usage_files import usage_csv

TARIFF = """
currency = "AZN"
per_attempt = "0.01"
per_contact = 0.40
per_minute = "0.06"
per_agent_hour = "9.50"
minute_step_seconds = 60
vat_percent = "18"
"""


def counts(campaign: str = "spring", **changes: int) -> UsageCounts:
    values = {"attempts": 333, "contacts": 41, "talk_seconds": 6100, "agent_seconds": 9017}
    return UsageCounts(campaign_id=1, campaign=campaign, **values | changes)


def bill(*campaigns: CampaignUsage) -> Usage:
    day = datetime(2026, 11, 1, tzinfo=UTC)
    return Usage(client="Acme", since=day, until=day, campaigns=campaigns)


def test_a_bill_is_the_sum_of_its_rounded_lines() -> None:
    tariff = read_tariff(TARIFF)
    assert tariff.per_contact == Decimal("0.40")
    used = priced(counts(), tariff)
    assert [(line.key, str(line.quantity), str(line.amount)) for line in used.lines] == [
        ("per_attempt", "333", "3.33"),
        ("per_contact", "41", "16.40"),
        ("per_minute", "101.67", "6.10"),
        ("per_agent_hour", "2.50", "23.75"),
    ]
    (total,) = bill(used).totals
    assert (total.net, total.vat, total.gross) == (
        Decimal("49.58"), Decimal("8.92"), Decimal("58.50"),
    )  # fmt: skip
    assert "spring,333,41,101.67,2.50,49.58,AZN" in usage_csv(bill(used))


def test_currencies_are_never_added_and_have_their_own_coins() -> None:
    yen = Tariff(currency="JPY", per_attempt=Decimal("0.5"))
    azn = Tariff(currency="AZN", per_attempt=Decimal("0.005"))
    used = bill(
        priced(counts(attempts=5), yen), priced(counts(attempts=1), azn), priced(counts(), None)
    )
    assert [(each.currency, each.net) for each in used.totals] == [
        ("AZN", Decimal("0.01")),
        ("JPY", Decimal("3")),
    ]
    assert used.campaigns[2].amount is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('currency = "manat"', "currency is 'manat'"),
        ("per_minute = true", "per_minute is True"),
        ('per_minute = "-1"', "per_minute is -1"),
        ('per_minute = "NaN"', "per_minute is 'NaN'"),
        ('per_minute = "0.0000001"', "at most 6 digits"),
        ("minute_step_seconds = 7", "minute_step_seconds is 7"),
        ('per_hour = "9"', "There is no 'per_hour'"),
        ("per_minute = ", "cannot be read as TOML"),
    ],
)
def test_mistakes_name_the_key_and_what_is_allowed(change: str, said: str) -> None:
    text = change if change.startswith("currency") else f'currency = "AZN"\n{change}'
    with pytest.raises(BadTariff) as caught:
        read_tariff(text)
    assert said in str(caught.value)


def test_waiting_falls_to_campaigns_as_they_kept_the_team_busy() -> None:
    assert shares([300.0, 100.0], 80.0) == [60.0, 20.0]
    assert shares([0.0, 0.0], 80.0) == [40.0, 40.0]
