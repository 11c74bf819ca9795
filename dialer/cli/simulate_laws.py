"""From measured calls to the laws of a simulated day, each with where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean, median

from campaigns.outcomes import Outcome
from campaigns.store.forecast_rows import Breaks, CauseRow, Measured
from dialer.cli.simulate_ask import Basis
from dialer.cli.simulate_words import answer_words, law_words
from dialer.simulation.laws import (
    AnswerLaw,
    ClockAnswer,
    ConstantAnswer,
    DurationLaw,
    Empirical,
)
from dialer.simulation.moments import seconds_of_day
from dialer.simulation.plan import NetworkPlan, PeoplePlan

OBSERVATIONS_MIN = 50
"""With fewer a mean is off by a seventh of its spread or more; then the team's calls are asked, and
then the built-in scenario."""
_PRIOR_ATTEMPTS = 50.0
"""Weight of the whole day's answer rate in each hour's: an hour with few calls borrows from it."""
_PAUSES_MIN = 20
_CAUSES_KEPT = 40
"""Equally likely failures drawn from; a cause of one in forty still appears."""
_NEVER_FAST = (Outcome.MACHINE,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One law and where it comes from."""

    what: str
    value: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Laws:
    """Everything measured of a campaign's calls, or assumed in its place."""

    answer: AnswerLaw
    network: NetworkPlan
    people: PeoplePlan
    sources: tuple[Law, ...]

    def basis(self, campaign: str) -> list[Basis]:
        """For people; the campaign's name goes before where there are several."""
        head = f"{campaign}: " if campaign else ""
        return [
            Basis(what=head + each.what, value=each.value, source=each.source)
            for each in self.sources
        ]

    def people_with(self, breaks: Breaks) -> PeoplePlan:
        """The people, pausing as the team did; where that is not known, not at all."""
        if not _is_known(breaks):
            return self.people
        hours = breaks.work_seconds / 3600.0
        return replace(
            self.people,
            pauses_per_hour=min(60.0, len(breaks.pause_seconds) / hours),
            pause=Empirical(breaks.pause_seconds),
        )

    def breaks_basis(self, breaks: Breaks) -> Basis:
        """For people."""
        count = len(breaks.pause_seconds)
        if not _is_known(breaks):
            return Basis(
                what="pauses", value="none", source=f"assumed: only {count} pauses in 30 days"
            )
        per_hour = count / (breaks.work_seconds / 3600.0)
        minutes = fmean(breaks.pause_seconds) / 60.0
        value = f"{per_hour:.2f} an hour and agent, {minutes:.1f} min on average"
        return Basis(what="pauses", value=value, source=f"measured: {count:,} pauses")


def _is_known(breaks: Breaks) -> bool:
    return len(breaks.pause_seconds) >= _PAUSES_MIN and breaks.work_seconds > 0.0


def laws_of(
    own: Measured, team: Measured, *, ring_seconds: float, zone: str, begins: datetime
) -> Laws:
    """The laws of a campaign by its own calls; where they are few, by its team's; else assumed."""
    plain_network, plain_people = NetworkPlan(), PeoplePlan()
    answer, machine_ratio, answer_source = _answers(own, team, zone, begins)
    ring, ring_source = _durations(
        [d for d in own.answer_seconds if d < ring_seconds],
        [d for d in team.answer_seconds if d < ring_seconds],
        plain_network.answer_after,
        "answers",
    )
    talk, talk_source = _durations(
        own.talk_seconds, team.talk_seconds, plain_people.talk, "conversations"
    )
    wrap_up, wrap_source = _durations(
        own.wrap_up_seconds, (), plain_people.wrap_up, "wrap-ups of the team"
    )
    failures, network = _network(own, team, plain_network, ring)
    people = PeoplePlan(talk=talk, wrap_up=wrap_up, machine_ratio=machine_ratio)
    machines = f"; {100.0 * machine_ratio:.1f} % of them machines" if machine_ratio else ""
    return Laws(
        answer=answer,
        network=network,
        people=people,
        sources=(
            Law(what="answers", value=answer_words(answer) + machines, source=answer_source),
            Law(
                what="time to answer",
                value=f"{law_words(ring)}; unanswered after {ring_seconds:g} s",
                source=ring_source,
            ),
            failures,
            Law(what="talk", value=law_words(talk), source=talk_source),
            Law(what="wrap-up", value=law_words(wrap_up), source=wrap_source),
        ),
    )


def _answers(
    own: Measured, team: Measured, zone: str, begins: datetime
) -> tuple[AnswerLaw, float, str]:
    for seen, whose in ((own, "of this campaign"), (team, "of its team's campaigns")):
        if seen.attempts < OBSERVATIONS_MIN:
            continue
        overall = seen.answers / seen.attempts
        shares = [overall] * 24
        for each in seen.by_hour:
            shares[each.hour] = (each.answers + _PRIOR_ATTEMPTS * overall) / (
                each.attempts + _PRIOR_ATTEMPTS
            )
        law = ClockAnswer(
            probabilities=tuple(shares), begins_seconds=seconds_of_day(begins.timestamp(), zone)
        )
        machines = seen.machines / seen.answers if seen.answers else 0.0
        return law, machines, f"measured: {seen.attempts:,} attempts {whose}"
    return ConstantAnswer(0.3), 0.0, f"assumed: only {own.attempts} attempts so far"


def _durations(
    own: Sequence[float], team: Sequence[float], plain: DurationLaw, noun: str
) -> tuple[DurationLaw, str]:
    if len(own) >= OBSERVATIONS_MIN:
        return Empirical(tuple(own)), f"measured: {len(own):,} {noun}"
    if len(team) >= OBSERVATIONS_MIN:
        return Empirical(tuple(team)), f"measured: {len(team):,} {noun} of its team's campaigns"
    return plain, f"assumed: only {len(own)} {noun} so far"


def _network(
    own: Measured, team: Measured, plain: NetworkPlan, ring: DurationLaw
) -> tuple[Law, NetworkPlan]:
    seen = own if own.unanswered >= OBSERVATIONS_MIN else team
    set_up = seen.set_up_seconds
    set_up_seconds = median(set_up) if len(set_up) >= OBSERVATIONS_MIN else plain.set_up_seconds
    if seen.unanswered < OBSERVATIONS_MIN:
        ratio = f"{100.0 * plain.fast_failure_ratio:.0f} % of what is not answered fails at once"
        source = f"assumed: only {own.unanswered} unanswered attempts so far"
        network = NetworkPlan(set_up_seconds=set_up_seconds, answer_after=ring)
        return Law(what="failures", value=ratio, source=source), network
    causes = [each for each in seen.causes if each.outcome not in _NEVER_FAST]
    count = sum(each.count for each in causes)
    ratio_value = count / seen.unanswered
    kept = _failures(causes) or plain.fast_failures
    after = seen.failure_seconds
    network = NetworkPlan(
        set_up_seconds=set_up_seconds,
        answer_after=ring,
        fast_failure_ratio=min(1.0, ratio_value),
        fast_failures=kept,
        fast_failure_after=Empirical(after)
        if len(after) >= OBSERVATIONS_MIN
        else plain.fast_failure_after,
    )
    most = ", ".join(f"{each.cause} {each.count:,}" for each in causes[:3])
    value = f"{100.0 * ratio_value:.1f} % of what is not answered, before it rings out"
    return (
        Law(
            what="failures",
            value=f"{value} ({most})" if most else value,
            source=f"measured: {seen.unanswered:,} unanswered attempts",
        ),
        network,
    )


def _failures(causes: Sequence[CauseRow]) -> tuple[tuple[str, Outcome], ...]:
    """The causes, each as often as its share, out of about forty."""
    total = sum(each.count for each in causes)
    found: list[tuple[str, Outcome]] = []
    for each in causes:
        found += [(each.cause, each.outcome)] * round(_CAUSES_KEPT * each.count / total)
    return tuple(found)
