"""Preview: the agent sees the lead first, and dials, skips, or lets the time run out."""

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import (
    Bridge,
    ClosePreview,
    Originate,
    PostponeLead,
    PreviewLead,
    ReturnLeads,
    ShowLead,
)
from dialer.engine.config import TeamConfig
from dialer.engine.events import (
    AgentLegEnded,
    AgentPaused,
    CallbackDue,
    CallEnded,
    CampaignPaused,
    DrainRequested,
    LeadsLeased,
    PreviewDialled,
    PreviewSkipped,
    Promise,
    TeamConfigured,
    TrunkStateChanged,
)
from dialer.engine.ids import AgentId, CallbackId, CallId, LegId
from dialer.engine.states import AgentState
from dialer.errors import IllegalTransition
from dialer.pacing.settings import DialMode, PacingSettings, PreviewTimeout
from tests.support.engine_desk import CAMPAIGN, TEAM, TRUNK, Desk, hopper_lead

ONE = AgentId(1)


def preview_desk(*leads: int, agents: int = 1) -> Desk:
    desk = Desk(mode=DialMode.PREVIEW)
    for number in range(1, agents + 1):
        desk.agent(number)
    desk.leads(*leads)
    return desk


def pace(desk: Desk, mode: DialMode, **more: object) -> None:
    pacing = PacingSettings(mode=mode, **more)  # type: ignore[arg-type]
    desk.feed(TeamConfigured(team=TeamConfig(team_id=TEAM, name="day", pacing=pacing)))


def shown(desk: Desk) -> list[tuple[int, int]]:
    return [(one.agent_id, one.lead.lead_id) for one in desk.all(PreviewLead)]


def closed(desk: Desk) -> list[str]:
    return [one.reason for one in desk.all(ClosePreview)]


def test_each_ready_agent_is_shown_a_lead_and_nobody_is_called() -> None:
    desk = preview_desk(1, 2, 3, agents=2)
    assert shown(desk) == [(1, 1), (2, 2)]
    assert desk.all(PreviewLead)[0].ends_at == desk.now + 60.0
    desk.wait(30)
    assert desk.all(Originate) == []
    assert desk.agent_state().state is AgentState.READY


def test_dial_calls_the_lead_for_the_agent_who_saw_it() -> None:
    desk = preview_desk(1, 2)
    desk.feed(PreviewDialled(agent_id=ONE))
    assert desk.one(Originate).lead.lead_id == 1
    assert closed(desk) == ["dialled"]
    assert desk.one(ShowLead).call_id == "call-1"
    assert desk.agent_state().state is AgentState.RESERVED
    desk.answer(1)
    assert desk.one(Bridge).leg_id == LegId("leg-1")


def test_a_dialled_lead_who_does_not_answer_makes_room_for_the_next() -> None:
    desk = preview_desk(1, 2)
    desk.feed(PreviewDialled(agent_id=ONE))
    desk.ring(1)
    desk.feed(CallEnded(call_id=CallId("call-1"), outcome=Outcome.NO_ANSWER, cause="NO_ANSWER"))
    assert shown(desk) == [(1, 1), (1, 2)]


def test_skip_puts_the_lead_off_and_shows_the_next() -> None:
    desk = preview_desk(1, 2)
    desk.feed(PreviewSkipped(agent_id=ONE))
    skipped = desk.one(PostponeLead)
    assert (skipped.lead.lead_id, skipped.until) == (1, desk.now + 3600.0)
    assert shown(desk) == [(1, 1), (1, 2)]
    assert desk.all(ReturnLeads) == []


def test_an_agent_who_does_not_look_is_paused_and_the_lead_goes_back() -> None:
    desk = preview_desk(1)
    desk.wait(61)
    assert closed(desk) == ["timeout"]
    assert desk.one(ReturnLeads).leads[0].lead_id == 1
    assert (desk.agent_state().state, desk.agent_state().reason) == (AgentState.PAUSED, "preview")


def test_with_the_setting_the_time_running_out_dials() -> None:
    desk = Desk(mode=DialMode.PREVIEW)
    pace(desk, DialMode.PREVIEW, preview_seconds_max=10.0, preview_timeout=PreviewTimeout.DIAL)
    desk.agent(1)
    desk.leads(1)
    desk.wait(9.9)
    assert desk.all(Originate) == []
    desk.wait(0.2)
    assert desk.one(Originate).lead.lead_id == 1


def test_without_a_free_line_dial_is_refused_in_words_and_the_timer_tries_again() -> None:
    desk = Desk(mode=DialMode.PREVIEW)
    pace(desk, DialMode.PREVIEW, preview_seconds_max=10.0, preview_timeout=PreviewTimeout.DIAL)
    desk.agent(1)
    desk.leads(1)
    desk.feed(TrunkStateChanged(trunk_id=TRUNK, is_up=False))
    with pytest.raises(IllegalTransition, match="no line of campaign 'spring' is free"):
        desk.feed(PreviewDialled(agent_id=ONE))
    desk.wait(15)
    assert desk.all(Originate) == []
    desk.feed(TrunkStateChanged(trunk_id=TRUNK, is_up=True))
    desk.wait(1)
    assert desk.one(Originate).lead.lead_id == 1


@pytest.mark.parametrize("event", [PreviewDialled(agent_id=ONE), PreviewSkipped(agent_id=ONE)])
def test_without_a_lead_shown_the_agent_is_told_when_there_is_one(event) -> None:
    desk = Desk(mode=DialMode.PROGRESSIVE)
    desk.agent(1)
    with pytest.raises(IllegalTransition, match="one is shown in preview mode"):
        desk.feed(event)


def test_a_lead_whose_hours_closed_while_looked_at_is_not_called() -> None:
    desk = Desk(mode=DialMode.PREVIEW)
    desk.agent(1)
    lead = hopper_lead(1, callable_until=desk.now + 5)
    desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=(lead,), asked=1))
    desk.wait(6)
    desk.feed(PreviewDialled(agent_id=ONE))
    assert desk.all(Originate) == []
    assert closed(desk) == ["outside_calling_hours"]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (AgentPaused(agent_id=ONE, reason="tea"), "agent_left"),
        (AgentLegEnded(agent_id=ONE, leg_id=LegId("leg-1"), cause="LOST"), "leg_lost"),
        (CampaignPaused(campaign_id=CAMPAIGN), "not_dialling"),
        (DrainRequested(), "not_dialling"),
    ],
)
def test_a_lead_goes_back_when_its_agent_or_campaign_goes(event, reason: str) -> None:
    desk = preview_desk(1)
    desk.feed(event)
    assert closed(desk) == [reason]
    assert desk.all(ReturnLeads)[0].leads[0].lead_id == 1
    assert desk.engine._floor.numbers == {}


def test_modes_change_while_running_and_leads_shown_go_back() -> None:
    desk = preview_desk(1, 2)
    pace(desk, DialMode.PROGRESSIVE)
    assert closed(desk) == ["not_dialling"]
    assert desk.one(Originate).lead.lead_id == 2
    pace(desk, DialMode.PREVIEW)
    desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=(hopper_lead(3),), asked=1))
    assert shown(desk) == [(1, 1)], "the call in flight counts on the agent"
    desk.feed(CallEnded(call_id=CallId("call-2"), outcome=Outcome.BUSY, cause="USER_BUSY"))
    assert shown(desk) == [(1, 1), (1, 3)]


def test_a_number_looked_at_is_not_called_for_another_lead() -> None:
    desk = preview_desk(1, agents=2)
    desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=(hopper_lead(1),), asked=1))
    assert shown(desk) == [(1, 1)]


def test_a_promised_call_takes_the_agent_and_the_lead_goes_back() -> None:
    desk = preview_desk(1)
    promise = Promise(
        callback_id=CallbackId(1),
        agent_id=ONE,
        due_at=desk.now,
        tolerance_seconds=30.0,
        agent_wait_seconds=60.0,
        falls_to_team=True,
    )
    desk.feed(CallbackDue(lead=hopper_lead(9), promise=promise))
    assert closed(desk) == ["promised_call"]
    assert desk.one(Originate).lead.lead_id == 9
