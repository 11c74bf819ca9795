"""Worlds with two switches: that there are some among the random ones, and what they go through."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from dialer.engine.commands import Command, NailUp, Originate
from dialer.engine.events import Event, SwitchDrainChanged, SwitchLost
from dialer.engine.ids import SwitchId
from dialer.engine.snapshot import Snapshot
from dialer.simulation import checkers, swarm
from dialer.simulation.facts import Fact
from dialer.simulation.plan import FaultPlan
from dialer.simulation.ports import LastLook
from dialer.simulation.world import World

SEEDS = range(1, 60)


class Seen:
    """What was dialled where, and what befell the switches."""

    def __init__(self) -> None:
        self.launched: Counter[SwitchId] = Counter()
        self.nailed: Counter[SwitchId] = Counter()
        self.events: Counter[str] = Counter()

    def step(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        del now
        if isinstance(event, SwitchLost | SwitchDrainChanged):
            self.events[type(event).__name__] += 1
        for command in commands:
            if isinstance(command, Originate):
                self.launched[command.switch_id] += 1
            elif isinstance(command, NailUp):
                self.nailed[command.switch_id] += 1

    def fact(self, now: float, fact: Fact) -> None: ...

    def look(self, now: float, snapshot: Snapshot) -> None: ...

    def finish(self, last: LastLook) -> None: ...


def test_a_third_of_the_random_worlds_has_two_switches() -> None:
    plans = [swarm.plan_of(seed) for seed in SEEDS]
    several = [plan for plan in plans if len(plan.switches) == 2]
    assert 0.15 < len(several) / len(plans) < 0.5
    homes = {team.home for plan in several for team in plan.teams}
    assert homes >= {None, *several[0].switches}
    assert any(plan.faults.drains_per_hour for plan in several)


def test_a_second_switch_leaves_the_dice_of_the_first_where_they_were() -> None:
    seed = next(s for s in SEEDS if len(swarm.plan_of(s).switches) == 2)
    plan = replace(swarm.plan_of(seed), faults=FaultPlan())
    teams = tuple(replace(team, home=None) for team in plan.teams)
    seen = []
    for switches in (plan.switches[:1], plan.switches):
        watch = Seen()
        World(replace(plan, teams=teams, switches=switches), seed, observers=(watch,)).run()
        seen.append(watch.launched)
    assert seen[0] == seen[1] != Counter()


def test_when_switches_are_lost_and_drained_teams_work_on_both_and_all_auditors_hold() -> None:
    faults = FaultPlan(switch_kills_per_hour=40.0, cuts_per_hour=40.0, drains_per_hour=90.0)
    launched: Counter[SwitchId] = Counter()
    events: Counter[str] = Counter()
    seeds = [s for s in SEEDS if len(swarm.plan_of(s).switches) == 2][:3]
    for seed in seeds:
        plan = replace(swarm.plan_of(seed), faults=faults)
        watch = Seen()
        World(plan, seed, observers=(*checkers.all_of(plan), watch)).run()
        launched += watch.launched
        events += watch.events
    assert len(launched) == 2 and min(launched.values()) > 5
    assert min(events.values()) > 5
