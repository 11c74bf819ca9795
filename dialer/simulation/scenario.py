"""Scenario files: a team, a list and a day, in TOML (docs/simulation.md describes every key)."""

import difflib
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dialer.engine.config import CampaignConfig, OnAbandon, TeamConfig, TrunkConfig
from dialer.engine.ids import AgentId, CampaignId, TeamId, TrunkId
from dialer.errors import SettingsError
from dialer.pacing.settings import DialMode, PacingSettings, Wall
from dialer.simulation import durations
from dialer.simulation.laws import (
    AlternatingAnswer,
    AnswerLaw,
    ConstantAnswer,
    DurationLaw,
    Empirical,
    Exponential,
    HourlyAnswer,
    Lognormal,
    ShiftedGamma,
)  # fmt: skip
from dialer.simulation.plan import (
    AgentPlan,
    CampaignPlan,
    LedgerPlan,
    NetworkPlan,
    PeoplePlan,
    WorldPlan,
)  # fmt: skip

AGENTS_MAX = 1000
"""One team; beyond this a run takes hours."""
HOURS_MAX = 24.0 * 7.0
SEEDS_MAX = 1000
LEADS_MAX = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One team on one campaign. The defaults are the built-in scenario."""

    name: str = "built-in"
    agents: int = 10
    hours: float = 2.0
    warm_up_seconds: float = 0.0
    """Left out of the figures, from the start; always less than the hours."""
    seeds: tuple[int, ...] = (1,)
    pacing: PacingSettings = field(default_factory=PacingSettings)
    leads: int = 100_000
    tries_max: int = 3
    retry_seconds: float = 3600.0
    answer: AnswerLaw = field(default_factory=lambda: ConstantAnswer(0.3))
    network: NetworkPlan = field(default_factory=NetworkPlan)
    ring_seconds: float = 25.0
    lines: int = 10_000
    calls_per_second: float = 50.0
    people: PeoplePlan = field(default_factory=PeoplePlan)
    wrap_up_seconds_max: float = 180.0
    tolerance_seconds: float = 2.0
    on_abandon: OnAbandon = OnAbandon.MESSAGE
    ledger: LedgerPlan = field(default_factory=LedgerPlan)

    def plan(self) -> WorldPlan:
        """The world of this scenario, without faults."""
        team = TeamConfig(
            team_id=TeamId(1),
            name="team",
            pacing=replace(self.pacing, ring_seconds=self.ring_seconds),
        )
        trunk = TrunkConfig(
            trunk_id=TrunkId("gateway"),
            channels_max=self.lines,
            calls_per_second=self.calls_per_second,
        )
        config = CampaignConfig(
            campaign_id=CampaignId(1),
            team_id=team.team_id,
            name=self.name,
            caller_id="15550100",
            trunks=(trunk.trunk_id,),
            ring_seconds=self.ring_seconds,
            answer_tolerance_seconds=self.tolerance_seconds,
            wrap_up_seconds_max=self.wrap_up_seconds_max,
            on_abandon=self.on_abandon,
        )
        campaign = CampaignPlan(
            config=config,
            leads=self.leads,
            tries_max=self.tries_max,
            retry_seconds=self.retry_seconds,
            answer=self.answer,
            ledgers=(self.ledger,),
        )
        agents = tuple(
            AgentPlan(agent_id=AgentId(n), team_id=team.team_id, name=f"agent-{n}")
            for n in range(1, self.agents + 1)
        )
        return WorldPlan(
            seconds=3600.0 * self.hours,
            teams=(team,),
            campaigns=(campaign,),
            trunks=(trunk,),
            agents=agents,
            network=self.network,
            people=self.people,
        )


class Table:
    """One table of the file. Every error names the file, the key, the value and what is allowed."""

    def __init__(self, path: Path, name: str, values: dict[str, Any]) -> None:
        self.path = path
        self.name = name
        self.values = dict(values)
        self.known: list[str] = []

    def _key(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def has(self, key: str) -> bool:
        """True when the file says something of this key."""
        return key in self.values

    def _take(self, key: str) -> Any:
        self.known.append(key)
        return self.values.pop(key, None)

    def wrong(self, key: str, value: object, allowed: str) -> SettingsError:
        """The error to raise."""
        return SettingsError(f"{self.path}: {self._key(key)} = {value!r}; it must be {allowed}")

    def number(self, key: str, default: float, *, low: float, high: float) -> float:
        """A number within the bounds."""
        value = self._take(key)
        if value is None:
            return default
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            raise self.wrong(key, value, f"a number from {low:g} to {high:g}")
        return float(value)

    def count(self, key: str, default: int, *, low: int, high: int) -> int:
        """A whole number within the bounds."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(key, value, f"a whole number from {low} to {high}")
        return value

    def numbers(self, key: str, *, low: float, high: float) -> tuple[float, ...]:
        """A list of numbers within the bounds, at least one."""
        value = self._take(key)
        is_list = isinstance(value, list) and value and all(
            isinstance(v, int | float) and not isinstance(v, bool) and low <= v <= high
            for v in value
        )  # fmt: skip
        if not is_list:
            raise self.wrong(key, value, f"a list of numbers from {low:g} to {high:g}")
        return tuple(float(v) for v in value)

    def text(self, key: str, default: str | None) -> str | None:
        """Any text."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.wrong(key, value, "text in quotes")
        return value

    def choice(self, key: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of the words."""
        value = self._take(key)
        if value is None:
            return default
        if value not in allowed:
            raise self.wrong(key, value, "one of " + ", ".join(repr(a) for a in allowed))
        return str(value)

    def table(self, key: str) -> "Table":
        """A table inside this one; empty when the file has none."""
        value = self._take(key)
        if value is not None and not isinstance(value, dict):
            raise self.wrong(key, value, f"a table: write [{self._key(key)}] above its keys")
        return Table(self.path, self._key(key), value or {})

    def close(self) -> None:
        """Refuse what nobody asked for."""
        for key in self.values:
            close = difflib.get_close_matches(key, self.known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else "known are " + ", ".join(self.known)
            raise SettingsError(f"{self.path}: {self._key(key)} is not a key of a scenario; {hint}")


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
    plain = Scenario()
    scenario = replace(
        plain,
        name=file.text("name", path.stem) or path.stem,
        agents=file.count("agents", plain.agents, low=1, high=AGENTS_MAX),
        hours=file.number("hours", plain.hours, low=0.01, high=HOURS_MAX),
        seeds=_seeds(file),
    )
    warm_up = 60.0 * file.number("warm_up_minutes", 0.0, low=0.0, high=1440.0)
    if warm_up >= 3600.0 * scenario.hours:
        raise file.wrong("warm_up_minutes", warm_up / 60.0, "less than the hours")
    scenario = replace(scenario, warm_up_seconds=warm_up)
    scenario = _with_list(scenario, file.table("list"))
    scenario = replace(scenario, answer=_answer(file.table("answer")))
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


def _with_list(scenario: Scenario, table: Table) -> Scenario:
    scenario = replace(
        scenario,
        leads=table.count("leads", scenario.leads, low=1, high=LEADS_MAX),
        tries_max=table.count("tries_max", scenario.tries_max, low=1, high=100),
        retry_seconds=60.0
        * table.number("retry_minutes", scenario.retry_seconds / 60.0, low=0.0, high=14_400.0),
    )
    table.close()
    return scenario


def _answer(table: Table) -> AnswerLaw:
    ways = [key for key in ("probability", "probability_by_hour", "low") if table.has(key)]
    if len(ways) > 1:
        raise SettingsError(f"{table.path}: answer has {' and '.join(ways)}; keep one of them")
    law: AnswerLaw
    if table.has("probability_by_hour"):
        law = HourlyAnswer(table.numbers("probability_by_hour", low=0.0, high=1.0))
    elif table.has("low"):
        law = AlternatingAnswer(
            low=table.number("low", 0.15, low=0.0, high=1.0),
            high=table.number("high", 0.45, low=0.0, high=1.0),
            period_seconds=60.0 * table.number("period_minutes", 30.0, low=0.1, high=1440.0),
        )
    else:
        law = ConstantAnswer(table.number("probability", 0.3, low=0.0, high=1.0))
    table.known += ["probability", "probability_by_hour", "low", "high", "period_minutes"]
    table.close()
    return law


def _with_network(scenario: Scenario, table: Table) -> Scenario:
    plain = scenario.network
    set_up = table.number("set_up_seconds", plain.set_up_seconds, low=0.0, high=60.0)
    network = replace(
        plain,
        set_up_seconds=set_up,
        answer_after=ShiftedGamma(
            shift_seconds=set_up,
            shape=table.number("answer_shape", 2.0, low=0.1, high=100.0),
            scale_seconds=table.number("answer_scale_seconds", 4.0, low=0.01, high=60.0),
        ),
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
    plain = PacingSettings()
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
