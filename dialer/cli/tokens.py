"""`dialer tokens`."""

import json
from dataclasses import asdict

import click

from campaigns.consents import BadConsent, read_instant
from campaigns.store.tokens import Scope, Token
from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError


@click.command()
@click.argument("name")
@click.option(
    "--client", metavar="NAME", help="Speaks for this client alone; else for the call centre."
)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([each.value for each in Scope]),
    multiple=True,
    required=True,
    help="What it may be used for.",
)
@click.option("--expires", metavar="DATE", help="When it ends by itself.")
@command
async def add(
    session: Session, *, name: str, client: str | None, scopes: tuple[str, ...], expires: str | None
) -> None:
    """Make a token for a program that uses the HTTP interface. It is shown this once.

    \b
    Examples:
      dialer tokens add acme-crm --client Acme --scope do-not-call:write
      dialer tokens add import --scope do-not-call:write --expires 2027-12-31
    """
    try:
        expires_at = None if expires is None else read_instant(expires)
    except BadConsent as error:
        raise UsageError(f"--expires: {error}") from error
    async with opened_store(session) as store:
        secret = await store.tokens.add(
            name,
            client=client,
            scopes=[Scope(each) for each in scopes],
            expires_at=expires_at,
            by=session.by,
            now=now(),
        )
    click.echo(secret)
    click.echo(
        f"That is the token '{name}'. Keep it now: it is stored nowhere and cannot be shown again.",
        err=True,
    )


@click.command(name="list")
@json_option
@command
async def list_tokens(session: Session, *, as_json: bool) -> None:
    """Show the tokens, whose they are, and when they were last used.

    \b
    Examples:
      dialer tokens list
    """
    async with opened_store(session) as store:
        tokens = await store.tokens.list()
    at = now()
    if as_json:
        print_json(
            [
                asdict(each) | {"scopes": sorted(each.scopes), "is_valid": each.is_valid(at)}
                for each in tokens
            ]
        )
        return
    if not tokens:
        click.echo("There are no tokens. Make one with `dialer tokens add`.")
        return
    print_table(
        ("token", "speaks for", "may", "made", "last used", "state"),
        [
            (
                each.name,
                each.client or "the call centre",
                ", ".join(sorted(each.scopes)),
                f"{moment(each.created_at)} by {each.created_by}",
                moment(each.last_used_at) or "never",
                _state(each),
            )
            for each in tokens
        ],
    )


@click.command()
@click.argument("name")
@command
async def revoke(session: Session, *, name: str) -> None:
    """End a token. The next request with it is refused.

    \b
    Examples:
      dialer tokens revoke acme-crm
    """
    async with opened_store(session) as store:
        ended = await store.tokens.revoke(name, by=session.by, now=now())
    said = "is of no use from now on." if ended else "was revoked before; nothing was changed."
    click.echo(f"The token '{name}' {said}")


@click.command()
@command
async def openapi(session: Session) -> None:
    """Write the OpenAPI description of the HTTP interface.

    \b
    Example:
      dialer tokens openapi > openapi.json
    """
    del session
    from dialer.desk.api.api import openapi_document

    click.echo(json.dumps(openapi_document(), indent=1, sort_keys=True))


def _state(token: Token) -> str:
    if token.revoked_at is not None:
        return f"revoked {moment(token.revoked_at)}"
    if token.expires_at is None:
        return "valid"
    return f"{'valid until' if token.is_valid(now()) else 'ended'} {moment(token.expires_at)}"
