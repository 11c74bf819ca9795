"""Reports of final reviews: over time, by agent, team, item and listener, and between listeners."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from campaigns.roles import Role
from campaigns.store.quality_figures import QualityPeriod
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person, person_for
from dialer.desk.quality.report_tables import (
    KINDS,
    ReportTable,
    bars,
    csv_bytes,
    report_tables,
    workbook_bytes,
)
from dialer.desk.rendering import render

router = APIRouter(prefix="/quality/reports", include_in_schema=False)

Looking = Annotated[Person, Depends(person_for(Role.QUALITY, Role.SUPERVISOR))]
WEEKS = 12
"""What a report without days is of."""
DAYS_MAX = 3660
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("")
async def reports(
    request: Request,
    person: Looking,
    since: str = "",
    until: str = "",
    scorecard: str = "",
    team: str = "",
) -> Response:
    """The page."""
    store = state_of(request).store
    first, last, tables = await _tables(
        request, person, since=since, until=until, scorecard=scorecard, team=team
    )
    return render(
        request,
        person,
        "quality/reports.html.j2",
        tables=tables,
        bars=bars(tables),
        since=first,
        until=last,
        scorecard=scorecard,
        team=team,
        cards=await store.quality.scorecards.list(),
        teams=[each.name for each in await store.teams.list()],
        query=request.url.query,
    )


@router.get("/{kind}.csv")
async def as_csv(
    request: Request,
    person: Looking,
    kind: str,
    since: str = "",
    until: str = "",
    scorecard: str = "",
    team: str = "",
) -> Response:
    """One table."""
    if kind not in KINDS:
        raise HTTPException(404, f"There is no report '{kind}'; there are {', '.join(KINDS)}.")
    _, _, tables = await _tables(
        request, person, since=since, until=until, scorecard=scorecard, team=team
    )
    (table,) = [each for each in tables if each.kind == kind]
    return _file(csv_bytes(table), "text/csv; charset=utf-8", f"quality-{kind}.csv")


@router.get("/all.xlsx")
async def as_workbook(
    request: Request,
    person: Looking,
    since: str = "",
    until: str = "",
    scorecard: str = "",
    team: str = "",
) -> Response:
    """All tables, a sheet each."""
    _, _, tables = await _tables(
        request, person, since=since, until=until, scorecard=scorecard, team=team
    )
    return _file(await asyncio.to_thread(workbook_bytes, tables), _XLSX, "quality.xlsx")


async def _tables(
    request: Request, person: Person, *, since: str, until: str, scorecard: str, team: str
) -> tuple[date, date, list[ReportTable]]:
    """First day, last day and the tables between them, both days included."""
    desk, zone = state_of(request), ZoneInfo(person.zone)
    last = _day(until) or desk.now().astimezone(zone).date()
    first = _day(since) or last - timedelta(weeks=WEEKS)
    if not first <= last <= first + timedelta(days=DAYS_MAX):
        raise HTTPException(422, f"From {first} to {last} is no period of at most ten years.")
    if scorecard and not scorecard.isdecimal():
        raise HTTPException(422, f"'{scorecard[:40]}' is no scorecard's number.")
    period = QualityPeriod(
        since=datetime.combine(first, time(), zone),
        until=datetime.combine(last + timedelta(days=1), time(), zone),
        scorecard_id=int(scorecard[:18]) if scorecard else None,
        team=team.replace("\0", "") or None,
    )
    tables = await report_tables(desk.store.quality.figures, period, zone=person.zone)
    return first, last, tables


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise HTTPException(422, f"'{text[:40]}' is no day; write it as 2026-11-23.") from error


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
