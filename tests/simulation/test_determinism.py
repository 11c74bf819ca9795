"""The same seed gives the same run, whoever watches, in any process; and recordings replay."""

import os
import subprocess
import sys

from dialer.engine.config import EngineConfig
from dialer.simulation import canaries, checkers, swarm
from dialer.simulation.recording import Recording, first_difference
from dialer.simulation.runner import run
from dialer.simulation.scenario import Scenario
from dialer.simulation.world import World

SHORT = Scenario(agents=3, hours=0.1)


def world_digest(seed: int, *, audited: bool) -> str:
    plan = swarm.plan_of(seed)
    recording = Recording()
    auditors = checkers.all_of(plan) if audited else []
    World(plan, seed, observers=[*auditors, recording]).run()
    return recording.digest


def faulty_recording() -> tuple[Recording, EngineConfig]:
    """A world in which the process dies at least once."""
    for seed in range(1, 100):
        plan = swarm.plan_of(seed)
        if plan.faults.kills_per_hour < 60:
            continue
        recording = Recording(is_kept=True)
        World(plan, seed, observers=[recording]).run()
        if len(recording.lives) > 1:
            return recording, plan.engine
    raise AssertionError("no world with a killed process among the first hundred")


def test_one_scenario_and_seed_give_one_result_to_the_last_digit() -> None:
    assert run(SHORT, 11) == run(SHORT, 11)


def test_another_seed_gives_another_run() -> None:
    assert run(SHORT, 11).digest != run(SHORT, 12).digest


def test_watching_a_world_does_not_change_it() -> None:
    assert world_digest(3, audited=True) == world_digest(3, audited=False)


def test_the_digest_does_not_depend_on_the_process() -> None:
    program = (
        "from dialer.simulation.runner import run; from dialer.simulation.scenario import Scenario;"
        "print(run(Scenario(agents=3, hours=0.05), 5).digest)"
    )
    digests = set()
    for hash_seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
        )
        digests.add(done.stdout)

    assert len(digests) == 1


def test_replaying_a_recording_gives_identical_commands() -> None:
    recording, config = faulty_recording()

    assert sum(len(life) for life in recording.lives) > 100
    assert first_difference(recording.lives, config) is None


def test_replaying_on_another_engine_shows_where_it_differs() -> None:
    recording, config = faulty_recording()
    other = next(s for s in canaries.SPECIES if s.name == "forgets_to_bridge")

    difference = first_difference(recording.lives, config, make_engine=other.make)

    assert difference is not None
    assert "Bridge" in difference
