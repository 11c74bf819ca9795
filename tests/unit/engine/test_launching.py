"""When calls are launched, over which trunk, for which campaign, and which leads are asked for."""

import dataclasses

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import (
    Drained,
    LeaseLeads,
    NoteDecision,
    OpenLedger,
    Originate,
    ReturnLeads,
)  # fmt: skip
from dialer.engine.config import CampaignConfig, TrunkConfig
from dialer.engine.events import (
    AttemptRefused,
    CallEnded,
    CampaignConfigured,
    CampaignPaused,
    CampaignStarted,
    DrainRequested,
    LeadsLeased,
    LedgerOpened,
    SwitchConnected,
    SwitchLost,
    TrunkConfigured,
    TrunkStateChanged,
)  # fmt: skip
from dialer.engine.hopper import HOPPER_MIN
from dialer.engine.ids import CallId, CampaignId, LedgerName, TrunkId
from dialer.pacing.settings import DialMode
from dialer.pacing.view import Decision, Limit
from tests.support.engine_desk import CAMPAIGN, LEDGER, TEAM, TRUNK, Desk, hopper_lead


def launched(desk: Desk) -> list[int]:
    return [o.lead.lead_id for o in desk.all(Originate)]


def test_nothing_is_launched_before_an_agent_is_ready():
    desk = Desk()
    desk.agent(ready=False)
    desk.leads(1, 2, 3)
    desk.wait(10)
    assert launched(desk) == []


def test_progressive_launches_one_call_for_each_ready_agent():
    desk = Desk()
    for number in (1, 2, 3):
        desk.agent(number)
    desk.leads(*range(1, 11))
    desk.wait(5)
    assert launched(desk) == [1, 2, 3]


def test_ratio_launches_its_lines_for_each_ready_agent():
    desk = Desk(mode=DialMode.RATIO, ratio=2.0)
    many = LedgerOpened(
        campaign_id=CAMPAIGN, ledger=LEDGER, limit_ratio=0.03, ends_at=None, live_answers=1000
    )
    desk.feed(many)
    desk.agent(1)
    desk.agent(2)
    desk.leads(*range(1, 11))
    desk.wait(5)
    assert len(launched(desk)) == 4


def test_leads_are_asked_for_before_they_run_out_and_again_only_after_an_answer():
    desk = Desk()
    desk.agent()
    asked = desk.one(LeaseLeads)
    assert asked.count >= 10
    desk.wait(60)
    assert desk.all(LeaseLeads) == [asked]
    desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=(), asked=asked.count))
    desk.wait(1)
    assert desk.all(LeaseLeads) == [asked]
    desk.wait(2)
    assert len(desk.all(LeaseLeads)) == 2


def test_a_lead_whose_calling_hours_have_closed_in_the_hopper_is_given_back_not_called():
    desk = Desk()
    closing, open_ = hopper_lead(1, callable_until=desk.now + 5), hopper_lead(2)
    desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=(closing, open_), asked=2))
    desk.wait(5)
    desk.agent()
    assert launched(desk) == [2]
    assert desk.one(ReturnLeads).leads == (closing,)


def test_a_number_on_a_live_call_is_not_called_for_another_lead():
    desk = Desk()
    first = hopper_lead(1)
    same_number = dataclasses.replace(hopper_lead(2), number=first.number)
    desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=(first, same_number), asked=2))
    desk.agent(1)
    desk.agent(2)
    desk.wait(1)
    assert launched(desk) == [1]
    assert desk.one(ReturnLeads).leads == (same_number,)


def test_leads_given_back_because_their_number_is_on_a_call_do_not_make_the_hopper_ask_for_more():
    desk = Desk()
    first = hopper_lead(1)
    desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=(first,), asked=1))
    desk.agent(1)
    desk.agent(2)
    desk.ring(1)
    for cycle in range(20):
        again = tuple(
            dataclasses.replace(hopper_lead(100 + 7 * cycle + each), number=first.number)
            for each in range(7)
        )
        desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=again, asked=len(again)))
        desk.wait(0.5)
    assert launched(desk) == [1]
    assert sum(len(c.leads) for c in desk.all(ReturnLeads)) == 20 * 7
    assert max(c.count for c in desk.all(LeaseLeads)) == HOPPER_MIN


def test_a_refused_attempt_was_never_launched_and_the_next_lead_takes_its_place():
    desk = Desk()
    desk.agent()
    desk.leads(1, 2)
    desk.wait(0.1)
    desk.feed(AttemptRefused(call_id=CallId("call-1"), reason="on do-not-call"))
    assert launched(desk) == [1, 2]
    assert desk.snapshot.campaigns[0].attempts == 1
    assert desk.snapshot.trunks[0].channels == 1


def test_lines_bound_launches_and_come_back_with_the_end_of_a_call():
    desk = Desk(trunk=TrunkConfig(trunk_id=TRUNK, channels_max=2, calls_per_second=50))
    for number in range(1, 5):
        desk.agent(number)
    desk.leads(*range(1, 9))
    desk.wait(1)
    assert launched(desk) == [1, 2]
    assert desk.all(NoteDecision)[-1].decision.bound_by is Limit.TRUNK
    desk.ring(1)
    desk.feed(CallEnded(call_id=CallId("call-1"), outcome=Outcome.BUSY, cause="USER_BUSY"))
    assert launched(desk) == [1, 2, 3]


def test_calls_per_second_bound_launches():
    desk = Desk(trunk=TrunkConfig(trunk_id=TRUNK, channels_max=100, calls_per_second=2))
    for number in range(1, 21):
        desk.agent(number)
    desk.leads(*range(1, 31))
    before = len(launched(desk))
    desk.wait(3.0)
    assert len(launched(desk)) - before == 6


def test_the_second_trunk_is_used_when_the_first_is_down():
    second = TrunkId("backup")
    desk = Desk(
        campaign=CampaignConfig(
            campaign_id=CAMPAIGN,
            team_id=TEAM,
            name="spring",
            caller_id="+12025550100",
            trunks=(TRUNK, second),
        )
    )
    desk.feed(
        TrunkConfigured(trunk=TrunkConfig(trunk_id=second, channels_max=10, calls_per_second=10)),
        TrunkStateChanged(trunk_id=TRUNK, is_up=False),
    )
    desk.agent()
    desk.leads(1)
    assert desk.one(Originate).trunk_id == second


def test_two_campaigns_share_a_team_by_weight():
    other = CampaignId(2)
    desk = Desk()
    config = CampaignConfig(
        campaign_id=other, team_id=TEAM, name="autumn", caller_id="+12025550101",
        trunks=(TRUNK,), weight=3.0,
    )  # fmt: skip
    desk.feed(CampaignConfigured(campaign=config), CampaignStarted(campaign_id=other))
    desk.leads(*range(100, 120))
    leads = tuple(hopper_lead(n, campaign_id=other) for n in range(200, 220))
    desk.feed(LeadsLeased(campaign_id=other, leads=leads, asked=20))
    for number in range(1, 13):
        desk.agent(number)
    desk.wait(2)
    assert len([n for n in launched(desk) if n >= 200]) == 9
    assert len(launched(desk)) == 12


def test_a_paused_campaign_gives_its_leads_back_and_goes_on_when_started_again():
    desk = Desk()
    desk.leads(1, 2)
    desk.feed(CampaignPaused(campaign_id=CAMPAIGN))
    assert [lead.lead_id for lead in desk.one(ReturnLeads).leads] == [1, 2]
    desk.agent()
    desk.leads(3)
    assert launched(desk) == []
    desk.feed(CampaignStarted(campaign_id=CAMPAIGN))
    desk.leads(4)
    assert launched(desk) == [4]


def test_nothing_is_launched_while_the_switch_is_away():
    desk = Desk()
    desk.agent()
    desk.feed(SwitchLost())
    desk.leads(1)
    desk.wait(5)
    assert launched(desk) == []
    desk.feed(SwitchConnected(is_new=False))
    assert launched(desk) == [1]


def test_draining_launches_nothing_more_and_says_when_the_last_call_has_ended():
    desk = Desk()
    desk.agent(1)
    desk.agent(2)
    desk.leads(1)
    desk.ring(1)
    desk.feed(DrainRequested())
    desk.leads(2)
    assert launched(desk) == [1]
    assert desk.all(Drained) == []
    desk.feed(CallEnded(call_id=CallId("call-1"), outcome=Outcome.BUSY, cause="USER_BUSY"))
    assert desk.one(Drained) == Drained()
    desk.wait(60)
    assert len(desk.all(Drained)) == 1


def test_a_ledger_window_that_ends_counts_from_zero_and_asks_for_the_next():
    desk = Desk()
    day = LedgerName("day")
    desk.feed(
        LedgerOpened(
            campaign_id=CAMPAIGN,
            ledger=day,
            limit_ratio=0.03,
            ends_at=desk.now + 10,
            live_answers=40,
            abandoned=1,
        )
    )
    windows = {w.ledger: w for w in desk.snapshot.campaigns[0].ledgers}
    assert (windows[day].live_answers, windows[day].abandoned) == (40, 1)
    assert windows[LEDGER].live_answers == 0
    desk.wait(10)
    assert desk.one(OpenLedger).ledger == day
    windows = {w.ledger: w for w in desk.snapshot.campaigns[0].ledgers}
    assert (windows[day].live_answers, windows[day].abandoned) == (0, 0)


def test_utilisation_counts_talk_and_wrap_up_against_ready_and_leaves_pauses_out():
    desk = Desk()
    desk.agent(1)
    desk.wait(30)
    assert desk.snapshot.teams[0].ready_seconds == pytest.approx(30)
    assert desk.snapshot.teams[0].utilisation_ratio == 0.0


def test_the_pacer_is_told_what_is_left_of_the_list_once_the_store_has_no_more():
    desk = Desk(mode=DialMode.PROGRESSIVE)
    seen = []

    class Spy:
        def decide(self, view):
            seen.append(view.leads_left)
            return Decision(count=0, bound_by=Limit.ONE_TO_ONE)

        def observe(self, observation):
            del observation

    desk.engine._floor.teams[TEAM].pacer = Spy()
    desk.agent()
    desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=(hopper_lead(1), hopper_lead(2)), asked=2))
    desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=(hopper_lead(3),), asked=9))
    assert seen[0] is None
    assert seen[-1] == 3


def covered(desk: Desk, *numbers: int) -> None:
    """Leads arrive that may only be called while a ready agent is there for them."""
    leads = tuple(dataclasses.replace(hopper_lead(n), covered_only=True) for n in numbers)
    desk.feed(LeadsLeased(campaign_id=CAMPAIGN, leads=leads, asked=len(leads)))


def generous(mode: DialMode = DialMode.RATIO) -> Desk:
    """Three lines for each ready agent, and ledgers that bear it."""
    desk = Desk(mode=mode, ratio=3.0)
    desk.feed(LedgerOpened(campaign_id=CAMPAIGN, ledger=LEDGER, limit_ratio=1.0, ends_at=None))
    return desk


def test_a_lead_that_needs_a_ready_agent_is_not_called_beyond_them():
    desk = generous()
    desk.agent(1)
    desk.agent(2)
    covered(desk, 1, 2, 3, 4)
    desk.wait(5)

    assert launched(desk) == [1, 2]
    assert desk.snapshot.campaigns[0].hopper == 2
    assert desk.snapshot.teams[0].decision.bound_by is Limit.ONE_TO_ONE


def test_beyond_the_ready_agents_the_next_lead_without_the_mark_goes_first():
    desk = generous()
    desk.agent(1)
    covered(desk, 1, 2)
    desk.leads(3, 4, 5)
    desk.wait(5)

    assert launched(desk) == [1, 3, 4]
    desk.feed(CallEnded(call_id=CallId("call-1"), outcome=Outcome.BUSY, cause="USER_BUSY"))
    desk.wait(5)
    assert launched(desk) == [1, 3, 4, 5], "others still ring for the one agent: 2 waits"
    for number in (3, 4, 5):
        call_id = CallId(f"call-{number}")
        desk.feed(CallEnded(call_id=call_id, outcome=Outcome.BUSY, cause="USER_BUSY"))
    assert launched(desk)[-1] == 2


def test_leads_that_need_a_ready_agent_are_given_back_as_others_are():
    desk = generous()
    covered(desk, 1, 2)
    desk.feed(CampaignPaused(campaign_id=CAMPAIGN))

    assert [lead.lead_id for lead in desk.one(ReturnLeads).leads] == [1, 2]
    desk.feed(CampaignStarted(campaign_id=CAMPAIGN))
    desk.agent(1)
    covered(desk, 3)
    assert launched(desk) == [3]


def test_a_campaign_that_comes_back_goes_on_with_its_share_and_takes_not_everything():
    desk = Desk()
    other = CampaignId(2)
    desk.feed(
        CampaignConfigured(
            campaign=dataclasses.replace(desk.campaign, campaign_id=other, name="autumn")
        ),
        LeadsLeased(
            campaign_id=other,
            leads=tuple(hopper_lead(n, campaign_id=other) for n in range(500, 600)),
            asked=100,
        ),
    )
    desk.agent()
    desk.leads(*range(1, 100))

    def work(calls: int) -> list[int]:
        begin = len(launched(desk))
        for _ in range(calls):
            lead = launched(desk)[-1]
            outcome = Outcome.NO_ANSWER
            desk.wait(1)
            desk.feed(CallEnded(call_id=CallId(f"call-{lead}"), outcome=outcome, cause="NO_ANSWER"))
        return launched(desk)[begin:]

    work(40)
    desk.feed(
        CampaignStarted(campaign_id=other),
        LeadsLeased(
            campaign_id=other,
            leads=tuple(hopper_lead(n, campaign_id=other) for n in range(500, 600)),
            asked=100,
        ),
    )
    of_other = sum(lead >= 500 for lead in work(20))
    assert 10 <= of_other <= 12
