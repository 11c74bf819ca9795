"""From the engine's commands to the disk: order, outages, and nothing dialled without a row."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from campaigns.outcomes import Outcome
from campaigns.store.errors import DatabaseUnavailable
from campaigns.store.rows import AttemptResult, AttemptVerdict, NewAttempt
from dialer.engine.commands import Originate, RecordAgentState, RecordCall, RecordDisposition
from dialer.engine.events import AttemptRefused, CallEnded, CallOriginated, Event, HopperLead
from dialer.engine.ids import (
    E164,
    AgentId,
    CallId,
    CampaignId,
    LeadId,
    PhoneId,
    TeamId,
    TrunkId,
)
from dialer.engine.states import AgentState
from dialer.runtime import attempts_lane
from dialer.runtime.attempts_lane import AttemptsLane
from dialer.runtime.clock import ManualClock
from dialer.runtime.outcomes_by_cause import NEVER_PLACED_CAUSE
from dialer.runtime.records_lane import RecordsLane, RecordWrites, units_in_order
from dialer.runtime.spool import RecordCommand, Spool
from dialer.runtime.store_health import StoreHealth
from dialer.runtime.store_writes import new_attempt


def originate(call: str) -> Originate:
    lead = HopperLead(
        call_id=CallId(call),
        campaign_id=CampaignId(1),
        lead_id=LeadId(2),
        phone_id=PhoneId(3),
        number=E164("+12025550100"),
        callable_until=1000.0,
    )
    return Originate(lead=lead, trunk_id=TrunkId("main"), caller_id="+12025550199", ring_seconds=20)


def ended(call: str, outcome: Outcome = Outcome.NO_ANSWER) -> RecordCall:
    return RecordCall(
        call_id=CallId(call),
        campaign_id=CampaignId(1),
        lead_id=LeadId(2),
        outcome=outcome,
        cause="NO_ANSWER",
        agent_id=None,
        originated_at=1.0,
        ringing_at=None,
        answered_at=None,
        bridged_at=None,
        ended_at=2.0,
        is_live=False,
        is_abandoned=False,
    )


def disposed(call: str, code: str | None = "sale") -> RecordDisposition:
    return RecordDisposition(
        call_id=CallId(call),
        campaign_id=CampaignId(1),
        lead_id=LeadId(2),
        agent_id=AgentId(5),
        disposition=code,
        disposed_at=3.0,
    )


def state(agent: int, new: AgentState) -> RecordAgentState:
    return RecordAgentState(
        agent_id=AgentId(agent),
        team_id=TeamId(1),
        state=AgentState.READY,
        since=0.0,
        new_state=new,
        reason=None,
        at=1.0,
        campaign_id=None,
    )


class World:
    """The store and the switch as an attempts lane sees them."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.events: list[Event] = []
        self.is_up = True
        self.refusals: dict[str, str] = {}
        self.settled: list[AttemptResult] = []
        self.records: list[RecordCall] = []
        self.before_write = asyncio.Event()
        self.before_write.set()
        self.writing = asyncio.Event()
        self.lane = AttemptsLane(
            new_attempt=lambda command: new_attempt(
                command, team_id=TeamId(1), owner="me", token=7
            ),
            write=self.write,
            settle=self.settle,
            place=lambda command: self.log.append(f"place {command.lead.call_id}"),
            post=self.events.append,
            record=self.records.append,
            clock=ManualClock(50.0),
            health=StoreHealth(),
        )

    async def write(self, rows: Sequence[NewAttempt]) -> Sequence[AttemptVerdict]:
        self.writing.set()
        await self.before_write.wait()
        if not self.is_up:
            raise DatabaseUnavailable("the database is away")
        for row in rows:
            self.log.append(f"durable {row.call_id}")
        return [
            AttemptVerdict(call_id=row.call_id, refused=self.refusals.get(row.call_id))
            for row in rows
        ]

    async def settle(self, results: Sequence[AttemptResult]) -> None:
        self.settled.extend(results)

    async def work(self) -> None:
        """Let the lane work until nothing waits in it."""
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self.lane.run())
            await self.lane.wait_until_idle()
            running.cancel()


async def test_a_call_is_placed_after_its_attempt_is_durable() -> None:
    world = World()
    world.lane.originate(originate("a"))
    world.lane.originate(originate("b"))
    await world.work()
    assert world.log == ["durable a", "durable b", "place a", "place b"]
    assert world.events == [
        CallOriginated(call_id=CallId("a")),
        CallOriginated(call_id=CallId("b")),
    ]


async def test_a_refused_attempt_is_not_placed() -> None:
    world = World()
    world.refusals["a"] = "do_not_call"
    world.lane.originate(originate("a"))
    await world.work()
    assert world.log == ["durable a"]
    assert world.events == [AttemptRefused(call_id=CallId("a"), reason="do_not_call")]


async def test_a_call_cancelled_before_its_write_is_never_written() -> None:
    world = World()
    world.lane.originate(originate("a"))
    assert world.lane.holds(CallId("a"))
    assert world.lane.cancel(CallId("a"))
    await world.work()
    assert world.log == []
    assert [type(event) for event in world.events] == [AttemptRefused]
    assert not world.lane.cancel(CallId("a"))


async def test_a_call_cancelled_during_its_write_is_ended_without_being_placed() -> None:
    world = World()
    world.before_write.clear()
    world.lane.originate(originate("a"))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(world.lane.run())
        await world.writing.wait()
        world.lane.cancel(CallId("a"))
        world.before_write.set()
        await world.lane.wait_until_idle()
        running.cancel()
    assert world.log == ["durable a"]
    assert world.events == [
        CallOriginated(call_id=CallId("a")),
        CallEnded(call_id=CallId("a"), outcome=Outcome.SWITCH_LIMIT, cause=NEVER_PLACED_CAUSE),
    ]


async def test_a_record_that_overtakes_its_attempt_waits_for_the_row() -> None:
    world = World()
    world.before_write.clear()
    world.lane.originate(originate("a"))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(world.lane.run())
        await world.writing.wait()
        assert world.lane.note_record(ended("a"))
        assert world.records == []
        world.before_write.set()
        await world.lane.wait_until_idle()
        running.cancel()
    assert world.log == ["durable a"]
    assert world.records == [ended("a")]
    assert world.events == []


async def test_during_an_outage_nothing_is_placed_and_the_attempt_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attempts_lane, "PATIENCE_SECONDS", 0.02)
    monkeypatch.setattr(attempts_lane, "FIRST_WAIT_SECONDS", 0.005)
    world = World()
    world.is_up = False
    world.lane.originate(originate("a"))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(world.lane.run())
        await world.writing.wait()
        # Queued behind the first; the database never saw it, so it is simply refused.
        world.lane.originate(originate("b"))
        while not any(isinstance(event, AttemptRefused) for event in world.events):
            world.writing.clear()
            await world.writing.wait()
        assert not any(line.startswith("place") for line in world.log)
        world.is_up = True
        await world.lane.wait_until_idle()
        running.cancel()
    assert not any(line.startswith("place") for line in world.log)
    given_up = {event.call_id for event in world.events if isinstance(event, CallEnded)}
    refused = {event.call_id for event in world.events if isinstance(event, AttemptRefused)}
    assert given_up | refused == {"a", "b"}


async def test_what_a_second_try_refuses_is_settled_as_never_placed() -> None:
    world = World()
    world.is_up = False
    world.lane.originate(originate("a"))
    async with asyncio.TaskGroup() as group:
        running = group.create_task(world.lane.run())
        await world.writing.wait()
        world.refusals["a"] = "already_ended"
        world.is_up = True
        await world.lane.wait_until_idle()
        running.cancel()
    if world.settled:  # the first try may have come after the database was back
        (result,) = world.settled
        assert (result.outcome, result.cause) == (Outcome.SWITCH_LIMIT, NEVER_PLACED_CAUSE)
    assert [type(event) for event in world.events] == [AttemptRefused]
    assert not any(line.startswith("place") for line in world.log)


def test_records_are_grouped_by_kind_without_changing_the_order_of_any_call() -> None:
    queue: list[RecordCommand] = [
        ended("a"),
        disposed("a"),
        ended("b"),
        state(1, AgentState.TALKING),
        ended("a", Outcome.CONNECTED),
        state(1, AgentState.WRAP_UP),
    ]
    assert units_in_order(queue) == [
        [ended("a"), ended("b")],
        [disposed("a")],
        [state(1, AgentState.TALKING), state(1, AgentState.WRAP_UP)],
        [ended("a", Outcome.CONNECTED)],
    ]


class Disk:
    """A store that takes records, or does not."""

    def __init__(self, tmp_path: Path) -> None:
        self.is_up = True
        self.taken: list[RecordCommand] = []
        self.asked = asyncio.Event()
        self.writes = RecordWrites(
            calls=self.put,
            dispositions=self.put,
            agent_states=self.put,
            callbacks=self.put,
            keys=self.put,
        )
        self.spool = Spool(tmp_path / "spool.jsonl")
        self.lane = RecordsLane(self.writes, spool=self.spool, health=StoreHealth())

    async def put(self, records: Sequence[RecordCommand]) -> None:
        self.asked.set()
        if not self.is_up:
            raise DatabaseUnavailable("the database is away")
        self.taken.extend(records)


async def test_an_outage_delays_records_and_loses_none(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.is_up = False
    async with asyncio.TaskGroup() as group:
        running = group.create_task(disk.lane.run())
        disk.lane.put(ended("a"))
        await disk.asked.wait()
        disk.lane.put(disposed("a"))
        assert disk.lane.waiting == 2
        disk.is_up = True
        await disk.lane.wait_until_written()
        running.cancel()
    assert disk.taken == [ended("a"), disposed("a")]


async def test_what_memory_does_not_hold_goes_to_the_spool_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.runtime.records_lane.MEMORY_MAX", 2)
    disk = Disk(tmp_path)
    records = [ended(str(i)) for i in range(7)]
    for record in records:
        disk.lane.put(record)
    assert disk.lane.waiting == 2
    assert not disk.spool.is_empty
    async with asyncio.TaskGroup() as group:
        running = group.create_task(disk.lane.run())
        await disk.lane.wait_until_written()
        running.cancel()
    assert disk.taken == records
    assert disk.spool.is_empty
    assert not (tmp_path / "spool.jsonl").exists()


async def test_what_is_left_at_the_end_is_written_at_the_next_start(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.is_up = False
    records: list[RecordCommand] = [ended("a"), disposed("a"), state(1, AgentState.PAUSED)]
    async with asyncio.TaskGroup() as group:
        running = group.create_task(disk.lane.run())
        for record in records:
            disk.lane.put(record)
        await disk.asked.wait()
        running.cancel()
    disk.lane.close()
    again = Disk(tmp_path)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(again.lane.run())
        await again.lane.wait_until_written()
        running.cancel()
    assert again.taken == records
