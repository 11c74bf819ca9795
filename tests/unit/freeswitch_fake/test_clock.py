"""Virtual time: order, lateness, and speed."""

import asyncio

import pytest

from freeswitch.fake import ManualClock, ScaledClock


def test_timers_run_in_order_of_time_then_of_asking() -> None:
    clock = ManualClock(100.0)
    ran: list[tuple[str, float]] = []
    for name, due_at in (("late", 103.0), ("first", 101.0), ("second", 101.0)):
        clock.call_at(due_at, lambda name=name: ran.append((name, clock.now())))
    clock.advance_to(102.0)
    assert ran == [("first", 101.0), ("second", 101.0)]
    clock.advance(5.0)
    assert ran[-1] == ("late", 103.0)
    assert clock.now() == 107.0


def test_a_cancelled_timer_does_nothing_and_does_not_hold_time_up() -> None:
    clock = ManualClock(0.0)
    clock.call_at(1.0, lambda: pytest.fail("cancelled")).cancel()
    assert clock.next_timer_at() is None
    assert not clock.advance_to_next()


def test_a_timer_set_by_a_timer_runs_in_the_same_advance_when_it_is_due() -> None:
    clock = ManualClock(0.0)
    ran: list[float] = []
    clock.call_at(1.0, lambda: clock.call_at(1.5, lambda: ran.append(clock.now())) and None)
    clock.advance_to(2.0)
    assert ran == [1.5]


def test_a_time_in_the_past_is_now() -> None:
    clock = ManualClock(10.0)
    ran: list[float] = []
    clock.call_at(3.0, lambda: ran.append(clock.now()))
    clock.run_due()
    assert ran == [10.0]


async def test_a_scaled_clock_shows_each_callback_its_own_due_time() -> None:
    clock = ScaledClock(speed=100_000.0, epoch=1000.0)
    seen: list[float] = []
    done = asyncio.Event()

    def chain(left: int) -> None:
        seen.append(clock.now())
        if left:
            clock.call_at(clock.now() + 0.02, lambda: chain(left - 1))
        else:
            done.set()

    clock.call_at(1010.0, lambda: chain(3))
    async with asyncio.timeout(10):
        await done.wait()
    assert seen == pytest.approx([1010.0, 1010.02, 1010.04, 1010.06])
    clock.close()


async def test_a_closed_clock_runs_nothing_more() -> None:
    clock = ScaledClock(speed=1000.0, epoch=0.0)
    clock.call_at(1.0, lambda: pytest.fail("closed"))
    clock.close()
    await asyncio.sleep(0)
    clock.run_due()


async def test_a_clock_that_stands_still_is_refused() -> None:
    with pytest.raises(ValueError, match="not positive"):
        ScaledClock(speed=0.0, epoch=0.0)
