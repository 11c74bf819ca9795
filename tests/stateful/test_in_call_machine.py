"""Hold, hand-over, outside legs, supervisors and keys mixed into any order of all other events."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from dialer.engine.commands import Command
from dialer.engine.events import (
    AgentLoggedIn,
    AgentParked,
    AgentReadied,
    CallBridged,
    Event,
    KeyPressed,
)
from dialer.engine.ids import E164, AgentId, LegId
from dialer.engine.in_call_commands import (
    CallOutside,
    CallSupervisor,
    RecordRecording,
    StartRecording,
    StopRecording,
)
from dialer.engine.in_call_events import (
    CallHandedOver,
    KeysSent,
    LeadHeld,
    LeadKept,
    LeadTakenBack,
    LegKeyPressed,
    OutsideCalled,
    OutsideDropped,
    OutsidePurpose,
    OutsideTakesOver,
    RecordingAsked,
    RecordingMasked,
    RecordingStopped,
    SideLegBridged,
    SideLegEnded,
    SideLegUp,
    SupervisorAsked,
    SupervisorLeft,
    SupervisorMode,
)
from dialer.engine.states import AgentState, CallState
from dialer.engine.talks import LeadPlace
from tests.stateful.test_engine_machine import AGENTS, CALL_EVENTS, EngineMachine
from tests.support.engine_desk import TEAM

SIDES = st.integers(1, 6).map(lambda n: LegId(f"side-{n}"))


class InCallMachine(EngineMachine):
    """Also plays supervisors, outside parties and impatient fingers."""

    def __init__(self) -> None:
        super().__init__()
        self.side_count = 0
        self.sides: list[tuple[str, LegId]] = []
        self.open_files: set[str] = set()

    def take(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case CallOutside(leg_id=leg_id, call_id=call_id):
                    self.sides.append((call_id, leg_id))
                case CallSupervisor(leg_id=leg_id):
                    self.sides.append(("", leg_id))
                case StartRecording(file_id=file_id):
                    assert file_id not in self.open_files, "one file begun twice"
                    self.open_files.add(file_id)
                case StopRecording(file_id=file_id):
                    assert file_id in self.open_files
                case RecordRecording(file_id=file_id, ended_at=ended_at, masked=masked):
                    assert ended_at is None or all(until is not None for _, until in masked)
                case _:
                    pass
        super().take(commands)

    def _mint(self) -> LegId:
        self.side_count += 1
        return LegId(f"side-{self.side_count}")

    @rule(agent=AGENTS)
    def a_call_is_connected(self, agent: AgentId) -> None:
        """Without this the luck that a talk needs would hardly ever come."""
        self.feed(AgentLoggedIn(agent_id=agent, team_id=TEAM, name=f"agent {agent}"))
        for agent_id, leg_id in self.legs[-1:]:
            self.feed(AgentParked(agent_id=agent_id, leg_id=leg_id))
        self.feed(AgentReadied(agent_id=agent))
        self.lead_count += 1
        self.take(self.desk.leads(self.lead_count - 1))
        for call_id in self.originated[-2:]:
            for kind in CALL_EVENTS:
                self.feed(kind(call_id=call_id))
        for bridge in self.bridges[-1:]:
            self.feed(CallBridged(call_id=bridge.call_id, leg_id=bridge.leg_id))

    def _talking(self) -> list[AgentId]:
        agents = self.desk.snapshot.agents
        return [one.agent_id for one in agents if one.state is AgentState.TALKING]

    @rule(to=AGENTS, data=st.data())
    @precondition(lambda self: self._talking())
    def an_agent_does_something_on_the_call(self, to: AgentId, data: st.DataObject) -> None:
        for _ in range(data.draw(st.integers(1, 4))):
            if talking := self._talking():
                self._wish(data.draw(st.sampled_from(talking)), to, data)

    def _wish(self, agent: AgentId, to: AgentId, data: st.DataObject) -> None:
        number = E164("+12025550177")
        wishes: list[Event] = [
            LeadHeld(agent_id=agent),
            LeadKept(agent_id=agent),
            LeadTakenBack(agent_id=agent),
            KeysSent(agent_id=agent, keys="1"),
            CallHandedOver(agent_id=agent, to_agent=to),
            CallHandedOver(agent_id=agent, to_team=TEAM),
            OutsideTakesOver(agent_id=agent),
            OutsideDropped(agent_id=agent),
            RecordingAsked(agent_id=agent, is_on=True),
            RecordingMasked(agent_id=agent, is_masked=True),
            *(
                OutsideCalled(agent_id=agent, leg_id=self._mint(), number=number, purpose=purpose)
                for purpose in OutsidePurpose
            ),
        ]
        self.feed(data.draw(st.sampled_from(wishes)))

    @rule(agent=AGENTS, mode=st.sampled_from(list(SupervisorMode)), phone=st.integers(1, 3))
    def a_supervisor_comes_or_goes(self, agent: AgentId, mode: SupervisorMode, phone: int) -> None:
        self.feed(
            SupervisorAsked(agent_id=agent, leg_id=self._mint(), extension=f"90{phone}", mode=mode)
        )
        if mode is SupervisorMode.BARGE:
            self.feed(SupervisorLeft(extension=f"90{phone}"))

    @rule(data=st.data(), kind=st.sampled_from([SideLegUp, SideLegEnded, SideLegBridged]))
    @precondition(lambda self: self.sides)
    def a_leg_beside_says_something(self, data: st.DataObject, kind: type) -> None:
        call_id, leg_id = data.draw(st.sampled_from(self.sides))
        if kind is SideLegBridged:
            self.feed(SideLegBridged(call_id=call_id, leg_id=leg_id))  # type: ignore[arg-type]
        elif kind is SideLegEnded:
            self.feed(SideLegEnded(leg_id=leg_id, cause="NORMAL_CLEARING"))
        else:
            self.feed(SideLegUp(leg_id=leg_id))

    @rule(data=st.data(), key=st.sampled_from("0123456789*#"))
    @precondition(lambda self: self.legs and self.originated)
    def somebody_presses_a_key(self, data: st.DataObject, key: str) -> None:
        _, leg_id = data.draw(st.sampled_from(self.legs))
        self.feed(LegKeyPressed(leg_id=leg_id, key=key))
        self.feed(KeyPressed(call_id=data.draw(st.sampled_from(self.originated)), key=key))

    @rule(data=st.data())
    @precondition(lambda self: self.open_files)
    def a_file_ends(self, data: st.DataObject) -> None:
        self.feed(RecordingStopped(file_id=data.draw(st.sampled_from(sorted(self.open_files))),
                                   seconds=1.0))  # fmt: skip

    @invariant()
    def every_live_call_holds_one_line_and_its_number_alone(self) -> None:
        snapshot = self.desk.snapshot
        outside = len(self.desk.engine._floor.outside)
        assert snapshot.trunks[0].channels == len(snapshot.calls) + outside
        numbers = [c.number for c in snapshot.calls]
        assert len(numbers) == len(set(numbers))

    @invariant()
    def every_connected_call_has_a_talk_and_nobody_is_promised_in_vain(self) -> None:
        floor = self.desk.engine._floor
        connected = {c.lead.call_id for c in floor.calls.values() if c.state is CallState.CONNECTED}
        assert set(floor.talks) == connected
        for call_id, talk in floor.talks.items():
            assert (talk.to_agent is not None) == (talk.place is LeadPlace.MOVING)
            if talk.to_agent is not None:
                receiver = floor.agents[talk.to_agent]
                assert receiver.state is AgentState.RESERVED
                assert receiver.call is floor.calls[call_id]
            if talk.outside is not None:
                assert floor.outside[talk.outside].call_id == call_id


TestInCall = InCallMachine.TestCase
TestInCall.settings = settings(
    max_examples=60,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
