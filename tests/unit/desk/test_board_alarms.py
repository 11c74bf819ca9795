"""Alarms: what raises each, what does not, and in which words."""

from dataclasses import replace

import pytest

from campaigns.store.board_figures import CallbacksDue, ListLeft
from dialer.desk.board.alarm_words import sentence
from dialer.desk.board.alarms import (
    Alarm,
    Kind,
    Level,
    abandoned_left,
    alarms,
    answers_until_under,
)
from dialer.desk.board.figures import CampaignFigures, Figures
from dialer.desk.board.standing import AlarmBook
from dialer.desk.conditions import Conditions, DryHopper
from dialer.desk.formats import Formats
from dialer.desk.words import words_for
from dialer.engine.ids import AgentId, CampaignId, LedgerName, SwitchId, TeamId, TrunkId
from dialer.engine.snapshot import (
    AgentSnapshot,
    CampaignSnapshot,
    LedgerSnapshot,
    Snapshot,
    SwitchSnapshot,
    TeamSnapshot,
    TrunkSnapshot,
)
from dialer.engine.states import AgentState, CampaignState
from dialer.pacing.settings import DialMode
from dialer.settings import AlarmSettings

AT = 10_000.0
SPRING, SALES = CampaignId(1), TeamId(1)
QUIET = Figures()


def ledger(abandoned: int, live: int, *, limit: float = 0.03) -> LedgerSnapshot:
    return LedgerSnapshot(
        ledger=LedgerName("day"),
        limit_ratio=limit,
        live_answers=live,
        abandoned=abandoned,
        ends_at=None,
    )


def agent(state: AgentState, *, seconds: float, name: str = "anna") -> AgentSnapshot:
    return AgentSnapshot(
        agent_id=AgentId(1),
        team_id=SALES,
        name=name,
        state=state,
        since=AT - seconds,
        reason="lunch" if state is AgentState.PAUSED else None,
        leg_id=None,
        call_id=None,
    )


def floor(
    *,
    agents: tuple[AgentSnapshot, ...] = (),
    ledgers: tuple[LedgerSnapshot, ...] = (),
    state: CampaignState = CampaignState.RUNNING,
    mode: DialMode = DialMode.PREDICTIVE,
    trunks: tuple[bool, ...] = (True,),
    switches: tuple[bool, ...] = (True,),
) -> Snapshot:
    return Snapshot(
        at=AT,
        is_switch_connected=any(switches),
        is_draining=False,
        teams=(
            TeamSnapshot(
                team_id=SALES,
                name="sales",
                mode=mode,
                talk_seconds=0.0,
                wrap_up_seconds=0.0,
                ready_seconds=0.0,
                decision=None,
            ),
        ),
        campaigns=(
            CampaignSnapshot(
                campaign_id=SPRING,
                team_id=SALES,
                name="spring",
                state=state,
                hopper=0,
                attempts=0,
                live_answers=0,
                connected=0,
                abandoned=0,
                ledgers=ledgers,
            ),
        ),
        agents=agents,
        calls=(),
        trunks=tuple(
            TrunkSnapshot(trunk_id=TrunkId(f"gw{n}"), is_up=up, channels=0, channels_max=9)
            for n, up in enumerate(trunks)
        ),
        switches=tuple(
            SwitchSnapshot(
                switch_id=SwitchId(f"fs{n}"), is_connected=up, is_draining=False, calls=0, legs=0
            )
            for n, up in enumerate(switches)
        ),
    )


def raised(
    snapshot: Snapshot, figures: Figures = QUIET, conditions: Conditions | None = None
) -> list[Alarm]:
    return list(alarms(snapshot, figures, conditions or Conditions(), AlarmSettings()))


def said(alarm: Alarm) -> str:
    return sentence(alarm, words_for("en"), Formats("en", "UTC"))


def test_a_quiet_floor_raises_nothing():
    assert raised(floor(agents=(agent(AgentState.READY, seconds=119.0),))) == []


@pytest.mark.parametrize(
    ("state", "seconds", "kind", "words"),
    [
        (AgentState.READY, 130.0, Kind.AGENT_IDLE, "anna has been ready for 2:00 without a call."),
        (AgentState.WRAP_UP, 190.0, Kind.WRAP_UP_LONG, "anna has been wrapping up for 3:00."),
        (AgentState.PAUSED, 1900.0, Kind.PAUSE_LONG, "anna has been paused for 31:00: lunch."),
        (AgentState.CONNECTING_LEG, 61.0, Kind.LINE_LOST, "anna has had no telephone on the line"),
    ],
)
def test_an_agent_who_is_in_a_state_for_too_long(
    state: AgentState, seconds: float, kind: Kind, words: str
):
    (alarm,) = raised(floor(agents=(agent(state, seconds=seconds),)))
    assert (alarm.kind, alarm.level, alarm.since) == (kind, Level.WARNING, AT - seconds)
    assert said(alarm).startswith(words)


def test_nobody_is_idle_where_nothing_is_dialled_or_the_record_comes_first():
    idle = (agent(AgentState.READY, seconds=900.0),)
    assert raised(floor(agents=idle, state=CampaignState.PAUSED)) == []
    assert raised(floor(agents=idle, mode=DialMode.PREVIEW)) == []


def test_abandonment_near_its_limit_and_over_it():
    assert raised(floor(ledgers=(ledger(28, 1000),))) == [], "the usual target of 2.8 %"
    assert raised(floor(ledgers=(ledger(3, 90),))) == [], "too few to say"
    (near,) = raised(floor(ledgers=(ledger(297, 10_000),)))
    assert (near.kind, near.level, near.left) == (Kind.ABANDONMENT, Level.WARNING, 3)
    assert said(near) == (
        "spring: 2.97% of 3.00% abandoned in ledger day; it bears 3 more. A lower target keeps it "
        "away."
    )
    (over,) = raised(floor(ledgers=(ledger(31, 1000),)))
    assert over.level is Level.URGENT
    assert "over its limit of 3.00%" in said(over)


def test_what_is_left_under_a_limit_and_what_brings_it_back():
    assert abandoned_left(ledger(28, 1000)) == 2
    assert abandoned_left(ledger(31, 1000)) == 0
    over = ledger(31, 1000)
    more = answers_until_under(over)
    assert replace(over, live_answers=1000 + more).abandonment_ratio <= 0.03
    assert replace(over, live_answers=999 + more).abandonment_ratio > 0.03
    assert answers_until_under(ledger(1, 10, limit=0.0)) == 0, "never"


def test_switches_gateways_and_the_database():
    lost = raised(floor(switches=(False,), trunks=(False,)))
    assert [(one.kind, one.level) for one in lost] == [(Kind.SWITCH_LOST, Level.URGENT)]
    one_of_two = raised(floor(switches=(True, False), trunks=(True, False)))
    assert [(one.kind, one.level) for one in one_of_two] == [
        (Kind.SWITCH_LOST, Level.WARNING),
        (Kind.GATEWAY_DOWN, Level.WARNING),
    ]
    (last,) = raised(floor(trunks=(False,)))
    assert (last.kind, last.level) == (Kind.GATEWAY_DOWN, Level.URGENT)
    (down,) = raised(floor(), conditions=Conditions(database_error="connection refused"))
    assert said(down).endswith("connection refused")


def test_the_hopper_the_rules_the_promises_and_the_end_of_the_list():
    reason = "The hopper is dry: of 9 leads, 9 outside their calling hours."
    conditions = Conditions(
        dry={SPRING: DryHopper(seconds=16.0, reason=reason)},
        paused_by_rules={SPRING: "Let calls ring 15 seconds."},
    )
    figures = Figures(
        campaigns={
            SPRING: CampaignFigures(
                list_left=ListLeft(total=1000, due=30, waiting=20, in_hand=0, done=950),
                callbacks=CallbacksDue(overdue=2),
            )
        }
    )
    found = raised(floor(agents=(agent(AgentState.READY, seconds=1.0),)), figures, conditions)
    assert [(one.kind, one.level) for one in found] == [
        (Kind.HOPPER_DRY, Level.URGENT),
        (Kind.CALLBACKS_OVERDUE, Level.WARNING),
        (Kind.LIST_NEARLY_DONE, Level.WARNING),
    ]
    assert [said(one) for one in found] == [
        f"spring has had no lead to call for 0:16. {reason}",
        "spring: 2 promised calls are overdue.",
        "spring is nearly finished: 50 of 1,000 leads are left.",
    ]
    paused = raised(floor(state=CampaignState.PAUSED), QUIET, conditions)
    assert [(one.kind, said(one)) for one in paused] == [
        (Kind.PAUSED_BY_RULES, "spring was paused by a rule: Let calls ring 15 seconds.")
    ]
    nobody = raised(floor(), QUIET, conditions)
    assert [one.level for one in nobody] == [Level.WARNING], "with nobody at work it can wait"


def test_an_alarm_that_was_seen_is_told_again_when_it_comes_back_or_gets_worse():
    book = AlarmBook()
    near = Alarm(kind=Kind.ABANDONMENT, level=Level.WARNING, subject="spring", detail="day")
    (first,) = book.note([near], 100.0)
    assert (first.since, first.seen_by) == (100.0, None)
    seen = book.see(near.key, by="nigar", now=105.0)
    assert seen is not None and (seen.seen_by, seen.seen_at) == ("nigar", 105.0)
    (again,) = book.note([near], 110.0)
    assert (again.since, again.seen_by) == (100.0, "nigar")
    (worse,) = book.note([replace(near, level=Level.URGENT)], 120.0)
    assert (worse.since, worse.seen_by) == (120.0, None)
    assert book.note([], 130.0) == ()
    assert book.see(near.key, by="nigar", now=131.0) is None
    (back,) = book.note([near], 140.0)
    assert (back.since, back.seen_by) == (140.0, None)
