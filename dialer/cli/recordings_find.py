"""`dialer recordings find`."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

import click

from campaigns.store.recording_search import PAGE_MAX, RecordingSearch, next_after
from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_json, print_table
from dialer.cli.session import Session, command, json_option
from dialer.errors import UsageError

_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


def _filters(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option("--campaign", metavar="NAME"),
            click.option("--client", metavar="NAME"),
            click.option("--agent", metavar="NAME"),
            click.option("--team", metavar="NAME"),
            click.option("--disposition", metavar="CODE"),
            click.option("--outcome", metavar="WORD"),
            click.option("--lead", metavar="ID", help="The lead's id, or its id in the list."),
            click.option("--number", metavar="E164"),
            click.option("--call", "call_id", metavar="UUID"),
            click.option("--seconds-min", type=click.FloatRange(0)),
            click.option("--seconds-max", type=click.FloatRange(0)),
            click.option("--since", type=_DAY, help="By this machine's clock."),
            click.option("--until", type=_DAY, help="Before then."),
            click.option("--reviewed/--unreviewed", "is_reviewed", default=None),
            click.option("--score-max", type=click.FloatRange(0, 100), help="Percent, or less."),
            click.option("--after", metavar="PLACE", help="Go on where the last page ended."),
            click.option(
                "--limit", type=click.IntRange(1, PAGE_MAX), default=50, show_default=True
            ),
        )
    ):
        function = option(function)
    return function


@click.command()
@_filters
@json_option
@command
async def find(
    session: Session,
    *,
    since: datetime | None,
    until: datetime | None,
    score_max: float | None,
    after: str | None,
    limit: int,
    as_json: bool,
    **filters: Any,
) -> None:
    """Find recorded calls, the newest first.

    \b
    Examples:
      dialer recordings find --agent Aysel --disposition sale --since 2026-11-23
      dialer recordings find --number +12025550123
      dialer recordings find --unreviewed --seconds-min 60 --json
    """
    wanted = RecordingSearch(
        since=None if since is None else since.astimezone(),
        until=None if until is None else until.astimezone(),
        score_max=None if score_max is None else Decimal(str(score_max)) / 100,
        **filters,
    )
    async with opened_store(session) as store:
        rows = await store.quality.recordings.search(wanted, after=_place(after), most=limit)
    if as_json:
        print_json([asdict(row) for row in rows])
    elif not rows:
        click.echo("No recording is like that. Leave an option out to find more.")
    else:
        print_table(
            ("file", "began", "seconds", "campaign", "agent", "disposition", "score"),
            [
                (
                    row.file_id,
                    moment(row.started_at),
                    None if row.seconds is None else f"{row.seconds:.0f}",
                    row.campaign,
                    row.agent,
                    row.disposition or row.outcome,
                    None if row.score_ratio is None else f"{row.score_ratio * 100:.1f}",
                )
                for row in rows
            ],
        )
        if (last := next_after(rows, limit)) is not None:
            click.echo(f"There may be more: --after {last[0].isoformat()},{last[1]}")


def _place(text: str | None) -> tuple[datetime, str] | None:
    if text is None:
        return None
    at, _, file_id = text.partition(",")
    try:
        return datetime.fromisoformat(at).astimezone(), file_id
    except ValueError as error:
        raise UsageError(
            f"--after {text} is not what the last page ended with, such as "
            "2026-11-23T10:00:00+00:00,ID."
        ) from error
