"""What happens during a call, on a real FreeSWITCH, by what each telephone heard.

Runs where FREESWITCH_BIN names a FreeSWITCH 1.10. Every telephone sounds a tone of its own and
records what it hears, so a test can say who heard whom, and when.
"""

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from campaigns.recording_spec import RecordingPolicy, RecordingSpec
from campaigns.store.rows import NewLead, NewPhone
from campaigns.store.store import Store
from dialer.engine.events import CallBridged, CallEnded
from dialer.engine.ids import LegId
from dialer.engine.in_call_events import RecordingStopped, SideLegEnded, SideLegUp
from dialer.engine.snapshot import CallSnapshot
from dialer.engine.states import AgentState
from dialer.engine.talks import LeadPlace
from dialer.service import Service
from dialer.settings import load_settings
from freeswitch.commands import subscribe
from freeswitch.connection import EslConnection, SwitchAddress
from freeswitch.messages import EventMessage
from tests.support.daytime import daytime_zone
from tests.support.heard import read_channels, tones_in, write_tone
from tests.support.real_switch import (
    GATEWAY,
    PASSWORD,
    RealSwitch,
    Steps,
    number,
    real_switches,
)  # fmt: skip
from tests.support.stored import add_campaign
from tests.support.talk_desk import TalkDesk, ready, talking_agents

BINARY = os.environ.get("FREESWITCH_BIN")
pytestmark = [
    pytest.mark.skipif(not BINARY, reason="FREESWITCH_BIN does not name a FreeSWITCH binary"),
    pytest.mark.timeout(120),
]

TONES = {
    "agent0": 440.0,
    "agent1": 520.0,
    "sup": 350.0,
    "lead": 700.0,
    "outside": 610.0,
    "music": 1000.0,
    "call tone": 880.0,
    "notice": 1250.0,
    "done": 1200.0,
    "refused": 400.0,
}
AREA = "202"
OUTSIDE = "+12025550177"
EXTENSIONS = {"anna": "agent0", "ben": "agent1"}
LISTEN_SECONDS = 0.9
SETTLE_SECONDS = 0.25
"""After a step, until every telephone hears the new state: a jitter buffer and a frame or two."""


@dataclass
class Phones:
    """The carrier's side: hanging up, pressing keys, and what was heard when."""

    carrier: RealSwitch
    heard: Path
    answered_at: dict[str, float] = field(default_factory=dict)
    """By destination number: when its recording began."""
    keys: dict[str, str] = field(default_factory=dict)
    """By destination number: keys that arrived."""

    def take(self, message: EventMessage) -> None:
        headers = json.loads(message.body.decode("utf-8", "replace"))
        destination = headers.get("Caller-Destination-Number", "")
        if headers["Event-Name"] == "CHANNEL_ANSWER":
            self.answered_at[destination] = time.monotonic()
        elif headers["Event-Name"] == "DTMF":
            self.keys[destination] = self.keys.get(destination, "") + headers["DTMF-Digit"]

    async def _channels(self, destination: str) -> list[str]:
        rows = json.loads(await self.carrier.api("show channels as json")).get("rows", [])
        return [row["uuid"] for row in rows if row["dest"] == destination]

    async def hang_up(self, destination: str) -> None:
        for channel in await self._channels(destination):
            await self.carrier.api(f"uuid_kill {channel}")

    async def lead_hangs_up(self, call: CallSnapshot) -> None:
        await self.hang_up(call.number)

    async def lead_presses(self, call: CallSnapshot, keys: str) -> None:
        await self.press(call.number, keys)

    async def agent_presses(self, leg_id: LegId, keys: str) -> None:
        raise NotImplementedError("press on the telephone: `press`")

    async def press(self, destination: str, keys: str) -> None:
        """Real keys, as RFC 4733 events from the telephone."""
        # The switch's list of channels is up to a second old.
        while not (channels := await self._channels(destination)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        (channel,) = channels
        await self.carrier.api(f"uuid_send_dtmf {channel} {keys}")

    def at(self, destination: str, mark: float) -> set[str]:
        """The tones a telephone heard for a while from that mark on."""
        (samples,) = read_channels(self.heard / f"{destination}.wav")
        start = mark - self.answered_at[destination]
        return tones_in(samples, TONES, start=start, seconds=LISTEN_SECONDS)

    async def mark(self) -> float:
        """Let everybody hear how it is now for a while; the mark to ask `at` about."""
        await asyncio.sleep(SETTLE_SECONDS)
        at = time.monotonic()
        await asyncio.sleep(LISTEN_SECONDS + 0.1)
        return at


@dataclass
class RealDesk:
    """Everything of one test."""

    desk: TalkDesk
    phones: Phones
    switch: RealSwitch
    recordings: Path

    async def exists(self, channel: str) -> bool:
        return (await self.switch.api(f"uuid_exists {channel}")).strip() == "true"

    async def is_heard(self, who: str, mark: float, expected: set[str]) -> None:
        """What `who` heard at the mark; their recording must be closed."""
        found = self.phones.at(who, mark)
        assert found == expected, f"{who} heard {found}"


def _phone(hertz: float, heard: Path) -> Steps:
    return (
        ("answer", ""),
        ("set", "RECORD_READ_ONLY=true"),
        ("record_session", f"{heard}/${{destination_number}}.wav"),
        # Or a star would end it, and with it the call.
        ("set", "playback_terminators=none"),
        # Unlike `endless_playback` it takes keys out of the queue, which is when they are told of.
        ("playback", f"tone_stream://%(1000,0,{hertz:.0f});loops=-1"),
    )


@asynccontextmanager
async def real_desk(store: Store, home: Path, **campaign: Any) -> AsyncIterator[RealDesk]:
    """Two switches, a service, and anna and ben with their telephones up."""
    assert BINARY is not None
    heard, recordings = home / "heard", home / "recordings"
    heard.mkdir()
    recordings.mkdir()
    for file_id, name in (("hold", "music"), ("recording_notice", "notice")):
        write_tone(home / f"{file_id}.wav", TONES[name], 2.0)
    rings: Steps = (("ring_ready", ""), ("sleep", "300"))
    extensions = [
        ("^agent0", _phone(TONES["agent0"], heard)),
        ("^agent1", _phone(TONES["agent1"], heard)),
        ("^sup", _phone(TONES["sup"], heard)),
        (rf"^\{OUTSIDE}", (*rings, *_phone(TONES["outside"], heard))),
        (rf"^\+1{AREA}", (*rings, *_phone(TONES["lead"], heard))),
    ]
    zones = (daytime_zone(),)
    leads = [
        NewLead(
            row_number=index,
            external_id=str(index),
            name="",
            numbers=(NewPhone(number=number(AREA, index), kind="fixed", time_zones=zones),),
            fields={},
            priority=0,
        )
        for index in range(1, 7)
    ]
    row = await add_campaign(
        store, leads=leads, trunks=(GATEWAY,), transfer_numbers=(OUTSIDE,),
        wrap_up_seconds_max=600.0, **campaign,
    )  # fmt: skip
    async with real_switches(Path(BINARY), home, (), carrier_extensions=extensions) as pair:
        switch, carrier = pair
        settings = load_settings(
            environ={},
            overrides={
                "home": str(home / "data"),
                "database.url": store.url,
                "switch.port": switch.esl_port,
                "trunks": f"{GATEWAY}:40:20",
                "agents.dial": "gateway",
                "agents.gateway": GATEWAY,
                "metrics.port": 0,
                "web.enabled": False,
                "files.sounds": str(home),
                "files.recordings": str(recordings),
            },
        )
        phones = Phones(carrier, heard)
        address = SwitchAddress(host="127.0.0.1", port=carrier.esl_port, password=PASSWORD)
        async with await EslConnection.open(address, on_event=phones.take) as watching:
            await watching.command(subscribe(("CHANNEL_ANSWER", "DTMF")))
            service = Service(settings, store=store)
            async with talking_agents(service, phones, row, EXTENSIONS) as desk:
                yield RealDesk(desk, phones, switch, recordings)
            assert service.driver.illegal_transitions == 0


async def test_hold_hand_over_and_recording(store: Store, tmp_path: Path) -> None:
    spec = RecordingSpec(policy=RecordingPolicy.NOTICE)
    async with real_desk(store, tmp_path, recording=spec) as real:
        desk, phones = real.desk, real.phones
        await ready(desk, "anna")
        call_id = await desk.talks("anna")
        lead, legs = desk.talk("anna").number, {n: desk.leg(n) for n in EXTENSIONS}
        await desk.ask("campaign.pause", campaign="spring")
        marks = {"begin": await phones.mark()}
        await asyncio.sleep(1.0)  # the notice is over
        await desk.ask("calls.keys", agent="anna", keys="12#")
        # A key takes a quarter of a second on the wire (RFC 4733, 2000 samples).
        await asyncio.sleep(1.5)
        await desk.ask("calls.hold", agent="anna")
        marks["held"] = await phones.mark()
        await desk.ask("calls.resume", agent="anna")
        await desk.place("anna", LeadPlace.WITH_AGENT)
        marks["resumed"] = await phones.mark()
        await desk.ask("calls.mask", agent="anna", on=True)
        marks["masked"] = await phones.mark()
        await desk.ask("calls.mask", agent="anna", on=False)
        await ready(desk, "ben")
        await desk.state("ben", AgentState.READY)
        await desk.ask("calls.transfer", agent="anna", to_agent="ben")
        await desk.state("ben", AgentState.TALKING)
        marks["with ben"] = await phones.mark()
        assert desk.talk("ben").call_id == call_id
        # On hold with the colleague too, and gone from there: the leg of the agent stays.
        await desk.ask("calls.hold", agent="ben")
        await phones.mark()
        await phones.lead_hangs_up(desk.talk("ben"))
        await desk.state("ben", AgentState.WRAP_UP)
        await desk.until(lambda: any(isinstance(e, RecordingStopped) for e in desk.heard))
        (row,) = await desk.recordings()
        for name in EXTENSIONS:
            assert desk.leg(name) == legs[name]
            assert await real.exists(legs[name])
        for name in EXTENSIONS:
            await phones.hang_up(EXTENSIONS[name])
        await asyncio.sleep(0.3)
        await real.is_heard(lead, marks["begin"], {"agent0", "notice"})
        await real.is_heard(lead, marks["held"], {"music"})
        await real.is_heard(lead, marks["resumed"], {"agent0"})
        await real.is_heard(lead, marks["with ben"], {"agent1"})
        await real.is_heard("agent0", marks["held"], set())
        await real.is_heard("agent0", marks["resumed"], {"lead"})
        await real.is_heard("agent0", marks["with ben"], set())
        await real.is_heard("agent1", marks["with ben"], {"lead"})
        _check_recording(real.recordings / f"{row.file_id}.wav", marks)
        assert row.seconds is not None
        assert len(row.masked) == 1
        assert phones.keys.get(lead) == "12#"


def _check_recording(path: Path, marks: dict[str, float]) -> None:
    """Left the lead, right what the lead heard, silence on both while masked."""
    left, right = read_channels(path)
    whole = len(left) / 8000
    begin = marks["begin"] - SETTLE_SECONDS

    def at(channel: Any, name: str) -> set[str]:
        start = marks[name] - begin + 0.1
        return tones_in(channel, TONES, start=start, seconds=LISTEN_SECONDS - 0.2)

    assert whole > 6
    assert at(left, "resumed") == {"lead"}
    assert at(right, "resumed") == {"agent0"}
    assert at(right, "held") == {"music"}
    assert at(left, "masked") == set() == at(right, "masked")
    assert at(right, "with ben") == {"agent1"}
    assert "notice" in at(right, "begin")


async def test_supervisors_listen_whisper_and_barge(store: Store, tmp_path: Path) -> None:
    async with real_desk(store, tmp_path) as real:
        desk, phones = real.desk, real.phones
        await ready(desk, "anna")
        call_id = await desk.talks("anna")
        lead, leg = desk.talk("anna").number, desk.leg("anna")
        await desk.ask("campaign.pause", campaign="spring")
        marks = {}
        for mode in ("listen", "whisper", "barge"):
            await desk.ask("calls.listen", agent="anna", phone="sup1", mode=mode)
            await desk.until(lambda: any(isinstance(e, SideLegUp) for e in desk.heard))
            marks[mode] = await phones.mark()
        await desk.ask("calls.unlisten", phone="sup1")
        await desk.until(lambda: not desk.service.snapshot().supervisors)
        marks["alone"] = await phones.mark()
        # A supervisor may also come in speaking, and leave by hanging up.
        await desk.ask("calls.listen", agent="anna", phone="sup2", mode="whisper")
        await desk.until(lambda: any(s.is_up for s in desk.service.snapshot().supervisors))
        marks["whisper at once"] = await phones.mark()
        await phones.hang_up("sup2")
        await desk.until(lambda: not desk.service.snapshot().supervisors)
        assert desk.talk("anna").call_id == call_id
        assert await real.exists(leg)
        await phones.lead_hangs_up(desk.talk("anna"))
        await desk.state("anna", AgentState.WRAP_UP)
        assert desk.leg("anna") == leg
        await phones.hang_up("agent0")
        await asyncio.sleep(0.3)
        for name, to_agent, to_lead in (
            ("listen", False, False),
            ("whisper", True, False),
            ("barge", True, True),
            ("alone", False, False),
            ("whisper at once", True, False),
        ):
            await real.is_heard("agent0", marks[name], {"lead"} | ({"sup"} if to_agent else set()))
            await real.is_heard(lead, marks[name], {"agent0"} | ({"sup"} if to_lead else set()))
            if name not in ("alone", "whisper at once"):
                await real.is_heard("sup1", marks[name], {"lead", "agent0"})


async def test_outside_numbers(store: Store, tmp_path: Path) -> None:
    async with real_desk(store, tmp_path) as real:
        desk, phones = real.desk, real.phones
        await ready(desk, "anna", "ben")
        await desk.talks("anna")
        await desk.talks("ben")
        await desk.ask("campaign.pause", campaign="spring")
        first, second = desk.talk("anna"), desk.talk("ben")
        legs = {n: desk.leg(n) for n in EXTENSIONS}
        # Three talk; then the agent leaves.
        await desk.ask("calls.outside", agent="anna", purpose="three_way", number=OUTSIDE)
        await desk.until(lambda: any(isinstance(e, SideLegUp) for e in desk.heard))
        three = await phones.mark()
        await desk.ask("calls.leave", agent="anna")
        await desk.state("anna", AgentState.WRAP_UP)
        left = await phones.mark()
        await phones.hang_up(OUTSIDE)
        await desk.ends(first.call_id)
        await asyncio.sleep(0.3)
        await real.is_heard(first.number, three, {"agent0", "outside"})
        await real.is_heard(OUTSIDE, three, {"agent0", "lead"})
        await real.is_heard(first.number, left, {"outside"})
        await real.is_heard(OUTSIDE, left, {"lead"})
        # Given away as soon as the outside party answers; the lead's end is theirs as well.
        await desk.ask("calls.outside", agent="ben", purpose="transfer", number=OUTSIDE)
        await desk.state("ben", AgentState.WRAP_UP)
        given = await phones.mark()
        await phones.lead_hangs_up(second)
        await desk.ends(second.call_id)
        await desk.until(lambda: sum(isinstance(e, SideLegEnded) for e in desk.heard) == 2)
        for name in EXTENSIONS:
            assert desk.leg(name) == legs[name]
            assert await real.exists(legs[name])
        await asyncio.sleep(0.3)
        await real.is_heard(second.number, given, {"outside"})


async def test_an_agent_without_a_screen(store: Store, tmp_path: Path) -> None:
    async with real_desk(store, tmp_path) as real:
        desk, phones = real.desk, real.phones
        await phones.press("agent0", "22")
        await desk.until(lambda: desk.agent("anna").reason == "lunch")
        done = time.monotonic() - SETTLE_SECONDS
        await asyncio.sleep(1.2)
        await phones.press("agent0", "8")
        await desk.until(lambda: any("PlayTone" in type(c).__name__ for c in desk.said))
        refused = time.monotonic() - SETTLE_SECONDS
        await asyncio.sleep(1.2)
        await phones.press("agent0", "1")
        call_id = await desk.talks("anna")
        await desk.ask("campaign.pause", campaign="spring")
        await asyncio.sleep(0.5)
        await phones.press("agent0", "**")
        await desk.state("anna", AgentState.WRAP_UP)
        await asyncio.sleep(0.3)
        await phones.press("agent0", "499#")
        await desk.state("anna", AgentState.READY)
        (promised,) = await store.callbacks.list()
        assert promised.agent_name == "anna"
        await desk.service.parts.records.wait_until_written()
        attempt = await store.attempts.get(call_id)
        assert attempt is not None
        await phones.press("agent0", "0#")
        await desk.until(lambda: "anna" not in {a.name for a in desk.service.snapshot().agents})
        await asyncio.sleep(0.5)
        assert "done" in phones.at("agent0", done)
        assert "refused" in phones.at("agent0", refused)


async def test_a_tone_before_the_call_and_a_phone_that_is_tried(
    store: Store, tmp_path: Path
) -> None:
    async with real_desk(store, tmp_path) as real:
        desk, phones = real.desk, real.phones
        began = time.monotonic()
        await ready(desk, "anna")
        await desk.talks("anna")
        bridged = time.monotonic()
        await desk.ask("campaign.pause", campaign="spring")
        await asyncio.sleep(1.0)
        await phones.lead_hangs_up(desk.talk("anna"))
        await desk.state("anna", AgentState.WRAP_UP)
        await desk.ask("agent.logout", agent="ben")
        await desk.until(lambda: "ben" not in {a.name for a in desk.service.snapshot().agents})
        await asyncio.sleep(0.3)
        (phones.heard / "agent1.wav").unlink()
        del phones.answered_at["agent1"]
        await desk.ask("agent.call", agent="ben")
        await desk.until(lambda: any(isinstance(e, SideLegUp) for e in desk.heard))
        # A second later the tone is over and the echo is on.
        await asyncio.sleep(1.2)
        tried = await phones.mark()
        await phones.hang_up("agent1")
        await desk.until(lambda: any(isinstance(e, SideLegEnded) for e in desk.heard))
        await phones.hang_up("agent0")
        await asyncio.sleep(0.3)
        assert began < bridged
        assert "call tone" in phones.at("agent0", bridged - 0.4)
        assert phones.at("agent1", tried) == {"agent1"}


async def test_no_agent_is_lost_over_many_holds_and_hand_overs(
    store: Store, tmp_path: Path
) -> None:
    """Leads hang up at every moment of a hold, a return and a hand-over."""
    async with real_desk(store, tmp_path) as real:
        desk, phones = real.desk, real.phones
        await desk.ask("team.pacing", team="sales", mode="progressive")
        await ready(desk, "anna", "ben")
        legs = {n: desk.leg(n) for n in EXTENSIONS}
        waits = (0.0, 0.02, 0.05, 0.1)
        for index, name in enumerate(("anna", "ben", "anna", "ben")):
            await desk.talks(name)
            call = desk.talk(name)
            await desk.ask("calls.hold", agent=name)
            await desk.ask("calls.resume", agent=name)
            await asyncio.sleep(waits[index])
            await phones.lead_hangs_up(call)
            await desk.ends(call.call_id)
            await desk.state(name, AgentState.WRAP_UP)
            await ready(desk, name)
        await desk.until(lambda: all(a.leg_id == legs[a.name] for a in _agents(desk)))
        counted = Counter(type(one) for one in desk.heard)
        assert counted[CallEnded] >= 4 <= counted[CallBridged]
        for leg in legs.values():
            assert await real.exists(leg)


def _agents(desk: TalkDesk) -> Any:
    return desk.service.snapshot().agents
