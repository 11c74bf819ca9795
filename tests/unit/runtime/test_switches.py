"""Several switches in the runtime: whose order it is, what a second trunk's events mean, what is
recovered when."""

import json
import os
import uuid
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from campaigns.outcomes import Outcome
from campaigns.store.rows import AgentRow, AttemptResult, AttemptRow
from campaigns.store.screening import OpenReturn, ReturnCall
from dialer.engine.commands import Bridge, Hangup, HangupLeg, NailUp
from dialer.engine.events import (
    AgentLegAdopted,
    AgentLoggedIn,
    CallAdopted,
    CallEnded,
    CallReturned,
    CallRinging,
    Event,
    Promise,
    SwitchConfigured,
    SwitchDrainChanged,
)
from dialer.engine.ids import AgentId, CallId, CampaignId, LeadId, LegId, SwitchId, TeamId
from dialer.runtime.call_records import CallRecords, ended
from dialer.runtime.instants import to_datetime
from dialer.runtime.lost_attempts import lost_attempt
from dialer.runtime.recovery import AWAY_SECONDS, Recovery, RecoveryStore
from dialer.runtime.return_recovery import ReturnRecovery, ReturnStore
from dialer.runtime.store_health import StoreHealth
from dialer.runtime.switch_drains import DrainWatch
from dialer.runtime.switch_link import SwitchLink
from dialer.runtime.switch_orders import SwitchOrder
from dialer.runtime.switch_reader import SwitchReader
from dialer.runtime.switches import Switches
from freeswitch.call_records import CallRecord
from freeswitch.commands import Api
from freeswitch.events import ChannelEvent, JobEvent
from freeswitch.session import EslSession

EAST, WEST = SwitchId("east"), SwitchId("west")
CALL, LEG, TEAM = CallId(str(uuid.uuid4())), LegId(str(uuid.uuid4())), TeamId(1)
BACK = str(uuid.uuid4())
"""The channel of somebody who called back."""
START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


class Link:
    """A link that only remembers."""

    def __init__(self, switch_id: SwitchId, *known: str) -> None:
        self.switch_id = switch_id
        self.known = known
        self.orders: list[SwitchOrder] = []

    def knows(self, channel: str) -> bool:
        return channel in self.known

    def order(self, order: SwitchOrder) -> None:
        self.orders.append(order)


def fleet(*links: Link) -> tuple[Switches, list[Event]]:
    told: list[Event] = []
    return Switches(cast(list[SwitchLink], links), post=told.append, overdue=lambda: ()), told


def test_an_order_goes_to_the_switch_it_names_or_to_the_one_that_has_its_leg() -> None:
    east, west = Link(EAST), Link(WEST, CALL, LEG)
    switches, told = fleet(east, west)
    switches.tell()
    assert told == [SwitchConfigured(switch_id=EAST), SwitchConfigured(switch_id=WEST)]
    nail = NailUp(agent_id=AgentId(1), switch_id=EAST)
    bridge = Bridge(call_id=CALL, leg_id=LEG)
    switches.order(nail)
    switches.order(bridge)
    assert (east.orders, west.orders) == ([nail], [bridge])


@pytest.mark.parametrize(
    "order", [Hangup(call_id=CALL, cause="NORMAL_CLEARING"), HangupLeg(leg_id=LEG)]
)
def test_a_hang_up_of_a_leg_that_nobody_knows_goes_everywhere(order: SwitchOrder) -> None:
    east, west = Link(EAST), Link(WEST)
    switches, _ = fleet(east, west)
    switches.order(order)
    assert east.orders == west.orders == [order]


# ---- a second trunk -----------------------------------------------------------------------------
def channel(name: str, cause: str | None = None) -> ChannelEvent:
    return ChannelEvent(name=name, unique_id=CALL, hangup_cause=cause)


def test_what_still_comes_of_the_first_channel_does_not_end_the_second() -> None:
    reader = SwitchReader("dialer-1")
    reader.expect_call(CALL)
    reader.read(channel("CHANNEL_CREATE"))
    (ended,) = reader.read(channel("CHANNEL_HANGUP", "NORMAL_TEMPORARY_FAILURE"))
    assert isinstance(ended, CallEnded) and ended.is_route_failure
    reader.expect_reroute(CALL, "second-job")
    late = [
        channel("CHANNEL_HANGUP_COMPLETE", "NORMAL_TEMPORARY_FAILURE"),
        JobEvent(name="BACKGROUND_JOB", job_uuid=CALL, body="-ERR NORMAL_TEMPORARY_FAILURE\n"),
        channel("CHANNEL_DESTROY", "NORMAL_TEMPORARY_FAILURE"),
    ]
    assert [reader.read(one) for one in late] == [[], [], []]
    reader.read(channel("CHANNEL_CREATE"))
    assert reader.read(channel("CHANNEL_PROGRESS")) == [CallRinging(call_id=CALL)]
    (ended,) = reader.read(channel("CHANNEL_HANGUP", "USER_BUSY"))
    assert isinstance(ended, CallEnded)
    assert (ended.outcome, ended.is_route_failure) == (Outcome.BUSY, False)


def test_a_second_trunk_that_is_down_too_ends_the_call_by_its_own_job() -> None:
    reader = SwitchReader("dialer-1")
    reader.expect_reroute(CALL, "second-job")
    (ended,) = reader.read(
        JobEvent(name="BACKGROUND_JOB", job_uuid="second-job", body="-ERR GATEWAY_DOWN\n")
    )
    assert isinstance(ended, CallEnded)
    assert (ended.outcome, ended.is_route_failure) == (Outcome.SWITCH_LIMIT, True)


def test_a_refusal_by_the_switch_without_a_channel_is_never_the_leads_fault() -> None:
    # max-sessions, sessions per second and fsctl pause all say this and nothing else.
    reader = SwitchReader("dialer-1")
    reader.expect_call(CALL)
    (ended,) = reader.read(
        JobEvent(name="BACKGROUND_JOB", job_uuid=CALL, body="-ERR DESTINATION_OUT_OF_ORDER\n")
    )
    assert isinstance(ended, CallEnded)
    assert ended.outcome is Outcome.SWITCH_LIMIT
    assert not ended.outcome.counts_as_attempt and not ended.is_route_failure


# ---- recovery -----------------------------------------------------------------------------------
class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = START.timestamp() + 100.0

    def now(self) -> float:
        return self.at

    async def wait(self, event: object, *, until: float | None) -> None:
        raise AssertionError("nobody waits here")


class Session:
    """A switch on which these channels live, some with headers of their own."""

    def __init__(self, *living: str, **described: dict[str, str]) -> None:
        self.living = {**{one: {} for one in living}, **described}

    async def api(self, call: Api) -> str:
        words = call.text.split()
        if words[0] == "uuid_dump" and words[1] in self.living:
            headers = {
                "Event-Name": "CHANNEL_DATA",
                "Answer-State": "answered",
                "Channel-State": "CS_PARK",
                "variable_dialer_trunk": "second",
            }
            return json.dumps(headers | self.living[words[1]])
        return '{"row_count":0}' if words[0] == "show" else "-ERR No such channel!"


def attempt(**changes: object) -> AttemptRow:
    values: dict[str, object] = {
        "call_id": CALL, "campaign_id": 1, "team_id": 1, "lead_id": 1, "phone_id": 1,
        "number": "+12025550100", "trunk": "first", "caller_id": "+12025550199",
        "owner": "dialer-1", "written_at": START, "originated_at": START, "ringing_at": None,
        "answered_at": None, "bridged_at": None, "ended_at": None, "outcome": None, "cause": None,
        "agent_id": None, "is_live": False, "is_abandoned": False, "disposition": None,
        "time_zones": (),
    }  # fmt: skip
    return AttemptRow(**values | changes)  # type: ignore[arg-type]


class Bench:
    """Recovery over two switches, a store with one agent and one open attempt."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.settled: list[AttemptResult] = []
        self.returns: list[OpenReturn] = []
        self.ended_returns: list[ReturnCall] = []
        self.agent = AgentRow(
            id=1, name="anna", team_id=TEAM, team_name="sales", extension="1001", state="ready",
            state_since=START, pause_reason=None, leg_id=LEG,
        )  # fmt: skip
        self.recovery = Recovery(
            RecoveryStore(
                agents=self._agents,
                unfinished=self._unfinished,
                settle=self._settle,
                promises=self._promises,
                ensure_campaigns=self._ensure,
            ),
            self.clock,
            returns=ReturnRecovery(
                ReturnStore(
                    unfinished=self._open_returns,
                    record=self._record_returns,
                    ensure_campaigns=self._ensure,
                    row=lambda campaign_id: None,
                ),
                self.clock,
            ),
            switches=[EAST, WEST],
        )
        self.recovery.acquire(TEAM)

    async def ask(
        self, switch_id: SwitchId, *living: str, **described: dict[str, str]
    ) -> list[Event]:
        session = cast(EslSession, Session(*living, **described))
        return await self.recovery.recover(session, SwitchReader("dialer-1"), switch_id)

    async def _agents(self) -> Sequence[AgentRow]:
        return (self.agent,)

    async def _unfinished(self, team_id: TeamId) -> Sequence[AttemptRow]:
        return (attempt(),)

    async def _settle(self, results: Sequence[AttemptResult]) -> None:
        self.settled.extend(results)

    async def _open_returns(self, team_id: TeamId) -> Sequence[OpenReturn]:
        return self.returns

    async def _record_returns(self, rows: Sequence[ReturnCall]) -> None:
        self.ended_returns.extend(rows)

    async def _promises(self, leads: Collection[int]) -> dict[LeadId, Promise]:
        return {}

    async def _ensure(self, campaigns: object) -> None:
        assert campaigns in ({CampaignId(1)}, set())


async def test_nothing_is_lost_before_every_switch_was_asked() -> None:
    bench = Bench()
    assert await bench.ask(EAST) == []
    assert not bench.settled
    adopted_leg, adopted_call = await bench.ask(WEST, LEG, CALL)
    assert isinstance(adopted_leg, AgentLegAdopted) and adopted_leg.switch_id == WEST
    assert isinstance(adopted_call, CallAdopted) and adopted_call.switch_id == WEST
    assert adopted_call.trunk_id == "second"
    assert not bench.settled


async def test_what_lives_on_no_switch_is_settled_when_the_last_was_asked() -> None:
    bench = Bench()
    await bench.ask(EAST)
    (event,) = await bench.ask(WEST)
    assert isinstance(event, AgentLoggedIn)
    assert [one.outcome for one in bench.settled] == [Outcome.UNKNOWN]
    assert await bench.ask(EAST) == []


async def test_agents_do_not_wait_for_ever_for_a_switch_that_stays_away() -> None:
    bench = Bench()
    await bench.ask(EAST)
    assert bench.recovery.overdue() == []
    bench.clock.at += AWAY_SECONDS + 1
    (event,) = bench.recovery.overdue()
    assert isinstance(event, AgentLoggedIn)
    assert bench.recovery.overdue() == [] and not bench.settled


def open_return() -> OpenReturn:
    row = ReturnCall(
        call_id=BACK, campaign_id=1, lead_id=9, number="+12025550109", arrived_at=START,
        agent_id=1, bridged_at=START + timedelta(seconds=4),
    )  # fmt: skip
    return OpenReturn(call=row, lead_id=9, phone_id=19)


async def test_who_called_back_and_talks_is_taken_over_with_the_agent_first() -> None:
    bench = Bench()
    bench.returns = [open_return()]
    talking = {"Channel-State": "CS_EXCHANGE_MEDIA", "Other-Leg-Unique-ID": LEG}
    events = await bench.ask(EAST, LEG, CALL, **{BACK: talking})
    assert [type(one) for one in events] == [AgentLegAdopted, CallReturned, CallAdopted]
    back = events[1]
    assert isinstance(back, CallReturned)
    assert (back.leg_id, back.arrived_at) == (LEG, START.timestamp())
    assert back.bridged_at == START.timestamp() + 4.0
    assert not bench.ended_returns


async def test_who_called_back_and_waits_waits_on_and_the_message_is_heard_out() -> None:
    bench = Bench()
    bench.returns = [open_return()]
    (_, back) = await bench.ask(EAST, LEG, **{BACK: {"variable_current_application": "park"}})
    assert isinstance(back, CallReturned) and back.leg_id is None
    other = Bench()
    other.returns = [open_return()]
    await other.ask(EAST, LEG, **{BACK: {"variable_current_application": "playback"}})
    assert [one.call_id for one in other.ended_returns] == [BACK]


async def test_a_call_back_that_lives_on_no_switch_is_over() -> None:
    bench = Bench()
    bench.returns = [open_return()]
    await bench.ask(EAST, LEG)
    assert not bench.ended_returns
    await bench.ask(WEST)
    assert [one.ended_at for one in bench.ended_returns] == [to_datetime(bench.clock.at)]


SECOND = timedelta(seconds=1)


def lost(alive: float | None, **changes: object) -> AttemptResult:
    return lost_attempt(
        attempt(**changes),
        now=(START + 100 * SECOND).timestamp(),
        alive_at=None if alive is None else START.timestamp() + alive,
        tolerance_seconds=2.0,
    )


def test_an_attempt_that_was_bridged_was_connected_and_ended_when_last_known_to_go_on() -> None:
    bridged = {"answered_at": START + 5 * SECOND, "bridged_at": START + 6 * SECOND, "agent_id": 3}
    result = lost(30.0, **bridged)
    assert (result.outcome, result.agent_id) == (Outcome.CONNECTED, 3)
    assert (result.is_live, result.is_abandoned) == (True, False)
    assert result.ended_at == START + 30 * SECOND
    assert lost(None, **bridged).ended_at == START + 6 * SECOND
    late = lost(30.0, answered_at=START, bridged_at=START + 3 * SECOND)
    assert late.is_abandoned


def record(**changes: object) -> CallRecord:
    values: dict[str, object] = {
        "cause": "USER_BUSY", "hangup_disposition": "recv_refuse", "dialer_id": "dialer-1",
        "progress_at": None, "answered_at": None, "bridged_at": None,
        "ended_at": (START + 7 * SECOND).timestamp(),
    }  # fmt: skip
    return CallRecord(**values | changes)  # type: ignore[arg-type]


def test_the_switchs_own_record_tells_how_a_lost_call_ended() -> None:
    def found(one: CallRecord, **changes: object) -> AttemptResult:
        return lost_attempt(
            attempt(**changes), record=one, now=(START + 100 * SECOND).timestamp(),
            alive_at=START.timestamp(), tolerance_seconds=2.0,
        )  # fmt: skip

    busy = found(record())
    assert (busy.outcome, busy.cause, busy.is_live) == (Outcome.BUSY, "USER_BUSY", False)
    assert busy.ended_at == START + 7 * SECOND
    over = {"cause": "NORMAL_CLEARING", "hangup_disposition": "recv_bye"}
    answered = record(answered_at=(START + 3 * SECOND).timestamp(), **over)
    assert found(answered).outcome is Outcome.ABANDONED
    talked = found(
        answered, answered_at=START + 3 * SECOND, bridged_at=START + 4 * SECOND, agent_id=3
    )
    assert (talked.outcome, talked.cause) == (Outcome.CONNECTED, "NORMAL_CLEARING")
    assert talked.ended_at == START + 7 * SECOND


async def test_records_are_found_by_their_call_and_deleted_when_nobody_asks_any_more(
    tmp_path: Path,
) -> None:
    ours, others, torn = (str(uuid.uuid4()) for _ in range(3))
    for channel, owner in ((ours, "dialer-1"), (others, "dialer-2")):
        variables = {"hangup_cause": "NO_ANSWER", "end_uepoch": "1700000000250000",
                     "progress_uepoch": "1699999990000000", "dialer_id": owner}  # fmt: skip
        (tmp_path / f"{channel}.cdr.json").write_text(json.dumps({"variables": variables}))
    (tmp_path / f"{torn}.cdr.json").write_text('{"variables": {"hangup_')
    records = CallRecords(tmp_path, dialer_id="dialer-1")
    found = await records.find([ours, torn, str(uuid.uuid4())])
    assert set(found) == {ours}
    assert (found[ours].cause, found[ours].ended_at) == ("NO_ANSWER", 1700000000.25)
    (event,) = ended(CallId(ours), found[ours], was_answered=False)
    assert isinstance(event, CallEnded)
    assert (event.outcome, event.ended_at) == (Outcome.NO_ANSWER, 1700000000.25)
    written_at = (tmp_path / f"{ours}.cdr.json").stat().st_mtime
    assert records.sweep(written_at + 60) == 0
    assert records.sweep(written_at + 700) == 2
    assert os.listdir(tmp_path) == [f"{others}.cdr.json"]
    assert await CallRecords(None, dialer_id="dialer-1").find([ours]) == {}


def test_an_attempt_that_was_answered_and_never_bridged_was_abandoned() -> None:
    result = lost(30.0, answered_at=START + 5 * SECOND)
    assert result.outcome is Outcome.ABANDONED
    assert result.is_live and result.is_abandoned


def test_an_attempt_of_which_nothing_is_known_stays_unknown_and_no_live_answer() -> None:
    result = lost(30.0)
    assert (result.outcome, result.is_live) == (Outcome.UNKNOWN, False)
    assert result.ended_at == START + 100 * SECOND


# ---- drains -------------------------------------------------------------------------------------
async def test_a_drain_that_the_store_tells_of_is_told_once_and_so_is_its_end() -> None:
    told: list[Event] = []
    draining = [frozenset({"east"}), frozenset({"east"}), frozenset[str]()]

    async def read() -> Collection[str]:
        return draining.pop(0)

    watch = DrainWatch(read, switches=[EAST, WEST], post=told.append, health=StoreHealth())
    for _ in range(3):
        await watch.look()
    assert told == [
        SwitchDrainChanged(switch_id=EAST, is_draining=True),
        SwitchDrainChanged(switch_id=EAST, is_draining=False),
    ]
