"""A dialer in this process with agents on calls, for what happens during a call: the same steps on
a fake and on a real switch."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from campaigns.store.recordings import RecordingRow
from campaigns.store.rows import CampaignRow, ControlRequest
from campaigns.store.store import Store
from dialer.engine.commands import Command
from dialer.engine.events import AgentLoggedIn, AgentReadied, Event
from dialer.engine.ids import AgentId, CallId, LegId, TeamId
from dialer.engine.snapshot import AgentSnapshot, CallSnapshot
from dialer.engine.states import AgentState
from dialer.engine.talks import LeadPlace
from dialer.service import Service
from tests.support.service_desk import running, start, until
from tests.support.stored import NOW


class FarEnds(Protocol):
    """The telephones on the other side of the switch."""

    async def lead_hangs_up(self, call: CallSnapshot) -> None: ...

    async def lead_presses(self, call: CallSnapshot, keys: str) -> None: ...

    async def agent_presses(self, leg_id: LegId, keys: str) -> None: ...


class TalkDesk:
    """The service and its agents by name."""

    def __init__(self, service: Service, far: FarEnds) -> None:
        self.service = service
        self.far = far
        self.said: list[Command] = []
        self.heard: list[Event] = []
        service.observe(self._note)

    def _note(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        del now
        self.said.extend(commands)
        if event is not None:
            self.heard.append(event)

    async def ask(self, kind: str, **args: Any) -> dict[str, Any]:
        """A request of a person; its refusal fails the test."""
        ok, answer = await self._handle(kind, args)
        assert ok, f"{kind} {args}: {answer}"
        return answer

    async def refused(self, kind: str, **args: Any) -> str:
        """The sentence with which a request is refused."""
        ok, answer = await self._handle(kind, args)
        assert not ok, f"{kind} {args} was granted: {answer}"
        return str(answer["error"])

    async def _handle(self, kind: str, args: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
        request = ControlRequest(id=1, kind=kind, args=args, by="test")
        return await self.service.parts.control.handle(request)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return once it holds after a step of the engine."""
        is_over = False

        def look() -> bool:
            # The service goes on looking after we have seen it, when agents may have left.
            nonlocal is_over
            is_over = is_over or condition()
            return is_over

        try:
            async with asyncio.timeout(30):
                await until(self.service, look)
        except TimeoutError:
            raise AssertionError(f"never came about: {self.service.snapshot()}") from None

    def agent(self, name: str) -> AgentSnapshot:
        """The agent of that name."""
        return next(one for one in self.service.snapshot().agents if one.name == name)

    def call(self, name: str) -> CallSnapshot | None:
        """The call of the agent of that name."""
        agent_id = self.agent(name).agent_id
        calls = self.service.snapshot().calls
        return next((one for one in calls if one.agent_id == agent_id), None)

    def talk(self, name: str) -> CallSnapshot:
        """The call of the agent of that name, who must be on one."""
        call = self.call(name)
        assert call is not None, self.agent(name)
        return call

    def leg(self, name: str) -> LegId:
        """The agent's leg."""
        leg_id = self.agent(name).leg_id
        assert leg_id is not None
        return leg_id

    async def talks(self, name: str) -> CallId:
        """The agent is on a call with the lead beside them."""
        await self.place(name, LeadPlace.WITH_AGENT)
        return self.talk(name).call_id

    async def place(self, name: str, place: LeadPlace) -> None:
        """The agent's lead is there."""

        def is_there() -> bool:
            call = self.call(name)
            return call is not None and call.place is place

        await self.until(is_there)

    async def state(self, name: str, state: AgentState) -> None:
        """The agent is in that state."""
        await self.until(lambda: self.agent(name).state is state)

    async def ends(self, call_id: CallId) -> None:
        """The call is over."""
        await self.until(lambda: call_id not in {c.call_id for c in self.service.snapshot().calls})

    async def recordings(self) -> list[RecordingRow]:
        """What is stored, once all of it is written."""
        await self.service.parts.records.wait_until_written()
        return await self.service.store.recordings.list()


@asynccontextmanager
async def talking_agents(
    service: Service, far: FarEnds, campaign: CampaignRow, extensions: dict[str, str]
) -> AsyncIterator[TalkDesk]:
    """The service runs, these agents of the campaign's team are ready, and it dials."""
    desk = TalkDesk(service, far)
    async with running(service):
        store: Store = service.store
        for name, extension in extensions.items():
            row = await store.agents.add(name, "sales", extension, by="test", now=NOW)
            agent_id, team_id = AgentId(row.id), TeamId(row.team_id)
            service.post(AgentLoggedIn(agent_id=agent_id, team_id=team_id, name=name))
        await desk.until(lambda: len(service.snapshot().agents) == len(extensions))
        for name in extensions:
            await desk.state(name, AgentState.PAUSED)
        await start(service, campaign)
        yield desk


async def ready(desk: TalkDesk, *names: str) -> None:
    """These agents take calls."""
    for name in names:
        desk.service.post(AgentReadied(agent_id=desk.agent(name).agent_id))
