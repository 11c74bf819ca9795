"""No string from a list, a request, a setting or a SIP header reaches a switch in a command.

A whole service, and between it and the fake switch a tap that keeps every byte. Hostile text goes
in by every door there is; what came out at the other end must be in the language of our builders.
"""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from campaigns.campaign_spec import OnAbandon
from campaigns.recording_spec import RecordingPolicy, RecordingSpec
from campaigns.store.errors import StoreError
from campaigns.store.rows import CampaignRow
from campaigns.store.store import Store
from campaigns.store.tokens import Scope
from dialer.engine.events import CampaignStarted
from dialer.engine.ids import CampaignId
from dialer.engine.states import AgentState
from dialer.runtime.clock import ScaledClock
from dialer.service import Service
from freeswitch import originate
from freeswitch.fake.server import FakeSwitch
from freeswitch.fake.settings import SwitchSettings
from tests.support import hostile_entrances as entrances
from tests.support.command_language import Heard
from tests.support.database import TemplateDatabase
from tests.support.hostile import ATTACKS, texts
from tests.support.service_desk import START_AT, people, running, settings_for, start
from tests.support.stored import NOW, add_campaign
from tests.support.talk_desk import TalkDesk
from tests.support.tapped_switch import Tap, tapped

pytestmark = pytest.mark.timeout(240)
SPEED = 8.0
SWITCH_PASSWORD = "of-the-switch"
OUTSIDE = "+12025550177"
SAID_AT_LEAST = {
    "originate", "uuid_bridge", "uuid_kill", "uuid_displace", "uuid_record", "uuid_transfer",
    "uuid_send_dtmf", "uuid_exists", "show", "sofia", "uuid_dump",
}  # fmt: skip
"""What a whole day of work says; less would prove nothing."""
STATES = ("agent.pause", "agent.logout", "agent.login", "agent.ready", "agent.hangup",
          "campaign.pause", "campaign.stop", "service.drain", "calls.transfer", "agent.dispose",
          "calls.hold", "calls.leave", "team.pacing")  # fmt: skip
"""Requests that would end the work of the agent whose call the others are about: asked last."""


@pytest.fixture
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    # A warning for every refusal is as it should be, and thousands of them are slow to keep.
    caplog.set_level("CRITICAL")


class Day:
    """One service, its switch, and everything hostile done to it."""

    def __init__(self, store: Store, folder: Path, batch: Sequence[str]) -> None:
        self.store = store
        self.folder = folder
        self.all = batch
        self.batch = [text for text in entrances.storable(batch) if text] or ["'"]
        self.wire = entrances.on_a_wire(batch)

    async def live(self) -> Heard:
        """The whole day; what the switch was told."""
        async with (
            FakeSwitch(
                settings=SwitchSettings(gateways={"main": True}),
                network=people(answer_ratio=1.0, talk_mean_seconds=1e6),
                speed=SPEED,
                epoch=START_AT,
            ) as switch,
            tapped(switch.host, switch.port) as tap,
        ):
            campaign = await self._campaign()
            await self._with(switch, tap, campaign)
            return tap.heard()

    async def _campaign(self) -> CampaignRow:
        campaign = await add_campaign(
            self.store,
            leads=3,
            transfer_numbers=(OUTSIDE,),
            on_abandon=OnAbandon.MESSAGE,
            recording=RecordingSpec(policy=RecordingPolicy.NOTICE),
        )
        await entrances.lead_files(self.store, campaign, self.folder, self.batch, NOW)
        # Straight into the table, past the command line's own check.
        for text in self.batch[:8]:
            try:
                await self.store.agents.add(text, "sales", text, by="test", now=NOW)
            except StoreError:
                continue
        return campaign

    async def _with(self, switch: FakeSwitch, tap: Tap, campaign: CampaignRow) -> None:
        taken = entrances.settings_taken(
            self.wire, ("switch.dialer_id", "agents.domain", "files.recordings")
        )
        web = {"web.enabled": True, "web.port": 0, "web.switch_password": SWITCH_PASSWORD}
        # A folder that no builder takes would keep us from recording at all, so it comes last.
        recordings = taken.pop("files.recordings", "/var/lib/dialer/recordings")
        given_ = settings_for(self.folder, tap.port, self.store.url, **web, **taken)
        service = Service(given_, clock=ScaledClock(SPEED, START_AT), store=self.store)
        desk = TalkDesk(service, far=None)  # type: ignore[arg-type]
        async with running(service):
            await self._at_work(desk)
            await start(service, campaign)
            await desk.talks("anna")
            await self._during_a_call(desk, switch, campaign, tap.port)
        # A second service, on the same switch, with the rest: it finds what the first one left.
        given_ = settings_for(
            self.folder, tap.port, self.store.url, **taken | {"files.recordings": recordings}
        )
        service = Service(given_, clock=ScaledClock(SPEED, START_AT), store=self.store)
        desk = TalkDesk(service, far=None)  # type: ignore[arg-type]
        async with running(service):
            await self._at_work(desk)
            asked = set(service.parts.control.kinds) - set(STATES)
            await entrances.requests(service, self.batch, skipped=(*asked, "service.drain"))
            assert service.driver.illegal_transitions == 0

    async def _at_work(self, desk: TalkDesk) -> None:
        """Everybody logs in, whatever they are called; Anna, whose telephone rings, is ready."""
        known = {row.name for row in await self.store.agents.list()}
        if "anna" not in known:
            await self.store.agents.add("anna", "sales", "1001", by="test", now=NOW)
        for row in await self.store.agents.list():
            await desk.ask("agent.login", agent=row.name)
        await desk.until(
            lambda: (
                desk.agent("anna").state not in (AgentState.CONNECTING_LEG,)
                and desk.agent("anna").leg_id is not None
            )
        )
        if desk.agent("anna").state is AgentState.PAUSED:
            await desk.ask("agent.ready", agent="anna")

    async def _during_a_call(
        self, desk: TalkDesk, switch: FakeSwitch, campaign: CampaignRow, port: int
    ) -> None:
        service, call = desk.service, desk.talk("anna")
        await desk.ask("calls.keys", agent="anna", keys="12#")
        await desk.ask("calls.hold", agent="anna")
        await desk.ask("calls.resume", agent="anna")
        await desk.talks("anna")
        await entrances.requests(service, self.batch, skipped=STATES)
        await entrances.at_the_command_line(self._config(port), self.batch[:2])
        assert service.web_url is not None
        token = await self.store.tokens.add(
            "crm", client=None, scopes=list(Scope), expires_at=None, by="test",
            now=NOW,
        )  # fmt: skip
        await entrances.web(service.web_url, token, SWITCH_PASSWORD, self.all)
        entrances.calls_from_outside(switch, campaign.spec.caller_id, self.wire)
        known = (call.call_id, desk.leg("anna"))
        entrances.events(switch, service.settings.switch.dialer_id, known, self.wire)
        # And what the switch says of its channels when it is asked after a gap in the events.
        switch.drop_connections()
        for spec in entrances.campaign_files(campaign.spec, self.batch[:3])[:6]:
            await self._begin(service, spec)
        await self._after(switch)

    async def _begin(self, service: Service, spec: Any) -> None:
        """A campaign with somebody's words in its file, as far as it comes."""
        try:
            row = await self.store.campaigns.create(spec, by="test", now=NOW)
        except StoreError:
            return
        ok, _ = await service.parts.control.handle(
            entrances.ControlRequest(id=1, kind="campaign.start", args={"campaign": row.name},
                                     by="test")
        )  # fmt: skip
        if ok:
            service.post(CampaignStarted(campaign_id=CampaignId(row.id)))

    async def _after(self, switch: FakeSwitch) -> None:
        """Everything said above was looked at: somebody who calls now is turned away after it."""
        waiting: list[str] = []
        # Who calls while the connection is cut is not noticed: somebody calls until one is.
        while all(switch.core.find(one) is not None for one in waiting):
            if (channel := switch.call_in("+12025550111", "+12025550188")) is not None:
                waiting.append(channel)
            await asyncio.sleep(0.1)

    def _config(self, port: int) -> Path:
        path = self.folder / "dialer.toml"
        path.write_text(
            f'home = "home"\n[database]\nurl = {json.dumps(self.store.url)}\n'
            f"[switch]\nport = {port}\n[[trunks]]\nname = 'main'\nchannels_max = 60\n"
            "calls_per_second = 30.0\n"
        )
        return path


async def day(database: TemplateDatabase, folder: Path, batch: Sequence[str]) -> Heard:
    """A day on a database of its own."""
    with database.clone() as url:
        async with await Store.open(url, directory=folder, upgrade=False) as store:
            return await Day(store, folder, batch).live()


@pytest.mark.usefixtures("_quiet")
@settings(
    max_examples=1,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@example(batch=list(ATTACKS))
@given(batch=st.lists(texts(), min_size=8, max_size=12, unique=True))
async def test_everything_the_switch_hears_is_ours_whatever_people_say(
    template_database: TemplateDatabase, tmp_path: Path, batch: list[str]
) -> None:
    heard = await day(template_database, tmp_path, batch)
    assert heard.foreign == []
    assert heard.names >= SAID_AT_LEAST


@pytest.mark.usefixtures("_quiet")
async def test_a_builder_that_lets_text_through_is_caught(
    template_database: TemplateDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same day with one check taken out: an extension goes into the originate as it is."""
    monkeypatch.setattr(originate.values, "extension", lambda field, value: value)
    heard = await day(template_database, tmp_path, ATTACKS[:12])
    assert any("api_on_answer=system" in one for one in heard.foreign), heard.foreign
