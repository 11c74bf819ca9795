"""The demo's people: what the list knows of them, and what agents make of their calls."""

import asyncio
import json
from pathlib import Path

import pytest

from campaigns.outcomes import Outcome
from dialer.demo.facts import MACHINE_SECONDS, Person, read_people, write_numbers_file
from dialer.demo.people import BREAK_SECONDS, People
from dialer.demo.plan import LIST
from dialer.engine.commands import Originate, RecordCall
from dialer.engine.events import AgentPaused, AgentReadied, CallDisposed, Event
from dialer.engine.ids import AgentId, CallId, CampaignId, LeadId, TrunkId
from dialer.errors import SettingsError
from dialer.runtime.clock import ManualClock
from tests.support.engine_desk import hopper_lead

CODES = {"sale": "sold", "no_interest": "no", "refusal": "never", "callback": "later",
         "machine": "tape"}  # fmt: skip


def test_the_list_gives_everybody_a_number_a_talk_time_and_a_decision() -> None:
    people = read_people(LIST, machine_ratio=0.04, seed=1)
    assert len(people) == 41_188
    assert all(number.startswith("+1") and len(number) == 12 for number in people)
    machines = sum(p.is_machine for p in people.values())
    assert 0.035 < machines / len(people) < 0.045
    assert not any(p.buys for p in people.values() if p.is_machine)
    buyers = sum(p.buys for p in people.values())
    assert buyers / (len(people) - machines) == pytest.approx(0.1127, abs=0.003)
    assert {p.talk_seconds for p in people.values() if p.is_machine} == {MACHINE_SECONDS}


def test_another_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"examples/bank_telesales"):
        read_people(tmp_path / "nothing.csv.gz", machine_ratio=0, seed=1)


def test_the_switch_is_told_numbers_talk_times_and_machines(tmp_path: Path) -> None:
    person = Person(number="+12125550100", talk_seconds=61.0, buys=True, is_machine=False)
    write_numbers_file({person.number: person}, tmp_path / "numbers.jsonl")
    (line,) = (tmp_path / "numbers.jsonl").read_text().splitlines()
    assert json.loads(line) == {"number": "+12125550100", "talk_seconds": 61.0, "machine": False}


class Floor:
    """People on a clock moved by hand, with what they do."""

    def __init__(self, person: Person) -> None:
        self.clock = ManualClock(1000.0)
        self.done: list[tuple[float, Event]] = []
        self.people = People(
            self.clock,
            lambda event: self.done.append((self.clock.now(), event)),
            {person.number: person},
            dispositions=CODES,
            seed=7,
        )

    def call(self, number: str, *, seconds: float) -> None:
        lead = hopper_lead(1)
        assert lead.number == number
        originate = Originate(
            lead=lead, trunk_id=TrunkId("main"), caller_id="+12025550100", ring_seconds=24
        )
        self.people.observe(1000.0, None, [originate])
        record = RecordCall(
            call_id=CallId("call-1"), campaign_id=CampaignId(1), lead_id=LeadId(1),
            outcome=Outcome.CONNECTED, cause="NORMAL_CLEARING", agent_id=AgentId(1),
            originated_at=1000.0, ringing_at=None, answered_at=1001.0, bridged_at=1001.0,
            ended_at=1001.0 + seconds, is_live=True, is_abandoned=False,
        )  # fmt: skip
        self.people.observe(1000.0, None, [record])
        # Recorded again with a corrected fact: nothing is disposed twice.
        self.people.observe(1000.0, None, [record])

    async def let(self, seconds: float) -> None:
        acting = asyncio.create_task(self.people.run())
        for _ in range(20):
            await asyncio.sleep(0)
        self.clock.advance_to(self.clock.now() + seconds)
        for _ in range(50):
            await asyncio.sleep(0)
        acting.cancel()


@pytest.mark.parametrize(
    ("buys", "is_machine", "code"), [(True, False, "sold"), (False, True, "tape")]
)
async def test_after_a_talk_the_agent_says_what_it_came_to(
    buys: bool, is_machine: bool, code: str
) -> None:
    number = hopper_lead(1).number
    floor = Floor(Person(number=number, talk_seconds=60, buys=buys, is_machine=is_machine))
    floor.call(number, seconds=60)
    assert floor.done == []
    await floor.let(300)
    ((_, event),) = floor.done
    assert event == CallDisposed(
        agent_id=AgentId(1), call_id=CallId("call-1"), disposition=code, is_machine=is_machine
    )
    assert floor.people.sales == buys


async def test_everybody_has_one_break_in_a_long_shift_and_none_in_a_short_one() -> None:
    number = hopper_lead(1).number
    floor = Floor(Person(number=number, talk_seconds=60, buys=False, is_machine=False))
    agents = [AgentId(1), AgentId(2)]
    floor.people.plan_breaks(agents, start=1000.0, seconds=1800.0)
    await floor.let(0.0)
    assert floor.done == []
    floor.people.plan_breaks(agents, start=1000.0, seconds=7200.0)
    await floor.let(7200.0 + BREAK_SECONDS)
    kinds = [(type(event), event.agent_id) for _, event in floor.done]
    for agent in agents:
        assert kinds.count((AgentPaused, agent)) == 1
        assert kinds.index((AgentPaused, agent)) < kinds.index((AgentReadied, agent))
