"""`python -m benchmarks.simulation`: simulated calls per CPU second, as a Markdown table."""

import platform
import time
from dataclasses import replace

import click

from dialer.pacing.settings import DialMode, PacingSettings
from dialer.simulation.runner import run
from dialer.simulation.scenario import Scenario
from dialer.simulation.trial import try_world

SIZES = ((5, 2.0), (20, 1.0), (50, 0.5), (200, 0.2))
"""Agents and hours: about as many calls in each row."""
MODES = (DialMode.PROGRESSIVE, DialMode.PREDICTIVE)


@click.command()
@click.option("--worlds", default=50, show_default=True, help="Random worlds with faults to time.")
def main(worlds: int) -> None:
    """Time plain worlds of several sizes, and random ones under all auditors."""
    print(f"CPU seconds of one core, Python {platform.python_version()}, {platform.machine()}.\n")
    print("| agents | hours | pacing | calls | utilisation | calls per CPU second | times real |")
    print("|---:|---:|---|---:|---:|---:|---:|")
    for agents, hours in SIZES:
        for mode in MODES:
            scenario = replace(
                Scenario(), agents=agents, hours=hours, pacing=PacingSettings(mode=mode)
            )
            began = time.process_time()
            figures = run(scenario, 1).figures
            took = time.process_time() - began
            print(
                f"| {agents} | {hours:g} | {mode} | {figures.attempts:,} "
                f"| {figures.utilisation_ratio:.3f} | {figures.attempts / took:,.0f} "
                f"| {3600 * hours / took:,.0f} times |"
            )
    began = time.process_time()
    broken = [seed for seed in range(1, worlds + 1) if try_world(seed) is not None]
    took = time.process_time() - began
    print(
        f"\n{worlds} random worlds with faults under all auditors: {took:.1f} CPU seconds, "
        f"{1000 * took / worlds:.0f} ms each, {len(broken)} broken {broken or ''}"
    )


if __name__ == "__main__":
    main()
