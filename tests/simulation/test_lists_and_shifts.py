"""Lists of several kinds with their own hours, retry rules, shifts, and the end of a list."""

from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.outcomes import Outcome
from campaigns.retry_rules import RetryRules
from dialer.engine.commands import Originate, RecordAgentState
from dialer.engine.states import AgentState
from dialer.pacing.settings import DialMode, PacingSettings
from dialer.simulation.laws import ClockAnswer, ConstantAnswer
from dialer.simulation.plan import START_AT, CampaignPlan, Goal, LeadGroup, WorldPlan
from dialer.simulation.ports import LastLook, Observer
from dialer.simulation.retry import CampaignRest, SameRest
from dialer.simulation.runner import HowFar, run
from dialer.simulation.scenario import LeadKind, Scenario
from dialer.simulation.timeline import SLICE_SECONDS
from dialer.simulation.world import World

HOUR = 3600.0
QUICK = Scenario(
    agents=4,
    hours=1.0,
    leads=120,
    tries_max=2,
    retry_seconds=600.0,
    # Decides on events alone, so a slow tick changes nothing but the time it takes.
    pacing=PacingSettings(mode=DialMode.PROGRESSIVE, interval_seconds=5.0),
)


class Seen:
    """When leads were dialled, and when agents came and went."""

    def __init__(self) -> None:
        self.dialled: list[tuple[float, int]] = []
        self.moves: list[tuple[float, int, AgentState]] = []

    def step(self, now: float, event: object, commands: object) -> None:
        for command in commands:  # type: ignore[attr-defined]
            if isinstance(command, Originate):
                self.dialled.append((now - START_AT, int(command.lead.lead_id)))
            elif isinstance(command, RecordAgentState):
                self.moves.append((now - START_AT, int(command.agent_id), command.new_state))

    def fact(self, now: float, fact: object) -> None:
        pass

    def look(self, now: float, snapshot: object) -> None:
        pass

    def finish(self, last: LastLook) -> None:
        pass


def watched(plan: WorldPlan, seed: int = 1) -> tuple[World, Seen]:
    seen = Seen()
    observer: Observer = seen
    world = World(plan, seed, observers=[observer])
    world.run()
    return world, seen


def with_campaign(plan: WorldPlan, **changes: object) -> WorldPlan:
    campaign = replace(plan.campaigns[0], **changes)  # type: ignore[arg-type]
    return replace(plan, campaigns=(campaign,))


def test_a_run_ends_when_every_lead_is_reached_or_out_of_tries() -> None:
    result = run(replace(QUICK, goal=Goal.WORKED, hours=6.0), 1)
    figures = result.figures

    assert figures.finished_seconds is not None
    assert 600.0 < figures.finished_seconds < 6 * HOUR
    assert (figures.leads_left, figures.leads_never_called) == (0, 0)
    # Two tries at most, and the second only after no conversation.
    assert 120 <= figures.attempts <= 240
    assert len(result.slices) == -(-int(figures.finished_seconds) // int(SLICE_SECONDS))


def test_called_once_comes_before_worked_through() -> None:
    called = run(replace(QUICK, goal=Goal.CALLED, hours=6.0), 1).figures
    worked = run(replace(QUICK, goal=Goal.WORKED, hours=6.0), 1).figures

    assert called.finished_seconds is not None
    assert worked.finished_seconds is not None
    assert called.finished_seconds < worked.finished_seconds
    assert (called.leads_never_called, called.leads_left > 0) == (0, True)


def test_a_list_that_is_not_finished_has_no_time_of_it() -> None:
    figures = run(replace(QUICK, goal=Goal.WORKED, hours=0.2, leads=5000), 1).figures

    assert figures.finished_seconds is None
    assert figures.leads_left == 5000 - figures.connected or figures.leads_left > 4000


def test_the_quarters_of_an_hour_add_up_to_the_figures() -> None:
    result = run(replace(QUICK, leads=10_000), 3)

    assert sum(one.attempts for one in result.slices) == result.figures.attempts
    assert sum(one.abandoned for one in result.slices) == result.figures.abandoned
    busy = sum(one.busy_seconds for one in result.slices)
    worked = sum(one.worked_seconds for one in result.slices)
    assert busy / worked == pytest.approx(result.figures.utilisation_ratio, abs=0.03)


def test_telling_how_far_a_run_is_changes_nothing_in_it() -> None:
    told: list[HowFar] = []

    assert run(QUICK, 5, tell=told.append) == run(QUICK, 5)
    assert [one.seconds for one in told][:2] == [120.0, 240.0]
    assert told[-1].attempts > 0


def test_kinds_of_leads_answer_as_their_kind_does() -> None:
    kinds = (
        LeadKind(name="never", ratio=3.0, answer=ConstantAnswer(0.0)),
        LeadKind(name="always", ratio=1.0, answer=ConstantAnswer(1.0)),
    )
    scenario = replace(QUICK, kinds=kinds, leads=400, hours=8.0, tries_max=1, goal=Goal.WORKED)
    plan = scenario.plan()

    assert [group.leads for group in plan.campaigns[0].groups] == [300, 100]
    assert run(scenario, 1).figures.live_answers == 100


def test_leads_are_called_within_their_own_hours_only() -> None:
    plan = QUICK.plan()
    opens = ((START_AT + 600.0, START_AT + 1200.0), (START_AT + 2400.0, START_AT + 2700.0))
    plan = with_campaign(
        plan,
        groups=(LeadGroup(name="late", leads=2000, opens=opens),),
    )
    _, seen = watched(plan)

    assert seen.dialled
    for at, _ in seen.dialled:
        assert 600.0 <= at <= 1200.0 or 2400.0 <= at <= 2700.0
    assert any(at > 2400.0 for at, _ in seen.dialled)


def test_leads_at_rest_from_yesterday_wait_for_their_time() -> None:
    plan = with_campaign(
        QUICK.plan(),
        groups=(
            LeadGroup(name="now", leads=5),
            LeadGroup(name="later", leads=5, ready_at=START_AT + 1800.0, tries=1),
        ),
    )
    _, seen = watched(plan)
    early = {lead for at, lead in seen.dialled if at < 1800.0}
    late = {lead for at, lead in seen.dialled if at >= 1800.0} - early

    assert (len(early), len(late)) == (5, 5)
    # One try is behind them, so there is one left of two.
    assert all([lead for _, lead in seen.dialled].count(one) == 1 for one in late)


def test_groups_are_mixed_in_proportion() -> None:
    plan = with_campaign(
        replace(QUICK, agents=6, hours=0.4).plan(),
        groups=(
            LeadGroup(name="a", leads=9000),
            LeadGroup(name="b", leads=3000),
        ),
    )
    world, seen = watched(plan)
    names = [
        group.name
        for _, lead in seen.dialled
        if (group := world.store.leads[lead].group) is not None  # type: ignore[index]
    ]

    assert len(names) > 100
    assert names.count("a") / len(names) == pytest.approx(0.75, abs=0.1)


def test_a_campaigns_own_retry_rules_say_when_a_lead_is_called_again() -> None:
    rules = RetryRules(attempts_max=3, outcome_waits={Outcome.NO_ANSWER: timedelta(minutes=7)})
    law = CampaignRest(rules=rules)

    assert law.shortest_rest_seconds == 420.0
    assert law.again_at(Outcome.NO_ANSWER, tries=1, ended_at=1000.0) == 1420.0
    assert law.again_at(Outcome.BUSY, tries=2, ended_at=1000.0) == 1600.0
    assert law.again_at(Outcome.NO_ANSWER, tries=3, ended_at=1000.0) is None
    assert law.again_at(Outcome.CONNECTED, tries=1, ended_at=1000.0) is None
    assert law.again_at(Outcome.INVALID_NUMBER, tries=1, ended_at=1000.0) is None


def test_the_same_rest_ends_with_the_last_try() -> None:
    law = SameRest(tries_max=2, rest_seconds=60.0)

    assert law.again_at(Outcome.BUSY, tries=1, ended_at=5.0) == 65.0
    assert law.again_at(Outcome.BUSY, tries=2, ended_at=5.0) is None


def test_a_roster_by_hour_brings_and_sends_agents() -> None:
    scenario = replace(QUICK, agents=3, roster=(1, 3, 2), hours=3.0, leads=10_000)
    world, seen = watched(scenario.plan())
    there = [
        {agent for at, agent, state in seen.moves if state is AgentState.TALKING and span(at, h)}
        for h in (0, 1, 2)
    ]

    assert there == [{1}, {1, 2, 3}, {1, 2}]
    assert world.is_drained


def span(at: float, hour: int) -> bool:
    """Well inside the hour: who talks at its end may finish."""
    return hour * HOUR + 600.0 <= at < (hour + 1) * HOUR


def test_several_days_have_nights_in_which_nobody_calls() -> None:
    scenario = replace(QUICK, agents=3, hours=1.0, days=2, leads=10_000)
    _, seen = watched(scenario.plan())
    days = [at for at, _ in seen.dialled]

    assert scenario.ends_at - scenario.start_at == 25 * HOUR
    assert any(at > 24 * HOUR for at in days)
    assert not [at for at in days if HOUR + 1.0 < at < 24 * HOUR]


def test_days_off_are_passed_over() -> None:
    # Monday 5 January 2026, and only Mondays and Thursdays are worked.
    scenario = replace(QUICK, days=3, weekdays=("mon", "thu"))

    begins = [(since - START_AT) / 86_400.0 for since, _ in scenario.days_worked()]
    assert begins == [0.0, 3.0, 7.0]


def test_a_roster_is_stretched_in_proportion() -> None:
    scenario = replace(QUICK, agents=10, roster=(5, 10, 2))

    assert scenario.with_agents(20).roster == (10, 20, 4)
    assert scenario.with_agents(1).roster == (0, 1, 0)
    assert scenario.with_agents(20).agents == 20


def test_answers_go_by_the_hour_of_the_clock() -> None:
    shares = tuple(hour / 100.0 for hour in range(24))
    law = ClockAnswer(probabilities=shares, begins_seconds=9.5 * HOUR)

    assert [law.at(hour * HOUR) for hour in (0.0, 0.6, 14.0, 15.0)] == [0.09, 0.1, 0.23, 0.0]


def test_campaigns_of_one_team_keep_their_own_laws() -> None:
    plan = replace(QUICK, leads=3000).plan()
    first = plan.campaigns[0]
    second = replace(
        first,
        config=replace(first.config, campaign_id=first.config.campaign_id + 1, weight=3.0),  # type: ignore[arg-type]
        answer=ConstantAnswer(0.3),
    )
    campaigns: tuple[CampaignPlan, ...] = (first, second)
    world, _ = watched(replace(plan, campaigns=campaigns))
    attempts = [table.called for table in world.store.tables.values()]

    assert attempts[1] / attempts[0] == pytest.approx(3.0, rel=0.1)
