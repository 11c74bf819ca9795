"""`dialer clients` and `dialer usage`."""

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from campaigns.store.clients import Contract
from campaigns.usage import Usage
from campaigns.usage_files import usage_csv, usage_document
from dialer.cli.opened import opened_store
from dialer.cli.output import moment, print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import UsageError

_KIND = {
    "per_attempt": "attempts",
    "per_contact": "contacts",
    "per_minute": "minutes",
    "per_agent_hour": "agent hours",
}


@click.command(name="list")
@json_option
@command
async def list_clients(session: Session, *, as_json: bool) -> None:
    """Show the client companies and what was agreed with them.

    \b
    Examples:
      dialer clients list
    """
    async with opened_store(session) as store:
        names = await store.clients.list()
        contracts = await store.clients.contracts()
    if as_json:
        print_json([_document(each) for each in contracts])
        return
    if not names:
        click.echo("There are no clients. One comes to be with the first campaign that names it.")
        return
    rows: list[tuple[object, ...]] = []
    for name in names:
        of_client = [each for each in contracts if each.client == name]
        rows += [_row(each) for each in of_client] or [(name, "all", "none agreed", "no", "")]
    print_table(("client", "campaigns", "tariff", "hears recordings", "agreed"), rows)


@click.command()
@click.argument("client")
@click.option("--campaign", metavar="NAME", help="For this campaign alone; else for all others.")
@click.option(
    "--tariff",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A TOML file of prices.",
)
@click.option(
    "--recordings",
    type=click.Choice(["yes", "no"]),
    help="Whether the client's people may hear the recordings.",
)
@command
async def agree(
    session: Session,
    *,
    client: str,
    campaign: str | None,
    tariff: Path | None,
    recordings: str | None,
) -> None:
    """Note what was agreed with a client: its prices, and whether it may hear recordings.

    \b
    Examples:
      dialer clients agree Acme --tariff acme.toml --recordings yes
      dialer clients agree Acme --campaign spring --tariff spring-prices.toml
    """
    if tariff is None and recordings is None:
        raise UsageError("Nothing is agreed by that. Give --tariff, --recordings, or both.")
    text = None if tariff is None else _text_of(tariff)
    async with opened_store(session) as store:
        contract = await store.clients.agree(
            client,
            campaign=campaign,
            tariff=text,
            hears_recordings=None if recordings is None else recordings == "yes",
            by=session.by,
            now=now(),
        )
    print_table(("client", "campaigns", "tariff", "hears recordings", "agreed"), [_row(contract)])


@click.command()
@click.argument("client")
@click.option("--from", "begin", metavar="DAY", required=True, help="The first day.")
@click.option("--to", "end", metavar="DAY", help="The last day, whole; else today.")
@click.option("--zone", default="UTC", show_default=True, help="Whose days they are.")
@click.option("--csv", "as_csv", is_flag=True, help="Answer with CSV.")
@json_option
@command
async def usage(
    session: Session,
    *,
    client: str,
    begin: str,
    end: str | None,
    zone: str,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Count what a client is billed for, by campaign: attempts, contacts, minutes, agent hours.

    Prices are those of `dialer clients agree`. A call counts on the day it was written.

    \b
    Examples:
      dialer usage Acme --from 2026-11-01 --to 2026-11-30 --zone Asia/Baku
      dialer usage Acme --from 2026-11-01 --csv
    """
    since, until = _period(begin, end, zone)
    async with opened_store(session) as store:
        used = await store.clients.usage(client, since, until, now=now())
    if as_json:
        print_json(usage_document(used))
    elif as_csv:
        click.echo(usage_csv(used), nl=False)
    else:
        _show(used)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}.") from error


def _period(begin: str, end: str | None, zone: str) -> tuple[datetime, datetime]:
    """[first day, the day after the last) in the zone. Raises UsageError."""
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"--zone is {zone!r}. Write one as Asia/Baku.") from None
    try:
        first = date.fromisoformat(begin)
        last = date.fromisoformat(end) if end else now().astimezone(place).date()
    except ValueError as error:
        raise UsageError(f"--from and --to are days, as 2026-11-01: {error}.") from error
    if last < first:
        raise UsageError(f"The last day, {last}, is before the first, {first}.")
    return (
        datetime.combine(first, time(), place),
        datetime.combine(last + timedelta(days=1), time(), place),
    )


def _show(used: Usage) -> None:
    last = used.until - timedelta(days=1)
    click.echo(f"{used.client}, {used.since:%Y-%m-%d} to {last:%Y-%m-%d} ({used.since.tzinfo})\n")
    rows: list[tuple[object, ...]] = []
    for each in used.campaigns:
        counts = each.counts
        quantities = {
            "attempts": counts.attempts,
            "contacts": counts.contacts,
            "minutes": each.minutes,
            "agent hours": each.agent_hours,
        }
        prices = {_KIND[line.key]: line for line in each.lines}
        for kind, quantity in quantities.items():
            line = prices.get(kind)
            rows.append(
                (
                    counts.campaign,
                    kind,
                    quantity,
                    line.price if line else "",
                    f"{line.amount} {each.tariff.currency}" if line and each.tariff else "",
                )
            )
    print_table(("campaign", "of", "quantity", "price", "amount"), rows)
    for total in used.totals:
        click.echo(f"\nTo pay: {total.gross} {total.currency} ({total.net} and VAT {total.vat})")
    if any(each.tariff is None for each in used.campaigns):
        click.echo("\nCampaigns without an amount have no tariff: `dialer clients agree` sets one.")


def _row(contract: Contract) -> tuple[object, ...]:
    tariff = contract.tariff
    prices = "none agreed"
    if tariff is not None:
        prices = f"{tariff.currency}: " + ", ".join(
            f"{getattr(tariff, key)} {word}" for key, word in _KIND.items() if getattr(tariff, key)
        )
    return (
        contract.client,
        contract.campaign or "all",
        prices,
        "yes" if contract.hears_recordings else "no",
        f"{moment(contract.changed_at)} by {contract.changed_by}",
    )


def _document(contract: Contract) -> dict[str, object]:
    found = asdict(contract)
    if contract.tariff is not None:
        found["tariff"] = {
            key: value if isinstance(value, int) else str(value)
            for key, value in asdict(contract.tariff).items()
        }
    return found
