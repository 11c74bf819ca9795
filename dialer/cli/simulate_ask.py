"""What `dialer simulate` was asked, from its options: a scenario, sizes, a moment, changes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import click

from dialer.errors import UsageError
from dialer.simulation.compare import changed, limited, share, with_config
from dialer.simulation.laws import ConstantAnswer, Lognormal
from dialer.simulation.moments import has_date, instant_of, zone_of
from dialer.simulation.plan import Goal
from dialer.simulation.scenario import AGENTS_MAX, DAYS_MAX, HOURS_MAX, WEEKDAYS, Scenario

SIZES_MAX = 20
"""Sizes compared at once; a table wider than this is not read."""
_RANGE = re.compile(r"(\d+)\s*(?:\.\.|-)\s*(\d+)")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h)?")
_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, None: 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Numbers of agents: some, or a range to search in, or neither."""

    these: tuple[int, ...] = ()
    low: int = 1
    high: int = AGENTS_MAX
    is_range: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One thing the answer rests on."""

    what: str
    value: str
    source: str
    """"given", "measured ...", "assumed ..." or "the campaign's"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The whole question."""

    scenario: Scenario
    basis: tuple[Basis, ...] = ()
    sizes: Sizes = field(default_factory=Sizes)
    goal: Goal | None = None
    """None: nobody asked when the list is finished."""
    limit_ratio: float = 0.03
    changes: tuple[tuple[str, Scenario], ...] = ()
    """What each `--what-if` says, and the scenario it makes."""
    seeds: tuple[int, ...] = (1, 2, 3, 4)
    is_seeds_given: bool = False


def sizes_of(text: str) -> Sizes:
    """Read `12`, `10,12,14` or `5..60`. Raises click.BadParameter with what is allowed."""
    allowed = f"12, or 10,12,14 to compare, or 5..60 to search; 1 to {AGENTS_MAX} each"
    found = _RANGE.fullmatch(text.strip())
    if found is not None:
        low, high = int(found[1]), int(found[2])
        if 1 <= low < high <= AGENTS_MAX:
            return Sizes(low=low, high=high, is_range=True)
        raise click.BadParameter(f"{text!r} is no range of agents; write {allowed}")
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and 1 <= int(part) <= AGENTS_MAX for part in parts):
        raise click.BadParameter(f"{text!r} is no number of agents; write {allowed}")
    if len(parts) > SIZES_MAX:
        raise click.BadParameter(f"{len(parts)} sizes are too many; compare {SIZES_MAX} at most")
    return Sizes(these=tuple(sorted({int(part) for part in parts})))


def share_of(text: str) -> float:
    """Read `3%` or `0.03`. Raises click.BadParameter with what is allowed."""
    try:
        return share(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no share; write 3% or 0.03") from error


def seconds_of(text: str) -> float:
    """Read `90`, `90s`, `60m` or `4h`. Raises click.BadParameter with what is allowed."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"{text!r} is no time; write 90 (seconds), 90s, 60m or 4h")
    return float(found[1]) * _UNITS[found[2]]


def with_list(
    scenario: Scenario,
    *,
    leads: int | None,
    answer: float | None,
    talk: float | None,
    wrap: float | None,
    tries: int | None,
    retry: float | None,
    pacing: str | None,
) -> Scenario:
    """The scenario with what single options say instead."""
    if leads is not None:
        scenario = replace(scenario, leads=leads)
    if answer is not None:
        scenario = replace(scenario, answer=ConstantAnswer(answer), kinds=())
    people = scenario.people
    if talk is not None:
        people = replace(people, talk=Lognormal(mean_seconds=max(1.0, talk), cv=0.9))
    if wrap is not None:
        people = replace(people, wrap_up=Lognormal(mean_seconds=max(0.1, wrap), cv=0.5))
        longest = max(scenario.wrap_up_seconds_max, 4.0 * wrap)
        scenario = replace(scenario, wrap_up_seconds_max=longest)
    scenario = replace(scenario, people=people)
    if tries is not None:
        scenario = replace(scenario, tries_max=tries)
    if retry is not None:
        scenario = replace(scenario, retry_seconds=retry)
    return scenario if pacing is None else changed(scenario, f"pacing={pacing}")


def with_hours(
    scenario: Scenario, *, start: str | None, hours: float | None, finish_by: str | None
) -> Scenario:
    """The scenario from `start` to `finish_by`, or for `hours`. Raises UsageError."""
    try:
        if start is not None:
            at = instant_of(start, zone=scenario.zone, after=scenario.start_at)
            scenario = replace(scenario, start_at=at)
        if finish_by is None:
            return _shortened(scenario, hours)
        by = instant_of(finish_by, zone=scenario.zone, after=scenario.start_at)
    except ValueError as error:
        raise UsageError(f"{error}.") from error
    if by <= scenario.start_at:
        begins = _said(scenario.start_at, scenario)
        raise UsageError(
            f"--finish-by {finish_by} is not after the start, {begins}; give a later moment, "
            "or an earlier --start."
        )
    first, last = (_day(at, scenario) for at in (scenario.start_at, by))
    days = sum(
        WEEKDAYS[(first.weekday() + n) % 7] in scenario.weekdays
        for n in range((last.date() - first.date()).days + 1)
    )
    if not 1 <= days <= DAYS_MAX:
        raise UsageError(
            f"--finish-by {finish_by} is {days} working days after the start; "
            f"between 1 and {DAYS_MAX} can be simulated."
        )
    length = by - first.replace(year=last.year, month=last.month, day=last.day).timestamp()
    if hours is not None and days > 1:
        length = min(length, 3600.0 * hours) if length > 0 else 3600.0 * hours
    if length <= 0.0:
        raise UsageError(
            f"--finish-by {finish_by} is earlier in the day than the work begins, "
            f"{first:%H:%M}; give a later time of the last day."
        )
    return replace(scenario, hours=length / 3600.0, days=days, warm_up_seconds=0.0)


def _shortened(scenario: Scenario, hours: float | None) -> Scenario:
    if hours is None:
        return scenario
    if not 0.01 <= hours <= HOURS_MAX:
        raise UsageError(f"--hours {hours:g} is outside 0.01 to {HOURS_MAX:g}.")
    # A shorter day than the file's must not be all warm-up.
    warm_up = min(scenario.warm_up_seconds, 1800.0 * hours)
    return replace(scenario, hours=hours, warm_up_seconds=warm_up)


def dated_alike(start: str | None, finish_by: str | None, *, is_real: bool) -> None:
    """A date at the end needs one at the start, unless the days are real. Raises UsageError."""
    if finish_by is None or is_real or not has_date(finish_by):
        return
    try:
        instant_of(finish_by, zone="UTC", after=0.0)
    except ValueError as error:
        raise UsageError(f"--finish-by: {error}.") from error
    if start is None or not has_date(start):
        raise UsageError(
            f"--finish-by {finish_by} names a day; name the first day too, for example "
            f"--start {finish_by[:10]}T09:00."
        )


def with_changes(scenario: Scenario, texts: Sequence[str]) -> tuple[tuple[str, Scenario], ...]:
    """What each `--what-if` makes of the scenario. Raises UsageError."""
    try:
        return tuple((text, changed(scenario, text)) for text in texts)
    except ValueError as error:
        raise UsageError(f"--what-if {error}.") from error


def with_limit(scenario: Scenario, limit_ratio: float | None) -> tuple[Scenario, float]:
    """The scenario under that limit, and the limit; without one, what it has."""
    if limit_ratio is not None:
        return limited(scenario, limit_ratio), limit_ratio
    ledgers = [e.limit_ratio for c in scenario.campaigns for e in c.ledgers]
    return scenario, min(ledgers, default=scenario.ledger.limit_ratio)


def with_ring(scenario: Scenario, seconds: float | None) -> Scenario:
    """Another ring time for all campaigns."""
    if seconds is None:
        return scenario
    scenario = with_config(scenario, lambda config: replace(config, ring_seconds=seconds))
    return replace(scenario, ring_seconds=seconds)


def _day(at: float, scenario: Scenario) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(zone_of(scenario.zone))


def _said(at: float, scenario: Scenario) -> str:
    return f"{_day(at, scenario):%Y-%m-%d %H:%M}"
