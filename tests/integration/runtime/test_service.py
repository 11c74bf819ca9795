"""The service as a whole, against a fake switch and a real database, in scaled time."""

import asyncio
from pathlib import Path

import pytest

from campaigns.store.store import Store
from dialer.engine.engine import Engine
from dialer.engine.events import AgentHungUp
from dialer.engine.states import CallState
from dialer.runtime.instants import to_datetime
from dialer.runtime.journal import journal_files, read_header, read_journal
from dialer.service import Service
from tests.support.service_desk import (
    QuickAgents,
    add_agents,
    answers,
    attempts_of,
    clock,
    fake_switch,
    outage_of,
    people,
    running,
    settings_for,
    start,
    until,
)
from tests.support.stored import NOW, add_campaign


def attempts(service: Service) -> int:
    return sum(campaign.attempts for campaign in service.snapshot().campaigns)


async def test_a_small_campaign_runs_to_its_end(store: Store, tmp_path: Path) -> None:
    campaign = await add_campaign(store, leads=30)
    agents = await add_agents(store, 5)
    async with fake_switch() as switch:
        service = Service(settings_for(tmp_path, switch.port, store.url), clock=clock())
        desk = QuickAgents(service)
        async with running(service):
            desk.log_in(agents)
            await start(service, campaign)
            await until(service, lambda: attempts(service) >= 30)
            await until(service, lambda: not service.snapshot().calls)
    assert service.driver.illegal_transitions == 0
    found = await attempts_of(store)
    assert len({one.number for one in found}) == len(found) == 30
    assert all(one.outcome is not None for one in found)
    connected = [one for one in found if one.outcome == "connected"]
    assert 8 <= len(connected) <= 24
    assert all(one.disposition == "other" for one in connected)
    counts = await store.leads.counts(campaign.id, to_datetime(service.clock.now()))
    assert (counts.leased, counts.dialling, counts.attempted) == (0, 0, 30)


async def test_a_lost_connection_to_the_switch_costs_no_call_its_outcome(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=24)
    agents = await add_agents(store, 4)
    async with fake_switch() as switch:
        service = Service(settings_for(tmp_path, switch.port, store.url), clock=clock())
        desk = QuickAgents(service)
        async with running(service):
            desk.log_in(agents)
            await start(service, campaign)
            for loss in range(1, 3):
                await until(service, lambda n=8 * loss: attempts(service) >= n)
                switch.drop_connections()
                await until(service, lambda: not service.snapshot().is_switch_connected)
                await until(service, lambda: service.snapshot().is_switch_connected)
            await until(service, lambda: attempts(service) >= 24)
            await until(service, lambda: not service.snapshot().calls)
            assert len(service.snapshot().agents) == 4
    found = await attempts_of(store)
    assert all(one.outcome is not None for one in found)
    # A call that could not be handed to the switch may be tried again; nobody else twice.
    dialled = [one.number for one in found if one.outcome != "switch_limit"]
    assert len(set(dialled)) == len(dialled)


async def test_a_database_outage_stops_the_dialling_and_loses_no_outcome(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=40)
    agents = await add_agents(store, 4)
    async with fake_switch(people(talk_mean_seconds=60.0)) as switch:
        service = Service(settings_for(tmp_path, switch.port, store.url), clock=clock())
        desk = QuickAgents(service)
        async with running(service) as task:
            desk.log_in(agents)
            await start(service, campaign)
            await until(service, lambda: attempts(service) >= 10)
            with outage_of(store.url):
                # Whoever talks goes on to the end of the conversation, and is recorded later.
                talking = {c.call_id for c in service.snapshot().calls
                           if c.state is CallState.CONNECTED}  # fmt: skip
                await until(
                    service, lambda: not talking & {c.call_id for c in service.snapshot().calls}
                )
                await until(service, lambda: not service.parts.health.is_up)
                placed = service.instruments.originates._value.get()
                channels = set(switch.core.channels)
                await until(service, lambda: service.parts.records.waiting > 0)
                assert set(switch.core.channels) <= channels
                assert service.instruments.originates._value.get() == placed
            await until(service, lambda: service.parts.health.is_up)
            await until(service, lambda: attempts(service) >= 30)
            service.drain()
            await task
    found = await attempts_of(store)
    assert all(one.outcome is not None for one in found)
    connected = {one.call_id for one in found if one.outcome == "connected"}
    assert talking <= connected


async def test_leaving_at_once_keeps_conversations_and_ends_what_nobody_talks_on(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=12)
    agents = await add_agents(store, 3)
    network = people(answer_ratio=0.6, talk_mean_seconds=3000.0, talk_cv=0.1, failures={})
    async with fake_switch(network) as switch:
        settings = settings_for(tmp_path, switch.port, store.url)
        first = Service(settings, clock=clock())
        desk = QuickAgents(first)
        async with running(first):
            desk.log_in(agents)
            await start(first, campaign)
            await until(first, lambda: len(in_state(first, CallState.CONNECTED)) >= 2)
            talking = in_state(first, CallState.CONNECTED)
        found = {one.call_id: one for one in await attempts_of(store)}
        assert {one for one in found if found[one].outcome is None} == talking
        assert set(switch.core.channels) >= talking
        second = Service(settings, clock=clock())
        async with running(second):
            assert in_state(second, CallState.CONNECTED) == talking
            assert len(second.snapshot().agents) == 3
            for agent in second.snapshot().agents:
                if agent.call_id is not None:
                    second.post(AgentHungUp(agent_id=agent.agent_id))
            await until(
                second, lambda: not talking & {call.call_id for call in second.snapshot().calls}
            )
    found = {one.call_id: one for one in await attempts_of(store)}
    assert {found[one].outcome for one in talking} == {"connected"}


def in_state(service: Service, state: CallState) -> set[str]:
    return {str(call.call_id) for call in service.snapshot().calls if call.state is state}


async def test_a_switch_that_was_restarted_has_lost_every_call_and_agents_are_called_again(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=20)
    agents = await add_agents(store, 3)
    network = people(answer_ratio=0.6, talk_mean_seconds=3000.0, talk_cv=0.1)
    async with fake_switch(network) as old:
        settings = settings_for(tmp_path, old.port, store.url)
        service = Service(settings, clock=clock())
        desk = QuickAgents(service)
        async with running(service):
            desk.log_in(agents)
            await start(service, campaign)
            await until(service, lambda: len(in_state(service, CallState.CONNECTED)) >= 2)
            talking = in_state(service, CallState.CONNECTED)
            legs = {agent.leg_id for agent in service.snapshot().agents}
            port = old.port
            await old.__aexit__(None, None, None)
            async with fake_switch(people(answer_ratio=0.0), port=port, seed=2):
                await until(
                    service,
                    lambda: all(
                        agent.leg_id is not None and agent.leg_id not in legs
                        for agent in service.snapshot().agents
                    ),
                )
                await until(service, lambda: not in_state(service, CallState.CONNECTED))
    found = {one.call_id: one for one in await attempts_of(store)}
    assert {found[one].outcome for one in talking} == {"connected"}
    assert all(one.outcome is not None for one in found.values())


async def test_requests_through_the_database_are_carried_out_or_refused_with_a_sentence(
    store: Store, tmp_path: Path
) -> None:
    await add_campaign(store, leads=5)
    await add_agents(store, 1)

    async def ask(kind: str, **args: str) -> tuple[bool, dict[str, object]]:
        request = await store.control.request(kind, dict(args), by="test", now=NOW)
        answer = await store.control.wait(request, 20.0)
        assert answer is not None, kind
        return answer.ok, answer.answer

    async with fake_switch() as switch:
        service = Service(settings_for(tmp_path, switch.port, store.url), clock=clock())
        async with running(service):
            assert await ask("campaign.start", campaign="spring") == (
                True,
                {"campaign": "spring", "state": "running"},
            )
            ok, refused = await ask("campaign.start", campaign="sprong")
            assert not ok
            assert "Did you mean 'spring'?" in str(refused["error"])
            ok, refused = await ask("agent.ready", agent="agent1")
            assert not ok
            assert "not logged in" in str(refused["error"])
            ok, done = await ask("agent.login", agent="agent1")
            assert (ok, done["agent"]) == (True, "agent1")
            await until(service, lambda: service.snapshot().agents[0].state == "paused")
            assert (await ask("agent.ready", agent="agent1"))[1]["state"] != "paused"
            assert (await ask("agent.dispose", agent="agent1", disposition="nonsense"))[0] is False
            ok, pacing = await ask("team.pacing", team="sales", mode="progressive")
            assert (ok, pacing["mode"]) == (True, "progressive")
            assert not (await ask("team.pacing", team="sales", mode="frantic"))[0]
            assert (await ask("campaign.pause", campaign="spring"))[0]
            ok, refused = await ask("campaign.pause", campaign="spring")
            assert refused == {"error": "Campaign 'spring' is paused, not running."}
            # A team that came to be while the service runs is taken when it is first needed.
            await add_campaign(store, name="autumn", team="night", leads=[])
            assert (await ask("campaign.start", campaign="autumn"))[0]
            assert len(service.snapshot().teams) == 2
            await add_campaign(store, name="winter", trunks=("elsewhere",), leads=[])
            ok, refused = await ask("campaign.start", campaign="winter")
            assert "calls by elsewhere, and this dialer has main" in str(refused["error"])
            ok, refused = await ask("make.coffee")
            assert "There is no request 'make.coffee'" in str(refused["error"])
            assert (await ask("service.drain"))[0]
    assert (await store.campaigns.get("spring")).state == "paused"


async def test_the_metrics_tell_of_the_calls(store: Store, tmp_path: Path) -> None:
    campaign = await add_campaign(store, leads=6)
    agents = await add_agents(store, 2)
    async with fake_switch(people(answer_ratio=1.0, failures={})) as switch:
        service = Service(settings_for(tmp_path, switch.port, store.url), clock=clock())
        desk = QuickAgents(service)
        async with running(service):
            desk.log_in(agents)
            await start(service, campaign)
            await until(service, lambda: attempts(service) >= 6)
            await until(service, lambda: not service.snapshot().calls)
            assert service.metrics_url is not None
            text = await asyncio.to_thread(answers, service.metrics_url)
    assert 'dialer_attempts_total{campaign="spring",cause="NORMAL_CLEARING"' in text
    assert "dialer_switch_up 1.0" in text
    assert "dialer_database_up 1.0" in text


async def test_a_second_service_in_the_same_folder_is_refused(store: Store, tmp_path: Path) -> None:
    async with fake_switch() as switch:
        settings = settings_for(tmp_path, switch.port, store.url)
        async with running(Service(settings, clock=clock())):
            with pytest.raises(Exception, match="Another dialer runs in"):
                await Service(settings, clock=clock()).run()


async def test_a_second_service_leaves_a_team_to_the_first(store: Store, tmp_path: Path) -> None:
    campaign = await add_campaign(store, leads=5)
    async with fake_switch() as switch:
        first = Service(settings_for(tmp_path / "1", switch.port, store.url), clock=clock())
        other = settings_for(
            tmp_path / "2", switch.port, store.url, **{"switch.dialer_id": "dialer-2"}
        )
        second = Service(other, clock=clock())
        async with running(first), running(second):
            assert not second.parts.leases.holds(campaign.team_id)
            with pytest.raises(Exception, match="is held by another dialer process"):
                await second.parts.feed.ensure(campaign)


async def test_the_journal_of_a_run_replays_to_the_same_commands(
    store: Store, tmp_path: Path
) -> None:
    campaign = await add_campaign(store, leads=6)
    agents = await add_agents(store, 2)
    async with fake_switch() as switch:
        service = Service(settings_for(tmp_path, switch.port, store.url), clock=clock())
        desk = QuickAgents(service)
        async with running(service):
            desk.log_in(agents)
            await start(service, campaign)
            await until(service, lambda: attempts(service) >= 6)
    (file,) = journal_files(tmp_path / "journal")
    engine = Engine(read_header(file).config)
    steps = 0
    for record in read_journal(file):
        if record.event is None:
            said = engine.handle_deadline(now=record.now)
        else:
            said = engine.handle(record.event, now=record.now)
        assert tuple(said) == record.commands
        steps += 1
    assert steps == service.driver.steps
