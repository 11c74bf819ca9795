"""A public network drawn from seeded distributions, with a behaviour per number where one is given.

Every call draws from its own stream, named by (seed, number, how many calls the number has had),
so the outcome of one call never depends on the order of the others.

The description is a TOML or JSON file; every key is optional:

    answer_ratio = 0.30                  # share of calls answered, by a person or a machine
    answer_ratio_by_hour = [[8, 0.15], [12, 0.25], [19, 0.45]]   # local hour, share; linear between
    answer_ratio_alternating = { period_seconds = 1800, ratios = [0.15, 0.45] }
    utc_offset_hours = 4.0               # of the local hour
    set_up_seconds = [0.4, 2.0]          # INVITE to the first ring, uniform
    ring_minimum_seconds = 3.0           # ring until answer: minimum + Gamma(shape, scale)
    ring_gamma_shape = 2.0
    ring_gamma_scale_seconds = 4.0
    failure_seconds = [1.0, 4.0]         # a failing call fails after so long, uniform
    machine_ratio = 0.0                  # share of answers that are machines
    talk_mean_seconds = 180.0            # a person's talk: lognormal with this mean
    talk_cv = 0.8                        # and this standard deviation over mean
    machine_seconds = 25.0               # a machine hangs up after so long
    hold_ratio = 0.0                     # share of people who put us on hold before hanging up
    opt_out_ratio = 0.0                  # share of people who press `opt_out_key` …
    opt_out_key = "9"
    opt_out_seconds = 6.0                # … so long after answering
    numbers_file = "numbers.jsonl"       # beside this file

    [failures]                           # share of all calls that fail early, by hangup cause
    USER_BUSY = 0.06
    UNALLOCATED_NUMBER = 0.02

What is neither answered nor failing rings until we give up. Of the three ways to give the answer
ratio the last one present in the order above wins. `numbers_file` has a JSON object a line:

    {"number": "+12025550123", "talk_seconds": 213.0, "answer_ratio": 0.4, "result": "answered",
    "machine": false}

where `result` is `answered`, `no_answer`, `busy` or a hangup cause, and anything left out is drawn.
"""

import json
import math
import tomllib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

from freeswitch.fake.causes import Q850
from freeswitch.fake.network import Behaviour, Result, refused

_DAY_HOURS = 24.0


class NetworkFileError(ValueError):
    """A network file cannot be used; the text says where and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternating:
    """Answer ratios that take turns, each for `period_seconds`."""

    period_seconds: float
    ratios: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPlan:
    """What is laid down for one number; None is drawn as for any other."""

    talk_seconds: float | None = None
    answer_ratio: float | None = None
    result: str | None = None
    machine: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkLaws:
    """The distributions; see the module's text for each."""

    answer_ratio: float = 0.3
    answer_ratio_by_hour: tuple[tuple[float, float], ...] = ()
    answer_ratio_alternating: Alternating | None = None
    utc_offset_hours: float = 0.0
    set_up_seconds: tuple[float, float] = (0.4, 2.0)
    ring_minimum_seconds: float = 3.0
    ring_gamma_shape: float = 2.0
    ring_gamma_scale_seconds: float = 4.0
    failure_seconds: tuple[float, float] = (1.0, 4.0)
    failures: Mapping[str, float] = field(
        default_factory=lambda: {"USER_BUSY": 0.06, "UNALLOCATED_NUMBER": 0.02}
    )
    machine_ratio: float = 0.0
    talk_mean_seconds: float = 180.0
    talk_cv: float = 0.8
    machine_seconds: float = 25.0
    hold_ratio: float = 0.0
    opt_out_ratio: float = 0.0
    opt_out_key: str = "9"
    opt_out_seconds: float = 6.0

    def answer_ratio_at(self, now: float) -> float:
        """The share of calls placed at this virtual instant that are answered."""
        if self.answer_ratio_alternating is not None:
            turns = self.answer_ratio_alternating
            return turns.ratios[int(now // turns.period_seconds) % len(turns.ratios)]
        if self.answer_ratio_by_hour:
            hour = (now / 3600.0 + self.utc_offset_hours) % _DAY_HOURS
            return _between(self.answer_ratio_by_hour, hour)
        return self.answer_ratio


def _between(points: tuple[tuple[float, float], ...], hour: float) -> float:
    """Linear between the points, and around midnight from the last to the first."""
    position = bisect_right([point[0] for point in points], hour)
    earlier = points[position - 1]
    later = points[position % len(points)]
    span = (later[0] - earlier[0]) % _DAY_HOURS
    if span == 0:
        return earlier[1]
    share = ((hour - earlier[0]) % _DAY_HOURS) / span
    return earlier[1] + (later[1] - earlier[1]) * share


class StatisticalNetwork:
    """Answers each call by the laws, from the seed."""

    def __init__(
        self,
        laws: NetworkLaws | None = None,
        *,
        seed: int = 1,
        numbers: Mapping[str, NumberPlan] | None = None,
    ) -> None:
        self._laws = laws or NetworkLaws()
        self._seed = seed
        self._numbers = {_digits(number): plan for number, plan in (numbers or {}).items()}
        self._calls_to: defaultdict[str, int] = defaultdict(int)
        failures = self._laws.failures
        self._failure_causes = list(failures)
        self._failure_weights = [max(0.0, failures[name]) for name in self._failure_causes]
        self._failure_ratio = sum(self._failure_weights)

    def answer_for(self, number: str, now: float) -> Behaviour:
        """Draw what becomes of this call. A number is the same with or without its plus sign."""
        key = _digits(number)
        nth = self._calls_to[key]
        self._calls_to[key] += 1
        name = f"{self._seed}:{key}:{nth}".encode()
        stream = Random(int.from_bytes(blake2b(name, digest_size=8).digest()))  # noqa: S311
        plan = self._numbers.get(key, NumberPlan())
        return self._draw(stream, plan, now)

    def _draw(self, stream: Random, plan: NumberPlan, now: float) -> Behaviour:
        laws = self._laws
        set_up = stream.uniform(*laws.set_up_seconds)
        luck, failure_luck = stream.random(), stream.random()
        ring = laws.ring_minimum_seconds + stream.gammavariate(
            laws.ring_gamma_shape, laws.ring_gamma_scale_seconds
        )
        result = plan.result
        if result is None:
            ratio = (
                plan.answer_ratio if plan.answer_ratio is not None else laws.answer_ratio_at(now)
            )
            if luck < ratio:
                result = "answered"
            elif failure_luck * (1.0 - ratio) < self._failure_ratio:
                result = stream.choices(self._failure_causes, self._failure_weights)[0]
            else:
                result = "no_answer"
        match result:
            case "answered":
                return self._answered(stream, plan, set_up, ring)
            case "no_answer":
                return Behaviour(result=Result.NO_ANSWER, set_up_seconds=set_up)
            case "busy":
                return refused("USER_BUSY", after_seconds=stream.uniform(*laws.failure_seconds))
            case cause:
                return refused(cause, after_seconds=stream.uniform(*laws.failure_seconds))

    def _answered(self, stream: Random, plan: NumberPlan, set_up: float, ring: float) -> Behaviour:
        laws = self._laws
        draws_machine = stream.random() < laws.machine_ratio
        is_machine = draws_machine if plan.machine is None else plan.machine
        talk = _lognormal(stream, laws.talk_mean_seconds, laws.talk_cv)
        greeting_at, hello = stream.uniform(0.15, 0.5), stream.uniform(0.4, 1.2)
        greeting = stream.uniform(5.0, 15.0)
        holds = stream.random() < laws.hold_ratio
        opts_out = stream.random() < laws.opt_out_ratio
        if is_machine:
            return Behaviour(
                result=Result.ANSWERED,
                set_up_seconds=set_up,
                ring_seconds=ring,
                talk_seconds=laws.machine_seconds,
                speech=((greeting_at, greeting_at + greeting),),
                machine=True,
            )
        return Behaviour(
            result=Result.ANSWERED,
            set_up_seconds=set_up,
            ring_seconds=ring,
            talk_seconds=plan.talk_seconds if plan.talk_seconds is not None else talk,
            speech=((greeting_at, greeting_at + hello),),
            keys=((laws.opt_out_seconds, laws.opt_out_key),) if opts_out else (),
            holds=holds,
        )


def _lognormal(stream: Random, mean: float, cv: float) -> float:
    variance = math.log1p(cv * cv)
    return stream.lognormvariate(math.log(mean) - variance / 2, math.sqrt(variance))


def _digits(number: str) -> str:
    return number.removeprefix("+")


def load_network(path: Path, *, seed: int = 1) -> StatisticalNetwork:
    """Read a TOML or JSON network file. Raises `NetworkFileError` with what to mend."""
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise NetworkFileError(
            f"network file {path}: {error}; see freeswitch.fake.statistical"
        ) from error
    if not isinstance(document, dict):
        raise NetworkFileError(f"network file {path}: expected a table of settings at the top")
    numbers_file = document.pop("numbers_file", None)
    numbers = load_numbers(path.parent / str(numbers_file)) if numbers_file else {}
    return StatisticalNetwork(laws_from(document, where=str(path)), seed=seed, numbers=numbers)


def laws_from(document: Mapping[str, Any], *, where: str = "network") -> NetworkLaws:
    """The laws of a parsed file. Raises `NetworkFileError` for unknown keys and wrong values."""
    known = {one.name for one in fields(NetworkLaws)}
    for key in document:
        if key not in known:
            raise NetworkFileError(
                f"{where}: unknown setting {key!r}; known are {', '.join(sorted(known))}"
            )
    values: dict[str, Any] = dict(document)
    try:
        if "answer_ratio_by_hour" in values:
            points = sorted(
                (float(hour), float(ratio)) for hour, ratio in values["answer_ratio_by_hour"]
            )
            values["answer_ratio_by_hour"] = tuple(points)
        if "answer_ratio_alternating" in values:
            turns = values["answer_ratio_alternating"]
            values["answer_ratio_alternating"] = Alternating(
                period_seconds=float(turns["period_seconds"]),
                ratios=tuple(float(ratio) for ratio in turns["ratios"]),
            )
        for key in ("set_up_seconds", "failure_seconds"):
            if key in values:
                low, high = values[key]
                values[key] = (float(low), float(high))
        if "failures" in values:
            values["failures"] = {
                _cause(key): float(one) for key, one in values["failures"].items()
            }
    except (TypeError, ValueError, KeyError) as error:
        raise NetworkFileError(
            f"{where}: {error!r}; see freeswitch.fake.statistical for the form"
        ) from error
    return NetworkLaws(**values)


def load_numbers(path: Path) -> dict[str, NumberPlan]:
    """Read behaviours by number, JSON lines. Raises `NetworkFileError` naming the line."""
    numbers: dict[str, NumberPlan] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise NetworkFileError(f"numbers file {path}: {error}") from error
    for position, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            number, plan = _number_plan(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NetworkFileError(f"numbers file {path}, line {position}: {error!r}") from error
        numbers[number] = plan
    return numbers


def _number_plan(entry: dict[str, Any]) -> tuple[str, NumberPlan]:
    number = str(entry.pop("number"))
    if unknown := sorted(set(entry) - {one.name for one in fields(NumberPlan)}):
        raise ValueError(f"unknown key {unknown[0]!r}")
    if entry.get("result") not in {None, "answered", "no_answer", "busy"}:
        entry["result"] = _cause(entry["result"])
    return number, NumberPlan(**entry)


def _cause(name: str) -> str:
    if name not in Q850:
        raise ValueError(f"{name!r} is no hangup cause; write FreeSWITCH's name, such as USER_BUSY")
    return name
