"""The parts a world is made of: time, dice, laws, faults, the list."""

import random
from statistics import fmean, pstdev

import pytest

from campaigns.outcomes import Outcome
from dialer.engine.commands import Originate, RecordCall
from dialer.engine.config import CampaignConfig
from dialer.engine.events import HopperLead
from dialer.engine.ids import CampaignId, TeamId, TrunkId
from dialer.simulation.agenda import Agenda
from dialer.simulation.faults import Faults
from dialer.simulation.laws import (
    AlternatingAnswer,
    Empirical,
    HourlyAnswer,
    Lognormal,
    ShiftedGamma,
)
from dialer.simulation.plan import START_AT, CampaignPlan, FaultPlan
from dialer.simulation.store_model import FREE_RETRY_SECONDS, StoreModel
from dialer.simulation.streams import Streams

CAMPAIGN = CampaignId(1)


def test_a_draw_from_one_stream_leaves_the_others_where_they_were() -> None:
    one, two = Streams(5), Streams(5)
    one.named("talk").random()

    assert one.named("wrap").random() == two.named("wrap").random()
    assert one.named("talk").random() != two.named("talk").random()


def test_the_agenda_goes_by_time_and_then_by_order_of_planning() -> None:
    agenda, seen = Agenda(0.0), []
    agenda.at(2.0, seen.append, "c")
    agenda.at(1.0, seen.append, "a")
    agenda.at(1.0, seen.append, "b")
    while agenda.next_at() is not None:
        agenda.run_next()

    assert seen == ["a", "b", "c"]
    assert agenda.now == 2.0


def test_the_agenda_does_at_once_what_is_planned_for_the_past() -> None:
    agenda, seen = Agenda(10.0), []
    agenda.at(3.0, seen.append, "late")
    agenda.run_next()

    assert (seen, agenda.now) == (["late"], 10.0)


def test_lognormal_has_the_mean_and_variation_it_is_given() -> None:
    law, dice = Lognormal(mean_seconds=90.0, cv=0.9), random.Random(1)
    drawn = [law.draw(dice) for _ in range(20_000)]

    assert fmean(drawn) == pytest.approx(90.0, rel=0.03)
    assert pstdev(drawn) / fmean(drawn) == pytest.approx(0.9, rel=0.06)


def test_lognormal_without_variation_is_its_mean_and_is_cut_at_its_longest() -> None:
    dice = random.Random(1)

    assert Lognormal(mean_seconds=9.0, cv=0.0).draw(dice) == 9.0
    assert Lognormal(mean_seconds=9.0, cv=0.0, seconds_max=5.0).draw(dice) == 5.0


def test_time_to_answer_is_three_seconds_and_a_gamma_of_eight_on_average() -> None:
    law, dice = ShiftedGamma(shift_seconds=3.0, shape=2.0, scale_seconds=4.0), random.Random(1)
    drawn = [law.draw(dice) for _ in range(20_000)]

    assert min(drawn) > 3.0
    assert fmean(drawn) == pytest.approx(11.0, rel=0.03)


def test_measured_durations_are_drawn_from_the_measured_ones() -> None:
    law, dice = Empirical((3.0, 5.0)), random.Random(1)

    assert {law.draw(dice) for _ in range(50)} == {3.0, 5.0}


def test_the_last_hour_of_an_hourly_answer_law_goes_on() -> None:
    law = HourlyAnswer((0.1, 0.2))

    assert [law.at(t) for t in (0.0, 3599.0, 3600.0, 99_999.0)] == [0.1, 0.1, 0.2, 0.2]


def test_an_alternating_answer_law_starts_low() -> None:
    law = AlternatingAnswer(low=0.15, high=0.45, period_seconds=1800.0)

    assert [law.at(t) for t in (0.0, 1800.0, 3600.0)] == [0.15, 0.45, 0.15]


def faults(**plan: float) -> Faults:
    return Faults(Agenda(0.0), FaultPlan(**plan), Streams(1))  # type: ignore[arg-type]


def test_without_faults_each_event_arrives_once_and_in_time() -> None:
    assert faults().copies(is_reply=False) == (0.0,)


def test_events_are_lost_late_or_doubled() -> None:
    assert faults(drop_ratio=1.0).copies(is_reply=False) == ()
    assert faults(delay_ratio=1.0).copies(is_reply=False)[0] > 0.0
    assert len(faults(duplicate_ratio=1.0).copies(is_reply=False)) == 2


def test_the_reply_to_a_command_never_comes_twice() -> None:
    assert len(faults(duplicate_ratio=1.0).copies(is_reply=True)) == 1


def test_nothing_goes_wrong_once_faults_have_stopped() -> None:
    broken = faults(drop_ratio=1.0, refused_write_ratio=1.0, stuck_bridge_ratio=1.0)
    broken.stop()

    assert broken.copies(is_reply=False) == (0.0,)
    assert not broken.refuses_write()
    assert not broken.sticks()


def store(**plan: float) -> StoreModel:
    config = CampaignConfig(
        campaign_id=CAMPAIGN, team_id=TeamId(1), name="c", caller_id="1", trunks=(TrunkId("g"),)
    )
    campaign = CampaignPlan(config=config, **plan)  # type: ignore[arg-type]
    return StoreModel((campaign,), streams=Streams(1), start_at=START_AT, ends_at=START_AT + 3600.0)


def originate(lead: HopperLead) -> Originate:
    return Originate(lead=lead, trunk_id=TrunkId("g"), caller_id="1", ring_seconds=25.0)


def record(lead: HopperLead, outcome: Outcome, *, at: float) -> RecordCall:
    return RecordCall(
        call_id=lead.call_id,
        campaign_id=lead.campaign_id,
        lead_id=lead.lead_id,
        outcome=outcome,
        cause="NORMAL_CLEARING",
        agent_id=None,
        originated_at=at,
        ringing_at=None,
        answered_at=None,
        bridged_at=None,
        ended_at=at,
        is_live=False,
        is_abandoned=False,
    )


def call_once(model: StoreModel, outcome: Outcome, *, at: float) -> None:
    (lead,) = model.lease(CAMPAIGN, 5, now=at)
    assert model.write_attempt(originate(lead), now=at) is None
    model.settle(record(lead, outcome, at=at))


def test_a_lead_rests_after_a_try_and_is_done_after_its_last() -> None:
    model = store(leads=1, tries_max=2, retry_seconds=600.0)
    call_once(model, Outcome.NO_ANSWER, at=START_AT)

    assert model.lease(CAMPAIGN, 5, now=START_AT + 599.0) == ()
    call_once(model, Outcome.NO_ANSWER, at=START_AT + 600.0)
    assert model.leads_left() == 0


def test_a_failure_of_the_network_does_not_use_up_a_try() -> None:
    model = store(leads=1, tries_max=1)
    call_once(model, Outcome.CONGESTION, at=START_AT)

    assert model.leads_left() == 1
    assert len(model.lease(CAMPAIGN, 5, now=START_AT + FREE_RETRY_SECONDS)) == 1


def test_a_second_record_of_an_attempt_does_not_move_the_lead_again() -> None:
    model = store(leads=1, tries_max=2, retry_seconds=0.0)
    (lead,) = model.lease(CAMPAIGN, 1, now=START_AT)
    model.write_attempt(originate(lead), now=START_AT)
    model.settle(record(lead, Outcome.NO_ANSWER, at=START_AT))
    model.settle(record(lead, Outcome.NO_ANSWER, at=START_AT))

    assert model.leads_left() == 1
    assert len(model.lease(CAMPAIGN, 5, now=START_AT + 1.0)) == 1


def test_the_same_attempt_and_a_number_on_a_call_are_refused() -> None:
    model = store(leads=2, shared_number_ratio=1.0)
    one, two = model.lease(CAMPAIGN, 2, now=START_AT)
    assert one.number == two.number
    model.write_attempt(originate(one), now=START_AT)

    assert model.write_attempt(originate(two), now=START_AT) == "the number is on another call"
    assert model.write_attempt(originate(one), now=START_AT) == "this attempt exists already"


def test_leads_whose_hours_are_over_are_neither_leased_nor_written() -> None:
    model = store(leads=3, closing_ratio=1.0)
    (lead,) = model.lease(CAMPAIGN, 1, now=START_AT)

    refused = model.write_attempt(originate(lead), now=lead.callable_until)
    assert refused == "outside the lead's calling hours"
    assert model.lease(CAMPAIGN, 5, now=START_AT + 3600.0) == ()


def test_a_restart_frees_leased_leads_and_keeps_those_on_an_attempt() -> None:
    model = store(leads=2)
    one, _ = model.lease(CAMPAIGN, 2, now=START_AT)
    model.write_attempt(originate(one), now=START_AT)
    model.release_all()

    assert model.leased_count() == 1
    model.settle_unknown(one.call_id, now=START_AT)
    assert model.leased_count() == 0


def test_simulated_leads_come_with_what_the_real_store_knows_of_them() -> None:
    made = store(leads=1)
    (lead,) = made.lease(CAMPAIGN, 1, now=START_AT)
    assert lead.features == (1, 9, 0, "", "never", "")
    made.write_attempt(originate(lead), now=START_AT)
    made.settle(record(lead, Outcome.BUSY, at=START_AT + 5.0))
    (again,) = made.lease(CAMPAIGN, 1, now=START_AT + 3700.0)
    assert again.features == (2, 10, 0, "", "busy", "")
