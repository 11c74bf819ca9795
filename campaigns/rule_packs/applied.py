"""The rules that apply to one call, and the strictest of each sort."""

import functools
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from campaigns.attempt_limits import AttemptLimit, CoolDown
from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import Purpose
from campaigns.jurisdictions import Jurisdiction
from campaigns.number_plans import PhoneKind
from campaigns.rule_packs.law_window import HoursUnder, LawWindow
from campaigns.rule_packs.rules import (
    AbandonmentLedger,
    AttemptLimitRule,
    ConsentRequired,
    CoolDownRule,
    Message,
    NationalList,
    ProgressiveOnly,
    Recording,
    RecordsRetention,
    RingFloor,
    Rule,
)

_R = TypeVar("_R", bound=Rule)


@dataclass(frozen=True, kw_only=True, eq=False)  # no slots: they have no room for cached answers
class Applied:
    """What holds for calls to one place, purpose and kind of number on one day.

    Made by Packs.applicable, which keeps it; compare by identity.
    """

    jurisdictions: tuple[Jurisdiction, ...]
    purpose: Purpose
    number_kind: PhoneKind | None
    on: date
    rules: tuple[Rule, ...]
    """Those that hold on the day."""
    hours: tuple[HoursUnder, ...]
    """Rules for hours, of any date: a window may reach over a change of law."""
    _windows: dict[CallingHours, LawWindow] = field(default_factory=dict)

    def window(self, campaign_hours: CallingHours) -> LawWindow:
        """The campaign's hours narrowed by every law here."""
        window = self._windows.get(campaign_hours)
        if window is None:
            window = LawWindow(campaign_hours=campaign_hours, rules=self.hours)
            self._windows[campaign_hours] = window
        return window

    @functools.cached_property
    def limits(self) -> tuple[AttemptLimit, ...]:
        """Attempt limits; all must pass."""
        return tuple(dict.fromkeys(rule.limit for rule in self._of(AttemptLimitRule)))

    @functools.cached_property
    def cool_down_rules(self) -> tuple[CoolDownRule, ...]:
        """Cool-downs with what they depend on."""
        return self._of(CoolDownRule)

    @functools.cached_property
    def cool_downs(self) -> tuple[CoolDown, ...]:
        """Cool-downs for a call that has no agent reserved; all must pass."""
        return tuple(dict.fromkeys(rule.cool_down for rule in self._of(CoolDownRule)))

    @functools.cached_property
    def cool_downs_with_operator(self) -> tuple[CoolDown, ...]:
        """Cool-downs for a call whose agent is reserved before it is dialled."""
        return tuple(
            dict.fromkeys(
                rule.cool_down
                for rule in self._of(CoolDownRule)
                if not rule.unless_operator_guaranteed
            )
        )

    @functools.cached_property
    def consents(self) -> tuple[ConsentRequired, ...]:
        """Every rule that wants a consent."""
        return self._of(ConsentRequired)

    @functools.cached_property
    def consent_required(self) -> ConsentRequired | None:
        """The strictest rule that wants a consent (a registry before writing before any), or None.

        `consents` has them all; more than one registry is possible only for a person who may be in
        two countries.
        """
        return max(
            self._of(ConsentRequired),
            key=lambda rule: (rule.registry is not None, rule.is_written),
            default=None,
        )

    @functools.cached_property
    def national_lists(self) -> tuple[NationalList, ...]:
        """Each list once, with the shortest life of a copy."""
        found: dict[str, NationalList] = {}
        for rule in self._of(NationalList):
            if rule.name not in found or rule.stale_days < found[rule.name].stale_days:
                found[rule.name] = rule
        return tuple(found.values())

    @functools.cached_property
    def ledgers(self) -> tuple[AbandonmentLedger, ...]:
        """Every account of abandoned calls that must be kept."""
        return self._of(AbandonmentLedger)

    @functools.cached_property
    def ring_seconds_min(self) -> float:
        """The longest of the ring floors, in seconds; 0.0 without one."""
        return max((rule.seconds for rule in self._of(RingFloor)), default=0.0)

    @functools.cached_property
    def progressive_only(self) -> ProgressiveOnly | None:
        """The strictest rule against more calls than free agents, or None."""
        return min(self._of(ProgressiveOnly), key=lambda rule: rule.unless_consent, default=None)

    @functools.cached_property
    def messages(self) -> tuple[Message, ...]:
        """What the recorded message must satisfy; all of them."""
        return self._of(Message)

    @functools.cached_property
    def message_seconds_max(self) -> float | None:
        """When the message must have begun at the latest, in seconds; None without a rule."""
        return min((rule.within_seconds for rule in self.messages), default=None)

    @functools.cached_property
    def recordings(self) -> tuple[Recording, ...]:
        """What must come before a recording."""
        return self._of(Recording)

    @functools.cached_property
    def records(self) -> tuple[RecordsRetention, ...]:
        """How long records must be kept; the longest counts."""
        return self._of(RecordsRetention)

    @functools.cached_property
    def records_days_min(self) -> int:
        """How many days records must be kept at the least; 0 without a rule."""
        return max((rule.days for rule in self.records), default=0)

    def _of(self, kind: type[_R]) -> tuple[_R, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, kind))
