"""What is learnt of single leads: switched off, kept, restored, and held against the pool."""

import json
from dataclasses import replace

from campaigns.outcomes import Outcome
from dialer.engine.commands import NoteRestored, Originate
from dialer.engine.events import CallEnded, CampaignConfigured, LeadsLeased, PacerRestored
from dialer.engine.ids import CampaignId
from dialer.pacing.lead_probability import READY_CALLS
from tests.support.engine_desk import CAMPAIGN, TEAM, Desk, hopper_lead


def worked(calls: int = READY_CALLS, *, is_on: bool = True) -> Desk:
    """A desk whose leads are of one kind and never answer."""
    desk = Desk()
    desk.feed(CampaignConfigured(campaign=replace(desk.campaign, lead_probability=is_on)))
    desk.agent()
    for number in range(1, calls + 1):
        lead = replace(hopper_lead(number), features=(1, "dead"))
        desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=(lead,), asked=1))
        desk.feed(CallEnded(call_id=lead.call_id, cause="BUSY", outcome=Outcome.BUSY))
        desk.wait(60.0)
    return desk


def models(desk: Desk) -> dict[str, dict[str, object]]:
    saved = json.loads(desk.engine.saved_pacers()[TEAM])
    found: dict[str, dict[str, object]] = saved.get("leads", {})
    return found


def test_what_calls_have_taught_is_saved_beside_the_pacer_and_restored() -> None:
    first = worked(30)
    state = first.engine.saved_pacers()[TEAM]
    assert models(first)[str(CAMPAIGN)]["calls"] == 40.0
    second = Desk()
    second.feed(PacerRestored(team_id=TEAM, state=state))
    assert second.all(NoteRestored)[-1].reason is None
    assert second.engine.saved_pacers()[TEAM] == state


def test_a_damaged_model_is_told_of_and_the_pacer_keeps_what_it_knew() -> None:
    state = json.loads(worked(30).engine.saved_pacers()[TEAM])
    state["leads"][str(CAMPAIGN)]["level"] = "high"
    desk = Desk()
    desk.feed(PacerRestored(team_id=TEAM, state=json.dumps(state)))
    reason = desk.all(NoteRestored)[-1].reason
    assert reason is not None
    assert "level" in reason
    assert models(desk) == {}
    assert json.loads(desk.engine.saved_pacers()[TEAM]) == json.loads(state["pacer"])


def test_a_model_waits_for_its_campaign_to_be_told_of() -> None:
    state = json.loads(worked(30).engine.saved_pacers()[TEAM])
    state["leads"] = {"77": state["leads"][str(CAMPAIGN)]}
    desk = Desk()
    desk.feed(PacerRestored(team_id=TEAM, state=json.dumps(state)))
    assert list(models(desk)) == ["77"]
    late = replace(desk.campaign, campaign_id=CampaignId(77))
    desk.feed(CampaignConfigured(campaign=late))
    assert models(desk)["77"]["calls"] == 40.0


def test_switched_off_nothing_is_learnt_or_foretold() -> None:
    desk = worked(30, is_on=False)
    assert models(desk) == {}
    assert {one.answer_probability for one in desk.all(Originate)} == {None}


def test_leads_that_all_fare_alike_stay_alike() -> None:
    desk = worked()
    assert {one.lead.answer_odds for one in desk.all(Originate)} == {None}
    told = [one.answer_probability or 1.0 for one in desk.all(Originate)]
    assert told[-1] < 0.1 < told[0]
