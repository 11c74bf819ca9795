"""`dialer users`."""

import sys
from dataclasses import asdict

import click

from campaigns.passwords import new_password
from campaigns.roles import LANGUAGES, Role
from campaigns.store.store import Store
from campaigns.store.users import User
from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError


@click.command()
@click.argument("name")
@click.option(
    "--role", type=click.Choice([each.value for each in Role]), required=True, help="What for."
)
@click.option("--agent", metavar="NAME", help="Whose it is, for the role agent.")
@click.option("--client", metavar="NAME", help="Whom it looks in for, for the role client.")
@click.option(
    "--language", type=click.Choice(list(LANGUAGES)), help="Of the pages; else the browser's."
)
@click.option("--zone", metavar="ZONE", help="Times are shown in it; else in the dialer's.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--generate", is_flag=True, help="Make a password, show it once, have it changed.")
@command
async def add(
    session: Session,
    *,
    name: str,
    role: str,
    agent: str | None,
    client: str | None,
    language: str | None,
    zone: str | None,
    password_stdin: bool,
    generate: bool,
) -> None:
    """Make an account for a person who uses the desk.

    The password is asked for, read from standard input, or generated: a generated one is shown this
    once, and changed by its person at the first sign-in.

    \b
    Examples:
      dialer users add boss --role administrator
      dialer users add aysel --role agent --agent Aysel --language az --generate
      dialer users add acme --role client --client Acme --zone Asia/Baku --generate
    """
    password = _password(is_from_input=password_stdin, is_generated=generate)
    async with opened_store(session) as store:
        user = await store.users.add(
            name,
            Role(role),
            password,
            agent=agent,
            client=client,
            language=language,
            zone=zone,
            is_provisional=generate,
            by=session.by,
            now=now(),
        )
    _show(user.name, password, is_generated=generate)
    click.echo(f"Account '{user.name}' ({user.role}) is made.", err=True)


@click.command(name="list")
@json_option
@command
async def list_users(session: Session, *, as_json: bool) -> None:
    """Show the accounts, whose they are, and when they last signed in.

    \b
    Examples:
      dialer users list
    """
    async with opened_store(session) as store:
        users = await store.users.list()
    if as_json:
        print_json([asdict(each) for each in users])
        return
    if not users:
        click.echo("There are no accounts. Make one with `dialer users add`.")
        return
    print_table(
        ("account", "role", "belongs to", "language", "made", "last signed in", "state"),
        [
            (
                each.name,
                each.role,
                each.agent or each.client or "",
                each.language or "",
                f"{moment(each.created_at)} by {each.created_by}",
                moment(each.signed_in_at) or "never",
                _state(each),
            )
            for each in users
        ],
    )


@click.command()
@click.argument("name")
@command
async def disable(session: Session, *, name: str) -> None:
    """Let nobody in with an account any more; its sessions end at once.

    \b
    Examples:
      dialer users disable aysel
    """
    async with opened_store(session) as store:
        changed = await store.users.disable(name, by=session.by, now=now())
    said = "is disabled, and its sessions are over." if changed else "was disabled before."
    click.echo(f"The account '{name}' {said}")


@click.command()
@click.argument("name")
@command
async def enable(session: Session, *, name: str) -> None:
    """Let the person of a disabled account in again.

    \b
    Examples:
      dialer users enable aysel
    """
    async with opened_store(session) as store:
        changed = await store.users.enable(name, by=session.by, now=now())
    click.echo(f"The account '{name}' is open{' again' if changed else ', and was before'}.")


@click.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--generate", is_flag=True, help="Make a password, show it once, have it changed.")
@command
async def password(session: Session, *, name: str, password_stdin: bool, generate: bool) -> None:
    """Give an account another password; its sessions end at once.

    \b
    Examples:
      dialer users password aysel
      dialer users password aysel --generate
    """
    chosen = _password(is_from_input=password_stdin, is_generated=generate)
    async with opened_store(session) as store:
        await store.users.set_password(
            await _written(store, name), chosen, is_provisional=generate, by=session.by, now=now()
        )
    _show(name, chosen, is_generated=generate)
    click.echo(f"The account '{name}' has a new password, and its sessions are over.", err=True)


async def _written(store: Store, name: str) -> str:
    """The name as the account has it; raises with the nearest ones before a hash is made."""
    return (await store.users.get(name)).name


def _password(*, is_from_input: bool, is_generated: bool) -> str:
    """The password, from where the options say. Raises UsageError for two sources, or none."""
    if is_from_input and is_generated:
        raise UsageError("--password-stdin and --generate exclude each other; choose one.")
    if is_generated:
        return new_password()
    if is_from_input:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError(
            "Nobody is here to be asked for a password. Use --password-stdin, or --generate."
        )
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _show(name: str, password: str, *, is_generated: bool) -> None:
    if not is_generated:
        return
    click.echo(password)
    click.echo(
        f"That is the first password of '{name}'. It is stored nowhere and cannot be shown again; "
        "it is changed at the first sign-in.",
        err=True,
    )


def _state(user: User) -> str:
    if user.disabled_at is not None:
        return f"disabled {moment(user.disabled_at)}"
    return "first password" if user.is_provisional else "open"
