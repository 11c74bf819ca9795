"""The board's page, the wallboard, and the socket that feeds both."""

import asyncio
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.websockets import WebSocket, WebSocketDisconnect

from campaigns.roles import Role
from dialer.desk.board.live import LiveBoard, Watcher
from dialer.desk.guards import Person, ends_with_session, person_for, socket_person
from dialer.desk.rendering import render

router = APIRouter(include_in_schema=False)

Looking = Annotated[Person, Depends(person_for(Role.SUPERVISOR))]
NO_DIALER = 4503
"""Close code: no dialer runs behind the pages."""


@router.get("/board")
async def board(request: Request, person: Looking, wall: bool = False) -> Response:  # noqa: FBT001, FBT002
    """The board, or with ?wall=1 the big figures for a screen on the wall."""
    template = "board/wall.html.j2" if wall else "board/board.html.j2"
    return render(request, person, template, is_live=request.app.state.board is not None)


@router.websocket("/board/live")
async def live(websocket: WebSocket) -> None:
    """The board's entries: all of them at first, then each second what changed."""
    person = await socket_person(websocket, Role.SUPERVISOR)
    await websocket.accept()
    found: LiveBoard | None = websocket.app.state.board
    if found is None:
        await websocket.close(NO_DIALER, "no dialer runs behind this page")
        return
    async with (
        ends_with_session(websocket),
        found.watching(person.language, person.zone) as watcher,
    ):
        sending = asyncio.create_task(_send(websocket, watcher), name="board")
        try:
            # The page sends nothing; this is how its going is noticed.
            while True:
                await websocket.receive_text()
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            sending.cancel()


async def _send(websocket: WebSocket, watcher: Watcher) -> None:
    # A socket that is gone is noticed by its reader, which ends this.
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await websocket.send_text(await watcher.waiting.get())
