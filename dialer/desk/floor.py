"""The running service as the pages reach it: in the same process, on the same event loop."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Protocol

from fastapi import Depends, HTTPException
from fastapi.requests import HTTPConnection

from dialer.desk.conditions import Conditions
from dialer.engine.commands import Command
from dialer.engine.events import Event
from dialer.engine.ids import AgentId, CallId
from dialer.engine.snapshot import AgentSnapshot, CallSnapshot, Snapshot

FloorObserver = Callable[[float, Event | None, Sequence[Command]], None]
"""Told of every step of the engine: (now, event or None for time, commands). It returns at once and
does not raise; it is called some hundred times a second."""


class LiveFloor(Protocol):
    """What a page may ask of the running service."""

    def snapshot(self) -> Snapshot:
        """The engine as of now. A picture of 1,500 agents costs some 15 ms: share it."""
        ...

    def agent(self, agent_id: AgentId) -> AgentSnapshot | None:
        """One agent as of now; None when they are not logged in. Costs some microseconds."""
        ...

    def call(self, call_id: CallId) -> CallSnapshot | None:
        """One live call as of now; None when it is over."""
        ...

    async def ask(
        self, kind: str, args: Mapping[str, Any], *, by: str
    ) -> tuple[bool, dict[str, Any]]:
        """One of the control requests (`dialer/runtime/control.py`), at once: (True, what was done)
        or (False, {"error": a sentence}). Raises DatabaseUnavailable."""
        ...

    def observe(self, observer: FloorObserver) -> None:
        """Be told of every step from now on."""
        ...

    def unobserve(self, observer: FloorObserver) -> None:
        """Be told no more; nothing happens when it was not."""
        ...

    def now(self) -> float:
        """Unix seconds by the dialer's clock."""
        ...

    def conditions(self) -> Conditions:
        """What the service knows of itself besides the engine: database, hoppers, rules."""
        ...


def floor_of(connection: HTTPConnection) -> LiveFloor:
    """The running service. 503 where there is none."""
    floor: LiveFloor | None = connection.app.state.floor
    if floor is None:
        raise HTTPException(503, "No dialer runs behind this page. Start it with `dialer run`.")
    return floor


Floor = Annotated[LiveFloor, Depends(floor_of)]
