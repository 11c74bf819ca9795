"""Who survives a bridge, by the order of arguments, the agent's variables and the moment of death.

The outcomes are those measured on a real switch: agent first with both variables always survives.
"""

import pytest

from freeswitch.fake import Behaviour, Result
from tests.support.raw_esl import VirtualEsl

LEAD, OTHER_LEAD, AGENT, OTHER_AGENT = "lead", "lead-2", "agent-1", "agent-2"


@pytest.fixture
def esl() -> VirtualEsl:
    return VirtualEsl()


def _parked_lead(esl: VirtualEsl, uuid: str = LEAD, **names: str) -> None:
    esl.originate(uuid, "1060", **names)
    esl.advance(0.2)
    assert esl.names_of(uuid)[-1] == "CHANNEL_PARK"


def test_a_bridge_is_made_in_forty_to_sixty_milliseconds(esl: VirtualEsl) -> None:
    esl.agent(AGENT)
    _parked_lead(esl)
    asked_at = esl.clock.now() - esl.epoch
    assert esl.api(f"uuid_bridge {AGENT} {LEAD}") == f"+OK {LEAD}\n"
    esl.advance(0.2)
    event = esl.event("CHANNEL_BRIDGE", AGENT)
    assert (event["Bridge-A-Unique-ID"], event["Bridge-B-Unique-ID"]) == (AGENT, LEAD)
    took_milliseconds = round((esl.heard_at("CHANNEL_BRIDGE") - asked_at) * 1000)
    assert 40 <= took_milliseconds <= 60


@pytest.mark.parametrize("order", [(AGENT, LEAD), (LEAD, AGENT)])
def test_the_agent_parks_when_the_lead_hangs_up(esl: VirtualEsl, order: tuple[str, str]) -> None:
    esl.agent(AGENT)
    esl.originate(LEAD, "1002")
    esl.advance(0.1)
    esl.api(f"uuid_bridge {order[0]} {order[1]}")
    esl.advance(3.0)
    assert esl.names_of(AGENT)[-1] == "CHANNEL_PARK"
    assert esl.event("CHANNEL_UNBRIDGE")["Unique-ID"] == order[0]
    assert esl.event("CHANNEL_HANGUP_COMPLETE")["variable_sip_hangup_disposition"] == "recv_bye"


@pytest.mark.parametrize("died_after", [0.0, 0.005, 0.015, 0.025, 0.039])
def test_an_agent_with_both_variables_survives_a_lead_that_dies_meanwhile(
    esl: VirtualEsl, died_after: float
) -> None:
    esl.agent(AGENT)
    _parked_lead(esl)
    esl.api(f"uuid_bridge {AGENT} {LEAD}")
    esl.advance(died_after)
    esl.api(f"uuid_kill {LEAD}")
    esl.advance(1.0)
    assert esl.names_of(AGENT)[-1] == "CHANNEL_PARK"
    assert "CHANNEL_BRIDGE" not in esl.names_of(AGENT)


def test_without_park_on_cancel_such_a_death_takes_the_agent_along(esl: VirtualEsl) -> None:
    esl.agent(AGENT, park_after_bridge="true")
    _parked_lead(esl)
    esl.api(f"uuid_bridge {AGENT} {LEAD}")
    esl.api(f"uuid_kill {LEAD}")
    esl.advance(1.0)
    assert esl.event("CHANNEL_HANGUP_COMPLETE", AGENT)["Hangup-Cause"] == "ORIGINATOR_CANCEL"


def test_lead_first_leaves_the_agent_stuck_until_it_is_parked(esl: VirtualEsl) -> None:
    esl.agent(AGENT)
    _parked_lead(esl)
    esl.api(f"uuid_bridge {LEAD} {AGENT}")
    esl.advance(0.030)
    esl.api(f"uuid_kill {LEAD}")
    esl.advance(30.0)
    assert esl.names_of(AGENT)[-2:] == ["CHANNEL_UNPARK", "CHANNEL_EXECUTE_COMPLETE"]
    assert esl.api(f"uuid_exists {AGENT}") == "true"
    assert esl.api(f"uuid_park {AGENT}") == "+OK\n"
    esl.advance(0.1)
    assert esl.names_of(AGENT)[-1] == "CHANNEL_PARK"


def test_parking_a_leg_that_is_parked_says_no_park_and_leaves_it_fit_for_a_bridge(
    esl: VirtualEsl,
) -> None:
    esl.agent(AGENT)
    said: list[list[str]] = []
    for _ in range(3):
        before = len(esl.names_of(AGENT))
        assert esl.api(f"uuid_park {AGENT}") == "+OK\n"
        esl.advance(0.5)
        said.append(
            [name for name in esl.names_of(AGENT)[before:] if name.endswith("PARK")],
        )
    # Out of the application `park` into the state of that name; then that loop ends for good.
    assert said == [["CHANNEL_UNPARK", "CHANNEL_PARK"], ["CHANNEL_UNPARK"], []]
    _parked_lead(esl)
    esl.api(f"uuid_bridge {AGENT} {LEAD}")
    esl.advance(0.5)
    assert esl.event("CHANNEL_BRIDGE")["Bridge-A-Unique-ID"] == AGENT
    esl.api(f"uuid_kill {LEAD}")
    esl.advance(0.5)
    assert esl.names_of(AGENT)[-1] == "CHANNEL_PARK"


def test_an_agent_without_variables_is_hung_up_after_the_call(esl: VirtualEsl) -> None:
    esl.agent(AGENT, hangup_after_bridge="false")
    _parked_lead(esl)
    esl.api(f"uuid_bridge {AGENT} {LEAD}")
    esl.advance(0.5)
    esl.api(f"uuid_kill {LEAD}")
    esl.advance(0.5)
    assert esl.names_of(AGENT)[-1] == "CHANNEL_DESTROY"


def test_a_second_lead_for_a_talking_agent_hangs_the_first_one_up(esl: VirtualEsl) -> None:
    esl.agent(AGENT)
    for lead in (LEAD, OTHER_LEAD):
        _parked_lead(esl, lead)
        esl.api(f"uuid_bridge {AGENT} {lead}")
        esl.advance(0.5)
    assert esl.event("CHANNEL_HANGUP_COMPLETE", LEAD)["Hangup-Cause"] == "NORMAL_CLEARING"
    assert [event["Bridge-B-Unique-ID"] for event in esl.events("CHANNEL_BRIDGE")] == [
        LEAD,
        OTHER_LEAD,
    ]


def test_a_lead_moves_to_another_agent_and_the_first_parks(esl: VirtualEsl) -> None:
    esl.agent(AGENT)
    esl.agent(OTHER_AGENT)
    _parked_lead(esl)
    for agent in (AGENT, OTHER_AGENT):
        esl.api(f"uuid_bridge {agent} {LEAD}")
        esl.advance(0.5)
    assert esl.names_of(AGENT)[-2:] == ["CHANNEL_UNBRIDGE", "CHANNEL_PARK"]
    assert esl.names_of(OTHER_AGENT)[-1] == "CHANNEL_BRIDGE"
    assert esl.events("CHANNEL_HANGUP") == []


def test_an_agent_can_be_bridged_again_and_again(esl: VirtualEsl) -> None:
    esl.agent(AGENT)
    for turn in range(5):
        _parked_lead(esl, f"lead-{turn}")
        esl.api(f"uuid_bridge {AGENT} lead-{turn}")
        esl.advance(0.5)
        esl.api(f"uuid_kill lead-{turn}")
        esl.advance(0.5)
    assert len(esl.events("CHANNEL_BRIDGE", AGENT)) == 5
    assert len(esl.events("CHANNEL_PARK", AGENT)) == 6
    assert esl.events("CHANNEL_HANGUP", AGENT) == []


def test_bridging_before_the_lead_is_parked_fails_the_job_of_a_living_call(esl: VirtualEsl) -> None:
    esl.agent(AGENT)
    esl.originate(LEAD, "1160")
    esl.advance(1.005)
    assert not esl.events("CHANNEL_PARK", LEAD)
    esl.api(f"uuid_bridge {AGENT} {LEAD}")
    esl.advance(0.5)
    assert esl.jobs()[-1] == "-ERR ORIGINATOR_CANCEL\n"
    assert esl.names_of(AGENT)[-1] == "CHANNEL_BRIDGE"
    assert esl.api(f"uuid_exists {LEAD}") == "true"


def test_bridging_a_ringing_lead_waits_for_its_answer(esl: VirtualEsl) -> None:
    esl.agent(AGENT)
    esl.originate(LEAD, "1260")
    esl.advance(0.5)
    esl.api(f"uuid_bridge {AGENT} {LEAD}")
    esl.advance(1.0)
    assert not esl.events("CHANNEL_BRIDGE")
    esl.advance(1.0)
    assert esl.names_of(AGENT)[-1] == "CHANNEL_BRIDGE"


def test_the_second_argument_may_be_dying_but_not_gone(esl: VirtualEsl) -> None:
    esl.agent(AGENT)
    _parked_lead(esl)
    esl.api(f"uuid_kill {LEAD}")
    assert esl.api(f"uuid_bridge {AGENT} {LEAD}") == f"+OK {LEAD}\n"
    esl.advance(1.0)
    assert esl.names_of(AGENT)[-1] == "CHANNEL_PARK"
    assert esl.api(f"uuid_bridge {AGENT} {LEAD}") == "-ERR Invalid uuid\n"
    assert esl.api("uuid_bridge nobody nobody-else") == "-ERR Invalid uuid\n"


class _Holding:
    def answer_for(self, number: str, now: float) -> Behaviour:
        return Behaviour(result=Result.ANSWERED, rings=False, talk_seconds=5.0, holds=True)


@pytest.mark.parametrize(
    ("lead_names", "agent_ends"),
    [({}, "CHANNEL_DESTROY"), ({"rtp_disable_hold": "true"}, "CHANNEL_PARK")],
)
def test_a_lead_on_hold_that_hangs_up_takes_the_agent_along_unless_hold_is_disabled(
    lead_names: dict[str, str], agent_ends: str
) -> None:
    esl = VirtualEsl(network=_Holding())
    esl.agent(AGENT)
    _parked_lead(esl, **lead_names)
    esl.api(f"uuid_bridge {AGENT} {LEAD}")
    esl.advance(6.0)
    assert esl.names_of(AGENT)[-1] == agent_ends
