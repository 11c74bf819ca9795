"""The whole service on the fake switch, served to a browser: an agent's desk as it is at work.

`agent_floor` runs it; its leads answer at once and speak until somebody hangs up, so that a test
says how each call goes.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, Locator, Page, expect

from campaigns.campaign_spec import PacingMode
from campaigns.desk_spec import DeskSpec, Specialist
from campaigns.recording_spec import RecordingPolicy, RecordingSpec
from campaigns.roles import Role
from campaigns.store.rows import CampaignRow, NewLead
from campaigns.store.store import Store
from dialer.runtime.clock import ScaledClock
from dialer.service import Service
from freeswitch.fake.server import FakeSwitch
from freeswitch.fake.settings import SwitchSettings
from tests.support.browser import DeskServer, new_context, sign_in, watch
from tests.support.service_desk import START_AT, people, running, settings_for, start
from tests.support.stored import add_campaign, new_lead, phone

SPEED = 6.0
"""The legal two seconds are a third of a real one: a browser and a dialer on one busy machine."""
SPECIALIST = "+12025550177"
PATIENCE = 30_000
"""Milliseconds until a page must have shown something; a busy machine takes some hundreds."""


def people_to_call(count: int) -> list[NewLead]:
    """Leads of whom more is known than their numbers."""
    return [
        new_lead(
            index,
            phone(index, "America/New_York"),
            contract=f"77-{index:03d}",
            city="Albany",
            product="Savings account",
        )
        for index in range(1, count + 1)
    ]


@dataclass(slots=True, kw_only=True)
class AgentFloor:
    """What runs."""

    service: Service
    switch: FakeSwitch
    store: Store
    campaign: CampaignRow
    desk: DeskServer
    wrong: list[str] = field(default_factory=list)
    """What pages' consoles called an error, but for lines that a test cuts itself."""

    async def page(self, browser: Browser, stack: AsyncExitStack, name: str = "the-agent") -> Page:
        """A page of an agent, signed in and at the desk."""
        who = await self.desk.account(Role.AGENT, name=name)
        context = await new_context(browser)
        stack.push_async_callback(context.close)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, self.wrong)
        await sign_in(page, self.desk.url, who)
        await page.goto(f"{self.desk.url}/agent")
        return page

    async def lead_hangs_up(self) -> None:
        """Whoever speaks with an agent leaves."""
        for call in self.service.snapshot().calls:
            if call.agent_id is not None:
                self.switch.kill_channel(call.call_id, "NORMAL_CLEARING")


@asynccontextmanager
async def floor_for_agents(
    store: Store, home: Path, *, leads: Sequence[NewLead] | None = None, **campaign: Any
) -> AsyncIterator[AgentFloor]:
    """The service, ready, its campaign running; pages are served at `desk.url`."""
    values: dict[str, Any] = {
        "pacing_mode": PacingMode.PROGRESSIVE,
        "wrap_up_seconds_max": 600.0,
        "recording": RecordingSpec(policy=RecordingPolicy.NOTICE),
        "desk": DeskSpec(
            greeting="Good day {name}, this is {agent} from {client} about contract {contract}.",
            pause_reasons=("break", "lunch", "coaching"),
            specialists=(
                Specialist(name="Mortgages", number=SPECIALIST),
                Specialist(name="Branch office"),
            ),
        ),
    }
    row = await add_campaign(store, leads=leads or people_to_call(40), **values | campaign)
    network = people(answer_ratio=1.0, talk_mean_seconds=100_000.0, failures={})
    switch_settings = SwitchSettings(gateways={"main": True}, fault_commands=True)
    switch = FakeSwitch(settings=switch_settings, network=network, speed=SPEED, epoch=START_AT)
    async with switch:
        settings = settings_for(
            home, switch.port, store.url, **{"web.enabled": True, "web.port": 0}
        )
        service = Service(settings, clock=ScaledClock(SPEED, START_AT))
        async with running(service):
            await start(service, row)
            assert service.web_url is not None
            desk = DeskServer(url=service.web_url, app=FastAPI(), store=store)
            yield AgentFloor(service=service, switch=switch, store=store, campaign=row, desk=desk)
    assert service.driver.illegal_transitions == 0


AgentPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def agent_floor(store: Store, tmp_path: Path) -> AsyncIterator[AgentFloor]:
    """The service with one campaign of forty leads."""
    async with floor_for_agents(store, tmp_path) as floor:
        yield floor
        assert not floor.wrong, floor.wrong


@pytest.fixture
async def agent_page(browser: Browser, agent_floor: AgentFloor) -> AsyncIterator[AgentPage]:
    """`await agent_page()`: an agent's page at the desk, in a browser profile of its own."""
    async with AsyncExitStack() as stack:

        async def open_page(name: str = "the-agent") -> Page:
            return await agent_floor.page(browser, stack, name)

        yield open_page


def state(page: Page) -> Locator:
    """The word for the agent's state."""
    return page.locator("#state-word")


async def must_be(page: Page, word: str) -> None:
    """The page shows that state, now or in a moment."""
    await expect(state(page)).to_have_text(word, timeout=PATIENCE)


async def press(page: Page, *keys: str) -> None:
    """Keys, one after the other, with no field in the way."""
    for key in keys:
        await page.keyboard.press(key)


async def card_is_there(page: Page) -> str:
    """A call has come and its record stands on the screen: the lead's name."""
    await must_be(page, "Talking")
    name = page.locator("#card h2")
    await name.wait_for(timeout=PATIENCE)
    return await name.inner_text()
