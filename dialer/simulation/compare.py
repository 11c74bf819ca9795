"""What if: the same days once more with something changed, and what that made of each figure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dialer.engine.config import CampaignConfig
from dialer.pacing.settings import DialMode, PacingSettings, Wall
from dialer.simulation.laws import ConstantAnswer, DurationLaw, Scaled
from dialer.simulation.plan import LedgerPlan
from dialer.simulation.report import Interval, figure_names, interval
from dialer.simulation.runner import Result
from dialer.simulation.scenario import AGENTS_MAX, LEADS_MAX, Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that can be changed by `--what-if`."""

    meaning: str
    allowed: str
    apply: Callable[[Scenario, str], Scenario]
    """Raises ValueError for what is not allowed."""


def changed(scenario: Scenario, text: str) -> Scenario:
    """The scenario with `key=value`, or several of them joined by commas.

    ValueError says what was wrong, the value, and what is allowed.
    """
    for part in text.split(","):
        key, equals, value = (word.strip() for word in part.partition("="))
        change = CHANGES.get(key)
        if change is None or not equals or not value:
            raise ValueError(
                f"{part.strip()!r} is no change; write KEY=VALUE, with KEY one of "
                + ", ".join(CHANGES)
            )
        try:
            scenario = change.apply(scenario, value)
        except ValueError as error:
            raise ValueError(f"{key}={value}: it must be {change.allowed}") from error
    return scenario


def paired(before: Sequence[Result], after: Sequence[Result]) -> dict[str, Interval]:
    """By figure, how much more `after` has, day by day on the same seeds. Needs two days.

    The days are alike in all but the change, so what is chance in both of them cancels out.
    """
    assert [r.seed for r in before] == [r.seed for r in after], "differences need the same seeds"
    found: dict[str, Interval] = {}
    for name in figure_names():
        pairs = [
            (getattr(one.figures, name), getattr(two.figures, name))
            for one, two in zip(before, after, strict=True)
        ]
        if all(one is not None and two is not None for one, two in pairs):
            found[name] = interval([two - one for one, two in pairs])
    return found


def share(text: str, *, low: float = 0.0, high: float = 1.0) -> float:
    """ "3%", "3 %" or "0.03" as 0.03. ValueError outside the bounds."""
    word = text.strip()
    value = float(word[:-1]) / 100.0 if word.endswith("%") else float(word)
    if not low <= value <= high:
        raise ValueError(f"{text} is outside {low:g} to {high:g}")
    return value


def _number(text: str, low: float, high: float) -> float:
    value = float(text)
    if not low <= value <= high:
        raise ValueError(f"{text} is outside {low:g} to {high:g}")
    return value


def _count(text: str, low: int, high: int) -> int:
    value = int(text)
    if not low <= value <= high:
        raise ValueError(f"{text} is outside {low} to {high}")
    return value


def _mode(scenario: Scenario, text: str) -> Scenario:
    return replace(scenario, pacing=replace(scenario.pacing, mode=DialMode(text)))


def _ratio(scenario: Scenario, text: str) -> Scenario:
    return replace(scenario, pacing=replace(scenario.pacing, ratio=_number(text, 1.0, 20.0)))


def _target(scenario: Scenario, text: str) -> Scenario:
    return replace(scenario, pacing=replace(scenario.pacing, target_ratio=share(text)))


def _wall(scenario: Scenario, text: str) -> Scenario:
    return replace(scenario, pacing=replace(scenario.pacing, wall=Wall(text)))


def _agents(scenario: Scenario, text: str) -> Scenario:
    return scenario.with_agents(_count(text, 1, AGENTS_MAX))


def _leads(scenario: Scenario, text: str) -> Scenario:
    leads = _count(text, 1, LEADS_MAX)
    if not scenario.campaigns:
        return replace(scenario, leads=leads)
    factor = leads / max(1, scenario.list_size)
    campaigns = tuple(
        replace(
            campaign,
            leads=round(campaign.leads * factor),
            groups=tuple(replace(g, leads=round(g.leads * factor)) for g in campaign.groups),
        )
        for campaign in scenario.campaigns
    )
    return replace(scenario, campaigns=campaigns)


def limited(scenario: Scenario, limit_ratio: float) -> Scenario:
    """Another limit of abandonment, and an aim as far below it as the default is below 3 %."""
    return replace(
        scenario,
        pacing=replace(scenario.pacing, target_ratio=limit_ratio * _AIM_OF_LIMIT),
        ledger=replace(scenario.ledger, limit_ratio=limit_ratio),
        campaigns=tuple(
            replace(c, ledgers=tuple(replace(e, limit_ratio=limit_ratio) for e in c.ledgers))
            for c in scenario.campaigns
        ),
    )


def with_config(scenario: Scenario, change: Callable[[CampaignConfig], CampaignConfig]) -> Scenario:
    """The same change to the settings of all real campaigns."""
    campaigns = tuple(replace(c, config=change(c.config)) for c in scenario.campaigns)
    return replace(scenario, campaigns=campaigns)


def _ring(scenario: Scenario, text: str) -> Scenario:
    seconds = _number(text, 15.0, 90.0)
    scenario = with_config(scenario, lambda config: replace(config, ring_seconds=seconds))
    return replace(scenario, ring_seconds=seconds)


def _tolerance(scenario: Scenario, text: str) -> Scenario:
    seconds = _number(text, 0.1, 30.0)
    scenario = with_config(
        scenario, lambda config: replace(config, answer_tolerance_seconds=seconds)
    )
    return replace(scenario, tolerance_seconds=seconds)


def _answer(scenario: Scenario, text: str) -> Scenario:
    law = ConstantAnswer(share(text))
    campaigns = tuple(
        replace(c, answer=law, groups=tuple(replace(g, answer=None) for g in c.groups))
        for c in scenario.campaigns
    )
    kinds = tuple(replace(kind, answer=law) for kind in scenario.kinds)
    return replace(scenario, answer=law, kinds=kinds, campaigns=campaigns)


def _scaled(law: DurationLaw | None, factor: float) -> DurationLaw | None:
    return None if law is None else Scaled(law, factor)


def _talk(scenario: Scenario, text: str) -> Scenario:
    factor = share(text, low=0.1, high=10.0)
    people = replace(scenario.people, talk=Scaled(scenario.people.talk, factor))
    campaigns = tuple(replace(c, talk=_scaled(c.talk, factor)) for c in scenario.campaigns)
    return replace(scenario, people=people, campaigns=campaigns)


def _wrap_up(scenario: Scenario, text: str) -> Scenario:
    factor = share(text, low=0.1, high=10.0)
    people = replace(scenario.people, wrap_up=Scaled(scenario.people.wrap_up, factor))
    campaigns = tuple(replace(c, wrap_up=_scaled(c.wrap_up, factor)) for c in scenario.campaigns)
    return replace(scenario, people=people, campaigns=campaigns)


_AIM_OF_LIMIT = PacingSettings().target_ratio / LedgerPlan().limit_ratio
"""The default aim over the limit of most laws."""

CHANGES: dict[str, Change] = {
    "pacing": Change(
        meaning="dial mode",
        allowed="progressive, ratio, predictive or preview",
        apply=_mode,
    ),
    "agents": Change(
        meaning="agents at work", allowed=f"a whole number from 1 to {AGENTS_MAX}", apply=_agents
    ),
    "target": Change(
        meaning="abandonment that predictive aims at", allowed='a share such as "2%"', apply=_target
    ),
    "limit": Change(
        meaning="abandonment that may not be passed",
        allowed='a share such as "3%"',
        apply=lambda scenario, text: limited(scenario, share(text)),
    ),
    "wall": Change(meaning="how the limit is kept", allowed="forecast or strict", apply=_wall),
    "ratio": Change(
        meaning="lines for each ready agent", allowed="a number from 1 to 20", apply=_ratio
    ),
    "ring_seconds": Change(
        meaning="how long an attempt may ring", allowed="a number from 15 to 90", apply=_ring
    ),
    "tolerance": Change(
        meaning="seconds from answer to agent", allowed="a number from 0.1 to 30", apply=_tolerance
    ),
    "answer": Change(
        meaning="share of attempts that are answered",
        allowed='a share such as "25%"',
        apply=_answer,
    ),
    "talk": Change(
        meaning="talk times, against now", allowed='a share from "10%" to "1000%"', apply=_talk
    ),
    "wrap_up": Change(
        meaning="wrap-up times, against now",
        allowed='a share from "10%" to "1000%"',
        apply=_wrap_up,
    ),
    "leads": Change(
        meaning="size of the list", allowed=f"a whole number from 1 to {LEADS_MAX}", apply=_leads
    ),
}
"""By the word before the equals sign, in the order they are told."""
