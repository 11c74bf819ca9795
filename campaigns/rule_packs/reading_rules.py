"""What each kind of rule says beyond what every rule says."""

from collections.abc import Callable
from typing import Any, get_args

from campaigns.attempt_limits import (
    After,
    AttemptLimit,
    CoolDown,
    Counts,
    Scope,
    Unit,
    Window,
    WindowKind,
)
from campaigns.calling_hours import BadCallingHours, CallingHours
from campaigns.campaign_table import Table
from campaigns.rule_packs.public_holidays import has_calendar
from campaigns.rule_packs.rules import (
    AbandonmentLedger,
    AttemptLimitRule,
    ConsentRequired,
    CoolDownRule,
    Hours,
    LedgerWindow,
    Message,
    NationalList,
    ProgressiveOnly,
    Recording,
    RecordsRetention,
    RingFloor,
    Rule,
)

_DAYS_MAX = 3660
"""Ten years: longer than any law keeps records of a telephone call."""


def _hours(table: Table, common: dict[str, Any]) -> Rule:
    lines = table.texts("hours", allowed='lines such as ["mon-fri 10:00-13:00 14:00-20:00"]')
    try:
        weekly = CallingHours.parse(lines).weekly
    except BadCallingHours as error:
        raise table.error("hours", str(error)) from error
    holidays = _word(table, "holidays", ("as_usual", "closed"), "as_usual")
    calendars = table.texts("holiday_calendars", allowed='a list such as ["FR"] or ["US-AL"]')
    for calendar in calendars:
        if not has_calendar(calendar):
            raise table.error(
                "holiday_calendars",
                f'holds "{calendar}", which the holidays library does not have; write a country '
                "such as FR or a country and its subdivision such as US-AL",
            )
    return Hours(
        **common,
        weekly=weekly,
        is_closed_on_holidays=holidays == "closed",
        holiday_calendars=calendars,
    )


def _attempt_limit(table: Table, common: dict[str, Any]) -> Rule:
    return AttemptLimitRule(
        **common,
        limit=AttemptLimit(
            most=_whole(table, "most", low=1, high=1000),
            window=_window(table),
            unit=_word(table, "unit", get_args(Unit)),
            counts=_word(table, "counts", get_args(Counts)),
            scope=_word(table, "scope", get_args(Scope)),
            citation=common["citation"],
        ),
    )


def _cool_down(table: Table, common: dict[str, Any]) -> Rule:
    return CoolDownRule(
        **common,
        cool_down=CoolDown(
            after=_word(table, "after", get_args(After)),
            window=_window(table),
            unit=_word(table, "unit", get_args(Unit)),
            scope=_word(table, "scope", get_args(Scope)),
            citation=common["citation"],
        ),
        unless_operator_guaranteed=bool(table.flag("unless_operator_guaranteed")),
    )


def _window(table: Table) -> Window:
    """Three ways to write one: hours = 24, calendar_days = 7, or whole_days = 30."""
    kinds: dict[str, WindowKind] = {
        "hours": "rolling",
        "calendar_days": "calendar_day",
        "whole_days": "days",
    }
    given = [key for key in kinds if table.has(key)]
    if len(given) != 1:
        raise table.error(
            "hours", f"must be given, or one of calendar_days and whole_days; found {given or 0}"
        )
    return Window(kind=kinds[given[0]], length=_whole(table, given[0], low=1, high=_DAYS_MAX))


def _consent(table: Table, common: dict[str, Any]) -> Rule:
    return ConsentRequired(
        **common,
        is_written=bool(table.flag("written")),
        registry=table.text("registry", "") or None,
    )


def _national_list(table: Table, common: dict[str, Any]) -> Rule:
    return NationalList(
        **common,
        name=table.text("name"),
        stale_days=_whole(table, "stale_days", low=1, high=366),
    )


def _ledger(table: Table, common: dict[str, Any]) -> Rule:
    limit = _number(table, "limit_ratio", low=0.0, high=1.0)
    return AbandonmentLedger(
        **common,
        formula=table.text("formula"),
        limit_ratio=limit,
        limit_ratio_signed=table.number("limit_ratio_signed", limit, low=limit, high=1.0),
        window=LedgerWindow(_word(table, "window", tuple(LedgerWindow))),
    )


def _ring(table: Table, common: dict[str, Any]) -> Rule:
    return RingFloor(
        **common,
        seconds=_number(table, "seconds", low=1.0, high=120.0),
        may_cancel_ringing=table.flag("may_cancel_ringing") is not False,
    )


def _message(table: Table, common: dict[str, Any]) -> Rule:
    return Message(
        **common,
        within_seconds=_number(table, "within_seconds", low=0.0, high=60.0),
        must_have=table.texts("must_have", allowed="a list of short sentences"),
        must_not_have=table.texts("must_not_have", allowed="a list of short sentences"),
    )


def _recording(table: Table, common: dict[str, Any]) -> Rule:
    return Recording(
        **common,
        notice=_word(table, "notice", ("notice", "consent")),
        is_retention_limit_required=bool(table.flag("retention_limit_required")),
    )


def _records(table: Table, common: dict[str, Any]) -> Rule:
    return RecordsRetention(**common, days=_whole(table, "days", low=1, high=_DAYS_MAX))


def _progressive_only(table: Table, common: dict[str, Any]) -> Rule:
    return ProgressiveOnly(**common, unless_consent=bool(table.flag("unless_consent")))


RULE_KINDS: dict[str, Callable[[Table, dict[str, Any]], Rule]] = {
    "hours": _hours,
    "attempt_limit": _attempt_limit,
    "cool_down": _cool_down,
    "consent": _consent,
    "national_list": _national_list,
    "abandonment_ledger": _ledger,
    "ring": _ring,
    "message": _message,
    "recording": _recording,
    "records": _records,
    "progressive_only": _progressive_only,
}
"""The words a file may give as `kind`, and who reads the rest of the rule."""


def _word(table: Table, key: str, words: tuple[str, ...], default: str | None = None) -> Any:
    value = table.text(key, default, allowed=f"one of {', '.join(words)}")
    if value not in words:
        raise table.error(key, f'is "{value}"; it must be one of {", ".join(words)}')
    return value


def _whole(table: Table, key: str, *, low: int, high: int) -> int:
    value = table.whole(key, low=low, high=high)
    if value is None:
        raise table.error(key, f"is missing; it must be a whole number from {low} to {high}")
    return value


def _number(table: Table, key: str, *, low: float, high: float) -> float:
    if not table.has(key):
        raise table.error(key, f"is missing; it must be from {low:g} to {high:g}")
    return table.number(key, low, low=low, high=high)
