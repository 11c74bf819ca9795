"""`dialer scripts results | export | quotas`: what the interviews of a campaign say."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from campaigns.explain.words import many
from campaigns.reports.survey_charts import draw_survey_charts
from campaigns.scripts.questions import Measure, Question
from campaigns.store.store import Store
from campaigns.surveys.aapor import CODES
from campaigns.surveys.answer_files import write_answers
from campaigns.surveys.cross_tables import CrossTable, cross
from campaigns.surveys.distributions import Distribution, Score
from campaigns.surveys.interviews import Interview
from campaigns.surveys.results import Results, results_of
from dialer.cli.opened import opened_store
from dialer.cli.output import print_facts, print_json, print_table
from dialer.cli.session import Session, command, json_option
from dialer.errors import UsageError

_DAY = click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
since_option = click.option("--since", type=_DAY, help="Only interviews from this instant (UTC).")
until_option = click.option("--until", type=_DAY, help="Only interviews before this instant (UTC).")
every_option = click.option(
    "--all", "every", is_flag=True, help="Also interviews that did not come to a complete end."
)


@click.command()
@click.argument("campaign")
@since_option
@until_option
@every_option
@click.option("--row", help="A question for a cross-table, by its id.")
@click.option("--by", help="What it is held against: another question, or fields.COLUMN.")
@click.option(
    "--charts",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also draw the answers, as SVG files in this folder.",
)
@json_option
@command
async def results(
    session: Session,
    *,
    campaign: str,
    since: datetime | None,
    until: datetime | None,
    every: bool,
    row: str | None,
    by: str | None,
    charts: Path | None,
    as_json: bool,
) -> None:
    """Show the results of a campaign's interviews: distributions, NPS, AAPOR rates, quotas.

    Shares are of those who answered, with the interval that chance leaves in 95 of 100 cases. The
    rates are of all leads called so far, whatever --since says.

    \b
    Examples:
      dialer scripts results spring
      dialer scripts results spring --row nps --by fields.city
      dialer scripts results spring --all --charts charts/
    """
    if (row is None) != (by is None):
        raise UsageError("A cross-table needs both --row and --by.")
    async with opened_store(session) as store:
        found, questions, interviews = await _results(
            store, campaign, since=_utc(since), until=_utc(until), every=every
        )
    table = None if row is None or by is None else _cross(questions, interviews, row, by)
    if charts is not None:
        await asyncio.to_thread(_draw, found, charts)
    if as_json:
        print_json(
            {**asdict(found), "rates": _rates_json(found), "cross_table": _table_json(table)}
        )
        return
    _print(found)
    if table is not None:
        _print_table(table)


@click.command()
@click.argument("campaign")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@since_option
@until_option
@every_option
@click.option("--codes", is_flag=True, help="Write codes of choices in place of their labels.")
@command
async def export(
    session: Session,
    *,
    campaign: str,
    file: Path,
    since: datetime | None,
    until: datetime | None,
    every: bool,
    codes: bool,
) -> None:
    """Write all interviews of CAMPAIGN to FILE, .csv or .xlsx: a line each, a column a question.

    \b
    Examples:
      dialer scripts export spring answers.csv
      dialer scripts export spring answers.xlsx --all --codes
    """
    if file.suffix.lower() not in (".csv", ".xlsx"):
        raise UsageError(f"{file} ends in neither .csv nor .xlsx; name one of the two.")
    async with opened_store(session) as store:
        row = await store.campaigns.get(campaign)
        questions = await store.surveys.questions(row.id)
        interviews = await store.surveys.interviews(
            row.id, since=_utc(since), until=_utc(until), only_complete=not every
        )
    try:
        await asyncio.to_thread(
            write_answers,
            file,
            questions,
            interviews,
            with_fields=True,
            words="codes" if codes else "labels",
        )
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror or error}.") from error
    click.echo(f"{many(len(interviews), 'interview')} written to {file}.")


@click.command()
@click.argument("campaign")
@json_option
@command
async def quotas(session: Session, *, campaign: str, as_json: bool) -> None:
    """Show how far each quota of CAMPAIGN is.

    \b
    Example:
      dialer scripts quotas spring
    """
    async with opened_store(session) as store:
        row = await store.campaigns.get(campaign)
        cells = await store.quotas.status(row.id)
    if as_json:
        print_json([{**asdict(each), "is_full": each.is_full} for each in cells])
    elif not cells:
        click.echo(f"The script of campaign '{row.name}' has no quotas.")
    else:
        print_table(
            ("quota", "interviews", "target", "state"),
            [(c.name, c.interviews, c.target, "full" if c.is_full else "open") for c in cells],
        )


async def _results(
    store: Store,
    campaign: str,
    *,
    since: datetime | None,
    until: datetime | None,
    every: bool,
) -> tuple[Results, list[Question], list[Interview]]:
    row = await store.campaigns.get(campaign)
    interviews = list(
        await store.surveys.interviews(row.id, since=since, until=until, only_complete=not every)
    )
    questions = list(await store.surveys.questions(row.id))
    found = results_of(
        campaign=row.name,
        interviews=interviews,
        questions=questions,
        cases=await store.surveys.cases(row.id),
        cells=await store.quotas.status(row.id),
        followed=await store.surveys.followed(row.id, since=since, until=until),
        only_complete=not every,
    )
    return found, questions, interviews


def _draw(found: Results, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for chart in draw_survey_charts(found):
        (folder / f"{chart.key}.svg").write_text(chart.svg, encoding="utf-8")


def _cross(questions: list[Question], interviews: list[Interview], row: str, by: str) -> CrossTable:
    asked = {each.id: each for each in questions}
    if row not in asked:
        raise UsageError(f"There is no question '{row}'; there are {', '.join(asked) or 'none'}.")
    if by in asked:
        return cross(asked[row], interviews, by=asked[by])
    field = by.removeprefix("fields.")
    known = sorted({key for each in interviews for key in each.fields})
    if field not in known:
        raise UsageError(
            f"'{by}' is neither a question nor a column. The questions are {', '.join(asked)};"
            f" the columns are {', '.join(f'fields.{name}' for name in known) or 'none'}."
        )
    return cross(asked[row], interviews, by=field)


def _print(found: Results) -> None:
    kind = "complete interview" if found.only_complete else "interview"
    click.secho(f"{found.campaign}: {many(found.interviews, kind)}", bold=True)
    for each in found.distributions:
        click.echo()
        _print_distribution(each)
    if found.cells:
        click.echo()
        print_table(
            ("quota", "interviews", "target"),
            [(cell.name, cell.interviews, cell.target) for cell in found.cells],
        )
    click.echo()
    rates = found.rates
    print_table(
        ("rate (AAPOR 2023)", "value", "definition"),
        [(each.name, _percent(each.value), each.definition) for each in rates.rates],
    )
    e_ratio = "not known" if rates.e_ratio is None else f"{rates.e_ratio:.3f}"
    click.echo(f"e = {e_ratio}; {many(rates.cases, 'case')}:")
    if rates.counts:
        print_table(
            ("code", "final disposition", "group", "cases"),
            [(c, CODES[c].name, CODES[c].group, count) for c, count in rates.counts.items()],
        )
    if found.adherence.calls:
        click.echo()
        print_facts(
            {
                "calls with a script": found.adherence.calls,
                "required steps seen": _percent(found.adherence.required_ratio),
                "in order": _percent(found.adherence.in_order_ratio),
                "share of the way": _percent(found.adherence.coverage_ratio),
                "seconds by step": ", ".join(
                    f"{each.step} {each.seconds:.0f}" for each in found.adherence.steps
                ),
            }
        )


def _print_distribution(each: Distribution) -> None:
    click.secho(f"{each.question}: {each.text}", bold=True)
    said = [many(each.answered, "answer")]
    if each.no_answer:
        said.append(f"{each.no_answer} without an answer")
    if each.score is not None:
        said.append(_score(each.score))
    if each.mean is not None:
        mean = each.mean
        said.append(f"mean {mean.value:.2f} ({mean.low:.2f} to {mean.high:.2f})")
    click.echo(", ".join(said))
    if each.shares:
        print_table(
            ("answer", "interviews", "share", "95 % interval"),
            [
                (s.label, s.count, _percent(s.ratio), f"{s.low:.1%} to {s.high:.1%}")
                for s in each.shares
            ],
        )


def _print_table(table: CrossTable) -> None:
    click.echo()
    click.secho(f"{table.row_title} by {table.column_title}", bold=True)
    print_table(
        ("", *table.columns),
        [
            (label, *(f"{count} ({_percent(table.share(row, column))})"
                      for column, count in enumerate(table.counts[row])))
            for row, label in enumerate(table.rows)
        ],
    )  # fmt: skip
    test = table.chi_square
    if test is None:
        click.echo("No test of independence: too few in some cells, or several answers at once.")
    else:
        click.echo(
            f"Chi-square {test.value:.2f} with {test.degrees} degrees of freedom,"
            f" p = {test.p_value:.4f}"
        )


def _score(score: Score) -> str:
    if score.measure is Measure.NPS:
        return f"NPS {100 * score.value:+.0f} ({100 * score.low:+.0f} to {100 * score.high:+.0f})"
    return f"CSAT {score.value:.1%} ({score.low:.1%} to {score.high:.1%})"


def _percent(ratio: float | None) -> str | None:
    return None if ratio is None else f"{ratio:.1%}"


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)


def _rates_json(found: Results) -> dict[str, Any]:
    return {
        "cases": dict(found.rates.counts),
        "e_ratio": found.rates.e_ratio,
        "rates": {each.name: each.value for each in found.rates.rates},
    }


def _table_json(table: CrossTable | None) -> object:
    return None if table is None else asdict(table)
