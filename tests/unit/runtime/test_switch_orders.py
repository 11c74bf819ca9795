"""Orders of the engine, carried out on a fake switch over TCP."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from campaigns.store.rows import AgentRow
from dialer.engine.commands import ParkLeg
from dialer.engine.events import AgentParked, Event
from dialer.engine.ids import AgentId, LegId
from dialer.runtime.agent_roster import AgentRoster
from dialer.runtime.clock import RealClock
from dialer.runtime.switch_orders import OrderContext, SwitchOrders
from dialer.runtime.switch_reader import SwitchReader
from dialer.settings import load_settings
from freeswitch import commands
from freeswitch.connection import SwitchAddress
from freeswitch.events import ChannelEvent, read_event
from freeswitch.fake.server import FakeSwitch
from freeswitch.messages import EventMessage
from freeswitch.originate import AgentLeg, RegisteredPhone
from freeswitch.session import EslSession

AGENT = AgentId(7)
LEG = LegId("0b6bd0e2-5c0c-4c55-8f2b-7d1c0c6f0a01")


async def _nobody() -> Sequence[AgentRow]:
    return ()


async def _no_leg(agent_id: int, leg_id: str | None) -> None:
    del agent_id, leg_id


class Desk:
    """Orders, what they told the engine, and how often the leg said that it parked."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.parked = asyncio.Semaphore(0)
        self.connected = asyncio.Event()
        self.session: EslSession
        self.orders: SwitchOrders

    def take(self, message: EventMessage) -> None:
        event = read_event(message)
        if isinstance(event, ChannelEvent) and event.name == "CHANNEL_PARK":
            self.parked.release()


@asynccontextmanager
async def _desk(switch: FakeSwitch) -> AsyncIterator[Desk]:
    desk = Desk()
    desk.session = EslSession(
        SwitchAddress(host=switch.host, port=switch.port, password="ClueCon"),
        dialer_id="dialer-1",
        on_event=desk.take,
        on_state=lambda state: desk.connected.set(),
        random=lambda: 0.5,
        new_uuid=lambda: str(uuid.uuid4()),
    )
    context = OrderContext(
        settings=load_settings(environ={}),
        reader=SwitchReader("dialer-1"),
        roster=AgentRoster(_nobody, _no_leg),
        clock=RealClock(),
        post=desk.told.append,
        mint_leg=lambda: LEG,
        row_of=lambda campaign_id: None,
        is_unplaced=lambda call_id: False,
    )
    desk.orders = SwitchOrders(desk.session, context)
    async with asyncio.TaskGroup() as group:
        group.create_task(desk.session.run())
        await desk.connected.wait()
        leg = AgentLeg(
            leg_uuid=LEG,
            dialer_id="dialer-1",
            agent_id=AGENT,
            phone=RegisteredPhone(extension="1001", domain="127.0.0.1"),
        )
        await desk.session.command(commands.bgapi(leg.originate(), LEG))
        await desk.parked.acquire()
        try:
            yield desk
        finally:
            desk.session.close()


@pytest.mark.timeout(20)
async def test_a_leg_whose_park_was_lost_is_told_of_as_parked() -> None:
    async with FakeSwitch(speed=20.0) as switch, _desk(switch) as desk:
        park = ParkLeg(agent_id=AGENT, leg_id=LEG)
        # From the application `park` the leg parks anew and says so itself.
        await desk.orders.carry_out(park)
        await desk.parked.acquire()
        assert desk.told == []
        # From now on it is in the state that `uuid_park` leads to, and would say nothing.
        await desk.orders.carry_out(park)
        assert desk.told == [AgentParked(agent_id=AGENT, leg_id=LEG)]
        # A leg that is gone is told of by its own end.
        await desk.session.api(commands.uuid_kill(LEG, "NORMAL_CLEARING"))
        await desk.orders.carry_out(park)
        assert len(desk.told) == 1
