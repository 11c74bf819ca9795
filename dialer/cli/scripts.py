"""`dialer scripts`: the files that agents are walked through."""

from dataclasses import asdict
from pathlib import Path

import click

from campaigns.explain.words import many
from campaigns.scripts.checking import check_campaign, fields_in
from campaigns.scripts.errors import Finding, ScriptError
from campaigns.scripts.reading import examine_script, read_script_file, script_text
from campaigns.store.script_rows import ScriptVersion
from campaigns.store.store import Store
from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_facts, print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError

file_argument = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.command()
@file_argument
@click.option("--campaign", help="Also hold it against this campaign's columns and dispositions.")
@json_option
@command
async def check(session: Session, *, file: Path, campaign: str | None, as_json: bool) -> None:
    """Say what is wrong with the script in FILE, line by line, and what to do about it.

    Exit status 1 when anything is an error; warnings alone leave it at 0.

    \b
    Examples:
      dialer scripts check survey.toml
      dialer scripts check survey.toml --campaign spring
    """
    try:
        script, findings = examine_script(script_text(file))
    except ScriptError as error:
        script, findings = None, error.findings
    if script is not None and campaign is not None:
        async with opened_store(session) as store:
            row = await store.campaigns.get(campaign)
            fields = await store.scripts.fields_of(row.id, fields_in(script))
        more = check_campaign(
            script,
            campaign=row.name,
            fields=fields,
            dispositions=[each.code for each in row.spec.dispositions],
        )
        findings = tuple(sorted((*findings, *more), key=lambda each: each.line))
    if as_json:
        print_json([asdict(each) for each in findings])
    else:
        _tell(file, findings)
        if script is not None and not findings:
            steps, asked = (
                many(len(script.steps), "step"),
                many(len([*script.questions]), "question"),
            )
            click.echo(f"{file}: '{script.title}' is sound: {steps}, {asked}.")
    if any(each.is_error for each in findings):
        raise click.exceptions.Exit(1)


@click.command()
@file_argument
@click.option("--assign", "campaign", help="Also use it for this campaign from now on.")
@command
async def add(session: Session, *, file: Path, campaign: str | None) -> None:
    """Store the script in FILE, as the next version of the script it names.

    The same text again changes nothing. Calls go on with the version that is assigned to their
    campaign until another one is.

    \b
    Examples:
      dialer scripts add survey.toml
      dialer scripts add survey.toml --assign spring
    """
    script, source = read_script_file(file)
    _tell(file, examine_script(source)[1])
    async with opened_store(session) as store:
        campaign_row = None if campaign is None else await store.campaigns.get(campaign)
        version, is_new = await store.scripts.add(source, by=session.by, now=now())
        said = "stored" if is_new else "there already"
        click.echo(f"Script '{script.name}', version {version.number}, is {said}.")
        if campaign_row is not None:
            await _assign(session, store, campaign_row.name, campaign_row.id, version)


@click.command("list")
@json_option
@command
async def list_scripts(session: Session, *, as_json: bool) -> None:
    """List all scripts, their newest versions and where they are used.

    \b
    Example:
      dialer scripts list
    """
    async with opened_store(session) as store:
        rows = await store.scripts.list()
    if as_json:
        print_json([asdict(row) for row in rows])
    elif not rows:
        click.echo("There are no scripts. `dialer scripts add FILE` stores one.")
    else:
        print_table(
            ("script", "title", "versions", "newest", "by", "used by"),
            [
                (
                    row.name,
                    row.title,
                    row.versions,
                    moment(row.added_at),
                    row.added_by,
                    ", ".join(row.campaigns),
                )
                for row in rows
            ],
        )


@click.command()
@click.argument("name")
@json_option
@command
async def versions(session: Session, *, name: str, as_json: bool) -> None:
    """List the versions of script NAME, the newest first.

    \b
    Example:
      dialer scripts versions service-survey
    """
    async with opened_store(session) as store:
        rows = await store.scripts.versions(name)
    if as_json:
        print_json([_brief(row) for row in rows])
    else:
        print_table(
            ("version", "added", "by", "sha-256", "questions"),
            [
                (
                    row.number,
                    moment(row.added_at),
                    row.added_by,
                    row.hash[:12],
                    len([*row.script.questions]),
                )
                for row in rows
            ],
        )


@click.command()
@click.argument("name")
@click.option("--source", is_flag=True, help="Print the file, as it was stored.")
@json_option
@command
async def show(session: Session, *, name: str, source: bool, as_json: bool) -> None:
    """Show a script: NAME, or NAME@VERSION.

    \b
    Examples:
      dialer scripts show service-survey
      dialer scripts show service-survey@2 --source > survey.toml
    """
    async with opened_store(session) as store:
        version = await store.scripts.get(*named(name))
    if as_json:
        print_json(_brief(version))
    elif source:
        click.echo(version.source, nl=False)
    else:
        script = version.script
        print_facts(
            {
                "script": f"{version.name}, version {version.number}",
                "title": script.title,
                "added": f"{moment(version.added_at)} by {version.added_by}",
                "steps": ", ".join(each.id for each in script.steps),
                "questions": ", ".join(each.id for each in script.questions),
                "objections": ", ".join(each.title for each in script.objections),
                "ends": ", ".join(f"{each.id} ({each.result})" for each in script.ends),
                "quotas": ", ".join(f"{each.name}: {each.target}" for each in script.quotas),
            }
        )


@click.command()
@click.argument("campaign")
@click.argument("name", required=False)
@click.option("--none", "is_none", is_flag=True, help="Use no script from now on.")
@command
async def assign(session: Session, *, campaign: str, name: str | None, is_none: bool) -> None:
    """Use script NAME, or NAME@VERSION, for the calls of CAMPAIGN that begin from now on.

    It must fit: the columns it looks at are in the campaign's lists, and the dispositions it
    suggests in the campaign's file.

    \b
    Examples:
      dialer scripts assign spring service-survey
      dialer scripts assign spring service-survey@2
      dialer scripts assign spring --none
    """
    if (name is None) != is_none:
        raise UsageError("Name a script, or say --none; `dialer scripts list` shows them.")
    async with opened_store(session) as store:
        row = await store.campaigns.get(campaign)
        version = None if name is None else await store.scripts.get(*named(name))
        await _assign(session, store, row.name, row.id, version)


async def _assign(
    session: Session, store: Store, campaign: str, campaign_id: int, version: ScriptVersion | None
) -> None:
    findings = await store.scripts.assign(
        campaign_id, None if version is None else version.id, by=session.by, now=now()
    )
    moved = await store.quotas.mark_changed([campaign_id], now=now())
    for each in findings:
        click.echo(_line("", each), err=True)
    said = "no script" if version is None else f"'{version.name}', version {version.number}"
    click.echo(f"Campaign '{campaign}' uses {said} for the calls that begin from now on.")
    if moved:
        click.echo(f"Its quotas moved {many(moved, 'lead')} out of the hopper, or back into it.")


def named(text: str) -> tuple[str, int | None]:
    """`NAME` or `NAME@VERSION`. Raises UsageError."""
    name, at, number = text.partition("@")
    if at and not number.isdecimal():
        raise UsageError(f"'{text}' is not NAME or NAME@VERSION, such as service-survey@2.")
    return name, int(number) if at else None


def _tell(file: Path, findings: tuple[Finding, ...]) -> None:
    for each in findings:
        click.echo(_line(str(file), each))


def _line(file: str, finding: Finding) -> str:
    where = ":".join(filter(None, (file, str(finding.line or "")))) or "script"
    word = click.style(finding.severity, fg="red" if finding.is_error else "yellow")
    return f"{where}: {word}: {finding.text} {finding.fix}".rstrip()


def _brief(version: ScriptVersion) -> dict[str, object]:
    return {
        "script": version.name,
        "version": version.number,
        "title": version.script.title,
        "hash": version.hash,
        "added_by": version.added_by,
        "added_at": version.added_at,
        "steps": [each.id for each in version.script.steps],
        "questions": [each.id for each in version.script.questions],
        "ends": [each.id for each in version.script.ends],
        "quotas": {each.name: each.target for each in version.script.quotas},
    }
