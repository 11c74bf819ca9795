"""Running a scenario: pure, deterministic, one result a seed."""

from collections.abc import Callable
from dataclasses import dataclass

from dialer.engine.engine import Engine
from dialer.simulation.figures import Figures, Tally
from dialer.simulation.ports import MakeEngine
from dialer.simulation.recording import Recording
from dialer.simulation.scenario import Scenario
from dialer.simulation.timeline import Slice, Timeline
from dialer.simulation.world import World

TELL_SECONDS = 120.0
"""Of virtual time between two reports of how far a run is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HowFar:
    """Where a run stands."""

    seconds: float
    """Of virtual time since the start."""
    seconds_total: float
    leads_left: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One run of a scenario. Equal scenarios and seeds give equal results, digest and all."""

    seed: int
    figures: Figures
    digest: str
    """SHA-256 of everything the engine was told and everything it said."""
    slices: tuple[Slice, ...] = ()


def run(
    scenario: Scenario,
    seed: int,
    *,
    make_engine: MakeEngine = Engine,
    tell: Callable[[HowFar], None] | None = None,
) -> Result:
    """Run the scenario once; `tell` hears now and then how far it is."""
    plan = scenario.plan()
    tally = Tally(plan, warm_up_seconds=scenario.warm_up_seconds)
    timeline, recording = Timeline(plan), Recording()
    world = World(plan, seed, make_engine=make_engine, observers=(tally, timeline, recording))
    if tell is not None:
        _tell_again(world, tally, plan.seconds, tell)
    world.on_finished = tally.stop
    world.run()
    finished_at = world.finished_at
    figures = tally.figures(
        leads_left=world.leads_left_at_end,
        leads_never_called=world.leads_never_called_at_end,
        finished_seconds=None if finished_at is None else finished_at - plan.start_at,
    )
    return Result(
        seed=seed,
        figures=figures,
        digest=recording.digest,
        slices=timeline.slices(until=world.ends_at),
    )


def _tell_again(
    world: World, tally: Tally, seconds_total: float, tell: Callable[[HowFar], None]
) -> None:
    """Runs on the world's agenda; it touches nothing that the world decides by."""
    seconds = world.agenda.now - world.plan.start_at
    if seconds > 0:
        tell(
            HowFar(
                seconds=seconds,
                seconds_total=seconds_total,
                leads_left=world.store.leads_left(),
                attempts=tally.attempts,
            )
        )
    if seconds < seconds_total:
        world.agenda.after(TELL_SECONDS, _tell_again, world, tally, seconds_total, tell)
