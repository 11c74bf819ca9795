"""The driver in virtual time, with an engine that records how it is called."""

import asyncio
from collections.abc import Sequence

import pytest

from dialer.engine.commands import Command, Drained
from dialer.engine.events import DrainRequested, Event, SwitchLost
from dialer.engine.snapshot import Snapshot
from dialer.errors import IllegalTransition, ServiceError
from dialer.runtime.clock import ManualClock
from dialer.runtime.driver import Driver


class ScriptedEngine:
    """Remembers every call; refuses SwitchLost; one deadline that is armed by hand."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, float]] = []
        self.deadline: float | None = None
        self.was_called = asyncio.Event()

    def handle(self, event: Event, *, now: float) -> list[Command]:
        self.calls.append((type(event).__name__, now))
        self.was_called.set()
        if isinstance(event, SwitchLost):
            raise IllegalTransition("switch lost cannot be")
        return [Drained()]

    def next_deadline(self) -> float | None:
        return self.deadline

    def handle_deadline(self, *, now: float) -> list[Command]:
        self.calls.append(("deadline", now))
        self.deadline = None
        self.was_called.set()
        return []

    def snapshot(self, *, now: float) -> Snapshot:
        raise NotImplementedError


class Log:
    """Takes the place of journal, dispatch and observer, in one list, to show their order."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def append(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        self.lines.append(f"journal {now:g} {type(event).__name__} {len(commands)}")

    def dispatch(self, command: Command) -> None:
        self.lines.append(f"dispatch {type(command).__name__}")

    def observe(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        self.lines.append(f"observe {now:g} {type(event).__name__} {len(commands)}")


def make(now: float = 100.0, **arguments: int) -> tuple[Driver, ScriptedEngine, ManualClock, Log]:
    engine, clock, log = ScriptedEngine(), ManualClock(now), Log()
    driver = Driver(engine, clock, dispatch=log.dispatch, journal=log, **arguments)
    driver.observe(log.observe)
    return driver, engine, clock, log


def test_a_step_is_journalled_before_it_has_effects_and_observed_after() -> None:
    driver, _, _, log = make()
    driver.post(DrainRequested())
    driver.run_to_end()
    assert log.lines == [
        "journal 100 DrainRequested 1",
        "dispatch Drained",
        "observe 100 DrainRequested 1",
    ]


def test_a_deadline_that_has_come_goes_before_the_queue() -> None:
    driver, engine, clock, _ = make()
    engine.deadline = 101.0
    driver.post(DrainRequested())
    clock.advance_to(101.5)
    driver.run_to_end()
    assert engine.calls == [("deadline", 101.5), ("DrainRequested", 101.5)]


async def test_the_driver_wakes_at_its_deadline_and_never_before() -> None:
    driver, engine, clock, _ = make()
    engine.deadline = 105.0
    async with asyncio.TaskGroup() as group:
        running = group.create_task(driver.run())
        for at in (101.0, 104.9):
            clock.advance_to(at)
            await asyncio.sleep(0)
            assert engine.calls == []
        clock.advance_to(105.0)
        await engine.was_called.wait()
        running.cancel()
    assert engine.calls == [("deadline", 105.0)]


async def test_a_timer_that_fires_early_still_tells_the_engine_its_own_deadline() -> None:
    class EarlyClock(ManualClock):
        async def wait(self, wake: asyncio.Event, *, until: float | None) -> None:
            if until is None:
                await super().wait(wake, until=until)

    engine, clock, log = ScriptedEngine(), EarlyClock(100.0), Log()
    driver = Driver(engine, clock, dispatch=log.dispatch)
    engine.deadline = 100.001
    async with asyncio.TaskGroup() as group:
        running = group.create_task(driver.run())
        await engine.was_called.wait()
        running.cancel()
    assert engine.calls == [("deadline", 100.001)]
    assert driver.now == 100.001


async def test_time_never_goes_back_for_the_engine() -> None:
    driver, engine, clock, _ = make()
    engine.deadline = 102.0
    clock.advance_to(103.0)
    driver.run_to_end()
    clock._now = 101.0
    driver.post(DrainRequested())
    driver.run_to_end()
    assert engine.calls == [("deadline", 103.0), ("DrainRequested", 103.0)]


def test_a_refused_event_is_counted_and_the_next_one_is_handled() -> None:
    driver, engine, _, log = make()
    driver.post(SwitchLost())
    driver.post(DrainRequested())
    driver.run_to_end()
    assert [name for name, _ in engine.calls] == ["SwitchLost", "DrainRequested"]
    assert driver.illegal_transitions == 1
    assert log.lines[0] == "journal 100 SwitchLost 0"


async def test_a_refused_wish_is_told_to_its_asker_and_not_counted() -> None:
    driver, _, _, _ = make()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(driver.run())
        with pytest.raises(IllegalTransition, match="switch lost cannot be"):
            await driver.submit(SwitchLost())
        await driver.submit(DrainRequested())
        running.cancel()
    assert driver.illegal_transitions == 0


def test_a_full_queue_ends_the_service_with_a_sentence() -> None:
    driver, _, _, _ = make(queue_max=2)
    driver.post(DrainRequested())
    driver.post(DrainRequested())
    with pytest.raises(ServiceError, match="2 events wait for the engine"):
        driver.post(DrainRequested())


async def test_a_long_queue_leaves_room_for_other_tasks() -> None:
    driver, engine, _, _ = make()
    for _ in range(1000):
        driver.post(DrainRequested())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(driver.run())
        await engine.was_called.wait()
        assert 0 < len(engine.calls) < 1000
        await driver.submit(DrainRequested())
        running.cancel()
    assert len(engine.calls) == 1001


async def test_what_the_switch_says_is_handled_at_once_and_in_its_turn() -> None:
    driver, engine, _, log = make()
    driver.post_now(DrainRequested())
    assert engine.calls == []  # nothing runs yet
    async with asyncio.TaskGroup() as group:
        running = group.create_task(driver.run())
        await engine.was_called.wait()
        driver.post(DrainRequested())
        driver.post_now(DrainRequested())
        assert len(engine.calls) == 3
        running.cancel()
    driver.post_now(DrainRequested())
    assert len(engine.calls) == 3
    assert log.lines[:2] == ["journal 100 DrainRequested 1", "dispatch Drained"]


async def test_a_step_that_leads_to_an_event_does_not_begin_another_within_itself() -> None:
    steps: list[str] = []

    def dispatch(command: Command) -> None:
        steps.append("begins")
        if len(steps) < 4:
            driver.post_now(DrainRequested())
        steps.append("ends")

    driver = Driver(ScriptedEngine(), ManualClock(100.0), dispatch=dispatch)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(driver.run())
        await driver.submit(DrainRequested())
        await driver.submit(DrainRequested())
        running.cancel()
    assert steps == ["begins", "ends"] * (len(steps) // 2)
