"""Every rule of the comparison: ours untuned, the peers with their defaults or by grid search."""

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.pacing.floor import Decider, Timing
from benchmarks.pacing.peers.eis import ExpectedFree
from benchmarks.pacing.peers.issabel import Issabel
from benchmarks.pacing.peers.ratio import LAUNCH_SECONDS, FixedRatio
from benchmarks.pacing.peers.samuelson import Samuelson
from benchmarks.pacing.peers.vicidial import Adaptive, Method, VicidialAdaptive
from dialer.pacing.pacers import create
from dialer.pacing.settings import DialMode, PacingSettings

LEVELS = tuple(round(1.03**i, 2) for i in range(80))
"""Dial levels of the search: 1 to 10 in steps of 3 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One setting of a rule."""

    settings: str
    create: Callable[[], Decider]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One row of the table; several choices are tuned on each world, and marked so."""

    label: str
    choices: tuple[Choice, ...]
    timing: Timing = field(default_factory=Timing)
    is_ours: bool = False
    is_ordered: bool = False
    """Its choices grow bolder: the best is found by bisection."""
    agents_max: int = 1000
    """Larger teams are left out: the grid of a slow rule would take hours."""

    @property
    def is_tuned(self) -> bool:
        """Whether its settings are searched on each world."""
        return len(self.choices) > 1


def _polled(seconds: float) -> Timing:
    """A service that wakes up by the clock and sees nothing in between."""
    return Timing(interval_seconds=seconds, is_asked_at_events=False)


def _ours(settings: PacingSettings, words: str) -> tuple[Choice, ...]:
    return (Choice(settings=words, create=functools.partial(create, settings)),)


def _fixed(*, is_available_only: bool) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            settings=f"level {level}",
            create=functools.partial(FixedRatio, level, is_available_only=is_available_only),
        )
        for level in LEVELS
    )


def _adaptive(method: Method) -> tuple[Choice, ...]:
    create_pacer = functools.partial(VicidialAdaptive, Adaptive(method=method))
    return (Choice(settings="defaults", create=create_pacer),)


def _adaptive_grid() -> tuple[Choice, ...]:
    """5 maximum levels, 3 intensities, 4 targets, both ways to count: 120 settings."""
    grid = itertools.product(
        (2.0, 3.0, 4.0, 6.0, 10.0), (0.2, 0.5, 1.0), (-1.0, 0.0, 0.5, 1.0), (False, True)
    )
    return tuple(
        Choice(
            settings=f"max {top}, intensity {intensity}, target {target}, available only {only}",
            create=functools.partial(
                VicidialAdaptive,
                Adaptive(level_max=top, intensity=intensity, target=target, is_available_only=only),
            ),
        )
        for top, intensity, target, only in grid
    )


CAUTIONS = tuple(round(4.0 * 0.98**i, 3) for i in range(90))
"""Factors of the search, from timid to bold: 4 to .66 in steps of 2 %."""


def _expected_free() -> tuple[Choice, ...]:
    """Windows of one and four seconds, and ones that move by a step, are no better anywhere."""
    return tuple(
        Choice(
            settings=f"caution {caution}", create=functools.partial(ExpectedFree, caution=caution)
        )
        for caution in CAUTIONS
    )


VICIDIAL = _polled(LAUNCH_SECONDS)
OURS = Timing(interval_seconds=0.5, patient_seconds=3.0)

RULE = "the rule, target 3.0 %"
"""The one setting changed: the peers are tuned to the same 3 %."""
RULE_DEFAULT = "the rule, default target 2.8 %"

CONTENDERS = (
    Contender(
        label="progressive",
        choices=_ours(PacingSettings(mode=DialMode.PROGRESSIVE), "progressive"),
        # It acts on events alone: the clock need not wake it.
        timing=Timing(interval_seconds=60.0),
    ),
    Contender(
        label="VICIdial ratio, total lines",
        choices=_fixed(is_available_only=False),
        timing=VICIDIAL,
        is_ordered=True,
    ),
    Contender(
        label="VICIdial ratio, available only",
        choices=_fixed(is_available_only=True),
        timing=VICIDIAL,
        is_ordered=True,
    ),
    Contender(
        label="VICIdial adaptive hard, defaults", choices=_adaptive(Method.HARD), timing=VICIDIAL
    ),
    Contender(
        label="VICIdial adaptive average, defaults",
        choices=_adaptive(Method.AVERAGE),
        timing=VICIDIAL,
    ),
    Contender(
        label="VICIdial adaptive tapered, defaults",
        choices=_adaptive(Method.TAPERED),
        timing=VICIDIAL,
    ),
    Contender(
        label="VICIdial adaptive, best of 120",
        choices=_adaptive_grid(),
        timing=VICIDIAL,
        agents_max=20,
    ),
    Contender(
        label="Issabel, defaults",
        choices=(Choice(settings="defaults", create=Issabel),),
        timing=_polled(3.0),
    ),
    Contender(
        label="Samuelson 1987",
        choices=(Choice(settings="defaults", create=Samuelson),),
        timing=_polled(1.0),
    ),
    Contender(
        label="EIS 1995 expected free",
        choices=_expected_free(),
        timing=Timing(interval_seconds=2.0),
        is_ordered=True,
    ),
    Contender(
        label=RULE_DEFAULT,
        choices=_ours(PacingSettings(), "defaults"),
        timing=OURS,
        is_ours=True,
    ),
    Contender(
        label=RULE,
        choices=_ours(PacingSettings(target_ratio=0.03), "target 3 %, all else by default"),
        timing=OURS,
        is_ours=True,
    ),
)

BY_LABEL = {contender.label: contender for contender in CONTENDERS}
