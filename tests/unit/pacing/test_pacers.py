import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.pacers import create
from dialer.pacing.settings import DialMode, PacingSettings, Wall
from dialer.pacing.view import (
    Answered,
    Launched,
    Limit,
    LiveAnswerSettled,
    Observation,
    Pacer,
    SetUpFailed,
)
from tests.unit.pacing.views import ledger, teach, view


def pacer(
    mode: DialMode = DialMode.PREDICTIVE, *, ratio: float = 1.5, wall: Wall = Wall.FORECAST
) -> Pacer:
    return create(PacingSettings(mode=mode, ratio=ratio, wall=wall))


def taught(*, answered_each: int = 3, wall: Wall = Wall.FORECAST) -> Pacer:
    made = pacer(wall=wall)
    teach(made, answered_each=answered_each)
    return made


def test_progressive_gives_every_ready_agent_one_call() -> None:
    made = pacer(DialMode.PROGRESSIVE)
    decision = made.decide(view(ready=5, waiting=1, ages=(2.0, 9.0)))
    assert (decision.count, decision.bound_by) == (2, Limit.ONE_TO_ONE)
    assert made.decide(view(ready=1, ages=(2.0, 9.0))).count == 0
    short = made.decide(view(ready=5, room=3))
    assert (short.count, short.bound_by) == (3, Limit.TRUNK)


def test_preview_launches_nothing_by_itself() -> None:
    decision = pacer(DialMode.PREVIEW).decide(view(ready=5))
    assert (decision.count, decision.bound_by) == (0, Limit.ONE_TO_ONE)


def test_ratio_keeps_so_many_lines_for_each_ready_agent() -> None:
    made = pacer(DialMode.RATIO, ratio=2.0)
    decision = made.decide(view(ready=3, ages=(1.0, 2.0)))
    assert (decision.count, decision.bound_by) == (4, Limit.RATIO)
    assert made.decide(view(ready=0, talking=(9.0,))).count == 0


def test_ratio_stands_behind_the_wall() -> None:
    made = pacer(DialMode.RATIO, ratio=3.0, wall=Wall.STRICT)
    teach(made)
    decision = made.decide(view(ready=4, ages=(1.0,), ledgers=(ledger(70),)))
    assert (decision.count, decision.bound_by) == (3 + 2, Limit.WALL)


def test_predictive_dials_one_to_one_until_twenty_calls_are_resolved() -> None:
    made = pacer()
    cold = view(ready=2, talking=(80.0,) * 8, wrapping=(18.0,) * 8)
    for i in range(19):
        assert made.decide(cold).bound_by is Limit.COLD_START
        assert made.decide(cold).count == 2
        made.observe(Launched(at=9_000.0 + i))
        made.observe(SetUpFailed(at=9_024.0 + i, age_seconds=24.0))
    made.observe(SetUpFailed(at=9_050.0, age_seconds=24.0))
    assert made.decide(cold).count > 2


def test_predictive_overdials_until_the_next_answer_would_cost_too_much() -> None:
    decision = taught().decide(view(ready=2, talking=(80.0,) * 8, wrapping=(18.0,) * 8))
    assert decision.bound_by is Limit.PRICE
    assert 3 <= decision.count <= 20
    assert decision.blocking is not None
    assert decision.price is not None
    assert decision.blocking > decision.price
    assert decision.expected_answers is not None
    assert decision.expected_free is not None
    assert 0.3 < (decision.answer_probability or 0.0) < 0.4


def test_predictive_dials_ahead_of_busy_agents() -> None:
    busy = taught().decide(view(ready=0, talking=(60.0,) * 10, wrapping=(15.0,) * 10))
    assert busy.count > 0


def test_two_agents_are_enough_to_overdial() -> None:
    assert taught().decide(view(ready=2)).count >= 2
    assert taught().decide(view(ready=1, wrapping=(25.0,))).count >= 2


def test_lower_answer_probability_means_more_calls() -> None:
    seen = view(ready=2, talking=(80.0,) * 8, wrapping=(18.0,) * 8)
    counts = [taught(answered_each=each).decide(seen).count for each in (2, 4, 8)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_nothing_beyond_the_ready_agents_once_a_ledger_is_over_its_limit() -> None:
    seen = view(
        ready=2,
        talking=(80.0,) * 8,
        wrapping=(18.0,) * 8,
        ledgers=(ledger(100, 5),),
        ends_at=10_001.0,
    )
    for wall in Wall:
        decision = taught(wall=wall).decide(seen)
        assert (decision.count, decision.bound_by) == (2, Limit.WALL)


def test_a_sudden_rush_of_answers_stops_overdialling_for_a_ring_time() -> None:
    made = taught(answered_each=10)
    for i in range(40):
        made.observe(Launched(at=10_000.0 + 0.1 * i))
    for i in range(35):
        made.observe(Answered(at=10_010.0 + 0.1 * i, age_seconds=10.0))
    shocked = made.decide(view(10_014.0, ready=2, talking=(80.0,) * 8, wrapping=(18.0,) * 8))
    assert (shocked.count, shocked.bound_by) == (2, Limit.SHOCK)
    after = made.decide(view(10_080.0, ready=2, talking=(80.0,) * 8, wrapping=(18.0,) * 8))
    assert after.bound_by is Limit.PRICE
    assert (after.answer_probability or 0.0) > 0.4


def test_abandoned_answers_make_it_careful_and_good_ones_bold() -> None:
    careful, bold = taught(), taught()
    for i in range(60):
        careful.observe(LiveAnswerSettled(at=9_990.0 + 0.1 * i, is_abandoned=i % 2 == 0))
        bold.observe(LiveAnswerSettled(at=9_990.0 + 0.1 * i, is_abandoned=False))
    seen = view(ready=1, talking=(80.0,) * 9, wrapping=(18.0,) * 9)
    assert careful.decide(seen).count < bold.decide(seen).count


@pytest.mark.parametrize("mode", [mode for mode in DialMode if mode is not DialMode.MESSAGE])
def test_without_agents_nothing_is_launched(mode: DialMode) -> None:
    decision = pacer(mode).decide(view(ages=(3.0,), waiting=1))
    assert (decision.count, decision.bound_by) == (0, Limit.NO_AGENTS)


@pytest.mark.parametrize("answered_each", [0, 1])
def test_lists_that_never_or_always_answer_are_survived(answered_each: int) -> None:
    made = taught(answered_each=answered_each)
    decision = made.decide(view(ready=3, talking=(50.0,) * 4, ages=(1.0,) * 3, room=40))
    assert 0 <= decision.count <= 40


spans = st.lists(st.floats(0.0, 5000.0), max_size=12)
observations = st.lists(
    st.one_of(
        st.builds(Launched, at=st.floats(0.0, 500.0)),
        st.builds(Answered, at=st.floats(0.0, 500.0), age_seconds=st.floats(0.0, 100.0)),
        st.builds(SetUpFailed, at=st.floats(0.0, 500.0), age_seconds=st.floats(0.0, 100.0)),
        st.builds(LiveAnswerSettled, at=st.floats(0.0, 500.0), is_abandoned=st.booleans()),
    ),
    max_size=60,
)


@settings(deadline=None, max_examples=40)
@given(
    mode=st.sampled_from(DialMode),
    wall=st.sampled_from(Wall),
    history=observations,
    ready=st.integers(0, 8),
    waiting=st.integers(0, 8),
    ages=spans,
    talking=spans,
    wrapping=spans,
    room=st.integers(0, 50),
    live=st.none() | st.integers(0, 300),
)
def test_any_view_after_any_history_gives_a_count_within_the_room_and_always_the_same(
    mode: DialMode,
    wall: Wall,
    history: list[Observation],
    ready: int,
    waiting: int,
    ages: list[float],
    talking: list[float],
    wrapping: list[float],
    room: int,
    live: int | None,
) -> None:
    seen = view(
        600.0,
        ready=ready,
        waiting=waiting,
        ages=sorted(ages, reverse=True),
        talking=talking,
        wrapping=wrapping,
        room=room,
        ledgers=() if live is None else (ledger(live, live // 30),),
    )
    decisions = []
    for _ in range(2):
        made = pacer(mode, ratio=2.5, wall=wall)
        for observation in history:
            made.observe(observation)
        decisions.append(made.decide(seen))
    assert decisions[0] == decisions[1]
    assert 0 <= decisions[0].count <= room
