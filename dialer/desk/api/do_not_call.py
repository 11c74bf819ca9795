"""People who ask not to be called: told by another program, asked about, listed."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from campaigns.store.do_not_call import ListScope
from campaigns.store.rows import DoNotCallHit
from campaigns.store.tokens import Scope
from dialer.desk.api import examples
from dialer.desk.api.kept import KeptRoute
from dialer.desk.api.pages import LIMIT_MAX, Page, page_of, read_after
from dialer.desk.api.reach import Reach, reach
from dialer.desk.api.words import CLEAN, BadInput, Cursor, Numbered, Region, e164

router = APIRouter(tags=["do-not-call"], route_class=KeptRoute)

CENTRE_LIST = "api"
"""The list of a token that speaks for the call centre itself: it holds for all calls."""
_Reads = Annotated[Reach, Depends(reach(Scope.DO_NOT_CALL_READ))]


class OptOut(BaseModel, extra="forbid"):
    """A person who asks not to be called."""

    number: Numbered
    region: Region = None
    reason: str = Field(
        default="asked over the API",
        description="How it became known; kept as evidence.",
        min_length=1,
        max_length=500,
        pattern=CLEAN,
    )


class Forbidden(BaseModel):
    """The number as it is forbidden now."""

    number: str
    list: str
    is_new: bool = Field(description="False when the list had it before: that entry is kept.")
    at: datetime


class Entry(BaseModel):
    """A number, or the beginning of one, that must not be called."""

    id: int
    number: str
    is_prefix: bool
    list: str
    added_by: str
    reason: str
    added_at: datetime


class Hit(BaseModel):
    """An entry that forbids the number."""

    kind: str = Field(description="Of the list: centre, client, campaign or national.")
    list: str | None = Field(description="Null for the call centre's own lists.")
    reason: str | None
    added_at: datetime | None


class Checked(BaseModel):
    """Whether the number is on a list that your calls are checked against."""

    number: str
    is_forbidden: bool = Field(
        description="A national list only holds where a campaign's law or its file asks for it; "
        "any other always does."
    )
    hits: list[Hit]


@router.post(
    "/do-not-call",
    status_code=201,
    summary="Forbid a number",
    responses={200: {"model": Forbidden, "description": "It was forbidden before."}},
    openapi_extra=examples.body(examples.OPT_OUT),
)
async def forbid_number(
    wanted: OptOut,
    response: Response,
    reach: Annotated[Reach, Depends(reach(Scope.DO_NOT_CALL_WRITE))],
) -> Forbidden:
    """Holds from the moment of the answer: no attempt is written on the number after it.

    A client's token forbids the number for that client's campaigns, the call centre's own for all.
    Saying it twice changes nothing.
    """
    number = _number(wanted.number, wanted.region)
    client = reach.token.client
    list_name = CENTRE_LIST if client is None else f"{CENTRE_LIST} {client}"
    is_new = await reach.store.do_not_call.add(
        number,
        list_name=list_name,
        by=reach.by,
        how=wanted.reason,
        now=reach.now,
        scope=ListScope() if client is None else ListScope(kind="client", client=client),
    )
    if not is_new:
        response.status_code = 200
    return Forbidden(number=number, list=list_name, is_new=is_new, at=reach.now)


@router.get("/do-not-call", summary="List what you forbade")
async def list_forbidden(
    request: Request,
    reach: _Reads,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 100,
) -> Page[Entry]:
    """Entries of your own lists, in the order in which they were added; nothing is ever taken off.
    What came in whole files is not listed, but `check` finds it."""
    found = await reach.store.do_not_call.entries(
        reach.token.client_id, after=read_after(cursor), most=limit + 1
    )
    entries = [
        Entry(
            id=one.id,
            number=one.number,
            is_prefix=one.is_prefix,
            list=one.list,
            added_by=one.added_by,
            reason=one.how,
            added_at=one.added_at,
        )
        for one in found
    ]
    return page_of(request, entries, most=limit, last=lambda entry: (entry.id,))


@router.get("/do-not-call/check", summary="Ask whether a number is forbidden")
async def check_number(
    reach: _Reads,
    number: Annotated[str, Query(min_length=1, max_length=64)],
    region: Annotated[str | None, Query(max_length=64)] = None,
) -> Checked:
    """By the lists that hold for your campaigns."""
    wanted = _number(number, region)
    hits = await reach.store.do_not_call.check(wanted)
    ids = set(await reach.campaign_ids())
    mine = [
        Hit(
            kind=hit.list_kind,
            list=hit.list_name if _is_told(hit, reach) else None,
            reason=hit.how if _is_told(hit, reach) else None,
            added_at=hit.added_at if _is_told(hit, reach) else None,
        )
        for hit in hits
        if hit.list_kind in ("centre", "national")
        or hit.list_client_id == reach.token.client_id
        or hit.list_campaign_id in ids
        or reach.token.client is None
    ]
    return Checked(number=wanted, is_forbidden=bool(mine), hits=mine)


def _is_told(hit: DoNotCallHit, reach: Reach) -> bool:
    """What stands on the centre's own lists came from everybody's calls: a client is told that it
    forbids, and no more."""
    return reach.token.client is None or hit.list_kind != "centre"


def _number(written: str, region: str | None) -> str:
    try:
        return e164(written, region)
    except BadInput as error:
        raise HTTPException(422, str(error)) from error
