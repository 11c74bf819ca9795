"""Recorded calls: listed, and heard; every look is in the audit log."""

import asyncio
from datetime import datetime
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from campaigns.store.recordings import RecordingRow
from campaigns.store.tokens import Scope
from dialer.desk.api.pages import LIMIT_MAX, Page, page_of, read_cursor
from dialer.desk.api.reach import Reach, absent, reach
from dialer.desk.api.words import CLEAN, Cursor, Moment
from dialer.desk.problems import answers

router = APIRouter(tags=["recordings"])

_Reads = Annotated[Reach, Depends(reach(Scope.RECORDINGS_READ))]
_FileId = Annotated[str, Path(min_length=1, max_length=200, pattern="^[A-Za-z0-9_-]+$")]
_FIRST = (2**62, "")


class RecordingOut(BaseModel):
    """A recorded call, or a part of one."""

    file_id: str
    call_id: str
    campaign: str
    agent: str | None
    policy: str = Field(description="How the law wants it: notice or consent.")
    consent: str = Field(description="What was had: notice, key or agent.")
    started_at: datetime
    ended_at: datetime | None
    seconds: float | None
    masked: list[tuple[str, str | None]] = Field(
        description="Where it is silent for card data: from and to."
    )


@router.get("/recordings", summary="List recordings", responses=answers(404))
async def list_recordings(
    request: Request,
    reach: _Reads,
    campaign: Annotated[str | None, Query(max_length=200, pattern=CLEAN)] = None,
    call_id: Annotated[
        str | None, Query(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    ] = None,
    since: Moment | None = None,
    until: Moment | None = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 100,
) -> Page[RecordingOut]:
    """Begun in [since, until), the latest first."""
    words = read_cursor(cursor, int, str)
    found = await reach.store.recordings.page(
        await reach.campaign_ids(campaign),
        call_id=call_id,
        since=since,
        until=until,
        before=_FIRST if words is None else (int(words[0]), str(words[1])),
        most=limit + 1,
    )
    rows = [_out(each) for each in found]
    return page_of(
        request,
        rows,
        most=limit,
        last=lambda one: (round(one.started_at.timestamp() * 1_000_000), one.file_id),
    )


@router.get("/recordings/{file_id}", summary="One recording", responses=answers(404))
async def get_recording(file_id: _FileId, reach: _Reads) -> RecordingOut:
    """What is known of it."""
    return _out(await _recording(reach, file_id))


@router.get(
    "/recordings/{file_id}/audio",
    summary="Hear a recording",
    response_class=FileResponse,
    responses={
        200: {"content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}},
        206: {
            "description": "The part that the header Range asked for.",
            "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}},
        },
        **answers(404, 416),
    },
)
async def hear_recording(request: Request, file_id: _FileId, reach: _Reads) -> FileResponse:
    """WAV, the lead left and the agent right. Who heard it and when is in the audit log."""
    row = await _recording(reach, file_id)
    folder: FilePath | None = getattr(request.app.state, "recordings", None)
    path = None if folder is None else folder / f"{row.file_id}.wav"
    if path is None or not await asyncio.to_thread(path.is_file):
        raise HTTPException(
            404, "The file is not on this machine: it lies on the switch, or its time is over."
        )
    await reach.store.audit.add(
        by=reach.by,
        action="recording heard",
        subject=f"recording {row.file_id}",
        details={"campaign": row.campaign, "call": row.call_id},
        now=reach.now,
    )
    return FileResponse(path, media_type="audio/wav", filename=path.name)


async def _recording(reach: Reach, file_id: str) -> RecordingRow:
    found = await reach.store.recordings.find(await reach.campaign_ids(), file_id)
    if found is None:
        raise absent("recording")
    return found


def _out(row: RecordingRow) -> RecordingOut:
    return RecordingOut.model_validate(
        {name: getattr(row, name) for name in RecordingOut.model_fields}
    )
