"""Every pacing rule in every world, as a Markdown table and a chart.

    python -m benchmarks.pacing --quick
    python -m benchmarks.pacing --into docs/pacing.md --chart docs/pacing.svg --cache /tmp/pacing
    python -m benchmarks.pacing --worlds A,B --agents 5,10 --only "the rule"

The whole table is some hours of CPU time, nearly all of it in the rule's decisions for large teams
and in the grids of the peers; with --cache a second run computes only what the source changed.
"""

import argparse
import math
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.pacing import chart, limit, table
from benchmarks.pacing.cells import Cell, Runs, cell
from benchmarks.pacing.contenders import CONTENDERS
from benchmarks.pacing.worlds import CELLS, WORLDS, World, all_cells

LIMITS = (0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06)
"""Abandonment limits through which the chart's line goes."""
CHARTED_AGENTS = 10
"""One team size for each world in the chart, unless only others were asked for."""


def main() -> None:
    """Run what was asked for; progress goes to standard error, the table to standard output."""
    given = _parser().parse_args()
    seeds = 1 if given.quick else given.seeds
    runs = Runs(processes=given.processes, cache=given.cache)
    cells = []
    for world in _worlds(given):
        for contender in CONTENDERS:
            if given.only and not any(part in contender.label for part in given.only.split(",")):
                continue
            if world.agents > contender.agents_max or (given.quick and contender.is_tuned):
                continue
            found = cell(contender, world, runs, seeds=seeds, tuning_seeds=given.tuning_seeds)
            cells.append(found)
            _say(found)
    scenarios = {
        table.column_of(c.world): limit.of_world(c.world)
        for c in cells
        if len(c.world.probabilities) == 1
    }
    limits = {column: limit.exact(scenario).utilisation for column, scenario in scenarios.items()}
    text = table.markdown(cells, limits)
    print(text)
    if given.into:
        given.into.write_text(table.inserted(given.into.read_text(), text))
    if given.chart:
        _draw(cells, scenarios, given.chart)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pacing", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--worlds", help="names, separated by commas: " + ", ".join(WORLDS))
    parser.add_argument("--agents", help="team sizes, separated by commas")
    parser.add_argument("--only", help="parts of contenders' names, separated by commas")
    parser.add_argument("--seeds", type=_count_of(1), default=2, help="runs, 2 by default")
    parser.add_argument(
        "--tuning-seeds", type=_count_of(1), default=1, help="days for each setting of a grid"
    )
    parser.add_argument(
        "--days",
        type=_count_of(1),
        default=10,
        help="days of one run, 10 by default: one campaign, one window of the ledger, pacer kept",
    )
    parser.add_argument("--hours", type=float, help="length of a day; 10 by default")
    parser.add_argument("--processes", type=_count_of(1), default=1)
    parser.add_argument("--cache", type=Path, help="folder of results that still hold")
    parser.add_argument("--chart", type=Path, help="write utilisation against abandonment here")
    parser.add_argument(
        "--into", type=Path, help="a Markdown page: put the table between its two table comments"
    )
    parser.add_argument(
        "--quick", action="store_true", help="one run, small teams and no grids: some minutes"
    )
    return parser


def _count_of(least: int):  # type: ignore[no-untyped-def]
    def parse(text: str) -> int:
        if not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r}: give a whole number, {least} or more")
        return int(text)

    return parse


def _worlds(given: argparse.Namespace) -> list[World]:
    worlds = all_cells()
    if given.worlds:
        names = given.worlds.split(",")
        if unknown := [name for name in names if name not in WORLDS]:
            sys.exit(f"there is no world {unknown[0]!r}; take one of {', '.join(WORLDS)}")
        # A world without a place in the table comes as it is.
        extra = [WORLDS[name] for name in names if name not in CELLS]
        worlds = [world for world in worlds if world.name in names] + extra
    if given.agents:
        sizes = [int(size) for size in given.agents.split(",")]
        names = given.worlds.split(",") if given.worlds else list(CELLS)
        worlds = [replace(WORLDS[name], agents=size) for name in names for size in sizes]
    if given.quick:
        worlds = [world for world in worlds if world.agents in (5, 10)]
    hours = {} if given.hours is None else {"hours": given.hours}
    return [replace(world, days=given.days, window_days=given.days, **hours) for world in worlds]


def _say(found: Cell) -> None:
    limits = ", ".join(f"{name} {share:.2f}" for name, share in list(found.bounds.items())[:4])
    print(
        f"{found.world.name} n={found.world.agents}  {found.label}: {table.figure(found)}  "
        f"days above 3.3 %: {found.days_above:.2f}  {found.microseconds:.0f} µs a decision  "
        f"[{found.settings}; {limits}]",
        file=sys.stderr,
        flush=True,
    )


def _draw(cells: list[Cell], scenarios: dict[table.Column, limit.Scenario], file: Path) -> None:
    charted = [c for c in cells if c.world.agents == CHARTED_AGENTS] or cells
    columns = {table.column_of(c.world) for c in charted}
    frontiers = {
        column: limit.frontier(scenario, LIMITS)
        for column, scenario in scenarios.items()
        if column in columns
    }
    chart.draw(charted, frontiers, file)
    print(f"wrote {file} ({math.ceil(file.stat().st_size / 1024)} kB)", file=sys.stderr)


if __name__ == "__main__":
    main()
