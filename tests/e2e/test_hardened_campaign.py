"""A campaign on the configuration that `dialer switch init` writes.

The telephones register with what `agents add` made, which the switch asks the running dialer for;
the dialer logs in as the user of few rights; and everything people do during a call is done once,
by what each telephone heard. Skipped without FREESWITCH_BIN.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from campaigns.recording_spec import RecordingPolicy, RecordingSpec
from campaigns.store.rows import NewLead, NewPhone
from campaigns.store.store import Store
from dialer.engine.commands import RecordReturn
from dialer.engine.events import AgentLoggedIn
from dialer.engine.ids import AgentId, TeamId
from dialer.engine.in_call_events import RecordingStopped, SideLegEnded, SideLegUp
from dialer.engine.states import AgentState
from dialer.engine.talks import LeadPlace
from dialer.service import Service
from dialer.settings import load_settings
from freeswitch.commands import subscribe
from freeswitch.configuration import DIALER_USER, Gateway, Secrets, SwitchConfiguration
from freeswitch.connection import EslConnection, SwitchAddress
from tests.e2e.test_in_call import LISTEN_SECONDS, OUTSIDE, TONES, Phones, _phone
from tests.support.daytime import daytime_zone
from tests.support.heard import read_channels, tones_in, write_tone
from tests.support.real_switch import (
    BINARY,
    PASSWORD,
    RealSwitch,
    Telephone,
    carrier_with_telephones,
    free_ports,
    number,
)
from tests.support.service_desk import running, start
from tests.support.stored import NOW, add_campaign
from tests.support.talk_desk import TalkDesk, ready

pytestmark = [
    pytest.mark.skipif(BINARY is None, reason="FREESWITCH_BIN names no switch"),
    pytest.mark.timeout(180),
]
EXTENSIONS = {"anna": "1001", "ben": "1002", "sup": "1003"}
SOUNDS = {"1001": "agent0", "1002": "agent1", "1003": "sup"}
AREA = "202"
TRUNK = "main"


class Hardened:
    """The dialer's switch on that configuration, its ports, and the dialer's settings for it."""

    def __init__(self, home: Path, carrier_port: int) -> None:
        esl, self.agents_port, self.trunks_port, websocket, web = free_ports(5)
        secrets = Secrets.make()
        wanted = SwitchConfiguration(
            secrets=secrets,
            gateways=(Gateway(name=TRUNK, host="127.0.0.1", port=carrier_port),),
            carriers=("127.0.0.1/32",),
            event_socket_port=esl,
            agents_port=self.agents_port,
            trunks_port=self.trunks_port,
            websocket_port=websocket,
            directory_port=web,
        )
        folder = home / "switch"
        for path, content in wanted.files().items():
            file = folder / "conf" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            # The machine is shared with the test: a busy second must not refuse calls.
            busy = (b'"min-idle-cpu" value="10"', b'"min-idle-cpu" value="0"')
            file.write_bytes(content.replace(*busy))
        assert BINARY is not None
        self.switch = RealSwitch(Path(BINARY), folder, esl_port=esl, password=secrets.event_socket)
        self.settings = load_settings(
            environ={},
            overrides={
                "home": str(home / "data"),
                "switch.port": esl,
                "switch.user": DIALER_USER,
                "switch.password": secrets.dialer,
                "web.port": web,
                "web.switch_password": secrets.directory,
                "trunks": f"{TRUNK}:40:20",
                "metrics.port": 0,
                "files.sounds": str(home),
                "files.recordings": str(home / "recordings"),
            },
        )


async def telephones(store: Store, port: int) -> list[Telephone]:
    """What `dialer agents add` gives each agent to type into their telephone."""
    made = []
    for name, extension in EXTENSIONS.items():
        await store.agents.add(name, "sales", extension, by="test", now=NOW)
        password = await store.phones.reset(name, domain="127.0.0.1", by="test", now=NOW)
        made.append(Telephone(extension=extension, password=password, server_port=port))
    return made


@asynccontextmanager
async def hardened_desk(
    store: Store, home: Path
) -> AsyncIterator[tuple[TalkDesk, Phones, Hardened]]:
    """Everything, with anna and ben at work."""
    heard = home / "heard"
    for folder in (heard, home / "recordings"):
        folder.mkdir()
    for file_id, tone in (("hold", "music"), ("recording_notice", "notice")):
        write_tone(home / f"{file_id}.wav", TONES[tone], 2.0)
    (carrier_port,) = free_ports(1)
    hardened = Hardened(home, carrier_port)
    rings = (("ring_ready", ""), ("sleep", "300"))
    extensions = [
        *((f"^{one}$", _phone(TONES[SOUNDS[one]], heard)) for one in EXTENSIONS.values()),
        (rf"^\{OUTSIDE}", (*rings, *_phone(TONES["outside"], heard))),
        (rf"^\+1{AREA}", (*rings, *_phone(TONES["lead"], heard))),
    ]
    assert BINARY is not None
    async with AsyncExitStack() as stack:
        carrier = await stack.enter_async_context(
            carrier_with_telephones(
                Path(BINARY), home, extensions,
                telephones=await telephones(store, hardened.agents_port), sip_port=carrier_port,
            )
        )  # fmt: skip
        phones = Phones(carrier, heard)
        address = SwitchAddress(host="127.0.0.1", port=carrier.esl_port, password=PASSWORD)
        watching = await EslConnection.open(address, on_event=phones.take)
        await stack.enter_async_context(watching)
        await watching.command(subscribe(("CHANNEL_ANSWER", "DTMF")))
        stack.push_async_callback(hardened.switch.kill)
        await hardened.switch.start()
        service = Service(hardened.settings, store=store)
        desk = TalkDesk(service, phones)
        await stack.enter_async_context(running(service))
        await carrier.api("sofia profile test register all")
        for name in ("anna", "ben"):
            row = await store.agents.get(name)
            service.post(
                AgentLoggedIn(agent_id=AgentId(row.id), team_id=TeamId(row.team_id), name=row.name)
            )
        await desk.until(lambda: len(service.snapshot().agents) == 2)
        for name in ("anna", "ben"):
            await desk.state(name, AgentState.PAUSED)
        yield desk, phones, hardened
        assert service.driver.illegal_transitions == 0


async def test_a_whole_campaign_on_the_hardened_configuration(store: Store, tmp_path: Path) -> None:
    async with hardened_desk(store, tmp_path) as (desk, phones, hardened):
        zones = (daytime_zone(),)
        phone = NewPhone(number=number(AREA, 1), kind="fixed", time_zones=zones)
        leads = [NewLead(row_number=1, external_id="1", numbers=(phone,))]
        row = await add_campaign(
            store, leads=leads, trunks=(TRUNK,), transfer_numbers=(OUTSIDE,),
            caller_id="+12025550199", wrap_up_seconds_max=600.0, return_wait_seconds=20.0,
            recording=RecordingSpec(policy=RecordingPolicy.NOTICE),
        )  # fmt: skip
        legs = {name: desk.leg(name) for name in ("anna", "ben")}
        await start(desk.service, row)
        await ready(desk, "anna")
        await desk.talks("anna")
        lead = desk.talk("anna").number
        marks = await _everything_in_a_call(desk, phones)
        # Nobody else is at work but ben, who is ready in a moment: the lead waits for him.
        await ready(desk, "ben")
        await desk.state("ben", AgentState.READY)
        await desk.ask("calls.transfer", agent="anna", to_team="sales")
        await desk.state("ben", AgentState.TALKING)
        marks["moved"] = await phones.mark()
        await phones.lead_hangs_up(desk.talk("ben"))
        await desk.state("ben", AgentState.WRAP_UP)
        await desk.until(lambda: any(isinstance(one, RecordingStopped) for one in desk.heard))
        assert {name: desk.leg(name) for name in legs} == legs, "no telephone was called again"

        await _call_back(desk, phones, lead, hardened.trunks_port)
        for one in EXTENSIONS.values():
            await phones.hang_up(one)
        await asyncio.sleep(0.3)
    assert _heard(phones, "1001", marks["talking"]) == {"lead"}
    assert _heard(phones, lead, marks["talking"]) == {"agent0"}
    assert _heard(phones, lead, marks["held"]) == {"music"}
    assert _heard(phones, lead, marks["barged"]) == {"agent0", "sup"}
    assert _heard(phones, "1002", marks["moved"]) == {"lead"}
    rows = await store.recordings.list()
    # Of the first call, and of the call back.
    assert [one.policy for one in rows] == ["notice", "notice"]
    first = max(rows, key=lambda one: one.seconds or 0.0)
    (left, right) = read_channels(tmp_path / "recordings" / f"{first.file_id}.wav")
    assert len(left) == len(right) > 8000 * 4


async def _everything_in_a_call(desk: TalkDesk, phones: Phones) -> dict[str, float]:
    """Keys, hold, masks, a supervisor, a third party; what may be listened to afterwards, and when.

    Each is another API call that the dialer's user must be allowed.
    """
    await asyncio.sleep(2.2)  # the notice is over
    marks = {"talking": await phones.mark()}
    await desk.ask("calls.keys", agent="anna", keys="1")
    await desk.ask("calls.hold", agent="anna")
    marks["held"] = await phones.mark()
    await desk.ask("calls.resume", agent="anna")
    await desk.place("anna", LeadPlace.WITH_AGENT)
    await desk.ask("calls.mask", agent="anna", on=True)
    await desk.ask("calls.mask", agent="anna", on=False)
    await desk.ask("calls.listen", agent="anna", phone="1003", mode="whisper")
    await desk.until(lambda: any(isinstance(one, SideLegUp) for one in desk.heard))
    await desk.ask("calls.listen", agent="anna", phone="1003", mode="barge")
    marks["barged"] = await phones.mark()
    await desk.ask("calls.unlisten", phone="1003")
    await desk.until(lambda: any(isinstance(one, SideLegEnded) for one in desk.heard))
    await desk.ask("calls.outside", agent="anna", purpose="three_way", number=OUTSIDE)
    await desk.until(lambda: sum(isinstance(one, SideLegUp) for one in desk.heard) == 2)
    await desk.ask("calls.drop", agent="anna")
    await desk.until(lambda: sum(isinstance(one, SideLegEnded) for one in desk.heard) == 2)
    return marks


async def _call_back(desk: TalkDesk, phones: Phones, lead: str, port: int) -> None:
    """The lead calls the campaign's number and is bridged to whoever is free."""
    await ready(desk, "ben")
    await desk.state("ben", AgentState.READY)
    answer = await phones.carrier.api(
        f"originate {{origination_caller_id_number={lead}}}"
        f"sofia/test/+12025550199@127.0.0.1:{port} &park()"
    )
    assert answer.startswith("+OK"), answer
    await desk.state("ben", AgentState.TALKING)
    await phones.carrier.api(f"uuid_kill {answer.split()[1]}")
    await desk.state("ben", AgentState.WRAP_UP)
    returned = [one for one in desk.said if isinstance(one, RecordReturn)]
    assert returned[-1].bridged_at is not None


def _heard(phones: Phones, who: str, mark: float) -> set[str]:
    (samples,) = read_channels(phones.heard / f"{who}.wav")
    start_at = mark - phones.answered_at[who]
    return tones_in(samples, TONES, start=start_at, seconds=LISTEN_SECONDS)
