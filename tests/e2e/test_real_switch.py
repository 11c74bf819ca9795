"""The dialer against a real FreeSWITCH: every outcome, and what a crash of either side leaves.

Runs where FREESWITCH_BIN names the binary of a FreeSWITCH 1.10, for example
`FREESWITCH_BIN=/usr/bin/freeswitch pytest tests/e2e/test_real_switch.py`; skipped elsewhere. Two
switches are started on loopback and stopped again; nothing else of the machine is touched.
"""

import asyncio
import csv
import json
import math
import os
import signal
import struct
import sys
import wave
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import class_row
from sqlalchemy.engine import make_url

from campaigns.store.rows import NewLead, NewPhone
from campaigns.store.store import Store
from tests.support.daytime import daytime_zone
from tests.support.real_switch import (
    GATEWAY,
    Plan,
    RealSwitch,
    answers,
    never_answers,
    number,
    real_switches,
    refuses,
)

BINARY = os.environ.get("FREESWITCH_BIN")
pytestmark = [
    pytest.mark.skipif(not BINARY, reason="FREESWITCH_BIN does not name a FreeSWITCH binary"),
    pytest.mark.timeout(240),
]

AGENTS = ("anna", "ben", "cleo")
RING_SECONDS = 15
PATIENCE_SECONDS = 90.0
"""Longer than any step; then the test fails with what the dialer said."""
CAMPAIGN = f"""
name = "spring"
client = "Acme"
team = "sales"
region = "US"
caller_id = "+12025550199"
trunks = ["{GATEWAY}"]
purpose = "service"
calling_hours = ["daily 00:00-24:00"]
[calls]
ring_seconds = {RING_SECONDS}
wrap_up_seconds_max = 1
message = "sorry"
[pacing]
mode = "ratio"
ratio = 2.0
[retry]
congestion = "1h"
"""

TALKS = answers("202", ring_ms=1500, talk_ms=3000)
TALKS_LONGER = answers("805", ring_ms=1000, talk_ms=12_000)
"""Long enough for the dialer to be killed and to come back meanwhile."""
EARLY_MEDIA = Plan(
    area="617",
    steps=(
        ("pre_answer", ""),
        ("sleep", "1000"),
        ("answer", ""),
        ("sleep", "3000"),
        ("hangup", "NORMAL_CLEARING"),
    ),
)
HANGS_UP_AT_ONCE = answers("713", ring_ms=500, talk_ms=30)
BUSY = refuses("305", "USER_BUSY")
RINGS = never_answers("312")
UNALLOCATED = refuses("404", "UNALLOCATED_NUMBER")
REJECTS = refuses("415", "CALL_REJECTED")
CONGESTED = refuses("512", "NORMAL_TEMPORARY_FAILURE")
SILENT = Plan(area="702", steps=(("sleep", "60000"),))
"""No 180 and no 183: a dead route."""

WAS_ANSWERED = {"connected", "abandoned"}
LEADS: tuple[tuple[Plan, int, set[str]], ...] = (
    (TALKS, 8, WAS_ANSWERED),
    (EARLY_MEDIA, 2, WAS_ANSWERED),
    # Gone before, while or after the bridge is made: all three are true.
    (HANGS_UP_AT_ONCE, 2, WAS_ANSWERED | {"hung_up_early"}),
    (BUSY, 2, {"busy"}),
    (RINGS, 2, {"no_answer"}),
    (UNALLOCATED, 1, {"invalid_number"}),
    (REJECTS, 1, {"rejected"}),
    (CONGESTED, 1, {"congestion"}),
    (SILENT, 1, {"congestion"}),
)
"""How many leads of each kind, and what may become of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A row of `attempt`."""

    call_id: str
    number: str
    outcome: str | None
    cause: str | None
    agent_id: int | None
    is_abandoned: bool | None
    originated_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None


class Lab:
    """Two switches, a database, and the dialer as people run it."""

    def __init__(self, home: Path, store: Store, switch: RealSwitch, carrier: RealSwitch) -> None:
        self.home = home
        self.store = store
        self.switch = switch
        self.carrier = carrier
        self.process: asyncio.subprocess.Process | None = None
        self._environ = {k: v for k, v in os.environ.items() if not k.startswith("DIALER_")} | {
            "DIALER_HOME": str(home / "data"),
            "DIALER_DATABASE_URL": store.url,
            "DIALER_SWITCH_PORT": str(switch.esl_port),
            "DIALER_AGENTS_DIAL": "gateway",
            "DIALER_AGENTS_GATEWAY": GATEWAY,
            "DIALER_TRUNKS": f"{GATEWAY}:40:20",
            "DIALER_METRICS_ENABLED": "false",
            "DIALER_FILES_SOUNDS": str(home),
            "DIALER_FILES_CALL_RECORDS": str(switch.call_records),
            "PYTHONPATH": os.getcwd(),
        }

    async def dialer(self, *words: str) -> str:
        """One command of the command line; its failure fails the test."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "dialer", *words,
            env=self._environ, cwd=self.home, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        assert process.returncode == 0, f"dialer {' '.join(words)}: {err.decode()}"
        return out.decode()

    async def run(self) -> None:
        """`dialer run`, until `stop` or `kill`."""
        with (self.home / "dialer.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "dialer", "run",
                env=self._environ, cwd=self.home, stdin=asyncio.subprocess.DEVNULL,
                stdout=log, stderr=log,
            )  # fmt: skip

    async def kill(self) -> None:
        """End the dialer as a power cut would."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """Drain it; its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.process.wait()

    async def eventually(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Return once it holds; the dialer and the switches are other processes, so we look."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await condition():
                    assert self.process is None or not self.process.returncode, self.log()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            seen = "\n".join(str(one) for one in await self.attempts())
            raise AssertionError(f"{seen}\n{self.log()}") from None

    def log(self) -> str:
        """What the dialer said."""
        return (self.home / "dialer.log").read_text()

    async def ask(self, kind: str, **args: str) -> None:
        """A request of a person to the running dialer."""
        request = await self.store.control.request(kind, dict(args), by="test", now=_now())
        answer = await self.store.control.wait(request, PATIENCE_SECONDS)
        assert answer is not None, f"{kind}: nobody answered\n{self.log()}"
        assert answer.ok, answer.answer

    async def ask_all(self, kind: str) -> None:
        """The same request for every agent."""
        for name in AGENTS:
            await self.ask(kind, agent=name)

    async def states(self) -> Counter[str]:
        """How many agents are in which state."""
        return Counter(row.state for row in await self.store.agents.list())

    async def legs(self) -> dict[str, str | None]:
        """Every agent's leg."""
        return {row.name: row.leg_id for row in await self.store.agents.list()}

    async def attempts(self) -> list[Attempt]:
        """Every attempt, oldest first."""
        url = make_url(self.store.url).set(drivername="postgresql")
        async with (
            await psycopg.AsyncConnection.connect(
                url.render_as_string(hide_password=False)
            ) as connection,
            connection.cursor(row_factory=class_row(Attempt)) as cursor,
        ):
            await cursor.execute(
                "SELECT id::text AS call_id, number, outcome, cause, agent_id, is_abandoned,"
                " originated_at, ringing_at, answered_at, bridged_at, ended_at"
                " FROM attempt ORDER BY written_at"
            )
            return await cursor.fetchall()

    async def has_channels(self, count: int) -> bool:
        """Whether so many live on either switch; they count with up to a second's delay."""
        return await self.switch.channels() == count == await self.carrier.channels()

    async def talking(self) -> set[str]:
        """The leads who hear an agent now, by the switch's own account."""
        rows = json.loads(await self.switch.api("show channels as json")).get("rows", [])
        return {row["uuid"] for row in rows if row["state"] == "CS_EXCHANGE_MEDIA"}

    async def put_to_work(self, leads: Mapping[Plan, int]) -> None:
        """Campaign, list and agents; dialling begins."""
        (self.home / "spring.toml").write_text(CAMPAIGN)
        people = [
            (f"{plan.area}-{index}", number(plan.area, index))
            for plan, count in leads.items()
            for index in range(count)
        ]
        # Places of the import go by area codes, and there it may be night.
        zones = (daytime_zone(),)
        rows = [
            NewLead(
                row_number=index,
                external_id=name,
                numbers=(NewPhone(number=phone, kind="mobile", time_zones=zones),),
            )
            for index, (name, phone) in enumerate(people, start=1)
        ]
        # Without consent, numbers that may be mobiles are never overdialled.
        with (self.home / "consents.csv").open("w", newline="") as file:
            csv.writer(file).writerows(
                [
                    ("number", "given_at", "source", "proof"),
                    *((phone, "2025-01-01", "test", one) for one, phone in people),
                ]
            )
        await self.dialer("campaign", "create", "spring.toml")
        row = await self.store.campaigns.get("spring")
        await self.store.leads.merge(row.id, "first", rows, duplicates="merge", now=_now())
        words = ("consents.csv", "--client", "Acme", "--region", "US")
        await self.dialer("consents", "import", *words)
        for index, name in enumerate(AGENTS):
            await self.store.agents.add(name, "sales", f"agent{index}", by="test", now=_now())
        await self.run()
        await self.eventually(self._is_ready)
        await self.ask_all("agent.login")
        await self.ask_all("agent.ready")
        await self.eventually(lambda: self.all_are("ready"))
        await self.ask("campaign.start", campaign="spring")

    async def _is_ready(self) -> bool:
        return "ready" in self.log()

    async def all_are(self, state: str) -> bool:
        return (await self.states())[state] == len(AGENTS)

    async def is_through(self, leads: int) -> bool:
        """Whether every lead was tried and every attempt has ended."""
        found = await self.attempts()
        return len({one.number for one in found}) == leads and all(
            one.outcome is not None for one in found
        )


@pytest.fixture
async def lab(store: Store, tmp_path: Path) -> AsyncIterator[Lab]:
    async with _lab(store, tmp_path) as opened:
        yield opened


@asynccontextmanager
async def _lab(store: Store, home: Path) -> AsyncIterator[Lab]:
    assert BINARY is not None
    _write_message(home / "sorry.wav")
    plans = [*(plan for plan, _, _ in LEADS), TALKS_LONGER]
    async with real_switches(Path(BINARY), home, plans) as (switch, carrier):
        opened = Lab(home, store, switch, carrier)
        try:
            yield opened
        finally:
            if opened.process is not None:
                await opened.kill()


async def test_every_outcome_is_what_the_network_did(lab: Lab) -> None:
    count = sum(count for _, count, _ in LEADS)
    await lab.put_to_work({plan: count for plan, count, _ in LEADS})

    async def is_ringing() -> bool:
        return any(one.outcome is None for one in await lab.attempts())

    # Everybody's line is lost while the first telephones ring: those who answer now get the
    # message. Who only pauses stays for the calls that were promised to them.
    await lab.eventually(is_ringing)
    await lab.ask_all("agent.logout")
    for leg in (await lab.legs()).values():
        await lab.switch.api(f"uuid_kill {leg} MEDIA_TIMEOUT")

    async def is_abandoned() -> bool:
        return any(one.is_abandoned for one in await lab.attempts())

    await lab.eventually(is_abandoned)
    await lab.ask_all("agent.login")
    await lab.eventually(lambda: lab.all_are("paused"))
    legs = await lab.legs()
    await lab.ask_all("agent.ready")
    await lab.eventually(lambda: lab.is_through(count))

    found = await lab.attempts()
    assert len(found) == count  # nobody was called twice
    by_area = {plan.area: expected for plan, _, expected in LEADS}
    for one in found:
        assert one.outcome in by_area[one.number[2:5]], one
        _check_times(one)
    assert Counter(one.outcome for one in found)["connected"] >= 4
    # The agents' legs were never lost, and nothing but they is left on either switch.
    assert await lab.legs() == legs
    await lab.eventually(lambda: lab.has_channels(len(AGENTS)))
    assert json.loads(await lab.dialer("status", "--json"))["services"]
    await lab.dialer("report", "spring", "--out", "report")
    assert (lab.home / "report" / "report.html").exists()
    await lab.ask_all("agent.logout")
    assert await lab.stop() == 0, lab.log()
    await lab.eventually(lambda: lab.has_channels(0))


async def test_calls_outlive_the_dialer_and_agents_outlive_the_switch(lab: Lab) -> None:
    count = 8
    await lab.put_to_work({TALKS_LONGER: count - 1, RINGS: 1})
    known: set[str] = set()

    async def is_busy() -> bool:
        return len(await lab.talking() - known) >= 2

    await lab.eventually(is_busy)
    await lab.kill()
    talking, legs = await lab.talking(), await lab.legs()
    assert len(talking) >= 2
    await lab.run()

    async def is_adopted() -> bool:
        return "Recovered: 3 agents' legs" in lab.log()

    await lab.eventually(is_adopted)

    async def has_ended(calls: set[str]) -> bool:
        return all(one.outcome for one in await lab.attempts() if one.call_id in calls)

    await lab.eventually(lambda: has_ended(talking))
    # They talked on to their natural end, and the telephones of the agents were not called again.
    ended = [one for one in await lab.attempts() if one.call_id in talking]
    assert {(one.outcome, one.cause) for one in ended} == {("connected", "NORMAL_CLEARING")}
    for one in ended:
        _check_times(one)
    assert await lab.legs() == legs

    known |= talking
    await lab.eventually(is_busy)
    cut_off = await lab.talking() - known
    await lab.switch.kill()
    await lab.switch.start()

    async def are_called_again() -> bool:
        now = await lab.legs()
        return all(now[name] not in (None, legs[name]) for name in AGENTS)

    await lab.eventually(are_called_again)
    await lab.eventually(lambda: lab.is_through(count))
    found = await lab.attempts()
    assert len(found) == count, Counter(one.number for one in found).most_common(3)
    assert {one.cause for one in found if one.call_id in cut_off} == {"LOST"}
    assert {one.outcome for one in found} <= {"connected", "no_answer", "unknown", "abandoned"}
    await lab.ask_all("agent.logout")
    assert await lab.stop() == 0, lab.log()


async def test_how_calls_ended_while_the_dialer_was_dead_is_read_from_the_switch(lab: Lab) -> None:
    await lab.put_to_work({TALKS: 2})

    async def are_ringing() -> bool:
        return len([one for one in await lab.attempts() if one.outcome is None]) == 2

    await lab.eventually(are_ringing)
    await lab.kill()
    # They are answered by nobody, and hang up.
    await lab.eventually(lambda: lab.has_channels(len(AGENTS)))
    await lab.run()
    await lab.eventually(lambda: lab.is_through(2))
    found = await lab.attempts()
    assert {one.cause for one in found} == {"NORMAL_CLEARING"}
    # Killed so early that one may not have been sent, or so late that it was answered in time.
    assert {one.outcome for one in found} <= {"abandoned", "connected", "hung_up_early"}
    await lab.ask_all("agent.logout")
    assert await lab.stop() == 0, lab.log()


async def test_who_called_back_talks_on_when_the_dialer_is_killed(lab: Lab) -> None:
    await lab.put_to_work({TALKS: 1})
    await lab.eventually(lambda: lab.is_through(1))
    await lab.eventually(lambda: lab.all_are("ready"))
    legs = await lab.legs()
    answer = await lab.carrier.api(
        f"originate {{origination_caller_id_number={number(TALKS.area, 0)}}}"
        f"sofia/test/+12025550199@127.0.0.1:{lab.switch.sip_port} &park()"
    )
    assert answer.startswith("+OK"), answer

    async def is_talking() -> bool:
        return (await lab.states())["talking"] == 1

    await lab.eventually(is_talking)
    (caller,) = await lab.talking()
    await lab.kill()
    await lab.run()

    async def is_adopted() -> bool:
        return "Recovered: 3 agents' legs and 1 calls" in lab.log() and await is_talking()

    await lab.eventually(is_adopted)
    assert await lab.talking() == {caller}
    await lab.carrier.api(f"uuid_kill {answer.split()[1]}")
    await lab.eventually(lambda: lab.all_are("ready"))
    assert await lab.legs() == legs
    row = await lab.store.campaigns.get("spring")
    (back,) = await lab.store.screening.returns(row.id)
    assert back.call_id == caller and back.agent_id is not None and back.ended_at is not None
    await lab.ask_all("agent.logout")
    assert await lab.stop() == 0, lab.log()


def _check_times(one: Attempt) -> None:
    assert one.originated_at is not None and one.ended_at is not None, one
    seen = (one.originated_at, one.ringing_at, one.answered_at, one.bridged_at, one.ended_at)
    instants = [at for at in seen if at is not None]
    assert instants == sorted(instants), one
    rang = (one.ended_at - one.originated_at).total_seconds()
    match one.outcome:
        case "no_answer":
            # 47 CFR 64.1200(a)(6): at least 15 seconds or four rings.
            assert one.ringing_at is not None and rang >= RING_SECONDS, one
        case "connected":
            assert one.bridged_at is not None and one.agent_id is not None, one
            assert one.cause == "NORMAL_CLEARING", one
        case "abandoned":
            assert one.is_abandoned and one.answered_at is not None, one
        case "hung_up_early":
            assert one.answered_at is not None and one.bridged_at is None, one
        case _:
            assert one.answered_at is None and one.agent_id is None, one


def _write_message(path: Path) -> None:
    """A second of tone, as switches play it: 8 kHz, one channel, 16 bit."""
    samples = [int(8000 * math.sin(2 * math.pi * 440 * i / 8000)) for i in range(8000)]
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def _now() -> datetime:
    return datetime.now(UTC)
