import random

import numpy as np
import pytest

from dialer.pacing.set_up_times import SetUpTimes


def learnt(seed: int, *, probability: float = 0.3, calls: int = 600) -> SetUpTimes:
    draw = random.Random(seed)
    times = SetUpTimes(ring_seconds=24.0)
    for _ in range(calls):
        if draw.random() < probability:
            times.end(5.0 + draw.expovariate(0.25), is_answered=True)
        else:
            times.end(30.0, is_answered=False)
    return times


def test_the_prior_is_three_seconds_and_a_gamma() -> None:
    law = SetUpTimes(ring_seconds=24.0).law(())
    assert law.answered_by(2.0) < 0.02
    # The median of Gamma(2, 4 s) is 6.7 s.
    assert law.answered_by(9.7) == pytest.approx(0.5, abs=0.03)
    assert law.answer_mean == pytest.approx(11.0, abs=0.5)
    assert law.failure_mean == pytest.approx(0.85 * 24.0 + 0.15 * 2.5, abs=0.7)


def test_it_learns_when_answers_come() -> None:
    law = learnt(1).law(())
    assert law.answered_by(5.0 + 2.77) == pytest.approx(0.5, abs=0.08)
    assert list(law.checks) == sorted(law.checks)
    assert law.settled_seconds <= 60.0


def test_a_call_that_rings_on_becomes_less_likely_to_be_answered() -> None:
    chances = learnt(2).law(()).answers_ahead(0.3)
    assert np.all((chances >= 0.0) & (chances <= 1.0))
    young, old = chances[5 * 4], chances[25 * 4]
    assert np.all(old < young)


def test_one_row_for_a_known_probability_equals_the_table() -> None:
    law = learnt(3).law(())
    table = law.answers_ahead(0.17)
    for row in (0, 13, 100, 360):
        assert law.answers_ahead_at(row, 0.17) == pytest.approx(table[row])


def test_calls_in_flight_are_seen_to_ring_long() -> None:
    times = SetUpTimes(ring_seconds=24.0)
    for _ in range(50):
        times.end(2.0, is_answered=True)
    assert times.law((20.0,) * 200).answered_by(3.0) < times.law(()).answered_by(3.0)


def test_ages_beyond_the_table_are_its_last_row() -> None:
    law = learnt(4).law((1e6,))
    assert law.answered_by(1e6) == pytest.approx(1.0)
    assert law.answered_by(-5.0) == pytest.approx(0.0, abs=1e-6)


def test_many_known_probabilities_at_once_are_each_as_alone() -> None:
    law = SetUpTimes(ring_seconds=24.0).law(())
    rows, known = [0, 12, 40], [0.1, 0.5, 0.9]
    together = law.answers_ahead_of(rows, np.array(known))
    for place, (row, probability) in enumerate(zip(rows, known, strict=True)):
        assert together[place] == pytest.approx(law.answers_ahead_at(row, probability))
