"""`dialer ledgers`: abandonment as each regulator counts it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from campaigns.reports.account_files import figures_of, write_accounts
from campaigns.reports.accounts import Account, read_accounts
from campaigns.reports.periods import zone_of
from campaigns.reports.words import NONE, moment, number, percent
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store
from dialer.cli.opened import opened_store
from dialer.cli.output import print_json, print_table
from dialer.cli.session import Session, command, json_option, now
from dialer.errors import DialerError, UsageError

_INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"])

_regime_option = click.option(
    "--regime",
    metavar="REGIME",
    help="Only us, gb, ca or another country, or campaign for its own accounts. Without it: all.",
)
_since_option = click.option(
    "--since", type=_INSTANT, metavar="TIME",
    help="From here on: 2026-03-02, or '2026-03-02 14:00'. Without it: the campaign's start.",
)  # fmt: skip
_until_option = click.option(
    "--until", type=_INSTANT, metavar="TIME", help="Until just before here. Without it: now."
)


@click.command()
@click.argument("campaign")
@_regime_option
@_since_option
@_until_option
@json_option
@command
async def show(
    session: Session,
    *,
    campaign: str,
    regime: str | None,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
) -> None:
    """Show the accounts of abandoned calls that CAMPAIGN has to keep.

    One line for each window: numerator, denominator, rate and limit, by the formula of each
    country's rules. Counted from the stored calls; windows are shown whole.

    \b
    Examples:
      dialer ledgers show spring
      dialer ledgers show spring --regime gb --since 2026-03-01
      dialer ledgers show spring --json | jq '.accounts[] | select(.is_over)'
    """
    async with opened_store(session) as store:
        row = await store.campaigns.get(campaign)
        accounts = await _accounts(store, row, regime, since, until)
    zone = zone_of(row.spec)
    if as_json:
        print_json(
            {
                "campaign": row.name,
                "time_zone": zone.key,
                "accounts": [
                    {"regime": one.rule.regime} | figures_of(one, zone) for one in accounts
                ],
            }
        )
        return
    print_table(
        ("regime", "account", "from", "to", "result", "numerator", "denominator", "rate", "limit"),
        [
            (
                one.rule.regime,
                one.rule.title,
                moment(one.stretch.begins_at, zone),
                "open" if one.stretch.ends_at is None else moment(one.stretch.ends_at, zone),
                _result(one),
                _side(one.rate.numerator),
                _side(one.rate.denominator),
                percent(one.rate.ratio, 2),
                percent(one.rule.limit_ratio, 2),
            )
            for one in accounts
        ],
    )
    for how, citation in dict.fromkeys((one.rate.how, one.rule.citation) for one in accounts):
        click.echo(f"\n{how}\n  {citation}")


@click.command()
@click.argument("campaign")
@_regime_option
@_since_option
@_until_option
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write into; made when new. Without it: ledgers-CAMPAIGN.",
)  # fmt: skip
@json_option
@command
async def export(
    session: Session,
    *,
    campaign: str,
    regime: str | None,
    since: datetime | None,
    until: datetime | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write the accounts of CAMPAIGN as a regulator asks for them, with every call behind them.

    For each regime ledger-REGIME.csv holds one line a window with numerator, denominator, formula
    and source, and ledger-REGIME-calls.csv one line a call with its instants, numbers and the part
    it has in the figures. Existing files of the same names are replaced.

    \b
    Examples:
      dialer ledgers export spring
      dialer ledgers export spring --regime us --out /srv/evidence/spring
    """
    async with opened_store(session) as store:
        row = await store.campaigns.get(campaign)
        accounts = await _accounts(store, row, regime, since, until)
        name = "".join(c if c.isalnum() or c in "-_" else "-" for c in row.name).strip("-")
        folder = out or Path(f"ledgers-{name or 'campaign'}")
        try:
            paths = await write_accounts(store, row, folder, accounts, zone=zone_of(row.spec))
        except OSError as error:
            raise DialerError(
                f"The ledgers cannot be written into {folder}: {error.strerror or error}. Name a "
                "folder that can, with --out."
            ) from error
    if as_json:
        print_json({"campaign": row.name, "files": {key: str(path) for key, path in paths.items()}})
        return
    for path in paths.values():
        click.echo(str(path))


async def _accounts(
    store: Store,
    row: CampaignRow,
    regime: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Sequence[Account]:
    zone = zone_of(row.spec)
    begin = row.started_at or row.created_at
    if since is not None:
        begin = since.replace(tzinfo=zone)
    end = now() if until is None else until.replace(tzinfo=zone)
    if end <= begin:
        raise UsageError(
            f"The period ends at {moment(end, zone)}, not after its beginning, "
            f"{moment(begin, zone)}. Give other --since and --until."
        )
    accounts = await read_accounts(store, row, since=begin, until=end, zone=zone)
    known = list(dict.fromkeys(one.rule.regime for one in accounts))
    if regime is not None and regime.lower() not in known:
        raise UsageError(
            f"--regime is {regime!r}, and campaign '{row.name}' has the accounts of "
            f"{', '.join(known)}. A country comes with the leads there, or with rules.packs in the "
            "campaign file."
        )
    return [one for one in accounts if regime is None or one.rule.regime == regime.lower()]


def _result(account: Account) -> str:
    if not account.rate.denominator:
        return "no answers"
    return "OVER" if account.is_over else "within"


def _side(value: float) -> str:
    """A count as such; Ofcom's estimates with their decimals."""
    return number(value) if value == int(value) else (f"{value:,.4f}" if value else NONE)
