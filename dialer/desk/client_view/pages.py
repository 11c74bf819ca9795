"""`/client`: a client company's own campaigns. Another's are not there (404)."""

import asyncio
from datetime import date, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response

from campaigns.reports.periods import BadPeriod
from campaigns.roles import Role
from campaigns.store.errors import StoreError, UnknownCampaign
from campaigns.store.rows import CampaignRow
from campaigns.usage import Usage
from dialer.desk.client_view.charts import ColumnChart, time_chart
from dialer.desk.client_view.files import section_csv, workbook
from dialer.desk.client_view.finish import expected_days
from dialer.desk.client_view.report import (
    ClientReport,
    Period,
    read_client_report,
    sections_of,
    usage_section,
)
from dialer.desk.client_view.result_words import STATES
from dialer.desk.client_view.sections import Section, written
from dialer.desk.desk_state import state_of
from dialer.desk.formats import Formats
from dialer.desk.guards import Person, person_for
from dialer.desk.refusals import known_in
from dialer.desk.rendering import render
from dialer.desk.words import N_, Words, words_for

router = APIRouter(prefix="/client", include_in_schema=False)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Looking = Annotated[Person, Depends(person_for(Role.CLIENT, Role.SUPERVISOR))]
First = Annotated[str, Query(alias="from", max_length=10)]
Last = Annotated[str, Query(alias="to", max_length=10)]
USAGE_DAYS_MAX = 400
NO_DAY = N_("A day is written as 2026-11-30, and is one of the calendar.")


@router.get("")
async def campaigns(request: Request, person: Looking) -> Response:
    """The campaigns this person may see, each with how far it is."""
    desk = state_of(request)
    rows = [row for row in await desk.store.campaigns.list() if _may_see(person, row)]
    progress = await desk.store.clients.progress([row.id for row in rows])
    return render(
        request,
        person,
        "client/campaigns.html.j2",
        campaigns=[(row, progress[row.id]) for row in rows],
        states=STATES,
    )


@router.get("/campaigns/{campaign_id}")
async def campaign(
    request: Request,
    person: Looking,
    campaign_id: int,
    first: First = "",
    last: Last = "",
) -> Response:
    """One campaign's report."""
    row = await visible_campaign(request, person, campaign_id)
    words, formats = words_for(person.language), Formats(person.language, person.zone)
    report, finish, wrong = None, None, ""
    try:
        report = await _read(request, person, row, first, last)
        finish = await expected_days(
            state_of(request).store,
            row,
            leads_left=report.leads_left,
            now=state_of(request).now(),
            zone=report.zone,
        )
    except BadPeriod as error:
        wrong = known_in(words, str(error))
    paths = request.app.state.paths
    return render(
        request,
        person,
        "client/campaign.html.j2",
        status_code=422 if wrong else 200,
        campaign=row,
        states=STATES,
        report=report,
        finish=finish,
        chart=None if report is None else _chart(report, words, formats),
        series=_series(words),
        sections=() if report is None else _all_sections(report, words, formats),
        written=written,
        wrong=wrong,
        first=first,
        last=last,
        hears_recordings=await hears_recordings(request, person, row),
        surveys="/surveys" if "/surveys" in paths else "",
    )


@router.get("/campaigns/{campaign_id}/{name}.csv")
async def table(
    request: Request,
    person: Looking,
    campaign_id: int,
    name: str,
    first: First = "",
    last: Last = "",
) -> Response:
    """One table of the report."""
    row = await visible_campaign(request, person, campaign_id)
    report = await _read_for_file(request, person, row, first, last)
    formats = Formats(person.language, person.zone)
    for section in _all_sections(report, words_for(person.language), formats):
        if section.key == name:
            text = section_csv(section)
            return _file(text.encode(), f"{row.name}-{name}.csv", "text/csv; charset=utf-8")
    raise HTTPException(404, f"The report has no table '{name}'.")


@router.get("/campaigns/{campaign_id}/report.xlsx")
async def sheets(
    request: Request,
    person: Looking,
    campaign_id: int,
    first: First = "",
    last: Last = "",
) -> Response:
    """All tables as a workbook."""
    row = await visible_campaign(request, person, campaign_id)
    report = await _read_for_file(request, person, row, first, last)
    words, formats = words_for(person.language), Formats(person.language, person.zone)
    about = [
        (words("Client"), row.client),
        (words("Campaign"), row.name),
        (words("Period"), _stretch(report, formats)),
    ]
    data = await asyncio.to_thread(
        workbook, about, _all_sections(report, words, formats), title=words("Report")
    )
    return _file(data, f"{row.name}.xlsx", XLSX)


@router.get("/campaigns/{campaign_id}/report.pdf")
async def document(
    request: Request,
    person: Looking,
    campaign_id: int,
    first: First = "",
    last: Last = "",
) -> Response:
    """The report as a PDF, with its charts."""
    row = await visible_campaign(request, person, campaign_id)
    report = await _read_for_file(request, person, row, first, last)
    words, formats = words_for(person.language), Formats(person.language, person.zone)
    data = await asyncio.to_thread(
        _pdf,
        title=f"{row.client} \N{EN DASH} {row.name}",
        subtitle=_stretch(report, formats),
        chart=_chart(report, words, formats),
        series=_series(words),
        sections=_all_sections(report, words, formats),
        formats=formats,
        words=words,
        now=state_of(request).now(),
    )
    return _file(data, f"{row.name}.pdf", "application/pdf")


@router.get("/usage")
async def usage(
    request: Request,
    person: Looking,
    client: Annotated[str, Query(max_length=200)] = "",
    first: First = "",
    last: Last = "",
    form: Annotated[str, Query(alias="as", pattern="^(|csv|xlsx)$")] = "",
) -> Response:
    """What is billed in a period, this month unless said otherwise."""
    desk = state_of(request)
    clients = [person.client_name or ""]
    if person.role is not Role.CLIENT:
        clients = list(await desk.store.clients.list())
    chosen = client or (clients[0] if clients else "")
    if chosen not in clients:
        raise HTTPException(404, f"There is no client '{client}', or it is not for your account.")
    used, period, wrong = await _usage(request, person, chosen, first, last)
    words, formats = words_for(person.language), Formats(person.language, person.zone)
    section = usage_section(used, words)
    name = f"{chosen}-{period.first}-{period.last}"
    if form == "csv":
        return _file(section_csv(section).encode(), f"{name}.csv", "text/csv; charset=utf-8")
    if form == "xlsx":
        about = [
            (words("Client"), chosen),
            (
                words("Period"),
                f"{formats.day(period.first)} \N{EN DASH} {formats.day(period.last)}",
            ),
            *((f"{words('To pay')} {each.currency}", each.gross) for each in used.totals),
        ]
        data = await asyncio.to_thread(workbook, about, [section], title=words("Usage"))
        return _file(data, f"{name}.xlsx", XLSX)
    return render(
        request,
        person,
        "client/usage.html.j2",
        status_code=422 if wrong else 200,
        clients=clients,
        client=chosen,
        usage=used,
        section=section,
        written=written,
        period=period,
        wrong=known_in(words, wrong),
    )


async def _usage(
    request: Request, person: Person, client: str, first: str, last: str
) -> tuple[Usage, Period, str]:
    desk, zone, wrong = state_of(request), ZoneInfo(person.zone), ""
    today = desk.now().astimezone(zone).date()
    try:
        period = _period(first, last, zone)
    except BadPeriod as error:
        period, wrong = Period(first=None, last=None, zone=zone), str(error)
    end = period.last or today
    begin = period.first or end.replace(day=1)
    if not timedelta() <= end - begin <= timedelta(days=USAGE_DAYS_MAX):
        wrong = f"A bill is of 1 to {USAGE_DAYS_MAX} days, and {begin} to {end} is not."
        begin, end = today.replace(day=1), today
    whole = Period(first=begin, last=end, zone=zone)
    assert whole.since is not None and whole.until is not None, "both days are set"
    try:
        used = await desk.store.clients.usage(client, whole.since, whole.until, now=desk.now())
    except StoreError as error:
        raise HTTPException(404, str(error)) from error
    return used, whole, wrong


def _may_see(person: Person, row: CampaignRow) -> bool:
    return person.role is not Role.CLIENT or row.client == person.client_name


async def visible_campaign(request: Request, person: Person, campaign_id: int) -> CampaignRow:
    """The campaign; 404 for what is not there and for other clients', which look the same."""
    try:
        row = await state_of(request).store.campaigns.by_id(campaign_id)
    except UnknownCampaign:
        row = None
    if row is None or not _may_see(person, row):
        raise HTTPException(404, "There is no such campaign, or it is not for your account.")
    return row


async def hears_recordings(request: Request, person: Person, row: CampaignRow) -> bool:
    """Whether this person may hear the campaign's recordings: a client by its contract."""
    if person.role is not Role.CLIENT:
        return True
    contract = await state_of(request).store.clients.contract_of(row.client, row.name)
    return contract is not None and contract.hears_recordings


async def _read(
    request: Request, person: Person, row: CampaignRow, first: str, last: str
) -> ClientReport:
    desk = state_of(request)
    period = _period(first, last, ZoneInfo(person.zone))
    return await read_client_report(desk.store, row, period, now=desk.now())


async def _read_for_file(
    request: Request, person: Person, row: CampaignRow, first: str, last: str
) -> ClientReport:
    try:
        return await _read(request, person, row, first, last)
    except BadPeriod as error:
        raise HTTPException(422, str(error)) from error


def _pdf(**values: Any) -> bytes:
    # Its library costs half a second to import, which a service that starts should not wait for.
    from dialer.desk.client_view.pdf import report_pdf

    return report_pdf(**values)


def _period(first: str, last: str, zone: ZoneInfo) -> Period:
    try:
        return Period(
            first=date.fromisoformat(first) if first else None,
            last=date.fromisoformat(last) if last else None,
            zone=zone,
        )
    except ValueError as error:
        raise BadPeriod(NO_DAY) from error


def _all_sections(report: ClientReport, words: Words, formats: Formats) -> tuple[Section, ...]:
    bill = () if report.usage is None else (usage_section((report.usage,), words),)
    return (*sections_of(report, words, formats), *bill)


def _chart(report: ClientReport, words: Words, formats: Formats) -> ColumnChart | None:
    time = next(each for each in sections_of(report, words, formats) if each.key == "time")
    labels = [str(row[0]) for row in time.rows]
    return time_chart(report.figures.bins, labels, _series(words))


def _series(words: Words) -> dict[str, str]:
    return {"attempts": words("Attempts"), "contacts": words("Contacts"), "sales": words("Sales")}


def _stretch(report: ClientReport, formats: Formats) -> str:
    since, until = report.figures.since, report.figures.until
    return f"{formats.moment(since)} \N{EN DASH} {formats.moment(until)} ({formats.zone})"


def _file(data: bytes, name: str, media_type: str) -> Response:
    """Handed over as a file; its name is made safe for the header."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
    return Response(
        data,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{plain}"',
            "Cache-Control": "no-store",
        },
    )
