"""`dialer switch`."""

import os
from pathlib import Path

import click

from dialer.cli.session import Session
from dialer.errors import UsageError
from freeswitch.configuration import DIALER_USER, Gateway, Secrets, SwitchConfiguration
from freeswitch.errors import UnsafeValue

SETTINGS_FILE = "dialer-settings.toml"


@click.command()
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write; FreeSWITCH is started with -conf and this folder.",
)
@click.option(
    "--gateway",
    "gateways",
    multiple=True,
    metavar="TRUNK=HOST[:PORT]",
    help="Where a trunk of the settings is. Once for each trunk.",
)
@click.option(
    "--login",
    "logins",
    multiple=True,
    metavar="TRUNK=USER",
    help="User name for a trunk whose carrier wants one; its password is asked for.",
)
@click.option("--agents-address", default="127.0.0.1", show_default=True, metavar="ADDRESS")
@click.option("--agents-public-address", metavar="ADDRESS", help="The same behind a NAT.")
@click.option("--trunks-address", default="127.0.0.1", show_default=True, metavar="ADDRESS")
@click.option("--trunks-public-address", metavar="ADDRESS", help="The same behind a NAT.")
@click.option(
    "--carrier", "carriers", multiple=True, metavar="NETWORK", help="Where calls back come from."
)
@click.option(
    "--dialer",
    "dialers",
    multiple=True,
    default=["127.0.0.1/32"],
    show_default=True,
    metavar="NETWORK",
    help="Where the dialer runs.",
)
@click.option("--sessions", default=1000, show_default=True, help="1.3 times the planned legs.")
@click.option("--force", is_flag=True, help="Write over what is there; all passwords are new.")
@click.pass_obj
def init(
    session: Session,
    *,
    folder: Path,
    gateways: tuple[str, ...],
    logins: tuple[str, ...],
    agents_address: str,
    agents_public_address: str | None,
    trunks_address: str,
    trunks_public_address: str | None,
    carriers: tuple[str, ...],
    dialers: tuple[str, ...],
    sessions: int,
    force: bool,
) -> None:
    """Write the configuration of a FreeSWITCH that serves this dialer, with new passwords.

    Host, ports and trunks are those of the settings. Beside the configuration it writes
    dialer-settings.toml, whose lines belong into dialer.toml: the passwords of the two ends.

    \b
    Examples:
      dialer switch init --to /etc/freeswitch --gateway main=sip.carrier.example
      dialer switch init --to ./switch --gateway main=192.0.2.10:5060 --login main=acme \\
        --agents-address 10.0.0.10 --trunks-address 203.0.113.5 --carrier 192.0.2.0/24
    """
    settings = session.settings
    where = _pairs("--gateway", gateways)
    users = _pairs("--login", logins)
    trunks = [trunk.name for trunk in settings.trunks]
    _same_trunks(trunks, where, users)
    try:
        wanted = SwitchConfiguration(
            secrets=Secrets.make(),
            gateways=tuple(_gateway(name, where[name], users.get(name)) for name in trunks),
            domain=settings.agents.domain,
            event_socket_address=settings.switch.host,
            event_socket_port=settings.switch.port,
            dialers=dialers,
            carriers=carriers,
            agents_address=agents_address,
            agents_public_address=agents_public_address,
            trunks_address=trunks_address,
            trunks_public_address=trunks_public_address,
            directory_host=settings.web.host,
            directory_port=settings.web.port,
            sessions_max=sessions,
        )
    except UnsafeValue as error:
        raise UsageError(
            f"The {error.field} is {error.value!r}. Allowed is {error.expected}."
        ) from error
    files = wanted.files() | {SETTINGS_FILE: _settings(wanted)}
    if not force and (there := [path for path in files if (folder / path).exists()]):
        raise UsageError(
            f"{folder / there[0]} is there already, and nothing was written. Choose an empty "
            "folder, or say --force to write over it with new passwords."
        )
    for path, content in files.items():
        _write(folder / path, content)
    click.echo(f"{len(files)} files were written to {folder}.")
    click.echo(f"1. Put the lines of {folder / SETTINGS_FILE} into dialer.toml.")
    click.echo(f"2. Start it, not as root: freeswitch -nonat -conf {folder.resolve()}")
    click.echo("3. Run `dialer doctor`.")


def _pairs(option: str, given: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"{option} is {one!r}. Write the trunk's name, = and the rest.")
        if name in pairs:
            raise UsageError(f"{option} is given twice for the trunk {name!r}. Once is right.")
        pairs[name] = value
    return pairs


def _same_trunks(trunks: list[str], where: dict[str, str], users: dict[str, str]) -> None:
    if not trunks:
        raise UsageError("The settings have no [[trunks]] yet. Add one, with its capacity, first.")
    missing = [name for name in trunks if name not in where]
    if missing:
        raise UsageError(
            f"Nobody said where the trunk {missing[0]!r} is. Add --gateway {missing[0]}=HOST."
        )
    unknown = [name for name in (*where, *users) if name not in trunks]
    if unknown:
        raise UsageError(
            f"The settings have no trunk {unknown[0]!r}; they have {', '.join(trunks)}."
        )


def _gateway(name: str, address: str, user: str | None) -> Gateway:
    host, _, port = address.partition(":")
    if port and not (port.isascii() and port.isdigit()):
        raise UnsafeValue("gateway port", port, "a whole number from 1 to 65535")
    password = None
    if user is not None:
        password = click.prompt(f"Password of {user} at {name}", hide_input=True)
    return Gateway(
        name=name, host=host, port=int(port) if port else 5060, username=user, password=password
    )


def _settings(wanted: SwitchConfiguration) -> bytes:
    lines = (
        "# Put these lines into dialer.toml, each into the table of its name there.",
        "[switch]",
        f'user = "{DIALER_USER}"',
        f'password = "{wanted.secrets.dialer}"',
        "",
        "[web]",
        "enabled = true",
        f'switch_password = "{wanted.secrets.directory}"',
    )
    return ("\n".join(lines) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    """For the owner's eyes alone from the first byte on: there are passwords in it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
