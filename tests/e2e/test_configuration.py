"""A real FreeSWITCH on the configuration that `dialer switch init` writes."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from campaigns.store.store import Store
from dialer.cli.checks.findings import Level
from dialer.cli.checks.switch import check_switches
from dialer.desk.app import build_app
from dialer.desk.server import web_server
from dialer.settings import load_settings
from freeswitch import commands
from freeswitch.commands import Api
from freeswitch.configuration import DIALER_USER, Gateway, Secrets, SwitchConfiguration
from freeswitch.connection import EslConnection, SwitchAddress
from freeswitch.errors import AuthenticationFailed, CommandRefused
from freeswitch.originate import AgentLeg, RegisteredPhone
from tests.support.real_switch import RealSwitch, free_ports
from tests.support.sip_phone import SipPhone
from tests.support.stored import NOW

BINARY = os.environ.get("FREESWITCH_BIN")
pytestmark = [
    pytest.mark.skipif(BINARY is None, reason="FREESWITCH_BIN names no switch"),
    pytest.mark.timeout(180),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """A switch on the configuration, and the dialer's web server that it asks."""

    switch: RealSwitch
    of: SwitchConfiguration

    def login(self, password: str, user: str | None = None) -> SwitchAddress:
        port = self.of.event_socket_port
        return SwitchAddress(host="127.0.0.1", port=port, password=password, user=user)


@asynccontextmanager
async def configured(store: Store, folder: Path) -> AsyncIterator[Configured]:
    """Both, running."""
    assert BINARY is not None
    secrets = Secrets.make()
    esl, agents, trunks, websocket = free_ports(4)
    async with AsyncExitStack() as stack:
        app = build_app(store, lambda: NOW, switch_password=secrets.directory)
        host, port = await stack.enter_async_context(web_server(app, host="127.0.0.1", port=0))
        wanted = SwitchConfiguration(
            secrets=secrets,
            gateways=(Gateway(name="main", host="127.0.0.1", port=9),),
            event_socket_port=esl,
            agents_port=agents,
            trunks_port=trunks,
            websocket_port=websocket,
            directory_host=host,
            directory_port=port,
        )
        for path, content in wanted.files().items():
            (folder / "conf" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "conf" / path).write_bytes(content)
        switch = RealSwitch(Path(BINARY), folder, esl_port=esl, password=secrets.event_socket)
        stack.push_async_callback(switch.kill)
        await switch.start()
        yield Configured(switch=switch, of=wanted)


async def test_the_dialers_user_may_do_its_work_and_nothing_else(
    store: Store, tmp_path: Path
) -> None:
    async with configured(store, tmp_path) as here:
        address = here.login(here.of.secrets.dialer, DIALER_USER)
        async with await EslConnection.open(address, on_event=_ignore) as connection:
            assert "UP" in await connection.api(commands.status())
            assert (await connection.api(commands.uuid_exists(str(uuid.uuid4())))) == "false"
            for api in ("system id", "bg_system id", "global_getvar domain", "reloadxml", "lua x"):
                with pytest.raises(CommandRefused, match="permission denied"):
                    await connection.api(Api(api))
        for stranger in (
            here.login("ClueCon"),
            here.login("wrong", DIALER_USER),
            here.login(here.of.secrets.dialer, "nobody@event-socket.invalid"),
        ):
            with pytest.raises(AuthenticationFailed):
                await EslConnection.open(stranger, on_event=_ignore)
        # Neither programs nor chat can be reached from outside.
        for profile in ("agents", "trunks"):
            assert "RUNNING" in await here.switch.api("sofia status")
            assert "enable-chat" not in await here.switch.api(f"sofia status profile {profile}")
        expanded = await here.switch.api("expand echo ${system(id)}")
        assert expanded == "<API execute Permission Denied>"


async def test_the_doctor_finds_nothing_to_mend_but_the_gateway_that_is_not_there(
    store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "switch"
    folder.mkdir()
    async with configured(store, folder) as here:
        settings = load_settings(
            environ={},
            overrides={
                "switch.port": here.of.event_socket_port,
                "switch.user": DIALER_USER,
                "switch.password": here.of.secrets.dialer,
                "web.switch_password": here.of.secrets.directory,
                "trunks": "main:60:5",
            },
        )
        password = here.of.secrets.event_socket
        findings = await check_switches(settings, admin_passwords={"switch": password})
    mending = {one.name for one in findings if one.level is not Level.OK}
    # The test may itself be root, and its FreeSWITCH with it.
    assert mending <= {"gateway main", "switch user"}, findings
    assert {"switch rights", "switch modules", "switch configuration"} <= {
        one.name for one in findings
    }


async def test_a_telephone_registers_with_what_agents_add_made_and_is_called(
    store: Store, tmp_path: Path
) -> None:
    await store.agents.add("anna", "sales", "1001", by="test", now=NOW)
    password = await store.phones.reset("anna", domain="127.0.0.1", by="test", now=NOW)
    async with configured(store, tmp_path) as here:
        port = here.of.agents_port
        async with SipPhone("1001", "127.0.0.1", "wrong", port) as stranger:
            assert await stranger.register() == 403
        async with SipPhone("dialer", "event-socket.invalid", "", port) as stranger:
            assert await stranger.register() == 403
        async with SipPhone("1002", "127.0.0.1", password, port) as stranger:
            assert await stranger.register() == 403
        async with SipPhone("1001", "127.0.0.1", password, port) as phone:
            assert await phone.register() == 200
            leg = AgentLeg(
                leg_uuid=str(uuid.uuid4()),
                dialer_id="dialer-1",
                agent_id=1,
                phone=RegisteredPhone(extension="1001", domain="127.0.0.1"),
            )
            said = await here.switch.api(leg.originate().text)
            assert said == f"+OK {leg.leg_uuid}\n"
            async with asyncio.timeout(5):
                invite = await phone.invites.get()
            assert invite.start.startswith("INVITE sip:1001@")
            # The telephone picks up by itself: a leg that is up all day is not answered by hand.
            assert any("answer-after=0" in one for one in invite.headers["call-info"])
            # Reset: the old password is of no use at the next registration.
            await store.phones.reset("anna", domain="127.0.0.1", by="test", now=NOW)
            assert await phone.register() == 403


def _ignore(message: object) -> None:
    del message
