"""`dialer simulate`: run a team, a list and a day in virtual time, and answer what-if questions."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from dialer.cli import simulate_view as view
from dialer.cli import simulate_words as words
from dialer.cli.session import Session
from dialer.cli.simulate_ask import (
    Asked,
    Sizes,
    dated_alike,
    seconds_of,
    share_of,
    sizes_of,
    with_changes,
    with_hours,
    with_limit,
    with_list,
    with_ring,
)
from dialer.cli.simulate_days import Compared, simulate_days, with_seeds
from dialer.cli.simulate_pool import PROCESSES_MAX, Pool
from dialer.errors import SettingsError, UsageError
from dialer.pacing.settings import DialMode
from dialer.simulation import scenario_file
from dialer.simulation.compare import CHANGES
from dialer.simulation.plan import Goal
from dialer.simulation.scenario import LEADS_MAX, SEEDS_MAX, Scenario
from dialer.simulation.staffing import Question, Search, Staffing, goal_for

_CHANGE_HELP = "Compare with a change, such as pacing=progressive; KEY is one of " + ", ".join(
    CHANGES
)


class BadScenario(click.ClickException):
    """The scenario cannot be taken as written: one sentence, exit status 2."""

    exit_code = 2


@click.command()
@click.argument(
    "scenario_file", metavar="[SCENARIO]", required=False, type=click.Path(path_type=Path)
)
@click.option(
    "--campaign",
    "campaigns",
    metavar="NAME",
    multiple=True,
    help="A real campaign: its list, rules, team and measured times. Two share their team.",
)
@click.option("--leads", type=click.IntRange(1, LEADS_MAX), help="Leads on the list.")
@click.option(
    "--answer", type=share_of, metavar="SHARE", help="Share of attempts a person answers: 30%."
)
@click.option("--talk", type=seconds_of, metavar="TIME", help="Mean talk time: 90 or 3m.")
@click.option("--wrap", type=seconds_of, metavar="TIME", help="Mean time after a call: 30.")
@click.option("--ring", type=seconds_of, metavar="TIME", help="How long an attempt may ring: 25.")
@click.option("--tries", type=click.IntRange(1, 100), help="Attempts at one lead at most.")
@click.option("--retry", type=seconds_of, metavar="TIME", help="Rest between attempts: 60m.")
@click.option("--pacing", type=click.Choice([str(mode) for mode in DialMode]), help="Dial mode.")
@click.option("--abandonment", type=share_of, metavar="SHARE", help="Abandoned calls at most: 3%.")
@click.option(
    "--agents",
    type=sizes_of,
    metavar="NUMBERS",
    default=None,
    help="Agents at work: 12; compare 10,12,14; with --finish-by search 5..60.",
)
@click.option("--start", metavar="MOMENT", help="When work begins: 09:00, or 2026-03-02T09:00.")
@click.option("--hours", type=float, help="How long a day's work is.")
@click.option(
    "--finish-by",
    metavar="MOMENT",
    help="Say how many agents finish the list by 18:00, or a date's.",
)
@click.option(
    "--finish",
    type=click.Choice([str(goal) for goal in Goal]),
    help="worked: every lead reached or out of tries; called: each called once.",
)
@click.option("--what-if", "what_if", metavar="KEY=VALUE", multiple=True, help=_CHANGE_HELP + ".")
@click.option("--seed", type=click.IntRange(0), help="The first seed.")
@click.option("--seeds", type=click.IntRange(1, SEEDS_MAX), help="How many days to simulate.")
@click.option("--processes", type=click.IntRange(1, PROCESSES_MAX), help="Days run at a time.")
@click.option(
    "--chart",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw into FILE.png or FILE.svg.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON instead of tables.")
@click.pass_context
def simulate(context: click.Context, /, **options: Any) -> None:
    """Run days in virtual time and say what they would bring, or how many agents are needed.

    SCENARIO is a TOML file (docs/simulation.md); without one a built-in scenario runs, and options
    change what it says. The same question gives the same answer to the last digit. Every figure
    comes with its interval over several simulated days.

    \b
    How many agents do I need tomorrow to finish 20,000 leads by 18:00 with at most 3 % abandoned?
      dialer simulate --leads 20000 --start 09:00 --finish-by 18:00 --abandonment 3% \\
                      --answer 30% --talk 90 --wrap 30

    \b
    Examples:
      dialer simulate examples/scenarios/telesales.toml --agents 10,12,14
      dialer simulate --campaign spring --finish-by 18:00
      dialer simulate --campaign spring --what-if pacing=progressive --what-if agents=12
    """
    wishes = Wishes(context=context, options=options)
    asked = wishes.asked()
    chart: Path | None = options["chart"]
    if chart is not None and chart.suffix.lower() not in (".png", ".svg"):
        raise UsageError(f"--chart {chart}: the name must end in .png or .svg.")
    as_json = bool(options["as_json"])
    processes = options["processes"] or min(PROCESSES_MAX, os.cpu_count() or 1)
    with Pool(processes, quiet=as_json) as pool:
        if asked.goal is not None:
            _tell_staffing(asked, pool, as_json=as_json, chart=chart)
        else:
            _tell_days(asked, pool, as_json=as_json, chart=chart)


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options of one call."""

    context: click.Context
    options: Mapping[str, Any]

    def asked(self) -> Asked:
        """The question. Raises BadScenario, UsageError, and what the database raises."""
        options = self.options
        start, finish_by = options["start"], options["finish_by"]
        asked = self._real() if options["campaigns"] else self._made_up()
        scenario = with_ring(asked.scenario, options["ring"])
        dated_alike(start, finish_by, is_real=bool(options["campaigns"]))
        scenario = with_hours(scenario, start=start, hours=options["hours"], finish_by=finish_by)
        scenario, limit_ratio = with_limit(scenario, options["abandonment"])
        sizes: Sizes = options["agents"] or Sizes()
        if sizes.is_range and finish_by is None:
            raise UsageError(
                f"--agents {sizes.low}..{sizes.high} searches for the fewest that are enough; "
                "say by when with --finish-by, or list the sizes to compare, as in --agents "
                "10,12,14."
            )
        if len(sizes.these) == 1:
            scenario = scenario.with_agents(sizes.these[0])
        goal = None
        if finish_by is not None:
            goal = Goal(options["finish"]) if options["finish"] else goal_for(scenario)
        elif options["finish"]:
            raise UsageError(
                f"--finish {options['finish']} says what finished means; say by when with "
                "--finish-by 18:00."
            )
        asked = replace(
            asked,
            scenario=scenario,
            sizes=sizes,
            goal=goal,
            limit_ratio=limit_ratio,
            changes=with_changes(scenario, options["what_if"]),
        )
        return with_seeds(asked, first=options["seed"], count=options["seeds"])

    def _made_up(self) -> Asked:
        options, path = self.options, self.options["scenario_file"]
        try:
            scenario = scenario_file.read(path) if path is not None else Scenario()
        except SettingsError as error:
            raise BadScenario(str(error)) from error
        names = ("leads", "answer", "talk", "wrap", "tries", "retry", "pacing")
        scenario = with_list(scenario, **{name: options[name] for name in names})
        given = {name for name in (*names, "ring") if options[name] is not None}
        given |= {"tries"} if "retry" in given else set()
        source = "assumed" if path is None else "the scenario's"
        scenario = with_ring(scenario, options["ring"])
        basis = words.basis_of(scenario, sorted(given), source=source)
        return Asked(scenario=scenario, basis=basis)

    def _real(self) -> Asked:
        options = self.options
        if options["scenario_file"] is not None:
            raise UsageError(
                f"Both a scenario, {options['scenario_file']}, and --campaign were named; "
                "keep one of them."
            )
        for name in ("leads", "answer", "talk", "wrap", "tries", "retry"):
            if options[name] is not None:
                raise UsageError(
                    f"--{name} is known of a real campaign; to try another value, write for "
                    "example --what-if leads=5000 or --what-if answer=25%."
                )
        from dialer.cli.simulate_campaign import read_campaigns  # the database, only when needed

        session = self.context.find_object(Session) or Session()
        asked = read_campaigns(session, options["campaigns"], start=options["start"])
        if options["pacing"] is not None:
            mode = replace(asked.scenario.pacing, mode=DialMode(options["pacing"]))
            asked = replace(asked, scenario=replace(asked.scenario, pacing=mode))
        return asked


def _tell_staffing(asked: Asked, pool: Pool, *, as_json: bool, chart: Path | None) -> None:
    found = _search(asked, pool)
    sentence = words.answer(asked, found)
    others = []
    for text, scenario in asked.changes:
        other = replace(asked, scenario=scenario, sizes=Sizes())
        answer = _search(other, pool)
        others.append((text, other, answer, words.answer(other, answer)))
    pool.hide()
    if chart is not None:
        from dialer.cli.simulate_chart import draw_staffing  # a second of imports

        draw_staffing(chart, asked, found)
    if as_json:
        data = view.staffing_data(asked, found, sentence)
        data["what_if"] = [
            {"change": text, **view.staffing_data(other, answer, said)}
            for text, other, answer, said in others
        ]
        _print_json(data | {"basis": view.basis_data(asked.basis)})
        return
    console = Console()
    console.print(sentence, style="bold", highlight=False)
    for text, _, _, said in others:
        console.print(f"With {text}: {said}", highlight=False)
    view.print_sizes(console, asked, found)
    for text, other, answer, _ in others:
        view.print_sizes(console, replace(other, scenario=replace(
            other.scenario, name=f"with {text}")), answer)  # fmt: skip
    best = next((size for size in found.sizes if size.agents == found.agents), None)
    if best is not None:
        view.print_figures(console, asked.scenario.with_agents(best.agents), best.results)
    view.print_basis(console, asked.basis)


def _search(asked: Asked, pool: Pool) -> Staffing:
    assert asked.goal is not None, "a question of staffing has a goal"
    question = Question(
        scenario=asked.scenario,
        goal=asked.goal,
        limit_ratio=asked.limit_ratio,
        sizes=asked.sizes.these,
        low=asked.sizes.low,
        high=asked.sizes.high,
        seeds=asked.seeds,
        is_seeds_given=asked.is_seeds_given,
    )
    return Search(question, pool).answer()


def _tell_days(asked: Asked, pool: Pool, *, as_json: bool, chart: Path | None) -> None:
    sizes = asked.sizes.these or (asked.scenario.agents,)
    if len(sizes) > 1 and asked.changes:
        raise UsageError(
            f"--agents {','.join(map(str, sizes))} and --what-if were both given; compare one "
            "thing at a time, for example with --what-if agents=12."
        )
    named = [(f"{size} agents", asked.scenario.with_agents(size)) for size in sizes]
    named += [(f"with {text}", scenario) for text, scenario in asked.changes]
    done = simulate_days(asked, named, pool)
    pool.hide()
    if chart is not None:
        from dialer.cli.simulate_chart import draw_days  # a second of imports

        draw_days(chart, done)
    if as_json:
        _print_json(_days_data(asked, done))
        return
    console = Console()
    _, scenario, results = done.columns[0]
    if len(sizes) > 1:
        title = f"{scenario.name}: {len(results)} simulated days with each team"
        view.print_comparison(console, title, [(each, days) for each, _, days in done.columns])
    else:
        console.print(view.summary(scenario, results), style="bold", highlight=False)
        view.print_figures(console, scenario, results)
    for index, (text, _) in enumerate(asked.changes, start=1):
        after = done.columns[index][2]
        if len(results) > 1:
            view.print_differences(console, text, results, after, done.differences(index))
    view.print_basis(console, asked.basis)
    if len(results) == 1:
        console.print("One day is one among many; --seeds 20 shows how far days differ.")


def _days_data(asked: Asked, done: Compared) -> dict[str, Any]:
    _, scenario, results = done.columns[0]
    data = view.as_data(scenario, results)
    data["basis"] = view.basis_data(asked.basis)
    if asked.changes:
        data["what_if"] = [
            {
                "change": text,
                **view.as_data(done.columns[index][1], done.columns[index][2]),
                "differences": done.differences(index) if len(results) > 1 else {},
            }
            for index, (text, _) in enumerate(asked.changes, start=1)
        ]
    elif len(done.columns) > 1:
        data["sizes"] = [view.as_data(each, days) for _, each, days in done.columns]
    return data


def _print_json(data: Mapping[str, Any]) -> None:
    click.echo(msgspec.json.encode(data).decode())
