import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.durations import Durations, Hazard
from dialer.pacing.estimates import Estimates
from dialer.pacing.frailty import AGENTS_MAX, AWAY_SECONDS, PRIOR_EVENTS, Frailty, make_frail
from dialer.pacing.pacers import create
from dialer.pacing.saved import Reader, SavedStateError
from dialer.pacing.settings import PacingSettings
from dialer.pacing.view import TalkEnded, WrapUpEnded
from tests.unit.pacing.views import teach, view

MEAN = 60.0


def common(seed: int = 1) -> Hazard:
    """Of exponential spells, well learnt."""
    draw, durations = random.Random(seed), Durations(prior_mean=60.0, first_width=4.0, growth=1.25)
    for _ in range(2_000):
        durations.end(draw.expovariate(1.0 / MEAN))
    return durations.hazard(())


def worked(means: dict[int, float], spells: int = 400) -> Frailty:
    """Agents with means of their own, in turn."""
    draw, frailty, law = random.Random(2), Frailty(), common()
    for i in range(spells):
        for agent_id, mean in means.items():
            frailty.end(agent_id, draw.expovariate(1.0 / mean), law, float(i))
    return frailty


def test_a_slow_agent_has_a_small_frailty_and_a_quick_one_a_large_one() -> None:
    means = dict.fromkeys(range(3, 13), MEAN) | {1: 2.0 * MEAN, 2: 0.6 * MEAN}
    slow, quick, *others = worked(means).of([1, 2, *range(3, 13)])
    # Truly 0.5 and 1.67; the prior holds both a little nearer to 1.
    assert slow == pytest.approx(0.55, abs=0.12)
    assert quick == pytest.approx(1.55, abs=0.3)
    assert sum(others) / len(others) == pytest.approx(1.0, abs=0.12)


def test_one_spell_moves_an_agent_by_no_more_than_the_prior_allows() -> None:
    frailty = Frailty()
    frailty.end(1, 0.0, common(), 0.0)
    assert frailty.of([1, 2]) == [pytest.approx(1.0 + 1.0 / PRIOR_EVENTS), 1.0]
    frailty.end(None, 5.0, common(), 0.0)
    assert len(frailty.to_state()["agents"]) == 4


def test_a_wrong_common_law_is_not_the_agents_fault() -> None:
    means = dict.fromkeys(range(10), 3.0 * MEAN)
    assert worked(means).of(range(10)) == pytest.approx([1.0] * 10, abs=0.35)
    assert sum(worked(means).of(range(10))) == pytest.approx(10.0, abs=1.0)


def test_agents_who_are_away_for_long_and_those_too_many_are_forgotten() -> None:
    frailty, law = Frailty(), common()
    frailty.end(1, 0.0, law, 0.0)
    frailty.end(2, 0.0, law, AWAY_SECONDS - 1.0)
    assert frailty.of([1, 2]) != [1.0, 1.0]
    frailty.end(3, 0.0, law, AWAY_SECONDS + 1.0)
    assert frailty.of([1]) == [1.0]
    assert frailty.of([2]) > [1.0]
    for agent_id in range(10, 10 + AGENTS_MAX):
        frailty.end(agent_id, 0.0, law, AWAY_SECONDS + 2.0)
    assert frailty.of([2, 3]) == [1.0, 1.0]
    assert len(frailty.to_state()["agents"]) == 4 * AGENTS_MAX


@given(busy=st.floats(0.0, 1.0), factor=st.floats(0.1, 8.0))
def test_a_survival_is_raised_to_the_power_of_the_frailty(busy: float, factor: float) -> None:
    survived = np.array([[busy], [busy]])
    make_frail(survived, [factor, 1.0])
    assert survived[:, 0] == pytest.approx([busy**factor, busy], abs=1e-9)


def agents_of_two_kinds() -> Estimates:
    estimates = Estimates(ring_seconds=24.0)
    teach(estimates)
    for i in range(400):
        agent_id, at = i % 4, 9_000.0 + i
        slowness = 3.0 if agent_id == 0 else 1.0
        talk, wrap_up = 20.0 + 10.0 * (i % 7), 5.0 + 2.0 * (i % 9)
        estimates.observe(TalkEnded(at=at, seconds=slowness * talk, agent_id=agent_id))
        estimates.observe(WrapUpEnded(at=at, seconds=slowness * wrap_up, agent_id=agent_id))
    return estimates


def test_a_slow_agent_is_counted_on_less_in_talk_and_in_wrap_up() -> None:
    estimates = agents_of_two_kinds()
    plain = view(talking=(60.0, 60.0), wrapping=(10.0, 10.0))
    told = replace(plain, talking_agents=(0, 1), wrap_up_agents=(1, 0))
    estimates.refresh(told)
    slow_talk, talk, wrap_up, slow_wrap_up = estimates.trials(told)[:, 1]
    assert 1.0 - slow_talk < 0.6 * (1.0 - talk)
    assert slow_wrap_up > wrap_up + 0.1
    same = estimates.trials(plain)[:, 1]
    assert same[0] == same[1]
    assert slow_talk > same[0] > talk


def test_an_agent_nobody_knows_is_like_all() -> None:
    estimates = agents_of_two_kinds()
    plain = view(talking=(60.0,), wrapping=(10.0,))
    stranger = replace(plain, talking_agents=(99,), wrap_up_agents=(99,))
    estimates.refresh(stranger)
    assert estimates.trials(stranger) == pytest.approx(estimates.trials(plain), abs=1e-12)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0.0, 400.0)), max_size=50))
def test_a_restored_pacer_knows_the_agents(spells: list[tuple[int, float]]) -> None:
    first, second = create(PacingSettings()), create(PacingSettings())
    teach(first, calls=60)
    for agent_id, seconds in spells:
        first.observe(TalkEnded(at=9_990.0, seconds=seconds, agent_id=agent_id))
        first.observe(WrapUpEnded(at=9_990.0, seconds=seconds / 9.0, agent_id=agent_id))
    assert second.restore(first.save()) is None
    crowd = view(10_100.0, ages=(1.0, 6.0), talking=(20.0, 90.0, 5.0), wrapping=(4.0,))
    told = replace(crowd, talking_agents=(0, 1, 2), wrap_up_agents=(3,))
    assert first.decide(told) == second.decide(told)
    for pacer in (first, second):
        pacer.observe(TalkEnded(at=10_110.0, seconds=50.0, agent_id=1))
    later = replace(told, now=10_130.0)
    assert first.decide(later) == second.decide(later)
    assert first.save() == second.save()


@pytest.mark.parametrize(
    ("agents", "reason"), [([1.0, 2.0], "rows of four"), ([1.0, -2.0, 0.0, 0.0], "negative")]
)
def test_saved_agents_that_make_no_sense_are_refused(agents: list[float], reason: str) -> None:
    state = {"events": 10.0, "exposure": 10.0, "agents": agents}
    with pytest.raises(SavedStateError, match=reason):
        Frailty().take_state(Reader(state))
