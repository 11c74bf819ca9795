"""Agents who take every call and say at once how it went."""

import asyncio
from collections.abc import Sequence

from campaigns.store.rows import AgentRow
from dialer.engine.commands import Command, RecordAgentState, ShowLead
from dialer.engine.events import AgentLoggedIn, AgentLoggedOut, AgentReadied, CallDisposed, Event
from dialer.engine.ids import AgentId, CallId, TeamId
from dialer.engine.states import AgentState
from dialer.service import Service


class Agents:
    """The whole team. Observes the engine and answers it as people at screens would."""

    def __init__(self, service: Service, rows: Sequence[AgentRow]) -> None:
        self._service = service
        self._rows = rows
        self._shown: dict[AgentId, CallId] = {}
        self._ready = 0
        self.all_ready = asyncio.Event()
        """Set once everybody was ready at the same time."""
        service.observe(self)

    def log_in(self) -> None:
        """Everybody starts work."""
        if not self._rows:
            self.all_ready.set()
        for row in self._rows:
            self._service.post(
                AgentLoggedIn(agent_id=AgentId(row.id), team_id=TeamId(row.team_id), name=row.name)
            )

    def log_out(self) -> None:
        """Everybody goes home."""
        for row in self._rows:
            self._service.post(AgentLoggedOut(agent_id=AgentId(row.id)))

    def __call__(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """One step of the engine."""
        for command in commands:
            if isinstance(command, ShowLead):
                self._shown[command.agent_id] = command.call_id
            elif isinstance(command, RecordAgentState):
                self._follow(command)

    def _follow(self, record: RecordAgentState) -> None:
        agent_id = record.agent_id
        self._ready += (record.new_state is AgentState.READY) - (record.state is AgentState.READY)
        if self._ready == len(self._rows):
            self.all_ready.set()
        if record.new_state is AgentState.PAUSED and record.reason == "login":
            self._service.post(AgentReadied(agent_id=agent_id))
        elif record.new_state is AgentState.WRAP_UP:
            self._service.post(
                CallDisposed(agent_id=agent_id, call_id=self._shown[agent_id], disposition="other")
            )
