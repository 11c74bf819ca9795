"""A whole dialer in one process: service, fake switch, database, and agents who do the least."""

import asyncio
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from campaigns.store.rows import AgentRow, CampaignRow
from campaigns.store.store import Store
from dialer.engine.commands import Command, RecordAgentState
from dialer.engine.events import (
    AgentLoggedIn,
    AgentReadied,
    CallDisposed,
    CampaignStarted,
    Event,
)
from dialer.engine.ids import AgentId, CampaignId, TeamId
from dialer.engine.states import AgentState
from dialer.runtime.clock import ScaledClock
from dialer.service import Service
from dialer.settings import Settings, load_settings
from freeswitch.fake.network import Network
from freeswitch.fake.server import FakeSwitch
from freeswitch.fake.settings import SwitchSettings
from freeswitch.fake.statistical import NetworkLaws, StatisticalNetwork
from tests.support.stored import NOW

START_AT = NOW.timestamp()
SPEED = 40.0
"""Virtual seconds to a real one: a call of a minute takes a second and a half, and the legal two
seconds are fifty real milliseconds, which a busy test machine can keep."""


def settings_for(home: Path, switch_port: int, url: str, **overrides: Any) -> Settings:
    """Settings of a service against a fake switch with the gateway `main`."""
    values: dict[str, Any] = {
        "home": str(home),
        "database.url": url,
        "switch.port": switch_port,
        "trunks": "main:60:30",
        "metrics.port": 0,
        "web.enabled": False,
        "files.sounds": "/var/lib/dialer/sounds",
    }
    return load_settings(environ={}, overrides=values | overrides)


def people(seed: int = 1, **laws: Any) -> Network:
    """A public network: half of the calls are answered, conversations are short."""
    chosen: dict[str, Any] = {
        "answer_ratio": 0.5,
        "talk_mean_seconds": 25.0,
        "ring_minimum_seconds": 1.0,
        "ring_gamma_scale_seconds": 2.0,
    }
    return StatisticalNetwork(NetworkLaws(**chosen | laws), seed=seed)


def fake_switch(network: Network | None = None, **arguments: Any) -> FakeSwitch:
    """A fake switch in time with the service."""
    return FakeSwitch(
        settings=SwitchSettings(gateways={"main": True}, fault_commands=True),
        network=network or people(),
        speed=SPEED,
        epoch=START_AT,
        **arguments,
    )


async def add_agents(store: Store, count: int) -> list[AgentRow]:
    """Agents of the team `sales`."""
    return [
        await store.agents.add(f"agent{i}", "sales", f"10{i:02d}", by="test", now=NOW)
        for i in range(1, count + 1)
    ]


class QuickAgents:
    """Agents who take calls as soon as their leg is up and say `other` when one is over."""

    def __init__(self, service: Service, disposition: str = "other") -> None:
        self._service = service
        self._disposition = disposition
        service.observe(self)

    def __call__(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        """One step of the engine."""
        for command in commands:
            if isinstance(command, RecordAgentState):
                self._follow(command)

    def log_in(self, agents: Sequence[AgentRow]) -> None:
        """Everybody starts work."""
        for row in agents:
            agent_id, team_id = AgentId(row.id), TeamId(row.team_id)
            self._service.post(AgentLoggedIn(agent_id=agent_id, team_id=team_id, name=row.name))

    def _follow(self, record: RecordAgentState) -> None:
        if record.new_state is AgentState.PAUSED and record.reason == "login":
            self._service.post(AgentReadied(agent_id=record.agent_id))
        elif record.new_state is AgentState.WRAP_UP:
            agents = self._service.snapshot().agents
            call_id = next(a.call_id for a in agents if a.agent_id == record.agent_id)
            assert call_id is not None
            self._service.post(
                CallDisposed(
                    agent_id=record.agent_id, call_id=call_id, disposition=self._disposition
                )
            )


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[asyncio.Task[None]]:
    """The service, ready; stopped at the end, and its own error raised if it had one."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(service.run())
        ready = group.create_task(service.ready.wait())
        await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        try:
            if not task.done():
                yield task
        finally:
            service.stop()


async def start(service: Service, campaign: CampaignRow) -> None:
    """Start dialling, as a request of a person does."""
    await service.store.campaigns.set_state(campaign.id, "running", by="test", now=NOW)
    await service.parts.feed.ensure(await service.store.campaigns.by_id(campaign.id))
    service.post(CampaignStarted(campaign_id=CampaignId(campaign.id)))


async def until(service: Service, condition: Callable[[], bool]) -> None:
    """Return once `condition` holds after a step of the engine; the test's time limit bounds it."""
    reached = asyncio.Event()

    def look(now: float, event: Event | None, commands: Sequence[Command]) -> None:
        if condition():
            reached.set()

    look(0.0, None, ())
    service.observe(look)
    await reached.wait()


def clock() -> ScaledClock:
    """The service's clock, in time with the fake switch."""
    return ScaledClock(SPEED, START_AT)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAttempt:
    """What the tests look at of an attempt."""

    call_id: str
    number: str
    outcome: str | None
    disposition: str | None
    written_at: datetime
    ended_at: datetime | None
    agent_id: int | None


async def attempts_of(store: Store) -> list[StoredAttempt]:
    """Every attempt of the database, oldest first."""
    async with await psycopg.AsyncConnection.connect(_libpq(store.url)) as connection:
        found = await connection.execute(
            "SELECT id::text AS call_id, number, outcome, disposition, written_at, ended_at,"
            " agent_id FROM attempt ORDER BY written_at"
        )
        assert found.description is not None
        names = [column.name for column in found.description]
        rows = await found.fetchall()
        return [StoredAttempt(**dict(zip(names, row, strict=True))) for row in rows]


@contextmanager
def outage_of(url: str) -> Iterator[None]:
    """The database lets nobody in, and those who were in are thrown out."""
    name = make_url(url).database
    server = make_url(url).set(drivername="postgresql", database="postgres")
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as admin:

        def allow(word: str) -> None:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {word}'.encode())

        allow("false")
        try:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )
            yield
        finally:
            allow("true")


def answers(url: str) -> str:
    """The body of an HTTP GET."""
    with urllib.request.urlopen(url, timeout=10) as response:
        body: bytes = response.read()
    return body.decode()


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
