"""The regulators' figures of one campaign: each account in each of its windows, with both sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from campaigns.ledger_rules import false_positives_of
from campaigns.ledgers import CallCounts, LedgerRule, Rate, Stretch, rate, stretches
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One line: a rule, one of its windows, and what is in it."""

    rule: LedgerRule
    stretch: Stretch
    counts: CallCounts
    rate: Rate

    @property
    def is_over(self) -> bool:
        """True when the rate is above the limit; a window without calls is never over."""
        return self.rate.numerator > self.rule.limit_ratio * self.rate.denominator


async def read_accounts(
    store: Store,
    campaign: CampaignRow,
    *,
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
    regimes: Sequence[str] = (),
) -> tuple[Account, ...]:
    """Every account of the campaign in the windows that touch [since, until), oldest first.

    `regimes` keeps only those; empty keeps all. The rules are those that hold on the last day.
    """
    rules = await store.ledgers.rules(campaign, on=until.astimezone(UTC).date())
    started_at = campaign.started_at or campaign.created_at
    screened = await store.screening.counts(campaign.id, min(started_at, since), until)
    false_positives = false_positives_of(
        campaign.spec, sampled=screened.sampled, sampled_people=screened.sampled_people
    )
    accounts: list[Account] = []
    for rule in rules:
        if regimes and rule.regime not in regimes:
            continue
        windows = stretches(rule.window, since, until, started_at=started_at, zone=zone)
        counted = await store.ledgers.counts(campaign.id, rule.formula, windows)
        accounts.extend(
            Account(
                rule=rule,
                stretch=window,
                counts=counts,
                rate=rate(rule.formula, counts, false_positives),
            )
            for window, counts in zip(windows, counted, strict=True)
            if rule.formula.applies_to(counts)
        )
    return tuple(accounts)
