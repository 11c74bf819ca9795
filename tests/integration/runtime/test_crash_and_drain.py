"""The dialer as a process: killed in the middle of a campaign, and drained by a signal."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from campaigns.store.store import Store
from dialer.runtime.instants import to_datetime
from freeswitch import commands
from freeswitch.connection import EslConnection, SwitchAddress
from freeswitch.events import ChannelEvent, read_event
from freeswitch.messages import EventMessage
from tests.support.service_desk import add_agents, attempts_of
from tests.support.service_process import (
    ask,
    dialer_process,
    eventually,
    switch_process,
    virtual_now,
)
from tests.support.stored import add_campaign

NETWORK = {
    "answer_ratio": 0.5,
    # Nobody hangs up by themselves within these tests: agents end the conversations.
    "talk_mean_seconds": 3000.0,
    "talk_cv": 0.1,
    "ring_minimum_seconds": 2.0,
    "ring_gamma_scale_seconds": 2.0,
    "failures": {"USER_BUSY": 0.05},
}


@pytest.fixture
def network(tmp_path: Path) -> Path:
    file = tmp_path / "network.json"
    file.write_text(json.dumps(NETWORK))
    return file


class Watcher:
    """A second client of the switch: what really happened there, whoever lives."""

    def __init__(self) -> None:
        self.created: list[str] = []
        self.bridged: set[str] = set()
        self.ended: set[str] = set()
        self.connection: EslConnection | None = None

    def take(self, message: EventMessage) -> None:
        event = read_event(message)
        assert isinstance(event, ChannelEvent)
        match event.name:
            case "CHANNEL_CREATE":
                self.created.append(event.unique_id or "")
            case "CHANNEL_BRIDGE":
                self.bridged.add(event.bridge_b or "")
            case "CHANNEL_HANGUP":
                self.ended.add(event.unique_id or "")

    @property
    def talking(self) -> set[str]:
        return self.bridged - self.ended

    async def lives(self, channel: str) -> bool:
        assert self.connection is not None
        return (await self.connection.api(commands.uuid_exists(channel))).strip() == "true"


@asynccontextmanager
async def watching(port: int) -> AsyncIterator[Watcher]:
    watcher = Watcher()
    address = SwitchAddress(host="127.0.0.1", port=port, password="ClueCon")
    async with await EslConnection.open(address, on_event=watcher.take) as connection:
        watcher.connection = connection
        await connection.subscribe(("CHANNEL_CREATE", "CHANNEL_BRIDGE", "CHANNEL_HANGUP"))
        yield watcher


async def put_to_work(store: Store, leads: int, agents: int) -> None:
    await add_campaign(store, leads=leads, wrap_up_seconds_max=3.0)
    for agent in await add_agents(store, agents):
        await ask(store, "agent.login", agent=agent.name)
        await ask(store, "agent.ready", agent=agent.name)
    await ask(store, "campaign.start", campaign="spring")


async def end_conversations(store: Store, ended: set[tuple[int, datetime]]) -> None:
    """Every agent who talks presses the button that ends the call, once a conversation."""
    for agent in await store.agents.list():
        spell = (agent.id, agent.state_since)
        if agent.state == "talking" and spell not in ended:
            ended.add(spell)
            now = to_datetime(virtual_now())
            await store.control.request("agent.hangup", {"agent": agent.name}, by="test", now=now)


async def test_a_killed_dialer_goes_on_where_it_was(
    store: Store, tmp_path: Path, network: Path
) -> None:
    async with switch_process(network) as port, watching(port) as watcher:
        async with dialer_process(tmp_path, switch_port=port, url=store.url) as first:
            await put_to_work(store, leads=14, agents=4)

            async def is_busy() -> bool:
                return len(watcher.talking) >= 2

            await eventually(is_busy, first)
            first.kill()
            await first.wait()
        talking = set(watcher.talking)
        legs = {row.id: row.leg_id for row in await store.agents.list()}
        before = {one.call_id: one for one in await attempts_of(store)}
        assert any(one.outcome is None for one in before.values())
        async with dialer_process(
            tmp_path, switch_port=port, url=store.url, name="second"
        ) as second:
            hung_up: set[tuple[int, datetime]] = set()

            async def is_through() -> bool:
                await end_conversations(store, hung_up)
                found = await attempts_of(store)
                numbers = {one.number for one in found if one.outcome != "switch_limit"}
                return len(numbers) == 14 and all(one.outcome is not None for one in found)

            await eventually(is_through, second)
            # The agents' telephones were not called again: their legs are those of before.
            assert {row.id: row.leg_id for row in await store.agents.list()} == legs
            for leg_id in legs.values():
                assert leg_id is not None
                assert await watcher.lives(leg_id)
            second.terminate()
            assert await second.wait() == 0, second.log()
    found = await attempts_of(store)
    assert all(one.outcome is not None for one in found)
    # Nothing was dialled without a row, and no number twice: its retry time is hours away.
    by_id = {one.call_id: one for one in found}
    dialled = [by_id[channel] for channel in watcher.created if channel not in legs.values()]
    assert len({one.number for one in dialled}) == len(dialled)
    # Conversations outlive us: adopted, and ended as what they were.
    assert {by_id[channel].outcome for channel in talking} == {"connected"}
    assert all(by_id[channel].agent_id is not None for channel in talking)


async def test_sigterm_drains(store: Store, tmp_path: Path, network: Path) -> None:
    async with switch_process(network) as port, watching(port) as watcher:
        async with dialer_process(tmp_path, switch_port=port, url=store.url) as dialer:
            await put_to_work(store, leads=60, agents=3)

            async def is_busy() -> bool:
                return len(watcher.talking) >= 2

            await eventually(is_busy, dialer)
            talking = set(watcher.talking)
            dialer.terminate()

            hung_up: set[tuple[int, datetime]] = set()

            async def is_through() -> bool:
                # Requests are still taken while it drains.
                await end_conversations(store, hung_up)
                return talking <= watcher.ended

            await eventually(is_through, dialer)
            assert await dialer.wait() == 0, dialer.log()
        found = await attempts_of(store)
        assert len(found) < 60
        assert {one.outcome for one in found if one.call_id in talking} == {"connected"}
        assert all(one.outcome not in (None, "unknown") for one in found)
    (campaign,) = await store.campaigns.list()

    counts = await store.leads.counts(campaign.id, to_datetime(virtual_now()))
    assert (counts.leased, counts.dialling) == (0, 0)
    ((_, body, _),) = await store.snapshots.latest()
    assert body["state"] == "stopped"
