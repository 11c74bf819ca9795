"""`dialer doctor`."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType

import click

from dialer.cli.checks.database import check_database
from dialer.cli.checks.findings import Finding, Level, bad, ok
from dialer.cli.checks.machine import check_clock, check_disk, check_folders, check_metrics
from dialer.cli.checks.switch import check_switches
from dialer.cli.output import print_json
from dialer.cli.session import Session, json_option, now
from dialer.errors import SettingsError

_MARKS = {Level.OK: ("ok  ", "green"), Level.NOTE: ("note", "yellow"), Level.BAD: ("BAD ", "red")}


@click.command()
@click.option(
    "--admin",
    is_flag=True,
    help="Ask for each event socket's own password, and look at the configuration, too.",
)
@json_option
@click.pass_context
def doctor(ctx: click.Context, *, admin: bool, as_json: bool) -> None:
    """Check that everything the dialer needs is there, and say how to mend what is not.

    Looks at the settings, the database, every switch and its gateways, the clocks, the disk, the
    folders, the metrics port and the running service. Changes nothing and makes no call. The exit
    status is 1 when anything is bad.

    \b
    Examples:
      dialer doctor
      dialer --config /etc/dialer.toml doctor --json
    """
    passwords = _ask_passwords(ctx.obj) if admin else {}
    findings = asyncio.run(examine(ctx.obj, admin_passwords=passwords))
    is_well = all(finding.level is not Level.BAD for finding in findings)
    if as_json:
        print_json({"is_well": is_well, "findings": [asdict(finding) for finding in findings]})
    else:
        _say(findings)
    ctx.exit(0 if is_well else 1)


def _ask_passwords(session: Session) -> dict[str, str]:
    """Of the event socket of each switch, by the switch's name."""
    nodes = session.settings.nodes
    return {
        node.name: click.prompt(
            "Password of event_socket.conf.xml" + (f" of {node.name}" if len(nodes) > 1 else ""),
            hide_input=True,
            err=True,
        )
        for node in nodes
    }


async def examine(
    session: Session, *, admin_passwords: Mapping[str, str] = MappingProxyType({})
) -> list[Finding]:
    """All findings, in the order in which they should be mended.

    `admin_passwords` are those of the event sockets, by the name of the switch.
    """
    try:
        settings = session.settings
    except SettingsError as error:
        return [bad("settings", str(error), "Correct it; everything else depends on it.")]
    findings = [ok("settings", f"Read from {session.settings_source}.")]
    findings += [check_clock(now()), check_disk(settings.home)]
    about_database, service = await check_database(settings)
    findings += about_database
    findings += await check_switches(settings, admin_passwords=admin_passwords)
    findings += check_folders(settings)
    findings.append(await check_metrics(settings.metrics, service))
    return findings


def _say(findings: list[Finding]) -> None:
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        mark, colour = _MARKS[finding.level]
        click.secho(mark, fg=colour, nl=False)
        click.echo(f"  {finding.name.ljust(width)}  {finding.text}")
        if finding.fix:
            click.echo(f"{' ' * (width + 8)}-> {finding.fix}")
    count = sum(finding.level is Level.BAD for finding in findings)
    click.echo("\nAll is well." if not count else f"\n{count} to mend.")
