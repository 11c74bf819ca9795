"""Example cases of a pack, and what the rules say about them.

They are written beside the rules by whoever wrote those, so that a mistake in either shows. The
calling hours of the campaign are taken as all day every day: an example is about the law alone.
"""

import enum
from dataclasses import dataclass
from datetime import datetime

from campaigns.attempt_limits import After, cool_down_verdict, verdict
from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import Purpose
from campaigns.jurisdictions import Jurisdiction
from campaigns.number_plans import PhoneKind
from campaigns.rule_packs.applied import Applied
from campaigns.rule_packs.rules import AttemptLimitRule

ALL_DAY = CallingHours.parse(["daily 00:00-24:00"])


@enum.unique
class Expect(enum.StrEnum):
    """What an example says."""

    OPEN = "open"
    CLOSED = "closed"
    CONSENT = "consent"
    NO_CONSENT = "no_consent"
    """No consent is needed."""
    LIST = "list"
    NO_LIST = "no_list"
    LIMITED = "limited"
    """With `past` attempts written, one more is too many."""
    NOT_LIMITED = "not_limited"
    COOLING = "cooling"
    """`after` the event of the first `past` instant no call may be made."""
    RESTED = "rested"
    PROGRESSIVE = "progressive"
    NOT_PROGRESSIVE = "not_progressive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One case. Instants are aware."""

    pack: str
    at: datetime
    zones: tuple[str, ...]
    jurisdictions: tuple[Jurisdiction, ...]
    purpose: Purpose
    number_kind: PhoneKind | None
    expect: Expect
    reason: str | None
    """Id of the rule that decides; None where the answer is that none does."""
    because: str
    past: tuple[datetime, ...]
    after: After | None


def judge(example: Example, applied: Applied) -> tuple[Expect, frozenset[str]]:
    """What the rules say where `example` asks, and the ids of the rules that say it.

    `applied` must be what Packs.applicable gives for the example's place, purpose and day.
    """
    match example.expect:
        case Expect.OPEN | Expect.CLOSED:
            window = applied.window(ALL_DAY)
            closed = window.why_closed(example.at, example.zones)
            is_open = window.is_open(example.at, example.zones)
            return (
                Expect.OPEN if is_open else Expect.CLOSED,
                frozenset(each.rule_id for each in closed),
            )
        case Expect.CONSENT | Expect.NO_CONSENT:
            ids = frozenset(rule.id for rule in applied.consents)
            return (Expect.CONSENT if ids else Expect.NO_CONSENT, ids)
        case Expect.LIST | Expect.NO_LIST:
            ids = frozenset(rule.id for rule in applied.national_lists)
            return (Expect.LIST if ids else Expect.NO_LIST, ids)
        case Expect.LIMITED | Expect.NOT_LIMITED:
            ids = _limits_reached(example, applied)
            return (Expect.LIMITED if ids else Expect.NOT_LIMITED, ids)
        case Expect.COOLING | Expect.RESTED:
            ids = _still_cooling(example, applied)
            return (Expect.COOLING if ids else Expect.RESTED, ids)
        case Expect.PROGRESSIVE | Expect.NOT_PROGRESSIVE:
            rule = applied.progressive_only
            if rule is None:
                return Expect.NOT_PROGRESSIVE, frozenset()
            return Expect.PROGRESSIVE, frozenset([rule.id])


def _limits_reached(example: Example, applied: Applied) -> frozenset[str]:
    return frozenset(
        rule.id
        for rule in applied.rules
        if isinstance(rule, AttemptLimitRule)
        and not verdict(rule.limit, example.past, example.at, example.zones).is_allowed
    )


def _still_cooling(example: Example, applied: Applied) -> frozenset[str]:
    return frozenset(
        rule.id
        for rule in applied.cool_down_rules
        if rule.cool_down.after == example.after
        and not cool_down_verdict(
            rule.cool_down, example.past, example.at, example.zones
        ).is_allowed
    )
