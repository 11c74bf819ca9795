"""`dialer agents phone`."""

import click

from dialer.cli.opened import opened_store
from dialer.cli.output import print_facts
from dialer.cli.session import Session, command, now


@click.command()
@click.argument("name")
@click.option("--reset", is_flag=True, help="Make a new password; the old one ends.")
@command
async def phone(session: Session, *, name: str, reset: bool) -> None:
    """Show what agent NAME's telephone registers with; make its password the first time.

    The password is shown once, and its hash alone is stored. A telephone that is registered stays
    so after --reset until its registration runs out, an hour at most.

    \b
    Examples:
      dialer agents phone anna
      dialer agents phone anna --reset
    """
    domain = session.settings.agents.domain
    async with opened_store(session) as store:
        account = await store.phones.extension_of(name)
        password = None
        if account is None or reset or account.domain != domain:
            password = await store.phones.reset(name, domain=domain, by=session.by, now=now())
            account = await store.phones.extension_of(name)
    assert account is not None
    show_phone(account.extension, account.domain, password)


def show_phone(extension: str, domain: str, password: str | None) -> None:
    """What a person types into a telephone."""
    print_facts(
        {
            "user name": extension,
            "server, domain": domain,
            "password": password or "shown when it was made; --reset makes a new one",
        }
    )
