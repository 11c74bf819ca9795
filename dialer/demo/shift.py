"""One shift on the demo floor: log in, dial until the hours are over, say goodbye, leave."""

import asyncio
import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from campaigns.dispositions import DispositionKind
from campaigns.store.rows import CampaignRow
from dialer.demo.facts import Person
from dialer.demo.floor import Floor
from dialer.demo.people import People
from dialer.demo.plan import Plan
from dialer.engine.commands import RecordCall
from dialer.engine.events import (
    AgentLoggedIn,
    AgentReadied,
    CampaignStarted,
    CampaignStopped,
    Event,
)  # fmt: skip
from dialer.engine.ids import AgentId, CampaignId, TeamId
from dialer.engine.snapshot import Snapshot
from dialer.engine.states import AgentState, CampaignState
from dialer.runtime.clock import ScaledClock
from dialer.runtime.instants import to_datetime
from dialer.service.service import Service

LOOK_SECONDS = 0.25
"""Real seconds between two looks at the floor."""
GOODBYE_SECONDS = 120.0
"""After the shift, how long conversations may still go on, by the clock of the demo."""
EMPTY_SECONDS = 120.0
"""After the goodbyes, how long the floor may take to empty."""
PATIENCE_SECONDS_MAX = 10.0
"""Real seconds for each of both: on a slow clock nobody waits for minutes after Ctrl-C."""


@dataclass(slots=True)
class ShiftResult:
    """What only the live floor knows."""

    at_end: Snapshot
    """The floor at the moment the hours were over: utilisation is measured here."""
    ended_early: bool


class Shift:
    """Runs one service through the planned hours."""

    def __init__(
        self, plan: Plan, floor: Floor, service: Service, people: Mapping[str, Person]
    ) -> None:
        self._plan = plan
        self._floor = floor
        self._service = service
        self.people = People(
            service.clock,
            service.post,
            people,
            dispositions=_codes(floor.campaign),
            seed=plan.seed,
            visitors=[AgentId(floor.visitors.agent.id)],
        )
        self.visitors = floor.visitors
        self.leads_attempted: set[int] = set()
        self.end_now = asyncio.Event()
        self.leave_now = asyncio.Event()
        """For a demo that stays: serve no longer."""
        service.observe(self.people.observe)
        service.observe(self._count_leads)

    def _count_leads(self, now: float, event: Event | None, commands: object) -> None:
        del now, event
        assert isinstance(commands, list | tuple)
        for command in commands:
            if isinstance(command, RecordCall):
                self.leads_attempted.add(command.lead_id)

    async def run(self, look: Callable[[Snapshot], None]) -> ShiftResult:
        """Work the shift; `look` is called with a snapshot a few times a second."""
        # Collections of the long-lived start-up objects would stop the fast clock for too long.
        gc.collect()
        gc.freeze()
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(self._service.run(), name="service")
            await self._until_ready(serving)
            acting = group.create_task(self.people.run(), name="people")
            await self._begin()
            result = await self._work(look, serving)
            await self._finish(look)
            acting.cancel()
            if self._plan.stays and not result.ended_early:
                await self._stay(look, serving)
            self._service.drain()
        return result

    async def _until_ready(self, serving: asyncio.Task[None]) -> None:
        ready = asyncio.ensure_future(self._service.ready.wait())
        await asyncio.wait((ready, serving), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if serving.done():
            await serving

    async def _begin(self) -> None:
        """Everybody logs in and asks for calls; the campaign starts."""
        campaign, service = self._floor.campaign, self._service
        await service.parts.feed.ensure(campaign)
        for agent in self._floor.agents:
            agent_id = AgentId(agent.id)
            service.post(
                AgentLoggedIn(agent_id=agent_id, team_id=TeamId(agent.team_id), name=agent.name)
            )
            service.post(AgentReadied(agent_id=agent_id))
        now = service.clock.now()
        await service.store.campaigns.set_state(
            campaign.id, CampaignState.RUNNING, by="demo", now=to_datetime(now)
        )
        self.start_at = now
        self.end_at = now + self._plan.hours * 3600
        self.people.plan_breaks(
            [AgentId(a.id) for a in self._floor.agents],
            start=now,
            seconds=self._plan.hours * 3600,
        )
        service.post(CampaignStarted(campaign_id=CampaignId(campaign.id), ends_at=self.end_at))

    async def _work(
        self, look: Callable[[Snapshot], None], serving: asyncio.Task[None]
    ) -> ShiftResult:
        while not self.end_now.is_set() and not serving.done():
            snapshot = self._service.snapshot()
            look(snapshot)
            left = (self.end_at - snapshot.at) / self._plan.speed
            if left <= 0:
                break
            try:
                async with asyncio.timeout(min(LOOK_SECONDS, left)):
                    await self.end_now.wait()
            except TimeoutError:
                continue
        return ShiftResult(
            at_end=self._service.snapshot(), ended_early=self._service.clock.now() < self.end_at
        )

    async def _stay(self, look: Callable[[Snapshot], None], serving: asyncio.Task[None]) -> None:
        """Go on serving the pages, until somebody has seen enough."""
        while not self.leave_now.is_set() and not serving.done():
            look(self._service.snapshot())
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self.leave_now.wait()
            except TimeoutError:
                continue

    async def _finish(self, look: Callable[[Snapshot], None]) -> None:
        """No new calls; ringing ones ring out, talks come to their end, notes are written."""
        service, campaign = self._service, self._floor.campaign
        service.post(CampaignStopped(campaign_id=CampaignId(campaign.id)))
        patience = PATIENCE_SECONDS_MAX * self._plan.speed
        await self._until_empty(look, min(GOODBYE_SECONDS, patience))
        self.people.end_talks(service.snapshot())
        await self._until_empty(look, min(EMPTY_SECONDS, patience))
        await service.store.campaigns.set_state(
            campaign.id,
            CampaignState.STOPPED,
            by="demo",
            now=to_datetime(service.clock.now()),
        )

    async def _until_empty(self, look: Callable[[Snapshot], None], seconds: float) -> None:
        clock = self._service.clock
        assert isinstance(clock, ScaledClock)
        until = clock.now() + seconds
        while clock.now() < until:
            snapshot = self._service.snapshot()
            look(snapshot)
            busy = (AgentState.TALKING, AgentState.WRAP_UP, AgentState.RESERVED)
            if not snapshot.calls and not any(a.state in busy for a in snapshot.agents):
                return
            await asyncio.sleep(min(LOOK_SECONDS, seconds / clock.speed / 8))


def _codes(campaign: CampaignRow) -> dict[str, str]:
    """The campaign's first disposition code of each kind that the demo's agents say."""
    codes: dict[str, str] = {}
    for disposition in campaign.spec.dispositions:
        codes.setdefault(disposition.kind.value, disposition.code)
    for kind in DispositionKind:
        codes.setdefault(kind.value, codes.get(DispositionKind.OTHER.value, "other"))
    return codes
