"""Any order of events, however late, doubled or lost: the engine's invariants hold after each."""

import contextlib

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from campaigns.outcomes import Outcome
from dialer.engine.commands import (
    Bridge,
    ClosePreview,
    Command,
    Hangup,
    NailUp,
    Originate,
    ParkLeg,
    PreviewLead,
    RecordCall,
    RecordCallback,
    ShowLead,
    Survey,
)  # fmt: skip
from dialer.engine.config import TeamConfig
from dialer.engine.events import (
    AgentHungUp,
    AgentLegEnded,
    AgentLegOriginated,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentParked,
    AgentPaused,
    AgentReadied,
    AttemptRefused,
    BridgeRefused,
    CallAnswered,
    CallbackCancelled,
    CallbackDue,
    CallBridged,
    CallDisposed,
    CallEnded,
    CallOriginated,
    CallParked,
    CallRinging,
    CampaignPaused,
    CampaignStarted,
    DrainRequested,
    Event,
    PreviewDialled,
    PreviewSkipped,
    Promise,
    SurveyAnswered,
    SwitchConnected,
    SwitchLost,
    TeamConfigured,
)  # fmt: skip
from dialer.engine.ids import AgentId, CallbackId, CallId, LegId, MessageId, TeamId
from dialer.engine.states import AgentState, CallbackState
from dialer.engine.supervision_events import AgentMoved, AgentsMessaged
from dialer.errors import IllegalTransition
from dialer.pacing.settings import DialMode, PacingSettings, PreviewTimeout
from tests.support.engine_desk import CAMPAIGN, TEAM, Desk, hopper_lead

WISHES = ("in", "ready", "pause", "out", "hang up", "dial", "skip")
OTHER_TEAM = TeamId(2)
AGENTS = st.sampled_from([AgentId(n) for n in range(1, 5)])
CALL_EVENTS = (CallOriginated, CallRinging, CallAnswered, CallParked)


class EngineMachine(RuleBasedStateMachine):
    """Plays switch, store and people with no regard for manners."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(mode=DialMode.RATIO, ratio=2.0)
        night = TeamConfig(team_id=OTHER_TEAM, name="night", pacing=PacingSettings())
        self.desk.feed(TeamConfigured(team=night))
        self.originated: list[CallId] = []
        self.bridges: list[Bridge] = []
        self.legs: list[tuple[AgentId, LegId]] = []
        self.recorded: dict[CallId, RecordCall] = {}
        self.promised: dict[CallbackId, Promise] = {}
        self.settled: dict[CallbackId, RecordCallback] = {}
        self.lead_count = 0
        self.leg_count = 0

    def feed(self, event: Event) -> None:
        before = self.desk.snapshot
        try:
            self.take(self.desk.feed(event))
        except IllegalTransition:
            assert self.desk.snapshot == before, "an illegal event changed something"

    def take(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Originate():
                    self.originated.append(command.lead.call_id)
                case Bridge():
                    self.bridges.append(command)
                case NailUp():
                    self.leg_count += 1
                    leg_id = LegId(f"leg-{self.leg_count}")
                    self.legs.append((command.agent_id, leg_id))
                    self.feed(AgentLegOriginated(agent_id=command.agent_id, leg_id=leg_id))
                case RecordCall():
                    first = self.recorded.setdefault(command.call_id, command)
                    assert first.ended_at == command.ended_at, "ended twice"
                    assert not command.is_abandoned or command.is_live
                case RecordCallback(callback_id=callback_id):
                    assert callback_id in self.promised
                    assert callback_id not in self.settled, "a promise ended twice"
                    self.settled[callback_id] = command
                case ParkLeg() | ShowLead() | Survey() | Hangup() | _:
                    pass

    @rule(count=st.integers(1, 5))
    def leads_arrive(self, count: int) -> None:
        numbers = range(self.lead_count, self.lead_count + count)
        self.lead_count += count
        self.take(self.desk.leads(*numbers))

    @rule(
        after=st.sampled_from([0.0, 1.0, 30.0, 100.0]),
        agent=st.none() | AGENTS,
        wait=st.sampled_from([0.0, 5.0, 40.0]),
        falls_to_team=st.booleans(),
    )
    def a_promise_comes_near(
        self, after: float, agent: AgentId | None, wait: float, falls_to_team: bool
    ) -> None:
        self.lead_count += 1
        promise = Promise(
            callback_id=CallbackId(len(self.promised) + 1),
            agent_id=agent,
            due_at=self.desk.now + after,
            tolerance_seconds=3.0,
            agent_wait_seconds=wait,
            falls_to_team=falls_to_team,
        )
        self.promised[promise.callback_id] = promise
        self.feed(CallbackDue(lead=hopper_lead(self.lead_count - 1), promise=promise))

    @rule(data=st.data())
    @precondition(lambda self: self.promised)
    def a_promise_is_taken_back(self, data: st.DataObject) -> None:
        callback_id = data.draw(st.sampled_from(list(self.promised)))
        self.feed(CallbackCancelled(callback_id=callback_id, reason="asked"))

    @rule(seconds=st.sampled_from([0.02, 0.5, 1.0, 2.0, 5.0, 31.0]))
    def time_passes(self, seconds: float) -> None:
        self.take(self.desk.wait(seconds))

    @rule(agent=AGENTS, what=st.sampled_from(WISHES))
    def a_person_acts(self, agent: AgentId, what: str) -> None:
        self.feed(
            {
                "in": AgentLoggedIn(agent_id=agent, team_id=TEAM, name=f"agent {agent}"),
                "ready": AgentReadied(agent_id=agent),
                "pause": AgentPaused(agent_id=agent, reason="tea"),
                "out": AgentLoggedOut(agent_id=agent),
                "hang up": AgentHungUp(agent_id=agent),
                "dial": PreviewDialled(agent_id=agent),
                "skip": PreviewSkipped(agent_id=agent),
            }[what]
        )

    @rule(agent=AGENTS, team=st.sampled_from([TEAM, OTHER_TEAM]))
    def a_supervisor_moves_somebody(self, agent: AgentId, team: TeamId) -> None:
        before = self.desk.engine._floor.agents.get(agent)
        on_call = None if before is None else before.call
        self.feed(AgentMoved(agent_id=agent, team_id=team))
        after = self.desk.engine._floor.agents.get(agent)
        assert after is None or after.call is on_call, "a move took somebody off a call"
        assert after is None or team in (after.team_id, after.moves_to)

    @rule(agents=st.lists(AGENTS, unique=True))
    def a_supervisor_writes_to_some(self, agents: list[AgentId]) -> None:
        before = self.desk.snapshot
        self.feed(AgentsMessaged(message_id=MessageId(1), agent_ids=tuple(agents)))
        assert self.desk.snapshot == before

    @rule(mode=st.sampled_from(DialMode), timeout=st.sampled_from(PreviewTimeout))
    def the_team_is_paced_otherwise(self, mode: DialMode, timeout: PreviewTimeout) -> None:
        pacing = PacingSettings(mode=mode, ratio=2.0, preview_timeout=timeout)
        self.feed(TeamConfigured(team=TeamConfig(team_id=TEAM, name="day", pacing=pacing)))

    @rule(is_pause=st.booleans())
    def the_campaign_stops_or_goes_on(self, is_pause: bool) -> None:
        kind = CampaignPaused if is_pause else CampaignStarted
        self.feed(kind(campaign_id=CAMPAIGN))

    @rule(data=st.data())
    @precondition(lambda self: self.legs)
    def a_leg_parks(self, data: st.DataObject) -> None:
        agent_id, leg_id = data.draw(st.sampled_from(self.legs))
        self.feed(AgentParked(agent_id=agent_id, leg_id=leg_id))

    @rule(data=st.data())
    @precondition(lambda self: self.legs)
    def a_leg_is_lost(self, data: st.DataObject) -> None:
        agent_id, leg_id = data.draw(st.sampled_from(self.legs))
        self.feed(AgentLegEnded(agent_id=agent_id, leg_id=leg_id, cause="NORMAL_CLEARING"))

    @rule(data=st.data(), kind=st.sampled_from(CALL_EVENTS))
    @precondition(lambda self: self.originated)
    def the_switch_speaks_of_a_call(self, data: st.DataObject, kind: type) -> None:
        self.feed(kind(call_id=data.draw(st.sampled_from(self.originated))))

    @rule(data=st.data(), steps=st.integers(1, 4))
    @precondition(lambda self: self.originated)
    def a_call_goes_its_way(self, data: st.DataObject, steps: int) -> None:
        call_id = data.draw(st.sampled_from(self.originated[-5:]))
        for kind in CALL_EVENTS[:steps]:
            self.feed(kind(call_id=call_id))

    @rule(data=st.data())
    @precondition(lambda self: self.bridges)
    def a_bridge_stands(self, data: st.DataObject) -> None:
        bridge = data.draw(st.sampled_from(self.bridges[-3:]))
        self.feed(CallBridged(call_id=bridge.call_id, leg_id=bridge.leg_id))

    @rule(data=st.data())
    @precondition(lambda self: self.bridges)
    def a_bridge_is_refused(self, data: st.DataObject) -> None:
        bridge = data.draw(st.sampled_from(self.bridges[-3:]))
        self.feed(BridgeRefused(call_id=bridge.call_id, leg_id=bridge.leg_id))

    @rule(data=st.data(), outcome=st.sampled_from([Outcome.BUSY, Outcome.NO_ANSWER]))
    @precondition(lambda self: self.originated)
    def a_call_ends(self, data: st.DataObject, outcome: Outcome) -> None:
        call_id = data.draw(st.sampled_from(self.originated))
        self.feed(CallEnded(call_id=call_id, outcome=outcome, cause="USER_BUSY"))

    @rule(data=st.data())
    @precondition(lambda self: self.originated)
    def an_attempt_is_refused(self, data: st.DataObject) -> None:
        call_id = data.draw(st.sampled_from(self.originated))
        self.feed(AttemptRefused(call_id=call_id, reason="do_not_call"))

    @rule(data=st.data(), agent=AGENTS, is_machine=st.booleans())
    @precondition(lambda self: self.originated)
    def an_agent_disposes(self, data: st.DataObject, agent: AgentId, is_machine: bool) -> None:
        call_id = data.draw(st.sampled_from(self.originated[-5:]))
        self.feed(
            CallDisposed(
                agent_id=agent, call_id=call_id, disposition="other", is_machine=is_machine
            )
        )

    @rule(data=st.data())
    @precondition(lambda self: self.originated)
    def the_switch_is_surveyed(self, data: st.DataObject) -> None:
        gone = data.draw(st.lists(st.sampled_from(self.originated), max_size=3))
        self.feed(
            SurveyAnswered(gone_calls=tuple(gone), gone_legs=(), asked_at=self.desk.now - 0.01)
        )

    @rule(is_new=st.booleans())
    def the_switch_goes_and_comes(self, is_new: bool) -> None:
        self.feed(SwitchLost())
        self.feed(SwitchConnected(is_new=is_new))

    @invariant()
    def no_agent_is_on_two_calls_and_no_call_has_two_agents(self) -> None:
        snapshot = self.desk.snapshot
        on_calls = [c.agent_id for c in snapshot.calls if c.agent_id is not None]
        assert len(on_calls) == len(set(on_calls))
        for agent in snapshot.agents:
            if agent.state in (AgentState.RESERVED, AgentState.TALKING):
                assert agent.call_id is not None
            if agent.state in (AgentState.READY, AgentState.PAUSED):
                assert agent.call_id is None, agent

    @invariant()
    def a_promise_is_in_hand_on_a_call_or_ended(self) -> None:
        floor = self.desk.engine._floor
        under_way = {c.promise.callback_id for c in floor.calls.values() if c.promise is not None}
        for callback_id in self.promised:
            places = (callback_id in floor.callbacks) + (callback_id in self.settled)
            assert places == 1 or (places == 0 and callback_id in under_way), callback_id
        for agent in floor.agents.values():
            assert not agent.is_held or any(
                c.agent_id == agent.agent_id for c in floor.callbacks.values()
            ), "held for nobody"
        for end in self.settled.values():
            if end.state in (CallbackState.KEPT, CallbackState.LATE):
                assert end.agent_id is not None and end.call_id is not None

    @invariant()
    def a_lead_looked_at_is_shown_to_a_ready_agent_and_its_number_is_held(self) -> None:
        floor = self.desk.engine._floor
        for agent_id, lead in floor.previews.items():
            agent = floor.agents[agent_id]
            assert agent.state is AgentState.READY and agent.is_previewing
            assert agent_id not in floor.teams[agent.team_id].available
            assert floor.numbers[lead.number] == lead.call_id
            assert lead.call_id not in floor.calls
        assert len(floor.numbers) == len(floor.calls) + len(floor.previews)
        assert len(self.desk.all(PreviewLead)) - len(self.desk.all(ClosePreview)) == len(
            floor.previews
        )

    @invariant()
    def agents_are_listed_by_their_state_and_who_leaves_is_available(self) -> None:
        floor = self.desk.engine._floor
        for team_id, team in floor.teams.items():
            for state, listed in team.by_state.items():
                assert list(listed) == sorted(listed, key=lambda a: floor.agents[a].since)
                assert all(floor.agents[a].state is state for a in listed)
            assert sum(len(listed) for listed in team.by_state.values()) == len(team.agents)
            assert all(agent.team_id == team_id for agent in team.agents.values())
            for agent_id in team.leaving:
                agent = floor.agents[agent_id]
                assert agent_id in team.available
                assert agent.wants is not None or agent.moves_to is not None
        assert sum(len(team.agents) for team in floor.teams.values()) == len(floor.agents)

    @invariant()
    def every_live_call_holds_one_line_and_its_number_alone(self) -> None:
        snapshot = self.desk.snapshot
        assert snapshot.trunks[0].channels == len(snapshot.calls)
        numbers = [c.number for c in snapshot.calls]
        assert len(numbers) == len(set(numbers))

    @invariant()
    def the_ledger_agrees_with_what_was_recorded(self) -> None:
        snapshot = self.desk.snapshot
        last = {c.call_id: c for c in self.desk.all(RecordCall)}
        live = sum(c.is_live for c in last.values())
        on_the_way = sum(
            c.answered_at is not None and c.call_id not in last for c in snapshot.calls
        )
        ledger = snapshot.campaigns[0].ledgers[0]
        assert live <= ledger.live_answers <= live + on_the_way
        assert ledger.abandoned <= ledger.live_answers

    def teardown(self) -> None:
        """Whatever happened: when the switch has forgotten everything, the engine drains."""
        with contextlib.suppress(IllegalTransition):
            self.feed(DrainRequested())
        for call in self.desk.snapshot.calls:
            self.feed(AttemptRefused(call_id=call.call_id, reason="draining"))
        self.feed(SwitchConnected(is_new=True))
        self.take(self.desk.wait(120))
        assert self.desk.snapshot.calls == ()
        assert set(self.recorded) <= set(self.originated)
        assert set(self.settled) == set(self.promised)


TestEngineMachine = EngineMachine.TestCase
TestEngineMachine.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
