"""One recording: the player, the facts of the call, its reviews, and the scorecard to fill in."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from campaigns.quality.scoring import score
from campaigns.roles import Role
from campaigns.store.errors import StoreError
from campaigns.store.quality_rows import ReviewRow
from campaigns.store.recording_search import FoundRecording, GoneRecording
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person, acting_person, person_for
from dialer.desk.quality.player import begin_listening, player_view, waveform_answer
from dialer.desk.rendering import render
from dialer.desk.words import N_

router = APIRouter(prefix="/quality/recordings", include_in_schema=False)

Looking = Annotated[Person, Depends(person_for(Role.QUALITY, Role.SUPERVISOR))]
Hearing = Annotated[Person, Depends(acting_person(Role.QUALITY, Role.SUPERVISOR))]
Acting = Annotated[Person, Depends(acting_person(Role.QUALITY))]
GONE = {
    "forgotten": N_("The person was forgotten, and the recording with them."),
    "retention": N_("The time for which this recording may be kept is over."),
    "removed": N_("The file was deleted by hand."),
}


@router.get("/{file_id}")
async def recording(
    request: Request, person: Looking, file_id: str, review: int | None = None
) -> Response:
    """The page. What is no more says why."""
    desk = state_of(request)
    found = await _found(request, file_id)
    if isinstance(found, GoneRecording):
        return render(
            request, person, "quality/gone.html.j2", status_code=410, gone=found,
            why=GONE[found.reason],
        )  # fmt: skip
    reviews = await desk.store.quality.reviews.of_call(found.call_id, viewer_id=person.user_id)
    mine = _chosen(reviews, person, review)
    return render(
        request,
        person,
        "quality/recording.html.j2",
        view=await player_view(request, person, found, base=f"/quality/recordings/{file_id}"),
        reviews=[await review_context(request, each) for each in reviews if each.is_final],
        mine=None if mine is None or mine.is_final else await form_context(request, mine),
        is_listener=person.is_one_of(Role.QUALITY),
        cards=await desk.store.quality.scorecards.of_client(found.client_id),
        listeners=[
            each
            for each in await desk.store.users.list()
            if each.role is Role.QUALITY and each.disabled_at is None
        ],
        samples=await desk.store.quality.samples.of_call(found.call_id),
        listened=await desk.store.quality.listening.listened(file_id),
    )


@router.get("/{file_id}/waveform")
async def waveform(request: Request, person: Looking, file_id: str) -> JSONResponse:
    """Both voices, to draw."""
    del person
    return await waveform_answer(request, await _there(request, file_id))


@router.post("/{file_id}/listening")
async def listen(request: Request, person: Hearing, file_id: str) -> dict[str, str]:
    """Somebody presses play."""
    return await begin_listening(request, person, await _there(request, file_id))


@router.post("/{file_id}/reviews")
async def start(
    request: Request, person: Acting, file_id: str, scorecard: Annotated[int, Form()]
) -> Response:
    """Begin a review, or go on with the one that was begun."""
    desk = state_of(request)
    found = await _there(request, file_id)
    try:
        row = await desk.store.quality.reviews.start(
            found,
            await desk.store.quality.scorecards.by_id(scorecard),
            listener_id=person.user_id,
            now=desk.now(),
        )
    except StoreError as error:
        raise HTTPException(422, str(error)) from error
    return RedirectResponse(f"/quality/recordings/{file_id}?review={row.id}", status_code=303)


@router.post("/{file_id}/calibrations")
async def calibrate(
    request: Request,
    person: Acting,
    file_id: str,
    scorecard: Annotated[int, Form()],
    listeners: Annotated[list[int] | None, Form()] = None,
) -> Response:
    """Have several listeners score this call, none seeing the others."""
    desk = state_of(request)
    found = await _there(request, file_id)
    try:
        await desk.store.quality.calibrations.open(
            found,
            await desk.store.quality.scorecards.by_id(scorecard),
            listeners=listeners or [],
            by=person.by,
            now=desk.now(),
        )
    except StoreError as error:
        raise HTTPException(422, str(error)) from error
    return RedirectResponse(f"/quality/recordings/{file_id}", status_code=303)


async def review_context(request: Request, review: ReviewRow) -> dict[str, Any]:
    """A final review with its card and what was said of it, for the template."""
    store = state_of(request).store
    card = (await store.quality.scorecards.by_id(review.scorecard_id, review.version)).card
    return {
        "row": review,
        "card": card,
        "score": score(card, review.answers),
        "said": await store.quality.reviews.said(review.id),
        "newest_first": sorted(review.marks, key=lambda mark: mark.second or 0.0),
    }


async def form_context(request: Request, review: ReviewRow) -> dict[str, Any]:
    """A draft as the form shows it."""
    context = await review_context(request, review)
    return context | {"marks": json.dumps([mark.document() for mark in review.marks])}


def _chosen(reviews: list[ReviewRow], person: Person, wanted: int | None) -> ReviewRow | None:
    own = [each for each in reviews if each.listener_id == person.user_id]
    chosen = [each for each in own if each.id == wanted]
    return next(iter(chosen or [each for each in own if not each.is_final]), None)


async def _found(request: Request, file_id: str) -> FoundRecording | GoneRecording:
    found = None
    if "\0" not in file_id:
        found = await state_of(request).store.quality.recordings.get(file_id)
    if found is None:
        raise HTTPException(404, "There is no recording of that id.")
    return found


async def _there(request: Request, file_id: str) -> FoundRecording:
    found = await _found(request, file_id)
    if isinstance(found, GoneRecording):
        raise HTTPException(410, GONE[found.reason])
    return found
