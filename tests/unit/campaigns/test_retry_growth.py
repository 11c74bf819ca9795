"""Waiting times that grow, parts of the day that rotate, counters that end a lead."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.calling_hours import BadCallingHours, CallingHours
from campaigns.campaign_spec import CampaignSpec
from campaigns.day_parts import format_day_parts, in_next_part, parse_day_parts, part_of
from campaigns.dispositions import Disposition, DispositionKind
from campaigns.outcomes import Outcome
from campaigns.retry_rules import (
    GROWTH_MAX,
    Refinement,
    RetryRules,
    Tally,
    left_unfinished,
    reached_nobody,
)
from campaigns.store.lead_moves import Phone, move_after

AT = datetime(2026, 6, 8, 14, tzinfo=UTC)
NEW_YORK = ["America/New_York"]
HOURS = CallingHours.parse(["mon-sat 09:00-20:00"])
PARTS = parse_day_parts(["09:00-12:00", "12:00-17:00", "17:00-20:00"])
instants = st.integers(0, 2 * 365 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
zones = st.sampled_from(
    ["America/New_York", "Europe/London", "Asia/Baku", "Australia/Lord_Howe", "America/St_Johns"]
)
waits = st.timedeltas(timedelta(seconds=30), timedelta(days=30))
refinements = st.builds(
    Refinement,
    growth=st.floats(1.0, GROWTH_MAX),
    wait_max=st.none() | st.timedeltas(timedelta(hours=1), timedelta(days=60)),
    rotates=st.sampled_from([None, True, False]),
)


# ---- growth -------------------------------------------------------------------------------------
def test_the_wait_grows_with_every_repetition_up_to_its_ceiling() -> None:
    finer = Refinement(growth=2.0, wait_max=timedelta(hours=20))
    found = [finer.wait_after(timedelta(hours=4), n) / timedelta(hours=1) for n in range(1, 6)]
    assert found == [4, 8, 16, 20, 20]


@given(finer=refinements, wait=waits, repeats=st.integers(1, 200))
def test_growth_never_shortens_a_wait_and_never_goes_back(
    finer: Refinement, wait: timedelta, repeats: int
) -> None:
    now, following = finer.wait_after(wait, repeats), finer.wait_after(wait, repeats + 1)
    assert wait <= now <= following


@given(
    finer=refinements,
    wait=waits,
    ended_at=instants,
    repeats=st.integers(1, 30),
    zone=zones,
    parts=st.sampled_from([(), PARTS, PARTS[:1], PARTS[1:]]),
    outcome=st.sampled_from([Outcome.NO_ANSWER, Outcome.BUSY, Outcome.MACHINE]),
)
def test_a_lead_is_never_called_before_its_wait_is_over(
    finer: Refinement,
    wait: timedelta,
    ended_at: datetime,
    repeats: int,
    zone: str,
    parts: tuple[object, ...],
    outcome: Outcome,
) -> None:
    rules = RetryRules(
        attempts_max=100,
        outcome_waits={outcome: wait},
        refinements={outcome.value: finer},
        day_parts=parts,  # type: ignore[arg-type]
    )
    phone = Phone(id=1, position=1, time_zones=zone, is_valid=True)
    move = move_after(
        spec=spec(rules),
        outcome=outcome,
        disposition=None,
        tries=1,
        ended_at=ended_at,
        phones=[phone],
        called=phone,
        tally=Tally(tries=1, repeats=repeats),
    )
    assert move.next_call_at >= ended_at + wait


# ---- parts of the day ---------------------------------------------------------------------------
@given(
    started_at=instants, zone=zones, wait=st.timedeltas(timedelta(minutes=10), timedelta(days=2))
)
def test_as_many_attempts_as_there_are_parts_visit_every_part(
    started_at: datetime, zone: str, wait: timedelta
) -> None:
    tried_at, visited = started_at, []
    for _ in range(len(PARTS)):
        tried_at = in_next_part(
            PARTS, tried_at=tried_at, earliest=tried_at + wait, zones=[zone], hours=HOURS
        )
        assert HOURS.is_open(tried_at, [zone])
        visited.append(part_of(PARTS, tried_at.astimezone(ZoneInfo(zone)).time()))
    assert sorted(visited) == list(range(len(PARTS)))


def test_a_lead_tried_at_lunch_is_tried_in_the_evening_next() -> None:
    at_lunch = datetime(2026, 6, 8, 12, 30, tzinfo=ZoneInfo("America/New_York"))
    found = in_next_part(
        PARTS,
        tried_at=at_lunch,
        earliest=at_lunch + timedelta(minutes=30),
        zones=NEW_YORK,
        hours=HOURS,
    )
    assert found == at_lunch.replace(hour=17, minute=0)


def test_after_saturday_evening_comes_monday_morning() -> None:
    evening = datetime(2026, 6, 13, 18, 0, tzinfo=ZoneInfo("America/New_York"))
    found = in_next_part(
        PARTS,
        tried_at=evening,
        earliest=evening + timedelta(hours=4),
        zones=NEW_YORK,
        hours=HOURS,
    )
    assert found == datetime(2026, 6, 15, 9, 0, tzinfo=ZoneInfo("America/New_York"))


def test_a_part_that_never_meets_the_hours_leaves_the_wait_as_it_is() -> None:
    night = parse_day_parts(["09:00-12:00", "21:00-23:00"])
    found = in_next_part(
        night,
        tried_at=AT,
        earliest=AT + timedelta(hours=4),
        zones=NEW_YORK,
        hours=HOURS,
    )
    assert found == AT + timedelta(hours=4)


def test_busy_does_not_rotate_unless_the_campaign_says_so() -> None:
    rules = RetryRules(day_parts=PARTS)
    assert not rules.after(Outcome.BUSY, None, tries=1, ended_at=AT).rotates
    assert rules.after(Outcome.NO_ANSWER, None, tries=1, ended_at=AT).rotates
    own = RetryRules(day_parts=PARTS, refinements={"busy": Refinement(rotates=True)})
    assert own.after(Outcome.BUSY, None, tries=1, ended_at=AT).rotates


def test_day_parts_are_written_as_they_were_read() -> None:
    texts = ["08:30-12:00", "12:00-18:00", "18:00-24:00"]
    assert format_day_parts(parse_day_parts(texts)) == texts


@pytest.mark.parametrize("texts", [["12:00-10:00"], ["09-12"], ["12:00-17:00", "09:00-12:00"]])
def test_bad_day_parts_are_refused(texts: list[str]) -> None:
    with pytest.raises(BadCallingHours):
        parse_day_parts(texts)


# ---- counters -----------------------------------------------------------------------------------
def test_not_reached_and_unfinished_end_a_lead_each_on_its_own() -> None:
    rules = RetryRules(attempts_max=50, not_reached_max=4, unfinished_max=2)
    tired = Tally(tries=9, not_reached=4, unfinished=1)
    assert rules.after(Outcome.NO_ANSWER, None, tries=9, ended_at=AT, tally=tired).is_final
    # The fourth that nobody answered says nothing against finishing the survey.
    broken_off = rules.after(
        Outcome.CONNECTED, DispositionKind.UNFINISHED, tries=9, ended_at=AT, tally=tired
    )
    assert not broken_off.is_final
    again = Tally(tries=10, not_reached=4, unfinished=2)
    assert rules.after(
        Outcome.CONNECTED, DispositionKind.UNFINISHED, tries=10, ended_at=AT, tally=again
    ).is_final


def test_giving_up_counts_one_kind_of_ending_only() -> None:
    rules = RetryRules(attempts_max=50, refinements={"busy": Refinement(give_up_after=3)})
    for repeats, is_final in ((2, False), (3, True)):
        tally = Tally(tries=20, repeats=repeats)
        retry = rules.after(Outcome.BUSY, None, tries=20, ended_at=AT, tally=tally)
        assert retry.is_final is is_final
    other = rules.after(
        Outcome.NO_ANSWER, None, tries=20, ended_at=AT, tally=Tally(tries=20, repeats=9)
    )
    assert not other.is_final


@given(outcome=st.sampled_from(Outcome), kind=st.none() | st.sampled_from(DispositionKind))
def test_no_attempt_counts_as_both_not_reached_and_unfinished(
    outcome: Outcome, kind: DispositionKind | None
) -> None:
    assert (
        not (reached_nobody(outcome, kind) and left_unfinished(outcome, kind))
        or outcome is not Outcome.CONNECTED
    )


def test_the_agents_word_goes_before_the_outcome() -> None:
    assert reached_nobody(Outcome.CONNECTED, DispositionKind.MACHINE)
    assert not reached_nobody(Outcome.CONNECTED, DispositionKind.SALE)
    assert left_unfinished(Outcome.CONNECTED, None)
    assert not left_unfinished(Outcome.CONNECTED, DispositionKind.CALLBACK)
    assert not reached_nobody(Outcome.CONGESTION, None)


def test_a_disposition_of_its_own_goes_before_its_kind() -> None:
    rules = RetryRules(
        code_waits={"vacation": timedelta(days=14)},
        refinements={"disposition.vacation": Refinement(use_next_number=True)},
    )
    retry = rules.after(Outcome.CONNECTED, "other", tries=1, ended_at=AT, code="vacation")
    assert retry.call_again_at == AT + timedelta(days=14)
    assert retry.use_next_number
    plain = rules.after(Outcome.CONNECTED, "other", tries=1, ended_at=AT, code="other")
    assert plain.call_again_at == AT + timedelta(hours=24)


def test_the_next_number_is_the_campaigns_choice() -> None:
    rules = RetryRules(refinements={"no_answer": Refinement(use_next_number=False)})
    phones = [
        Phone(id=1, position=1, time_zones="America/New_York", is_valid=True),
        Phone(id=2, position=2, time_zones="America/New_York", is_valid=True),
    ]
    for own, expected in ((rules, 1), (RetryRules(), 2)):
        move = move_after(
            spec=spec(own),
            outcome=Outcome.NO_ANSWER,
            disposition=None,
            tries=1,
            ended_at=AT,
            phones=phones,
            called=phones[0],
        )
        assert move.phone is not None
        assert move.phone.id == expected


def test_a_disposition_that_ends_the_lead_cannot_be_made_to_grow() -> None:
    refused = Disposition(code="refusal", label="No", kind=DispositionKind.REFUSAL, is_final=True)
    rules = RetryRules(code_waits={"refusal": timedelta(days=1)})
    retry = rules.after(Outcome.CONNECTED, refused.kind, tries=1, ended_at=AT, code="refusal")
    assert retry.is_final


def spec(rules: RetryRules) -> CampaignSpec:
    return CampaignSpec(
        name="spring",
        client="Acme",
        team="sales",
        region="US",
        caller_id="+12025550100",
        trunks=("main",),
        calling_hours=HOURS,
        retry=rules,
    )
