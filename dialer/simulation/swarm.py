"""Random worlds. Each switches whole kinds of fault on or off and gives the rest wild rates.

Worlds in which everything goes wrong a little all look alike; worlds in which some things never go
wrong and others all the time do not (Groce et al. 2012, "Swarm Testing", ISSTA).
"""

import random
from dataclasses import replace

from dialer.engine.config import (
    CampaignConfig,
    EngineConfig,
    OnAbandon,
    OnMachine,
    Question,
    ScreeningConfig,
    TeamConfig,
    TrunkConfig,
)
from dialer.engine.ids import ONE_SWITCH, AgentId, CampaignId, SwitchId, TeamId, TrunkId
from dialer.engine.in_call_config import RecordingConfig, RecordingPolicy
from dialer.pacing.settings import DialMode, PacingSettings, Wall
from dialer.simulation.laws import (
    AlternatingAnswer,
    AnswerLaw,
    ConstantAnswer,
    Exponential,
    Lognormal,
    Uniform,
)  # fmt: skip
from dialer.simulation.plan import (
    AgentPlan,
    CallbackPlan,
    CampaignPlan,
    FaultPlan,
    GreetingPlan,
    InCallPlan,
    LedgerPlan,
    NetworkPlan,
    PeoplePlan,
    WorldPlan,
)  # fmt: skip
from dialer.simulation.streams import Streams

SEVERAL_SWITCHES_RATIO = 0.3
_DRAIN_SECONDS_MAX = 900.0
"""Talks are cut at three minutes, wrap-up at one; a lost leg is called again within a minute."""


def plan_of(seed: int) -> WorldPlan:
    """The world of that number."""
    dice = Streams(seed).named("swarm")
    faults = _faults(dice)
    is_strict = dice.random() < 0.2
    teams = tuple(_team(dice, number, is_strict) for number in range(1, dice.choice((2, 2, 3))))
    trunks = tuple(_trunk(dice, number) for number in range(1, dice.randint(2, 3)))
    names = tuple(trunk.trunk_id for trunk in trunks)
    campaigns: list[CampaignPlan] = []
    marks = Streams(seed).named("swarm.covered_only")
    listeners = Streams(seed).named("swarm.recordings")
    if not is_strict:
        teams = tuple(_without_agents(listeners, team) for team in teams)
    returns_per_hour = 0.0
    if faults.kills_per_hour == 0.0 and not is_strict:
        # A process that is started again knows nothing of those who called it; and who calls back
        # takes an agent that the strict wall had counted on for an answer.
        returns_per_hour = listeners.choice((0.0, 30.0, 200.0))
    for team in teams:
        for _ in range(dice.choice((1, 1, 2))):
            number = len(campaigns) + 1
            plan = _campaign(dice, number, team.team_id, names, is_strict=is_strict)
            ratio = marks.choice((0.0, 0.0, 0.5, 1.0))
            plan = replace(plan, covered_only_ratio=ratio)
            plan = _with_recordings(listeners, plan, team.pacing.mode)
            policy = listeners.choice(list(RecordingPolicy))
            config = replace(plan.config, recording=RecordingConfig(policy=policy))
            campaigns.append(replace(plan, config=config))
    agents = tuple(
        AgentPlan(
            agent_id=AgentId(number),
            team_id=teams[number % len(teams)].team_id,
            name=f"agent-{number}",
        )
        for number in range(1, dice.randint(2, 12) + 1)
    )
    switches = Streams(seed).named("swarm.switches")
    names_of_switches: tuple[SwitchId, ...] = (ONE_SWITCH,)
    # Whoever leaves a lost switch leaves leads behind, which no strict wall could foresee.
    if not is_strict and switches.random() < SEVERAL_SWITCHES_RATIO:
        names_of_switches = (ONE_SWITCH, SwitchId("switch-2"))
        faults = replace(faults, drains_per_hour=switches.choice((0.0, 30.0, 90.0)))
        teams = tuple(
            replace(team, home=switches.choice((None, *names_of_switches))) for team in teams
        )
    return WorldPlan(
        seconds=dice.uniform(120.0, 420.0),
        teams=teams,
        switches=names_of_switches,
        campaigns=tuple(campaigns),
        trunks=trunks,
        agents=agents,
        engine=EngineConfig(
            message_seconds_max=dice.choice((12.0, 40.0)), callback_reserve_seconds=15.0
        ),
        network=NetworkPlan(
            fast_failure_ratio=dice.uniform(0.0, 0.4),
            message_seconds=dice.choice((8.0, 8.0, 60.0)),
            greetings=_greetings(listeners),
        ),
        people=_people(dice),
        in_call=InCallPlan() if is_strict else _in_call(Streams(seed).named("swarm.in_call")),
        callbacks=_callbacks(Streams(seed).named("swarm.callbacks")),
        faults=_without_lost_agents(faults) if is_strict else faults,
        returns_per_hour=returns_per_hour,
        manager_acts_per_hour=0.0 if is_strict else dice.choice((0.0, 0.0, 60.0)),
        calm_seconds=dice.choice((0.0, 30.0)),
        drain_seconds_max=_DRAIN_SECONDS_MAX,
    )


def _team(dice: random.Random, number: int, is_strict: bool) -> TeamConfig:  # noqa: FBT001
    modes = (DialMode.PROGRESSIVE, DialMode.RATIO, DialMode.PREDICTIVE, DialMode.PREDICTIVE)
    pacing = PacingSettings(
        mode=DialMode.PREDICTIVE if is_strict else dice.choice(modes),
        ratio=dice.choice((1.5, 2.5, 4.0)),
        wall=Wall.STRICT if is_strict else Wall.FORECAST,
    )
    return TeamConfig(team_id=TeamId(number), name=f"team-{number}", pacing=pacing)


def _trunk(dice: random.Random, number: int) -> TrunkConfig:
    return TrunkConfig(
        trunk_id=TrunkId(f"gateway-{number}"),
        channels_max=dice.choice((3, 10, 60)),
        calls_per_second=dice.choice((0.5, 2.0, 10.0)),
    )


def _without_agents(dice: random.Random, team: TeamConfig) -> TeamConfig:
    """Now and then a team is none: its campaigns are surveys."""
    if dice.random() >= 0.15:
        return team
    return replace(team, pacing=replace(team.pacing, mode=DialMode.MESSAGE, wall=Wall.FORECAST))


_SURVEY = (
    Question(code="first", keys=(("1", "second"), ("2", None))),
    Question(code="second", keys=(("1", None), ("3", None))),
)


def _with_recordings(dice: random.Random, plan: CampaignPlan, mode: DialMode) -> CampaignPlan:
    """The classifier and the key that opts out, in some campaigns; questions where nobody works."""
    screening = None
    if dice.random() < 0.4:
        screening = ScreeningConfig(
            on_machine=dice.choice(tuple(OnMachine)),
            sample_ratio=dice.choice((0.0, 0.05, 0.5, 1.0)),
            seconds_max=dice.choice((0.5, 1.2, 1.8)),
            greeting_seconds_max=dice.choice((5.0, 30.0)),
        )
    key = dice.choice((None, "9"))
    config = replace(plan.config, screening=screening, opt_out_key=key)
    config = replace(config, return_wait_seconds=dice.choice((3.0, 20.0)))
    if mode is not DialMode.MESSAGE:
        return replace(plan, config=config)
    # Nobody answers for it, so no lead waits for a free agent.
    return replace(plan, config=replace(config, survey=_SURVEY), covered_only_ratio=0.0)


def _greetings(dice: random.Random) -> GreetingPlan:
    return GreetingPlan(
        machine_ratio=dice.choice((0.0, 0.3, 0.9)),
        wrong_ratio=dice.choice((0.0, 0.1, 0.5)),
        unsure_ratio=dice.choice((0.0, 0.2)),
        opt_out_ratio=dice.choice((0.0, 0.5, 1.0)),
    )


def _answer(dice: random.Random) -> AnswerLaw:
    if dice.random() < 0.3:
        return AlternatingAnswer(low=0.05, high=0.8, period_seconds=dice.uniform(30.0, 120.0))
    return ConstantAnswer(dice.choice((0.1, 0.3, 0.6, 0.95)))


def _campaign(
    dice: random.Random,
    number: int,
    team_id: TeamId,
    trunks: tuple[TrunkId, ...],
    *,
    is_strict: bool,
) -> CampaignPlan:
    config = CampaignConfig(
        campaign_id=CampaignId(number),
        team_id=team_id,
        name=f"campaign-{number}",
        caller_id="15550100",
        trunks=trunks,
        weight=dice.choice((1.0, 3.0)),
        ring_seconds=dice.uniform(20.0, 30.0),
        answer_tolerance_seconds=dice.choice((1.0, 2.0)),
        wrap_up_seconds_max=dice.choice((5.0, 30.0, 60.0)),
        on_abandon=dice.choice((OnAbandon.MESSAGE, OnAbandon.HANGUP)),
    )
    ledgers = [LedgerPlan()]
    if not is_strict and dice.random() < 0.4:
        ledgers.append(LedgerPlan(name="short", window_seconds=dice.uniform(20.0, 120.0)))
    return CampaignPlan(
        config=config,
        leads=dice.choice((30, 200, 2000)),
        tries_max=dice.randint(1, 5),
        retry_seconds=dice.choice((5.0, 60.0, 600.0)),
        answer=_answer(dice),
        ledgers=tuple(ledgers),
        closing_ratio=dice.choice((0.0, 0.3)),
        shared_number_ratio=dice.choice((0.0, 0.2)),
        refused_ratio=dice.choice((0.0, 0.1)),
    )


def _people(dice: random.Random) -> PeoplePlan:
    talk_mean = dice.uniform(8.0, 40.0)
    return PeoplePlan(
        talk=Lognormal(mean_seconds=talk_mean, cv=dice.uniform(0.3, 1.5), seconds_max=180.0),
        wrap_up=Lognormal(mean_seconds=dice.uniform(1.0, 20.0), cv=0.5),
        patience=dice.choice(
            (
                None,
                Exponential(mean_seconds=10.0),
                Exponential(mean_seconds=0.5),
                # Gone while the bridge is being made, 60 to 80 ms after the answer.
                Uniform(low_seconds=0.01, high_seconds=0.09),
            )
        ),
        lead_hangs_up_ratio=dice.choice((0.0, 0.5, 1.0)),
        machine_ratio=dice.choice((0.0, 0.0, 0.3)),
        undisposed_ratio=dice.choice((0.0, 0.3)),
        early_disposed_ratio=dice.choice((0.0, 0.3)),
        pauses_per_hour=dice.choice((0.0, 10.0, 60.0)),
        pause=Lognormal(mean_seconds=30.0, cv=0.5),
        logouts_per_hour=dice.choice((0.0, 10.0, 40.0)),
        absence=Lognormal(mean_seconds=20.0, cv=0.5),
    )


def _in_call(dice: random.Random) -> InCallPlan:
    if dice.random() < 0.4:
        return InCallPlan()
    return InCallPlan(
        holds_ratio=dice.choice((0.0, 0.3, 0.8)),
        transfers_ratio=dice.choice((0.0, 0.2, 0.6)),
        outside_ratio=dice.choice((0.0, 0.1, 0.4)),
        masks_ratio=dice.choice((0.0, 0.5)),
        supervisors_ratio=dice.choice((0.0, 0.2)),
        keys_ratio=dice.choice((0.0, 0.2)),
    )


def _callbacks(dice: random.Random) -> CallbackPlan:
    return CallbackPlan(
        ratio=dice.choice((0.0, 0.1, 0.5)),
        for_agent_ratio=dice.choice((0.0, 0.7, 1.0)),
        due_after=Uniform(low_seconds=5.0, high_seconds=dice.choice((30.0, 150.0))),
        tolerance_seconds=dice.choice((5.0, 30.0)),
        agent_wait_seconds=dice.choice((0.0, 10.0, 40.0)),
        falls_to_team_ratio=dice.choice((0.0, 0.6, 1.0)),
    )


def _faults(dice: random.Random) -> FaultPlan:
    def maybe(chance: float, *rates: float) -> float:
        return dice.choice(rates) if dice.random() < chance else 0.0

    if dice.random() < 0.15:
        return FaultPlan()
    return FaultPlan(
        drop_ratio=maybe(0.4, 0.001, 0.01, 0.1, 0.3),
        duplicate_ratio=maybe(0.4, 0.01, 0.2, 0.8),
        delay_ratio=maybe(0.4, 0.01, 0.1, 0.5),
        delay=dice.choice(
            (
                Uniform(low_seconds=0.005, high_seconds=0.1),
                Uniform(low_seconds=0.05, high_seconds=1.5),
                Uniform(low_seconds=1.0, high_seconds=8.0),
            )
        ),
        switch_kills_per_hour=maybe(0.25, 10.0, 40.0),
        cuts_per_hour=maybe(0.3, 10.0, 60.0),
        stalls_per_hour=maybe(0.3, 10.0, 60.0),
        kills_per_hour=maybe(0.35, 10.0, 60.0),
        lost_legs_per_hour=maybe(0.3, 20.0, 200.0),
        stuck_bridge_ratio=maybe(0.25, 0.01, 0.2),
        trunk_flaps_per_hour=maybe(0.2, 20.0, 60.0),
        outage=Uniform(low_seconds=0.2, high_seconds=dice.choice((2.0, 15.0, 40.0))),
        empty_lease_ratio=maybe(0.2, 0.1, 0.6),
        refused_write_ratio=maybe(0.2, 0.02, 0.3),
    )


def _without_lost_agents(faults: FaultPlan) -> FaultPlan:
    """The strict wall counts calls beyond the ready agents; it takes those as certain."""
    return FaultPlan(
        duplicate_ratio=faults.duplicate_ratio,
        stalls_per_hour=faults.stalls_per_hour,
        empty_lease_ratio=faults.empty_lease_ratio,
        refused_write_ratio=faults.refused_write_ratio,
        delay=faults.delay,
        outage=faults.outage,
    )
