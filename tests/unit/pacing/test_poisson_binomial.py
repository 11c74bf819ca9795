import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.poisson_binomial import EXACT_TRIALS_MAX, Tails, probability_masses

chances = st.floats(0.0, 1.0)


def enumerated(probabilities: list[float], successes: int) -> float:
    return sum(
        math.prod(p if hit else 1.0 - p for p, hit in zip(probabilities, hits, strict=True))
        for hits in itertools.product((0, 1), repeat=len(probabilities))
        if sum(hits) == successes
    )


@settings(max_examples=50)
@given(st.lists(chances, max_size=7))
def test_masses_equal_the_sum_over_every_combination(probabilities: list[float]) -> None:
    masses = probability_masses(probabilities)
    assert len(masses) == len(probabilities) + 1
    for successes, mass in enumerate(masses):
        assert mass == pytest.approx(enumerated(probabilities, successes), abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.lists(chances, max_size=60), st.lists(chances, max_size=20), st.integers(-1, 82))
def test_tails_equal_the_convolution_also_for_trials_added_later(
    first: list[float], added: list[float], k: int
) -> None:
    tails = Tails(np.array([[p, p / 2.0] for p in first]).reshape(len(first), 2))
    for p in added:
        tails.add(np.array([p, p / 2.0]))
    whole, half = tails.at_least(k)
    at = max(0, k)
    assert whole == pytest.approx(sum(probability_masses(first + added)[at:]), abs=1e-11)
    halves = [p / 2.0 for p in first + added]
    assert half == pytest.approx(sum(probability_masses(halves)[at:]), abs=1e-11)


def test_many_trials_use_a_normal_law_within_its_stated_bound() -> None:
    probabilities = [0.02 + 0.3 * (i % 7) / 7.0 for i in range(EXACT_TRIALS_MAX + 50)]
    tails = Tails(np.array(probabilities)[:, None])
    masses = probability_masses(probabilities)
    for k in range(0, len(masses), 5):
        assert tails.at_least(k)[0] == pytest.approx(sum(masses[k:]), abs=0.002)
