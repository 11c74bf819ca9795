"""Machines, keys, surveys and people who call back, on a real FreeSWITCH.

Runs where FREESWITCH_BIN names the binary of a FreeSWITCH 1.10; skipped elsewhere. Greetings are
bursts of noise: the classifier listens for sound and pauses, not for words.
"""

import asyncio
import math
import os
import random
import struct
import wave
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaigns.campaign_spec import CampaignSpec, PacingMode
from campaigns.consents import Consent
from campaigns.screening_spec import OnMachine, ScreeningSpec, SurveyQuestion
from campaigns.store.rows import CampaignRow, NewLead, NewPhone
from campaigns.store.screening import KEYPRESS_LIST
from campaigns.store.store import Store
from dialer.engine.commands import Command, RecordCall, RecordReturn
from dialer.engine.events import AgentLoggedOut, AgentPaused, AgentReadied, Event
from dialer.engine.states import AgentState
from dialer.service import Service
from dialer.settings import load_settings
from tests.support.daytime import daytime_zone
from tests.support.real_switch import GATEWAY, Plan, RealSwitch, number, real_switches
from tests.support.service_desk import QuickAgents, running, start
from tests.support.stored import campaign_spec

BINARY = os.environ.get("FREESWITCH_BIN")
pytestmark = [
    pytest.mark.skipif(not BINARY, reason="FREESWITCH_BIN does not name a FreeSWITCH binary"),
    pytest.mark.timeout(240),
]
PATIENCE_SECONDS = 60.0
CALLER_ID = "+12025550199"
RATE = 8000


def write_sound(path: Path, *parts: tuple[float, float], beep_seconds: float = 0.0) -> None:
    """A file of (seconds, loudness 0..1) stretches of noise, with a beep of 1000 Hz at the end."""
    dice = random.Random(path.name)
    samples: list[int] = []
    for seconds, loudness in parts:
        limit = int(32_000 * loudness)
        samples += [dice.randint(-limit, limit) for _ in range(int(RATE * seconds))]
    beep = [int(12_000 * math.sin(2 * math.pi * n / 8)) for n in range(int(RATE * beep_seconds))]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples + beep)}h", *samples, *beep))


def plays(area: str, home: Path, sound: str, *more: tuple[str, str]) -> Plan:
    """Rings, is answered, plays a sound, and does what else is said."""
    return Plan(
        area=area,
        steps=(
            ("ring_ready", ""),
            ("sleep", "500"),
            ("answer", ""),
            ("playback", str(home / f"{sound}.wav")),
            *more,
        ),
    )


def presses(area: str, *keys: tuple[int, str], ring_ms: int = 500) -> Plan:
    """Is answered, says nothing, and presses keys, each so many milliseconds after the last."""
    steps = [step for ms, key in keys for step in (("sleep", str(ms)), ("send_dtmf", key))]
    return Plan(
        area=area,
        steps=(
            ("ring_ready", ""), ("sleep", str(ring_ms)), ("answer", ""), *steps,
            ("sleep", "30000"),
        ),
    )  # fmt: skip


class Desk:
    """The service in this process, on two real switches, with one campaign."""

    def __init__(
        self, service: Service, store: Store, switch: RealSwitch, carrier: RealSwitch, home: Path
    ) -> None:
        self.service, self.store = service, store
        self.switch, self.carrier, self.home = switch, carrier, home
        self.calls: list[RecordCall] = []
        self.returns: list[RecordReturn] = []
        self.agents = QuickAgents(service)
        service.observe(self._look)

    def _look(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        self.calls += [one for one in commands if isinstance(one, RecordCall)]
        self.returns += [one for one in commands if isinstance(one, RecordReturn)]

    async def until(self, condition: Callable[[], bool]) -> None:
        """The switches are other processes: we look until it holds."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(0.02)

    async def dial(self, areas: Sequence[str], **changes: object) -> CampaignRow:
        """A campaign that calls one number of each area, one for each agent."""
        values: dict[str, object] = {
            "caller_id": CALLER_ID, "trunks": (GATEWAY,), "message": "sorry",
            "opt_out_message": "done", "return_message": "later", "thanks_message": "done",
            "pacing_mode": PacingMode.PROGRESSIVE,
        }  # fmt: skip
        spec: CampaignSpec = campaign_spec(**values | changes)  # type: ignore[arg-type]
        now = datetime.now(UTC)
        row = await self.store.campaigns.create(spec, by="test", now=now)
        leads = [
            NewLead(
                row_number=index,
                numbers=(
                    NewPhone(number=number(area, 0), kind="mobile", time_zones=(daytime_zone(),)),
                ),
            )
            for index, area in enumerate(areas, start=1)
        ]
        await self.store.leads.merge(row.id, "first", leads, duplicates="merge", now=now)
        for one in leads:
            consent = Consent(
                number=one.numbers[0].number, client="Acme", purpose="any",
                given_at=now - timedelta(days=1), source="form", proof="a",
            )  # fmt: skip
            await self.store.consents.add(consent, by="test", now=now)
        await start(self.service, row)
        return row

    async def hire(self, count: int) -> None:
        """Agents at work."""
        now = datetime.now(UTC)
        rows = [
            await self.store.agents.add(f"a{i}", "sales", f"agent{i}", by="test", now=now)
            for i in range(1, count + 1)
        ]
        # The team must be ours before anybody logs in to it.
        await self.service.parts.feed.ensure_team(rows[0].team_id, "sales", None)  # type: ignore[arg-type]
        self.agents.log_in(rows)
        await self.until(self.all_ready)

    def all_ready(self) -> bool:
        """Everybody waits."""
        agents = self.service.snapshot().agents
        return bool(agents) and all(one.state is AgentState.READY for one in agents)

    def pause_all(self) -> None:
        for one in self.service.snapshot().agents:
            self.service.post(AgentPaused(agent_id=one.agent_id, reason="lunch"))

    async def lose_all(self) -> None:
        """Who wants to go stays for the call that was promised to them; who loses the line does
        not."""
        for one in self.service.snapshot().agents:
            self.service.post(AgentLoggedOut(agent_id=one.agent_id))
            if one.leg_id is not None:
                await self.switch.api(f"uuid_kill {one.leg_id} MEDIA_TIMEOUT")

    async def settled(self) -> None:
        await self.service.parts.records.wait_until_written()

    async def call_in(self, caller: str) -> str:
        """The carrier calls the campaign's number for somebody; the carrier's channel."""
        answer = await self.carrier.api(
            f"originate {{origination_caller_id_number={caller}}}"
            f"sofia/test/{CALLER_ID}@127.0.0.1:{self.switch.sip_port} &park()"
        )
        assert answer.startswith("+OK"), answer
        return answer.split()[1]


@asynccontextmanager
async def desk(store: Store, home: Path, plans: Sequence[Plan]) -> AsyncIterator[Desk]:
    assert BINARY is not None
    for name in ("sorry", "later", "machine", "pleased", "again"):
        write_sound(home / f"{name}.wav", (1.5, 0.3))
    write_sound(home / "done.wav", (0.4, 0.3))
    async with real_switches(Path(BINARY), home, plans) as (switch, carrier):
        settings = load_settings(
            environ={},
            overrides={
                "home": str(home / "data"),
                "database.url": store.url,
                "switch.port": switch.esl_port,
                "trunks": f"{GATEWAY}:40:20",
                "agents.dial": "gateway",
                "agents.gateway": GATEWAY,
                "metrics.enabled": False,
                "web.enabled": False,
                "files.sounds": str(home),
            },
        )
        service = Service(settings, store=store)
        opened = Desk(service, store, switch, carrier, home)
        async with running(service):
            yield opened


HELLO = ((0.4, 0.0), (0.5, 0.3), (8.0, 0.0))
GREETING = ((0.3, 0.0), (6.0, 0.3), (0.4, 0.0))


async def test_people_reach_agents_and_machines_do_not(store: Store, tmp_path: Path) -> None:
    write_sound(tmp_path / "hello.wav", *HELLO)
    write_sound(tmp_path / "greeting.wav", *GREETING, beep_seconds=0.5)
    plans = [
        plays("202", tmp_path, "hello"),
        plays("303", tmp_path, "greeting", ("sleep", "20000")),
    ]
    async with desk(store, tmp_path, plans) as lab:
        await lab.hire(2)
        row = await lab.dial(("202", "303"), screening=ScreeningSpec(sample_ratio=0.0))
        await lab.until(lambda: len(lab.calls) == 2)
        await lab.settled()
        counts = await store.screening.counts(
            row.id, datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC)
        )
    said = {one.outcome.value: one for one in lab.calls}
    human, machine = said["connected"], said["machine"]
    assert (human.verdict, machine.verdict) == ("human", "machine")
    assert (human.is_live, human.is_abandoned, machine.is_live) == (True, False, False)
    assert human.answered_at and human.bridged_at and human.bridged_at - human.answered_at < 2.0
    assert (counts.humans, counts.machines) == (1, 1)
    assert max(counts.seconds) < 1.9


async def test_a_message_is_left_after_a_real_beep(store: Store, tmp_path: Path) -> None:
    write_sound(tmp_path / "greeting.wav", *GREETING, beep_seconds=0.5)
    heard = tmp_path / "heard.wav"
    plans = [plays("303", tmp_path, "greeting", ("record", f"{heard} 12"))]
    async with desk(store, tmp_path, plans) as lab:
        await lab.hire(1)
        await lab.dial(
            ("303",), screening=ScreeningSpec(on_machine=OnMachine.MESSAGE, sample_ratio=0.0)
        )
        await lab.until(lambda: len(lab.calls) == 1)
    (record,) = lab.calls
    assert (record.outcome.value, record.is_live) == ("machine", False)
    assert record.message_at is not None and record.answered_at is not None
    # The beep begins 6.7 s after the answer.
    assert 6.5 < record.message_at - record.answered_at < 7.6
    assert await loud_seconds(heard) == pytest.approx(1.5, abs=0.3), "the whole message, once"


async def test_the_key_during_the_message_ends_all_calls_at_once(
    store: Store, tmp_path: Path
) -> None:
    # Answered after a second and a half; the message begins two seconds later.
    plans = [presses("202", (2800, "9"), ring_ms=1500)]
    async with desk(store, tmp_path, plans) as lab:
        await lab.hire(1)
        await lab.dial(("202",))
        await lab.until(lambda: bool(lab.service.snapshot().calls))
        await lab.lose_all()
        await lab.until(lambda: len(lab.calls) == 1)
        await lab.settled()
    (record,) = lab.calls
    assert (record.outcome.value, record.is_abandoned) == ("abandoned", True)
    assert record.opted_out_at is not None
    (hit,) = await store.do_not_call.check(number("202", 0))
    assert (hit.list_name, hit.how) == (KEYPRESS_LIST, f"keypress 9 on call {record.call_id}")
    assert record.ended_at - record.opted_out_at < 3.0, "a short confirmation, and the end"


async def test_a_survey_by_keys_without_agents(store: Store, tmp_path: Path) -> None:
    survey = (
        SurveyQuestion(code="pleased", keys=(("1", "again"), ("2", None))),
        SurveyQuestion(code="again", keys=(("1", None), ("2", None))),
    )
    plans = [presses("202", (1000, "1"), (3000, "2")), presses("303", (1000, "9"))]
    async with desk(store, tmp_path, plans) as lab:
        row = await lab.dial(
            ("202", "303"),
            pacing_mode=PacingMode.MESSAGE,
            survey=survey,
            consent_required=True,
        )
        await lab.until(lambda: len(lab.calls) == 2)
        await lab.settled()
        since, until = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC)
        answers = await store.screening.answer_counts(row.id, since, until)
    assert answers == {"pleased": {"1": 1}, "again": {"2": 1}}
    assert {one.outcome.value for one in lab.calls} == {"message"}
    assert await store.do_not_call.check(number("303", 0))


async def test_who_calls_back_reaches_the_team_and_otherwise_hears_the_message(
    store: Store, tmp_path: Path
) -> None:
    write_sound(tmp_path / "hello.wav", *HELLO)
    plans = [plays("202", tmp_path, "hello", ("hangup", "NORMAL_CLEARING"))]
    async with desk(store, tmp_path, plans) as lab:
        await lab.hire(1)
        row = await lab.dial(("202",), return_wait_seconds=3.0)
        await lab.until(lambda: len(lab.calls) == 1 and lab.all_ready())
        await lab.settled()
        legs = {one.leg_id for one in lab.service.snapshot().agents}

        channel = await lab.call_in(number("202", 0))
        await lab.until(lambda: any(a.state is AgentState.TALKING
                                    for a in lab.service.snapshot().agents))  # fmt: skip
        await lab.carrier.api(f"uuid_kill {channel}")
        await lab.until(lambda: any(one.ended_at for one in lab.returns))
        await lab.until(lab.all_ready)

        lab.pause_all()
        await lab.call_in(number("202", 0))
        await lab.until(lambda: sum(one.ended_at is not None for one in lab.returns) == 2)
        for one in lab.service.snapshot().agents:
            lab.service.post(AgentReadied(agent_id=one.agent_id))
        await lab.until(lab.all_ready)
        assert {one.leg_id for one in lab.service.snapshot().agents} == legs, "no leg was lost"

        stranger = await lab.call_in("+13125550142")
        await lab.settled()
        found = await store.screening.returns(row.id)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await lab.carrier.api(f"uuid_exists {stranger}")) == "true":  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    first, second = sorted(found, key=lambda one: one.arrived_at)
    assert first.agent_id is not None and first.bridged_at is not None
    assert first.bridged_at - first.arrived_at < timedelta(seconds=1)
    assert second.agent_id is None and second.message_at is not None
    waited = second.message_at - second.arrived_at
    assert timedelta(seconds=2.9) < waited < timedelta(seconds=4)
    (record,) = lab.calls
    assert (record.outcome.value, replace(record).is_live) == ("connected", True)


async def loud_seconds(path: Path) -> float:
    """How much of a recording is loud; its writer may still be closing it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                with wave.open(str(path), "rb") as file:
                    data = file.readframes(file.getnframes())
                break
            except (wave.Error, EOFError, FileNotFoundError):
                await asyncio.sleep(0.1)
    samples = struct.unpack(f"<{len(data) // 2}h", data[: len(data) // 2 * 2])
    frames = [samples[n : n + 160] for n in range(0, len(samples), 160)]
    return 0.02 * sum(max(map(abs, frame), default=0) > 2000 for frame in frames)
