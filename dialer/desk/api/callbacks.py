"""Promised calls: what there are, made with the rule's warning, moved and taken back."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, Field

from campaigns.callbacks import BadMoment, WhenClosed, read_local
from campaigns.store.callback_rows import CallbackRow, Promised
from campaigns.store.tokens import Scope
from dialer.desk.api import examples
from dialer.desk.api.kept import KeptRoute
from dialer.desk.api.pages import LIMIT_MAX, Page, page_of, read_cursor
from dialer.desk.api.reach import Reach, absent, reach
from dialer.desk.api.service import ask
from dialer.desk.api.words import CLEAN, ID_MAX, YEARS, Cursor, Moment, Name, Note, RowId
from dialer.desk.problems import answers

router = APIRouter(tags=["callbacks"], route_class=KeptRoute)

_Reads = Annotated[Reach, Depends(reach(Scope.CALLBACKS_READ))]
_Writes = Annotated[Reach, Depends(reach(Scope.CALLBACKS_WRITE))]
State = Literal["open", "due", "kept", "late", "missed", "cancelled"]
_At = Annotated[
    str,
    Field(
        description="Such as `2026-03-03 15:00` by the clock where the lead is, or an instant with "
        "its offset such as `2026-03-03T20:00:00Z`.",
        min_length=1,
        max_length=40,
        pattern=CLEAN,
    ),
]
_WhenClosed = Annotated[
    Literal["refuse", "next_open", "anyway"],
    Field(
        description="What to do about a moment at which no call is allowed: promise nothing, the "
        "next allowed moment, or that moment all the same (the call will be missed)."
    ),
]


class CallbackIn(BaseModel, extra="forbid"):
    """A call to be promised."""

    lead_id: int = Field(ge=1, le=ID_MAX)
    at: _At
    zone: Name | None = Field(
        default=None,
        description="The lead's time zone, where the number leaves it open.",
        examples=["America/New_York"],
    )
    agent: Name | None = Field(default=None, description="Promised with them; else the team.")
    note: Note | None = None
    when_closed: _WhenClosed = "refuse"


class CallbackMove(BaseModel, extra="forbid"):
    """The new moment of a promise; what is left out stays as it was."""

    at: _At
    zone: Name | None = None
    note: Note | None = None
    when_closed: _WhenClosed = "refuse"


class CallbackOut(BaseModel):
    """A call that is promised."""

    id: int
    lead_id: int
    campaign: str
    agent: str | None = Field(description="Null: anybody of the team.")
    due_at: datetime
    time_zone: str = Field(description="Of the lead, to show the moment by.")
    state: State = Field(
        description="`open`; `due`: the dialer has it in hand; `kept`; `late`; `missed`; "
        "`cancelled`."
    )
    reason: str | None = Field(description="Why it was late, missed or cancelled.")
    call_id: str | None
    promised_by: str
    promised_at: datetime
    settled_at: datetime | None
    note: str | None


class PromisedOut(BaseModel):
    """The promise, and what to tell the lead."""

    callback: CallbackOut
    warning: str | None = Field(description="Where the moment that was asked for is not allowed.")
    proposed_at: datetime | None = Field(description="The next allowed moment.")


@router.get("/callbacks", summary="List promised calls", responses=answers(404))
async def list_callbacks(
    request: Request,
    reach: _Reads,
    campaign: Annotated[str | None, Query(max_length=200, pattern=CLEAN)] = None,
    agent: Annotated[str | None, Query(max_length=200, pattern=CLEAN)] = None,
    lead_id: Annotated[int | None, Query(ge=1, le=ID_MAX)] = None,
    state: Annotated[list[State] | None, Query(description="open and due when left out.")] = None,
    since: Annotated[Moment | None, Query(description="Due from then on.")] = None,
    until: Annotated[Moment | None, Query(description="Due before then.")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 100,
) -> Page[CallbackOut]:
    """By when they are due."""
    words = read_cursor(cursor, int, int)
    found = await reach.store.callbacks.page(
        await reach.campaign_ids(campaign),
        states=state or ["open", "due"],
        agent=agent,
        lead_id=lead_id,
        since=since,
        until=until,
        after=(0, 0) if words is None else (int(words[0]), int(words[1])),
        most=limit + 1,
    )
    rows = [_out(each) for each in found]
    return page_of(request, rows, most=limit, last=lambda one: (_microseconds(one.due_at), one.id))


@router.get("/callbacks/{callback_id}", summary="One promised call", responses=answers(404))
async def get_callback(callback_id: RowId, reach: _Reads) -> CallbackOut:
    """And how it went."""
    return _out(await _callback(reach, callback_id))


@router.post(
    "/callbacks",
    summary="Promise a call",
    status_code=201,
    responses=answers(404),
    openapi_extra=examples.body(examples.CALLBACK),
)
async def add_callback(wanted: CallbackIn, reach: _Writes) -> PromisedOut:
    """A moment at which the law or the campaign allows no call is refused with 422, and the next
    allowed one is named. A lead has one open promise: a new one takes the place of the last."""
    lead = await reach.lead(wanted.lead_id)
    agent_id = None if wanted.agent is None else (await reach.agent(wanted.agent)).id
    promised = await reach.store.callbacks.promise(
        lead.id,
        _moment(wanted.at),
        by=reach.by,
        now=reach.now,
        agent_id=agent_id,
        zone=_zone(wanted.zone),
        note=wanted.note,
        when_closed=WhenClosed(wanted.when_closed),
    )
    return _promised(promised)


@router.post(
    "/callbacks/{callback_id}/move",
    summary="Move a promised call",
    responses=answers(404, 409),
    openapi_extra=examples.body(examples.CALLBACK_MOVE),
)
async def move_callback(callback_id: RowId, wanted: CallbackMove, reach: _Writes) -> PromisedOut:
    """An open one; the new promise has a number of its own, and the old one is `cancelled`. One
    that the dialer has in hand is refused with 409."""
    row = await _callback(reach, callback_id)
    if row.state != "open":
        raise HTTPException(409, f"Callback {callback_id} is {row.state}; only an open one moves.")
    promised = await reach.store.callbacks.promise(
        row.lead_id,
        _moment(wanted.at),
        by=reach.by,
        now=reach.now,
        agent_id=row.agent_id,
        zone=_zone(wanted.zone),
        note=wanted.note or row.note,
        when_closed=WhenClosed(wanted.when_closed),
    )
    return _promised(promised)


@router.post(
    "/callbacks/{callback_id}/cancel", summary="Take a promise back", responses=answers(404, 409)
)
async def cancel_callback(request: Request, callback_id: RowId, reach: _Writes) -> CallbackOut:
    """The lead is called again as the campaign's rules say. Also one that the dialer has in hand,
    unless its call is being made."""
    row = await _callback(reach, callback_id)
    if row.state == "cancelled":
        return _out(row)
    if not await reach.store.callbacks.cancel(callback_id, by=reach.by, now=reach.now):
        await ask(request, reach, "callback.cancel", {"callback": callback_id})
    return _out(await _callback(reach, callback_id))


async def _callback(reach: Reach, callback_id: int) -> CallbackRow:
    found = await reach.store.callbacks.find(await reach.campaign_ids(), callback_id)
    if found is None:
        raise absent("callback")
    return found


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        local = at if at.tzinfo is not None else read_local(text)
    except (BadMoment, ValueError) as error:
        raise HTTPException(
            422,
            "at is no date and time. Write it like 2026-03-03 15:00, by the lead's clock, or with "
            "an offset like 2026-03-03T20:00:00Z.",
        ) from error
    if not YEARS[0] < local.year < YEARS[1]:
        raise HTTPException(422, f"at is not between the years {YEARS[0]} and {YEARS[1]}.")
    return local


def _zone(zone: str | None) -> str | None:
    if zone is not None and zone not in available_timezones():
        raise HTTPException(422, "zone is no time zone, such as America/New_York.")
    return zone


def _microseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def _promised(promised: Promised) -> PromisedOut:
    return PromisedOut(
        callback=_out(promised.callback),
        warning=promised.warning,
        proposed_at=promised.proposed_at,
    )


def _out(row: CallbackRow) -> CallbackOut:
    said = asdict(row) | {"campaign": row.campaign_name, "agent": row.agent_name}
    return CallbackOut.model_validate({name: said[name] for name in CallbackOut.model_fields})
