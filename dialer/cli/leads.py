"""`dialer leads`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import click

from campaigns.lead_import.columns import parse_mapping
from campaigns.lead_import.preview import Preview, preview
from campaigns.lead_import.run import ImportSummary, import_leads
from dialer.cli.import_bar import import_bar
from dialer.cli.lead_files import write_leads
from dialer.cli.opened import opened_store
from dialer.cli.output import print_facts, print_json, print_table
from dialer.cli.session import Session, command, json_option, now

_VALUE_SHOWN = 40


@click.command("import")
@click.argument("campaign")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--list", "list_name", help="Name of the lead list; the file's name when not given.")
@click.option(
    "--map", "mapping", multiple=True, metavar="ROLE=COLUMN",
    help="What a column is: phone, name, first_name, last_name, external_id, priority or skip. "
    "May be given several times, and several columns may be phones.",
)  # fmt: skip
@click.option("--encoding", help="Such as windows-1254; found out when not given.")
@click.option("--separator", help="Between columns: , ; or tab; found out when not given.")
@click.option("--sheet", help="Of a workbook; the first when not given.")
@click.option(
    "--duplicates", type=click.Choice(["merge", "refuse"]),
    help="Rows whose number or id the campaign has; its own rule when not given.",
)  # fmt: skip
@click.option(
    "--dry-run", is_flag=True, help="Show how the file would be read, and import nothing."
)
@json_option
@command
async def import_file(
    session: Session,
    *,
    campaign: str,
    file: Path,
    list_name: str | None,
    mapping: Sequence[str],
    encoding: str | None,
    separator: str | None,
    sheet: str | None,
    duplicates: Literal["merge", "refuse"] | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import FILE, a CSV (plain or .gz) or XLSX file, into CAMPAIGN.

    Columns are recognised by their names in several languages. Rows that cannot be used are listed
    with their line, value and reason in FILE.rejects.csv beside the input; correct that file and
    import it. Importing the same file again changes nothing, and an import that was interrupted may
    be run again.

    \b
    Examples:
      dialer leads import spring customers.csv
      dialer leads import spring customers.csv --dry-run
      dialer leads import spring list.xlsx --map phone=Nomer --map name=Ad --duplicates refuse
    """
    roles = parse_mapping(mapping)
    if separator in ("tab", "\\t"):
        separator = "\t"
    async with opened_store(session) as store:
        row = await store.campaigns.get(campaign)
        if dry_run:
            shown = preview(
                file, region=row.spec.region, mapping=roles, encoding=encoding, separator=separator,
                sheet=sheet,
            )  # fmt: skip
            _say_preview(shown, as_json=as_json)
            return
        with import_bar(quiet=as_json) as progress:
            summary = await import_leads(
                store, row, file, now=now(), list_name=list_name, mapping=roles, encoding=encoding,
                separator=separator, duplicates=duplicates, sheet=sheet, progress=progress,
            )  # fmt: skip
        await store.audit.add(
            by=session.by, action="leads imported", subject=f"campaign {row.name}", now=now(),
            details={
                "file": file.name, "rows": summary.rows, "new": summary.inserted,
                "merged": summary.merged, "refused": summary.refused,
                "rejected": summary.rejected,
            },
        )  # fmt: skip
    _say_summary(summary, as_json=as_json)


@click.command()
@click.argument("campaign")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@command
async def export(session: Session, *, campaign: str, file: Path) -> None:
    """Write the leads of CAMPAIGN to FILE: .csv or .xlsx by its ending.

    One row a lead: its numbers, its state, its last attempt, and every column its list came with.
    The file appears whole or not at all.

    \b
    Examples:
      dialer leads export spring results.csv
      dialer leads export spring results.xlsx
    """
    async with opened_store(session) as store:
        row = await store.campaigns.get(campaign)
        count = await write_leads(store, row, file)
        # A list that leaves the house is as much worth knowing as one that comes in.
        await store.audit.add(
            by=session.by,
            action="leads exported",
            subject=f"campaign {row.name}",
            details={"file": file.name, "leads": count},
            now=now(),
        )
    click.echo(f"{count:,} leads of '{row.name}' were written to {file}.")


def _say_preview(shown: Preview, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(shown))
        return
    layout = shown.layout
    how = {"file": layout.kind, "header": "yes" if shown.has_header else "no"}
    if layout.encoding is not None:
        how["encoding"] = f"{layout.encoding} ({layout.encoding_reason})"
    if layout.separator is not None:
        how["separator"] = "tab" if layout.separator == "\t" else layout.separator
    if layout.sheet is not None:
        how["sheet"] = layout.sheet
    print_facts(how)
    click.echo()
    print_table(
        ("column", "used as", "first values"),
        [
            (c.name, c.role.value, " | ".join(v[:_VALUE_SHOWN] for v in c.samples))
            for c in shown.columns
        ],
    )
    click.echo()
    click.echo(f"{shown.good:,} of the first {shown.rows:,} rows can be imported.")
    for problem in shown.problems:
        click.echo(f"  line {problem.line}: {problem.column} {problem.value!r} {problem.reason}")
    click.echo("Nothing was imported (--dry-run).")


def _say_summary(summary: ImportSummary, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(summary))
        return
    rate = summary.rows / summary.seconds if summary.seconds > 0 else 0.0
    click.echo(
        f"{summary.rows:,} rows in {summary.seconds:.1f} s ({rate:,.0f} rows/s): "
        f"{summary.inserted:,} new leads, {summary.merged:,} merged, "
        f"{summary.unchanged:,} unchanged, {summary.refused:,} refused as duplicates, "
        f"{summary.rejected:,} rejected."
    )
    if summary.bad_numbers:
        click.echo(f"{summary.bad_numbers:,} numbers were left out of leads that have others.")
    if summary.rejects_path is not None:
        click.echo(f"What was not imported, and why: {summary.rejects_path}")
