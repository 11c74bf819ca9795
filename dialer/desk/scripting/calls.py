"""What static/script_call.js asks for: the sheet of a call, and its answers, steps and end."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from campaigns.scripts.errors import BadAnswer
from campaigns.store.rows import JsonObject
from campaigns.store.store import Store
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person, Role, acting_person, person_for

router = APIRouter(prefix="/agent/script", include_in_schema=False)

Looking = Annotated[Person, Depends(person_for(Role.AGENT))]
Acting = Annotated[Person, Depends(acting_person(Role.AGENT))]
WRITES_LAST = timedelta(hours=1)
"""After a call's end so long: what was typed when the line was gone still comes in, and nobody
changes last week's interviews."""


class Answer(BaseModel):
    """An answer, or None to take it back."""

    value: Any = None
    seconds: float | None = Field(default=None, ge=0, le=86_400)


class Step(BaseModel):
    """A step on the screen, or with `seconds` one that was."""

    position: int
    step: str = Field(max_length=100)
    entered_at: datetime
    seconds: float | None = Field(default=None, ge=0, le=86_400)
    trail: list[str] | None = None


class End(BaseModel):
    """The end that was come to."""

    end: str = Field(max_length=100)
    trail: list[str]


@router.get("/{call_id}")
async def sheet(request: Request, person: Looking, call_id: UUID) -> Response:
    """The sheet of a call of the agent's team, opened for this agent; 204 without a script."""
    store = state_of(request).store
    await _require(request, person, call_id, is_writing=False)
    found = await store.scripts.open_call(
        str(call_id), agent_id=person.agent_id, now=state_of(request).now()
    )
    if found is None:
        return Response(status_code=204)
    return JSONResponse(found.as_json(), headers={"Cache-Control": "no-store"})


@router.put("/{call_id}/answers/{question}")
async def answer(
    request: Request, person: Acting, call_id: UUID, question: str, said: Answer
) -> JsonObject:
    """Store an answer; says which quotas are full by now."""
    store = await _require(request, person, call_id, is_writing=True)
    try:
        value = await store.scripts.put_answer(
            str(call_id),
            question,
            said.value,
            seconds=said.seconds,
            agent_id=person.agent_id,
            now=state_of(request).now(),
        )
    except BadAnswer as error:
        raise HTTPException(422, str(error)) from None
    found = await store.scripts.sheet(str(call_id))
    return {"value": value, "full": [] if found is None else sorted(found.full)}


@router.post("/{call_id}/steps")
async def step(request: Request, person: Acting, call_id: UUID, seen: Step) -> JsonObject:
    """Note a step, and the way that led to it."""
    store = await _require(request, person, call_id, is_writing=True)
    if seen.entered_at.tzinfo is None:
        raise HTTPException(422, "entered_at has no time zone.")
    await store.scripts.put_step(
        str(call_id), seen.position, seen.step, entered_at=seen.entered_at, seconds=seen.seconds
    )
    if seen.trail is not None:
        await store.scripts.put_trail(str(call_id), seen.trail)
    return {}


@router.post("/{call_id}/end")
async def end(request: Request, person: Acting, call_id: UUID, come_to: End) -> JsonObject:
    """The script has come to an end; the disposition it suggests."""
    store = await _require(request, person, call_id, is_writing=True)
    found = await store.scripts.finish(
        str(call_id), come_to.end, trail=come_to.trail, now=state_of(request).now()
    )
    return {"result": found.result, "disposition": found.disposition}


async def _require(request: Request, person: Person, call_id: UUID, *, is_writing: bool) -> Store:
    """The store, if the call is of a campaign that the agent's team calls for."""
    desk = state_of(request)
    found = await desk.store.scripts.whose_call(str(call_id))
    agent = (
        None if person.agent_id is None else await desk.store.agents.get(person.agent_name or "")
    )
    if found is None or agent is None or found.team_id != agent.team_id:
        raise HTTPException(404, "There is no such call, or it is not your team's.")
    if is_writing and found.ended_at is not None and desk.now() - found.ended_at > WRITES_LAST:
        raise HTTPException(409, "The call ended more than an hour ago; its answers stand.")
    return desk.store
