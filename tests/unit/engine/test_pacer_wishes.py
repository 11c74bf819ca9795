"""What a pacer asks for beyond a count: calls to end, unlikely leads, a memory that lasts."""

from dataclasses import replace

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import Hangup, Originate, RecordCall
from dialer.engine.config import EngineConfig, TeamConfig
from dialer.engine.engine import Engine
from dialer.engine.events import (
    AgentParked,
    CallAnswered,
    CallEnded,
    CallParked,
    HopperLead,
    LeadsLeased,
    TeamConfigured,
)
from dialer.engine.ids import LegId
from dialer.pacing.lead_probability import READY_CALLS
from dialer.pacing.settings import DialMode, PacingSettings
from dialer.pacing.view import Cancelled, Decision, Limit, Observation, PacingView
from tests.support.engine_desk import CAMPAIGN, TEAM, Desk, hopper_lead

POOLED = 0.4


class ScriptedPacer:
    """Gives the decisions it was told, then launches nothing; remembers what it saw."""

    def __init__(self, settings: PacingSettings) -> None:
        self.settings = settings
        self.script: list[Decision] = []
        self.views: list[PacingView] = []
        self.observed: list[Observation] = []
        self.restored: list[str] = []

    def decide(self, view: PacingView) -> Decision:
        self.views.append(view)
        return self.script.pop(0) if self.script else calls(0)

    def observe(self, observation: Observation) -> None:
        self.observed.append(observation)

    def save(self) -> str:
        return "learnt"

    def restore(self, state: str) -> str | None:
        self.restored.append(state)
        return None


class World:
    """A desk whose pacer is scripted."""

    def __init__(self, *, cancel_after: float | None = 18.0) -> None:
        self.pacers: list[ScriptedPacer] = []
        self.desk = Desk(engine=Engine(EngineConfig(), create_pacer=self.create))
        self.configure(PacingSettings(cancel_after_seconds=cancel_after))

    def create(self, settings: PacingSettings) -> ScriptedPacer:
        self.pacers.append(ScriptedPacer(settings))
        return self.pacers[-1]

    def configure(self, pacing: PacingSettings) -> None:
        self.desk.feed(TeamConfigured(team=TeamConfig(team_id=TEAM, name="day", pacing=pacing)))

    @property
    def pacer(self) -> ScriptedPacer:
        return self.pacers[-1]

    def rule(self, *decisions: Decision) -> None:
        self.pacer.script = list(decisions)
        self.desk.wait(0.3)


def calls(count: int, probability_max: float | None = None) -> Decision:
    return Decision(
        count=count,
        bound_by=Limit.PRICE,
        probability_max=probability_max,
        answer_probability=POOLED,
    )


def cancels(*places: int) -> Decision:
    return Decision(count=0, bound_by=Limit.PRICE, cancel=places)


def ringing(**settings: float | None) -> World:
    world = World(**settings)
    world.desk.agent()
    world.desk.leads(1, 2)
    world.rule(calls(2))
    world.desk.ring(2)
    world.desk.wait(20.0)
    return world


def test_the_pacer_sees_how_long_each_call_has_rung_only_where_it_may_cancel() -> None:
    world = ringing()
    first, second = world.pacer.views[-1].in_flight_rung
    assert first is None
    assert second is not None
    assert 19.0 < second <= 20.0
    assert world.pacer.views[-1].cancel_after_seconds == 15.0
    assert ringing(cancel_after=None).pacer.views[-1].in_flight_rung == []


def test_a_cancelled_call_is_ended_once_and_is_no_failure_to_the_estimators() -> None:
    world = ringing()
    world.rule(cancels(1))
    assert [(h.call_id, h.cause) for h in world.desk.all(Hangup)] == [
        ("call-2", "ORIGINATOR_CANCEL")
    ]
    world.desk.wait(1.0)
    assert list(world.pacer.views[-1].in_flight_rung) == [None, None]
    assert len(world.desk.all(Hangup)) == 1
    end = CallEnded(
        call_id=hopper_lead(2).call_id, cause="ORIGINATOR_CANCEL", outcome=Outcome.CANCELLED
    )
    world.desk.feed(end)
    [seen] = [o for o in world.pacer.observed if isinstance(o, Cancelled)]
    assert 20.0 < seen.age_seconds < 22.0
    assert [r.outcome for r in world.desk.all(RecordCall)] == [Outcome.CANCELLED]


def test_a_call_answered_in_the_moment_it_is_cancelled_is_served_like_any_other() -> None:
    world = ringing()
    world.rule(cancels(1))
    call_id = hopper_lead(2).call_id
    world.desk.feed(CallAnswered(call_id=call_id), CallParked(call_id=call_id))
    assert world.desk.agent_state().call_id == call_id
    assert not any(isinstance(o, Cancelled) for o in world.pacer.observed)


def test_the_last_launch_goes_to_the_first_lead_that_is_unlikely_enough() -> None:
    world = World()
    world.desk.agent()
    likely = [0.5, 0.5, 0.3, 0.1, 0.5]
    leads = tuple(replace(hopper_lead(i + 1), answer_probability=p) for i, p in enumerate(likely))
    world.desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=leads, asked=len(leads)))
    assert world.pacer.views[-1].hopper_probabilities == [0.5, 0.3, 0.1]
    world.rule(calls(2, probability_max=0.15))
    assert [o.lead.lead_id for o in world.desk.all(Originate)] == [1, 4]
    world.rule(calls(1, probability_max=0.15))
    assert len(world.desk.all(Originate)) == 2
    world.rule(calls(1))
    assert [o.lead.lead_id for o in world.desk.all(Originate)] == [1, 4, 2]


def test_a_change_of_mode_keeps_what_was_learnt() -> None:
    world = World()
    world.configure(PacingSettings(mode=DialMode.PROGRESSIVE))
    assert world.pacer.settings.mode is DialMode.PROGRESSIVE
    assert world.pacer.restored == ["learnt"]


def test_leads_with_features_are_told_apart_once_their_calls_have_taught_enough() -> None:
    world = World()
    agent_id = world.desk.agent()
    number = 0

    def lease(kind: str) -> HopperLead:
        nonlocal number
        number += 1
        lead = replace(hopper_lead(number), features=(1, kind))
        world.desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=(lead,), asked=1))
        return lead

    for i in range(READY_CALLS):
        lead = lease("dead" if i % 2 else "live")
        world.rule(calls(1))
        if i % 2 == 0:
            world.desk.answer(number)
        world.desk.feed(
            CallEnded(call_id=lead.call_id, cause="NO_ANSWER", outcome=Outcome.NO_ANSWER)
        )
        if i % 2 == 0:
            world.desk.feed(AgentParked(agent_id=agent_id, leg_id=LegId("leg-1")))
        world.desk.wait(60.0)
    lease("dead")
    lease("live")
    live, dead = world.pacer.views[-1].hopper_probabilities
    assert live > 0.7
    assert dead < 0.2
    # What comes is told by the same model, and kept with the attempt.
    world.rule(calls(1))
    attempt = world.desk.all(Originate)[-1]
    assert attempt.answer_probability is not None
    assert attempt.answer_probability < 0.3
    assert attempt.lead.answer_odds == pytest.approx((dead / (1 - dead)) / (POOLED / (1 - POOLED)))
