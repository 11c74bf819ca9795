"""`dialer consents`."""

from dataclasses import asdict
from pathlib import Path

import click

from campaigns.campaign_spec import Purpose
from campaigns.consents import ANY_PURPOSE, BadConsent, Consent, read_instant
from dialer.cli.dnc import number_in_e164, region_option
from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError

_client_option = click.option(
    "--client", required=True, metavar="NAME", help="The client company the consent is given to."
)
_PURPOSES = click.Choice([*(each.value for each in Purpose), ANY_PURPOSE])


@click.command()
@click.argument("number")
@_client_option
@click.option("--purpose", type=_PURPOSES, default=ANY_PURPOSE, show_default=True)
@click.option("--given", metavar="DATE", help="When it was given; now when this is left away.")
@click.option("--expires", metavar="DATE", help="When it ends by itself.")
@click.option("--source", required=True, help="Where it was given: a form, a call, a shop.")
@click.option("--proof", required=True, help="What shows it: a file, a record, an address.")
@region_option
@command
async def add(
    session: Session,
    *,
    number: str,
    client: str,
    purpose: str,
    given: str | None,
    expires: str | None,
    source: str,
    proof: str,
    region: str | None,
) -> None:
    """Record that the person of NUMBER agreed to be called by a client.

    \b
    Examples:
      dialer consents add +12025550100 --client Acme --source 'web form' --proof form-4711.pdf
      dialer consents add +12025550100 --client Acme --purpose marketing --given 2026-11-02 \\
        --expires 2027-11-02 --source 'call of 2 November' --proof recording-881
    """
    try:
        consent = Consent(
            number=number_in_e164(number, region),
            client=client,
            purpose=purpose,
            given_at=now() if given is None else read_instant(given),
            expires_at=None if expires is None else read_instant(expires),
            source=source,
            proof=proof,
        )
    except BadConsent as error:
        raise UsageError(str(error)) from error
    async with opened_store(session) as store:
        is_new = await store.consents.add(consent, by=session.by, now=now())
    said = "is recorded" if is_new else "was recorded before"
    click.echo(f"The consent of {consent.number} for {client} ({purpose}) {said}.")


@click.command()
@click.argument("number")
@_client_option
@click.option("--purpose", type=_PURPOSES, help="Only consents for this; all when left away.")
@region_option
@command
async def withdraw(
    session: Session, *, number: str, client: str, purpose: str | None, region: str | None
) -> None:
    """End the consents of NUMBER for a client. The next call that needs one is not made.

    The record of them stays, as evidence of the calls that were made.

    \b
    Examples:
      dialer consents withdraw +12025550100 --client Acme
      dialer consents withdraw +12025550100 --client Acme --purpose marketing
    """
    text = number_in_e164(number, region)
    async with opened_store(session) as store:
        ended = await store.consents.withdraw(
            text, client=client, by=session.by, now=now(), purpose=purpose
        )
    if ended:
        click.echo(f"{ended} consent{'s' if ended > 1 else ''} of {text} for {client} ended now.")
    else:
        click.echo(f"{text} has no consent for {client} in force; nothing was changed.")


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_client_option
@region_option
@json_option
@command
async def import_file(
    session: Session, *, file: Path, client: str, region: str | None, as_json: bool
) -> None:
    """Record the consents of a CSV FILE. The same file again adds nothing.

    Its first line names the columns: number, given_at, source and proof, and perhaps purpose ("any"
    when it is missing) and expires_at.

    \b
    Examples:
      dialer consents import consents.csv --client Acme
      dialer consents import consents.csv --client Acme --region TR
    """
    async with opened_store(session) as store:
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                done = await store.consents.import_file(
                    lines,
                    client=client,
                    region=None if region is None else region.upper(),
                    by=session.by,
                    now=now(),
                )
        except UnicodeDecodeError as error:
            raise UsageError(f"{file} is not in UTF-8. Save it as CSV UTF-8.") from error
        except BadConsent as error:
            raise UsageError(str(error)) from error
    if as_json:
        print_json(asdict(done))
        return
    click.echo(f"{done.read:,} consents read, {done.added:,} of them new, {done.bad:,} bad lines.")
    for row in done.shown:
        click.echo(f"  line {row.line}: {row.reason}", err=True)


@click.command()
@click.argument("number")
@click.option("--client", metavar="NAME", help="Only those given to this client.")
@region_option
@json_option
@command
async def check(
    session: Session, *, number: str, client: str | None, region: str | None, as_json: bool
) -> None:
    """Show all consents of NUMBER, ended ones too, latest first.

    \b
    Examples:
      dialer consents check +12025550100
      dialer consents check +12025550100 --client Acme --json
    """
    text = number_in_e164(number, region)
    async with opened_store(session) as store:
        found = await store.consents.check(text, client=client)
    at = now()
    if as_json:
        print_json([asdict(each) | {"in_force": each.allows(each.purpose, at)} for each in found])
    elif not found:
        click.echo(f"{text} has given no consent.")
    else:
        print_table(
            ("client", "purpose", "given", "expires", "withdrawn", "in force", "source", "proof"),
            [
                (
                    each.client,
                    each.purpose,
                    moment(each.given_at),
                    moment(each.expires_at),
                    moment(each.withdrawn_at),
                    "yes" if each.allows(each.purpose, at) else "no",
                    each.source,
                    each.proof,
                )
                for each in found
            ],
        )
