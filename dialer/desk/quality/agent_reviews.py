"""An agent's own reviews: the scores, what the listener wrote at which moment, and their answer."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from campaigns.roles import Role
from campaigns.store.errors import StoreError
from campaigns.store.quality_rows import ReviewRow
from campaigns.store.recording_search import FoundRecording
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person, acting_person, person_for
from dialer.desk.quality.player import begin_listening, player_view, waveform_answer
from dialer.desk.quality.recording_page import review_context
from dialer.desk.rendering import render

router = APIRouter(prefix="/my-reviews", include_in_schema=False)

Looking = Annotated[Person, Depends(person_for(Role.AGENT))]
Acting = Annotated[Person, Depends(acting_person(Role.AGENT))]


@router.get("")
async def reviews(request: Request, person: Looking) -> Response:
    """All of the agent's final reviews, the newest first."""
    assert person.agent_id is not None, "an account of the role agent has an agent"
    rows = await state_of(request).store.quality.reviews.of_agent(person.agent_id)
    return render(request, person, "quality/agent.html.j2", rows=rows)


@router.get("/{review_id}")
async def review(request: Request, person: Looking, review_id: int) -> Response:
    """One of them, with the player."""
    desk = state_of(request)
    row = await _own(request, person, review_id)
    await desk.store.quality.reviews.seen(row.id, now=desk.now())
    found = await desk.store.quality.recordings.get(row.file_id)
    view = None
    if isinstance(found, FoundRecording):
        view = await player_view(request, person, found, base=f"/my-reviews/{row.id}")
    return render(
        request,
        person,
        "quality/agent_review.html.j2",
        view=view,
        review=await review_context(request, row),
    )


@router.get("/{review_id}/waveform")
async def waveform(request: Request, person: Looking, review_id: int) -> JSONResponse:
    """Both voices, to draw."""
    return await waveform_answer(request, await _recording(request, person, review_id))


@router.post("/{review_id}/listening")
async def listen(request: Request, person: Acting, review_id: int) -> dict[str, str]:
    """The agent presses play."""
    found = await _recording(request, person, review_id)
    return await begin_listening(request, person, found)


@router.post("/{review_id}/say")
async def say(
    request: Request,
    person: Acting,
    review_id: int,
    kind: Annotated[str, Form(max_length=20)],
    words: Annotated[str, Form(max_length=8000)] = "",
) -> Response:
    """Comment, accept or dispute."""
    desk = state_of(request)
    row = await _own(request, person, review_id)
    try:
        await desk.store.quality.reviews.say(
            row.id, user_id=person.user_id, is_agent=True, kind=kind,
            words=words.replace("\0", ""), by=person.by, now=desk.now(),
        )  # fmt: skip
    except StoreError as error:
        raise HTTPException(422, str(error)) from error
    return RedirectResponse(f"/my-reviews/{row.id}", status_code=303)


async def _own(request: Request, person: Person, review_id: int) -> ReviewRow:
    """The review, when it is this agent's, final and no calibration; 404 for all else."""
    try:
        row = await state_of(request).store.quality.reviews.get(review_id)
    except StoreError:
        row = None
    if (
        row is None
        or row.agent_id != person.agent_id
        or not row.is_final
        or row.calibration_id is not None
    ):
        raise HTTPException(404, "There is no such review of yours.")
    return row


async def _recording(request: Request, person: Person, review_id: int) -> FoundRecording:
    row = await _own(request, person, review_id)
    found = await state_of(request).store.quality.recordings.get(row.file_id)
    if not isinstance(found, FoundRecording):
        raise HTTPException(410, "The recording of this call is no more; its review stays.")
    return found
