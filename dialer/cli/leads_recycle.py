"""`dialer leads recycle`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

import click

from campaigns.outcomes import Outcome
from campaigns.reports.words import outcome_label
from campaigns.retry_rules import parse_wait
from campaigns.store.recycling import Recycled
from dialer.cli.opened import opened_store
from dialer.cli.output import print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError

_OUTCOMES = [outcome.value for outcome in Outcome]


@click.command()
@click.argument("campaign")
@click.option(
    "--outcome", "outcomes", multiple=True, required=True, type=click.Choice(_OUTCOMES),
    help="How the lead's last attempt ended. May be given several times.",
)  # fmt: skip
@click.option(
    "--older-than", default="1d", show_default=True, metavar="TIME",
    help="Only leads whose last attempt is at least this long ago: 4h, 7d.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do it. Without it nothing is changed.")
@json_option
@command
async def recycle(
    session: Session,
    *,
    campaign: str,
    outcomes: Sequence[str],
    older_than: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Put leads of CAMPAIGN back that ended like this, to be called again.

    Shows how many it would be; with --yes it does it. Their counters of attempts begin again, their
    attempts stay. Whoever refused, bought, asked not to be called or was promised a callback is
    left alone. Calling hours, do-not-call lists and limits hold for recycled leads as for others.

    \b
    Examples:
      dialer leads recycle spring --outcome no_answer --older-than 7d
      dialer leads recycle spring --outcome busy --outcome machine --older-than 3d --yes
    """
    wait = _older_than(older_than)
    wanted = [Outcome(outcome) for outcome in dict.fromkeys(outcomes)]
    async with opened_store(session) as store:
        row = await store.campaigns.get(campaign)
        if yes:
            found = await store.recycling.recycle(
                row.id, wanted, older_than=wait, by=session.by, now=now()
            )
        else:
            found = await store.recycling.preview(row.id, wanted, older_than=wait, now=now())
    if as_json:
        print_json(asdict(found) | {"leads": found.leads, "is_done": yes})
        return
    _say(found, row.name, is_done=yes)


def _say(found: Recycled, name: str, *, is_done: bool) -> None:
    if not found.leads:
        click.echo(f"No lead of '{name}' ended like this and that long ago. Nothing was changed.")
        return
    print_table(
        ("last attempt", "leads"),
        [(outcome_label(outcome), leads) for outcome, leads in found.by_outcome.items()],
    )
    finished = found.by_state.get("done", 0)
    which = f"{finished:,} that were finished, {found.leads - finished:,} that still waited"
    if is_done:
        click.echo(f"\n{found.leads:,} leads of '{name}' may be called again now: {which}.")
    else:
        click.echo(f"\nIt would be {found.leads:,} leads of '{name}': {which}.")
        click.echo("Nothing was changed. Say --yes to put them back.")


def _older_than(text: str) -> timedelta:
    try:
        wait = parse_wait(text)
    except ValueError as error:
        raise UsageError(f"--older-than is {text!r}; it must be {error}.") from error
    if not isinstance(wait, timedelta):
        raise UsageError(f"--older-than is {text!r}; it must be a time such as 4h or 7d.")
    return wait
