"""Which accounts of abandoned calls one campaign has to keep: its own, and its leads' packs'."""

from collections.abc import Iterable
from datetime import date

from campaigns.campaign_spec import CampaignSpec
from campaigns.intervals import wilson
from campaigns.ledgers import NO_ESTIMATE, FalsePositives, LedgerRule, own_rules, rule_of, unique
from campaigns.rule_packs.packs import Packs
from campaigns.rule_packs.rules import AbandonmentLedger


def ledger_rules_of(
    spec: CampaignSpec, jurisdictions: Iterable[str], packs: Packs, *, on: date
) -> tuple[LedgerRule, ...]:
    """The campaign's own accounts, then one for each ledger of the packs that apply.

    `jurisdictions` are keys such as "US-FL" or "US-CT,US-NY", one for each place leads may be; an
    empty key, and a campaign without leads, stand for the campaign's own country.
    """
    places = sorted({place or spec.region for place in jurisdictions} or {spec.region})
    found: list[LedgerRule] = []
    for place in places:
        applied = packs.applicable(
            place, purpose=spec.purpose, number_kind=None, on=on, extra=spec.packs
        )
        found.extend(
            rule_of(
                ledger,
                regime=regime_of(ledger),
                limit_ratio=spec.limit_ratio,
                is_signed=bool(spec.limit_signed_by),
            )
            for ledger in applied.ledgers
        )
    return (*own_rules(spec.limit_ratio), *unique(found))


def regime_of(ledger: AbandonmentLedger) -> str:
    """The country the ledger is kept for, as a word such as "us"; "default" for no country.

    A pack names its own country first, and then the territories that follow its law.
    """
    return ledger.jurisdictions[0].country.lower() if ledger.jurisdictions else "default"


def false_positives_of(
    spec: CampaignSpec, *, sampled: int = 0, sampled_people: int = 0
) -> FalsePositives:
    """The campaign's estimate of the classifier's false positives: its own, or what the machines
    given to agents at random have shown, or the strictest.

    Of a sample the upper end of its interval is taken: with few calls that is far from the share
    seen, and it comes nearer as the sample grows.
    """
    if spec.machine_false_positive_ratio is None:
        if sampled:
            return FalsePositives(
                ratio=wilson(sampled_people, sampled)[1],
                reason=f"{sampled_people:,} of {sampled:,} machine verdicts given to agents at "
                "random were people; the upper end of the 95 % interval",
            )
        return NO_ESTIMATE
    return FalsePositives(
        ratio=spec.machine_false_positive_ratio, reason=spec.machine_false_positive_reason
    )
