"""Calls in progress: what there are, and what can be done about those that an agent is on."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, Field, StringConstraints

from campaigns.store.rows import JsonObject
from campaigns.store.tokens import Scope
from dialer.desk.api import examples
from dialer.desk.api.kept import KeptRoute
from dialer.desk.api.reach import Reach, absent, reach
from dialer.desk.api.service import ask
from dialer.desk.api.words import CLEAN, CallId, Name
from dialer.desk.problems import answers

router = APIRouter(tags=["calls"], route_class=KeptRoute)

_Reads = Annotated[Reach, Depends(reach(Scope.CALLS_READ))]
_Controls = Annotated[Reach, Depends(reach(Scope.CALLS_CONTROL))]
_CONTROL = answers(404, 409)


class CallOut(BaseModel):
    """A call that has not ended."""

    call_id: str
    campaign: str
    lead_id: int
    external_id: str | None
    agent: str | None = Field(description="Who talks with the lead, once bridged.")
    written_at: datetime = Field(description="When the call was begun.")
    answered_at: datetime | None
    bridged_at: datetime | None


class CallDone(BaseModel):
    """Where the lead is after it."""

    call_id: str
    agent: str
    place: str | None = Field(
        default=None, description="with_agent, on_hold or another; null when the call is over."
    )


class Keys(BaseModel, extra="forbid"):
    """Keys for the far end to hear."""

    keys: Annotated[str, StringConstraints(min_length=1, max_length=32, pattern="^[0-9A-D*#]+$")]


class Transfer(BaseModel, extra="forbid"):
    """To whom the lead is given: exactly one of the three."""

    to_agent: Name | None = None
    to_team: Name | None = None
    number: Name | None = Field(
        default=None, description="One of the numbers that the campaign's file allows."
    )


class Switched(BaseModel, extra="forbid"):
    """On or off."""

    on: bool


@router.get("/calls", summary="Calls in progress", responses=answers(404))
async def list_calls(
    reach: _Reads,
    campaign: Annotated[str | None, Query(max_length=200, pattern=CLEAN)] = None,
) -> list[CallOut]:
    """Those that ring, too; oldest first. They are as few as there are lines."""
    found = await reach.store.results.under_way(await reach.campaign_ids(campaign))
    return [CallOut(**each) for each in found]


@router.post("/calls/{call_id}/hangup", summary="End a call", responses=_CONTROL)
async def hang_up_call(request: Request, call_id: CallId, reach: _Controls) -> CallDone:
    """One that an agent is on. Their wrap-up begins. One that rings for an agent is ended when it
    has rung for 15 seconds, as the law asks, unless it is answered before."""
    return await _do(request, reach, call_id, "agent.hangup")


@router.post("/calls/{call_id}/hold", summary="Put the lead on hold", responses=_CONTROL)
async def hold_call(request: Request, call_id: CallId, reach: _Controls) -> CallDone:
    """`resume` takes them back."""
    return await _do(request, reach, call_id, "calls.hold")


@router.post("/calls/{call_id}/resume", summary="Take the lead back", responses=_CONTROL)
async def resume_call(request: Request, call_id: CallId, reach: _Controls) -> CallDone:
    """From hold."""
    return await _do(request, reach, call_id, "calls.resume")


@router.post("/calls/{call_id}/keys", summary="Press keys for the far end", responses=_CONTROL)
async def press_keys(request: Request, call_id: CallId, wanted: Keys, reach: _Controls) -> CallDone:
    """As for a telephone menu."""
    return await _do(request, reach, call_id, "calls.keys", keys=wanted.keys)


@router.post(
    "/calls/{call_id}/mask", summary="Silence the recording, or no more", responses=_CONTROL
)
async def mask_call(
    request: Request, call_id: CallId, wanted: Switched, reach: _Controls
) -> CallDone:
    """While card data is said."""
    return await _do(request, reach, call_id, "calls.mask", on=wanted.on)


@router.post(
    "/calls/{call_id}/transfer",
    summary="Give the lead to somebody else",
    responses=_CONTROL,
    openapi_extra=examples.body(examples.TRANSFER),
)
async def transfer_call(
    request: Request, call_id: CallId, wanted: Transfer, reach: _Controls
) -> CallDone:
    """To an agent or a team at once; to an outside number it is called first, and the agent is
    free when it answers."""
    given = wanted.model_dump(exclude_none=True)
    if len(given) != 1:
        raise HTTPException(422, "Name exactly one of to_agent, to_team and number.")
    if wanted.to_agent is not None:
        await reach.agent(wanted.to_agent)
    if wanted.to_team is not None:
        await reach.team(wanted.to_team)
    if wanted.number is not None:
        return await _do(
            request, reach, call_id, "calls.outside", number=wanted.number, purpose="transfer"
        )
    return await _do(request, reach, call_id, "calls.transfer", **given)


async def _do(request: Request, reach: Reach, call_id: str, kind: str, **args: Any) -> CallDone:
    """Requests name the agent; the call must be the one they are on."""
    call = await _call(reach, call_id)
    agent = call["agent"]
    if agent is None:
        raise HTTPException(409, "No agent is on this call yet, and only such a call can be led.")
    answer = await ask(request, reach, kind, {"agent": agent, **args})
    return CallDone(call_id=call_id, agent=agent, place=answer.get("place"))


async def _call(reach: Reach, call_id: str) -> JsonObject:
    calls = await reach.store.results.under_way(await reach.campaign_ids())
    for call in calls:
        if call["call_id"] == call_id:
            return call
    raise absent("call in progress")
