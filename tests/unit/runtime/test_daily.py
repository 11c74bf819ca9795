"""Work of the day is done an hour after the start, each day, and soon again after a failure."""

import asyncio

import pytest

from campaigns.store.errors import DatabaseUnavailable
from dialer.runtime.daily import EVERY_SECONDS, FIRST_SECONDS, RETRY_SECONDS, run_daily


async def test_it_waits_an_hour_then_a_day_and_less_after_a_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    slept: list[float] = []
    done: list[int] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 4:
            raise asyncio.CancelledError

    async def work() -> int:
        done.append(len(done))
        if len(done) == 2:
            raise DatabaseUnavailable("The database cannot be reached.")
        return 3

    with pytest.raises(asyncio.CancelledError):
        await run_daily("Retention", work, sleep=sleep)

    assert slept == [FIRST_SECONDS, EVERY_SECONDS, RETRY_SECONDS, EVERY_SECONDS]
    assert len(done) == 3
    assert "Retention was not done: The database cannot be reached." in caplog.text
