"""The `[retry]` table of a campaign file: waiting times, growth, day parts and counters."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from campaigns.calling_hours import BadCallingHours, CallingHours
from campaigns.campaign_table import Table, near, shown
from campaigns.day_parts import format_day_parts, is_ever_open, parse_day_parts
from campaigns.dispositions import Disposition
from campaigns.outcomes import Outcome
from campaigns.retry_rules import (
    DEFAULT_DISPOSITION_WAITS,
    DEFAULT_OUTCOME_WAITS,
    GROWTH_MAX,
    PLAIN,
    Refinement,
    RetryRules,
    Wait,
    code_key,
    format_wait,
    kind_key,
    outcome_key,
    parse_wait,
)

ABANDONED_WAIT_MIN_GB = timedelta(hours=72)
"""Ofcom's practice; a campaign for the United Kingdom may not shorten it."""
ATTEMPTS_MAX = 100
"""More attempts than this at one person are a mistake in the file."""
_DAY_PARTS = 'parts of the day in their order, such as ["09:00-12:00", "12:00-17:00"]'


def read_retry(
    retry: Table, *, region: str, hours: CallingHours, dispositions: Sequence[Disposition]
) -> RetryRules:
    """The retry rules of a file whose other parts are read already. Raises CampaignFileError."""
    outcome_waits = dict(DEFAULT_OUTCOME_WAITS)
    disposition_waits = dict(DEFAULT_DISPOSITION_WAITS)
    refinements: dict[str, Refinement] = {}
    for outcome in DEFAULT_OUTCOME_WAITS:
        wait = _rule(retry, outcome.value, outcome_key(outcome), refinements)
        if wait is not None:
            outcome_waits[outcome] = wait
    for kind in DEFAULT_DISPOSITION_WAITS:
        wait = _rule(retry, kind_key(kind), kind_key(kind), refinements)
        if wait is not None:
            disposition_waits[kind] = _not_never(retry, kind_key(kind), wait)
    _check_abandoned(retry, region, outcome_waits[Outcome.ABANDONED])
    return RetryRules(
        attempts_max=retry.whole("attempts_max", low=1, high=ATTEMPTS_MAX)
        or RetryRules().attempts_max,
        not_reached_max=retry.whole("not_reached_max", low=1, high=ATTEMPTS_MAX),
        unfinished_max=retry.whole("unfinished_max", low=1, high=ATTEMPTS_MAX),
        outcome_waits=outcome_waits,
        disposition_waits=disposition_waits,
        code_waits=_code_waits(retry.table("disposition"), dispositions, refinements),
        refinements=refinements,
        day_parts=_day_parts(retry, hours),
    )


def retry_document(rules: RetryRules) -> dict[str, Any]:
    """The table `read_retry` reads back as the same rules."""
    document: dict[str, Any] = {"attempts_max": rules.attempts_max}
    for key, value in (
        ("not_reached_max", rules.not_reached_max),
        ("unfinished_max", rules.unfinished_max),
    ):
        if value is not None:
            document[key] = value
    if rules.day_parts:
        document["day_parts"] = format_day_parts(rules.day_parts)
    for outcome, wait in rules.outcome_waits.items():
        key = outcome_key(outcome)
        document[key] = _written(wait, rules.refinements.get(key, PLAIN))
    for kind, wait in rules.disposition_waits.items():
        key = kind_key(kind)
        document[key] = _written(wait, rules.refinements.get(key, PLAIN))
    codes = {
        code: _written(wait, rules.refinements.get(code_key(code), PLAIN))
        for code, wait in rules.code_waits.items()
    }
    if codes:
        document["disposition"] = codes
    return document


def _rule(table: Table, key: str, name: str, refinements: dict[str, Refinement]) -> Wait | None:
    """A rule, be it a text or a table; its refinement goes under `name`. None when absent."""
    if not table.holds_table(key):
        return _wait(table, key) if table.has(key) else table.take(key)
    rule = table.table(key)
    wait = _wait(rule, "wait") if rule.has("wait") else rule.take("wait")
    wait_max = _wait(rule, "wait_max") if rule.has("wait_max") else rule.take("wait_max")
    if isinstance(wait, timedelta) and isinstance(wait_max, timedelta) and wait_max < wait:
        raise rule.error(
            "wait_max", f'is "{format_wait(wait_max)}"; it must not be shorter than wait'
        )
    finer = Refinement(
        growth=rule.number("growth", 1.0, low=1.0, high=GROWTH_MAX),
        wait_max=None if wait_max is None else _not_never(rule, "wait_max", wait_max),
        use_next_number=rule.flag("next_number"),
        rotates=rule.flag("rotate"),
        give_up_after=rule.whole("give_up_after", low=1, high=ATTEMPTS_MAX),
    )
    if finer != PLAIN:
        refinements[name] = finer
    return wait


def _code_waits(
    table: Table, dispositions: Sequence[Disposition], refinements: dict[str, Refinement]
) -> dict[str, timedelta]:
    known = {each.code: each for each in dispositions}
    waits = {}
    for code in table.names():
        if code not in known:
            raise table.error(
                code,
                f"is no disposition of this campaign{near(code, known)}; it has {', '.join(known)}",
            )
        wait = _rule(table, code, code_key(code), refinements)
        usual = DEFAULT_DISPOSITION_WAITS.get(known[code].kind)
        if known[code].is_final or usual is None:
            raise table.error(code, "ends the lead or the number, so nothing follows it")
        wait = usual if wait is None else wait
        waits[code] = _not_never(table, code, wait)
    return waits


def _day_parts(retry: Table, hours: CallingHours) -> tuple[Any, ...]:
    texts = retry.texts("day_parts", allowed=_DAY_PARTS)
    try:
        parts = parse_day_parts(texts)
    except BadCallingHours as error:
        raise retry.error("day_parts", f"{error}; it must be {_DAY_PARTS}") from error
    for text, part in zip(texts, parts, strict=True):
        if not is_ever_open(part, hours):
            raise retry.error("day_parts", f'holds "{text}", which is never inside calling_hours')
    return parts


def _check_abandoned(retry: Table, region: str, wait: Wait) -> None:
    if region == "GB" and isinstance(wait, timedelta) and wait < ABANDONED_WAIT_MIN_GB:
        raise retry.error(
            Outcome.ABANDONED.value,
            f'is "{format_wait(wait)}"; region GB needs at least "72h" (Ofcom practice)',
        )


def _wait(table: Table, key: str) -> Wait:
    value = table.take(key)
    try:
        if not isinstance(value, str):
            raise ValueError('a time such as "10m", "4h" or "3d", or "never"')
        return parse_wait(value)
    except ValueError as error:
        raise table.error(key, f"is {shown(value)}; it must be {error}") from error


def _not_never(table: Table, key: str, wait: Wait) -> timedelta:
    if not isinstance(wait, timedelta):
        raise table.error(key, 'is "never"; say final = true at the disposition instead')
    return wait


def _written(wait: Wait, finer: Refinement) -> str | dict[str, Any]:
    """A rule as the file has it: a text when only the waiting time is said."""
    if finer == PLAIN:
        return format_wait(wait)
    document: dict[str, Any] = {"wait": format_wait(wait), "growth": finer.growth}
    for key, value in (
        ("wait_max", None if finer.wait_max is None else format_wait(finer.wait_max)),
        ("next_number", finer.use_next_number),
        ("rotate", finer.rotates),
        ("give_up_after", finer.give_up_after),
    ):
        if value is not None:
            document[key] = value
    return document
