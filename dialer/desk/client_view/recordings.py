"""The recordings of a client's campaign, where the contract lets the client hear them."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from campaigns.roles import Role
from campaigns.store.recording_search import FoundRecording, RecordingSearch
from campaigns.store.rows import CampaignRow
from dialer.desk.client_view.pages import hears_recordings, visible_campaign
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person, acting_person, person_for
from dialer.desk.quality.player import begin_listening, player_view, waveform_answer
from dialer.desk.rendering import render

router = APIRouter(prefix="/client", include_in_schema=False)

Looking = Annotated[Person, Depends(person_for(Role.CLIENT, Role.SUPERVISOR))]
Acting = Annotated[Person, Depends(acting_person(Role.CLIENT, Role.SUPERVISOR))]
PAGE = 50


@router.get("/campaigns/{campaign_id}/recordings")
async def recordings(
    request: Request, person: Looking, campaign_id: int, before: str = ""
) -> Response:
    """The campaign's recordings, the newest first. Agents' names are not told."""
    row = await _heard(request, person, campaign_id)
    finder = state_of(request).store.quality.recordings
    last = await finder.get(before) if before else None
    after = (last.started_at, last.file_id) if isinstance(last, FoundRecording) else None
    found = await finder.search(RecordingSearch(campaign=row.name), after=after, most=PAGE + 1)
    labels = {each.code: each.label for each in row.spec.dispositions}
    return render(
        request,
        person,
        "client/recordings.html.j2",
        campaign=row,
        found=found[:PAGE],
        labels=labels,
        older=quote(found[PAGE - 1].file_id) if len(found) > PAGE else "",
    )


@router.get("/campaigns/{campaign_id}/recordings/{file_id}")
async def recording(request: Request, person: Looking, campaign_id: int, file_id: str) -> Response:
    """One recording with its player. The look is in the audit log."""
    row = await _heard(request, person, campaign_id)
    found = await _found(request, row, file_id)
    base = f"/client/campaigns/{row.id}/recordings/{quote(file_id)}"
    view = await player_view(request, person, found, base=base)
    labels = {each.code: each.label for each in row.spec.dispositions}
    return render(
        request, person, "client/recording.html.j2", campaign=row, view=view, labels=labels
    )


@router.get("/campaigns/{campaign_id}/recordings/{file_id}/waveform")
async def waveform(
    request: Request, person: Looking, campaign_id: int, file_id: str
) -> JSONResponse:
    """Both voices, for the player."""
    row = await _heard(request, person, campaign_id)
    return await waveform_answer(request, await _found(request, row, file_id))


@router.post("/campaigns/{campaign_id}/recordings/{file_id}/listening")
async def listening(
    request: Request, person: Acting, campaign_id: int, file_id: str
) -> dict[str, str]:
    """Somebody presses play: in the audit log."""
    row = await _heard(request, person, campaign_id)
    return await begin_listening(request, person, await _found(request, row, file_id))


async def _heard(request: Request, person: Person, campaign_id: int) -> CampaignRow:
    """The campaign whose recordings this person may hear; 404 where the contract has none."""
    row = await visible_campaign(request, person, campaign_id)
    if not await hears_recordings(request, person, row):
        raise HTTPException(404, "There are no recordings for your account in this campaign.")
    return row


async def _found(request: Request, row: CampaignRow, file_id: str) -> FoundRecording:
    found = await state_of(request).store.quality.recordings.get(file_id)
    if not isinstance(found, FoundRecording) or found.campaign_id != row.id:
        raise HTTPException(404, "There is no such recording, or it is not for your account.")
    return found
