"""A whole report: read, drawn and written into a folder."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.ledgers import OWN_REGIME
from campaigns.reports import csv_files
from campaigns.reports.account_files import figures_of
from campaigns.reports.accounts import Account, read_accounts
from campaigns.reports.charts import draw_charts
from campaigns.reports.figures import Figures, LedgerFigures, ReliabilityRow
from campaigns.reports.html import render_page
from campaigns.reports.kpis import Kpi, by_key, kpis
from campaigns.reports.ledgers import read_ledgers
from campaigns.reports.periods import BadPeriod, edges_of, zone_of
from campaigns.reports.reliability import (
    enough,
    reliability_document,
    reliability_table,
)
from campaigns.reports.screening import answers_table, screening_document, screening_table
from campaigns.store.callback_rows import CallbackCounts
from campaigns.store.rows import CampaignRow
from campaigns.store.screening import ScreeningCounts
from campaigns.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report says, before it is written."""

    campaign: CampaignRow
    zone: ZoneInfo
    figures: Figures
    kpis: Mapping[str, Kpi]
    ledgers: tuple[LedgerFigures, ...]
    accounts: tuple[Account, ...]
    """Those that the rule packs of the campaign's leads ask for."""
    callbacks: CallbackCounts
    """Of promises that fell due in the period."""
    screening: ScreeningCounts
    answers: Mapping[str, Mapping[str, int]]
    """How often which key answered which question of the survey."""
    reliability: tuple[ReliabilityRow, ...]
    """Predicted and real answers by tenths; empty with too few attempts."""

    def document(self) -> dict[str, Any]:
        """The same as plain JSON: shares 0..1, durations in seconds, instants in ISO 8601."""
        figures = self.figures
        return {
            "campaign": self.campaign.name,
            "client": self.campaign.client,
            "since": figures.since.astimezone(self.zone).isoformat(),
            "until": figures.until.astimezone(self.zone).isoformat(),
            "time_zone": self.zone.key,
            "attempts": figures.attempts,
            "answered": figures.answered,
            "live_answers": figures.live_answers,
            "contacts": figures.contacts,
            "handled": figures.handled,
            "abandoned": figures.abandoned,
            "sales": figures.sales,
            "outcomes": dict(figures.by_outcome),
            "dispositions": {each.code or "": each.calls for each in figures.dispositions},
            "limit_ratio": self.campaign.spec.limit_ratio,
            "ledgers": [
                {
                    "name": ledger.name,
                    "begins_at": ledger.begins_at.astimezone(self.zone).isoformat(),
                    "live_answers": ledger.live_answers,
                    "abandoned": ledger.abandoned,
                }
                for ledger in self.ledgers
            ],
            "callbacks": self.callbacks._asdict(),
            "screening": screening_document(self.screening),
            "reliability": reliability_document(self.reliability),
            "answers_by_key": {one: dict(keys) for one, keys in self.answers.items()},
            "accounts": [
                {"regime": account.rule.regime} | figures_of(account, self.zone)
                for account in self.accounts
            ],
            "kpis": {key: kpi.value for key, kpi in self.kpis.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """Where a report was written, and what it says."""

    report: Report
    html: Path
    csv: Mapping[str, Path]
    """By name: summary, by_hour, outcomes, dispositions, agents, attempts."""


async def read_report(
    store: Store,
    campaign: CampaignRow,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime,
) -> Report:
    """Read the figures of [since, until).

    None is the campaign's first attempt, and the end of its last, each taken to the next edge of a
    time bin so that what led up to them is in it. Raises BadPeriod.
    """
    zone = zone_of(campaign.spec)
    known = await store.reports.period(campaign.id)
    begin = since or (known[0] if known else campaign.created_at)
    end = until or (known[1] if known else max(now, campaign.created_at))
    if since is None and until is not None and until <= begin:
        raise BadPeriod(
            f"The first attempt was made at {begin.astimezone(zone):%Y-%m-%d %H:%M}, after the "
            "end of the period. Give a later end."
        )
    if until is None:
        end = _after(end, begin)
    edges = list(edges_of(begin, end, zone))
    edges[0] = since or edges[0]
    edges[-1] = until or edges[-1]
    figures = await store.reports.figures(
        campaign.id,
        edges,
        answer_tolerance_seconds=campaign.spec.answer_tolerance_seconds,
        now=now,
    )
    ledgers = await read_ledgers(
        store, campaign, since=figures.since, until=figures.until, zone=zone, now=now
    )
    accounts = await read_accounts(
        store, campaign, since=figures.since, until=figures.until, zone=zone
    )
    callbacks = await store.callbacks.counts([campaign.id], figures.since, figures.until)
    return Report(
        campaign=campaign,
        zone=zone,
        figures=figures,
        kpis=by_key(kpis(figures, answer_tolerance_seconds=campaign.spec.answer_tolerance_seconds)),
        ledgers=ledgers,
        accounts=tuple(each for each in accounts if each.rule.regime != OWN_REGIME),
        callbacks=callbacks,
        screening=await store.screening.counts(campaign.id, figures.since, figures.until),
        answers=await store.screening.answer_counts(campaign.id, figures.since, figures.until),
        reliability=enough(
            await store.reports.reliability(campaign.id, figures.since, figures.until)
        ),
    )


async def write_report(
    store: Store,
    campaign: CampaignRow,
    out_dir: Path,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime,
) -> ReportFiles:
    """Write report.html and six CSV files into `out_dir`, which is made when it is not there.

    Raises BadPeriod, and OSError when the folder cannot be written.
    """
    report = await read_report(store, campaign, since=since, until=until, now=now)
    html = out_dir / "report.html"
    await asyncio.to_thread(_write_page, html, report, now)
    names = ("summary", "by_hour", "outcomes", "dispositions", "agents", "attempts")
    paths = {name: out_dir / f"{name}.csv" for name in names}
    figures, zone = report.figures, report.zone
    csv_files.write_summary(paths["summary"], campaign, figures, tuple(report.kpis.values()), zone)
    csv_files.write_by_hour(paths["by_hour"], figures, zone)
    csv_files.write_outcomes(paths["outcomes"], figures)
    csv_files.write_dispositions(paths["dispositions"], figures)
    csv_files.write_agents(paths["agents"], figures)
    attempts = store.reports.attempts(campaign.id, figures.since, figures.until)
    await csv_files.write_attempts(paths["attempts"], attempts, zone)
    return ReportFiles(report=report, html=html, csv=paths)


def _write_page(path: Path, report: Report, now: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    charts = draw_charts(
        report.figures, limit_ratio=report.campaign.spec.limit_ratio, zone=report.zone
    )
    page = render_page(
        report.campaign,
        report.figures,
        report.kpis,
        ledgers=report.ledgers,
        accounts=report.accounts,
        callbacks=report.callbacks,
        more=[
            table
            for table in (
                screening_table(report.screening),
                answers_table(report.answers, report.campaign.spec.survey),
                reliability_table(report.reliability),
            )
            if table is not None
        ],
        charts=charts,
        zone=report.zone,
        now=now,
    )
    path.write_text(page, encoding="utf-8")


def _after(end: datetime, begin: datetime) -> datetime:
    """A period that holds its own last instant, and is not empty."""
    return max(end, begin) + datetime.resolution
