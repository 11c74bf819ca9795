"""The rules a pack can hold, as values. Their file form is read by campaigns/rule_packs/reading.py.

Every rule says where it comes from: the citation, a mark telling law from policy, and the dates it
holds. A mark of "starred" means that the text was not read at its source, or can be read in two
ways; the stricter choice is encoded and a lawyer should look.
"""

import enum
from dataclasses import dataclass
from datetime import date

from campaigns.attempt_limits import AttemptLimit, CoolDown
from campaigns.calling_hours import Weekly
from campaigns.campaign_spec import Purpose
from campaigns.jurisdictions import Jurisdiction
from campaigns.number_plans import PhoneKind


@enum.unique
class Mark(enum.StrEnum):
    """What stands behind a rule."""

    LAW = "law"
    """A statute, a regulation, or a regulator's published reading of it."""
    POLICY = "policy"
    """No rule was found; a cautious choice of this project."""
    STARRED = "starred"
    """Law not verified against its text, or doubtful; the stricter choice."""


@enum.unique
class LedgerWindow(enum.StrEnum):
    """The stretch of time an abandonment share is counted over."""

    ROLLING_24H = "rolling_24h"
    CALENDAR_MONTH = "calendar_month"
    BLOCK_30_DAYS = "block_30_days"
    """Successive periods of 30 days from the campaign's start, never rolling."""
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What every rule has. `purposes_starred` are those the text may not mean; they are included as
    the stricter choice, so for them the rule counts as starred."""

    id: str
    pack: str
    summary: str
    citation: str
    source: str
    """Where it was read, when that is not the cited text itself; else empty."""
    mark: Mark
    jurisdictions: tuple[Jurisdiction, ...]
    """Empty means everywhere."""
    purposes: frozenset[Purpose]
    purposes_starred: frozenset[Purpose]
    number_kinds: frozenset[PhoneKind]
    effective_from: date
    """First day, in the called party's calendar for hours and in UTC for everything else."""
    effective_to: date | None
    """Last day; None while it holds."""

    def holds_on(self, day: date) -> bool:
        """True from the first day to the last, both included."""
        return self.effective_from <= day and (
            self.effective_to is None or day <= self.effective_to
        )

    def mark_for(self, purpose: Purpose) -> Mark:
        """The rule's mark, or starred for a purpose the text may not mean."""
        is_doubtful = purpose in self.purposes_starred and self.mark is Mark.LAW
        return Mark.STARRED if is_doubtful else self.mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours(Rule):
    """When calls may be made, by the called party's wall clock."""

    weekly: Weekly
    is_closed_on_holidays: bool
    holiday_calendars: tuple[str, ...]
    """"FR", "US-AL"; a holiday in any of them counts. Empty: those of each jurisdiction the call
    may fall under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLimitRule(Rule):
    """How often."""

    limit: AttemptLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class CoolDownRule(Rule):
    """How long to leave a person alone after something happened."""

    cool_down: CoolDown
    unless_operator_guaranteed: bool
    """The rule falls away for a call that has an agent reserved before it is dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequired(Rule):
    """A consent on record before the call."""

    is_written: bool
    registry: str | None
    """The public registry that must know the consent too, such as "iys"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalList(Rule):
    """A do-not-call list of the state to be checked against."""

    name: str
    stale_days: int
    """A copy older than this many days must not be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonmentLedger(Rule):
    """An account of abandoned calls kept as a regulator counts them."""

    formula: str
    """Id of a formula of campaigns/ledgers.py."""
    limit_ratio: float
    limit_ratio_signed: float
    """What an operator may raise the limit to on their own responsibility; equal to `limit_ratio`
    where the law leaves nothing to sign for."""
    window: LedgerWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class RingFloor(Rule):
    """The least time an unanswered call must ring before it is given up."""

    seconds: float
    may_cancel_ringing: bool = True
    """False: it rings on as long as it was meant to, however few agents are free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Rule):
    """What a live answer hears when no agent came."""

    within_seconds: float
    must_have: tuple[str, ...]
    must_not_have: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording(Rule):
    """How a recording of the call may begin."""

    notice: str
    """"notice": told before it starts. "consent": agreed to before it starts."""
    is_retention_limit_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsRetention(Rule):
    """How long records of calls must be kept."""

    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressiveOnly(Rule):
    """No more calls than free agents: nobody may be left with the recorded message."""

    unless_consent: bool


AnyRule = (
    Hours
    | AttemptLimitRule
    | CoolDownRule
    | ConsentRequired
    | NationalList
    | AbandonmentLedger
    | RingFloor
    | Message
    | Recording
    | RecordsRetention
    | ProgressiveOnly
)
