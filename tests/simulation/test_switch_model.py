"""The switch as modelled: which events, in which order, after which gaps."""

from collections.abc import Callable

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import Bridge, Originate, Survey
from dialer.engine.config import OnAbandon
from dialer.engine.events import (
    AgentLegEnded,
    AgentParked,
    BridgeRefused,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallParked,
    CallRinging,
    Event,
    HopperLead,
    SurveyAnswered,
)
from dialer.engine.ids import E164, AgentId, CallId, CampaignId, LeadId, LegId, PhoneId, TrunkId
from dialer.simulation.agenda import Agenda
from dialer.simulation.laws import ConstantAnswer, DurationLaw, Lognormal
from dialer.simulation.plan import NetworkPlan
from dialer.simulation.streams import Streams
from dialer.simulation.switch_model import SwitchHooks, SwitchModel

CALL, LEG, AGENT = CallId("call-1"), LegId("leg-1"), AgentId(1)


def exactly(seconds: float) -> DurationLaw:
    return Lognormal(mean_seconds=seconds, cv=0.0)


class Bench:
    """A switch on a table: what it emits, with times from the start."""

    def __init__(
        self,
        *,
        answers: bool = True,
        patience: DurationLaw | None = None,
        stuck: Callable[[], bool] = lambda: False,
        fast_failures: float = 0.0,
    ) -> None:
        self.agenda = Agenda(0.0)
        self.said: list[tuple[float, Event]] = []
        self.joined = 0
        plan = NetworkPlan(
            answer_after=exactly(10.0),
            bridge_after=exactly(0.05),
            repark_after=exactly(0.03),
            fast_failure_ratio=fast_failures,
        )
        hooks = SwitchHooks(
            emit=lambda event: self.said.append((round(self.agenda.now, 3), event)),
            note=lambda fact: None,
            joined=self._join,
            answer_law=lambda lead: ConstantAnswer(1.0 if answers else 0.0),
        )
        self.switch = SwitchModel(
            self.agenda, plan, Streams(1), hooks, patience=patience, stuck_bridge=stuck
        )

    def _join(self, lead: object, agent: object) -> None:
        self.joined += 1

    def place(self, *, ring_seconds: float = 25.0) -> None:
        lead = HopperLead(
            call_id=CALL,
            campaign_id=CampaignId(1),
            lead_id=LeadId(1),
            phone_id=PhoneId(1),
            number=E164("+999000000001"),
            callable_until=float("inf"),
        )
        trunk = TrunkId("gateway")
        command = Originate(lead=lead, trunk_id=trunk, caller_id="1", ring_seconds=ring_seconds)
        self.switch.place(command)

    def nail_up(self) -> None:
        self.switch.nail_up(AGENT, LEG, answer_after=1.0)

    def bridge(self) -> None:
        self.switch.bridge(Bridge(call_id=CALL, leg_id=LEG))

    def until(self, at: float) -> list[tuple[float, str]]:
        while (planned := self.agenda.next_at()) is not None and planned <= at:
            self.agenda.run_next()
        self.agenda.advance(max(at, self.agenda.now))
        names = [(t, type(event).__name__) for t, event in self.said]
        self.said.clear()
        return names


def ready_to_bridge(**bench: object) -> Bench:
    made = Bench(**bench)  # type: ignore[arg-type]
    made.nail_up()
    made.place()
    made.until(10.02)
    return made


def test_an_answered_call_rings_answers_and_parks_twenty_milliseconds_later() -> None:
    bench = Bench()
    bench.place()

    assert bench.until(12.0) == [
        (3.0, "CallRinging"),
        (10.0, "CallAnswered"),
        (10.02, "CallParked"),
    ]


def test_a_call_that_nobody_takes_ends_at_its_ring_time() -> None:
    bench = Bench(answers=False)
    bench.place(ring_seconds=20.0)
    bench.until(19.9)
    bench.agenda.run_next()

    assert bench.said == [
        (20.0, CallEnded(call_id=CALL, outcome=Outcome.NO_ANSWER, cause="NO_ANSWER"))
    ]


def test_a_fast_failure_comes_within_four_seconds() -> None:
    bench = Bench(answers=False, fast_failures=1.0)
    bench.place()
    (found,) = [entry for entry in bench.until(30.0) if entry[1] == "CallEnded"]

    assert 1.0 <= found[0] <= 4.0


def test_a_gateway_that_is_down_refuses_at_once() -> None:
    bench = Bench()
    bench.switch.trunks_down.add(TrunkId("gateway"))
    bench.place()

    assert [e.outcome for _, e in bench.said if isinstance(e, CallEnded)] == [Outcome.SWITCH_LIMIT]


def test_a_bridge_joins_the_legs_and_the_agent_parks_after_the_lead_hangs_up() -> None:
    bench = ready_to_bridge()
    bench.bridge()
    assert bench.until(11.0) == [(10.07, "CallBridged")]
    assert bench.joined == 1

    bench.switch.lead_hangs_up(bench.switch.leads[CALL])
    assert bench.until(12.0) == [(11.0, "CallEnded"), (11.03, "AgentParked")]


def test_a_lead_who_hangs_up_while_being_bridged_leaves_the_agent_parked() -> None:
    bench = ready_to_bridge()
    bench.bridge()
    bench.switch.lead_hangs_up(bench.switch.leads[CALL])

    assert bench.until(11.0) == [(10.02, "CallEnded"), (10.07, "AgentParked")]
    assert bench.joined == 0


def test_a_bridge_of_a_leg_that_is_gone_is_refused() -> None:
    bench = ready_to_bridge()
    bench.switch.lead_hangs_up(bench.switch.leads[CALL])
    bench.bridge()

    assert bench.said[-1][1] == BridgeRefused(call_id=CALL, leg_id=LEG)


def test_a_stuck_leg_says_nothing_until_it_is_parked() -> None:
    bench = ready_to_bridge(stuck=lambda: True)
    bench.bridge()
    assert bench.until(12.0) == []

    bench.switch.park_leg(LEG)
    assert bench.said[-1][1] == AgentParked(agent_id=AGENT, leg_id=LEG)


def test_a_lost_agent_leg_takes_its_conversation_along() -> None:
    bench = ready_to_bridge()
    bench.bridge()
    bench.until(11.0)
    bench.switch.end_leg(LEG, "MEDIA_TIMEOUT")

    kinds = [type(event) for _, event in bench.said]
    assert kinds == [AgentLegEnded, CallEnded]


def test_a_parked_lead_is_released_by_the_switch_after_fifteen_seconds() -> None:
    bench = ready_to_bridge()

    assert bench.until(30.0) == [(25.02, "CallEnded")]


def test_the_message_ends_the_call_after_its_length() -> None:
    bench = ready_to_bridge()
    bench.switch.play_message(CALL, OnAbandon.MESSAGE)

    assert bench.until(30.0) == [(18.02, "CallEnded")]


def test_a_lead_without_patience_hangs_up_while_waiting() -> None:
    bench = Bench(patience=exactly(1.5))
    bench.place()

    assert bench.until(30.0)[-1] == (11.5, "CallEnded")


def test_a_survey_names_what_is_gone_and_a_dead_switch_has_nothing() -> None:
    bench = ready_to_bridge()
    question = Survey(call_ids=(CALL, CallId("other")), leg_ids=(LEG,))
    bench.switch.survey(question, asked_at=1.0)
    bench.switch.die()
    bench.switch.survey(question, asked_at=2.0)

    answers = [e for _, e in bench.said if isinstance(e, SurveyAnswered)]
    assert [a.gone_calls for a in answers] == [(CallId("other"),), (CALL, CallId("other"))]
    assert [a.gone_legs for a in answers] == [(), (LEG,)]


@pytest.mark.parametrize("kind", [CallRinging, CallAnswered, CallParked, CallBridged])
def test_nothing_more_is_heard_of_a_call_that_was_hung_up(kind: type[Event]) -> None:
    bench = Bench()
    bench.place()
    bench.until(1.0)
    bench.switch.hang_up(CALL, "NORMAL_CLEARING")

    assert [name for _, name in bench.until(60.0)] == ["CallEnded"]
