"""Running a scenario: pure, deterministic, one result a seed."""

from dataclasses import dataclass

from dialer.engine.engine import Engine
from dialer.simulation.figures import Figures, Tally
from dialer.simulation.ports import MakeEngine
from dialer.simulation.recording import Recording
from dialer.simulation.scenario import Scenario
from dialer.simulation.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One run of a scenario. Equal scenarios and seeds give equal results, digest and all."""

    seed: int
    figures: Figures
    digest: str
    """SHA-256 of everything the engine was told and everything it said."""


def run(scenario: Scenario, seed: int, *, make_engine: MakeEngine = Engine) -> Result:
    """Run the scenario once."""
    plan = scenario.plan()
    tally = Tally(plan, warm_up_seconds=scenario.warm_up_seconds)
    recording = Recording()
    world = World(plan, seed, make_engine=make_engine, observers=(tally, recording))
    world.run()
    figures = tally.figures(leads_left=world.leads_left_at_end)
    return Result(seed=seed, figures=figures, digest=recording.digest)
