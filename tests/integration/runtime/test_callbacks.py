"""Promised calls through the whole service: kept by their agent, over restarts, and counted."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from campaigns.store.callback_rows import CallbackRow
from campaigns.store.rows import ControlRequest
from campaigns.store.store import Store
from dialer.engine.commands import RecordAgentState, RecordCallback
from dialer.engine.config import EngineConfig
from dialer.engine.events import AgentHungUp
from dialer.engine.ids import AgentId
from dialer.engine.states import AgentState, CallbackState
from dialer.runtime.clock import ScaledClock
from dialer.runtime.instants import to_datetime
from dialer.service import Service
from tests.support.service_desk import (
    QuickAgents,
    add_agents,
    answers,
    attempts_of,
    clock,
    fake_switch,
    people,
    running,
    settings_for,
    start,
    until,
)
from tests.support.stored import NOW, add_campaign


class Ends(list[RecordCallback]):
    """What the engine says of promises."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        service.observe(
            lambda now, event, commands: self.extend(
                c for c in commands if isinstance(c, RecordCallback)
            )
        )

    @property
    def are_final(self) -> bool:
        return any(one.state is not CallbackState.OPEN for one in self)


class SilentAgents(QuickAgents):
    """Agents who take calls, and of whose results the test speaks."""

    def _follow(self, record: RecordAgentState) -> None:
        if record.new_state is not AgentState.WRAP_UP:
            super()._follow(record)


def patient_service(
    home: Path, port: int, store: Store, its_clock: ScaledClock | None = None
) -> Service:
    """Virtual seconds are short on a busy machine: nothing is given up within a real half."""
    settings = settings_for(home, port, store.url)
    return Service(
        settings,
        clock=its_clock or clock(),
        engine_config=EngineConfig(bridge_watchdog_seconds=20.0),
    )


async def ask(service: Service, kind: str, **args: Any) -> dict[str, Any]:
    request = ControlRequest(id=1, kind=kind, args=args, by="boss")
    done, answer = await service.parts.control.handle(request)
    assert done, answer
    return answer


async def only_callback(store: Store) -> CallbackRow:
    (row,) = await store.callbacks.list(states=[str(state) for state in CallbackState])
    return row


async def test_a_promised_call_is_made_by_its_agent_at_its_moment(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=1)
    agents = await add_agents(store, 2)
    async with fake_switch(people(answer_ratio=1.0)) as switch:
        service = patient_service(tmp_path, switch.port, store)
        desk, ends = QuickAgents(service), Ends(service)
        async with running(service):
            answer = await ask(
                service, "callback.add", lead=1, at="2026-03-02 10:04", agent="agent2"
            )
            assert answer["warning"] is None
            desk.log_in(agents)
            await start(service, campaign)
            await until(service, lambda: ends.are_final)
            await until(service, lambda: not service.snapshot().calls)
            page = answers(str(service.metrics_url))
    row = await only_callback(store)
    assert (row.state, row.reason, row.agent_name) == ("kept", "connected", "agent2")
    (attempt,) = await attempts_of(store)
    assert attempt.agent_id == agents[1].id and attempt.call_id == row.call_id
    assert timedelta(0) <= attempt.written_at - row.due_at < timedelta(seconds=60)
    assert 'dialer_callbacks_total{campaign="spring",state="kept"} 1.0' in page


async def test_an_agent_promises_a_call_with_the_result_of_the_last(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=1)
    agents = await add_agents(store, 1)
    async with fake_switch(people(answer_ratio=1.0, talk_mean_seconds=4000.0)) as switch:
        service = patient_service(tmp_path, switch.port, store)
        desk, ends = SilentAgents(service), Ends(service)
        async with running(service):
            desk.log_in(agents)
            await start(service, campaign)

            def is_talking() -> bool:
                return any(a.state is AgentState.TALKING for a in service.snapshot().agents)

            await until(service, is_talking)
            at = to_datetime(service.clock.now()) + timedelta(minutes=3) - timedelta(hours=5)
            answer = await ask(
                service,
                "agent.dispose",
                agent="agent1",
                disposition="callback",
                callback_at=f"{at:%Y-%m-%d %H:%M}",
                note="after lunch",
            )
            assert answer["callback"]["agent"] == "agent1"
            service.post(AgentHungUp(agent_id=AgentId(agents[0].id)))
            await until(service, lambda: ends.are_final)
    row = await only_callback(store)
    assert (row.state, row.note, row.promised_by) == ("kept", "after lunch", "agent1")
    first, second = await attempts_of(store)
    assert first.disposition == "callback"
    assert second.number == first.number and second.call_id == row.call_id


async def test_a_promised_call_that_its_agent_gives_up_has_rung_for_the_legal_seconds(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=1, ring_seconds=120.0)
    agents = await add_agents(store, 1)
    never_soon = people(answer_ratio=1.0, ring_minimum_seconds=300.0)
    async with fake_switch(never_soon) as switch:
        service = patient_service(tmp_path, switch.port, store)
        desk, ends = QuickAgents(service), Ends(service)
        async with running(service):
            await ask(service, "callback.add", lead=1, at="2026-03-02 10:04", agent="agent1")
            desk.log_in(agents)
            await start(service, campaign)
            await until(service, lambda: any(call.agent_id for call in service.snapshot().calls))
            answer = await ask(service, "agent.hangup", agent="agent1")
            assert (answer["state"], answer["is_given_up"]) == ("reserved", True)
            await until(service, lambda: ends.are_final)
            await until(service, lambda: not service.snapshot().calls)
    row = await only_callback(store)
    assert (row.state, row.reason) == ("missed", "cancelled")
    attempt = await store.attempts.get(str(row.call_id))
    assert attempt.ringing_at is not None and attempt.ended_at is not None
    assert attempt.ended_at - attempt.ringing_at >= timedelta(seconds=15)


async def test_a_promise_outlives_the_process_that_had_it_in_hand(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=1)
    agents = await add_agents(store, 1)
    same_time = clock()
    async with fake_switch(people(answer_ratio=1.0)) as switch:
        first = patient_service(tmp_path, switch.port, store, same_time)
        async with running(first):
            due_at = to_datetime(same_time.now() + 170.0)
            await first.store.callbacks.promise(1, due_at, by="boss", now=NOW)
            await start(first, campaign)
            await until(first, lambda: first.snapshot().campaigns[0].callbacks_due == 1)
        assert (await only_callback(store)).state == "open"

        second = patient_service(tmp_path, switch.port, store, same_time)
        desk, ends = QuickAgents(second), Ends(second)
        async with running(second):
            desk.log_in(agents)
            await until(second, lambda: ends.are_final)
            await until(second, lambda: not second.snapshot().calls)
    assert (await only_callback(store)).state in ("kept", "late")
    (attempt,) = await attempts_of(store)
    assert attempt.written_at >= due_at


async def test_a_promise_in_hand_is_cancelled_through_the_service(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=1)
    async with fake_switch() as switch:
        service = patient_service(tmp_path, switch.port, store)
        ends = Ends(service)
        async with running(service):
            due_at = to_datetime(service.clock.now() + 170.0)
            made = await store.callbacks.promise(1, due_at, by="boss", now=NOW)
            await start(service, campaign)
            await until(service, lambda: service.snapshot().campaigns[0].callbacks_due == 1)
            await ask(service, "callback.cancel", callback=made.callback.id)
            await until(service, lambda: ends.are_final)
    assert (await only_callback(store)).state == "cancelled"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"at": "tomorrow"}, "is no date and time"),
        ({"at": "2026-03-02 10:04", "agent": "nobody"}, "no agent 'nobody'"),
        ({"at": "2026-03-02 10:04", "lead": 77}, "no lead number 77"),
        ({"at": "2026-03-02 10:04", "lead": "x"}, "needs 'lead'"),
    ],
)
async def test_a_promise_that_cannot_be_made_is_refused_with_a_sentence(
    store: Store, tmp_path: Path, words: dict[str, Any], said: str
) -> None:
    await add_campaign(store, leads=1)
    async with fake_switch() as switch:
        service = patient_service(tmp_path, switch.port, store)
        async with running(service):
            request = ControlRequest(id=1, kind="callback.add", args={"lead": 1} | words, by="boss")
            done, answer = await service.parts.control.handle(request)
    assert not done and said in answer["error"]
