"""`dialer dnc`."""

import re
from dataclasses import asdict

import click

from campaigns.phone_numbers import BadNumber, is_region, parse
from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError

_SPACERS = re.compile(r"[\s().\-/]")

region_option = click.option(
    "--region", metavar="COUNTRY", help="Two-letter country of a number written without its +."
)


@click.command()
@click.argument("number")
@click.option(
    "--list", "list_name", default="internal", show_default=True, help="The list it goes on."
)
@click.option(
    "--reason",
    default="added by hand",
    show_default=True,
    help="How we know; kept as evidence.",
)
@region_option
@command
async def add(
    session: Session, *, number: str, list_name: str, reason: str, region: str | None
) -> None:
    """Forbid NUMBER, or every number that begins so when it ends with a star.

    Holds for all campaigns from this moment on. Entries are never taken away: they are evidence of
    a wish. Adding one again changes nothing.

    \b
    Examples:
      dialer dnc add +12025550100 --reason 'asked by letter, 3 March'
      dialer dnc add '(202) 555-0100' --region US --list client-acme
      dialer dnc add '+1900*' --list premium
    """
    is_prefix = number.endswith("*")
    if is_prefix:
        text = _SPACERS.sub("", number[:-1])
        if not text.startswith("+"):
            raise UsageError(
                f"The prefix {number!r} must begin with + and the country code, such as '+1900*'."
            )
    else:
        text = _number(number, region)
    async with opened_store(session) as store:
        is_new = await store.do_not_call.add(
            text, list_name=list_name, by=session.by, how=reason, now=now(), is_prefix=is_prefix
        )
    what = f"Every number beginning {text}" if is_prefix else text
    state = "is now on" if is_new else "was already on"
    click.echo(f"{what} {state} the do-not-call list '{list_name}'.")


@click.command()
@click.argument("number")
@region_option
@json_option
@command
async def check(session: Session, *, number: str, region: str | None, as_json: bool) -> None:
    """Say whether NUMBER may be called, and if not, which entries forbid it.

    The exit status is 0 either way; with --json, `may_be_called` is the answer.

    \b
    Examples:
      dialer dnc check +12025550100
      dialer dnc check '(202) 555-0100' --region US --json
    """
    text = _number(number, region)
    async with opened_store(session) as store:
        hits = await store.do_not_call.check(text)
    if as_json:
        print_json(
            {"number": text, "may_be_called": not hits, "entries": [asdict(hit) for hit in hits]}
        )
    elif not hits:
        click.echo(f"{text} is on no do-not-call list.")
    else:
        click.echo(f"{text} must not be called:")
        print_table(
            ("list", "entry", "since", "by", "how"),
            [
                (
                    hit.list_name,
                    hit.number + ("*" if hit.is_prefix else ""),
                    moment(hit.added_at),
                    hit.added_by,
                    hit.how,
                )
                for hit in hits
            ],
        )


def _number(text: str, region: str | None) -> str:
    """In E.164. One with its + is taken as it stands: a wish holds for unassigned numbers too."""
    stripped = _SPACERS.sub("", text)
    if re.fullmatch(r"\+[0-9]{7,15}", stripped):
        return stripped
    if region is None:
        raise UsageError(
            f"{text!r} is not a number with + and country code, such as +12025550100. "
            "Write it so, or say its country with --region."
        )
    if not is_region(region.upper()):
        raise UsageError(f"--region is {region!r}, which is no country. Write one such as US.")
    try:
        return parse(text, region.upper()).e164
    except BadNumber as error:
        raise UsageError(f"The number {text!r} {error}.") from error
