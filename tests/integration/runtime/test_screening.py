"""Machines, keys, surveys and people who call back: service, fake switch and database together."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from campaigns.campaign_spec import PacingMode
from campaigns.consents import Consent
from campaigns.screening_spec import OnMachine, ScreeningSpec, SurveyQuestion
from campaigns.store.rows import CampaignRow, NewLead, NewPhone
from campaigns.store.screening import KEYPRESS_LIST
from campaigns.store.store import Store
from dialer.engine.commands import Command, RecordCall, RecordReturn
from dialer.engine.events import AgentLoggedOut, Event
from dialer.engine.states import AgentState, CallState
from dialer.runtime.clock import ScaledClock
from dialer.runtime.instants import to_datetime
from dialer.service import Service
from freeswitch.fake.network import Behaviour, Network, Result
from freeswitch.fake.server import FakeSwitch
from freeswitch.fake.settings import SwitchSettings
from tests.support.service_desk import (
    START_AT,
    QuickAgents,
    add_agents,
    running,
    settings_for,
    start,
    until,
)
from tests.support.stored import NOW, add_campaign, new_lead

pytestmark = pytest.mark.timeout(60)
SPEED = 8.0
"""Slower than elsewhere: the time for a verdict must be kept on a busy machine too."""
HUMAN = Behaviour(result=Result.ANSWERED, ring_seconds=1.0, talk_seconds=6.0, speech=((0.3, 0.8),))
MACHINE = Behaviour(
    result=Result.ANSWERED,
    ring_seconds=1.0,
    talk_seconds=30.0,
    speech=((0.3, 9.0),),
    beep_seconds=9.5,
    machine=True,
)


class Everybody(Network):
    """Everybody does the same."""

    def __init__(self, plan: Behaviour) -> None:
        self.plan = plan

    def answer_for(self, number: str, now: float) -> Behaviour:
        del number, now
        return self.plan


class Records:
    """What the engine says is to be written."""

    def __init__(self, service: Service) -> None:
        self.calls: list[RecordCall] = []
        self.returns: list[RecordReturn] = []
        service.observe(self)

    def __call__(self, now: float, event: Event | None, commands: Sequence[Command]) -> None:
        self.calls += [one for one in commands if isinstance(one, RecordCall)]
        self.returns += [one for one in commands if isinstance(one, RecordReturn)]


@asynccontextmanager
async def desk(
    store: Store, home: Path, plan: Behaviour, *, leads: int, agents: int, **changes: object
) -> AsyncIterator[tuple[Service, FakeSwitch, CampaignRow, Records]]:
    """A campaign that dials, its agents at work."""
    async with FakeSwitch(
        settings=SwitchSettings(gateways={"main": True}),
        network=Everybody(plan),
        speed=SPEED,
        epoch=START_AT,
    ) as switch:
        service = Service(
            settings_for(home, switch.port, store.url),
            clock=ScaledClock(SPEED, START_AT),
            store=store,
        )
        records = Records(service)
        campaign = await add_campaign(store, leads=_leads(leads), trunks=("main",), **changes)
        for one in _leads(leads):
            consent = Consent(
                number=one.numbers[0].number, client="Acme", purpose="any", given_at=NOW,
                source="form", proof="a",
            )  # fmt: skip
            await store.consents.add(consent, by="test", now=NOW)
        people = await add_agents(store, agents)
        quick = QuickAgents(service)
        async with running(service):
            quick.log_in(people)
            await until(
                service,
                lambda: (
                    sum(a.state is AgentState.READY for a in service.snapshot().agents) == agents
                ),
            )
            yield service, switch, campaign, records


def _leads(count: int) -> list[NewLead]:
    """Leads with numbers that the number parser takes."""
    return [
        new_lead(index, NewPhone(
            number=f"+1202555{100 + index:04d}", kind="mobile", time_zones=("America/New_York",)
        ))
        for index in range(1, count + 1)
    ]  # fmt: skip


async def settled(service: Service) -> None:
    """Everything said so far is in the store."""
    await service.parts.records.wait_until_written()


async def test_machines_are_hung_up_and_people_reach_agents(store: Store, tmp_path: Path) -> None:
    screening = ScreeningSpec(sample_ratio=0.0)
    async with desk(store, tmp_path, MACHINE, leads=3, agents=1, screening=screening) as (
        service, _, campaign, records,
    ):  # fmt: skip
        await start(service, campaign)
        await until(service, lambda: len(records.calls) == 3)
        await settled(service)
        counts = await store.screening.counts(campaign.id, NOW, service_end(service))
    assert {(one.outcome.value, one.is_live) for one in records.calls} == {("machine", False)}
    assert (counts.machines, counts.humans, counts.sampled) == (3, 0, 0)
    assert all(0.5 < seconds < 1.9 for seconds in counts.seconds)


async def test_a_sampled_machine_measures_the_classifier(store: Store, tmp_path: Path) -> None:
    screening = ScreeningSpec(sample_ratio=1.0)
    async with desk(store, tmp_path, MACHINE, leads=2, agents=2, screening=screening) as (
        service, _, campaign, records,
    ):  # fmt: skip
        await start(service, campaign)
        await until(service, lambda: len(records.calls) == 2)
        await until(service, lambda: not service.snapshot().calls)
        await until(
            service,
            lambda: all(a.state is AgentState.READY for a in service.snapshot().agents),
        )
        await settled(service)
        counts = await store.screening.counts(campaign.id, NOW, service_end(service))
    # The agents said "other": in their ears these were people.
    assert (counts.machines, counts.sampled, counts.sampled_people) == (2, 2, 2)


async def test_a_message_is_left_after_the_beep(store: Store, tmp_path: Path) -> None:
    screening = ScreeningSpec(on_machine=OnMachine.MESSAGE, sample_ratio=0.0)
    async with desk(store, tmp_path, MACHINE, leads=1, agents=1, screening=screening) as (
        service, _, campaign, records,
    ):  # fmt: skip
        await start(service, campaign)
        await until(service, lambda: len(records.calls) == 1)
    (record,) = records.calls
    assert record.message_at is not None and record.answered_at is not None
    assert 9.3 < record.message_at - record.answered_at < 11.0
    # The message has its five seconds, and a second before it for the beep.
    assert record.ended_at - record.message_at > 5.0


async def test_the_key_during_the_message_is_a_do_not_call_entry_at_once(
    store: Store, tmp_path: Path
) -> None:
    plan = Behaviour(
        result=Result.ANSWERED, ring_seconds=5.0, talk_seconds=60.0, keys=((4.0, "9"),)
    )
    async with desk(
        store, tmp_path, plan, leads=1, agents=1, pacing_mode=PacingMode.PROGRESSIVE
    ) as (service, switch, campaign, records):
        await start(service, campaign)
        await until(service, lambda: bool(service.snapshot().calls))
        (agent,) = service.snapshot().agents
        # Who wants to go stays for the call that was promised to them, unless their line is lost.
        service.post(AgentLoggedOut(agent_id=agent.agent_id))
        assert agent.leg_id is not None
        assert switch.kill_channel(agent.leg_id)
        await until(service, lambda: len(records.calls) == 1)
        await settled(service)
    (record,) = records.calls
    assert (record.outcome.value, record.is_abandoned) == ("abandoned", True)
    assert record.opted_out_at is not None
    number = (await store.leads.get(record.lead_id)).phones[0].number
    (hit,) = await store.do_not_call.check(number)
    assert (hit.list_name, hit.how) == (KEYPRESS_LIST, f"keypress 9 on call {record.call_id}")
    # A short confirmation, and the end: not the rest of the minute.
    assert record.ended_at - record.opted_out_at < 8.0


async def test_a_survey_without_agents_stores_its_answers(store: Store, tmp_path: Path) -> None:
    plan = Behaviour(
        result=Result.ANSWERED,
        ring_seconds=1.0,
        talk_seconds=90.0,
        keys=((3.0, "1"), (7.0, "5"), (12.0, "2")),
    )
    survey = (
        SurveyQuestion(code="pleased", keys=(("1", "again"), ("2", None))),
        SurveyQuestion(code="again", keys=(("1", None), ("2", None))),
    )
    async with desk(
        store,
        tmp_path,
        plan,
        leads=4,
        agents=0,
        pacing_mode=PacingMode.MESSAGE,
        survey=survey,
        consent_required=True,
    ) as (service, _, campaign, records):
        await start(service, campaign)
        await until(service, lambda: len(records.calls) == 4)
        await settled(service)
        counts = await store.screening.answer_counts(campaign.id, NOW, service_end(service))
    assert counts == {"pleased": {"1": 4}, "again": {"2": 4}}
    assert {one.outcome.value for one in records.calls} == {"message"}


async def test_who_calls_back_reaches_an_agent_with_their_record(
    store: Store, tmp_path: Path
) -> None:
    async with desk(store, tmp_path, HUMAN, leads=1, agents=1) as (
        service, switch, campaign, records,
    ):  # fmt: skip
        await start(service, campaign)
        await until(service, lambda: len(records.calls) == 1)
        await until(service, lambda: service.snapshot().agents[0].state is AgentState.READY)
        await settled(service)
        lead = await store.leads.get(records.calls[0].lead_id)
        channel = switch.call_in(lead.phones[0].number, campaign.spec.caller_id)
        await until(
            service,
            lambda: (
                any(one.bridged_at for one in records.returns)
                or any(one.call_id == channel and one.agent_id for one in service.snapshot().calls)
            ),
        )
        assert channel is not None
        switch.kill_channel(channel, "NORMAL_CLEARING")
        await until(service, lambda: any(one.ended_at is not None for one in records.returns))
        await settled(service)
        (stored,) = await store.screening.returns(campaign.id)
    assert (stored.call_id, stored.lead_id) == (channel, lead.id)
    assert stored.agent_id is not None and stored.ended_at is not None


async def test_who_calls_back_while_the_switch_is_out_of_reach_is_found_when_it_is_back(
    store: Store, tmp_path: Path
) -> None:
    async with desk(store, tmp_path, HUMAN, leads=1, agents=1) as (
        service, switch, campaign, records,
    ):  # fmt: skip
        await start(service, campaign)
        await until(service, lambda: len(records.calls) == 1)
        await until(service, lambda: service.snapshot().agents[0].state is AgentState.READY)
        await settled(service)
        lead = await store.leads.get(records.calls[0].lead_id)
        # Their CHANNEL_PARK is told to nobody.
        switch.drop_connections()
        channel = switch.call_in(lead.phones[0].number, campaign.spec.caller_id)
        assert channel is not None
        await until(
            service,
            lambda: any(
                one.call_id == channel and one.state is CallState.CONNECTED
                for one in service.snapshot().calls
            ),
        )
        switch.kill_channel(channel, "NORMAL_CLEARING")
        await until(service, lambda: any(one.ended_at is not None for one in records.returns))
    assert {one.call_id for one in records.returns} == {channel}


async def test_a_caller_nobody_has_called_hears_the_message_and_a_wrong_number_nothing(
    store: Store, tmp_path: Path
) -> None:
    async with desk(store, tmp_path, HUMAN, leads=0, agents=1) as (
        service, switch, campaign, _,
    ):  # fmt: skip
        await start(service, campaign)
        stranger = switch.call_in("+12025550777", campaign.spec.caller_id)
        nowhere = switch.call_in("+12025550777", "+12025559999")
        hostile = switch.call_in("x' originate {", "${system(touch /tmp/x)}")
        assert stranger and nowhere and hostile
        await gone(service, switch, stranger, nowhere, hostile)


async def gone(service: Service, switch: FakeSwitch, *channels: str) -> None:
    """Return once the switch has none of them."""
    while any(switch.core.find(one) for one in channels):
        await service.clock.sleep_until(service.clock.now() + 0.2)


def service_end(service: Service) -> datetime:
    """An instant after everything so far."""
    return to_datetime(service.clock.now() + 1.0)
