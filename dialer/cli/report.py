"""`dialer report`."""

from datetime import datetime
from pathlib import Path

import click

from campaigns.reports.html import key_figures
from campaigns.reports.periods import zone_of
from campaigns.reports.report import write_report
from dialer.cli.opened import opened_store
from dialer.cli.output import print_facts, print_json
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import DialerError

_INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"])


@click.command()
@click.argument("campaign")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write into; made when new. Without it: report-CAMPAIGN.",
)  # fmt: skip
@click.option(
    "--since",
    type=_INSTANT,
    metavar="TIME",
    help="From here on: 2026-03-02, or '2026-03-02 14:00'.",
)
@click.option("--until", type=_INSTANT, metavar="TIME", help="Until just before here.")
@json_option
@command
async def report(
    session: Session,
    *,
    campaign: str,
    out: Path | None,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
) -> None:
    """Write the report of CAMPAIGN: report.html to show or print, and CSV files to reckon with.

    Without --since and --until it covers all attempts. Times are by the clock of the campaign's
    caller id. The page is a single file: mail it as it is. Existing files of the same names are
    replaced.

    \b
    Examples:
      dialer report spring
      dialer report spring --out /srv/reports/spring --since 2026-03-01 --until 2026-04-01
      dialer report spring --json | jq .kpis.abandonment_ratio
    """
    async with opened_store(session) as store:
        row = await store.campaigns.get(campaign)
        zone = zone_of(row.spec)
        folder = out or Path(f"report-{_file_name(row.name)}")
        try:
            files = await write_report(
                store,
                row,
                folder,
                since=None if since is None else since.replace(tzinfo=zone),
                until=None if until is None else until.replace(tzinfo=zone),
                now=now(),
            )
        except OSError as error:
            raise DialerError(
                f"The report cannot be written into {folder}: {error.strerror or error}. Name a "
                "folder that can, with --out."
            ) from error
    made = files.report
    if as_json:
        paths = {"html": files.html, **files.csv}
        print_json(made.document() | {"files": {name: str(path) for name, path in paths.items()}})
        return
    tiles = key_figures(made.figures, made.kpis, limit_ratio=row.spec.limit_ratio)
    print_facts({tile.name.lower(): f"{tile.value}  ({tile.note})" for tile in tiles})
    click.echo(f"\nReport: {files.html}   (CSV files beside it)")


def _file_name(name: str) -> str:
    """The campaign's name with nothing in it that a shell or a file system minds."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name).strip("-") or "campaign"
