"""The report as one page: a single file that needs nothing else, on a screen or on paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from campaigns.reports.accounts import Account
from campaigns.reports.charts import Chart
from campaigns.reports.figures import Figures, LedgerFigures
from campaigns.reports.kpis import Kpi, Unit
from campaigns.reports.tables import Table, tables
from campaigns.reports.words import moment, percent, stretch, value_of
from campaigns.store.callback_rows import CallbackCounts
from campaigns.store.rows import CampaignRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One key figure. `tone` is good, bad or nothing."""

    name: str
    value: str
    note: str
    tone: str = ""


def render_page(
    campaign: CampaignRow,
    figures: Figures,
    kpis: Mapping[str, Kpi],
    *,
    ledgers: Sequence[LedgerFigures],
    charts: Sequence[Chart],
    zone: ZoneInfo,
    now: datetime,
    accounts: Sequence[Account] = (),
    callbacks: CallbackCounts | None = None,
    more: Sequence[Table] = (),
) -> str:
    """The whole page. Everything from the campaign or its lists is escaped; the charts are ours."""
    environment = Environment(
        loader=PackageLoader("campaigns.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = environment.get_template("report.css").render()
    spec = campaign.spec
    return environment.get_template("report.html.j2").render(
        campaign=campaign,
        figures=figures,
        period=stretch(figures.since, figures.until, zone),
        zone_name=zone.key,
        made=moment(now, zone),
        tiles=key_figures(figures, kpis, limit_ratio=spec.limit_ratio),
        charts=charts,
        tables=tables(
            figures,
            tuple(kpis.values()),
            ledgers,
            limit_ratio=spec.limit_ratio,
            answer_tolerance_seconds=spec.answer_tolerance_seconds,
            zone=zone,
            accounts=accounts,
            callbacks=callbacks,
            more=more,
        ),
        css=css,
    )


def key_figures(
    figures: Figures, kpis: Mapping[str, Kpi], *, limit_ratio: float
) -> tuple[Tile, ...]:
    """What a client asks first."""

    def shown(key: str, unit: Unit | None = None) -> str:
        return value_of(kpis[key].value, unit or kpis[key].unit)

    abandonment = kpis["abandonment_ratio"].value
    within = abandonment is None or abandonment <= limit_ratio
    return (
        Tile(
            name="Attempts",
            value=f"{figures.attempts:,}",
            note=f"{shown('list_penetration_ratio')} of the list called",
        ),
        Tile(
            name="Live answers",
            value=f"{figures.live_answers:,}",
            note=f"{shown('live_answer_ratio')} of attempts",
        ),
        Tile(
            name="Contacts",
            value=f"{figures.contacts:,}",
            note=f"spoke with an agent, {shown('talk_seconds_mean')} on average",
        ),
        Tile(
            name="Abandoned",
            value=percent(abandonment, 2),
            note=f"{figures.abandoned:,} of {figures.live_answers:,}; limit {percent(limit_ratio)}",
            tone="good" if within else "bad",
        ),
        Tile(
            name="Sales",
            value=f"{figures.sales:,}",
            note=f"{shown('sales_per_hundred_contacts')} per 100 contacts",
        ),
        Tile(
            name="Sales per agent-hour",
            value=shown("sales_per_agent_hour"),
            note=f"{shown('calls_per_agent_hour')} calls per agent-hour",
        ),
        Tile(
            name="Utilisation",
            value=shown("utilisation_ratio"),
            note=f"{shown('talk_minutes_per_hour')} of talk in each hour",
        ),
        Tile(
            name="Time to agent",
            value=shown("time_to_agent_p95"),
            note=f"95 of 100 were faster; median {shown('time_to_agent_p50')}",
        ),
    )
