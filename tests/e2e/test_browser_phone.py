"""A browser as an agent's telephone, on a real FreeSWITCH with the configuration we write.

Runs where FREESWITCH_BIN names a FreeSWITCH 1.10 with mod_rtc, and a Chromium is installed. The
microphone is Chromium's own, which beeps; the lead sounds a tone.
"""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, async_playwright, expect

from campaigns.campaign_spec import PacingMode
from campaigns.roles import Role
from campaigns.store.rows import NewLead, NewPhone
from campaigns.store.store import Store
from dialer.service import Service
from dialer.settings import load_settings
from freeswitch.configuration import DIALER_USER, Gateway, Secrets, SwitchConfiguration
from tests.support.browser import ARGUMENTS, PASSWORD, SCREEN, sign_in
from tests.support.real_switch import RealSwitch, free_ports, number, real_switches
from tests.support.service_desk import attempts_of, running, start
from tests.support.stored import add_campaign

BINARY = os.environ.get("FREESWITCH_BIN")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(BINARY is None, reason="FREESWITCH_BIN names no switch"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium"),
    pytest.mark.timeout(180),
]
AREA = "202"
FAKE_MEDIA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
PATIENCE = 40_000
HEARD = """async () => {
  const connection = globalThis.desk.phone.session?.connection;
  if (!connection) return 0;
  let energy = 0;
  for (const one of (await connection.getStats()).values()) {
    if (one.type === "inbound-rtp" && one.kind === "audio") energy += one.totalAudioEnergy ?? 0;
  }
  return energy;
}"""
"""The energy of everything that was heard on the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Everything of one test."""

    service: Service
    switch: RealSwitch
    page: Page
    url: str


@asynccontextmanager
async def browser_desk(store: Store, home: Path) -> AsyncIterator[Here]:
    """A carrier, a configured switch, the dialer, and a browser at the desk of anna."""
    assert BINARY is not None
    secrets = Secrets.make()
    esl, agents, trunks, websocket, web = free_ports(5)
    lead = ("^\\+1", (("answer", ""), ("playback", "tone_stream://%(1000,0,700);loops=-1")))
    async with AsyncExitStack() as stack:
        _, carrier = await stack.enter_async_context(
            real_switches(Path(BINARY), home, [], carrier_extensions=[lead])
        )
        wanted = SwitchConfiguration(
            secrets=secrets,
            gateways=(Gateway(name="carrier", host="127.0.0.1", port=carrier.sip_port),),
            event_socket_port=esl, agents_port=agents, trunks_port=trunks,
            websocket_port=websocket, directory_port=web,
            # Apart from the ports of the carrier.
            rtp_port_first=40_000, rtp_port_last=41_000,
        )  # fmt: skip
        switch = RealSwitch(Path(BINARY), home / "desk", esl_port=esl,
                            password=secrets.event_socket)  # fmt: skip
        for path, content in wanted.files().items():
            (switch.root / "conf" / path).parent.mkdir(parents=True, exist_ok=True)
            (switch.root / "conf" / path).write_bytes(content)
        stack.push_async_callback(switch.kill)
        await switch.start()
        service = Service(
            load_settings(
                environ={},
                overrides={
                    "home": str(home / "dialer"),
                    "database.url": store.url,
                    "switch.port": esl,
                    "switch.user": DIALER_USER,
                    "switch.password": secrets.dialer,
                    "trunks": "carrier:60:30",
                    "metrics.port": 0,
                    "web.port": web,
                    "web.switch_password": secrets.directory,
                    "web.phone_url": f"ws://127.0.0.1:{websocket}",
                },
            )
        )
        await stack.enter_async_context(running(service))
        assert service.web_url is not None
        page = await _page(stack, service.web_url)
        yield Here(service=service, switch=switch, page=page, url=service.web_url)


async def _page(stack: AsyncExitStack, url: str) -> Page:
    playwright = await stack.enter_async_context(async_playwright())
    browser = await playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*ARGUMENTS, *FAKE_MEDIA]
    )
    stack.push_async_callback(browser.close)
    context = await browser.new_context(viewport=SCREEN, permissions=["microphone"])  # type: ignore[arg-type]
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await sign_in(page, url, "anna")
    await page.goto(f"{url}/agent")
    return page


def people(count: int) -> list[NewLead]:
    """Leads where it is an hour at which anybody may be called."""
    zones = ("America/New_York", "Asia/Tokyo", "Europe/London", "Pacific/Auckland", "Asia/Kolkata")
    day = next(zone for zone in zones if 9 <= datetime.now(ZoneInfo(zone)).hour < 19)
    return [
        NewLead(
            row_number=index,
            numbers=(NewPhone(number=number(AREA, index), kind="mobile", time_zones=(day,)),),
            name=f"Lead {index}",
        )
        for index in range(1, count + 1)
    ]


async def must_talk(here: Here, store: Store) -> None:
    """A lead is on the line; or what became of all calls, and what the switch says."""
    try:
        await expect(here.page.locator("#state-word")).to_have_text("Talking", timeout=PATIENCE)
    except AssertionError as error:
        calls = [(one.outcome, one.number) for one in await attempts_of(store)]
        raise AssertionError(
            f"{calls} {here.service.snapshot()} {here.switch.console()}"
            f" {await here.switch.api('sofia status')}"
        ) from error


async def test_a_browser_registers_is_nailed_up_hears_a_lead_and_survives_a_reload(
    store: Store, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    await store.agents.add("anna", "sales", "1001", by="test", now=now)
    await store.phones.reset("anna", domain="127.0.0.1", by="test", now=now)
    await store.users.add("anna", Role.AGENT, PASSWORD, agent="anna", by="test", now=now)
    campaign = await add_campaign(
        store,
        leads=people(5),
        trunks=("carrier",),
        pacing_mode=PacingMode.PROGRESSIVE,
        wrap_up_seconds_max=600.0,
    )
    async with browser_desk(store, tmp_path) as here:
        page, line = here.page, here.page.locator("#phone-state")
        await expect(line).to_have_text("Telephone ready", timeout=PATIENCE)
        await page.keyboard.press("l")
        await expect(page.locator("#state-word")).to_have_text("Paused", timeout=PATIENCE)
        await expect(line).to_have_text("On the line", timeout=PATIENCE)
        (before,) = here.service.snapshot().agents
        await page.reload()
        await expect(line).to_have_text("On the line", timeout=PATIENCE)
        await expect(page.locator("#state-word")).to_have_text("Paused", timeout=PATIENCE)
        (after,) = here.service.snapshot().agents
        assert after.leg_id != before.leg_id
        await start(here.service, campaign)
        await page.keyboard.press("r")
        await must_talk(here, store)
        await page.wait_for_function(f"async () => (await ({HEARD})()) > 0.05", timeout=PATIENCE)
        await page.keyboard.press("x")
        await expect(page.locator("#state-word")).to_have_text("Wrap-up", timeout=PATIENCE)
        await expect(line).to_have_text("On the line")
