"""Routes: what the pacer is told of the trunk and the country that each call goes by."""

import phonenumbers
import pytest

from campaigns.outcomes import Outcome
from dialer.engine.config import CampaignConfig, EngineConfig, TeamConfig, TrunkConfig
from dialer.engine.engine import Engine
from dialer.engine.events import (
    CallAnswered,
    CallBridged,
    CallEnded,
    CallOriginated,
    TeamConfigured,
    TrunkConfigured,
)
from dialer.engine.ids import E164, LegId, TrunkId
from dialer.engine.routes import country_code, route_of
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import Answered, Decision, Launched, Limit, SetUpFailed, TalkEnded
from tests.support.engine_desk import CAMPAIGN, TEAM, TRUNK, Desk, hopper_lead
from tests.unit.engine.test_pacer_wishes import ScriptedPacer

SECOND = TrunkId("second")


@pytest.mark.parametrize("code", sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
def test_every_assigned_calling_code_is_found_at_the_head_of_a_number(code: int) -> None:
    assert country_code(E164(f"+{code}123456789")) == str(code)


def test_a_route_is_the_trunk_and_the_country() -> None:
    assert route_of(TRUNK, E164("+353861234567")) == "pstn/353"


class World:
    """A scripted pacer, one agent, and a campaign with two trunks of one line each."""

    def __init__(self) -> None:
        self.pacer = ScriptedPacer(PacingSettings())
        trunks = (TRUNK, SECOND)
        campaign = CampaignConfig(
            campaign_id=CAMPAIGN,
            team_id=TEAM,
            name="spring",
            caller_id="+12025550100",
            trunks=trunks,
        )
        engine = Engine(EngineConfig(), create_pacer=lambda _: self.pacer)
        self.desk = Desk(engine=engine, campaign=campaign)
        self.desk.feed(TeamConfigured(team=TeamConfig(team_id=TEAM, name="day")))
        for trunk_id in trunks:
            trunk = TrunkConfig(trunk_id=trunk_id, channels_max=1, calls_per_second=5)
            self.desk.feed(TrunkConfigured(trunk=trunk))
        self.agent_id = self.desk.agent()
        self.desk.leads(1, 2, 3)
        self.desk.wait(1.0)

    def launch(self) -> None:
        self.pacer.script = [Decision(count=1, bound_by=Limit.PRICE)]
        self.desk.wait(0.3)
        self.desk.wait(0.3)


def test_the_view_names_the_route_of_each_call_in_flight_and_of_the_next() -> None:
    world = World()
    assert world.pacer.views[-1].fresh_route == "pstn/1"
    world.launch()
    assert world.pacer.views[-1].in_flight_routes == ["pstn/1"]
    assert world.pacer.views[-1].fresh_route == "second/1"
    world.launch()
    assert world.pacer.views[-1].in_flight_routes == ["pstn/1", "second/1"]
    assert world.pacer.views[-1].fresh_route == "pstn/1"
    assert [o.route for o in world.pacer.observed if isinstance(o, Launched)] == [
        "pstn/1",
        "second/1",
    ]


def test_the_pacer_learns_how_a_call_ended_by_its_route() -> None:
    world = World()
    world.launch()
    world.launch()
    first, second = hopper_lead(1).call_id, hopper_lead(2).call_id
    world.desk.feed(CallOriginated(call_id=first), CallOriginated(call_id=second))
    world.desk.feed(CallEnded(call_id=first, cause="USER_BUSY", outcome=Outcome.BUSY))
    world.desk.feed(CallAnswered(call_id=second))
    seen = [o for o in world.pacer.observed if isinstance(o, SetUpFailed | Answered)]
    assert [(type(o), o.route) for o in seen] == [(SetUpFailed, "pstn/1"), (Answered, "second/1")]


def test_a_call_that_went_by_two_trunks_teaches_neither() -> None:
    world = World()
    world.launch()
    call_id = hopper_lead(1).call_id
    world.desk.feed(CallOriginated(call_id=call_id))
    world.desk.feed(
        CallEnded(
            call_id=call_id, cause="GATEWAY_DOWN", outcome=Outcome.CONGESTION, is_route_failure=True
        )
    )
    world.desk.wait(0.3)
    assert world.pacer.views[-1].in_flight_routes == [""]
    world.desk.feed(CallAnswered(call_id=call_id))
    [answered] = [o for o in world.pacer.observed if isinstance(o, Answered)]
    assert answered.route == ""


def test_the_view_names_the_agents_of_spells_and_they_are_told_of() -> None:
    world = World()
    world.launch()
    call_id = world.desk.answer(1)
    world.desk.feed(CallBridged(call_id=call_id, leg_id=LegId("leg-1")))
    world.desk.wait(1.0)
    view = world.pacer.views[-1]
    assert list(view.talking_agents) == [world.agent_id]
    assert len(view.talking_seconds) == 1
    world.desk.feed(CallEnded(call_id=call_id, cause="NORMAL_CLEARING", outcome=Outcome.CONNECTED))
    world.desk.wait(0.3)
    assert list(world.pacer.views[-1].wrap_up_agents) == [world.agent_id]
    [talk] = [o for o in world.pacer.observed if isinstance(o, TalkEnded)]
    assert talk.agent_id == world.agent_id
