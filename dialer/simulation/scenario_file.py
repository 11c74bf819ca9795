"""Scenario files: a team, a list and a day, in TOML (docs/simulation.md describes every key)."""

import tomllib
from dataclasses import replace
from pathlib import Path

from dialer.engine.config import OnAbandon
from dialer.errors import SettingsError
from dialer.pacing.settings import DialMode, PacingSettings, Wall
from dialer.simulation import durations
from dialer.simulation.laws import (
    AlternatingAnswer,
    AnswerLaw,
    ClockAnswer,
    ConstantAnswer,
    DurationLaw,
    Empirical,
    Exponential,
    HourlyAnswer,
    Lognormal,
    ShiftedGamma,
)
from dialer.simulation.moments import instant_of, seconds_of_day
from dialer.simulation.plan import LedgerPlan
from dialer.simulation.scenario import (
    AGENTS_MAX,
    DAYS_MAX,
    HOURS_MAX,
    LEADS_MAX,
    SEEDS_MAX,
    WEEKDAYS,
    LeadKind,
    Scenario,
)
from dialer.simulation.scenario_table import Table


def read(path: Path) -> Scenario:
    """Read a scenario file. Raises SettingsError."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read ({error.strerror}); name a scenario file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from error
    file = Table(path, "", values)
    if file.has("agents") and file.has("roster"):
        raise SettingsError(f"{path}: has both agents and roster; keep one of them")
    plain = Scenario()
    scenario = replace(
        plain,
        name=file.text("name", path.stem) or path.stem,
        agents=file.count("agents", plain.agents, low=1, high=AGENTS_MAX),
        hours=file.number("hours", plain.hours, low=0.01, high=HOURS_MAX),
        seeds=_seeds(file),
    )
    scenario = _with_shift(scenario, file)
    warm_up = 60.0 * file.number("warm_up_minutes", 0.0, low=0.0, high=1440.0)
    if warm_up >= 3600.0 * scenario.hours:
        raise file.wrong("warm_up_minutes", warm_up / 60.0, "less than the hours")
    scenario = replace(scenario, warm_up_seconds=warm_up)
    scenario = _with_list(scenario, file.table("list"))
    begins_seconds = seconds_of_day(scenario.start_at, scenario.zone)
    scenario = replace(scenario, answer=_answer(file.table("answer"), begins_seconds))
    scenario = _with_network(scenario, file.table("network"))
    scenario = _with_people(scenario, file)
    scenario = _with_abandonment(scenario, file.table("abandonment"))
    scenario = replace(scenario, pacing=_pacing(file.table("pacing")))
    file.close()
    return scenario


def _seeds(file: Table) -> tuple[int, ...]:
    if file.has("seeds") and file.has("seed"):
        raise SettingsError(f"{file.path}: has both seed and seeds; keep one of them")
    if file.has("seeds"):
        value = file.numbers("seeds", low=0, high=2**63)
        if len(value) > SEEDS_MAX or any(v != int(v) for v in value):
            raise file.wrong("seeds", list(value), f"at most {SEEDS_MAX} whole numbers")
        return tuple(int(v) for v in value)
    return (file.count("seed", 1, low=0, high=2**63),)


def _with_shift(scenario: Scenario, file: Table) -> Scenario:
    """When the team works, and how many of it."""
    roster = file.counts("roster", low=0, high=AGENTS_MAX)
    if roster and not any(roster):
        raise file.wrong("roster", list(roster), "at least one hour with an agent")
    shift = file.table("shift")
    start = shift.text("start", "09:00") or "09:00"
    zone = shift.text("time_zone", scenario.zone) or scenario.zone
    weekdays = shift.words("weekdays", scenario.weekdays, WEEKDAYS)
    try:
        start_at = instant_of(start, zone=zone, after=scenario.start_at)
    except ValueError as error:
        raise SettingsError(f"{file.path}: shift: {error}") from error
    days = shift.count("days", 1, low=1, high=DAYS_MAX)
    if days > 1 and scenario.hours > 24.0:
        raise file.wrong("hours", scenario.hours, "24 at most where shift.days is more than one")
    shift.close()
    scenario = replace(
        scenario,
        agents=max(roster) if roster else scenario.agents,
        roster=roster,
        days=days,
        weekdays=weekdays,
        start_at=start_at,
        zone=zone,
    )
    if scenario.days_worked()[0][0] != start_at:
        raise shift.wrong("weekdays", list(weekdays), "days that hold the first one")
    return scenario


def _with_list(scenario: Scenario, table: Table) -> Scenario:
    scenario = replace(
        scenario,
        leads=table.count("leads", scenario.leads, low=1, high=LEADS_MAX),
        tries_max=table.count("tries_max", scenario.tries_max, low=1, high=100),
        retry_seconds=60.0
        * table.number("retry_minutes", scenario.retry_seconds / 60.0, low=0.0, high=14_400.0),
        kinds=tuple(
            _kind(kind, number, seconds_of_day(scenario.start_at, scenario.zone))
            for number, kind in enumerate(table.tables("kind"), 1)
        ),
    )
    if scenario.kinds and sum(kind.ratio for kind in scenario.kinds) <= 0.0:
        raise table.wrong("kind", [kind.ratio for kind in scenario.kinds], "of some share")
    table.close()
    return scenario


def _kind(table: Table, number: int, begins_seconds: float) -> LeadKind:
    name = table.text("name", f"kind {number}") or f"kind {number}"
    ratio = table.number("share", 1.0, low=0.0, high=1e9)
    return LeadKind(name=name, ratio=ratio, answer=_answer(table, begins_seconds))


_ANSWER_WAYS = ("probability", "probability_by_hour", "probability_by_clock_hour", "low")


def _answer(table: Table, begins_seconds: float) -> AnswerLaw:
    ways = [key for key in _ANSWER_WAYS if table.has(key)]
    if len(ways) > 1:
        raise SettingsError(
            f"{table.path}: {table.name} has {' and '.join(ways)}; keep one of them"
        )
    law: AnswerLaw
    if table.has("probability_by_hour"):
        law = HourlyAnswer(table.numbers("probability_by_hour", low=0.0, high=1.0))
    elif table.has("probability_by_clock_hour"):
        shares = table.numbers("probability_by_clock_hour", low=0.0, high=1.0)
        if len(shares) != 24:
            raise table.wrong(
                "probability_by_clock_hour", list(shares), "a list of 24, from midnight on"
            )
        law = ClockAnswer(probabilities=shares, begins_seconds=begins_seconds)
    elif table.has("low"):
        law = AlternatingAnswer(
            low=table.number("low", 0.15, low=0.0, high=1.0),
            high=table.number("high", 0.45, low=0.0, high=1.0),
            period_seconds=60.0 * table.number("period_minutes", 30.0, low=0.1, high=1440.0),
        )
    else:
        law = ConstantAnswer(table.number("probability", 0.3, low=0.0, high=1.0))
    table.known += [*_ANSWER_WAYS, "high", "period_minutes"]
    table.close()
    return law


def _with_network(scenario: Scenario, table: Table) -> Scenario:
    plain = scenario.network
    set_up = table.number("set_up_seconds", plain.set_up_seconds, low=0.0, high=60.0)
    answer_after: DurationLaw = _ring_law(table, set_up)
    network = replace(
        plain,
        set_up_seconds=set_up,
        answer_after=answer_after,
        fast_failure_ratio=table.number(
            "fast_failure_ratio", plain.fast_failure_ratio, low=0.0, high=1.0
        ),
        message_seconds=table.number("message_seconds", plain.message_seconds, low=1.0, high=60.0),
    )
    scenario = replace(
        scenario,
        network=network,
        ring_seconds=table.number("ring_seconds", scenario.ring_seconds, low=15.0, high=90.0),
        lines=table.count("lines", scenario.lines, low=1, high=100_000),
        calls_per_second=table.number(
            "calls_per_second", scenario.calls_per_second, low=0.1, high=1000.0
        ),
    )
    table.close()
    return scenario


def _ring_law(table: Table, set_up_seconds: float) -> DurationLaw:
    """From the originate to the answer: a Gamma law after the set-up, or measured ones."""
    name, column = table.text("answer_file", None), table.text("answer_column", None)
    if name is not None:
        for key in ("answer_shape", "answer_scale_seconds"):
            if table.has(key):
                raise SettingsError(
                    f"{table.path}: {table.name} has both answer_file and {key}; keep one of them"
                )
        return Empirical(durations.read(table.path.parent / name, column=column))
    return ShiftedGamma(
        shift_seconds=set_up_seconds,
        shape=table.number("answer_shape", 2.0, low=0.1, high=100.0),
        scale_seconds=table.number("answer_scale_seconds", 4.0, low=0.01, high=60.0),
    )


def _duration(table: Table, *, mean: float, cv: float, low: float) -> DurationLaw:
    """Either `mean_seconds` and `cv`, or `file` (and `column`)."""
    name = table.text("file", None)
    column = table.text("column", None)
    if name is not None:
        for key in ("mean_seconds", "cv"):
            if table.has(key):
                raise SettingsError(
                    f"{table.path}: {table.name} has both file and {key}; keep one of them"
                )
        return Empirical(durations.read(table.path.parent / name, column=column))
    return Lognormal(
        mean_seconds=table.number("mean_seconds", mean, low=low, high=7200.0),
        cv=table.number("cv", cv, low=0.0, high=5.0),
    )


def _with_people(scenario: Scenario, file: Table) -> Scenario:
    plain = scenario.people
    talk, wrap_up, people = file.table("talk"), file.table("wrap_up"), file.table("people")
    patience = people.number("patience_seconds", 0.0, low=0.0, high=3600.0)
    changed = replace(
        plain,
        talk=_duration(talk, mean=90.0, cv=0.9, low=1.0),
        wrap_up=_duration(wrap_up, mean=30.0, cv=0.5, low=0.1),
        patience=Exponential(mean_seconds=patience) if patience > 0 else None,
        machine_ratio=people.number("machine_ratio", plain.machine_ratio, low=0.0, high=1.0),
        pauses_per_hour=people.number("pauses_per_hour", plain.pauses_per_hour, low=0.0, high=60.0),
        pause=Lognormal(
            mean_seconds=60.0 * people.number("pause_minutes", 5.0, low=0.1, high=240.0), cv=0.5
        ),
    )
    longest = wrap_up.number("max_seconds", scenario.wrap_up_seconds_max, low=1.0, high=3600.0)
    for table in (talk, wrap_up, people):
        table.close()
    return replace(scenario, people=changed, wrap_up_seconds_max=longest)


def _with_abandonment(scenario: Scenario, table: Table) -> Scenario:
    hours = table.number("window_hours", 0.0, low=0.0, high=24.0 * 366)
    scenario = replace(
        scenario,
        tolerance_seconds=table.number(
            "tolerance_seconds", scenario.tolerance_seconds, low=0.1, high=30.0
        ),
        on_abandon=OnAbandon(table.choice("on_abandon", "message", tuple(OnAbandon))),
        ledger=LedgerPlan(
            limit_ratio=table.number("limit_ratio", 0.03, low=0.0, high=1.0),
            window_seconds=3600.0 * hours if hours > 0 else None,
        ),
    )
    table.close()
    return scenario


def _pacing(table: Table) -> PacingSettings:
    plain = Scenario().pacing
    pacing = PacingSettings(
        mode=DialMode(table.choice("mode", plain.mode, tuple(DialMode))),
        ratio=table.number("ratio", plain.ratio, low=1.0, high=20.0),
        target_ratio=table.number("target_ratio", plain.target_ratio, low=0.0, high=1.0),
        wall=Wall(table.choice("wall", plain.wall, tuple(Wall))),
        interval_seconds=table.number(
            "interval_seconds", plain.interval_seconds, low=0.05, high=60.0
        ),
    )
    table.close()
    return pacing
