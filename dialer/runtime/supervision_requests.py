"""What supervisors ask about agents: where they work, and what they should read."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from campaigns.store.rows import AgentRow, ControlRequest
from campaigns.store.store import Store
from dialer.engine.ids import AgentId, MessageId, TeamId
from dialer.engine.states import AgentState
from dialer.engine.supervision_events import AgentMoved, AgentsMessaged
from dialer.errors import IllegalTransition, ServiceError
from dialer.runtime.campaign_feed import CampaignFeed
from dialer.runtime.clock import Clock
from dialer.runtime.driver import Driver
from dialer.runtime.instants import to_datetime

Answer = dict[str, Any]
Handler = Callable[[ControlRequest], Awaitable[Answer]]


class SupervisionRequests:
    """Each is audited with who asked: in the audit log, or as a message's sender."""

    def __init__(self, store: Store, driver: Driver, clock: Clock, feed: CampaignFeed) -> None:
        self._store = store
        self._driver = driver
        self._clock = clock
        self._feed = feed
        self.kinds: Mapping[str, Handler] = {
            "agent.move": self._move,
            "agent.message": self._message,
            "agent.read": self._read,
        }

    async def _move(self, request: ControlRequest) -> Answer:
        """On disk first: a restart between the two finds the agent where they should be."""
        agent = await self._agent(request)
        team = await self._store.teams.get(_word(request, "team"))
        shown = self._driver.agent(AgentId(agent.id))
        if shown is None and agent.state != AgentState.LOGGED_OUT:
            # At work for a team that another dialer process may have: it would not hear of it.
            await self._feed.ensure_team(TeamId(agent.team_id), agent.team_name, None)
        if shown is not None:
            await self._feed.ensure_team(TeamId(team.id), team.name, None)
        if agent.team_id != team.id:
            now = to_datetime(self._clock.now())
            await self._store.agents.move(agent.id, team.id, by=request.by, now=now)
        if shown is not None:
            event = AgentMoved(agent_id=AgentId(agent.id), team_id=TeamId(team.id))
            try:
                await self._driver.submit(event)
            except IllegalTransition:
                # They logged out in this very moment; the next log-in finds the new team.
                if self._driver.agent(AgentId(agent.id)) is not None:
                    raise
        after = self._driver.agent(AgentId(agent.id))
        return {
            "agent": agent.name,
            "team": team.name,
            "from": agent.team_name,
            "is_pending": after is not None and after.moving_to is not None,
            # Promised with them by name: those stay with the old team.
            "callbacks": await self._store.callbacks.count_open(agent.id)
            if agent.team_id != team.id
            else 0,
        }

    async def _message(self, request: ControlRequest) -> Answer:
        name, team_name = request.args.get("agent"), request.args.get("team")
        if (name is None) == (team_name is None):
            raise ServiceError("A message goes to one agent or to one team; name one of the two.")
        words = str(request.args.get("text") or "")
        team_id: int | None = None
        if name is not None:
            agent = await self._agent(request)
            names, agent_ids = [agent.name], [AgentId(agent.id)]
        else:
            team = await self._store.teams.get(str(team_name))
            team_id = team.id
            there = [a for a in self._driver.snapshot().agents if a.team_id == team.id]
            names, agent_ids = [a.name for a in there], [a.agent_id for a in there]
        if not agent_ids:
            raise ServiceError(
                f"Nobody of team '{team_name}' is logged in, so nobody would read it. Write to an "
                "agent by name: that message waits for them."
            )
        now = to_datetime(self._clock.now())
        message_id = await self._store.messages.send(
            words, agent_ids, by=request.by, now=now, team_id=team_id
        )
        event = AgentsMessaged(message_id=MessageId(message_id), agent_ids=tuple(agent_ids))
        await self._driver.submit(event)
        away = [
            name
            for agent_id, name in zip(agent_ids, names, strict=True)
            if self._driver.agent(agent_id) is None
        ]
        return {"message": message_id, "agents": names, "away": away}

    async def _read(self, request: ControlRequest) -> Answer:
        agent = await self._agent(request)
        message_id = request.args.get("message")
        if not isinstance(message_id, int) or isinstance(message_id, bool):
            raise ServiceError(f"The request {request.kind} needs 'message', the number of one.")
        now = to_datetime(self._clock.now())
        is_new = await self._store.messages.read(message_id, agent.id, now=now)
        return {"agent": agent.name, "message": message_id, "is_new": is_new}

    async def _agent(self, request: ControlRequest) -> AgentRow:
        return await self._store.agents.get(_word(request, "agent"))


def _word(request: ControlRequest, key: str) -> str:
    value = request.args.get(key)
    if not isinstance(value, str) or not value:
        raise ServiceError(f"The request {request.kind} needs {key!r}, the name of one.")
    return value
