"""The pages of survey results, and the file of all answers."""

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from campaigns.store.errors import UnknownCampaign
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store
from campaigns.surveys.aapor import CODES
from campaigns.surveys.answer_files import write_answers
from campaigns.surveys.cross_tables import CrossTable, cross
from campaigns.surveys.results import results_of
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person, Role, person_for
from dialer.desk.rendering import render

router = APIRouter(prefix="/surveys", include_in_schema=False)

Looking = Annotated[Person, Depends(person_for(Role.SUPERVISOR, Role.QUALITY, Role.CLIENT))]
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the form of a results page asks for. Days are those of the person's zone."""

    since: str = ""
    until: str = ""
    every: bool = False
    """Also interviews that were not completed."""
    row: str = ""
    """A question for a cross-table, and what it is held against."""
    by: str = ""
    codes: bool = False
    """In files: codes of choices in place of their labels."""

    def period(self, zone: str) -> tuple[datetime | None, datetime | None]:
        """The instants of the two days; the last day is in the period."""
        return _begin(self.since, zone, "since"), _begin(self.until, zone, "until", days=1)


Asking = Annotated[Asked, Depends()]


@router.get("")
async def surveys(request: Request, person: Looking) -> Response:
    """The person's campaigns that ask questions."""
    store = state_of(request).store
    shown = []
    for campaign in await store.campaigns.list():
        if not _may_see(person, campaign):
            continue
        version = await store.scripts.for_campaign(campaign.id)
        if version is not None or campaign.spec.survey:
            cells = await store.quotas.status(campaign.id)
            shown.append({"campaign": campaign, "version": version, "cells": cells})
    return render(request, person, "surveys/list.html.j2", surveys=shown)


@router.get("/{campaign_id}")
async def results(
    request: Request,
    person: Looking,
    campaign_id: int,
    asked: Asking,
) -> Response:
    """One campaign's results; its form may ask for a cross-table."""
    store = state_of(request).store
    campaign = await _campaign(store, person, campaign_id)
    begin, end = asked.period(person.zone)
    interviews = await store.surveys.interviews(
        campaign_id, since=begin, until=end, only_complete=not asked.every
    )
    questions = await store.surveys.questions(campaign_id)
    cases = await store.surveys.cases(campaign_id)
    cells = await store.quotas.status(campaign_id)
    followed = []
    if person.role is not Role.CLIENT:
        followed = list(await store.surveys.followed(campaign_id, since=begin, until=end))
    found = await asyncio.to_thread(
        lambda: results_of(
            campaign=campaign.name,
            interviews=interviews,
            questions=questions,
            cases=cases,
            cells=cells,
            followed=followed,
            only_complete=not asked.every,
        )
    )
    by_id = {each.id: each for each in questions}
    fields = sorted({key for each in interviews for key in each.fields})
    table: CrossTable | None = None
    column = asked.by.removeprefix("fields.")
    if asked.row in by_id and (asked.by in by_id or column in fields):
        against = by_id.get(asked.by, column)
        table = await asyncio.to_thread(lambda: cross(by_id[asked.row], interviews, by=against))
    return render(
        request,
        person,
        "surveys/results.html.j2",
        campaign=campaign,
        results=found,
        codes=CODES,
        questions=questions,
        fields=fields,
        table=table,
        asked=asked,
    )


@router.get("/{campaign_id}/answers.{kind}")
async def answers(
    request: Request,
    person: Looking,
    campaign_id: int,
    kind: Literal["csv", "xlsx"],
    asked: Asking,
) -> Response:
    """All interviews as a file. A client's does not name agents."""
    store = state_of(request).store
    campaign = await _campaign(store, person, campaign_id)
    begin, end = asked.period(person.zone)
    interviews = await store.surveys.interviews(
        campaign_id, since=begin, until=end, only_complete=not asked.every
    )
    questions = await store.surveys.questions(campaign_id)

    def write() -> bytes:
        with tempfile.TemporaryDirectory(prefix="dialer-answers-") as folder:
            path = Path(folder) / f"answers.{kind}"
            write_answers(
                path,
                questions,
                interviews,
                with_fields=True,
                with_agents=person.role is not Role.CLIENT,
                words="codes" if asked.codes else "labels",
            )
            return path.read_bytes()

    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in campaign.name)
    return Response(
        await asyncio.to_thread(write),
        media_type=_TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="answers-{name}.{kind}"',
            "Cache-Control": "no-store",
        },
    )


def _may_see(person: Person, campaign: CampaignRow) -> bool:
    return person.role is not Role.CLIENT or campaign.client == person.client_name


async def _campaign(store: Store, person: Person, campaign_id: int) -> CampaignRow:
    """The campaign, if it is this person's to see. A client is not told that there are others."""
    try:
        campaign = await store.campaigns.by_id(campaign_id)
    except UnknownCampaign:
        raise HTTPException(404, "There is no such campaign.") from None
    if not _may_see(person, campaign):
        raise HTTPException(404, "There is no such campaign.")
    return campaign


def _begin(day: str, zone: str, name: str, *, days: int = 0) -> datetime | None:
    if not day:
        return None
    try:
        at = datetime.combine(
            date.fromisoformat(day) + timedelta(days=days), time(), tzinfo=ZoneInfo(zone)
        )
    except (ValueError, OverflowError):
        raise HTTPException(422, f"'{day}' as {name} is no day. Write it as 2026-12-31.") from None
    return at.astimezone(UTC)
