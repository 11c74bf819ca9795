"""Calls to the made greetings through a real switch, and what its classifier says of them."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.greetings.catalogue import Greeting
from freeswitch.commands import bgapi, subscribe, uuid_kill
from freeswitch.connection import EslConnection, SwitchAddress
from freeswitch.events import ChannelDetails, ChannelEvent, read_event
from freeswitch.events import Greeting as Heard
from freeswitch.messages import EventMessage
from freeswitch.originate import LeadLeg, Screening
from tests.support.real_switch import (
    GATEWAY,
    PASSWORD,
    Plan,
    RealSwitch,
    number,
    real_switches,
)

AT_ONCE = 12
"""Calls at the same time: enough to be quick, few enough that sound is never late."""
PATIENCE_SECONDS = 20.0
RING_MS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was said of one greeting."""

    greeting: Greeting
    heard: Heard
    seconds: float
    """From the answer, by the switch's own clock."""


class _Ear:
    """Collects, for each call, when it was answered and what the verdict was."""

    def __init__(self) -> None:
        self.answered: dict[str, float] = {}
        self.told: dict[str, asyncio.Future[tuple[Heard, float]]] = {}

    def take(self, message: EventMessage) -> None:
        event = read_event(message)
        if not isinstance(event, ChannelEvent) or event.unique_id not in self.told:
            return
        call, at = event.unique_id, event.occurred_at
        assert at is not None
        if event.name == "CHANNEL_ANSWER":
            self.answered[call] = at
        elif isinstance(event, ChannelDetails) and event.name == "CHANNEL_PARK":
            greeting, told = event.greeting, self.told[call]
            if greeting is not None and not told.done():
                told.set_result((greeting, at - self.answered[call]))


async def listen(
    binary: Path, folder: Path, greetings: Sequence[tuple[Greeting, Path]],
    settings: Sequence[Screening],
) -> list[list[Verdict]]:  # fmt: skip
    """The verdicts of every greeting under each of the settings."""
    plans = [
        Plan(
            area=_area(index),
            steps=(
                ("ring_ready", ""),
                ("sleep", str(RING_MS)),
                ("answer", ""),
                ("playback", str(path)),
                ("sleep", "20000"),
            ),
        )
        for index, (_, path) in enumerate(greetings)
    ]
    async with real_switches(binary, folder, plans) as (switch, _):
        return [await _listen(switch, greetings, each) for each in settings]


async def _listen(
    switch: RealSwitch, greetings: Sequence[tuple[Greeting, Path]], screening: Screening
) -> list[Verdict]:
    ear = _Ear()
    address = SwitchAddress(host="127.0.0.1", port=switch.esl_port, password=PASSWORD)
    places = asyncio.Semaphore(AT_ONCE)
    async with await EslConnection.open(address, on_event=ear.take) as connection:
        await connection.command(subscribe(("CHANNEL_ANSWER", "CHANNEL_PARK")))

        async def call(index: int, greeting: Greeting) -> Verdict:
            async with places:
                call_id = str(uuid.uuid4())
                told = asyncio.get_running_loop().create_future()
                ear.told[call_id] = told
                leg = LeadLeg(
                    call_uuid=call_id,
                    dialer_id="greetings",
                    gateway=GATEWAY,
                    number=number(_area(index), 0),
                    caller_id="+12025550199",
                    ring_seconds=15,
                    screening=screening,
                )
                await connection.command(bgapi(leg.originate(), str(uuid.uuid4())))
                async with asyncio.timeout(PATIENCE_SECONDS):
                    heard, seconds = await told
                await connection.api(uuid_kill(call_id, "NORMAL_CLEARING"))
                return Verdict(greeting=greeting, heard=heard, seconds=seconds)

        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(call(index, greeting))
                for index, (greeting, _) in enumerate(greetings)
            ]
        return [task.result() for task in tasks]


def _area(index: int) -> str:
    assert index < 700, "more greetings than area codes"
    return str(200 + index)
