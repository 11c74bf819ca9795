"""A dialer in this process on switches that exist, with people who take every call."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.switch.people import Agents
from campaigns.outcomes import Outcome
from campaigns.store.rows import NewLead, NewPhone
from campaigns.store.store import Store
from dialer.engine.commands import Command, RecordCall, Reroute
from dialer.engine.events import AgentLegEnded, CampaignStarted, Event
from dialer.engine.ids import CampaignId
from dialer.engine.snapshot import SwitchSnapshot
from dialer.engine.states import CallState
from dialer.runtime.clock import Clock
from dialer.service import Service
from dialer.settings import load_settings
from tests.support.daytime import daytime_zone
from tests.support.stored import campaign_spec

PATIENCE_SECONDS = 60.0


class Floor:
    """The service, its people, and what became of every call."""

    def __init__(self, service: Service, store: Store, people: Agents) -> None:
        self.service = service
        self.store = store
        self.people = people
        self.records: list[RecordCall] = []
        self.rerouted: list[Reroute] = []
        self.legs_lost: list[AgentLegEnded] = []
        self._names = count(1)
        self._changed = asyncio.Event()
        service.observe(self)

    def __call__(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """One step of the engine."""
        if isinstance(event, AgentLegEnded):
            self.legs_lost.append(event)
        for command in commands:
            if isinstance(command, RecordCall):
                self.records.append(command)
            elif isinstance(command, Reroute):
                self.rerouted.append(command)
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return once it holds after a step of the engine."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{self.service.snapshot()}\n{self.records}") from None

    async def dial(
        self, numbers: Sequence[str], *, trunks: Sequence[str], **changes: object
    ) -> CampaignId:
        """A campaign with these numbers, started."""
        values: dict[str, object] = {
            "team": "sales", "trunks": tuple(trunks), "ring_seconds": 15.0,
            "wrap_up_seconds_max": 5.0,
        }  # fmt: skip
        spec = campaign_spec(f"spring {next(self._names)}", **values | changes)
        now = datetime.fromtimestamp(self.service.clock.now(), UTC)
        campaign = await self.store.campaigns.create(spec, by="test", now=now)
        leads = [
            NewLead(
                row_number=index + 1,
                external_id=str(index),
                name=f"Lead {index}",
                numbers=(NewPhone(number=number, kind="fixed", time_zones=(daytime_zone(now),)),),
                fields={},
                priority=0,
            )
            for index, number in enumerate(numbers)
        ]
        await self.store.leads.merge(campaign.id, "first", leads, duplicates="merge", now=now)
        await self.store.campaigns.set_state(campaign.id, "running", by="test", now=now)
        await self.service.parts.feed.ensure(await self.store.campaigns.by_id(campaign.id))
        self.service.post(CampaignStarted(campaign_id=CampaignId(campaign.id)))
        return CampaignId(campaign.id)

    async def leads(self) -> list[tuple[int, str]]:
        """(id, number) of every lead called."""
        found = {record.lead_id for record in self.records}
        records = [await self.store.leads.get(lead_id) for lead_id in sorted(found)]
        return [(record.id, record.phones[0].number) for record in records]

    def switch(self, name: str) -> SwitchSnapshot:
        """That switch as the engine sees it."""
        return next(one for one in self.service.snapshot().switches if one.switch_id == name)

    def talking(self) -> int:
        """How many conversations go on, by the engine."""
        calls = self.service.snapshot().calls
        return sum(call.state is CallState.CONNECTED for call in calls)

    def outcomes(self) -> Counter[Outcome]:
        """How many calls ended how."""
        return Counter(record.outcome for record in self.records)


@asynccontextmanager
async def floor(
    store: Store,
    home: Path,
    nodes: Mapping[str, int],
    *,
    agents: int,
    gateway: str,
    trunks: str,
    clock: Clock | None = None,
    **settings_changed: Any,
) -> AsyncIterator[Floor]:
    """`nodes` are names and event socket ports; the first is the home of the team."""
    first = next(iter(nodes))
    tables: list[dict[str, Any]] = [
        {
            "name": name,
            "host": "127.0.0.1",
            "port": port,
            "teams": ["sales"] if name == first else [],
        }
        for name, port in nodes.items()
    ]
    settings = load_settings(
        environ={},
        overrides={
            "home": str(home / "service"),
            "switches": tables,
            "agents.dial": "gateway",
            "agents.gateway": gateway,
            "trunks": trunks,
            "metrics.enabled": False,
            "web.enabled": False,
            "files.sounds": str(home),
            **settings_changed,
        },
    )
    service = Service(settings, store=store, clock=clock)
    now = datetime.now(UTC)
    rows = [
        await store.agents.add(f"agent{i}", "sales", f"agent{i}", by="test", now=now)
        for i in range(agents)
    ]
    people = Agents(service, rows)
    opened = Floor(service, store, people)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(service.run())
        ready = group.create_task(service.ready.wait())
        await asyncio.wait((serving, ready), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        try:
            people.log_in()
            await people.all_ready.wait()
            yield opened
        finally:
            service.stop()
