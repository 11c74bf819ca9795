"""The answers of `dialer simulate` in sentences."""

from collections.abc import Sequence

from dialer.cli.simulate_ask import Asked, Basis
from dialer.simulation import report
from dialer.simulation.laws import (
    AlternatingAnswer,
    AnswerLaw,
    ClockAnswer,
    ConstantAnswer,
    DurationLaw,
    Empirical,
    HourlyAnswer,
    Lognormal,
    Scaled,
    ShiftedGamma,
)
from dialer.simulation.moments import clock_text
from dialer.simulation.plan import Goal
from dialer.simulation.scenario import AGENTS_MAX, Scenario
from dialer.simulation.staffing import Size, Staffing


def clock(seconds: float, scenario: Scenario) -> str:
    """The moment so long after the start."""
    at = scenario.start_at + seconds
    return clock_text(at, zone=scenario.zone, same_day_as=scenario.start_at)


def percent(ratio: float) -> str:
    """`2.7 %`."""
    return f"{100.0 * ratio:.1f} %"


def between_days(size: Size, scenario: Scenario, joint: str = " and ") -> str:
    """When nine days in ten end."""
    if size.finish_low_seconds is None or size.finish_high_seconds is None:
        return "-"
    low = clock(size.finish_low_seconds, scenario)
    return f"{low}{joint}{clock(size.finish_high_seconds, scenario)}"


def task(asked: Asked) -> str:
    """What is to be finished, and what that means."""
    leads = f"{asked.scenario.list_size:,} leads"
    if asked.goal is Goal.CALLED:
        return f"to call each of {leads} at least once"
    return f"to finish {leads}"


def answer(asked: Asked, found: Staffing) -> str:
    """The question's answer in one sentence, with its interval."""
    scenario = asked.scenario
    by = clock(scenario.ends_at - scenario.start_at, scenario)
    limit = percent(asked.limit_ratio)
    question = f"{task(asked)} by {by} with at most {limit} abandoned"
    best = next((size for size in found.sizes if size.agents == found.agents), None)
    if best is None:
        return _no_answer(asked, found, question)
    fewest = found.at_least or best.agents
    interval = (
        f"95 % interval {fewest} to {best.agents}" if fewest < best.agents else "no fewer will do"
    )
    if asked.sizes.these:
        interval = f"the fewest of {_listed(size.agents for size in found.sizes)}"
    mean = clock(best.finish_mean_seconds or 0.0, scenario)
    return (
        f"You need {_agents(best.agents)} ({interval}) {question}: they finish at {mean} on "
        f"average, nine days in ten between {between_days(best, scenario)}, "
        f"{_abandoned(best)} abandoned."
    )


def _no_answer(asked: Asked, found: Staffing, question: str) -> str:
    sizes, scenario = asked.sizes, asked.scenario
    over = [size for size in found.sizes if size.is_in_time]
    if over:
        worst = min(over, key=lambda size: size.abandonment_ratio)
        return (
            f"No number of agents that was tried is enough {question}: {_agents(worst.agents)} "
            f"finish in time, but {_abandoned(worst)} are abandoned; lower the aim, for example "
            f"--what-if target={100.0 * asked.limit_ratio * 0.8:.2g}%."
        )
    nearly = [size for size in found.sizes if size.in_time_ratio >= 0.5]
    if nearly and found.guess is None:
        most = max(nearly, key=lambda size: size.agents)
        return (
            f"No number of agents is sure to be enough {question}: {_agents(most.agents)} finish "
            f"at {clock(most.finish_mean_seconds or 0.0, scenario)} on average, but nine days in "
            f"ten between {between_days(most, scenario)}; so short a list is a matter of chance."
        )
    if found.guess is not None:
        tried = (
            f"None of {_listed(sizes.these)} agents is"
            if sizes.these
            else f"Even {_agents(sizes.high)} are not"
        )
        return (
            f"{tried} enough {question}; about {_agents(found.guess)} would be, by a rough "
            f"reckoning: try --agents {found.guess}."
        )
    return (
        f"No number of agents up to {AGENTS_MAX} is enough {question}: the rests between tries, "
        "the calling hours or the lines do not leave the time. Give more time, fewer tries, "
        "shorter rests, or ask with --finish called when every lead was called once."
    )


def _agents(count: int) -> str:
    return "1 agent" if count == 1 else f"{count} agents"


def _listed(counts: object) -> str:
    words = [str(count) for count in counts]  # type: ignore[attr-defined]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _abandoned(size: Size) -> str:
    ratios = [result.figures.abandonment_ratio for result in size.results]
    mean = percent(size.abandonment_ratio)
    if len(ratios) < 2:
        return mean
    found = report.interval(ratios)
    return f"{mean} ({100.0 * max(0.0, found.low):.1f} to {100.0 * found.high:.1f} %)"


def law_words(law: DurationLaw) -> str:
    """A law of durations."""
    match law:
        case Lognormal(mean_seconds=mean, cv=cv):
            return f"{mean:g} s on average, lognormal with cv {cv:g}"
        case ShiftedGamma(shift_seconds=shift, shape=shape, scale_seconds=scale):
            return f"{shift:g} s set-up, then {shape * scale:g} s of ringing on average"
        case Empirical(seconds=seconds):
            mean = sum(seconds) / len(seconds)
            return f"{mean:.1f} s on average, drawn from {len(seconds):,} measured ones"
        case Scaled(law=inner, factor=factor):
            return f"{factor:g} times {law_words(inner)}"
        case _:
            return str(law)


def answer_words(law: AnswerLaw) -> str:
    """A law of answers."""
    match law:
        case ConstantAnswer(probability=probability):
            return f"{percent(probability)} of attempts, all day"
        case HourlyAnswer(probabilities=shares):
            return "by hour from the start: " + ", ".join(percent(share) for share in shares)
        case AlternatingAnswer(low=low, high=high, period_seconds=period):
            return f"{percent(low)} and {percent(high)} in turns of {period / 60:g} min"
        case ClockAnswer(probabilities=shares):
            return f"by hour of the clock, {percent(min(shares))} to {percent(max(shares))}"
        case _:
            return str(law)


def basis_of(scenario: Scenario, given: Sequence[str], *, source: str) -> tuple[Basis, ...]:
    """What a scenario without real campaigns rests on. `given` names what options said."""
    plan = scenario.plan()
    people, network = plan.people, plan.network
    kinds = "; ".join(f"{kind.name}: {answer_words(kind.answer)}" for kind in scenario.kinds)
    lines = {
        "leads": ("leads", f"{scenario.leads:,}"),
        "answer": ("answers", kinds or answer_words(scenario.answer)),
        "talk": ("talk", law_words(people.talk)),
        "wrap": ("wrap-up", law_words(people.wrap_up)),
        "tries": (
            "tries",
            f"{scenario.tries_max} at most, {scenario.retry_seconds / 60:g} min between them",
        ),
        "ring": (
            "time to answer",
            f"{law_words(network.answer_after)}; unanswered after {scenario.ring_seconds:g} s",
        ),
        "failures": (
            "failures",
            f"{percent(network.fast_failure_ratio)} of what is not answered fails within seconds",
        ),
        "pacing": (
            "pacing",
            f"{scenario.pacing.mode}, aims at {100.0 * scenario.pacing.target_ratio:.3g} %",
        ),
    }
    return tuple(
        Basis(what=what, value=value, source="given" if key in given else source)
        for key, (what, value) in lines.items()
    )
