"""One campaign in one period, read for its client: figures, results, refusals, promises, time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.dispositions import DispositionKind
from campaigns.reports.figures import Figures
from campaigns.reports.periods import BadPeriod, edges_of
from campaigns.store.callback_rows import CallbackCounts
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store
from campaigns.usage import CampaignUsage, Usage
from dialer.desk.client_view.result_words import KINDS, OUTCOMES
from dialer.desk.client_view.sections import Column, Kind, Section
from dialer.desk.formats import Formats
from dialer.desk.words import N_, Words

ENDS_EARLY = N_("The period ends before it begins. Give a later end, or an earlier begin.")
REFUSALS = (
    DispositionKind.REFUSAL,
    DispositionKind.NO_INTEREST,
    DispositionKind.DO_NOT_CALL,
    DispositionKind.WRONG_NUMBER,
)
"""Ends of conversations that say no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole days in the reader's zone, as asked; None for the campaign's beginning and its end."""

    first: date | None
    last: date | None
    zone: ZoneInfo

    @property
    def since(self) -> datetime | None:
        """The first day's midnight."""
        return None if self.first is None else datetime.combine(self.first, time(), self.zone)

    @property
    def until(self) -> datetime | None:
        """The midnight after the last day."""
        if self.last is None:
            return None
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientReport:
    """What was read."""

    campaign: CampaignRow
    figures: Figures
    callbacks: CallbackCounts
    usage: CampaignUsage | None
    zone: ZoneInfo

    @property
    def leads_left(self) -> int:
        """Leads that may still be called."""
        return self.figures.list.leads - self.figures.list.leads_finished


async def read_client_report(
    store: Store, campaign: CampaignRow, period: Period, *, now: datetime
) -> ClientReport:
    """Read it. Raises BadPeriod for one that ends before it begins, or before the campaign's."""
    known = await store.reports.period(campaign.id)
    since = period.since or (known[0] if known else campaign.created_at)
    until = period.until or max(known[1] if known else now, since) + timedelta(seconds=1)
    if until <= since:
        raise BadPeriod(ENDS_EARLY)
    edges = list(edges_of(since, until, period.zone))
    edges[0], edges[-1] = since, until
    figures = await store.reports.figures(
        campaign.id,
        edges,
        answer_tolerance_seconds=campaign.spec.answer_tolerance_seconds,
        now=now,
    )
    usage = await store.clients.usage(campaign.client, since, until, now=now)
    return ClientReport(
        campaign=campaign,
        figures=figures,
        callbacks=await store.callbacks.counts([campaign.id], since, until),
        usage=next((u for u in usage.campaigns if u.counts.campaign_id == campaign.id), None),
        zone=period.zone,
    )


def sections_of(report: ClientReport, _: Words, formats: Formats) -> tuple[Section, ...]:
    """The tables of one campaign's report, in the order of the page."""
    return (
        _progress(report, _),
        _results(report.figures, _),
        _refusals(report.figures, _),
        _outcomes(report.figures, _),
        _callbacks(report.callbacks, _),
        _time(report, _, formats),
    )


def usage_section(usage: Usage | Sequence[CampaignUsage], _: Words) -> Section:
    """What is billed, by campaign and by what is billed for."""
    campaigns = usage.campaigns if isinstance(usage, Usage) else usage
    rows = []
    for each in campaigns:
        prices = {line.key: line for line in each.lines}
        currency = each.tariff.currency if each.tariff else ""
        for key, name, quantity in (
            ("per_attempt", _("Attempts"), each.counts.attempts),
            ("per_contact", _("Contacts"), each.counts.contacts),
            ("per_minute", _("Minutes of conversation"), each.minutes),
            ("per_agent_hour", _("Agent hours"), each.agent_hours),
        ):
            line = prices.get(key)
            rows.append(
                (
                    each.counts.campaign,
                    name,
                    quantity,
                    line.price if line else None,
                    line.amount if line else None,
                    currency if line else "",
                )
            )
    return Section(
        key="usage",
        title=_("Usage"),
        columns=(
            Column(heading=_("Campaign"), kind=Kind.TEXT),
            Column(heading=_("Of"), kind=Kind.TEXT),
            Column(heading=_("Quantity"), kind=Kind.DECIMAL),
            Column(heading=_("Price"), kind=Kind.DECIMAL),
            Column(heading=_("Amount"), kind=Kind.DECIMAL),
            Column(heading=_("Currency"), kind=Kind.TEXT),
        ),
        rows=tuple(rows),
        notes=(
            _(
                "Attempts are tries that reached the network; contacts are people an agent spoke "
                "to."
            ),
            _(
                "Agent hours are talk and wrap-up, and the part of the team's waiting that falls "
                "to the campaign; pauses are not billed. A call counts on the day it was made."
            ),
        ),
        empty=_("There are no campaigns."),
    )


def _progress(report: ClientReport, _: Words) -> Section:
    figures, leads = report.figures, report.figures.list
    return Section(
        key="progress",
        title=_("Progress"),
        columns=(Column(heading=_("Figure"), kind=Kind.TEXT), Column(heading=_("Value"))),
        rows=(
            (_("Leads in the list"), leads.leads),
            (_("Leads finished"), leads.leads_finished),
            (_("Leads left"), report.leads_left),
            (_("Leads called in the period"), leads.leads_attempted),
            (_("Leads spoken with in the period"), leads.leads_contacted),
            (_("Attempts"), figures.attempts),
            (_("Answered by a person"), figures.live_answers),
            (_("Contacts"), figures.contacts),
            (_("Sales"), figures.sales),
        ),
        notes=(
            _("A contact is an answer of a person who then spoke with an agent."),
            _(
                "Finished are leads with a final answer, with all attempts used, or without a "
                "number."
            ),
        ),
    )


def _results(figures: Figures, _: Words) -> Section:
    total = sum(each.calls for each in figures.dispositions)
    return Section(
        key="results",
        title=_("Results of conversations"),
        columns=(
            Column(heading=_("Result"), kind=Kind.TEXT),
            Column(heading=_("Kind"), kind=Kind.TEXT),
            Column(heading=_("Calls")),
            Column(heading=_("Share"), kind=Kind.RATIO),
        ),
        rows=tuple(
            (
                each.label if each.code else _("Nothing said"),
                _(KINDS.get(each.kind, each.kind)),
                each.calls,
                each.calls / total,
            )
            for each in figures.dispositions
        ),
        total=(_("All"), "", total, 1.0 if total else None),
        bars=2,
        empty=_("No call has reached an agent in this period."),
    )


def _refusals(figures: Figures, _: Words) -> Section:
    refused = [each for each in figures.dispositions if each.kind in REFUSALS]
    total = sum(each.calls for each in refused)
    return Section(
        key="refusals",
        title=_("Why people said no"),
        columns=(
            Column(heading=_("Reason"), kind=Kind.TEXT),
            Column(heading=_("Calls")),
            Column(heading=_("Of all refusals"), kind=Kind.RATIO),
            Column(heading=_("Of all contacts"), kind=Kind.RATIO),
        ),
        rows=tuple(
            (
                each.label,
                each.calls,
                each.calls / total,
                each.calls / figures.contacts if figures.contacts else None,
            )
            for each in refused
        ),
        bars=1,
        empty=_("Nobody has said no in this period."),
    )


def _outcomes(figures: Figures, _: Words) -> Section:
    ordered = sorted(figures.by_outcome.items(), key=lambda item: (-item[1], item[0]))
    return Section(
        key="outcomes",
        title=_("How the attempts ended"),
        columns=(
            Column(heading=_("Outcome"), kind=Kind.TEXT),
            Column(heading=_("Attempts")),
            Column(heading=_("Share"), kind=Kind.RATIO),
        ),
        rows=tuple(
            (_(OUTCOMES.get(outcome, outcome)), count, count / figures.attempts)
            for outcome, count in ordered
        ),
        bars=1,
        empty=_("No attempt was made in this period."),
    )


def _callbacks(counts: CallbackCounts, _: Words) -> Section:
    rows = (
        (_("Kept"), counts.kept),
        (_("Late"), counts.late),
        (_("Called in time, not answered"), counts.unanswered),
        (_("Missed"), counts.missed),
        (_("Cancelled"), counts.cancelled),
        (_("Still to come"), counts.open),
    )
    return Section(
        key="callbacks",
        title=_("Promised callbacks"),
        columns=(Column(heading=_("How it went"), kind=Kind.TEXT), Column(heading=_("Promises"))),
        rows=rows if any(counts) else (),
        empty=_("No callback was due in this period."),
    )


def _time(report: ClientReport, _: Words, formats: Formats) -> Section:
    figures = report.figures
    return Section(
        key="time",
        title=_("Over time"),
        columns=(
            Column(heading=_("From"), kind=Kind.TEXT),
            Column(heading=_("Attempts")),
            Column(heading=_("Answered by a person")),
            Column(heading=_("Contacts")),
            Column(heading=_("Sales")),
            Column(heading=_("Talk"), kind=Kind.SECONDS),
        ),
        rows=tuple(
            (
                formats.begin_of(each.begins_at, each.ends_at, length=figures.length),
                each.attempts,
                each.live_answers,
                each.contacts,
                each.sales,
                each.talk_seconds,
            )
            for each in figures.bins
        ),
        total=(
            _("All"),
            figures.attempts,
            figures.live_answers,
            figures.contacts,
            figures.sales,
            sum(each.talk_seconds for each in figures.bins),
        ),
    )
