"""A + U <= floor(limit (H + U)) at every instant, in every ledger, for a pacer that wants more.

Any order of events that keeps the hypotheses of `dialer.engine.strict_wall`, restarts included.
"""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from campaigns.outcomes import Outcome
from dialer.engine.events import (
    AgentHungUp,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentPaused,
    AgentReadied,
    AttemptRefused,
    BridgeRefused,
    CallAnswered,
    CallbackDue,
    CallDisposed,
    CallOriginated,
    CallParked,
    CallRinging,
    CampaignPaused,
    CampaignStarted,
    Promise,
)
from dialer.engine.ids import AgentId, CallbackId, CallId
from tests.support.engine_desk import hopper_lead
from tests.support.strict_world import CAMPAIGNS, TEAM, Ledger, StrictWorld

AGENTS = st.sampled_from([AgentId(n) for n in range(1, 6)])
STEPS = (CallOriginated, CallRinging, CallAnswered, CallParked)


class StrictWallMachine(RuleBasedStateMachine):
    """Hypothesis as the worst day a floor could have."""

    @initialize(
        history=st.lists(st.integers(0, 260), min_size=3, max_size=3),
        spent=st.lists(st.integers(0, 8), min_size=3, max_size=3),
    )
    def a_shift_begins(self, history: list[int], spent: list[int]) -> None:
        limits = (0.03, 0.05, 0.1)
        campaigns = (CAMPAIGNS[0], CAMPAIGNS[0], CAMPAIGNS[1])
        self.world = StrictWorld(
            ledgers=[
                Ledger(
                    campaign_id=campaigns[n],
                    name=("campaign", "month", "day")[n],
                    limit_ratio=limits[n],
                    live_answers=history[n],
                    abandoned=min(spent[n], int(limits[n] * history[n])),
                    seconds=(None, 5000.0, 300.0)[n],
                )
                for n in range(3)
            ]
        )
        for number in range(1, 4):
            self.world.feed(AgentLoggedIn(agent_id=AgentId(number), team_id=TEAM, name=f"{number}"))
            self.world.feed(AgentReadied(agent_id=AgentId(number)))
        for campaign_id in CAMPAIGNS:
            self.world.leads(campaign_id, 20)

    @rule(campaign_id=st.sampled_from(CAMPAIGNS), count=st.integers(1, 30))
    def leads_arrive(self, campaign_id, count: int) -> None:
        self.world.leads(campaign_id, count)

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.9, 2.1, 10.0, 31.0, 120.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.wait(seconds)

    @rule(agent=AGENTS, what=st.sampled_from(["in", "ready", "ready", "pause", "out", "hang up"]))
    def a_person_acts(self, agent: AgentId, what: str) -> None:
        self.world.feed(
            {
                "in": AgentLoggedIn(agent_id=agent, team_id=TEAM, name=f"agent {agent}"),
                "ready": AgentReadied(agent_id=agent),
                "pause": AgentPaused(agent_id=agent, reason="tea"),
                "out": AgentLoggedOut(agent_id=agent),
                "hang up": AgentHungUp(agent_id=agent),
            }[what]
        )

    def _calls(self) -> list[CallId]:
        return list(self.world.engine._floor.calls)

    @rule(data=st.data(), steps=st.integers(1, 4), count=st.integers(1, 6))
    @precondition(lambda self: self._calls())
    def calls_go_their_way(self, data: st.DataObject, steps: int, count: int) -> None:
        chosen = data.draw(
            st.lists(st.sampled_from(self._calls()), max_size=count, min_size=1, unique=True)
        )
        for call_id in chosen:
            for kind in STEPS[:steps]:
                self.world.feed(kind(call_id=call_id))

    @rule()
    def all_that_rings_is_answered_at_once(self) -> None:
        for call_id in self._calls():
            for kind in STEPS:
                self.world.feed(kind(call_id=call_id))

    @rule(data=st.data(), outcome=st.sampled_from([Outcome.BUSY, Outcome.NO_ANSWER]))
    @precondition(lambda self: self._calls())
    def a_call_ends(self, data: st.DataObject, outcome: Outcome) -> None:
        self.world.end(data.draw(st.sampled_from(self._calls())), outcome)

    @rule()
    def all_talks_end(self) -> None:
        for call in list(self.world.engine._floor.calls.values()):
            if call.bridged_at is not None:
                self.world.end(call.lead.call_id)

    @rule(data=st.data())
    @precondition(lambda self: self._calls())
    def an_attempt_is_refused(self, data: st.DataObject) -> None:
        call_id = data.draw(st.sampled_from(self._calls()))
        self.world.feed(AttemptRefused(call_id=call_id, reason="do_not_call"))

    @rule(data=st.data())
    @precondition(lambda self: self.world.bridges)
    def a_bridge_stands(self, data: st.DataObject) -> None:
        self.world.bridge(data.draw(st.sampled_from(list(self.world.bridges))))

    @rule(data=st.data())
    @precondition(lambda self: self.world.bridges)
    def a_bridge_is_refused_because_the_lead_is_gone(self, data: st.DataObject) -> None:
        call_id = data.draw(st.sampled_from(list(self.world.bridges)))
        bridge = self.world.bridges.pop(call_id)
        self.world.feed(BridgeRefused(call_id=call_id, leg_id=bridge.leg_id))

    @rule(agent=AGENTS, is_machine=st.booleans(), is_last=st.booleans())
    def an_agent_disposes(self, agent: AgentId, is_machine: bool, is_last: bool) -> None:
        known = self.world.engine._floor.agents.get(agent)
        call = None if known is None else known.last_call if is_last else known.call
        if call is not None:
            self.world.feed(
                CallDisposed(
                    agent_id=agent,
                    call_id=call.lead.call_id,
                    disposition="other",
                    is_machine=is_machine,
                )
            )

    @rule(campaign_id=st.sampled_from(CAMPAIGNS), is_pause=st.booleans())
    def a_campaign_stops_or_goes_on(self, campaign_id, is_pause: bool) -> None:
        kind = CampaignPaused if is_pause else CampaignStarted
        self.world.feed(kind(campaign_id=campaign_id))

    @rule(agent=st.none() | AGENTS, after=st.sampled_from([0.0, 20.0, 100.0]))
    def a_promise_comes_near(self, agent: AgentId | None, after: float) -> None:
        world = self.world
        world.lead_count += 1
        promise = Promise(
            callback_id=CallbackId(world.lead_count),
            agent_id=agent,
            due_at=world.now + after,
            tolerance_seconds=3.0,
            agent_wait_seconds=20.0,
            falls_to_team=True,
        )
        world.feed(CallbackDue(lead=hopper_lead(world.lead_count - 1), promise=promise))

    @rule()
    def the_process_dies_and_begins_again(self) -> None:
        self.world.restart()

    @invariant()
    def no_ledger_can_pass_its_limit(self) -> None:
        if hasattr(self, "world"):
            self.world.check()


TestStrictWall = StrictWallMachine.TestCase
TestStrictWall.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
