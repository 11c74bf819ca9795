"""`dialer recordings`."""

from dataclasses import asdict
from pathlib import PurePosixPath

import click

from campaigns.explain.words import many
from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_json, print_table
from dialer.cli.session import Session, command, json_option, now


@click.command("list")
@click.argument("campaign", required=False)
@click.option("--call", "call_id", help="Only of this call, by its id.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@json_option
@command
async def list_recordings(
    session: Session, *, campaign: str | None, call_id: str | None, limit: int, as_json: bool
) -> None:
    """List recorded calls, the newest first. Files lie in `files.recordings` of the switch.

    \b
    Examples:
      dialer recordings list
      dialer recordings list spring --limit 20
      dialer recordings list --call 7f9ee1a4-5c1f-4c1a-9d55-0b0f5e7c3a10 --json
    """
    async with opened_store(session) as store:
        if campaign is not None:
            campaign = (await store.campaigns.get(campaign)).name
        rows = await store.recordings.list(campaign=campaign, call_id=call_id, most=limit)
    if as_json:
        print_json([asdict(row) for row in rows])
    elif not rows:
        click.echo("There are no recordings. Campaigns record when their file says [recording].")
    else:
        print_table(
            ("file", "campaign", "agent", "began", "seconds", "consent", "masked"),
            [
                (
                    f"{row.file_id}.wav",
                    row.campaign,
                    row.agent,
                    moment(row.started_at),
                    None if row.seconds is None else f"{row.seconds:.1f}",
                    row.consent,
                    len(row.masked) or None,
                )
                for row in rows
            ],
        )


@click.command()
@click.argument("files", nargs=-1, required=True)
@command
async def removed(session: Session, *, files: tuple[str, ...]) -> None:
    """Say that FILES were deleted on the switch: their paths, names or ids.

    What is known of them is deleted too, and the audit log says by whom. Nothing is done to files.

    \b
    Example:
      dialer recordings removed 7f9ee1a4-5c1f-4c1a-9d55-0b0f5e7c3a10-1.wav
    """
    ids = [PurePosixPath(each).name.removesuffix(".wav") for each in files]
    async with opened_store(session) as store:
        count = await store.recordings.removed(ids, by=session.by, now=now())
    if count < len(set(ids)):
        click.echo(f"{len(set(ids)) - count} of them are in no list of recordings.")
    click.echo(f"{many(count, 'recording')} taken off the list.")
