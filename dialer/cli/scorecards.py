"""`dialer scorecards`."""

from pathlib import Path

import click

from campaigns.explain.words import many
from campaigns.quality.scorecard_file import read_scorecard_file, scorecard_document
from campaigns.quality.scorecards import Fatal, Scorecard
from campaigns.quality.scoring import percent
from campaigns.store.scorecards import ScorecardRow
from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_json, print_table
from dialer.cli.session import Session, command, json_option, now

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=_FILE)
def check(*, file: Path) -> None:
    """Read a scorecard FILE and say what is wrong with it, or what it asks.

    \b
    Example:
      dialer scorecards check telesales.toml
    """
    card = read_scorecard_file(file)
    for line in described(card):
        click.echo(line)


@click.command()
@click.argument("file", type=_FILE)
@command
async def add(session: Session, *, file: Path) -> None:
    """Keep the scorecard in FILE. A changed one becomes its next version; old scores keep theirs.

    \b
    Example:
      dialer scorecards add telesales.toml
    """
    card = read_scorecard_file(file)
    async with opened_store(session) as store:
        row, is_new = await store.quality.scorecards.add(card, by=session.by, now=now())
    if is_new:
        click.echo(f"'{card.name}' of {card.client} is kept as version {row.version}.")
    else:
        click.echo(f"Version {row.version} of '{card.name}' says the same; nothing was changed.")


@click.command("list")
@json_option
@command
async def list_scorecards(session: Session, *, as_json: bool) -> None:
    """List the scorecards, each by its newest version.

    \b
    Example:
      dialer scorecards list
    """
    async with opened_store(session) as store:
        rows = await store.quality.scorecards.list()
    if as_json:
        print_json([_document(row) for row in rows])
    elif not rows:
        click.echo("There are no scorecards. Write one and add it: `dialer scorecards add`.")
    else:
        print_table(
            ("scorecard", "client", "version", "items", "calls a week", "added"),
            [
                (
                    row.card.name,
                    row.card.client,
                    row.version,
                    len(row.card.items),
                    row.card.sample.calls_per_week or None,
                    moment(row.added_at),
                )
                for row in rows
            ],
        )


@click.command()
@click.argument("name")
@click.option("--client", metavar="NAME", help="Whose, where several have one of that name.")
@click.option("--version", type=click.IntRange(1), help="An older one; else the newest.")
@json_option
@command
async def show(
    session: Session, *, name: str, client: str | None, version: int | None, as_json: bool
) -> None:
    """Show what the scorecard NAME asks, and what it weighs.

    \b
    Examples:
      dialer scorecards show telesales
      dialer scorecards show telesales --version 1 --json
    """
    async with opened_store(session) as store:
        row = await store.quality.scorecards.get(name, client=client, version=version)
    if as_json:
        print_json(_document(row))
        return
    click.echo(f"Version {row.version}, added {moment(row.added_at)} by {row.added_by}")
    for line in described(row.card):
        click.echo(line)


def _document(row: ScorecardRow) -> dict[str, object]:
    return {
        "id": row.id,
        "version": row.version,
        "added_by": row.added_by,
        "added_at": row.added_at,
        **scorecard_document(row.card),
    }


def described(card: Scorecard) -> list[str]:
    """A scorecard in lines, for a person."""
    weights = sum(item.weight for item in card.items)
    lines = [
        f"{card.title} ({card.name}), for {card.client}: {many(len(card.items), 'item')}, "
        f"weight {weights}, passed at {percent(card.pass_mark)} %"
    ]
    for section in card.sections:
        lines.append(f"  {section.name}")
        lines += [
            f"    {item.key:<20} {item.scale.value:<12} weight {item.weight:>3}"
            f"{_fatal(item.fatal)}{', may not apply' if item.may_not_apply else ''}"
            for item in section.items
        ]
    rule = card.sample
    if rule.calls_per_week == 0:
        lines.append("  No calls are drawn; write [sample] to have some each week.")
        return lines
    parts = [f"{stratum.calls} of {stratum.name}" for stratum in rule.strata]
    rest = rule.calls_per_week - sum(stratum.calls for stratum in rule.strata)
    parts += [f"{rest} of all"] if rest else []
    lines.append(
        f"  Each week, for each agent: {many(rule.calls_per_week, 'call')} of at least "
        f"{rule.seconds_min} s ({', '.join(parts)}); weeks begin on Monday in {rule.time_zone}"
    )
    return lines


def _fatal(fatal: Fatal) -> str:
    match fatal:
        case Fatal.NO:
            return ""
        case Fatal.ZERO:
            return ", fatal: the call counts 0"
        case Fatal.FAIL:
            return ", fatal: the call fails"
