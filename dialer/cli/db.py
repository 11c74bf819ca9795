"""`dialer db`."""

import click

from dialer.cli.opened import has_embedded_database, opened_store
from dialer.cli.session import Session, command


@click.command()
@command
async def upgrade(session: Session) -> None:
    """Make the database where there is none, and bring it to the form this version needs.

    Without `database.url` in the settings an embedded PostgreSQL is kept in `home`. Running it
    again changes nothing; a running service need not be stopped for it unless the release notes say
    so.

    \b
    Examples:
      dialer db upgrade
      DIALER_DATABASE_URL=postgresql://dialer@db.example/dialer dialer db upgrade
    """
    settings = session.settings
    is_new = settings.database.url is None and not has_embedded_database(settings)
    if is_new:
        click.echo(f"Making an embedded PostgreSQL in {settings.home} ...", err=True)
    async with opened_store(session, upgrade=True):
        pass
    click.echo("The database is ready.")
