"""All results of a campaign in one value, for the command line and for pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from campaigns.scripts.following import Following
from campaigns.scripts.questions import Question
from campaigns.scripts.quotas import Cell
from campaigns.surveys.aapor import Rates, rates_of
from campaigns.surveys.distributions import Distribution, distribution_of
from campaigns.surveys.interviews import Interview


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTime:
    """How long a step was on the screen, on average of the calls that came to it."""

    step: str
    calls: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Adherence:
    """How the calls followed the script. Ratios are 0..1, None without a call."""

    calls: int = 0
    required_ratio: float | None = None
    """Required steps seen, of those on the calls' ways."""
    in_order_ratio: float | None = None
    coverage_ratio: float | None = None
    """Mean of the calls."""
    steps: tuple[StepTime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What came of a campaign's interviews."""

    campaign: str
    interviews: int
    only_complete: bool
    rates: Rates
    cells: tuple[Cell, ...]
    distributions: tuple[Distribution, ...]
    adherence: Adherence = field(default_factory=Adherence)


class _Followed(Protocol):
    @property
    def following(self) -> Following: ...


def results_of(
    *,
    campaign: str,
    interviews: Sequence[Interview],
    questions: Sequence[Question],
    cases: Mapping[str, int],
    cells: Sequence[Cell],
    followed: Sequence[_Followed] = (),
    only_complete: bool,
) -> Results:
    """Count everything. Takes a second for some tens of thousands of interviews; blocks."""
    found = [distribution_of(question, interviews) for question in questions]
    return Results(
        campaign=campaign,
        interviews=len(interviews),
        only_complete=only_complete,
        rates=rates_of(cases),
        cells=tuple(cells),
        distributions=tuple(each for each in found if each.answered or each.no_answer),
        adherence=_adherence([each.following for each in followed]),
    )


def _adherence(followed: Sequence[Following]) -> Adherence:
    seen = [each for each in followed if each.seconds]
    if not seen:
        return Adherence()
    required = sum(each.required for each in seen)
    times: dict[str, list[float]] = {}
    for each in seen:
        for step, seconds in each.seconds.items():
            times.setdefault(step, []).append(seconds)
    return Adherence(
        calls=len(seen),
        required_ratio=sum(e.required_seen for e in seen) / required if required else None,
        in_order_ratio=sum(each.is_in_order for each in seen) / len(seen),
        coverage_ratio=sum(each.coverage_ratio for each in seen) / len(seen),
        steps=tuple(
            StepTime(step=step, calls=len(each), seconds=sum(each) / len(each))
            for step, each in times.items()
        ),
    )
