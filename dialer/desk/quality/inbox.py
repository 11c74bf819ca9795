"""What waits for a listener: drawn calls, calibrations, drafts, agents who disagree."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from campaigns.roles import Role
from campaigns.store.errors import StoreError
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person, acting_person, person_for
from dialer.desk.rendering import render

router = APIRouter(prefix="/quality", include_in_schema=False)

Looking = Annotated[Person, Depends(person_for(Role.QUALITY, Role.SUPERVISOR))]
Acting = Annotated[Person, Depends(acting_person(Role.QUALITY))]


@router.get("")
async def inbox(request: Request, person: Looking) -> Response:
    """A listener's own; of a supervisor, or with ?all=1, everybody's."""
    store = state_of(request).store
    is_all = person.role is not Role.QUALITY or request.query_params.get("all") == "1"
    mine = None if is_all else person.user_id
    return render(
        request,
        person,
        "quality/inbox.html.j2",
        is_all=is_all,
        is_listener=person.is_one_of(Role.QUALITY),
        samples=await store.quality.samples.open(mine),
        calibrations=[
            each for each in await store.quality.calibrations.list(mine) if each.closed_at is None
        ],
        drafts=await store.quality.reviews.drafts(person.user_id),
        disputed=await store.quality.reviews.disputed(mine),
        draws=await store.quality.samples.draws(most=40),
    )


@router.post("/samples/{sample_id}/replace")
async def replace(
    request: Request,
    person: Acting,
    sample_id: int,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Put the next call of the draw in place of one that cannot be used."""
    desk = state_of(request)
    try:
        await desk.store.quality.samples.replace(
            sample_id, reason=reason.replace("\0", ""), by=person.by, now=desk.now()
        )
    except StoreError as error:
        raise HTTPException(422, str(error)) from error
    return RedirectResponse("/quality", status_code=303)
