"""The scenarios of the recordings that are more than one call: legs that are lost, refusals of the
switch, screening and messages. On the fake switch and on a real one the engine must come to the
same; the real half is skipped without FREESWITCH_BIN.

`test_scenarios` has the plain calls. Hold, hand-over, recording, three-way, whispering and the tone
are the same requests in `test_in_call` here and in tests/integration/runtime, and the snapshot of
live channels is what a restart adopts (`test_real_switch`, `test_crash_and_drain`). Four recordings
have no outcome for an engine and are compared byte by byte in tests/wire alone: the two log-ins,
plain events, and awkward variable values; and so is the bridge of an agent who is on a call, which
no engine of ours commands.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from campaigns.outcomes import Outcome
from campaigns.screening_spec import ScreeningSpec
from campaigns.store.store import Store
from dialer.engine.commands import RecordCall
from dialer.engine.events import AgentLegEnded, AgentLoggedIn, AgentLoggedOut, Event
from dialer.engine.ids import AgentId, LegId, TeamId
from dialer.engine.in_call_events import (
    SideLegEnded,
    SideLegUp,
    SupervisorAsked,
    SupervisorMode,
)
from dialer.engine.snapshot import CallSnapshot
from dialer.engine.states import AgentState, CallState
from dialer.runtime.clock import Clock, RealClock, ScaledClock
from freeswitch import commands
from freeswitch.commands import Api
from freeswitch.connection import EslConnection, SwitchAddress
from freeswitch.fake.network import Behaviour, Network, Result, agent_phone
from freeswitch.fake.server import FakeSwitch
from freeswitch.fake.settings import SwitchSettings
from tests.e2e.test_screening import GREETING, HELLO, plays, presses, write_sound
from tests.support.link_floor import Floor, floor
from tests.support.real_switch import (
    BINARY,
    DEAD_GATEWAY,
    GATEWAY,
    PASSWORD,
    Plan,
    RealSwitch,
    answers,
    never_answers,
    number,
    real_switches,
)
from tests.support.stored import NOW

SPEED = 8.0
UNKNOWN_GATEWAY = "nope"
KINDS = [
    "fake",
    pytest.param(
        "real", marks=pytest.mark.skipif(not BINARY, reason="FREESWITCH_BIN names no FreeSWITCH")
    ),
]
pytestmark = pytest.mark.timeout(150)


@dataclass(frozen=True, slots=True, kw_only=True)
class FarEnd:
    """How the numbers of one area are played, by the real carrier and by the fake network."""

    plan: Plan
    behaviour: Behaviour


def _answered(ring: float, talk: float | None, **more: object) -> Behaviour:
    return Behaviour(result=Result.ANSWERED, ring_seconds=ring, talk_seconds=talk, **more)  # type: ignore[arg-type]


TALKS = FarEnd(plan=answers("202", ring_ms=300, talk_ms=60_000), behaviour=_answered(0.3, 60.0))
RINGS = FarEnd(plan=never_answers("312"), behaviour=Behaviour(result=Result.NO_ANSWER))
GONE_AT_ONCE = FarEnd(plan=answers("714", ring_ms=300, talk_ms=0), behaviour=_answered(0.3, 0.001))


class Carrier(Network):
    """The fake network, by area code."""

    def __init__(self, far_ends: Sequence[FarEnd]) -> None:
        self.by_area = {one.plan.area: one.behaviour for one in far_ends}

    def answer_for(self, number: str, now: float) -> Behaviour:
        """How this call goes."""
        del now
        return agent_phone(0.0) if number.startswith("agent") else self.by_area[number[2:5]]


class Ground:
    """A switch of either kind, and a dialer on it."""

    def __init__(self, floor: Floor, port: int, restart: Callable[[], object]) -> None:
        self.floor = floor
        self._port = port
        self._restart = restart

    async def api(self, text: str) -> str:
        """What an administrator types."""
        async with await self._connection() as connection:
            return await connection.api(Api(text))

    async def bgapi(self, text: str) -> None:
        """The same in the background: its BACKGROUND_JOB is told to everybody, us included."""
        async with await self._connection() as connection:
            await connection.command(commands.bgapi(Api(text), str(uuid.uuid4())))

    async def _connection(self) -> EslConnection:
        address = SwitchAddress(host="127.0.0.1", port=self._port, password=PASSWORD)
        return await EslConnection.open(address, on_event=lambda message: None)

    async def shut_down_and_start(self) -> None:
        """`fsctl shutdown now` with whatever is up, and a new process after it."""
        done = self._restart()
        if asyncio.iscoroutine(done):
            await done

    def call(self, state: CallState) -> CallSnapshot | None:
        """A call in that state."""
        calls = self.floor.service.snapshot().calls
        return next((one for one in calls if one.state is state), None)

    async def comes_to(self, state: CallState) -> CallSnapshot:
        """Wait for a call in that state."""
        await self.floor.until(lambda: self.call(state) is not None)
        call = self.call(state)
        assert call is not None
        return call

    async def all_ready(self) -> None:
        """Everybody waits, each with a leg."""
        await self.floor.until(
            lambda: all(
                one.state is AgentState.READY for one in self.floor.service.snapshot().agents
            )
        )

    async def one_more(self) -> RecordCall:
        """The record of the next call that ends."""
        count = len(self.floor.records)
        await self.floor.until(lambda: len(self.floor.records) > count)
        return self.floor.records[count]


@asynccontextmanager
async def ground(
    kind: str, store: Store, home: Path, far_ends: Sequence[FarEnd], *, agents: int = 2,
    trunks: str = f"{GATEWAY}:30:20", **settings: object,
) -> AsyncIterator[Ground]:  # fmt: skip
    """The dialer, on a fake switch or on a real one."""
    async with AsyncExitStack() as stack:
        clock: Clock
        restart: Callable[[], object]
        if kind == "fake":
            clock = ScaledClock(speed=SPEED, start_at=NOW.timestamp())
            fake = await stack.enter_async_context(
                FakeSwitch(
                    settings=SwitchSettings(
                        gateways={GATEWAY: True, DEAD_GATEWAY: False},
                        unregistered_extensions=frozenset({"1099"}),
                    ),
                    network=Carrier(far_ends), speed=SPEED, epoch=clock.now(),
                )
            )  # fmt: skip
            port, restart = fake.port, fake.restart
        else:
            assert BINARY is not None
            clock = RealClock()
            plans = [one.plan for one in far_ends]
            switch, _ = await stack.enter_async_context(
                real_switches(Path(BINARY), home, plans, pinged_gateway=True)
            )
            port, restart = switch.esl_port, lambda: _again(switch)
        opened = await stack.enter_async_context(
            floor(
                store, home, {"one": port}, agents=agents, gateway=GATEWAY, trunks=trunks,
                clock=clock, **settings,
            )
        )  # fmt: skip
        yield Ground(opened, port, restart)


async def _again(switch: RealSwitch) -> None:
    await switch.shut_down()
    await switch.start()


# ---- legs, and refusals of the switch ------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
async def test_legs_that_are_lost_and_calls_that_are_refused(
    kind: str, store: Store, tmp_path: Path
) -> None:
    async with ground(kind, store, tmp_path, [TALKS, RINGS, GONE_AT_ONCE]) as lab:
        desk, trunk = lab.floor, [GATEWAY]

        # agent_leg_parks_then_hangs_up: their telephone is called again.
        (first, _) = desk.service.snapshot().agents
        await lab.api(f"uuid_kill {first.leg_id}")
        await desk.until(lambda: len(desk.legs_lost) == 1)
        assert desk.legs_lost[0].cause == "NORMAL_CLEARING"
        await lab.all_ready()

        await _supervisor_ends_with_the_agents_leg(lab)

        # connected_agent_leg_is_lost: the lead is not left in silence.
        await desk.dial([number("202", 1)], trunks=trunk)
        call = await lab.comes_to(CallState.CONNECTED)
        agents = desk.service.snapshot().agents
        (leg,) = [one.leg_id for one in agents if one.agent_id == call.agent_id]
        await lab.api(f"uuid_kill {leg} MEDIA_TIMEOUT")
        record = await _ended(lab, 1)
        assert (record.outcome, record.is_abandoned) == (Outcome.CONNECTED, False)
        assert record.cause in ("NORMAL_CLEARING", "MEDIA_TIMEOUT")
        await lab.all_ready()

        # lead_hangs_up_before_the_bridge: no agent is lost by it.
        lost = len(desk.legs_lost)
        await desk.dial([number("714", 1)], trunks=trunk)
        record = await _ended(lab, 2)
        assert record.outcome in (Outcome.HUNG_UP_EARLY, Outcome.CONNECTED)
        await lab.all_ready()
        assert len(desk.legs_lost) == lost

        # same_uuid_originated_twice: the job that is refused is another's, and the call rings on.
        await desk.dial([number("312", 1)], trunks=trunk)
        call = await lab.comes_to(CallState.RINGING)
        await lab.bgapi(
            f"originate {{origination_uuid={call.call_id}}}sofia/gateway/{GATEWAY}/{call.number} "
            "&park()"
        )
        assert (await lab.api(f"uuid_exists {call.call_id}")).strip() == "true"
        assert lab.call(CallState.RINGING) is not None

        # cancelled_while_ringing
        await lab.api(f"uuid_kill {call.call_id} ORIGINATOR_CANCEL")
        record = await _ended(lab, 3)
        assert (record.outcome, record.cause) == (Outcome.CANCELLED, "ORIGINATOR_CANCEL")

        # session_limit_reached: by `fsctl pause`, which takes the same way and no heartbeat tells.
        await lab.api("fsctl pause")
        await desk.dial([number("202", 2)], trunks=trunk)
        record = await _ended(lab, 4)
        assert (record.outcome, record.cause) == (
            Outcome.SWITCH_LIMIT, "DESTINATION_OUT_OF_ORDER",
        )  # fmt: skip
        assert not record.outcome.counts_as_attempt
        await lab.api("fsctl resume")

        # switch_shuts_down_with_calls_up, and comes back as another process.
        await desk.dial([number("202", 3)], trunks=trunk)
        await lab.comes_to(CallState.CONNECTED)
        await lab.shut_down_and_start()
        record = await _ended(lab, 5)
        assert record.outcome is Outcome.CONNECTED
        await lab.all_ready()


async def _supervisor_ends_with_the_agents_leg(lab: Ground) -> None:
    """Nobody listens to nothing."""
    desk = lab.floor
    heard: list[Event] = []

    def hear(now: float, event: Event | None, said: Sequence[object]) -> None:
        del now, said
        if event is not None:
            heard.append(event)

    desk.service.observe(hear)
    (first, _) = desk.service.snapshot().agents
    desk.service.post(
        SupervisorAsked(
            agent_id=first.agent_id, leg_id=LegId(str(uuid.uuid4())),
            extension="agent9", mode=SupervisorMode.LISTEN,
        )
    )  # fmt: skip
    await desk.until(lambda: any(isinstance(one, SideLegUp) for one in heard))
    await lab.api(f"uuid_kill {first.leg_id}")
    await desk.until(lambda: any(isinstance(one, SideLegEnded) for one in heard))
    assert not desk.service.snapshot().supervisors
    await lab.all_ready()


async def _ended(lab: Ground, count: int) -> RecordCall:
    await lab.floor.until(lambda: len(lab.floor.records) >= count)
    assert len(lab.floor.records) == count
    return lab.floor.records[-1]


@pytest.mark.parametrize("kind", KINDS)
async def test_gateways_that_are_down_or_unknown_are_not_dialled_through(
    kind: str, store: Store, tmp_path: Path
) -> None:
    trunks = f"{DEAD_GATEWAY}:30:20,{UNKNOWN_GATEWAY}:30:20"
    async with ground(kind, store, tmp_path, [TALKS], trunks=trunks) as lab:
        desk = lab.floor

        def is_down() -> bool:
            return not any(one.is_up for one in desk.service.snapshot().trunks)

        await desk.until(is_down)
        await desk.dial([number("202", 1)], trunks=[DEAD_GATEWAY, UNKNOWN_GATEWAY])
        (team,) = desk.service.snapshot().teams
        await desk.until(
            lambda: (
                (decision := desk.service.snapshot().teams[0].decision) is not None
                and decision.bound_by == "trunk"
            )
        )
        assert team.decision is None or team.decision.count == 0
        assert not desk.service.snapshot().calls and not desk.records


@pytest.mark.parametrize("kind", KINDS)
async def test_a_telephone_that_is_not_registered_is_called_again_later(
    kind: str, store: Store, tmp_path: Path
) -> None:
    ended: list[AgentLegEnded] = []

    def look(now: float, event: Event | None, said: Sequence[object]) -> None:
        del now, said
        if isinstance(event, AgentLegEnded):
            ended.append(event)

    async with ground(
        kind, store, tmp_path, [TALKS], agents=0, **{"agents.dial": "user"}
    ) as lab:  # fmt: skip
        service = lab.floor.service
        service.observe(look)
        row = await store.agents.add("anna", "sales", "1099", by="test", now=NOW)
        await service.parts.take_team(TeamId(row.team_id), "sales")
        service.post(
            AgentLoggedIn(agent_id=AgentId(row.id), team_id=TeamId(row.team_id), name="anna")
        )
        await lab.floor.until(lambda: len(ended) >= 2)
        (agent,) = service.snapshot().agents
        assert agent.state is AgentState.CONNECTING_LEG
    assert {one.cause for one in ended} == {"SUBSCRIBER_ABSENT"}


# ---- after the answer ----------------------------------------------------------------------------
def screened_far_ends(home: Path) -> list[FarEnd]:
    """A person, a machine, and somebody who says nothing."""
    write_sound(home / "hello.wav", *HELLO)
    write_sound(home / "greeting.wav", *GREETING)
    silence = Plan(
        area="404",
        steps=(("ring_ready", ""), ("sleep", "500"), ("answer", ""), ("sleep", "12000")),
    )
    return [
        FarEnd(
            plan=plays("202", home, "hello"),
            behaviour=_answered(0.5, 8.9, speech=((0.4, 0.9),)),
        ),
        FarEnd(
            plan=plays("303", home, "greeting", ("sleep", "20000")),
            behaviour=_answered(0.5, 26.0, speech=((0.3, 6.3),)),
        ),
        FarEnd(plan=silence, behaviour=_answered(0.5, 12.0)),
    ]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_classifier_says_the_same(kind: str, store: Store, tmp_path: Path) -> None:
    far_ends = screened_far_ends(tmp_path)
    async with ground(kind, store, tmp_path, far_ends, agents=3) as lab:
        numbers = [number(one.plan.area, 1) for one in far_ends]
        await lab.floor.dial(numbers, trunks=[GATEWAY], screening=ScreeningSpec(sample_ratio=0.0))
        await lab.floor.until(lambda: len(lab.floor.records) == 3)
        called = dict(await lab.floor.leads())
        found = {
            called[int(one.lead_id)][2:5]: (one.outcome, one.verdict) for one in lab.floor.records
        }
    # amd_human_says_hello, amd_machine_long_greeting, amd_silence
    assert found == {
        "202": (Outcome.CONNECTED, "human"),
        "303": (Outcome.MACHINE, "machine"),
        "404": (Outcome.CONNECTED, "unsure"),
    }


@pytest.mark.parametrize("kind", KINDS)
async def test_whom_nobody_comes_for_hears_the_message_and_may_press_the_key(
    kind: str, store: Store, tmp_path: Path
) -> None:
    for name in ("sorry", "done"):
        write_sound(tmp_path / f"{name}.wav", (1.5 if name == "sorry" else 0.4, 0.3))
    far_ends = [
        FarEnd(plan=answers("202", ring_ms=1500, talk_ms=30_000), behaviour=_answered(1.5, 30.0)),
        FarEnd(
            plan=presses("303", (2800, "9"), ring_ms=1500),
            behaviour=_answered(1.5, 30.0, keys=((2.8, "9"),)),
        ),
    ]
    async with ground(kind, store, tmp_path, far_ends) as lab:
        desk = lab.floor
        numbers = [number(one.plan.area, 1) for one in far_ends]
        await desk.dial(
            numbers, trunks=[GATEWAY], message="sorry", opt_out_message="done", opt_out_key="9"
        )
        await desk.until(
            lambda: sum(c.state is CallState.RINGING for c in desk.service.snapshot().calls) == 2
        )
        for one in desk.service.snapshot().agents:
            desk.service.post(AgentLoggedOut(agent_id=one.agent_id))
            await lab.api(f"uuid_kill {one.leg_id} MEDIA_TIMEOUT")
        await desk.until(lambda: len(desk.records) == 2)
        called = dict(await desk.leads())
    # abandoned_message_then_hangup, abandoned_message_with_keypress_opt_out
    assert {one.outcome for one in desk.records} == {Outcome.ABANDONED}
    pressed = {called[int(one.lead_id)][2:5]: one.opted_out_at is not None for one in desk.records}
    assert pressed == {"202": False, "303": True}
