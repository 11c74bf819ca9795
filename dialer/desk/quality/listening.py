"""The sound of a listening, in ranges, to the person it was begun for."""

import asyncio
import uuid
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse

from campaigns.store.recording_search import FoundRecording
from dialer.desk.desk_state import state_of
from dialer.desk.guards import Person, person_for
from dialer.desk.quality.player import folder_of
from dialer.desk.quality.sound_files import SoundState, sound_of

router = APIRouter(include_in_schema=False)


@router.get("/listenings/{listening_id}")
async def sound(
    request: Request, listening_id: uuid.UUID, person: Annotated[Person, Depends(person_for())]
) -> FileResponse:
    """The WAV file, or a range of it. Asked again at each range: a person who is forgotten while
    somebody listens is heard no further."""
    desk = state_of(request)
    file_id = await desk.store.quality.listening.file_of(
        str(listening_id), user_id=person.user_id, now=desk.wall()
    )
    found = None if file_id is None else await desk.store.quality.recordings.get(file_id)
    if not isinstance(found, FoundRecording):
        raise HTTPException(404, "There is no such listening, or it is over. Load the page again.")
    there = await asyncio.to_thread(sound_of, folder_of(request), found, desk.now())
    if there.state is not SoundState.HERE:
        raise HTTPException(404, there.words)
    return FileResponse(
        Path(there.path),
        media_type="audio/wav",
        headers={"Cache-Control": "private, no-store", "Content-Disposition": "inline"},
    )
