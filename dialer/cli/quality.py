"""`dialer quality`."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from campaigns.explain.words import many
from campaigns.roles import Role
from campaigns.store.store import Store
from dialer.cli.opened import opened_store
from dialer.cli.output import print_json, print_table
from dialer.cli.session import Session, command, json_option, now


@click.command()
@click.argument("scorecard")
@click.option("--client", metavar="NAME", help="Whose, where several have one of that name.")
@click.option(
    "--week",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="MONDAY",
    help="The week that begins then; else the last one that is over.",
)
@click.option(
    "--listener",
    "listeners",
    multiple=True,
    metavar="ACCOUNT",
    help="Who is to listen; several share the calls. Else all of the role quality.",
)
@command
async def draw(
    session: Session,
    *,
    scorecard: str,
    client: str | None,
    week: datetime | None,
    listeners: tuple[str, ...],
) -> None:
    """Draw the calls of a week that are to be listened to, by the rule in SCORECARD.

    Each agent's week is drawn once. Drawing again draws only for agents who were not drawn for.

    \b
    Examples:
      dialer quality draw telesales
      dialer quality draw telesales --week 2026-11-23 --listener leyla --listener orkhan
    """
    async with opened_store(session) as store:
        row = await store.quality.scorecards.get(scorecard, client=client)
        week_on = week.date() if week else last_week(now(), row.card.sample.time_zone)
        done = await store.quality.samples.draw(
            row,
            week_on,
            listeners=await _listener_ids(store, listeners),
            by=session.by,
            now=now(),
        )
    click.echo(
        f"Week of {week_on}: {many(done.calls, 'call')} of {many(done.agents, 'agent')} drawn."
    )
    if done.agents_before:
        click.echo(f"{many(done.agents_before, 'agent')} had a draw already, which stays.")
    if done.short:
        click.echo(
            f"Fewer calls than the rule wants could be drawn for {', '.join(done.short)}: they "
            "had no more that were connected, recorded and long enough."
        )


@click.command("list")
@click.option("--open", "is_open", is_flag=True, help="The drawn calls that wait for a listener.")
@json_option
@command
async def list_draws(session: Session, *, is_open: bool, as_json: bool) -> None:
    """List the draws with their seeds, or the calls that wait.

    \b
    Examples:
      dialer quality list
      dialer quality list --open
    """
    async with opened_store(session) as store:
        waiting = await store.quality.samples.open() if is_open else []
        draws = [] if is_open else await store.quality.samples.draws()
    if as_json:
        print_json([asdict(row) for row in waiting] + [asdict(row) for row in draws])
    elif waiting:
        print_table(
            ("number", "week of", "agent", "call", "drawn as", "listener"),
            [
                (
                    str(row.id), row.week_on, row.agent, row.call_id,
                    row.stratum or "of all", row.listener or "anybody",
                )
                for row in waiting
            ],
        )  # fmt: skip
    elif draws:
        print_table(
            ("week of", "scorecard", "agent", "eligible", "drawn", "heard", "replaced", "seed"),
            [
                (
                    row.week_on, row.scorecard, row.agent, row.eligible, row.drawn, row.reviewed,
                    row.replaced or None, row.seed,
                )
                for row in draws
            ],
        )  # fmt: skip
    else:
        click.echo(
            "No drawn call waits." if is_open else "Nothing was drawn: see `dialer quality draw`."
        )


@click.command()
@click.argument("number", type=click.IntRange(1))
@click.option("--reason", required=True, help="Why the call cannot be used; kept and audited.")
@command
async def replace(session: Session, *, number: int, reason: str) -> None:
    """Put the next call of the same draw in place of the drawn call NUMBER.

    \b
    Example:
      dialer quality replace 214 --reason "the line was dead from the first second"
    """
    async with opened_store(session) as store:
        new = await store.quality.samples.replace(number, reason=reason, by=session.by, now=now())
    if new is None:
        click.echo("It is replaced by none: every eligible call of that week was drawn.")
    else:
        click.echo(f"Drawn in its place: number {new.id}, call {new.call_id}.")


def last_week(at: datetime, time_zone: str) -> date:
    """The Monday of the last week that is over where the zone is."""
    today = at.astimezone(ZoneInfo(time_zone)).date()
    return today - timedelta(days=today.weekday() + 7)


async def _listener_ids(store: Store, names: tuple[str, ...]) -> list[int]:
    if names:
        return [(await store.users.get(name)).id for name in names]
    users = await store.users.list()
    return [each.id for each in users if each.role is Role.QUALITY and each.disabled_at is None]
