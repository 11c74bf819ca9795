"""`dialer simulate`: run a team, a list and a day in virtual time."""

from dataclasses import asdict, replace
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from dialer.errors import SettingsError
from dialer.pacing.settings import DialMode
from dialer.simulation import report, scenario
from dialer.simulation.runner import Result, run
from dialer.simulation.scenario import Scenario


class BadScenario(click.ClickException):
    """The scenario cannot be taken as written: one sentence, exit status 2."""

    exit_code = 2


@click.command()
@click.argument(
    "scenario_file", metavar="[SCENARIO]", required=False, type=click.Path(path_type=Path)
)
@click.option("--agents", type=click.IntRange(1, scenario.AGENTS_MAX), help="Agents at work.")
@click.option(
    "--hours",
    type=click.FloatRange(0.01, scenario.HOURS_MAX),
    help="How long they work.",
)
@click.option("--seed", type=click.IntRange(0), help="The first seed.")
@click.option("--seeds", type=click.IntRange(1, scenario.SEEDS_MAX), help="How many seeds.")
@click.option("--pacing", type=click.Choice([str(mode) for mode in DialMode]), help="Dial mode.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON instead of a table.")
def simulate(
    scenario_file: Path | None,
    agents: int | None,
    hours: float | None,
    seed: int | None,
    seeds: int | None,
    pacing: str | None,
    as_json: bool,  # noqa: FBT001 - click passes its options so
) -> None:
    """Run a day in virtual time and say what it would bring.

    SCENARIO is a TOML file (docs/simulation.md); without one a built-in scenario runs. The same
    scenario and seed give the same answer to the last digit; several seeds give intervals.
    """
    chosen = _chosen(scenario_file, agents=agents, hours=hours, pacing=pacing)
    chosen = replace(chosen, seeds=_seeds(chosen, first=seed, count=seeds))
    results = _run_all(chosen, quiet=as_json)
    if as_json:
        click.echo(msgspec.json.encode(_as_data(chosen, results)).decode())
    else:
        _print(chosen, results)


def _chosen(
    path: Path | None, *, agents: int | None, hours: float | None, pacing: str | None
) -> Scenario:
    try:
        chosen = scenario.read(path) if path is not None else Scenario()
    except SettingsError as error:
        raise BadScenario(str(error)) from error
    if agents is not None:
        chosen = replace(chosen, agents=agents)
    if hours is not None:
        # A shorter day than the file's must not be all warm-up.
        warm_up = min(chosen.warm_up_seconds, 1800.0 * hours)
        chosen = replace(chosen, hours=hours, warm_up_seconds=warm_up)
    if pacing is not None:
        chosen = replace(chosen, pacing=replace(chosen.pacing, mode=DialMode(pacing)))
    return chosen


def _seeds(chosen: Scenario, *, first: int | None, count: int | None) -> tuple[int, ...]:
    if first is None and count is None:
        return chosen.seeds
    begin = chosen.seeds[0] if first is None else first
    return tuple(range(begin, begin + (1 if count is None else count)))


def _run_all(chosen: Scenario, *, quiet: bool) -> list[Result]:
    console = Console(stderr=True, quiet=quiet)
    results: list[Result] = []
    with console.status("simulating") as status:
        for number, seed in enumerate(chosen.seeds, start=1):
            status.update(f"simulating seed {seed} ({number} of {len(chosen.seeds)})")
            results.append(run(chosen, seed))
    return results


def _as_data(chosen: Scenario, results: list[Result]) -> dict[str, object]:
    data: dict[str, object] = {
        "scenario": chosen.name,
        "agents": chosen.agents,
        "hours": chosen.hours,
        "pacing": str(chosen.pacing.mode),
        "seeds": list(chosen.seeds),
        "runs": [{"seed": r.seed, "digest": r.digest, **asdict(r.figures)} for r in results],
    }
    if len(results) > 1:
        data["intervals"] = {name: asdict(i) for name, i in report.over_seeds(results).items()}
    return data


def _print(chosen: Scenario, results: list[Result]) -> None:
    seeds = f"seed {chosen.seeds[0]}" if len(results) == 1 else f"{len(results)} seeds"
    table = Table(
        title=f"{chosen.name}: {chosen.agents} agents, {chosen.hours:g} hours, "
        f"{chosen.pacing.mode}, {seeds}"
    )
    table.add_column("figure")
    table.add_column("value" if len(results) == 1 else "mean", justify="right")
    if len(results) > 1:
        table.add_column("95 % interval of the mean", justify="right")
        table.add_column("least and most", justify="right")
    for row in report.rows(results):
        table.add_row(*(row if len(results) > 1 else row[:2]))
    Console().print(table)
    if len(results) == 1:
        click.echo("One seed is one day among many; --seeds 20 shows how far days differ.")
