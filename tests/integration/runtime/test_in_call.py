"""During a call, against a fake switch: every request from its words to what the switch is told."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from campaigns.recording_spec import RecordingPolicy, RecordingSpec
from campaigns.store.store import Store
from dialer.engine.ids import LegId
from dialer.engine.in_call_events import (
    LegKeyPressed,
    RecordingStopped,
    SideLegEnded,
    SideLegUp,
)
from dialer.engine.snapshot import CallSnapshot
from dialer.engine.states import AgentState
from dialer.engine.talks import LeadPlace
from dialer.runtime.clock import ScaledClock
from dialer.service import Service
from freeswitch.fake.network import Network
from freeswitch.fake.server import FakeSwitch
from freeswitch.fake.settings import SwitchSettings
from tests.support.service_desk import START_AT, people, running, settings_for
from tests.support.stored import add_campaign
from tests.support.talk_desk import TalkDesk, ready, talking_agents

OUTSIDE = "+12025550177"
EXTENSIONS = {"anna": "1001", "ben": "1002"}
SPEED = 8.0
"""Slower than other tests of the service: an agent's leg that has not parked four virtual seconds
after a bridge is given up, and on a busy machine that must be more than a tenth of a real one."""


def clock() -> ScaledClock:
    return ScaledClock(SPEED, START_AT)


def fake_switch(network: Network) -> FakeSwitch:
    settings = SwitchSettings(gateways={"main": True}, fault_commands=True)
    return FakeSwitch(settings=settings, network=network, speed=SPEED, epoch=START_AT)


class FakeFarEnds:
    """Everybody, by way of the fake switch's own commands."""

    def __init__(self, switch: FakeSwitch) -> None:
        self.switch = switch

    async def lead_hangs_up(self, call: CallSnapshot) -> None:
        assert self.switch.kill_channel(call.call_id, "NORMAL_CLEARING")

    async def lead_presses(self, call: CallSnapshot, keys: str) -> None:
        self._press(call.call_id, keys)

    async def agent_presses(self, leg_id: LegId, keys: str) -> None:
        self._press(leg_id, keys)

    def _press(self, channel: str, keys: str) -> None:
        answers: list[str] = []
        self.switch.api.execute("uuid_recv_dtmf", f"{channel} {keys}", answers.append)
        assert answers[0].startswith("+OK"), answers

    def variable(self, channel: str, name: str) -> str:
        found = self.switch.core.find(channel)
        return "" if found is None else found.variable(name)

    def lives(self, channel: str) -> bool:
        return self.switch.core.find(channel) is not None


@asynccontextmanager
async def desk_on_a_fake(
    store: Store, home: Path, *, settings: Mapping[str, Any] | None = None, **campaign: Any
) -> AsyncIterator[tuple[TalkDesk, FakeFarEnds]]:
    row = await add_campaign(
        store, leads=20, transfer_numbers=(OUTSIDE,), wrap_up_seconds_max=600.0, **campaign
    )
    network = people(answer_ratio=1.0, talk_mean_seconds=100_000.0)
    async with fake_switch(network) as switch:
        given = settings_for(home, switch.port, store.url, **(settings or {}))
        service = Service(given, clock=clock())
        far = FakeFarEnds(switch)
        async with talking_agents(service, far, row, EXTENSIONS) as desk:
            yield desk, far
    assert service.driver.illegal_transitions == 0


async def test_hold_keys_and_hand_over(store: Store, tmp_path: Path) -> None:
    async with desk_on_a_fake(store, tmp_path) as (desk, far):
        await ready(desk, "anna")
        call_id = await desk.talks("anna")
        legs = desk.leg("anna"), desk.leg("ben")
        answer = await desk.ask("calls.hold", agent="anna")
        assert answer == {"agent": "anna", "place": "held", "awaits": None}
        await desk.until(lambda: far.variable(call_id, "dialer_state") == f"held-by-{legs[0]}")
        assert "on hold" in await desk.refused("calls.keys", agent="anna", keys="1")
        await desk.ask("calls.resume", agent="anna")
        await desk.place("anna", LeadPlace.WITH_AGENT)
        await desk.ask("calls.keys", agent="anna", keys="12#")
        assert "allowed is" in await desk.refused("calls.keys", agent="anna", keys="1\napi x")
        assert "cannot take" in await desk.refused("calls.transfer", agent="anna", to_agent="ben")
        await ready(desk, "ben")
        await desk.state("ben", AgentState.TALKING)
        second = desk.talk("ben")
        await far.lead_hangs_up(second)
        await desk.state("ben", AgentState.WRAP_UP)
        await ready(desk, "ben")
        await desk.ask("campaign.pause", campaign="spring")
        await desk.until(lambda: desk.agent("ben").state in (AgentState.READY, AgentState.TALKING))
        if desk.agent("ben").state is AgentState.TALKING:
            await far.lead_hangs_up(desk.talk("ben"))
            await desk.state("ben", AgentState.WRAP_UP)
            await ready(desk, "ben")
            await desk.state("ben", AgentState.READY)
        await desk.ask("calls.transfer", agent="anna", to_team="sales")
        await desk.state("ben", AgentState.TALKING)
        assert desk.talk("ben").call_id == call_id
        assert desk.agent("anna").state is AgentState.WRAP_UP
        await far.lead_hangs_up(desk.talk("ben"))
        await desk.state("ben", AgentState.WRAP_UP)
        assert (desk.leg("anna"), desk.leg("ben")) == legs
    attempt = await store.attempts.get(call_id)
    assert attempt is not None


async def test_a_lead_waits_with_their_agent_for_a_colleague_who_is_on_a_call(
    store: Store, tmp_path: Path
) -> None:
    async with desk_on_a_fake(store, tmp_path) as (desk, far):
        await ready(desk, "anna", "ben")
        call_id, other = await desk.talks("anna"), await desk.talks("ben")
        assert "No colleague" in await desk.refused("calls.keep", agent="anna")
        answer = await desk.ask("calls.transfer", agent="anna", to_team="sales")
        assert answer == {"agent": "anna", "place": "with_agent", "awaits": "sales"}
        answer = await desk.ask("calls.keep", agent="anna")
        assert answer["awaits"] is None
        await desk.ask("calls.transfer", agent="anna", to_agent="ben")
        listed = await desk.ask("calls.list")
        assert {one["agent"]: one["awaits"] for one in listed["calls"]} == {
            "anna": "ben", "ben": None,
        }  # fmt: skip
        await far.lead_hangs_up(desk.talk("ben"))
        await desk.ends(other)
        await desk.state("ben", AgentState.WRAP_UP)
        await ready(desk, "ben")
        await desk.state("ben", AgentState.TALKING)
        assert desk.talk("ben").call_id == call_id
        await desk.state("anna", AgentState.WRAP_UP)
        await far.lead_hangs_up(desk.talk("ben"))
        await desk.state("ben", AgentState.WRAP_UP)


async def test_a_lead_who_leaves_on_hold_costs_nobody_a_leg(store: Store, tmp_path: Path) -> None:
    async with desk_on_a_fake(store, tmp_path) as (desk, far):
        await ready(desk, "anna")
        await desk.talks("anna")
        leg = desk.leg("anna")
        await desk.ask("calls.hold", agent="anna")
        await far.lead_hangs_up(desk.talk("anna"))
        await desk.state("anna", AgentState.WRAP_UP)
        assert desk.leg("anna") == leg
        assert far.lives(leg)


async def test_a_restart_finds_the_lead_on_hold(store: Store, tmp_path: Path) -> None:
    row = await add_campaign(store, leads=5)
    network = people(answer_ratio=1.0, talk_mean_seconds=100_000.0)
    async with fake_switch(network) as switch:
        far = FakeFarEnds(switch)
        settings = settings_for(tmp_path, switch.port, store.url)
        service = Service(settings, clock=clock())
        async with talking_agents(service, far, row, {"anna": "1001"}) as desk:
            await ready(desk, "anna")
            call_id = await desk.talks("anna")
            await desk.ask("campaign.stop", campaign="spring")
            await desk.ask("calls.hold", agent="anna")
            await desk.until(lambda: far.variable(call_id, "dialer_state") != "")
        again = Service(settings, clock=clock())
        async with running(again):
            second = TalkDesk(again, far)
            await second.until(lambda: len(again.snapshot().agents) == 1)
            await second.place("anna", LeadPlace.HELD)
            assert second.talk("anna").call_id == call_id
            await second.ask("calls.resume", agent="anna")
            await second.place("anna", LeadPlace.WITH_AGENT)
            await far.lead_hangs_up(second.talk("anna"))
            await second.state("anna", AgentState.WRAP_UP)


async def test_recording_with_a_notice_masked_for_card_data(store: Store, tmp_path: Path) -> None:
    spec = RecordingSpec(policy=RecordingPolicy.NOTICE)
    async with desk_on_a_fake(store, tmp_path, recording=spec) as (desk, far):
        await ready(desk, "anna")
        call_id = await desk.talks("anna")
        listed = await desk.ask("calls.list")
        assert listed["calls"][0]["is_recorded"]
        await desk.ask("calls.mask", agent="anna", on=True)
        await desk.ask("calls.mask", agent="anna", on=False)
        await far.lead_hangs_up(desk.talk("anna"))
        await desk.state("anna", AgentState.WRAP_UP)
        await desk.until(lambda: any(isinstance(e, RecordingStopped) for e in desk.heard))
        (row,) = await desk.recordings()
    assert (row.file_id, row.call_id) == (f"{call_id}-1", call_id)
    assert (row.policy, row.consent, row.agent) == ("notice", "notice", "anna")
    assert row.ended_at is not None
    ((since, until),) = row.masked
    assert until is not None
    assert since < until


async def test_recording_with_the_consent_of_a_key(store: Store, tmp_path: Path) -> None:
    spec = RecordingSpec(policy=RecordingPolicy.CONSENT, key="5", answer_seconds=60.0)
    async with desk_on_a_fake(store, tmp_path, recording=spec) as (desk, far):
        await ready(desk, "anna")
        await desk.talks("anna")
        assert not desk.talk("anna").is_recorded
        await far.lead_presses(desk.talk("anna"), "5")
        await desk.until(lambda: desk.talk("anna").is_recorded)
        await desk.ask("calls.record", agent="anna", on=False)
        assert not desk.talk("anna").is_recorded
        (row,) = await desk.recordings()
        assert row.consent == "key"


async def test_outside_numbers(store: Store, tmp_path: Path) -> None:
    async with desk_on_a_fake(store, tmp_path) as (desk, far):
        await ready(desk, "anna")
        call_id = await desk.talks("anna")
        leg = desk.leg("anna")
        words = {"agent": "anna", "purpose": "three_way"}
        assert "allows no transfers" in await desk.refused(
            "calls.outside", **words, number="+12025550178"
        )
        assert "number" in await desk.refused("calls.outside", **words, number="anna; rm")
        await desk.ask("calls.outside", **words, number=OUTSIDE)
        await desk.until(lambda: any(one.is_up for one in _outside(desk)))
        await desk.ask("calls.drop", agent="anna")
        await desk.until(lambda: not _outside(desk))
        await desk.ask("calls.outside", agent="anna", purpose="transfer", number=OUTSIDE)
        await desk.state("anna", AgentState.WRAP_UP)
        assert desk.leg("anna") == leg
        (out,) = _outside(desk)
        assert far.lives(out.leg_id)
        assert far.lives(call_id)
        assert far.switch.kill_channel(call_id, "NORMAL_CLEARING")
        await desk.ends(call_id)
        await desk.until(lambda: not _outside(desk))
        # The engine lets go of it when it says so; the switch needs a moment more.
        await desk.until(lambda: not far.lives(out.leg_id))


class _Out:
    def __init__(self, leg_id: LegId, *, is_up: bool) -> None:
        self.leg_id, self.is_up = leg_id, is_up


def _outside(desk: TalkDesk) -> list[_Out]:
    legs = desk.service.driver._engine._floor.outside.values()  # type: ignore[attr-defined]
    return [_Out(one.leg_id, is_up=str(one.state) == "up") for one in legs]


async def test_a_supervisor_comes_speaks_and_goes(store: Store, tmp_path: Path) -> None:
    async with desk_on_a_fake(store, tmp_path) as (desk, far):
        await ready(desk, "anna")
        call_id = await desk.talks("anna")
        words = {"agent": "anna", "phone": "1900"}
        await desk.ask("calls.listen", **words, mode="listen")
        await desk.until(lambda: [s.is_up for s in desk.service.snapshot().supervisors] == [True])
        (supervisor,) = desk.service.snapshot().supervisors
        for mode in ("whisper", "barge", "listen"):
            await desk.ask("calls.listen", **words, mode=mode)
        assert "allowed" in await desk.refused(
            "calls.listen", agent="anna", phone="1900,api_on_answer=system", mode="listen"
        )
        await desk.ask("calls.unlisten", phone="1900")
        await desk.until(lambda: not desk.service.snapshot().supervisors)
        await desk.until(lambda: not far.lives(supervisor.leg_id))
        assert desk.talk("anna").call_id == call_id
        assert desk.talk("anna").place is LeadPlace.WITH_AGENT


async def test_an_agent_works_by_the_keys_of_the_telephone(store: Store, tmp_path: Path) -> None:
    async with desk_on_a_fake(store, tmp_path) as (desk, far):
        leg = desk.leg("anna")
        await far.agent_presses(leg, "22")
        await desk.until(lambda: desk.agent("anna").reason == "lunch")
        await far.agent_presses(leg, "1")
        call_id = await desk.talks("anna")
        await far.agent_presses(leg, "**")
        await desk.state("anna", AgentState.WRAP_UP)
        await desk.ask("campaign.pause", campaign="spring")
        await far.agent_presses(leg, "499#")
        await desk.until(lambda: desk.agent("anna").state is not AgentState.WRAP_UP)
        promised = await store.callbacks.list()
        assert [one.agent_name for one in promised] == ["anna"]
        await desk.service.parts.records.wait_until_written()
        attempt = await store.attempts.get(call_id)
        assert attempt is not None
        await far.agent_presses(leg, "0#")
        await desk.until(lambda: "anna" not in {a.name for a in desk.service.snapshot().agents})


async def test_a_team_may_be_kept_from_keys_and_a_phone_be_tried(
    store: Store, tmp_path: Path
) -> None:
    async with desk_on_a_fake(store, tmp_path) as (desk, far):
        await desk.ask("team.keys", team="sales", on=False)
        assert len(await store.teams.without_keys()) == 1
        await far.agent_presses(desk.leg("anna"), "1")
        # Heard while the keys are off; the switch tells of it when it likes.
        await desk.until(lambda: any(isinstance(e, LegKeyPressed) for e in desk.heard))
        await desk.ask("team.keys", team="sales", on=True)
        assert desk.agent("anna").state is AgentState.PAUSED
        assert "log out first" in await desk.refused("agent.call", agent="anna")
        await desk.ask("agent.logout", agent="anna")
        await desk.ask("agent.call", agent="anna")
        await desk.until(lambda: any(isinstance(e, SideLegUp) for e in desk.heard))
        # It is hung up by the switch, whether or not we still live by then.
        await desk.until(lambda: any(isinstance(e, SideLegEnded) for e in desk.heard))
