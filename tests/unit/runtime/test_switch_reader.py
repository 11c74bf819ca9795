"""What a real switch said, as events of the engine: the captures, read as the link reads them."""

import re
from collections.abc import Sequence

import msgspec
import pytest

from campaigns.outcomes import Outcome
from dialer.engine.events import (
    AgentLegEnded,
    AgentParked,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallParked,
    CallRinging,
    Event,
)
from dialer.engine.ids import AgentId, CallId, LegId
from dialer.runtime.outcomes_by_cause import OUTCOMES_BY_CAUSE
from dialer.runtime.switch_reader import SwitchReader
from freeswitch.causes import CauseClass
from freeswitch.events import ChannelDetails, ChannelEvent, JobEvent, read_event
from freeswitch.framing import FrameReader
from freeswitch.messages import EventFormat, EventMessage
from tests.support import captures

AGENT = AgentId(7)


def switch_events(name: str) -> list[ChannelEvent | JobEvent]:
    """The capture's events; jobs under the UUID of the channel they placed, as our link does."""
    messages, reason = FrameReader().receive(captures.received(name))
    assert reason is None
    found: list[ChannelEvent | JobEvent] = []
    for message in messages:
        if not isinstance(message, EventMessage):
            continue
        event = read_event(message)
        if isinstance(event, JobEvent):
            placed = re.search(rb"origination_uuid=([0-9a-f-]{36})", message.body)
            if placed is not None:
                event = msgspec.structs.replace(event, job_uuid=placed[1].decode())
        if isinstance(event, ChannelEvent | JobEvent):
            found.append(event)
    return found


def subjects(found: Sequence[ChannelEvent | JobEvent]) -> tuple[list[str], list[str]]:
    """Calls and legs of a capture, by the form of their UUIDs."""
    ids = [e.unique_id if isinstance(e, ChannelEvent) else e.job_uuid for e in found]
    known = list(dict.fromkeys(one for one in ids if one))
    return [o for o in known if o.startswith("c000")], [o for o in known if o.startswith("a000")]


def read(name: str) -> list[Event]:
    found = switch_events(name)
    reader = SwitchReader("dialer-1")
    calls, legs = subjects(found)
    for call in calls:
        reader.expect_call(CallId(call))
    for leg in legs:
        reader.expect_leg(LegId(leg), AGENT)
    return [event for one in found for event in reader.read(one)]


@pytest.mark.parametrize(
    ("name", "outcome", "cause"),
    [
        ("busy", Outcome.BUSY, "USER_BUSY"),
        ("unallocated_number", Outcome.INVALID_NUMBER, "UNALLOCATED_NUMBER"),
        ("rejected", Outcome.REJECTED, "CALL_REJECTED"),
        ("network_failure", Outcome.CONGESTION, "NORMAL_TEMPORARY_FAILURE"),
        ("no_answer_timeout", Outcome.NO_ANSWER, "NO_ANSWER"),
        ("setup_timeout_without_ringing", Outcome.CONGESTION, "PROGRESS_TIMEOUT"),
        ("cancelled_while_ringing", Outcome.CANCELLED, "ORIGINATOR_CANCEL"),
        ("gateway_down", Outcome.SWITCH_LIMIT, "GATEWAY_DOWN"),
        ("gateway_unknown", Outcome.SWITCH_LIMIT, "INVALID_GATEWAY"),
    ],
)
def test_a_call_that_is_not_answered_ends_once_with_its_outcome(
    name: str, outcome: Outcome, cause: str
) -> None:
    ends = [event for event in read(name) if isinstance(event, CallEnded)]
    assert [(end.outcome, end.cause) for end in ends] == [(outcome, cause)]


def test_a_refusal_before_any_channel_is_our_switchs_doing() -> None:
    ends = [event for event in read("session_limit_reached") if isinstance(event, CallEnded)]
    assert (ends[0].outcome, ends[0].cause) == (Outcome.SWITCH_LIMIT, "DESTINATION_OUT_OF_ORDER")


def test_a_connected_call_from_ringing_to_the_agents_next_parking() -> None:
    name = "connected_lead_hangs_up_agent_parks_again"
    (call,), (leg,) = subjects(switch_events(name))
    call_id, leg_id = CallId(call), LegId(leg)
    assert read(name) == [
        AgentParked(agent_id=AGENT, leg_id=leg_id),
        CallRinging(call_id=call_id),
        CallAnswered(call_id=call_id),
        CallParked(call_id=call_id),
        CallBridged(call_id=call_id, leg_id=leg_id),
        CallEnded(call_id=call_id, outcome=Outcome.UNKNOWN, cause="NORMAL_CLEARING"),
        AgentParked(agent_id=AGENT, leg_id=leg_id),
        AgentLegEnded(agent_id=AGENT, leg_id=leg_id, cause="NORMAL_CLEARING"),
    ]


def test_an_agent_whose_phone_is_not_there_is_told_by_the_job_alone() -> None:
    found = read("agent_endpoint_not_registered")
    assert [type(event) for event in found] == [AgentLegEnded] * len(found)
    assert found


@pytest.mark.parametrize("name", captures.names())
def test_every_leg_ends_at_most_once_and_nothing_follows_its_end(name: str) -> None:
    over: set[str] = set()
    for event in read(name):
        subject = getattr(event, "call_id", None) or getattr(event, "leg_id", None)
        assert subject not in over, event
        if isinstance(event, CallEnded | AgentLegEnded):
            over.add(str(subject))


@pytest.mark.parametrize("name", captures.names())
def test_events_told_twice_end_nothing_twice(name: str) -> None:
    found = switch_events(name)
    reader = SwitchReader("dialer-1")
    calls, legs = subjects(found)
    for call in calls:
        reader.expect_call(CallId(call))
    for leg in legs:
        reader.expect_leg(LegId(leg), AGENT)
    told = [event for one in found for event in (*reader.read(one), *reader.read(one))]
    ends = [event for event in told if isinstance(event, CallEnded | AgentLegEnded)]
    assert len(ends) == len({repr(end) for end in ends})


def test_a_channel_of_ours_that_nobody_knows_is_a_stranger_until_it_ends() -> None:
    reader = SwitchReader("dialer-1")
    details = {"Event-Name": "CHANNEL_PARK", "Unique-ID": "x", "variable_dialer_id": "dialer-1"}
    body = msgspec.json.encode(details)
    parked = read_event(EventMessage(body=body, format=EventFormat.JSON))
    assert isinstance(parked, ChannelEvent)
    assert reader.read(parked) == []
    assert list(reader.strangers) == ["x"]
    reader.expect_call(CallId("x"))
    assert not reader.strangers


def test_a_channel_of_another_dialer_is_left_alone() -> None:
    reader = SwitchReader("dialer-1")
    details = {"Event-Name": "CHANNEL_PARK", "Unique-ID": "x", "variable_dialer_id": "dialer-2"}
    event = read_event(EventMessage(body=msgspec.json.encode(details), format=EventFormat.JSON))
    assert isinstance(event, ChannelEvent)
    reader.read(event)
    assert not reader.strangers


def test_every_class_of_causes_has_its_outcome() -> None:
    assert set(OUTCOMES_BY_CAUSE) == set(CauseClass)


def test_who_picks_up_and_hangs_up_at_once_has_answered() -> None:
    # 200 OK and BYE within a poll of 20 ms: 1.10.12 says no CHANNEL_ANSWER, and 200, recv_bye.
    reader = SwitchReader("dialer-1")
    call = CallId("c0000000-0000-4000-8000-000000000001")
    reader.expect_call(call)

    def end(name: str, disposition: str | None) -> ChannelDetails:
        return ChannelDetails(
            name=name, unique_id=call, hangup_cause="NORMAL_CLEARING", answer_state="hangup",
            hangup_disposition=disposition,
        )  # fmt: skip

    reader.read(ChannelEvent(name="CHANNEL_PROGRESS", unique_id=call))
    assert reader.read(end("CHANNEL_HANGUP", None)) == []
    answered, ended = reader.read(end("CHANNEL_HANGUP_COMPLETE", "recv_bye"))
    assert answered == CallAnswered(call_id=call)
    assert isinstance(ended, CallEnded) and not ended.is_route_failure
    # One whom we gave up while they rang has not.
    reader.expect_call(call)
    (ended,) = reader.read(end("CHANNEL_HANGUP_COMPLETE", "send_cancel"))
    assert isinstance(ended, CallEnded)
