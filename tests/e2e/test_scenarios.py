"""The scenarios of the recordings, through the whole dialer: what becomes of each call is the same
on the fake switch and on a real one. The real half is skipped without FREESWITCH_BIN."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from campaigns.outcomes import Outcome
from campaigns.store.store import Store
from dialer.engine.events import AgentHungUp
from dialer.engine.ids import AgentId
from dialer.runtime.clock import RealClock, ScaledClock
from freeswitch.fake.network import Behaviour, Network, Result, agent_phone, refused
from freeswitch.fake.server import FakeSwitch
from freeswitch.fake.settings import SwitchSettings
from tests.support.link_floor import Floor, floor
from tests.support.real_switch import (
    GATEWAY,
    Plan,
    answers,
    never_answers,
    number,
    real_switches,
    refuses,
)
from tests.support.stored import NOW

BINARY = os.environ.get("FREESWITCH_BIN")
SPEED = 8.0
"""Of the fake switch's time: the longest ringing of a scenario is then two seconds."""
AGENTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One way a call can go, as the real carrier and as the fake network play it."""

    name: str
    plan: Plan
    behaviour: Behaviour
    becomes: frozenset[tuple[Outcome, str]]
    """What the engine may record: outcome and cause."""
    agent_hangs_up: bool = False


def _one(outcome: Outcome, cause: str) -> frozenset[tuple[Outcome, str]]:
    return frozenset({(outcome, cause)})


def _answered(ring_seconds: float, talk_seconds: float | None) -> Behaviour:
    return Behaviour(result=Result.ANSWERED, ring_seconds=ring_seconds, talk_seconds=talk_seconds)


def _refusal(area: str, name: str, cause: str, outcome: Outcome) -> Scenario:
    return Scenario(
        name=name,
        plan=refuses(area, cause),
        behaviour=refused(cause),
        becomes=_one(outcome, cause),
    )


_EARLY_MEDIA = (("pre_answer", ""), ("sleep", "1000"), ("hangup", "NO_USER_RESPONSE"))
SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="connected_lead_hangs_up_agent_parks_again",
        plan=answers("202", ring_ms=500, talk_ms=2000),
        behaviour=_answered(0.5, 2.0),
        becomes=_one(Outcome.CONNECTED, "NORMAL_CLEARING"),
    ),
    Scenario(
        name="connected_agent_ends_the_call",
        plan=answers("203", ring_ms=500, talk_ms=60_000),
        behaviour=_answered(0.5, 60.0),
        becomes=_one(Outcome.CONNECTED, "NORMAL_CLEARING"),
        agent_hangs_up=True,
    ),
    Scenario(
        name="lead_dies_while_being_bridged",
        plan=answers("713", ring_ms=300, talk_ms=40),
        behaviour=_answered(0.3, 0.04),
        # Before, in or after the bridge: which, is a matter of milliseconds on either switch.
        becomes=frozenset(
            {
                (Outcome.HUNG_UP_EARLY, "NORMAL_CLEARING"),
                (Outcome.CONNECTED, "NORMAL_CLEARING"),
                (Outcome.ABANDONED, "NORMAL_CLEARING"),
            }
        ),
    ),
    _refusal("305", "busy", "USER_BUSY", Outcome.BUSY),
    _refusal("404", "unallocated_number", "UNALLOCATED_NUMBER", Outcome.INVALID_NUMBER),
    _refusal("415", "rejected", "CALL_REJECTED", Outcome.REJECTED),
    _refusal("512", "network_failure", "NORMAL_TEMPORARY_FAILURE", Outcome.CONGESTION),
    Scenario(
        name="no_answer_timeout",
        plan=never_answers("312"),
        behaviour=Behaviour(result=Result.NO_ANSWER),
        becomes=_one(Outcome.NO_ANSWER, "NO_ANSWER"),
    ),
    Scenario(
        name="setup_timeout_without_ringing",
        plan=Plan(area="702", steps=(("sleep", "60000"),)),
        behaviour=Behaviour(result=Result.NO_ANSWER, rings=False),
        becomes=_one(Outcome.CONGESTION, "PROGRESS_TIMEOUT"),
    ),
    Scenario(
        name="early_media_then_no_answer",
        plan=Plan(area="617", steps=_EARLY_MEDIA),
        behaviour=Behaviour(
            result=Result.REFUSED, cause="NO_USER_RESPONSE", early_media=True, ring_seconds=1.0
        ),
        becomes=_one(Outcome.NO_ANSWER, "NO_USER_RESPONSE"),
    ),
)


class Carrier(Network):
    """The fake network: by area code, as the real carrier's dialplan."""

    def answer_for(self, number: str, now: float) -> Behaviour:
        """How this call goes."""
        del now
        if number.startswith("agent"):
            return agent_phone(0.0)
        by_area = {one.plan.area: one.behaviour for one in SCENARIOS}
        return by_area[number.removeprefix("+1")[:3]]


@asynccontextmanager
async def fake_floor(store: Store, home: Path) -> AsyncIterator[Floor]:
    # A Monday, ten in the morning in New York: the law lets people be called.
    clock = ScaledClock(speed=SPEED, start_at=NOW.timestamp())
    settings = SwitchSettings(gateways={GATEWAY: True})
    async with FakeSwitch(
        settings=settings, network=Carrier(), speed=SPEED, epoch=clock.now()
    ) as switch:
        nodes = {"one": switch.port}
        async with floor(
            store, home, nodes, agents=AGENTS, gateway=GATEWAY, trunks=f"{GATEWAY}:30:20",
            clock=clock,
        ) as opened:  # fmt: skip
            yield opened


@asynccontextmanager
async def real_floor(store: Store, home: Path) -> AsyncIterator[Floor]:
    assert BINARY is not None
    plans: Sequence[Plan] = [one.plan for one in SCENARIOS]
    async with (
        real_switches(Path(BINARY), home, plans) as (switch, _),
        floor(
            store, home, {"one": switch.esl_port}, agents=AGENTS, gateway=GATEWAY,
            trunks=f"{GATEWAY}:30:20", clock=RealClock(),
        ) as opened,
    ):  # fmt: skip
        yield opened


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "kind",
    [
        "fake",
        pytest.param(
            "real",
            marks=pytest.mark.skipif(not BINARY, reason="FREESWITCH_BIN names no FreeSWITCH"),
        ),
    ],
)
async def test_every_scenario_becomes_the_same_on_either_switch(
    kind: str, store: Store, tmp_path: Path
) -> None:
    opened = fake_floor(store, tmp_path) if kind == "fake" else real_floor(store, tmp_path)
    async with opened as one:
        hang_up = {number(each.plan.area, 0) for each in SCENARIOS if each.agent_hangs_up}
        numbers = [number(each.plan.area, 0) for each in SCENARIOS]
        await one.dial(numbers, trunks=[GATEWAY])

        def agent_who_is_to_hang_up() -> AgentId | None:
            calls = one.service.snapshot().calls
            return next(
                (c.agent_id for c in calls if c.number in hang_up and c.state == "connected"), None
            )

        await one.until(lambda: agent_who_is_to_hang_up() is not None)
        agent_id = agent_who_is_to_hang_up()
        assert agent_id is not None
        one.service.post(AgentHungUp(agent_id=agent_id))
        await one.until(lambda: len(one.records) == len(numbers))
        by_lead = {int(record.lead_id): record for record in one.records}
        found = {called: by_lead[lead_id] for lead_id, called in await one.leads()}
        for each in SCENARIOS:
            record = found[number(each.plan.area, 0)]
            assert (record.outcome, record.cause) in each.becomes, (each.name, record)
        assert not one.legs_lost
