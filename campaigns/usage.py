"""What a client is billed for: counted calls and hours, priced by a tariff.

- attempts: tries that reached the network; those our own switch had no room for are not billed.
- contacts: live answers that spoke with an agent.
- minutes: conversations of contacts, each rounded up to the tariff's step.
- agent hours: talk and wrap-up of the campaign, and the share of its team's waiting that falls to
  it: in proportion to talk and wrap-up, where a team works for several campaigns. Pauses are not
  billed.

A call counts on the day it was written, so a month's calls are billed once and only once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from campaigns.tariff import Tariff

_MINUTE, _HOUR = Decimal(60), Decimal(3600)
_HOURS_STEP = Decimal("0.01")
"""Hours and minutes are billed as they are shown: what is on the bill can be computed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageCounts:
    """What was counted of one campaign in one period."""

    campaign_id: int
    campaign: str
    attempts: int
    contacts: int
    talk_seconds: int
    """Of contacts, each rounded up to the tariff's step."""
    agent_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """One line of a bill."""

    key: str
    """per_attempt, per_contact, per_minute or per_agent_hour."""
    quantity: Decimal
    price: Decimal
    amount: Decimal
    """quantity times price, rounded to the currency's coins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignUsage:
    """One campaign's part of a bill."""

    counts: UsageCounts
    tariff: Tariff | None
    """None: no price was agreed; the counts stand alone."""
    lines: tuple[UsageLine, ...]

    @property
    def minutes(self) -> Decimal:
        """Of conversation, to the hundredth."""
        return in_minutes(self.counts.talk_seconds)

    @property
    def agent_hours(self) -> Decimal:
        """To the hundredth."""
        return in_hours(self.counts.agent_seconds)

    @property
    def amount(self) -> Decimal | None:
        """The lines' sum; None without a tariff."""
        return (
            None if self.tariff is None else sum((each.amount for each in self.lines), Decimal(0))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What is to be paid in one currency."""

    currency: str
    net: Decimal
    vat: Decimal
    """Of each rate's net, rounded to the currency's coins."""

    @property
    def gross(self) -> Decimal:
        """Both."""
        return self.net + self.vat


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A client's use of [since, until)."""

    client: str
    since: datetime
    until: datetime
    campaigns: tuple[CampaignUsage, ...]

    @property
    def totals(self) -> tuple[Total, ...]:
        """One for each currency that campaigns are billed in, by its code."""
        nets: dict[tuple[str, Decimal], tuple[Decimal, Tariff]] = {}
        for each in self.campaigns:
            if each.tariff is not None and each.amount is not None:
                key = (each.tariff.currency, each.tariff.vat_percent)
                net, _ = nets.get(key, (Decimal(0), each.tariff))
                nets[key] = (net + each.amount, each.tariff)
        sums: dict[str, tuple[Decimal, Decimal]] = {}
        for (currency, percent), (net, tariff) in nets.items():
            before, vat = sums.get(currency, (Decimal(0), Decimal(0)))
            sums[currency] = (before + net, vat + tariff.rounded(net * percent / 100))
        return tuple(
            Total(currency=currency, net=net, vat=vat)
            for currency, (net, vat) in sorted(sums.items())
        )


def priced(counts: UsageCounts, tariff: Tariff | None) -> CampaignUsage:
    """The counts with their prices; lines of things that cost nothing are left out."""
    lines: list[UsageLine] = []
    if tariff is not None:
        quantities = (
            ("per_attempt", Decimal(counts.attempts), tariff.per_attempt),
            ("per_contact", Decimal(counts.contacts), tariff.per_contact),
            ("per_minute", in_minutes(counts.talk_seconds), tariff.per_minute),
            ("per_agent_hour", in_hours(counts.agent_seconds), tariff.per_agent_hour),
        )
        lines = [
            UsageLine(
                key=key,
                quantity=quantity,
                price=price,
                amount=tariff.rounded(quantity * price),
            )
            for key, quantity, price in quantities
            if price
        ]
    return CampaignUsage(counts=counts, tariff=tariff, lines=tuple(lines))


def shares(busy_seconds: Sequence[float], waiting_seconds: float) -> list[float]:
    """A team's waiting, split by how busy its campaigns kept it; evenly where none did."""
    total = sum(busy_seconds)
    if not total:
        return [waiting_seconds / len(busy_seconds)] * len(busy_seconds)
    return [waiting_seconds * each / total for each in busy_seconds]


def in_minutes(seconds: int) -> Decimal:
    """To the hundredth."""
    return (Decimal(seconds) / _MINUTE).quantize(_HOURS_STEP)


def in_hours(seconds: int) -> Decimal:
    """To the hundredth."""
    return (Decimal(seconds) / _HOUR).quantize(_HOURS_STEP)
