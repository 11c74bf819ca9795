"""`dialer run`."""

import logging

import click

from dialer.cli.session import Session, command
from dialer.service.running import serve
from dialer.settings import NodeSettings, Settings


@click.command()
@click.option("--verbose", is_flag=True, help="Log every small thing too.")
@command
async def run(session: Session, *, verbose: bool) -> None:
    """Serve until stopped: hold the agents' lines, dial, connect, and record everything.

    SIGTERM or Ctrl-C drains: no new calls, live ones end by themselves, then it leaves. A second
    one leaves at once; conversations go on and the next start takes them over. Commands such as
    `campaign start` and `agents login` reach it through the database, from any machine.

    \b
    Examples:
      dialer run
      dialer --config /etc/dialer.toml run
      DIALER_METRICS_PORT=0 dialer run
    """
    settings = session.settings
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)-7s %(message)s",
    )
    for line in banner(settings, source=session.settings_source):
        click.echo(line, err=True)
    await serve(settings)
    click.echo("The dialer has stopped; everything is recorded.", err=True)


def banner(settings: Settings, *, source: str) -> list[str]:
    """What is about to be served, for the person who starts it."""
    switch, metrics = settings.switch, settings.metrics
    url = settings.database.url
    database = f"embedded PostgreSQL in {settings.home}" if url is None else _shown(url)
    trunks = ", ".join(
        f"{trunk.name} ({trunk.channels_max} lines, {trunk.calls_per_second:g} calls/s)"
        for trunk in settings.trunks
    )
    if not metrics.enabled:
        where = "off (metrics.enabled is false)"
    elif metrics.port == 0:
        where = "on a free port; `dialer status` says which"
    else:
        where = f"http://{metrics.host}:{metrics.port}/metrics"
    web = settings.web
    if not web.enabled:
        desk = "off (web.enabled is false)"
    elif web.port == 0:
        desk = "on a free port; `dialer status` says which"
    else:
        desk = f"{web.public_url or f'http://{web.host}:{web.port}'}   (accounts: dialer users add)"
    return [
        f"Dialer '{switch.dialer_id}', settings from {source}",
        f"  database  {database}",
        *(f"  switch    {_where(node)}" for node in settings.nodes),
        f"  trunks    {trunks or 'none: nothing can be dialled before [[trunks]] is set'}",
        f"  desk      {desk}",
        f"  metrics   {where}",
        "  Ctrl-C or SIGTERM drains; a second one leaves at once.",
    ]


def _where(node: NodeSettings) -> str:
    name = "" if node.name == "switch" else f"{node.name}: "
    return f"{name}FreeSWITCH at {node.host}:{node.port}"


def _shown(url: str) -> str:
    """The address without its password."""
    scheme, slashes, rest = url.partition("://")
    account, at, place = rest.rpartition("@")
    return f"{scheme}{slashes}{account.partition(':')[0]}{at}{place}"
