"""The regulators' figures as files: one line a window, and one line a call behind them."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from campaigns.ledgers import Stretch
from campaigns.reports.accounts import Account
from campaigns.reports.csv_files import cell
from campaigns.store.ledgers import LedgerCall
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store

_FIGURES = (
    "account", "window", "begins_at", "ends_at", "numerator", "denominator", "ratio",
    "limit_ratio", "is_over", "live_answers", "abandoned", "humans_with_agent",
    "machines_with_agent", "machine_verdicts", "formula", "citation",
)  # fmt: skip


async def write_accounts(
    store: Store,
    campaign: CampaignRow,
    folder: Path,
    accounts: Sequence[Account],
    *,
    zone: ZoneInfo,
) -> dict[str, Path]:
    """Write `ledger-REGIME.csv` and `ledger-REGIME-calls.csv` for each regime of the accounts.

    The calls are those of the whole stretch from the first window's beginning to the last one's
    end, each once, with its part in the figures; a window's calls are those answered inside it.
    Returns the paths by name. Raises OSError when the folder cannot be written.
    """
    paths: dict[str, Path] = {}
    for regime in dict.fromkeys(account.rule.regime for account in accounts):
        mine = [account for account in accounts if account.rule.regime == regime]
        figures = folder / f"ledger-{regime}.csv"
        _write_figures(figures, mine, zone)
        calls = folder / f"ledger-{regime}-calls.csv"
        await _write_calls(store, campaign, calls, _whole(mine), zone)
        paths |= {regime: figures, f"{regime}_calls": calls}
    return paths


def figures_of(account: Account, zone: ZoneInfo) -> dict[str, object]:
    """One account's figures by the names of the file's columns."""
    stretch, counts, rate = account.stretch, account.counts, account.rate
    ends_at = None if stretch.ends_at is None else stretch.ends_at.astimezone(zone)
    values = (
        account.rule.title, account.rule.window.value, stretch.begins_at.astimezone(zone), ends_at,
        rate.numerator, rate.denominator, rate.ratio, account.rule.limit_ratio, account.is_over,
        counts.live_answers, counts.abandoned, counts.humans, counts.machines_to_agents,
        counts.machine_verdicts, rate.how, account.rule.citation,
    )  # fmt: skip
    return dict(zip(_FIGURES, values, strict=True))


def _write_figures(path: Path, accounts: Sequence[Account], zone: ZoneInfo) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_FIGURES)
        for account in accounts:
            writer.writerow(cell(value) for value in figures_of(account, zone).values())


def _whole(accounts: Sequence[Account]) -> Stretch:
    """From the first beginning to the last end."""
    ends = [account.stretch.ends_at for account in accounts]
    known = [end for end in ends if end is not None]
    return Stretch(
        begins_at=min(account.stretch.begins_at for account in accounts),
        ends_at=max(known) if len(known) == len(ends) else None,
    )


async def _write_calls(
    store: Store, campaign: CampaignRow, path: Path, stretch: Stretch, zone: ZoneInfo
) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(field.name for field in fields(LedgerCall))
        async for call in store.ledgers.calls(campaign.id, stretch):
            writer.writerow(_cells(call, zone))


def _cells(call: LedgerCall, zone: ZoneInfo) -> Iterator[str]:
    for field in fields(LedgerCall):
        value = getattr(call, field.name)
        yield cell(value.astimezone(zone) if isinstance(value, datetime) else value)
