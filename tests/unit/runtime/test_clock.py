"""Clocks."""

import asyncio

import pytest

from dialer.runtime.clock import ManualClock, RealClock, ScaledClock


def test_a_clock_never_goes_back() -> None:
    clock = RealClock()
    readings = [clock.now() for _ in range(1000)]
    assert readings == sorted(readings)


def test_a_scaled_clock_starts_where_it_is_told() -> None:
    assert ScaledClock(60.0, 1000.0).now() >= 1000.0


def test_a_clock_that_stands_still_is_refused() -> None:
    with pytest.raises(ValueError, match="speed is 0"):
        ScaledClock(0.0)


async def test_a_fast_clock_wakes_at_its_instant() -> None:
    clock = ScaledClock(100_000.0, 0.0)
    await clock.sleep_until(100.0)
    assert clock.now() >= 100.0


async def test_waiting_ends_when_woken() -> None:
    clock, wake = RealClock(), asyncio.Event()
    wake.set()
    await clock.wait(wake, until=clock.now() + 1e6)
    await clock.wait(wake, until=None)


async def test_a_manual_clock_wakes_whoever_waits_for_an_instant_that_has_come() -> None:
    clock = ManualClock(10.0)
    async with asyncio.TaskGroup() as group:
        sleeper = group.create_task(clock.sleep_until(20.0))
        await asyncio.sleep(0)
        clock.advance_to(19.0)
        await asyncio.sleep(0)
        assert not sleeper.done()
        clock.advance_to(20.0)


def test_a_manual_clock_cannot_go_back() -> None:
    with pytest.raises(AssertionError, match="cannot go back from 10"):
        ManualClock(10.0).advance_to(9.0)
