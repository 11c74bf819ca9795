"""Leads in, found, changed and taken out."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from campaigns.explain.lead import answer
from campaigns.store.lead_pages import LeadChange, ShownLead
from campaigns.store.tokens import Scope
from dialer.desk.api import examples
from dialer.desk.api.kept import KeptRoute
from dialer.desk.api.lead_rows import (
    LEADS_MAX,
    PRIORITY_MAX,
    Column,
    LeadIn,
    Value,
    merge,
)
from dialer.desk.api.models import Lead, LeadsMerged, LeadWhyOut, Result
from dialer.desk.api.pages import LIMIT_MAX, Page, page_of, read_after
from dialer.desk.api.reach import Reach, reach
from dialer.desk.api.words import CLEAN, BadInput, Cursor, Name, NamePath, RowId, e164
from dialer.desk.problems import answers

router = APIRouter(tags=["leads"], route_class=KeptRoute)

_Reads = Annotated[Reach, Depends(reach(Scope.LEADS_READ))]
_Writes = Annotated[Reach, Depends(reach(Scope.LEADS_WRITE))]
_IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag under which the lead was read; the change is refused with 412 when "
        "somebody changed it since.",
        max_length=200,
    ),
]


class LeadsIn(BaseModel, extra="forbid"):
    """Leads to be merged into a campaign."""

    leads: list[LeadIn] = Field(min_length=1, max_length=LEADS_MAX)
    list: Name = Field(description="Name of the lead list they stand in.", examples=["crm"])
    duplicates: str | None = Field(
        default=None,
        pattern="^(merge|refuse)$",
        description="What becomes of a lead the campaign has, by its external id or a number: "
        "`merge` fills gaps, `refuse` leaves it alone. Without it the campaign's own rule holds.",
    )


class LeadPatch(BaseModel, extra="forbid"):
    """What to change of a lead. What is left out stays; null takes a value away."""

    external_id: Name | None = None
    name: Name | None = None
    fields: dict[Column, Value | None] | None = Field(
        default=None, description="Columns to set; null takes one away, others stay."
    )
    priority: int | None = Field(default=None, ge=-PRIORITY_MAX, le=PRIORITY_MAX)


@router.post(
    "/campaigns/{campaign}/leads",
    summary="Add leads",
    response_model=LeadsMerged,
    responses=answers(404),
    openapi_extra=examples.body(examples.LEADS_IN),
)
async def add_leads(campaign: NamePath, wanted: LeadsIn, reach: _Writes) -> LeadsMerged:
    """Up to 1,000 leads at once; for more, upload a file. What became of each is in the answer, in
    the order they came.

    A lead is one the campaign has when its external id or one of its numbers is that lead's. What
    is known wins: a repeat changes nothing, and only gaps are filled. The leads can be called from
    the moment of the answer.
    """
    row = await reach.campaign(campaign)
    return await merge(reach, row, wanted.list, wanted.leads, duplicates=wanted.duplicates)


@router.get("/leads", summary="List or find leads", responses=answers(404))
async def list_leads(
    request: Request,
    reach: _Reads,
    campaign: Annotated[str | None, Query(max_length=200, pattern=CLEAN)] = None,
    external_id: Annotated[str | None, Query(max_length=500, pattern=CLEAN)] = None,
    number: Annotated[
        str | None, Query(max_length=64, description="With + and country code, or see `region`.")
    ] = None,
    region: Annotated[str | None, Query(max_length=64)] = None,
    state: Annotated[str | None, Query(pattern="^(callable|leased|dialling|done|invalid)$")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 100,
) -> Page[Lead]:
    """In the order in which they were added; all conditions that are given hold together."""
    try:
        wanted = None if number is None else e164(number, region)
    except BadInput as error:
        raise HTTPException(422, str(error)) from error
    found = await reach.store.lead_pages.page(
        await reach.campaign_ids(campaign),
        after=read_after(cursor),
        most=limit + 1,
        external_id=external_id,
        number=wanted,
        state=state,
    )
    leads = [lead_out(each) for each in found]
    return page_of(request, leads, most=limit, last=lambda lead: (lead.id,))


@router.get("/leads/{lead_id}", summary="One lead", responses=answers(404))
async def get_lead(lead_id: RowId, response: Response, reach: _Reads) -> Lead:
    """The header ETag of the answer is for If-Match."""
    return _tagged(response, await reach.lead(lead_id))


@router.get("/leads/{lead_id}/results", summary="A lead's calls", responses=answers(404))
async def list_lead_results(
    lead_id: RowId,
    reach: Annotated[Reach, Depends(reach(Scope.RESULTS_READ))],
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 100,
) -> list[Result]:
    """Latest first, those under way too."""
    ids = await reach.campaign_ids()
    await reach.store.lead_pages.get(ids, lead_id)
    found = await reach.store.results.of_lead(ids, lead_id, most=limit)
    return [Result.model_validate(each) for each in found]


@router.get(
    "/leads/{lead_id}/why", summary="Why a lead is or is not called", responses=answers(404)
)
async def explain_lead(lead_id: RowId, reach: _Reads) -> LeadWhyOut:
    """Each rule with its citation and verdict, as they stand now, and when the lead becomes
    callable."""
    await reach.lead(lead_id)
    why = await reach.store.explain.lead(lead_id, now=reach.now)
    return LeadWhyOut.of(why, answer(why))


@router.patch(
    "/leads/{lead_id}",
    summary="Change a lead",
    responses=answers(404, 412),
    openapi_extra=examples.body(examples.LEAD_PATCH),
)
async def change_lead(
    lead_id: RowId,
    wanted: LeadPatch,
    response: Response,
    reach: _Writes,
    if_match: _IfMatch = None,
) -> Lead:
    """Numbers are not changed: add the lead again with its new number, which is merged into it."""
    given = wanted.model_fields_set
    if "priority" in given and wanted.priority is None:
        raise HTTPException(422, "priority cannot be taken away; 0 is the ordinary one.")
    values: dict[str, Any] = {name: getattr(wanted, name) for name in given}
    change = LeadChange(what=frozenset(given), **values)
    lead = await reach.store.lead_pages.change(
        await reach.campaign_ids(), lead_id, change, tag=_tag(if_match), by=reach.by, now=reach.now
    )
    return _tagged(response, lead)


@router.post(
    "/leads/{lead_id}/withdraw", summary="Call a lead no more", responses=answers(404, 412)
)
async def withdraw_lead(
    lead_id: RowId, response: Response, reach: _Writes, if_match: _IfMatch = None
) -> Lead:
    """Takes back a promised callback, too. A lead that is on a call is refused with 422; one that
    is done already stays as it is. `restore` undoes it."""
    lead = await reach.store.lead_pages.withdraw(
        await reach.campaign_ids(), lead_id, tag=_tag(if_match), by=reach.by, now=reach.now
    )
    return _tagged(response, lead)


@router.post(
    "/leads/{lead_id}/restore", summary="Call a withdrawn lead again", responses=answers(404)
)
async def restore_lead(lead_id: RowId, response: Response, reach: _Writes) -> Lead:
    """Only a lead that was withdrawn; one that refused or asked not to be called stays done."""
    lead = await reach.store.lead_pages.restore(
        await reach.campaign_ids(), lead_id, by=reach.by, now=reach.now
    )
    return _tagged(response, lead)


def lead_out(lead: ShownLead) -> Lead:
    """A lead, as it is answered."""
    return Lead.model_validate(
        {name: getattr(lead, name) for name in Lead.model_fields if name != "etag"}
        | {"etag": f'"{lead.tag}"'}
    )


def _tagged(response: Response, lead: ShownLead) -> Lead:
    response.headers["ETag"] = f'"{lead.tag}"'
    return lead_out(lead)


def _tag(if_match: str | None) -> str | None:
    if if_match is None or if_match.strip() == "*":
        return None
    return if_match.strip().removeprefix("W/").strip('"')
