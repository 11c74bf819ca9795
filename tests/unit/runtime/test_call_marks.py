"""Marks of a call are seen in the engine's own steps: holds, hand-overs, third parties."""

import asyncio
import contextlib
from collections.abc import Sequence

from dialer.engine.commands import Bridge, Command
from dialer.engine.events import CallBridged, Event
from dialer.engine.ids import AgentId, CallId, CampaignId, LegId, TrunkId
from dialer.engine.in_call_commands import CallOutside, HoldLead
from dialer.engine.in_call_events import (
    CallHandedOver,
    LeadHeld,
    LeadTakenBack,
    SideLegEnded,
    SideLegUp,
)
from dialer.runtime.call_marks import CallMarkKeeper, Mark
from dialer.runtime.store_health import StoreHealth

CALL, LEG, SIDE, AGENT = CallId("call-1"), LegId("leg-1"), LegId("side-1"), AgentId(1)
HOLD = HoldLead(call_id=CALL, campaign_id=CampaignId(1), leg_id=LEG)


async def written(steps: Sequence[tuple[Event | None, Sequence[Command]]]) -> list[str]:
    done: list[Mark] = []
    there = asyncio.Event()

    async def write(marks: Sequence[Mark]) -> None:
        done.extend(marks)
        there.set()

    keeper = CallMarkKeeper(write, StoreHealth())
    for index, (event, commands) in enumerate(steps):
        keeper.observe(1000.0 + index, event, commands)
    task = asyncio.create_task(keeper.run())
    await there.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert {call_id for call_id, _, _ in done} == {CALL}
    assert [at for _, at, _ in done] == sorted(at for _, at, _ in done)
    return [kind for _, _, kind in done]


async def test_a_hold_begins_with_the_music_and_ends_with_the_bridge() -> None:
    bridge = Bridge(call_id=CALL, leg_id=LEG)
    bridged = CallBridged(call_id=CALL, leg_id=LEG)
    assert await written(
        [
            (bridged, []),
            (LeadHeld(agent_id=AGENT), [HOLD]),
            (LeadTakenBack(agent_id=AGENT), [bridge]),
            (bridged, []),
            (CallHandedOver(agent_id=AGENT), [bridge]),
            (bridged, []),
        ]
    ) == ["hold", "resume", "transfer"]


async def test_a_third_party_is_there_from_its_answer_and_not_before() -> None:
    called = CallOutside(
        leg_id=SIDE, call_id=CALL, number="+12025550100", trunk_id=TrunkId("main"),
        caller_id="+12025550101", three_way_with=LEG,
    )  # fmt: skip
    ended = SideLegEnded(leg_id=SIDE, cause="NORMAL_CLEARING")
    assert await written(
        [(None, [called]), (ended, []), (None, [called]), (SideLegUp(leg_id=SIDE), []), (ended, [])]
    ) == ["third_party", "third_party_gone"]
