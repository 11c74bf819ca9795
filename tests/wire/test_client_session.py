import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count

import pytest

from freeswitch import commands
from freeswitch.connection import ConnectionTimings, SwitchAddress
from freeswitch.errors import AuthenticationFailed, ConnectFailed, ConnectionLost
from freeswitch.events import read_event
from freeswitch.jobs import JobStatus
from freeswitch.messages import EventMessage
from freeswitch.session import (
    DIALER_EVENTS,
    EslSession,
    SessionTimings,
    SwitchConnected,
    SwitchLost,
    SwitchState,
)
from tests.support import captures
from tests.support.scripted_switch import CORE, Peer, SmallSwitch, scripted_switch

J = "51000000-0000-4000-8000-000000000001"
QUIET = SessionTimings(
    ping_seconds=None, connection=ConnectionTimings(poke_seconds=None, reply_seconds=5.0)
)


class Watcher:
    """What a session told, in its order, and a way to wait for the next thing."""

    def __init__(self) -> None:
        self.told: list[SwitchState | str] = []
        self.delays: list[float] = []
        self._news = asyncio.Event()

    def on_state(self, state: SwitchState) -> None:
        self.told.append(state)
        self._news.set()

    def on_event(self, message: EventMessage) -> None:
        self.told.append(read_event(message).name)
        self._news.set()

    async def sleep(self, seconds: float) -> None:
        self.delays.append(seconds)
        await asyncio.sleep(0)

    async def until(self, true: Callable[[], bool]) -> None:
        while not true():
            self._news.clear()
            await self._news.wait()

    def states(self) -> list[SwitchState]:
        return [told for told in self.told if not isinstance(told, str)]


def uuids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"50000000-0000-4000-8000-{next(numbers):012d}"


@asynccontextmanager
async def running(
    address: SwitchAddress, watcher: Watcher, timings: SessionTimings = QUIET
) -> AsyncIterator[EslSession]:
    session = EslSession(
        address,
        dialer_id="d1",
        on_event=watcher.on_event,
        on_state=watcher.on_state,
        random=lambda: 1.0,
        new_uuid=uuids(),
        timings=timings,
        sleep=watcher.sleep,
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(session.run())
        yield session
        session.close()


async def test_it_is_connected_when_events_are_seen_to_come() -> None:
    switch, watcher = SmallSwitch(apis={"version": "FreeSWITCH"}), Watcher()
    async with scripted_switch(switch) as address, running(address, watcher) as session:
        await watcher.until(lambda: "BACKGROUND_JOB" in watcher.told)
        assert watcher.told == [SwitchConnected(core_uuid=CORE), "BACKGROUND_JOB"]
        assert session.is_connected
        assert await session.api(commands.version()) == "FreeSWITCH"
        job = await session.bgapi(commands.version(), J, job_seconds=3600)
        assert (await job).text == "FreeSWITCH"
    assert switch.commands[0].startswith(f"event json {' '.join(DIALER_EVENTS)} CUSTOM ")
    assert not session.is_connected
    with pytest.raises(ConnectionLost, match="not connected to FreeSWITCH"):
        await session.api(commands.version())


async def test_a_restarted_switch_is_found_again_and_is_another() -> None:
    switch, watcher = SmallSwitch(), Watcher()
    async with scripted_switch(switch) as address, running(address, watcher) as session:
        await watcher.until(lambda: len(watcher.states()) == 1)
        switch.core = "another-run"
        switch.break_off()
        await watcher.until(lambda: len(watcher.states()) == 3)
        lost, again = watcher.states()[1:]
        assert isinstance(lost, SwitchLost)
        assert lost.was_connected
        assert "closed the connection" in str(lost.reason)
        assert again == SwitchConnected(core_uuid="another-run")
        assert session.core_uuid == "another-run"
    assert watcher.delays == [0.5]


async def test_one_lost_connection_takes_the_other_along() -> None:
    switch, watcher = SmallSwitch(), Watcher()
    async with scripted_switch(switch) as address, running(address, watcher):
        await watcher.until(lambda: len(watcher.states()) == 1)
        switch.subscribers.pop().break_off()
        await watcher.until(lambda: len(watcher.states()) == 3)
        assert isinstance(watcher.states()[2], SwitchConnected)
    assert len(switch.peers) == 4


async def test_a_job_outlives_a_reconnect() -> None:
    switch, watcher = SmallSwitch(), Watcher()
    async with scripted_switch(switch) as address, running(address, watcher) as session:
        await watcher.until(lambda: len(watcher.states()) == 1)
        switch.reports_jobs = False
        job = await session.bgapi(commands.version(), J, job_seconds=3600)
        switch.reports_jobs = True
        switch.break_off()
        await watcher.until(lambda: len(watcher.states()) == 3)
        assert not job.done()
        switch.publish("BACKGROUND_JOB", Job_UUID=J, _body="-ERR NO_ANSWER\n")
        assert (await job).text == "NO_ANSWER"


async def test_jobs_nobody_will_hear_of_any_more_are_lost_at_the_end() -> None:
    switch, watcher = SmallSwitch(), Watcher()
    async with scripted_switch(switch) as address:
        async with running(address, watcher) as session:
            await watcher.until(lambda: len(watcher.states()) == 1)
            switch.reports_jobs = False
            job = await session.bgapi(commands.version(), J, job_seconds=3600)
        assert (await job).status is JobStatus.LOST


async def test_the_wait_between_attempts_doubles_up_to_its_maximum() -> None:
    async def script(peer: Peer) -> None:
        peer.break_off()

    watcher = Watcher()
    async with scripted_switch(script) as address, running(address, watcher):
        await watcher.until(lambda: len(watcher.states()) == 8)
    assert watcher.delays[:7] == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    assert [s.retry_seconds for s in watcher.states()[:7] if isinstance(s, SwitchLost)] == (
        watcher.delays[:7]
    )
    assert not any(s.was_connected for s in watcher.states() if isinstance(s, SwitchLost))


async def test_a_wrong_password_is_told_and_tried_again() -> None:
    async def script(peer: Peer) -> None:
        for chunk in captures.load("auth_rejected"):
            if chunk.direction == "in":
                peer.send(chunk.data)
            elif chunk.direction == "out":
                await peer.command()

    watcher = Watcher()
    async with scripted_switch(script, password="wrong") as address, running(address, watcher):
        await watcher.until(lambda: len(watcher.states()) == 2)
    first = watcher.states()[0]
    assert isinstance(first, SwitchLost)
    assert isinstance(first.reason, AuthenticationFailed)


async def test_a_switch_whose_events_do_not_come_is_not_connected() -> None:
    switch, watcher = SmallSwitch(reports_jobs=False), Watcher()
    timings = SessionTimings(
        ping_seconds=None, connection=ConnectionTimings(poke_seconds=None, reply_seconds=0.05)
    )
    async with scripted_switch(switch) as address, running(address, watcher, timings):
        await watcher.until(lambda: bool(watcher.states()))
    lost = watcher.states()[0]
    assert isinstance(lost, SwitchLost)
    assert isinstance(lost.reason, ConnectFailed)
    assert "esl-allowed-events" in str(lost.reason)


PINGING = SessionTimings(
    ping_seconds=0.001,
    ping_timeout_seconds=5.0,
    connection=ConnectionTimings(poke_seconds=None),
)


async def test_pings_go_round_and_are_not_handed_on() -> None:
    switch, watcher = SmallSwitch(), Watcher()
    async with scripted_switch(switch) as address, running(address, watcher, PINGING) as session:
        await watcher.until(lambda: len(watcher.states()) == 1)
        await switch.until(lambda: len(switch.commands) >= 6)
        assert session.event_delay_seconds is not None
    pings = [text for text in switch.commands if text.startswith("sendevent")]
    assert pings[0].split("\n")[1:] == [
        "Event-Subclass: dialer::ping",
        "Dialer-ID: d1",
        "Ping-Sequence: 1",
    ]
    assert "CUSTOM" not in watcher.told


async def test_pings_that_stay_away_mean_that_events_are_lost() -> None:
    switch, watcher = SmallSwitch(echoes_pings=False), Watcher()
    timings = SessionTimings(
        ping_seconds=0.001,
        ping_timeout_seconds=0.02,
        connection=ConnectionTimings(poke_seconds=None),
    )
    async with scripted_switch(switch) as address, running(address, watcher, timings):
        await watcher.until(lambda: len(watcher.states()) >= 2)
    lost = watcher.states()[1]
    assert isinstance(lost, SwitchLost)
    assert lost.was_connected
    assert "late or lost" in str(lost.reason)


async def test_a_switch_that_takes_no_pings_stays_connected(
    caplog: pytest.LogCaptureFixture,
) -> None:
    switch, watcher = SmallSwitch(takes_pings=False), Watcher()
    with caplog.at_level(logging.WARNING, "freeswitch.session"):
        async with (
            scripted_switch(switch) as address,
            running(address, watcher, PINGING) as session,
        ):
            await switch.until(lambda: any("sendevent" in text for text in switch.commands))
            # Behind the refused ping on the same connection, so that refusal has been read.
            assert await session.api(commands.status()) == "+OK\n"
    assert watcher.states() == [SwitchConnected(core_uuid=CORE)]
    assert "takes no sendevent" in caplog.text


async def test_a_bug_in_a_callback_comes_out_of_run() -> None:
    def on_state(state: SwitchState) -> None:
        raise KeyError("a bug in the dialer")

    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    async with scripted_switch(SmallSwitch()) as address:
        session = EslSession(
            address,
            dialer_id="d1",
            on_event=lambda message: None,
            on_state=on_state,
            random=lambda: 0.0,
            new_uuid=uuids(),
            timings=QUIET,
        )
        with pytest.raises(ExceptionGroup) as caught:
            await session.run()
        assert caught.group_contains(KeyError)


async def test_cancelling_leaves_nothing_behind() -> None:
    switch, watcher = SmallSwitch(), Watcher()
    async with scripted_switch(switch) as address:
        session = EslSession(
            address,
            dialer_id="d1",
            on_event=watcher.on_event,
            on_state=watcher.on_state,
            random=lambda: 0.0,
            new_uuid=uuids(),
            timings=QUIET,
        )
        async with asyncio.TaskGroup() as group:
            task = group.create_task(session.run())
            await watcher.until(lambda: len(watcher.states()) == 1)
            task.cancel()
        assert task.cancelled()
        mine = asyncio.current_task()
        served = {t for t in asyncio.all_tasks() if t is not mine}
        assert not [t for t in served if "session" in repr(t.get_coro())]
