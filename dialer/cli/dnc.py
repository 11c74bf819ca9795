"""`dialer dnc`."""

import asyncio
import re
from dataclasses import asdict
from datetime import UTC, datetime, time
from pathlib import Path

import click

from campaigns.do_not_call_files import NumberFile, read_numbers
from campaigns.phone_numbers import BadNumber, is_region, parse
from campaigns.store.do_not_call import ListKind, ListScope, ListState
from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError

_SPACERS = re.compile(r"[\s().\-/]")

region_option = click.option(
    "--region", metavar="COUNTRY", help="Two-letter country of a number written without its +."
)
client_option = click.option(
    "--client", metavar="NAME", help="Make it a list of this client: it holds for its campaigns."
)
campaign_option = click.option(
    "--campaign", metavar="NAME", help="Make it a list of this campaign alone."
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
@client_option
@campaign_option
@command
async def add(
    session: Session,
    *,
    number: str,
    list_name: str,
    reason: str,
    region: str | None,
    client: str | None,
    campaign: str | None,
) -> None:
    """Forbid NUMBER, or every number that begins so when it ends with a star.

    Holds from this moment on: for all campaigns, or for those of one client or one campaign when
    the list is theirs. Entries are never taken away: they are evidence of a wish. Adding one again
    changes nothing.

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
        text = number_in_e164(number, region)
    async with opened_store(session) as store:
        is_new = await store.do_not_call.add(
            text,
            list_name=list_name,
            by=session.by,
            how=reason,
            now=now(),
            is_prefix=is_prefix,
            scope=_scope(None, None, client, campaign),
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
    text = number_in_e164(number, region)
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


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--list", "list_name", required=True, help="The list the numbers go on.")
@click.option(
    "--kind",
    type=click.Choice(["centre", "client", "campaign", "national"]),
    help="For whom the list holds. A list that exists keeps its kind.",
)
@region_option
@client_option
@campaign_option
@click.option(
    "--date",
    "as_of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day the file was made, UTC; today when it is not given. A list grows stale from it.",
)
@click.option(
    "--valid-until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="After this day the list counts as stale, besides what the law says.",
)
@click.option(
    "--add/--replace",
    "adds",
    default=None,
    help="Add to the numbers of earlier files, or replace them. National lists are replaced, "
    "others added to, when neither is given.",
)
@json_option
@command
async def import_file(
    session: Session,
    *,
    file: Path,
    list_name: str,
    kind: ListKind | None,
    region: str | None,
    client: str | None,
    campaign: str | None,
    as_of: datetime | None,
    valid_until: datetime | None,
    adds: bool | None,
    as_json: bool,
) -> None:
    """Put a FILE of numbers on a do-not-call list: one number, prefix or SHA-256 a line.

    A line is a number in E.164 or as written in --region, a prefix such as +1900*, or the SHA-256
    of a number in E.164 with its plus, in hexadecimal. Numbers are kept as hashes only. The whole
    file takes effect at once.

    \b
    Examples:
      dialer dnc import us.txt --list us-dnc --kind national --region US --date 2026-11-01
      dialer dnc import acme.csv --list acme --client Acme
      dialer dnc import hashed.txt --list internal --add
    """
    if region is not None and not is_region(region.upper()):
        raise UsageError(f"--region is {region!r}, which is no country. Write one such as US.")
    region = None if region is None else region.upper()
    at = now() if as_of is None else as_of.replace(tzinfo=UTC)
    if at > now():
        raise UsageError(f"--date is {at:%Y-%m-%d}, which is in the future. Give the file's day.")
    until = None if valid_until is None else datetime.combine(valid_until, time.max, tzinfo=UTC)
    numbers = await asyncio.to_thread(_read, file, region)
    if not numbers.digests and not numbers.prefixes:
        raise UsageError(
            f"{file} holds no number, prefix or hash. Write one a line; numbers without + need "
            "--region."
        )
    async with opened_store(session) as store:
        imported = await store.do_not_call.import_numbers(
            numbers,
            list_name=list_name,
            replace=kind == "national" if adds is None else not adds,
            by=session.by,
            how=f"in the file {file.name}",
            as_of=at,
            valid_until=until,
            now=now(),
            scope=_scope(kind, region, client, campaign),
        )
    if as_json:
        print_json(
            {
                "list": list_name,
                "numbers": imported.numbers,
                "prefixes": imported.prefixes,
                "total": imported.total,
                "rejected": numbers.rejected,
            }
        )
        return
    click.echo(
        f"{imported.numbers:,} numbers and {imported.prefixes:,} prefixes are on the do-not-call "
        f"list '{list_name}'; it has {imported.total:,} numbers from files now."
    )
    if numbers.rejected:
        click.echo(f"{numbers.rejected:,} lines are no numbers, among them:", err=True)
        for line, text in numbers.rejected_shown:
            click.echo(f"  line {line}: {text}", err=True)


@click.command()
@json_option
@command
async def lists(session: Session, *, as_json: bool) -> None:
    """Show all do-not-call lists: for whom they hold, how many they have, how old they are.

    \b
    Examples:
      dialer dnc lists
      dialer dnc lists --json
    """
    async with opened_store(session) as store:
        found = await store.do_not_call.lists()
    if as_json:
        print_json([asdict(each) for each in found])
    elif not found:
        click.echo("There is no do-not-call list yet. `dialer dnc add` and `import` make them.")
    else:
        print_table(
            ("list", "holds for", "from files", "one by one", "file of", "valid until"),
            [
                (
                    each.name,
                    _holds_for(each),
                    each.hash_count,
                    each.entry_count,
                    moment(each.imported_at),
                    moment(each.valid_until),
                )
                for each in found
            ],
        )


def _read(file: Path, region: str | None) -> NumberFile:
    with file.open("rb") as lines:
        return read_numbers(lines, region)


def _scope(
    kind: ListKind | None, region: str | None, client: str | None, campaign: str | None
) -> ListScope | None:
    """What the options say of the list; None when they say nothing."""
    if client is not None and campaign is not None:
        raise UsageError("A list is a client's or a campaign's: give --client or --campaign alone.")
    named: ListKind | None = (
        "client" if client is not None else "campaign" if campaign is not None else None
    )
    if kind in ("client", "campaign") and named != kind:
        raise UsageError(f"A list of kind {kind} needs its owner: --{kind} NAME.")
    if named is not None and kind is not None and kind != named:
        raise UsageError(f"--kind {kind} and --{named} do not fit together. Leave one away.")
    chosen = kind or named
    if chosen is None:
        return None
    return ListScope(
        kind=chosen,
        region=region if chosen == "national" else None,
        client=client,
        campaign=campaign,
    )


def _holds_for(state: ListState) -> str:
    match state.kind:
        case "client":
            return f"client {state.client}"
        case "campaign":
            return f"campaign {state.campaign or '(deleted)'}"
        case "national":
            return f"calls to {state.region}"
        case _:
            return "all calls"


def number_in_e164(text: str, region: str | None) -> str:
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
