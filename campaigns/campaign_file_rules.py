"""Whom a campaign may call besides what the law says: its own lists, limits, consents and packs,
its promises and how long its data is kept."""

import re
from typing import Any, get_args

from campaigns.attempt_limits import AttemptLimit, Counts, Scope, Unit, Window
from campaigns.campaign_spec import CallbackFallback, CampaignSpec, Retention
from campaigns.campaign_table import NAME_LENGTH_MAX, Table, near, shown
from campaigns.rule_packs.packs import load_packs

RETENTION_DAYS_MAX = 3660
"""Ten years: twice the longest time a call must be kept (16 CFR 310.5, five years)."""
MOST_MAX = 1000
_WINDOW_TEXT = re.compile(r"(\d{1,4})\s*(h|hours?|calendar days?|d|days?)")
_WINDOW_ALLOWED = 'a window such as "24h" (rolling), "1 calendar day" or "30 days"'
_LENGTH_MAX = {"rolling": 24 * 366, "calendar_day": 366, "days": 366}
_OWN_LIMIT = "the campaign's own rule"


def read_rules(top: Table) -> dict[str, Any]:
    """The rule fields of a CampaignSpec. Raises CampaignFileError."""
    callbacks = top.table("callbacks")
    retention = top.table("retention")
    packs_table = top.table("rules")
    packs = packs_table.texts("packs", allowed='a list of rule packs, such as ["uk"]')
    known = load_packs().by_id
    for pack in packs:
        if pack not in known:
            raise packs_table.error(
                "packs",
                f"holds {shown(pack)}, which is no rule pack{near(pack, known)}; "
                f"the packs are {', '.join(known)}",
            )
    return {
        "do_not_call_lists": top.table("do_not_call").texts(
            "lists", allowed='a list of names of do-not-call lists, such as ["bank"]'
        ),
        "limits": tuple(_limit(table) for table in top.tables("limits") or ()),
        "consent_required": top.table("consent").flag("required") or False,
        "packs": packs,
        "limit_signed_by": packs_table.text("limit_signed_by", ""),
        "callback_tolerance_seconds": callbacks.number(
            "tolerance_seconds", 300.0, low=0.0, high=86_400.0
        ),
        "callback_fallback": callbacks.choice("fallback", CallbackFallback, CallbackFallback.TEAM),
        "callback_agent_wait_seconds": callbacks.number(
            "agent_wait_seconds", 600.0, low=0.0, high=86_400.0
        ),
        "retention": Retention(
            leads_days=retention.whole("leads_days", low=1, high=RETENTION_DAYS_MAX),
            attempts_days=retention.whole("attempts_days", low=1, high=RETENTION_DAYS_MAX),
        ),
    }


def rules_document(spec: CampaignSpec) -> dict[str, Any]:
    """The tables `read_rules` reads back as the same fields."""
    retention = {
        "leads_days": spec.retention.leads_days,
        "attempts_days": spec.retention.attempts_days,
    }
    return {
        "do_not_call": {"lists": list(spec.do_not_call_lists)},
        "limits": [
            {
                "most": limit.most,
                "window": format_window(limit.window),
                "per": limit.unit,
                "counts": limit.counts,
                "scope": limit.scope,
                "why": limit.citation,
            }
            for limit in spec.limits
        ],
        "consent": {"required": spec.consent_required},
        "rules": {"packs": list(spec.packs)}
        | ({"limit_signed_by": spec.limit_signed_by} if spec.limit_signed_by else {}),
        "callbacks": {
            "tolerance_seconds": spec.callback_tolerance_seconds,
            "fallback": spec.callback_fallback.value,
            "agent_wait_seconds": spec.callback_agent_wait_seconds,
        },
        "retention": {key: days for key, days in retention.items() if days is not None},
    }


def parse_window(text: str) -> Window:
    """Read "24h", "1 calendar day" or "30 days". ValueError names what is allowed."""
    match = _WINDOW_TEXT.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(_WINDOW_ALLOWED)
    length, word = int(match[1]), match[2]
    if word.startswith("h"):
        window = ("rolling", length)
    elif word.startswith("calendar"):
        window = ("calendar_day", length)
    else:
        window = ("days", length)
    kind, length = window
    if not 1 <= length <= _LENGTH_MAX[kind]:
        raise ValueError(f"{_WINDOW_ALLOWED}, up to a year")
    match kind:
        case "rolling":
            return Window(kind="rolling", length=length)
        case "calendar_day":
            return Window(kind="calendar_day", length=length)
        case _:
            return Window(kind="days", length=length)


def format_window(window: Window) -> str:
    """The text `parse_window` reads back as the same window."""
    plural = "" if window.length == 1 else "s"
    match window.kind:
        case "rolling":
            return f"{window.length}h"
        case "calendar_day":
            return f"{window.length} calendar day{plural}"
        case "days":
            return f"{window.length} day{plural}"


def _limit(table: Table) -> AttemptLimit:
    most = table.whole("most", low=1, high=MOST_MAX)
    if most is None:
        raise table.error("most", f"is missing; it must be a whole number from 1 to {MOST_MAX}")
    text = table.text("window", allowed=_WINDOW_ALLOWED)
    try:
        window = parse_window(text)
    except ValueError as error:
        raise table.error("window", f"is {shown(text)}; it must be {error}") from error
    unit: Unit = _word(table, "per", get_args(Unit), "lead")
    counts: Counts = _word(table, "counts", get_args(Counts), "attempts")
    scope: Scope = _word(table, "scope", get_args(Scope), "campaign")
    return AttemptLimit(
        most=most,
        window=window,
        unit=unit,
        counts=counts,
        scope=scope,
        citation=table.text("why", _OWN_LIMIT, check=lambda text: len(text) <= 2 * NAME_LENGTH_MAX),
    )


def _word(table: Table, key: str, words: tuple[str, ...], default: str) -> Any:
    """One of the words; any of the Literal types, which mypy cannot follow through get_args."""
    value = table.take(key)
    if value is None:
        return default
    if value not in words:
        raise table.error(
            key, f"is {shown(value)}; it must be one of {', '.join(words)}{near(value, words)}"
        )
    return value
