"""The agent's WebSocket: a whole picture, then every change, and a sign of life between them."""

import asyncio
from contextlib import suppress

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from dialer.desk.agent.hub import AgentHub
from dialer.desk.agent.watchers import Watcher
from dialer.desk.guards import Person, Role, ends_with_session, socket_person
from dialer.desk.words import words_for
from dialer.engine.ids import AgentId

router = APIRouter()

BEAT_SECONDS = 4.0
"""Between signs of life: a page without one for thrice as long knows that its line is gone."""
SEND_SECONDS_MAX = 10.0
"""A page that takes nothing for so long has no line."""
TRY_AGAIN_LATER = 1013
NO_AGENT = 4404
NO_SERVICE = 4503


@router.websocket("/agent/live")
async def live(websocket: WebSocket) -> None:
    """Serve one page until it goes, falls behind, or its session ends."""
    person = await socket_person(websocket, Role.AGENT)
    await websocket.accept()
    hub: AgentHub | None = websocket.app.state.agent_hub
    if hub is None or person.agent_id is None or person.agent_name is None:
        await websocket.close(NO_SERVICE if hub is None else NO_AGENT)
        return
    agent_id = AgentId(person.agent_id)
    watcher = hub.watch(
        agent_id,
        name=person.agent_name,
        zone=person.zone,
        opening=opening_for(person),
        language=person.language,
    )
    try:
        async with ends_with_session(websocket):
            await _serve(websocket, hub, agent_id, watcher)
    finally:
        hub.unwatch(agent_id, watcher)


def opening_for(person: Person) -> str:
    """What an agent says first where the campaign has nothing better, in their language."""
    words = words_for(person.language)
    return words("Good day, this is {agent} from {client}. Am I speaking with {name}?")


async def _serve(websocket: WebSocket, hub: AgentHub, agent_id: AgentId, watcher: Watcher) -> None:
    sending = asyncio.create_task(_send(websocket, hub, agent_id, watcher), name="page: to")
    hearing = asyncio.create_task(_hear(websocket, hub, agent_id, watcher), name="page: from")
    try:
        await asyncio.wait((sending, hearing), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, hearing):
            task.cancel()
        await asyncio.gather(sending, hearing, return_exceptions=True)


async def _send(websocket: WebSocket, hub: AgentHub, agent_id: AgentId, watcher: Watcher) -> None:
    while True:
        try:
            async with asyncio.timeout(BEAT_SECONDS):
                text = await watcher.take()
        except TimeoutError:
            text = hub.seat(agent_id).beat(hub.floor.now())
        with suppress(RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(SEND_SECONDS_MAX):
                if text is None:
                    await websocket.close(TRY_AGAIN_LATER, "fell behind")
                    return
                await websocket.send_text(text)
            continue
        return


async def _hear(websocket: WebSocket, hub: AgentHub, agent_id: AgentId, watcher: Watcher) -> None:
    """The page says one thing only: that it missed something."""
    with suppress(WebSocketDisconnect):
        while True:
            if await websocket.receive_text() == "whole":
                hub.say_all(agent_id, watcher)
