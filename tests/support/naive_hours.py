"""Calling hours under the law by a naive oracle that asks one minute at a time.

It reads the TOML files itself and knows nothing of spans, caches or pack code but the holidays
library. With it, places, campaigns and instants to ask about.
"""

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from hypothesis import strategies as st

from campaigns import rule_packs
from campaigns.calling_hours import CallingHours
from campaigns.campaign_spec import Purpose
from campaigns.rule_packs.examples import ALL_DAY

_FILES = [
    tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted(Path(rule_packs.__file__).with_name("data").glob("*.toml"))
]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTE = timedelta(minutes=1)

PLACES = [
    ("US-AL", "America/Chicago"),
    ("US-CT", "America/New_York"),
    ("US-FL", "America/New_York"),
    ("US-KY", "America/New_York"),
    ("US-MS", "America/Chicago"),
    ("US-NY", "America/New_York"),
    ("US-RI", "America/New_York"),
    ("US-AZ", "America/Phoenix"),
    ("US", "America/Los_Angeles"),
    ("PR", "America/Puerto_Rico"),
    ("GB", "Europe/London"),
    ("CA-NL", "America/St_Johns"),
    ("CA", "America/Vancouver"),
    ("FR", "Europe/Paris"),
    ("RE", "Indian/Reunion"),
    ("DE", "Europe/Berlin"),
    ("TR", "Europe/Istanbul"),
    ("AU", "Australia/Lord_Howe"),
    ("AU", "Australia/Sydney"),
    ("AZ", "Asia/Baku"),
    ("GE", "Asia/Tbilisi"),
    ("KZ", "Asia/Almaty"),
    ("MX", "America/Mexico_City"),
    ("CL", "America/Santiago"),
    ("EG", "Africa/Cairo"),
    ("AQ", "Antarctica/Troll"),
]
CAMPAIGNS = [
    ALL_DAY,
    CallingHours.parse(["mon-sat 09:00-20:00"]),
    CallingHours.parse(["mon-fri 08:30-12:15 13:45-24:00", "sun 00:00-02:30 11:00-16:00"]),
]

places = st.sampled_from(PLACES)
purposes = st.sampled_from(list(Purpose))
campaigns = st.sampled_from(CAMPAIGNS)
instants = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + minutes * _MINUTE
)
# A clock somewhere changes within a day and a half of these, or somewhere it is a holiday.
odd_days = st.sampled_from(
    [
        date(2026, 3, 8), date(2026, 11, 1), date(2026, 3, 29), date(2026, 10, 25),
        date(2026, 4, 5), date(2026, 10, 4), date(2027, 4, 4), date(2026, 9, 6),
        date(2026, 4, 24), date(2026, 10, 30), date(2026, 12, 25), date(2026, 7, 4),
        date(2026, 7, 14), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1),
        date(2027, 12, 31), date(2026, 8, 11), date(2026, 1, 26),
    ]
)  # fmt: skip
odd_instants = st.builds(
    lambda day, minutes: datetime(day.year, day.month, day.day, tzinfo=UTC) + minutes * _MINUTE,
    odd_days,
    st.integers(-36 * 60, 36 * 60),
)


def naive_open(
    where: str, purpose: Purpose, campaign: CallingHours, zone: str, at: datetime
) -> bool:
    """True when the campaign and every rule for one place allow a call by one zone's clock."""
    local = at.astimezone(ZoneInfo(zone))
    if not _naive_weekly(campaign.weekly[local.weekday()], local):
        return False
    return all(_naive_rule(rule, where, local) for rule in _naive_rules(where, purpose, local))


def _naive_weekly(windows: tuple[tuple[time, time], ...], local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    return any(
        start.hour * 60 + start.minute <= minute < (end.hour * 60 + end.minute or 24 * 60)
        for start, end in windows
    )


def _naive_rules(where: str, purpose: Purpose, local: datetime) -> list[dict[str, Any]]:
    country = where[:2]
    named = {place[:2] for pack in _FILES for place in pack.get("jurisdictions", ())}
    found = []
    for pack in _FILES:
        if pack["id"] == "default":
            if country in named:
                continue
        elif not pack.get("everywhere") and country not in {
            place[:2] for place in pack["jurisdictions"]
        }:
            continue
        for rule in pack["rules"]:
            of = rule.get("jurisdictions", pack.get("jurisdictions", [where]))
            is_here = any(
                each in (where, country) or (where == country and each[:2] == country)
                for each in of
            )
            starred = rule.get("purposes_starred", [])
            meant = rule.get("purposes", list(Purpose)) + starred
            first = rule.get("effective_from", date.min)
            last = rule.get("effective_to", date.max)
            is_held = first <= local.date() <= last
            if rule["kind"] == "hours" and is_here and is_held and purpose in meant:
                found.append(rule)
    return found


def _naive_rule(rule: dict[str, Any], where: str, local: datetime) -> bool:
    if rule.get("holidays") == "closed":
        for calendar in rule.get("holiday_calendars", [where]):
            if _naive_holiday(calendar, local.date()):
                return False
    minute = local.hour * 60 + local.minute
    for line in rule["hours"]:
        days, *windows = line.split()
        first, _, last = days.partition("-")
        if days == "daily":
            first, last = "mon", "sun"
        if _DAYS.index(first) <= local.weekday() <= _DAYS.index(last or first):
            for window in windows:
                start, end = ((int(x[:2]) * 60 + int(x[3:])) for x in window.split("-"))
                if start <= minute < end:
                    return True
    return False


_HOLIDAYS: dict[str, Any] = {}


def _naive_holiday(calendar: str, day: date) -> bool:
    if calendar not in _HOLIDAYS:
        country, _, subdivision = calendar.partition("-")
        try:
            _HOLIDAYS[calendar] = holidays.country_holidays(country, subdiv=subdivision or None)
        except NotImplementedError:
            _HOLIDAYS[calendar] = {}
    return day in _HOLIDAYS[calendar]
