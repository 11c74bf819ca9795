"""The peers decide what their descriptions say, in cases that can be worked out by hand."""

import math

import pytest

from benchmarks.pacing.contenders import CONTENDERS, Contender
from benchmarks.pacing.peers.eis import ExpectedFree, Spells
from benchmarks.pacing.peers.issabel import Issabel
from benchmarks.pacing.peers.measured import Measured
from benchmarks.pacing.peers.ratio import FixedRatio, missing_lines
from benchmarks.pacing.peers.samuelson import Samuelson
from benchmarks.pacing.peers.vicidial import Adaptive, Method, VicidialAdaptive
from dialer.pacing.view import (
    Answered,
    Launched,
    LiveAnswerSettled,
    Observation,
    TalkEnded,
    WrapUpEnded,
)
from tests.support.pacing_views import team_view


def test_ratio_counts_all_agents_or_only_those_available() -> None:
    view = team_view(ready=2, waiting=1, in_flight=3, talking=(10.0, 20.0, 30.0))
    # 2.4 · (2 ready + 3 talking) = 12 lines, of which 3 + 1 + 3 are in use.
    assert missing_lines(view, 2.4, is_available_only=False) == 5
    # 2.4 · 2 = 4.8, rounded 5 lines, of which 3 + 1 are in use.
    assert missing_lines(view, 2.4, is_available_only=True) == 1
    assert missing_lines(view, 1.0, is_available_only=True) == 0


def test_a_fixed_ratio_launches_every_two_and_a_half_seconds() -> None:
    pacer = FixedRatio(3.0, is_available_only=True)
    counts = [pacer.decide(team_view(now=now, ready=1)).count for now in (0.0, 1.0, 2.0, 2.5, 3.0)]
    assert counts == [3, 0, 0, 3, 0]


def work(pacer: VicidialAdaptive, *, until: int, ready: int) -> None:
    """Ten agents, some ready and the others talking, from midnight second by second."""
    for second in range(until + 1):
        talking = (30.0,) * (10 - ready)
        pacer.decide(team_view(now=float(second), ready=ready, talking=talking))


def test_the_adaptive_level_grows_by_the_share_of_agents_who_wait() -> None:
    pacer = VicidialAdaptive(Adaptive())
    work(pacer, until=15, ready=2)
    assert pacer.level == pytest.approx(1.2)
    assert pacer.decide(team_view(now=17.5, ready=10)).count == 12


def test_the_adaptive_level_stays_between_one_and_its_maximum() -> None:
    eager, slack = VicidialAdaptive(Adaptive(level_max=2.0)), VicidialAdaptive(Adaptive(target=1.0))
    work(eager, until=120, ready=10)
    work(slack, until=120, ready=0)
    assert (eager.level, slack.level) == (2.0, 1.0)


@pytest.mark.parametrize(
    ("method", "level"), [(Method.HARD, 1.0), (Method.AVERAGE, 1.5), (Method.TAPERED, 2.871)]
)
def test_above_the_drop_limit_the_level_falls_as_the_method_says(
    method: Method, level: float
) -> None:
    pacer = VicidialAdaptive(Adaptive(method=method))
    work(pacer, until=134, ready=10)
    assert pacer.level == 3.0
    for call in range(60):
        pacer.observe(LiveAnswerSettled(at=0.0, is_abandoned=call < 3))
    # 5 % of more than 50 were dropped. Of a day of ten hours 9 h 57 min are left, read as 957.
    pacer.decide(team_view(now=135.0, ready=10))
    assert pacer.level == pytest.approx(level)


def test_a_minute_of_drops_halves_the_level_of_any_method() -> None:
    pacer = VicidialAdaptive(Adaptive(drop_limit_ratio=1.0))
    work(pacer, until=134, ready=10)
    for call in range(30):
        pacer.observe(LiveAnswerSettled(at=130.0, is_abandoned=call < 16))
    pacer.decide(team_view(now=135.0, ready=10))
    assert pacer.level == pytest.approx(1.5)


def test_a_new_day_forgets_the_drops_of_the_old_one() -> None:
    pacer = VicidialAdaptive(Adaptive(method=Method.HARD, is_available_only=True))
    work(pacer, until=134, ready=10)
    for _ in range(60):
        pacer.observe(LiveAnswerSettled(at=0.0, is_abandoned=True))
    pacer.decide(team_view(now=86_400.0, ready=10, ends_at=122_400.0))
    assert pacer.level == 3.0


def test_issabel_counts_the_nearly_done_and_divides_by_the_answer_rate() -> None:
    pacer = Issabel()
    for at in range(40):
        pacer.observe(Launched(at=float(at)))
    for at in range(10):
        pacer.observe(Answered(at=float(at), age_seconds=10.0))
    # Mean talk stays 90 s, mean answer time 10 s: nearly done from 90 · ln(1 ÷ .03) - 10 = 306 s.
    edge = -90.0 * math.log(0.03) - 10.0
    view = team_view(now=60.0, ready=2, talking=(10.0, edge - 1.0, edge + 1.0), waiting=1)
    # 2 ready + 1 nearly done - 1 waiting = 2; 10 answers + 10 · 1 of 40 + 10 calls: ÷ .4.
    assert pacer.decide(view).count == 5
    assert pacer.decide(team_view(now=70.0, ready=2, in_flight=3)).count == 0


def test_samuelson_takes_an_agent_for_free_once_the_mean_is_nearly_over() -> None:
    pacer = Samuelson()
    # Before anything is measured: service 90 + 20 s, transit 10 s, half of the calls answered.
    talking = (99.0, 101.0)
    wrapping = (9.0, 11.0)
    view = team_view(ready=1, talking=talking, wrapping=wrapping, in_flight=2)
    assert pacer.decide(view).count == 2 * (1 + 1 + 1) - 2


def test_expected_free_reads_the_chance_of_an_end_from_the_spells_seen() -> None:
    spells = Spells(1000.0)
    for seconds in range(1, 2001):
        spells.add(float(seconds % 100))
    assert spells.ended_within([0.0, 50.0], 25.0) == pytest.approx(0.25 + 0.5, abs=0.05)
    assert spells.ended_within([], 25.0) == 0.0
    assert spells.ended_within([500.0], 1.0) == 0.5


def test_expected_free_shortens_its_window_while_over_the_limit() -> None:
    def launches(is_abandoned: bool) -> int:
        pacer = ExpectedFree(window_seconds=5.0, step_ratio=0.05)
        for _ in range(100):
            pacer.observe(LiveAnswerSettled(at=0.0, is_abandoned=is_abandoned))
        return pacer.decide(team_view(ready=2, talking=(100.0,) * 8)).count

    assert launches(is_abandoned=True) == 4
    assert launches(is_abandoned=False) > 12


def test_the_answer_ratio_forgets_after_half_an_hour() -> None:
    measured = Measured()
    observations: list[Observation] = [Launched(at=0.0), Answered(at=9.0, age_seconds=9.0)]
    observations += [TalkEnded(at=50.0, seconds=40.0), WrapUpEnded(at=60.0, seconds=10.0)]
    for observation in observations:
        measured.observe(observation)
    assert measured.answer_ratio(10.0, in_flight=0, start=0.5) == pytest.approx(6.0 / 11.0)
    assert measured.answer_ratio(5000.0, in_flight=0, start=0.5) == pytest.approx(0.5)
    assert measured.talk_seconds.value == pytest.approx((900.0 + 40.0) / 11.0)


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda contender: contender.label)
def test_no_contender_asks_for_more_than_there_is_room_for(contender: Contender) -> None:
    for choice in contender.choices[:: max(1, len(contender.choices) // 5)]:
        pacer = choice.create()
        view = team_view(ready=1500)
        assert 0 <= pacer.decide(view).count <= view.room
